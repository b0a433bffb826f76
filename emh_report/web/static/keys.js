// Keys for everything, the sheet that lists them, and the field that finds any question or action by name.

import { unasked, want } from "./live.js";
import { hold } from "./hold.js";
import { announceText } from "./notice.js";
import { answered, block, following, form, main, named, question, questions, reach, returning, visible } from "./questions.js";
import { fields, fold } from "./search.js";
import { say } from "./words.js";

const press = (selector) => () => (typeof selector === "string" ? document.querySelector(selector) : selector())?.click();
const action = (value) => () => form.querySelector(`button[name="action"][value="${CSS.escape(value)}"]`);
const current = (verb) => () => {
  const here = block(document.activeElement) ?? block(last);
  return here ? action(`${verb}:${here.dataset.key}`)() : null;
};

let last = null;

export const KEYS = [
  ["KeyN", () => next(questions().filter((q) => q.classList.contains("needed") && !answered(q) && visible(q)), document.getElementById("sign"))],
  ["KeyI", () => next([...main().querySelectorAll(".said:is(.error, .warning)")].map((one) => question(one) ?? one))],
  ["KeyG", () => palette()],
  ["KeyL", press(action("add:finding"))],
  ["KeyE", press(() => action(`add:${(block(document.activeElement) ?? block(last))?.dataset.group}`)())],
  ["KeyD", press(current("duplicate"))],
  ["KeyX", press(current("remove"))],
  ["KeyZ", () => form.dispatchEvent(new Event("undo"))],
  ["KeyA", () => all()],
  ["KeyB", () => form.dispatchEvent(new Event("bodymap"))],
  ["KeyM", () => document.querySelector("#issues a, #issues summary")?.focus()],
  ["KeyV", () => document.getElementById("preview").focus()],
  ["KeyC", () => form.dispatchEvent(new Event("copysection"))],
  ["KeyP", () => (document.getElementById("preliminary") ? press("#preliminary")() : announceText(signer()))],
  ["KeyS", () => (document.getElementById("sign") ? press("#sign")() : announceText(signer()))],
];

const FIXED = [
  [say("enter"), "on-enter"],
  [say("tab"), "on-tab"],
  ["↓", "on-down"],
  [say("backspace"), "on-backspace"],
  ["?  n/e  n/a", "on-absent"],
  [say("letter"), "on-letter"],
  ["?", "on-help"],
];

const signer = () => document.querySelector(".signer").lastChild.textContent;

function next(list, otherwise) {
  const found = following([...new Set(list)]);
  if (!found) return otherwise?.focus();
  if (found.matches(".q")) reach(found);
  else { found.tabIndex = -1; found.focus(); }
}

function all() {
  (block(document.activeElement) ?? block(last))?.querySelector('button[value^="open:"]')?.click();
}

// The key with the letter, wherever a keyboard has it; where it writes no Latin letters, the key at that place.
export const lettered = ({ key, code }) => (/^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : code);

export function install() {
  document.addEventListener("focusin", (event) => { if (main().contains(event.target)) last = event.target; });
  document.addEventListener("keydown", (event) => {
    if (event.altKey && !event.ctrlKey && !event.metaKey) {
      const found = KEYS.find(([code]) => code === lettered(event));
      if (found && !document.querySelector("dialog[open]")) { event.preventDefault(); found[1](); }
    } else if (event.key === "?" && !event.target.matches("input:not([type=radio]):not([type=checkbox]), textarea, .seg input")) {
      event.preventDefault();
      sheet();
    } else if (event.key === "Enter" && event.target.matches(".q input")) {
      event.preventDefault();
      if (event.target.getAttribute("role") !== "combobox") {
        event.target.dispatchEvent(new Event("change", { bubbles: true }));
        step(event.target);
      }
    } else if (event.target.matches(".seg input")) letter(event);
  });
  for (const button of document.querySelectorAll("[data-do]")) {
    button.hidden = false;
    button.addEventListener("click", () => (button.dataset.do === "keys" ? sheet() : palette()));
  }
}

