// What is typed goes to the server as it is typed, and again until it is there: the page is never the only copy for long.

import { notice } from "./notice.js";
import { post } from "./post.js";
import { content, form, pairs } from "./questions.js";

const PAUSE = 600;
const OUTLIVES = 30_000; // characters; browsers finish small requests even of a page that was closed
const TROUBLE = new Set(["away", "out", "refused", "elsewhere"]);
const AGAIN = [1000, 2000, 4000, 8000, 15000];

const line = document.getElementById("saved");

let kept = "";
let sending = null;
let running = null;
let timer = 0;
let failed = 0;
let elsewhere = false;

// What the page shows first is what is stored, unless the server says that it is not.
export function start(stored) {
  kept = stored ? content() : "";
}

export const unsaved = () => sending !== null || content() !== kept;

export const divided = () => elsewhere;

export function changed(pause = PAUSE) {
  if (elsewhere || !unsaved()) return;
  if (!failed) tell("unsaved");
  clearTimeout(timer);
  timer = setTimeout(save, failed ? Math.max(pause, 300) : pause);
}

// Whether everything is stored now.
export async function save() {
  clearTimeout(timer);
  running ??= work().finally(() => { running = null; });
  await running;
  return !unsaved();
}

async function work() {
  while (!elsewhere && unsaved()) {
    sending ??= snapshot();
    if (!failed) tell("saving");
    const answer = await sent();
    if (!answer) return;
    form.elements.etag.value = answer.etag;
    kept = sending.text;
    sending = null;
    failed = 0;
    tell("saved", answer.at);
    trouble("");
  }
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
  elsewhere = response.status === 409 && Boolean(said.html);
  tell(elsewhere ? "elsewhere" : "refused");
  trouble(said.html ?? said.text ?? "", Boolean(said.html));
  return null;
}

function trouble(text, markup = false) {
  notice().querySelector("[data-saving]")?.remove();
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
