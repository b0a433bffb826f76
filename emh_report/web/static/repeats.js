// A question that takes several texts has an empty field for the next one, as the page has when the server makes it.

import { label, nameOf, question } from "./questions.js";

export function another(input) {
  const q = question(input);
  if (!q || !("repeats" in q.dataset) || input.id !== nameOf(q) || input.getAttribute("role") === "combobox") return;
  if (!input.value.trim()) return;
  const next = input.cloneNode();
  next.value = "";
  input.removeAttribute("id");
  input.removeAttribute("aria-describedby");
  input.setAttribute("aria-label", `${label(q)}, ${q.querySelectorAll(`[name="${CSS.escape(input.name)}"]`).length}`);
  input.after(next);
}
