// The form of a report. Everything here is also possible without it; it only makes it quick.

import { enhance, replace } from "./combobox.js";
import { copy } from "./copy.js";
import { complete } from "./dates.js";
import { hold } from "./hold.js";
import { install } from "./keys.js";
import { check, current, quiet, soon } from "./live.js";
import { announce, announceText, settle, withdraw } from "./notice.js";
import { post } from "./post.js";
import { content, form, main, named, nameOf, pairs, question, questions, reach, visible } from "./questions.js";
import { install as repeat } from "./repeats.js";
import { changed, divided, save, start, unsaved } from "./save.js";
import { fields, load, loadOften } from "./search.js";
import { install as themes, turn } from "./theme.js";
import { say } from "./words.js";

const WHOLE = new Set(["release", "language", "save"]);
const PARTS = ["main", "status", "issues", "reasons", "preview"];
const LIMIT = 100;

let leaving = false;
let acting = null;
let now = "";
const past = [];

// Without an answer no button of a row is chosen, so that Tab comes to the first one.
function release(root) {
  for (const none of root.querySelectorAll(".seg .clear input:checked")) none.checked = false;
}

function prepare() {
  for (const q of questions()) enhance(q);
  release(main());
  for (const button of document.querySelectorAll("[data-do]")) button.hidden = false;
  for (const button of document.querySelectorAll(".copy")) button.hidden = false;
  now = content();
}

// --- parts of the page that the server makes again -------------------------------------------------------------------

// One at a time, as those who call see to: what a second click is about, the first may change. Keys that were pressed
// meanwhile come after it, and may be the next action. `then` is called ahead of them, with whether it was done.
async function act(then, ...all) {
  const left = question(document.activeElement)?.id;
  const typed = hold();
  acting = perform(left, ...all);
  const { q, done } = await acting.finally(() => { acting = null; });
  then(done);
  if (done) { check(); changed(0); } else soon(0);
  typed(q, done);
}

// Returns the page that the server makes of the form, or throws with what is said of it. An answer that was given by
// pointer in the meantime goes to the server too, unless it was asked for the page as it was `before`.
async function made(value, before) {
  for (;;) {
    const body = before ?? pairs();
    const asked = content();
    body.set("action", value);
    const response = await post(`${form.getAttribute("action")}/edit`, body);
    const why = response.ok ? "" : (await response.json().catch(() => null))?.text;
    if (why) throw refusal(say("refused", { why }));
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (!page.getElementById("form")) throw refusal(say("not-done"));
    if (content() === asked) return page;
    if (before) throw refusal(say("meanwhile"));
  }
}

const refusal = (said) => Object.assign(new Error(said), { said });

// Where the server names no question to go to, the first that takes one of `names` is gone to, else the one that was left.
async function perform(left, value, before, names = []) {
  quiet();
  let page;
  try {
    page = await made(value, before);
  } catch (error) {
    notDone(error.said ?? say("not-done"));
    return { q: null, done: false };
  }
  for (const id of PARTS) document.getElementById(id).replaceWith(document.importNode(page.getElementById(id), true));
  notify(page.getElementById("notice"));
  const taking = names.map((name) => question([...form.elements].find((one) => one.name === name)));
  const back = taking.find((one) => one && visible(one)) ?? (names.length ? document.getElementById(left) : null);
  const q = question(main().querySelector("[autofocus]")) ?? back;
  prepare();
  if (q && visible(q)) reach(q);
  else (another(value) ?? main()).focus();
  return { q, done: true };
}

// Where an entry was removed, the button that adds one is near, and no key pressed once too often removes the next.
function another(value) {
  const [, group] = value.match(/^remove:(.*)\.\d+$/) ?? [];
  return group && form.querySelector(`button[value="add:${CSS.escape(group)}"]`);
}

function notify(said) {
  const fresh = document.importNode(said, true);
  for (const button of fresh.querySelectorAll("[form=undo]")) button.setAttribute("data-undo", "");
  announce(...fresh.childNodes);
}

// What is typed next was meant for what did not open: it must not go into the question that was left.
function notDone(why) {
  announceText(why);
  main().focus();
}

function remember() {
  const then = content();
  if (then === now) return;
  past.push(now);
  if (past.length > LIMIT) past.shift();
  now = then;
}

// Returns the names of the fields that two contents of the form do not have in common.
function differing(one, other) {
  const [said, back] = [new URLSearchParams(one), new URLSearchParams(other)];
  const all = (content, name) => content.getAll(name).join("\n");
  return [...new Set([...back.keys(), ...said.keys()])].filter((name) => all(said, name) !== all(back, name));
}

function undo() {
  if (acting) return;
  const then = content();
  const settled = then === now;
  while (settled && past.at(-1) === now) past.pop(); // of an action that changed nothing
  const earlier = settled ? past.at(-1) : now;
  if (earlier === undefined) return;
  const body = new URLSearchParams(earlier);
  body.set("token", form.elements.token.value);
  act((done) => {
    if (!done) return;
    if (settled) past.pop();
    document.getElementById("live").textContent = say("undone");
  }, "undo", body, differing(then, earlier));
}

// --- events ----------------------------------------------------------------------------------------------------------

