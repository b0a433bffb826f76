// Validation while somebody types: what was answered goes to the server, what it says about it comes back.

import { catchUp, doubt, fill, forget, trust } from "./fill.js";
import { hold } from "./hold.js";
import { notice } from "./notice.js";
import { post } from "./post.js";
import { content, form, main, named, nameOf, pairs, question, questions, reach, returning, visible } from "./questions.js";
import { fields } from "./search.js";
import { say } from "./words.js";

const PAUSE = 120;
const AGAIN = 3000;
const SPOKEN_AFTER = 1500;

let timer = 0;
let spoken = 0;
let running = null;
let about = null; // the content that the page was last checked with

const page = document.documentElement;

export function soon(pause = PAUSE) {
  clearTimeout(timer);
  page.dataset.busy = "";
  timer = setTimeout(check, pause);
}

// Nothing is asked, and no answer is taken, until the next check: what is on its way is about what the page is no more.
export function quiet() {
  clearTimeout(timer);
  running?.abort();
  running = null;
  if (gone) typed();
  gone = null;
  page.dataset.busy = "";
}

// A button that moves between press and release would not be clicked: nothing is put into the page in between.
const HELD = 1000;
let held = null;
let letGo = null;
document.addEventListener("pointerdown", () => {
  held = new Promise((done) => { letGo = done; });
  setTimeout(letGo, HELD);
});
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => setTimeout(() => letGo?.())); // after the click

// While an answer is being typed, a warning may go and come: its reason waits until the answer is given.
let typing = false;
form.addEventListener("input", ({ target }) => {
  const answer = target.closest(".keep") ? null : question(target);
  typing ||= answer !== null;
  if (answer) doubt(answer);
});
form.addEventListener("change", () => { typing = false; });
form.addEventListener("focusout", () => {
  if (!typing) return;
  typing = false; // typed and taken back: nothing changed
  soon(0);
});
form.addEventListener("focusout", () => setTimeout(async () => { await held; if (!("busy" in page.dataset)) catchUp(); }));

const wanted = new Set();

// Brings a question to the page that it does not have, since somebody asks for it.
export async function want(name) {
  wanted.add(name);
  await check();
  for (let tries = 0; tries < 40 && !named(name); tries += 1) await new Promise((done) => { setTimeout(done, 25); });
}

// Whether what the page shows is about all that it says now; waits for the answer that tells.
export async function current() {
  const back = returning();
  if (document.activeElement.matches("[data-unfinished]")) { document.activeElement.blur(); back(); }
  while (about !== content()) if (await check() === false) return false;
  return true;
}

// False where it could not be checked.
export async function check() {
  clearTimeout(timer);
  running?.abort();
  running = new AbortController();
  const mine = running;
  page.dataset.busy = "";
  forget();
  const settled = !typing;
  const body = pairs({ unfinished: false });
  const checked = document.activeElement.matches("[data-unfinished]") ? null : content();
  const asked = [...wanted];
  for (const name of asked) body.append("want", name);
  try {
    const response = await post(`${form.getAttribute("action")}/live`, body, { signal: mine.signal });
    if (mine !== running) return;
    if (!response.ok) {
      delete page.dataset.busy;
      goOn();
      trouble(say(response.status === 413 ? "too-large" : "unchecked"));
      return false;
    }
    const data = await response.json();
    await held;
    if (mine !== running) return;
    insert(data.html);
    for (const name of asked) wanted.delete(name);
    apply(data, settled);
    about = checked;
    trouble("");
    const missing = data.shown.filter((name) => !named(name) && document.getElementById(`b-${name.slice(0, name.lastIndexOf("."))}`));
    for (const name of missing) if (!asked.includes(name)) wanted.add(name);
    lose(question(document.activeElement));
    if (wanted.size) return await check();
    goOn();
    delete page.dataset.busy;
  } catch (error) {
    if (error.name === "AbortError") return;
    delete page.dataset.busy;
    goOn();
    trouble(say("no-answer"));
    soon(AGAIN);
    return false;
  }
}

