// The contract with a viewer that shows this page in a frame: what it may say, and what it is told (docs/integrator.md).
// Only the parent of this page counts, and only from an origin that the installation names. Nobody else gets an answer.

import { returning } from "./questions.js";
import { say } from "./words.js";

const VERSION = 1;
const NAMES = "emh-report/";
const MOST = 20;

const place = document.getElementById("embed");
const listed = (name) => JSON.parse(place.dataset[name]);
const origins = listed("origins");
const accessions = listed("accessions");
const patients = listed("patients");

const editing = document.querySelector("form[data-terms]");
const sizes = editing && await import("./sizes.js");

// --- what a viewer may say -------------------------------------------------------------------------------------------

const text = (value) => typeof value === "string" && value.trim() !== "" && value.length <= 64;
const axis = (value) => typeof value === "string" && /^\d{1,4}(\.\d{1,4})?$/.test(value);
const list = (value, least, most) => Array.isArray(value) && value.length >= least && value.length <= most;

const ABOUT = { type: text, version: (value) => value === VERSION, id: (value) => value === undefined || text(value), accession: text, patientID: (value) => value === undefined || text(value) };
const SIZE = { axes: (value) => list(value, 1, 3) && value.every(axis), unit: (value) => value === "mm" || value === "cm" };
const SHAPES = {
  context: ABOUT,
  measurement: { ...ABOUT, measurements: (value) => list(value, 1, MOST) },
};

// Where a message is not as its shape has it; empty where it is. A key that nobody would read is refused too.
function wrong(value, shape, at = "") {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return at || "message";
  const key = [...Object.keys(shape), ...Object.keys(value)].find((one) => !Object.hasOwn(shape, one) || !shape[one](value[one]));
  return key === undefined ? "" : [at, Object.hasOwn(shape, key) ? key : "unknown key"].filter(Boolean).join(".");
}

function misshapen(said, shape) {
  const found = wrong(said, shape);
  if (found || !said.measurements) return found;
  return said.measurements.map((one, number) => wrong(one, SIZE, `measurements[${number}]`)).find(Boolean) ?? "";
}

// What is answered to a message: its kind, and what comes with it.
function answer(said) {
  if (said.version !== VERSION) return refusal("unknown-version");
  const kind = said.type.slice(NAMES.length);
  if (!Object.hasOwn(SHAPES, kind)) return refusal("unknown-type");
  const at = misshapen(said, SHAPES[kind]);
  if (at) return refusal("malformed", { at });
  const other = differs(said);
  if (other) { stop(other); return refusal(`${other}-mismatch`); }
  if (kind === "context") return ["ack", {}];
  if (!sizes) return refusal("not-editable");
  if (document.querySelector("dialog.mismatch")) return refusal("blocked");
  const results = sizes.receive(said.measurements, MOST);
  return results ? ["ack", { results }] : refusal("full");
}

const refusal = (reason, more = {}) => ["refusal", { reason, ...more }];

function differs(said) {
  if (said.patientID !== undefined && !patients.includes(said.patientID)) return "patient";
  return accessions.includes(said.accession) ? "" : "accession";
}

window.addEventListener("message", (event) => {
  if (event.source !== window.parent || window.parent === window || !origins.includes(event.origin)) return;
  const said = event.data;
  if (typeof said?.type !== "string" || !said.type.startsWith(NAMES)) return; // of something else that both pages run
  const [kind, more] = answer(said);
  const id = text(said.id) ? { id: said.id } : {};
  event.source.postMessage({ type: NAMES + kind, version: VERSION, ...id, ...more }, event.origin);
});

// --- what a viewer is told -------------------------------------------------------------------------------------------

const saved = document.getElementById("saved");

function state() {
  if (!editing) return "released";
  return saved.dataset.state === "saved" ? "saved" : "draft";
}

// The browser delivers to the parent alone, and only where it has the origin that the message is for.
function tell(kind) {
  if (window.parent === window) return;
  const { report, status } = place.dataset;
  const message = { type: NAMES + kind, version: VERSION, report, accession: accessions[0] ?? "", status, state: state() };
  const above = window.location.ancestorOrigins?.[0];
  for (const origin of origins) if (!above || above === origin) window.parent.postMessage(message, origin);
}

let told = state();
if (saved) new MutationObserver(() => { if (told !== state()) { told = state(); tell("state"); } }).observe(saved, { attributes: true });

// --- another patient or examination ----------------------------------------------------------------------------------

const TITLES = { patient: "viewer-patient", accession: "viewer-accession" };

// Covers the page until somebody has looked: what was typed stays under it, and is saved.
function stop(other) {
  if (document.querySelector("dialog.mismatch")) return;
  const made = Object.assign(document.createElement("dialog"), { className: "mismatch" });
  const heading = Object.assign(document.createElement("h2"), { id: "mismatch", textContent: say(TITLES[other]) });
  const own = ["patient", "order"].map((name) => document.querySelector(`.${name}`).textContent.replace(/\s+/g, " ").trim());
  const lines = [["this", [say("viewer-this"), ...own].join("\n")], ["", say("viewer-stopped")]];
  const button = Object.assign(document.createElement("button"), { type: "button", className: "primary", textContent: say("viewer-compared") });
  made.setAttribute("aria-labelledby", heading.id);
  made.append(heading, ...lines.map(([className, words]) => Object.assign(document.createElement("p"), { className, innerText: words })), button);
  made.addEventListener("cancel", (event) => event.preventDefault());
  const back = returning();
  made.addEventListener("close", () => { made.remove(); back(); });
  button.addEventListener("click", () => made.close());
  document.body.append(made);
  made.showModal();
}

if (editing) await import("./form.js");
tell("ready");
if (!editing) tell("state");
