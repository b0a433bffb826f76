// What the page's questions are to the other modules: where they are, whether they are answered, how to reach them.

export const form = document.getElementById("form");
export const main = () => document.getElementById("main");

const TYPED = "input:not([type]), textarea";

export const questions = (root = main()) => [...root.querySelectorAll(".q")];
export const block = (element) => element?.closest(".block");
export const question = (element) => element?.closest(".q");
export const nameOf = (q) => q.id.slice(2);
export const named = (name) => document.getElementById(`q-${name}`);
const said = (q) => q.querySelector("label, .label");
export const label = (q) => said(q).firstChild.textContent.trim();
export const language = (q) => said(q).closest("[lang]").lang; // of a question and its answers

export function answered(q) {
  if (!q) return false;
  const typed = [...q.querySelectorAll(TYPED)].some((one) => one.value.trim());
  return typed || q.querySelector(".chip, .seg input:checked:not([value=''])") !== null;
}

export const visible = (q) => q.getClientRects().length > 0;

export function field(q) {
  return q.querySelector(".seg input:checked:not([value=''])") ?? document.getElementById(nameOf(q)) ?? q.querySelector(TYPED);
}

// Focus alone is not enough behind a dialog: the browser gives it back without the caret, and typed keys go nowhere.
function caret(element) {
  if (element.matches("textarea")) element.setSelectionRange(element.selectionEnd, element.selectionEnd);
  else element.select();
}

// Returns what gives the focus back to where it is now, with its caret.
export function returning() {
  const back = document.activeElement;
  const [from, to] = back?.matches(TYPED) ? [back.selectionStart, back.selectionEnd] : [];
  return () => {
    back?.focus();
    if (from !== undefined) back.setSelectionRange(from, to);
  };
}

export function reach(q) {
  const found = field(q);
  if (!found) return;
  found.focus({ preventScroll: true });
  if (found.matches(TYPED)) caret(found);
  q.scrollIntoView({ block: "nearest" });
}

// The next of `all` behind the element that has the focus, from the beginning again behind the last one.
export function following(all, back = false) {
  const here = document.activeElement;
  const list = back ? [...all].reverse() : [...all];
  const wanted = back ? Node.DOCUMENT_POSITION_PRECEDING : Node.DOCUMENT_POSITION_FOLLOWING;
  const current = question(here) ?? here;
  return list.find((one) => one !== current && current.compareDocumentPosition(one) & wanted) ?? list[0];
}

export function nextQuestion(back = false) {
  const all = questions().filter(visible);
  const position = all.indexOf(question(document.activeElement));
  const next = all[position + (back ? -1 : 1)];
  if (next) reach(next);
}

// Names and values as the form would send them, without empty fields and without what is still being typed.
export function pairs({ unfinished = true } = {}) {
  const skipped = unfinished ? null : document.activeElement?.closest("[data-unfinished]");
  const found = new URLSearchParams();
  for (const element of form.elements) {
    if (!element.name || element === skipped || element.tagName === "BUTTON" || element.tagName === "FIELDSET") continue;
    if ((element.type === "radio" || element.type === "checkbox") && !element.checked) continue;
    if (element.value.trim()) found.append(element.name, element.value);
  }
  return found;
}

const BESIDE = new Set(["token", "etag", "request"]);

// What the form says, as text: without who sends it and from which state.
export function content() {
  return new URLSearchParams([...pairs()].filter(([name]) => !BESIDE.has(name))).toString();
}