// A question that had the focus, and is not asked any more: the one behind what was answered before it has the focus then,
// and the keys that were pressed meanwhile.
let gone = null;
let typed = null;
function lose(q) {
  if (gone || !q || visible(q)) return;
  gone = q;
  typed = hold();
}

function goOn() {
  if (!gone) return;
  const all = questions();
  const before = all.slice(0, Math.max(0, all.indexOf(gone))).filter(visible).at(-1);
  const next = before && document.activeElement.matches("body, .sr") ? all.slice(all.indexOf(before) + 1).find(visible) : null;
  gone = null;
  if (next) reach(next);
  typed(next);
}

function trouble(text) {
  const shown = notice().querySelector("[data-live]");
  if (!text) return shown?.remove();
  if (shown) { if (shown.textContent !== text) shown.textContent = text; return; }
  const line = Object.assign(document.createElement("p"), { textContent: text });
  line.dataset.live = "";
  notice().append(line);
}

// Puts new questions where the template has them.
function insert(html) {
  for (const [name, markup] of Object.entries(html)) {
    const key = name.slice(0, name.lastIndexOf("."));
    const block = document.getElementById(`b-${key}`);
    if (!block || named(name)) continue;
    const order = fields(block.dataset.group).map(([id]) => `${key}.${id}`);
    const grid = block.querySelector(".grid");
    const behind = [...grid.children].find((q) => order.indexOf(nameOf(q)) > order.indexOf(name));
    const holder = document.createElement("template");
    holder.innerHTML = markup;
    grid.insertBefore(holder.content, behind ?? null);
    form.dispatchEvent(new CustomEvent("inserted", { detail: named(name) }));
  }
}

function messageOf(q, wanted) {
  const id = `${nameOf(q)}-m`;
  const found = document.getElementById(id);
  if (found || !wanted) return found;
  const made = Object.assign(document.createElement("div"), { className: "msg", id });
  q.querySelector(".answer").append(made);
  (document.getElementById(nameOf(q))?.closest(".seg") ?? document.getElementById(nameOf(q)))?.setAttribute("aria-describedby", id);
  return made;
}

const reasons = () => new Set([...pairs().keys()].filter((name) => name.startsWith("keep.")));

// Names of questions that are surely not asked, on the page or not; none while that is being found out.
let off = new Set();
export const unasked = () => ("busy" in page.dataset ? new Set() : off);

// An answer that is given, and no warning left: the reason for keeping it goes too.
function apply(data, settled) {
  const before = reasons();
  if (settled) data.parts.reasons = "";
  for (const [name, html] of Object.entries(data.parts)) fill(document.getElementById(name), html, name === "preview");
  off = new Set(data.off);
  const needed = new Set(data.needed), wrong = new Set(data.wrong);
  for (const q of main().querySelectorAll(".q")) {
    const name = nameOf(q);
    q.classList.toggle("off", off.has(name));
    q.classList.toggle("needed", needed.has(name));
    q.classList.toggle("wrong", wrong.has(name));
    messageOf(q, data.messages[name]);
  }
  for (const message of main().querySelectorAll(".msg")) fill(message, data.messages[message.id.slice(0, -2)] ?? "");
  const dropped = [...before].filter((name) => !reasons().has(name));
  if (dropped.length) form.dispatchEvent(new CustomEvent("dropped", { detail: dropped }));
  trust();
  for (const [key, text] of Object.entries(data.summaries)) {
    const summary = document.getElementById(`s-${key}`);
    if (summary) summary.textContent = text;
  }
  for (const [section, left] of Object.entries(data.left)) {
    const shown = document.getElementById(`n-${section}`);
    if (shown) shown.textContent = left || "";
  }
  clearTimeout(spoken);
  spoken = setTimeout(() => { document.getElementById("live").textContent = data.said; }, SPOKEN_AFTER);
}