form.addEventListener("input", (event) => { settle(); if (event.target.name) { soon(); changed(); } });
form.addEventListener("change", (event) => {
  settle();
  if (event.target.matches(".clear input")) {
    event.target.closest(".seg").querySelector("input").focus();
    release(event.target.closest(".seg").parentElement);
  }
  if (event.target.matches('[data-kind="datetime"] .inputs input, [data-kind="date"] .inputs input')) complete(event.target, question(event.target).dataset.kind);
  remember();
  soon(0);
  changed();
});
form.addEventListener("inserted", (event) => { enhance(event.detail); release(event.detail); });
form.addEventListener("focusin", (event) => { const q = question(event.target); if (q) explain(q); });
form.addEventListener("undo", undo);
form.addEventListener("dropped", ({ detail: reasons }) => {
  const rest = new URLSearchParams(now);
  for (const name of reasons) rest.delete(name);
  now = rest.toString();
  changed();
});
form.addEventListener("copysection", section);
form.addEventListener("formdata", (event) => {
  for (const name of new Set(event.formData.keys())) {
    const values = event.formData.getAll(name).filter((value) => value.trim());
    event.formData.delete(name);
    for (const value of values) event.formData.append(name, value);
  }
});
form.addEventListener("submit", (event) => {
  const value = event.submitter?.value ?? "save";
  if (WHOLE.has(value.split(":")[0])) return leave(event);
  event.preventDefault();
  if (value.startsWith("theme:")) return turn();
  if (acting) return;
  remember();
  const before = now;
  act((done) => { if (done) past.push(before); }, value);
});

// The page is left once everything is stored; before that, leaving could lose it.
async function leave(event) {
  if (leaving || divided()) { leaving = true; document.documentElement.dataset.leaving = ""; return; }
  event.preventDefault();
  const { submitter } = event;
  document.documentElement.dataset.leaving = "";
  while (acting) await acting;
  if (!await save() && !divided()) { delete document.documentElement.dataset.leaving; return; }
  leaving = true;
  setTimeout(() => form.requestSubmit(submitter)); // not within the event of the first time, which would ignore it
}

document.addEventListener("click", (event) => {
  const undone = event.target.closest("[data-undo]");
  if (undone) { event.preventDefault(); return undo(); }
  const jump = event.target.closest("[data-jump]");
  const target = jump && named(jump.dataset.jump);
  if (target) { event.preventDefault(); return reach(target); }
  const candidate = event.target.closest("[data-candidate]");
  if (candidate && question(candidate)) take(question(candidate), candidate.dataset.refused, candidate.dataset.candidate);
  const copied = event.target.closest("[data-copy]");
  if (copied) section();
});

// A section that lacks what was just typed would be pasted as if it were all: it is copied once it is up to date.
async function section() {
  while (acting) await acting;
  const whole = await current();
  const area = document.getElementById("paste-text");
  if (!whole) return announceText(say("not-copied"));
  if (!area) return announceText(say("no-section"));
  withdraw(say("not-copied"));
  if (await copy(area, document.getElementById("live"))) withdraw(say("by-hand"));
  else announceText(say("by-hand"));
}

window.addEventListener("beforeunload", (event) => { if (unsaved() && !leaving) event.preventDefault(); });
window.addEventListener("pageshow", (event) => { leaving = false; if (event.persisted) location.reload(); });

// What a question means is said while it is answered, and only then; the answers that are seldom given come with it.
function explain(q) {
  for (const shown of document.querySelectorAll(".help")) if (question(shown) !== q) shown.remove();
  if (q.querySelector(".help")) return;
  const id = nameOf(q).slice(nameOf(q).lastIndexOf(".") + 1);
  const help = fields(q.closest(".block").dataset.group).find(([field]) => field === id)?.[2];
  const seg = q.querySelector(".seg");
  if (seg && !seg.querySelector("[value='(not evaluable)']")) rare(seg);
  if (!help) return;
  const text = Object.assign(document.createElement("p"), { className: "help", textContent: help });
  q.querySelector(".answer").append(text);
}

function rare(seg) {
  const clear = seg.querySelector(".clear");
  for (const words of ["not evaluable", "not applicable"]) {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "radio", name: clear.firstChild.name, value: `(${words})` });
    const shown = Object.assign(document.createElement("span"), { title: say(words) });
    const brief = Object.assign(document.createElement("span"), { textContent: words === "not evaluable" ? "n/e" : "n/a" });
    brief.setAttribute("aria-hidden", "true");
    shown.append(brief, Object.assign(document.createElement("span"), { className: "sr", textContent: say(words) }));
    label.append(input, shown);
    clear.before(label);
  }
}

function take(q, refused, text) {
  replace(q, refused, text);
  reach(q);
}

// What stays on top, or at the foot, is as high as its words need: nothing may lie below it when somebody goes there.
function measure() {
  const [banner, who, said] = [".banner", ".who", "#notice"].map((one) => document.querySelector(one));
  const seen = new ResizeObserver(() => {
    const { style } = document.documentElement;
    style.setProperty("--banner", `${banner.offsetHeight || who.offsetHeight}px`);
    style.setProperty("--notice", `${getComputedStyle(said).position === "fixed" ? said.offsetHeight : 0}px`);
  });
  for (const one of [banner, who, said]) seen.observe(one);
}

document.documentElement.classList.add("scripted");
measure();
install();
themes();
repeat();
loadOften(form.dataset.often);
await load(form.dataset.terms);
prepare();
start("stored" in form.dataset);
const first = main().querySelector("[autofocus]");
if (first) reach(question(first));
document.documentElement.dataset.ready = "";