function step(element) {
  const shown = questions().filter(visible);
  const behind = shown[shown.indexOf(question(element)) + 1];
  if (behind) reach(behind);
}

const PAUSE = 1000;
let typed = {};

// Letters that follow each other in a row of buttons are one word, as "n/e" is, and choose the button that begins with it;
// one letter again goes round. A word that is none of the answers leaves what was chosen before it.
function letter(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const row = event.target.closest(".seg");
  const inputs = [...row.querySelectorAll("input")];
  const checked = inputs.find((one) => one.checked && one.value);
  const none = inputs.find((one) => !one.value);
  const key = event.key.toLowerCase();
  const on = row === typed.row && key !== "?" && (event.timeStamp - typed.at < PAUSE || key === "/" || typed.word.endsWith("/"));
  const cleared = key === "backspace" || key === "delete";
  if (key.startsWith("arrow")) typed = {};
  if (!cleared && !(/^[\p{L}\d/?]$/u.test(key) || (key === " " && on))) return;
  event.preventDefault();
  typed = cleared ? {} : { row, word: (on ? typed.word : "") + key.trim(), at: event.timeStamp, before: on ? typed.before : checked };
  const chosen = cleared ? none : meant(inputs.filter((one) => one.value), typed.word) ?? typed.before ?? none;
  if (chosen === checked || !(chosen?.value || checked)) return;
  chosen.focus();
  chosen.checked = true;
  chosen.dispatchEvent(new Event("change", { bubbles: true }));
}

// The button that `word` is, or begins; a number is looked for inside a name too, as in "Grade 2".
function meant(inputs, word) {
  const names = (one) => [...one.nextElementSibling.childNodes].map((part) => part.textContent).concat(one.value.replace(/[()]/g, ""))
    .flatMap((name) => [name, ...name.split(" ").filter((part) => /^\d/.test(part))]).map((name) => name.toLowerCase().replaceAll(" ", ""));
  const beginning = (part) => inputs.filter((one) => names(one).some((name) => name.startsWith(part)));
  const same = beginning(new Set(word).size === 1 && !beginning(word).length ? word[0] : word);
  if (new Set(word).size === 1) return same[(same.findIndex((one) => one.checked) + 1) % same.length];
  return same.find((one) => names(one).includes(word)) ?? same[0];
}

function dialog(title) {
  const back = returning();
  const made = document.createElement("dialog");
  const heading = Object.assign(document.createElement("h2"), { textContent: title, id: "dialog-title" });
  made.setAttribute("aria-labelledby", heading.id);
  made.append(heading);
  made.addEventListener("close", () => { made.remove(); if (!made.returnValue) back(); });
  made.addEventListener("click", (event) => { if (event.target === made) made.close(); });
  document.body.append(made);
  return made;
}

function sheet() {
  const made = dialog(say("keys"));
  const list = Object.assign(document.createElement("dl"), { className: "keys" });
  for (const [key, name] of [...KEYS.map(([code]) => [`Alt ${code.slice(3)}`, code]), ...FIXED]) {
    const row = document.createElement("div");
    const term = Object.assign(document.createElement("dt"), { textContent: say(name) });
    const keys = document.createElement("dd");
    keys.append(...key.split("  ").flatMap((one) => [Object.assign(document.createElement("kbd"), { textContent: one }), " "]));
    row.append(term, keys);
    list.append(row);
  }
  const close = Object.assign(document.createElement("button"), { type: "button", textContent: say("close") });
  close.addEventListener("click", () => made.close());
  made.append(list, close);
  made.showModal();
}

function called(button) {
  const text = button.textContent.trim();
  return text.startsWith("+ ") ? say("add", { what: text.slice(2) }) : text;
}

