// Keys that are pressed while the page waits for the server are kept, in order, and pressed again where the page opens then.

import { say } from "./words.js";

const PRESSED = ["key", "code", "altKey", "shiftKey"];
const REACHED = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";

let kept = [];
let waiting = 0;

// Nothing has the focus that could take a key for itself; what is composed of several keys is composed here.
const keeper = Object.assign(document.createElement("input"), { className: "sr", tabIndex: -1 });
keeper.setAttribute("aria-label", say("moment"));
keeper.addEventListener("compositionend", (event) => { kept.push(...[...event.data].map((key) => ({ key }))); keeper.value = ""; });
keeper.addEventListener("paste", (event) => { event.preventDefault(); kept.push({ key: "", text: event.clipboardData.getData("text") }); });

window.addEventListener("keydown", (event) => {
  if (!waiting || !event.isTrusted || event.isComposing || document.querySelector("dialog[open]")) return; // what is asked meanwhile is answered
  if (event.ctrlKey || event.metaKey || event.key === "Dead" || event.key === "Process") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  kept.push(Object.fromEntries(PRESSED.map((name) => [name, event[name]])));
}, true);

// What a pointer asks for while the page waits comes in its turn too; returns whether the page waits.
export function later(run) {
  if (waiting) kept.push({ run });
  return waiting > 0;
}

// Returns what is to be called when the page goes on, with the question that it opened; without one, what was typed was
// for something that did not come, and belongs nowhere. Actions are done still, if the one before was `done`.
export function hold() {
  waiting += 1;
  document.body.append(keeper);
  keeper.focus({ preventScroll: true });
  return (q, done = false) => {
    waiting -= 1;
    if (waiting) return;
    keeper.remove();
    const action = ({ altKey, run }) => done && (altKey || run);
    if (!q?.contains(document.activeElement)) while (kept.length && !action(kept[0])) kept.shift();
    while (kept.length && !waiting) press(kept.shift());
  };
}

function press(one) {
  if (one.run) return one.run();
  const target = document.activeElement;
  const event = new KeyboardEvent("keydown", { ...one, bubbles: true, cancelable: true });
  if (one.key && !target.dispatchEvent(event)) return;
  const text = one.text ?? (one.altKey || [...one.key].length > 1 ? "" : one.key);
  if (one.key === "Tab") tab(target, one.shiftKey ? -1 : 1);
  else if (one.key === "Enter" && target.matches("button, a, summary")) target.click();
  else if (one.key === " " && target.matches("button, summary, [type=checkbox], [type=radio]")) target.click();
  else if (!target.matches("textarea, input:not([type=radio], [type=checkbox])")) return;
  else if (one.key === "Backspace") put(target, "", Math.max(0, target.selectionStart - (target.selectionStart === target.selectionEnd ? 1 : 0)));
  else if (one.key === "Enter" && target.matches("textarea")) put(target, "\n");
  else if (text) put(target, text);
}

// A browser does not tell that a field was changed by a script once it is left.
function left({ target }) {
  target.dispatchEvent(new Event("change", { bubbles: true }));
}

function put(target, text, from = target.selectionStart) {
  target.setRangeText(text, from, target.selectionEnd, "end");
  target.addEventListener("blur", left, { once: true });
  target.dispatchEvent(new Event("input", { bubbles: true }));
}

// The Tab key takes a row of radio buttons as one.
function tab(target, by) {
  const all = [...document.querySelectorAll(REACHED)].filter((one) => one === target || (one.tabIndex >= 0 && !one.disabled && one.checkVisibility()));
  const stops = all.filter((one) => one === target || one.type !== "radio" || (one.name !== target.name && one === stop(one, all)));
  stops[stops.indexOf(target) + by]?.focus();
}

function stop(radio, all) {
  const row = all.filter((one) => one.type === "radio" && one.name === radio.name);
  return row.find((one) => one.checked) ?? row[0];
}
