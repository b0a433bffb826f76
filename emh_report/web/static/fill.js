// Parts of the page that the server words anew while somebody types, put in place. What somebody is typing in stays as
// long as it is asked for; what is not asked for any more goes, and the focus with it.

import { following, main, question, questions, reach, visible } from "./questions.js";

const BOX = ".keep input";
const SAME = ["data-copy", "data-jump", "value", "id", "href"];

const late = new Map();

// Markup of our own server, where every text is escaped.
export function fill(element, html, compare = false) {
  late.delete(element);
  if (!element || element.dataset.html === html || (html === "" && !element.childNodes.length)) return;
  const active = document.activeElement;
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const here = element !== active && element.contains(active) ? active : null;
  if (!here) return put(element, fresh, html, compare);
  const same = twin(here, fresh.content);
  if (here.matches(BOX) && same) { late.set(element, html); return; }
  const next = here.matches(BOX) && !here.value.trim() ? following(questions().filter(visible)) : null;
  put(element, fresh, html, compare);
  if (same) same.focus();
  else if (next && next !== question(here)) reach(next);
  else main().focus(); // a reason that is being typed is no answer to the next question
}

// What has the focus, in the part that takes its place.
function twin(here, content) {
  const name = here.matches(BOX) ? "name" : SAME.find((one) => here.hasAttribute(one));
  const found = name ? `[${name}="${CSS.escape(here.getAttribute(name))}"]` : here.localName;
  return content.querySelector(found);
}

// A reason that was typed meanwhile is newer than what the server heard.
function put(element, fresh, html, compare) {
  const typed = new Map([...element.querySelectorAll(BOX)].map((one) => [one.name, one.value]));
  const before = compare ? new Set(sentences(element)) : null;
  element.replaceChildren(fresh.content);
  element.dataset.html = html;
  for (const box of element.querySelectorAll(BOX)) if (typed.has(box.name)) box.value = typed.get(box.name);
  for (const candidate of element.querySelectorAll("[data-candidate]")) Object.assign(candidate, { role: "button", tabIndex: -1 });
  if (!compare) return;
  for (const hidden of element.querySelectorAll("button[hidden]")) hidden.hidden = false;
  if (before.size) highlight(element, before);
}

// What waited for somebody to leave it, unless a newer answer is on its way.
export function catchUp() {
  for (const [element, html] of [...late]) fill(element, html);
}

export const forget = () => late.clear();

// A box for a reason below an answer that changed may be about to go: the Tab key goes past it until that is known.
export function doubt(q) {
  for (const box of q.querySelectorAll(BOX)) if (box !== document.activeElement) box.tabIndex = -1;
}

export function trust() {
  for (const box of document.querySelectorAll(`${BOX}[tabindex]`)) box.removeAttribute("tabindex");
}

const parts = (text) => text.split(/(?<=[.;:])\s+/).filter((one) => one.trim());
const lines = (element) => [...element.querySelectorAll("p, li")];
const sentences = (element) => lines(element).flatMap((line) => parts(line.textContent));

// Marks the sentences that were not there before.
function highlight(element, before) {
  for (const line of lines(element)) {
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    const fresh = parts(line.textContent).filter((one) => !before.has(one));
    for (const text of texts) {
      for (const one of fresh) {
        const at = text.data.indexOf(one);
        if (at < 0) continue;
        const changed = text.splitText(at);
        changed.splitText(one.length);
        const mark = document.createElement("mark");
        changed.replaceWith(mark);
        mark.append(changed);
        break;
      }
    }
  }
}