function entries() {
  const near = block(document.activeElement) ?? block(last);
  const off = unasked();
  const found = [...main().querySelectorAll(".block")].flatMap((one) => {
    const { key, group } = one.dataset;
    const title = one.querySelector("h3").firstChild.textContent.trim();
    const about = one.querySelector(".summary").textContent;
    const asked = fields(group).filter(([id]) => !off.has(`${key}.${id}`) || answered(named(`${key}.${id}`)));
    return asked.map(([id, name]) => ({ text: `${title}: ${name}`, name, id, about, here: one === near, run: () => go(`${key}.${id}`) }));
  });
  for (const button of form.querySelectorAll('button[name="action"]:not(.first):not(.unscripted)')) {
    found.push({ text: called(button), adds: button.value.startsWith("add:"), run: () => button.click() });
  }
  for (const mode of form.querySelectorAll(".mode input")) {
    const title = mode.closest("fieldset").querySelector("legend").textContent;
    found.push({ text: `${title}: ${mode.parentElement.textContent.trim()}`, run: () => { mode.focus(); mode.click(); } });
  }
  return [...found, ...KEYS.map(([code, run]) => ({ text: say(code), run }))];
}

async function go(name) {
  const typed = named(name) ? () => {} : hold();
  if (!named(name)) await want(name);
  const q = named(name);
  q?.classList.remove("off");
  if (q) reach(q);
  typed(q);
}

function palette() {
  const asked = entries().filter(({ text }) => text); // a place of the map is a button without words
  const made = dialog(say("KeyG"));
  made.classList.add("palette");
  const input = document.createElement("input");
  input.setAttribute("aria-label", say("name"));
  for (const [name, value] of Object.entries({ role: "combobox", "aria-controls": "palette-list", "aria-expanded": "true", autocomplete: "off" })) input.setAttribute(name, value);
  const list = Object.assign(document.createElement("ul"), { id: "palette-list", role: "listbox", className: "options" });
  list.setAttribute("aria-label", say("found"));
  const none = Object.assign(document.createElement("p"), { className: "soft" });
  none.setAttribute("role", "status");
  const wrap = Object.assign(document.createElement("div"), { className: "inputs" });
  wrap.append(input, list, none);
  made.append(wrap);
  const every = asked.map((entry) => {
    const [whole, short] = [fold(entry.text), fold(entry.id ?? "")];
    return { ...entry, whole, short, folded: ` ${whole} ${short}`, start: fold(entry.name ?? entry.text) };
  });
  let shown = [], active = 0;
  const point = (position) => {
    active = position;
    [...list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === position)));
    list.children[position]?.scrollIntoView({ block: "nearest" });
    if (list.children[position]) input.setAttribute("aria-activedescendant", list.children[position].id);
    else input.removeAttribute("aria-activedescendant");
  };
  const run = (position) => { if (!shown[position]) return; const { run: go } = shown[position]; made.close("done"); go(); };
  const draw = () => {
    const typed = fold(input.value);
    const words = typed.split(" ");
    const adding = input.value.trim().startsWith("+"); // as it stands on the buttons
    const like = ({ start, short }) => (typed && [start, short].includes(typed) ? 0 : start.startsWith(words[0]) ? 1 : 2);
    const weight = (one) => (typed && one.whole === typed ? -1 : (one.here ? 0 : 3) + like(one));
    shown = every.filter(({ adds, folded }) => (adds || !adding) && words.every((word) => folded.includes(` ${word}`)))
      .sort((one, other) => weight(one) - weight(other)).slice(0, 60);
    none.textContent = shown.length ? "" : say("nothing");
    list.replaceChildren(...shown.map(({ text, about }, position) => {
      const item = Object.assign(document.createElement("li"), { id: `palette-${position}`, role: "option", textContent: text });
      if (about) item.append(" ", Object.assign(document.createElement("span"), { textContent: about }));
      item.addEventListener("pointerdown", (event) => { event.preventDefault(); run(position); });
      return item;
    }));
    list.hidden = !shown.length;
    point(0);
  };
  input.addEventListener("input", draw);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); point((active + 1) % shown.length); }
    else if (event.key === "ArrowUp") { event.preventDefault(); point((active + shown.length - 1) % shown.length); }
    else if (event.key === "Enter") { event.preventDefault(); run(active); }
  });
  draw();
  made.showModal();
  input.focus();
}
