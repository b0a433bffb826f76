// Sizes that a viewer measured: into the lesion that is being written where that has none yet, else offered beside the
// banner. What somebody typed is never replaced without being asked.

import { block, form, label, main, nameOf, named, reach, visible } from "./questions.js";
import { say } from "./words.js";

const GROUP = "finding";
const FIELD = "size";

const place = document.getElementById("embed");
const list = document.createElement("ul");
place.append(list);

let last = "";

const lesions = () => [...main().querySelectorAll(`.block[data-group="${GROUP}"]`)];
const aim = () => lesions().find((one) => one.dataset.uid === last) ?? lesions().at(-1);
const called = (lesion) => lesion.querySelector("h3").firstChild.textContent.trim();

// The question of a lesion's size, where it is asked.
function asked(lesion) {
  const q = lesion && named(`${lesion.dataset.key}.${FIELD}`);
  return q && visible(q) ? q : null;
}

const input = (q) => document.getElementById(nameOf(q));

// Numbers as the page writes them. Before three digits a comma would be refused, so such a size keeps its points.
function written(axes) {
  if (axes.some((axis) => /\.\d{3}$/.test(axis))) return axes;
  return axes.map((axis) => axis.replace(".", form.dataset.decimal));
}

// What becomes of each measurement: placed or offered; null where too many wait already.
export function receive(measurements, most) {
  if (list.children.length + measurements.length > most) return null;
  return measurements.map(({ axes, unit }) => {
    const size = `${written(axes).join(" × ")} ${unit}`;
    const q = asked(aim());
    if (q && !input(q).value.trim()) return put(q, size);
    return offer(size);
  });
}

function put(q, size) {
  const field = input(q);
  field.value = size;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  q.classList.add("received");
  q.scrollIntoView({ block: "nearest" });
  tell(say("viewer-put", { size, lesion: called(block(q)), label: label(q) }));
  return "placed";
}

const tell = (words) => { document.getElementById("live").textContent = words; };

function offer(size) {
  const item = document.createElement("li");
  const words = Object.assign(document.createElement("p"), { className: "from" });
  const why = document.createElement("span");
  const take = Object.assign(document.createElement("button"), { type: "button", className: "take" });
  const leave = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: say("viewer-leave") });
  words.append(Object.assign(document.createElement("b"), { textContent: size }), ` ${say("viewer-from")} `, why);
  item.append(words, take, leave);
  leave.setAttribute("aria-label", say("viewer-leave-it", { size }));
  take.addEventListener("click", () => { const q = asked(aim()); if (q) { put(q, size); done(item); reach(q); } });
  leave.addEventListener("click", () => done(item));
  list.append(item);
  draw();
  tell(say("viewer-offered", { size, why: why.textContent }));
  return "offered";
}

function done(item) {
  const next = item.nextElementSibling ?? item.previousElementSibling;
  item.remove();
  draw();
  (next?.querySelector("button:not([hidden])") ?? main()).focus();
}

// What an offer would do now, to the lesion that was written last.
function draw() {
  place.hidden = !list.children.length;
  const lesion = aim();
  const q = asked(lesion);
  const there = q ? input(q).value.trim() : "";
  for (const item of list.children) {
    const take = item.querySelector(".take");
    take.hidden = !q;
    take.textContent = there ? say("viewer-replace", { size: there }) : say("viewer-use", { lesion: lesion ? called(lesion) : "" });
    item.querySelector("span").textContent = why(lesion, q, there);
  }
}

function why(lesion, q, there) {
  if (!lesion) return say("viewer-no-lesion");
  if (!q) return say("viewer-not-asked", { lesion: called(lesion) });
  return there ? say("viewer-there", { lesion: called(lesion), size: there }) : "";
}

document.addEventListener("focusin", (event) => {
  const here = block(event.target);
  if (here?.dataset.group === GROUP) last = here.dataset.uid;
  draw();
});
form.addEventListener("input", (event) => { block(event.target) && event.target.closest(".received")?.classList.remove("received"); draw(); });
form.addEventListener("change", draw);
new MutationObserver(draw).observe(main().parentElement, { childList: true });
