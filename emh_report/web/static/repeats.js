// A question that takes several texts has an empty field for the next one, as the page has when the server makes it.

import { form, label, nameOf, question } from "./questions.js";

let pressed = false;

function another(input) {
  const q = input.isConnected && question(input);
  if (!q || !("repeats" in q.dataset) || input.id !== nameOf(q) || input.getAttribute("role") === "combobox") return;
  if (!input.value.trim()) return;
  const next = input.cloneNode();
  next.value = "";
  input.removeAttribute("id");
  input.removeAttribute("aria-describedby");
  input.setAttribute("aria-label", `${label(q)}, ${document.getElementsByName(input.name).length}`);
  input.after(next);
}

// It comes when the last one is left; while a pointer is down nothing moves below it.
export function install() {
  window.addEventListener("pointerdown", () => { pressed = true; }, true);
  window.addEventListener("pointerup", () => { pressed = false; }, true);
  form.addEventListener("focusout", ({ target }) => {
    if (!pressed) return another(target);
    window.addEventListener("pointerup", () => setTimeout(another, 0, target), { once: true });
  });
}
