// Texts of the department: "/" and an abbreviation, then Enter or Tab; or chosen from the list beside the form.

import { form, main, nameOf, question, questions, visible } from "./questions.js";
import { say } from "./words.js";

const TYPED = /(?:^|\s)\/([a-z0-9-]+)$/;

const list = document.getElementById("macros");
const every = list ? [...list.querySelectorAll("[data-macro]")] : [];

let last = "";

const fieldOf = (q) => nameOf(q).slice(nameOf(q).lastIndexOf(".") + 1);
const fits = (one, q) => one.dataset.fields.split(" ").includes(fieldOf(q));
const isText = (q) => q?.dataset.kind === "text";

// Before and after are remembered apart, so that undo takes back the text and nothing else.
function insert(input, one, from) {
  input.dispatchEvent(new Event("change", { bubbles: true }));
  input.setRangeText(one.querySelector("dd").textContent, from, input.selectionEnd, "end");
  for (const name of ["input", "change"]) input.dispatchEvent(new Event(name, { bubbles: true }));
  document.getElementById("live").textContent = say("inserted", { what: one.querySelector("dt").lastChild.textContent.trim() });
}

form.addEventListener("keydown", (event) => {
  const q = question(event.target);
  if ((event.key !== "Enter" && event.key !== "Tab") || event.shiftKey || event.isComposing || !isText(q)) return;
  const typed = TYPED.exec(event.target.value.slice(0, event.target.selectionStart));
  const one = typed && every.find((macro) => macro.dataset.macro === typed[1] && fits(macro, q));
  if (!one) return;
  event.preventDefault();
  event.stopPropagation();
  insert(event.target, one, event.target.selectionStart - typed[1].length - 1);
}, true);

form.addEventListener("focusin", (event) => { if (isText(question(event.target))) last = event.target.name; });

for (const one of every) {
  const button = one.querySelector("button");
  button.hidden = false;
  button.addEventListener("click", () => {
    const there = questions(main()).filter((q) => isText(q) && fits(one, q) && visible(q));
    const q = there.find((found) => nameOf(found) === last) ?? there[0];
    const input = q && document.getElementById(nameOf(q));
    if (!input) { document.getElementById("live").textContent = say("no-place"); return; }
    input.focus();
    if (/\S$/.test(input.value.slice(0, input.selectionStart))) input.setRangeText(" ", input.selectionStart, input.selectionEnd, "end");
    insert(input, one, input.selectionStart);
  });
}
for (const hint of list?.querySelectorAll(".scripted") ?? []) hint.hidden = false;
