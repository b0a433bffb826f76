// The map of sites and levels: a pick goes into the lesion that is being written, without a trip to the server.

import { later } from "./hold.js";
import { form, main } from "./questions.js";
import { say } from "./words.js";

const NEW = "new";
const BETWEEN = /\s*(?:[-–—]|\b(?:to|thru|through|bis)\b)\s*/i;
const VERTEBRA = /^([a-z]+) ?(\d+)$/i;
const COUNTED = /\([^()]*\)\s*$/;
let aim = "";
let open = false;

const map = () => main().querySelector(".map");
const blocks = () => [...main().querySelectorAll(`.block[data-group="${map().dataset.of}"]`)];
const fields = () => map().dataset.fields.split(" ");
const order = () => [...map().querySelectorAll("[data-level]")].map((one) => one.dataset.level);
const inputs = (key, field) => (field ? [...document.getElementsByName(`${key}.${field}`)].filter((one) => one.form === form) : []);

function said(key, field) {
  const found = inputs(key, field).find((one) => (one.type === "radio" ? one.checked : true) && one.value.trim());
  return found ? found.value.trim() : "";
}

// Answers a question as if it had been typed. A question that the page does not have is left to the server.
function answer(key, field, text) {
  const all = inputs(key, field);
  const choice = all.find((one) => one.type === "radio" && one.value === text);
  const typed = all.find((one) => one.type !== "radio");
  const input = choice ?? typed;
  if (!input) return false;
  if (choice) choice.checked = true;
  else input.value = text;
  input.removeAttribute("data-unfinished");
  input.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

// The place of a vertebra, whatever it is called: T5, Th 5, BWK5. The server says what regions are called.
function place(text) {
  const [, called, number] = VERTEBRA.exec(text) ?? [];
  return called ? order().indexOf(`${JSON.parse(map().dataset.regions)[called.toLowerCase()]}${number}`) : -1;
}

function range(text) {
  const counted = COUNTED.exec(text);
  const [upper, ...rest] = text.replace(COUNTED, "").trim().split(BETWEEN);
  const lower = rest.length ? rest.join("-") : upper;
  const ends = [upper, /^\d+$/.test(lower) ? upper.replace(/\d+$/, lower) : lower].map(place);
  return { ends: ends.includes(-1) ? [] : ends.sort((a, b) => a - b), counted: counted ? ` ${counted[0].trim()}` : "" };
}

function covered(text) {
  const [first, last] = range(text).ends;
  return first === undefined ? [] : order().slice(first, last + 1);
}

// The first pick begins a range, the second ends it, a third begins anew. How levels were counted stays.
function extended(text, level) {
  const { ends: [first, last], counted } = range(text);
  const picked = order().indexOf(level);
  if (first === undefined || first !== last || first === picked) return level + counted;
  return `${order()[Math.min(first, picked)]}-${order()[Math.max(first, picked)]}${counted}`;
}

// --- what is shown ---------------------------------------------------------------------------------------------------

function lesions() {
  const [site, side, levels] = fields();
  return blocks().map((block) => {
    const key = block.dataset.key;
    const at = said(key, site).split(":")[0].trim().toLowerCase();
    const name = said(key, side).toLowerCase();
    const sides = { right: ["right"], left: ["left"], bilateral: ["right", "left"] }[name] ?? [];
    const { ends } = range(said(key, levels));
    const begun = ends.length && ends[0] === ends[1] ? order()[ends[0]] : "";
    return { number: key.split(".").pop(), key, at, sides, levels: covered(said(key, levels)), begun };
  });
}

function mark(button, there, shown) {
  const numbers = there.map((one) => one.number).join(", ");
  if (shown.textContent.trim() !== numbers) shown.textContent = numbers;
  button.setAttribute("aria-label", numbers ? say("on-map", { name: button.dataset.name, numbers }) : button.dataset.name);
}

function draw() {
  if (!map()) return;
  const all = lesions();
  if (!all.some((one) => one.key === aim)) aim = all.find((one) => !one.at)?.key ?? NEW;
  const aimed = all.find((one) => one.key === aim);
  const aims = !aimed ? "map-new" : aimed.at ? "map-levels" : "map-picks";
  document.getElementById("map-aim").textContent = say(aims, { number: aimed?.number });
  for (const button of map().querySelectorAll("[data-pick]")) {
    const [code, side] = button.dataset.pick.split(":");
    const display = (side ? button.dataset.name.slice(0, -side.length - 2) : button.dataset.name).toLowerCase();
    const there = all.filter((one) => one.at === display && (!side || !one.sides.length || one.sides.includes(side)));
    mark(button, there, button.querySelector(".on") ?? button);
    map().querySelector(`[data-region="${code}:${side}"]`)?.classList.toggle("touched", there.length > 0);
  }
  const begun = all.find((one) => one.key === aim)?.begun ?? "";
  for (const button of map().querySelectorAll("[data-level]")) {
    const there = all.filter((one) => one.levels.includes(button.dataset.level));
    mark(button, there, button.nextElementSibling);
    button.classList.toggle("touched", there.length > 0);
    button.classList.toggle("begun", begun === button.dataset.level);
  }
}

function over(button) {
  for (const region of map()?.querySelectorAll(".over") ?? []) region.classList.remove("over");
  const shown = document.getElementById("map-over");
  if (shown) shown.textContent = button?.dataset.name ?? "";
  if (button?.dataset.pick) map().querySelector(`[data-region="${button.dataset.pick}"]`)?.classList.add("over");
}

// --- events ----------------------------------------------------------------------------------------------------------

function pick(button) {
  const [site, side, levels] = fields();
  const { level } = button.dataset;
  if (aim === NEW) return false;
  if (level) return answer(aim, levels, extended(said(aim, levels), level));
  const chosen = button.dataset.pick.split(":")[1];
  const display = chosen ? button.dataset.name.slice(0, -chosen.length - 2) : button.dataset.name;
  if (button.closest(".map-others") || !waits(display.toLowerCase(), chosen)) return false;
  if (!answer(aim, site, display)) return false;
  if (chosen) answer(aim, side, chosen[0].toUpperCase() + chosen.slice(1));
  return true;
}

// A site is never replaced: a lesion takes a pick only while it has none, or this one and no other side.
function waits(display, chosen) {
  const one = lesions().find(({ key }) => key === aim);
  return !one.at || (one.at === display && (!one.sides.length || (one.sides.length === 1 && one.sides[0] === chosen)));
}

function tell(button) {
  const [, , levels] = fields();
  const what = button.dataset.level ? said(aim, levels) : button.dataset.name;
  document.getElementById("live").textContent = say("map-told", { number: aim.split(".").pop(), what });
}

form.addEventListener("click", (event) => {
  const button = event.target.closest(".map [data-pick], .map [data-level]");
  if (!button) return;
  const same = button.dataset.level ? `[data-level="${button.dataset.level}"]` : `[data-pick="${button.dataset.pick}"]`;
  if (later(() => map()?.querySelector(same)?.click())) { event.preventDefault(); return; }
  open = true;
  if (!pick(button)) {
    button.value = `${button.dataset.level ? "level" : "site"}:${aim}:${button.dataset.level ?? button.dataset.pick}`;
    return;
  }
  event.preventDefault();
  tell(button);
}, true);
form.addEventListener("toggle", (event) => { if (event.target.matches?.(".map")) open = event.target.open; }, true);
form.addEventListener("change", () => draw());
form.addEventListener("focusin", (event) => {
  const block = event.target.closest(".block");
  over(event.target.closest(".map [data-pick], .map [data-level]"));
  if (!map() || block?.dataset.group !== map().dataset.of || aim === block.dataset.key) return;
  aim = block.dataset.key;
  draw();
});
form.addEventListener("pointerover", (event) => over(event.target.closest(".map [data-pick], .map [data-level]")));
// The key of the map opens it and goes there, and closes it and comes back.
form.addEventListener("bodymap", () => {
  if (!map()) return;
  map().open = !map().open;
  if (map().open) map().querySelector(".spot:not(:empty), .spot").focus();
  else (document.getElementById(`b-${aim}`)?.querySelector("input:not([type=hidden]), textarea") ?? map().querySelector("summary")).focus();
});

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const middle = (element) => { const box = element.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; };

// Arrow keys go from a region to the nearest one on that side.
function beside(button, [right, down]) {
  const [x, y] = middle(button);
  let best = null, least = Infinity;
  for (const other of map().querySelectorAll(".spot")) {
    const [a, b] = middle(other);
    const along = (a - x) * right + (b - y) * down;
    const cost = along + 2 * Math.abs((a - x) * down + (b - y) * right);
    if (along > 1 && cost < least) [best, least] = [other, cost];
  }
  return best;
}

form.addEventListener("keydown", (event) => {
  const step = !event.altKey && event.target.matches(".spot") && STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  beside(event.target, step)?.focus();
});
// Arrow keys go along the levels, as in a list.
form.addEventListener("keydown", (event) => {
  const item = event.target.matches(".level") && { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  const next = item && event.target.closest("li")[item]?.querySelector(".level");
  if (next) { event.preventDefault(); event.stopPropagation(); next.focus(); }
});

// The server makes the questions again after some actions: the map that comes with them is drawn and opened as it was.
function found() {
  const fresh = map();
  if (!fresh || "known" in fresh.dataset) return;
  fresh.dataset.known = "";
  if (open) fresh.open = true;
  for (const part of fresh.querySelectorAll(".scripted")) part.hidden = false;
  draw();
}

new MutationObserver(found).observe(form, { childList: true, subtree: true });
found();
