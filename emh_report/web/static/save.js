// What is typed goes to the server as it is typed, and again until it is there: the page is never the only copy for long.

import { notice, passed } from "./notice.js";
import { post } from "./post.js";
import { content, form, pairs } from "./questions.js";

const PAUSE = 600;
const OUTLIVES = 30_000; // characters; browsers finish small requests even of a page that was closed
const LATEST = 5000; // for somebody who types without a pause
const TROUBLE = new Set(["away", "out", "refused", "partly", "elsewhere"]);
const AGAIN = [1000, 2000, 4000, 8000, 15000];

const line = document.getElementById("saved");

let kept = ""; // what the server has; null while it has all but an answer that cannot be stored
let last = line.textContent; // what was said when it had that
let sending = null;
let running = null;
let timer = 0;
let failed = 0;
let elsewhere = false;
let due = 0;
let left = ""; // what is said of an answer that cannot be stored while all others are

// What the page shows first is what is stored, unless the server says that it is not.
export function start(stored) {
  kept = stored ? content() : "";
}

export const unsaved = () => sending !== null || content() !== kept;

export const divided = () => elsewhere;

export function changed(pause = PAUSE) {
  if (elsewhere) return;
  if (!unsaved()) return asBefore();
  if (!failed && !left) tell("unsaved");
  clearTimeout(timer);
  due ||= Date.now() + LATEST;
  const wait = Math.max(0, Math.min(pause, due - Date.now()));
  timer = setTimeout(save, failed ? Math.max(wait, 300) : wait);
}

// What was typed and taken back is as it was stored, and so is said of it.
function asBefore() {
  clearTimeout(timer);
  due = 0;
  if (line.dataset.state !== "unsaved" && line.dataset.state !== "refused") return;
  line.dataset.state = "saved";
  line.textContent = last;
  trouble("");
}

// Whether everything is stored now.
export async function save() {
  clearTimeout(timer);
  due = 0;
  running ??= work().finally(() => { running = null; });
  await running;
  return !unsaved();
}

async function work() {
  while (!elsewhere && unsaved()) {
    sending ??= snapshot();
    if (!failed && !left) tell("saving");
    const { text } = sending;
    const answer = await sent();
    if (answer) stored(answer, text);
    if (sending) return; // it is asked again after a while
    if ((left || !answer) && content() === text) return; // nothing is newer than what was refused
  }
}

function stored(answer, text) {
  form.elements.etag.value = answer.etag;
  sending = null;
  failed = 0;
  left = answer.left ?? "";
  kept = left ? null : text;
  tell(left ? "partly" : "saved", left ? "" : answer.at);
  if (!left) last = line.textContent;
  trouble(left);
  passed();
}

// The same request until it is answered, so that the server does it once however often it arrives.
function snapshot() {
  const body = pairs();
  body.set("request", requestId());
  return { body, text: content() };
}

async function sent() {
  let response;
  try {
    const keepalive = sending.text.length < OUTLIVES;
    response = await post(`${form.getAttribute("action")}/save`, sending.body, { keepalive });
    if (response.ok) return await response.json();
    if (response.status >= 500) throw new Error(response.statusText);
  } catch {
    const pause = AGAIN[Math.min(failed, AGAIN.length - 1)];
    failed += 1;
    tell("away");
    timer = setTimeout(save, pause);
    return null;
  }
  const said = await response.json().catch(() => ({}));
  sending = null;
  failed = 0;
  left = "";
  elsewhere = response.status === 409 && Boolean(said.html);
  tell(elsewhere ? "elsewhere" : "refused");
  trouble(said.html ?? said.text ?? "", Boolean(said.html));
  return null;
}

function trouble(text, markup = false) {
  const there = notice().querySelector("[data-saving]");
  if (there && there.textContent === text) return;
  there?.remove();
  if (!text) return;
  const shown = document.createElement("div");
  shown.dataset.saving = "";
  if (markup) shown.innerHTML = text;
  else shown.append(Object.assign(document.createElement("p"), { textContent: text }));
  notice().append(shown);
}

function tell(state, at = "") {
  if (TROUBLE.has(state) && line.dataset.state !== state) document.getElementById("live").textContent = line.dataset[state];
  line.dataset.state = state;
  line.textContent = `${line.dataset[state]} ${at}`.trim();
}

// crypto.randomUUID is only there on a secure connection; this one may be plain within a department.
function requestId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const text = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-");
}

let before = null;
form.addEventListener("signedout", () => {
  if (line.dataset.state !== "out") before = { state: line.dataset.state, text: line.textContent };
  tell("out");
});
form.addEventListener("signedin", () => { line.dataset.state = before.state; line.textContent = before.text; });
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden" && unsaved()) save(); });
