// Choices from a list by typing (ARIA combobox pattern). What is typed may be an abbreviation; where it means several
// terms, all are listed and none is taken.

import { block, label, language, nameOf, nextQuestion, pairs, question } from "./questions.js";
import { clear, often, resolved, search, terms, REASONS } from "./search.js";
import { say } from "./words.js";

const SHOWN = 40;
let count = 0;

export function enhance(q) {
  const list = q.dataset.list ?? (q.dataset.kind === "levels" ? null : undefined);
  if (!list || q.querySelector(".seg")) return;
  const input = document.getElementById(nameOf(q));
  if (!input || input.tagName !== "INPUT") return;
  const several = "repeats" in q.dataset;
  if (several) for (const one of q.querySelectorAll(".inputs > input")) if (one !== input) chip(one, list);
  new Combobox(q, input, list, several);
}

function chip(input, list) {
  const text = input.value;
  const span = document.createElement("span");
  span.className = resolved(text, list) ? "chip" : "chip odd";
  const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: input.name, value: text });
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "×", tabIndex: -1 });
  button.setAttribute("aria-label", say("remove", { text }));
  button.addEventListener("click", () => remove(span));
  span.append(hidden, Object.assign(document.createElement("span"), { textContent: text, lang: language(question(input)) }), button);
  input.replaceWith(span);
  return span;
}

function remove(span) {
  const input = span.parentElement.querySelector("input:not([type])");
  span.remove();
  input?.focus();
  input?.dispatchEvent(new Event("change", { bubbles: true }));
}

// Puts an answer of the list in the place of the text that was refused; whatever else the question has stays.
export function replace(q, refused, text) {
  const input = document.getElementById(nameOf(q));
  const chips = [...q.querySelectorAll(".chip")];
  const odd = chips.find((one) => one.firstChild.value.trim() === refused);
  if (odd) {
    const fresh = Object.assign(document.createElement("input"), { name: odd.firstChild.name, value: text });
    odd.replaceWith(fresh);
    if (chips.some((one) => one.firstChild.value === text)) fresh.remove();
    else chip(fresh, q.dataset.list);
  } else if (!input || input.value.trim() !== refused) return;
  else input.value = text;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

class Combobox {
  constructor(q, input, list, several) {
    Object.assign(this, { q, input, list, several, matches: [], active: -1, box: null, id: `options-${++count}` });
    input.removeAttribute("list");
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.addEventListener("input", () => this.typed());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.left());
    input.addEventListener("pointerdown", () => { if (!this.box) this.open(true); });
  }

  typed() {
    this.input.toggleAttribute("data-unfinished", !resolved(this.input.value, this.list));
    if (this.free()) this.close();
    else if (this.input.value.trim()) this.open(false);
    else this.close();
  }

  // Behind a term that needs words, everything that is typed is those words.
  free() {
    return terms(this.list).some((term) => term.needs && this.input.value.startsWith(`${term.display}: `));
  }

  open(whole) {
    const text = this.input.value;
    this.matches = whole || !text.trim() ? this.all() : search(text, this.list);
    this.active = this.matches.indexOf(whole ? null : clear(this.matches));
    this.draw(whole || !text.trim());
  }

  // What the report has already comes first, then what is often answered here. That is an order and nothing is taken by
  // it; what is typed is ranked the same everywhere, so that the same keys always give the same answer.
  all() {
    const used = new Set([...pairs().values()]);
    const usual = this.usual();
    const place = ({ term: { display } }) =>
      used.has(display) ? -1 : usual.includes(display) ? usual.indexOf(display) : usual.length;
    const every = [...terms(this.list), ...REASONS].map((term) => ({ term, matched: term.display, rank: 0 }));
    return every.sort((one, other) => place(one) - place(other));
  }

  usual() {
    return often(block(this.q).dataset.group, nameOf(this.q).split(".").pop());
  }

  draw(whole) {
    this.close();
    this.box = document.createElement("div");
    this.box.className = "options";
    const list = document.createElement("ul");
    Object.assign(list, { id: this.id, role: "listbox" });
    list.setAttribute("aria-label", label(this.q));
    list.lang = language(this.q);
    const usual = this.usual();
    this.matches.slice(0, whole ? 200 : SHOWN).forEach(({ term, matched }, position) => {
      const item = document.createElement("li");
      Object.assign(item, { id: `${this.id}-${position}`, role: "option" });
      item.append(term.display);
      if (matched !== term.display) item.append(Object.assign(document.createElement("span"), { textContent: matched }));
      if (usual.includes(term.display)) item.append(Object.assign(document.createElement("span"), { className: "often", lang: document.documentElement.lang, textContent: say("often") }));
      item.addEventListener("pointerdown", (event) => { event.preventDefault(); this.take(position); });
      list.append(item);
    });
    const note = Object.assign(document.createElement("p"), { className: "many" });
    if (!this.matches.length) note.textContent = say("none");
    else if (!whole && this.active < 0 && this.matches.length > 1) note.textContent = say("several");
    this.box.append(...(this.matches.length ? [list] : []), ...(note.textContent ? [note] : []));
    this.box.addEventListener("mousedown", (event) => event.preventDefault()); // its scrollbar takes no focus
    this.input.after(this.box);
    this.place();
    this.input.setAttribute("aria-expanded", String(this.matches.length > 0));
    if (this.matches.length) this.input.setAttribute("aria-controls", this.id);
    this.point(this.active);
  }

  // Upwards where there is more room: below a field at the foot of the window nobody would see the list.
  place() {
    const [field, list] = [this.input, this.box].map((one) => one.getBoundingClientRect());
    const banner = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--banner")) || 0;
    const [above, below] = [field.top - banner, innerHeight - field.bottom];
    if (list.bottom <= innerHeight || above <= below) return this.box.scrollIntoView({ block: "nearest" });
    this.box.classList.add("up");
    this.box.style.maxHeight = `${Math.min(list.height, above - 8)}px`;
    this.box.style.bottom = `${this.q.querySelector(".inputs").getBoundingClientRect().bottom - field.top + 3}px`;
  }

  point(position) {
    this.active = position;
    this.box?.querySelectorAll("li").forEach((item, number) => {
      item.setAttribute("aria-selected", String(number === position));
      if (number === position) item.scrollIntoView({ block: "nearest" });
    });
    if (position < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `${this.id}-${position}`);
  }

  close() {
    this.box?.remove();
    this.box = null;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-controls");
    this.input.removeAttribute("aria-activedescendant");
  }

  take(position) {
    const { term } = this.matches[position];
    this.close();
    this.input.removeAttribute("data-unfinished");
    if (term.needs) {
      this.input.value = `${term.display}: `;
      this.input.focus();
      this.input.setSelectionRange(this.input.value.length, this.input.value.length);
      return false;
    }
    this.input.value = term.display;
    this.settle();
    return true;
  }

  // One answer of several becomes a chip, and the field is free for the next.
  settle() {
    const there = [...this.q.querySelectorAll(".chip input")].some((one) => one.value === this.input.value.trim());
    if (this.several && there) this.input.value = "";
    else if (this.several && this.input.value.trim()) {
      const copy = this.input.cloneNode();
      copy.removeAttribute("id");
      this.input.before(copy);
      chip(copy, this.list);
      this.input.value = "";
      this.input.removeAttribute("data-unfinished");
    }
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  left() {
    const open = this.box !== null;
    this.close();
    if (!this.input.value.trim() || resolved(this.input.value, this.list)) {
      if (this.several && this.input.value.trim()) this.settle();
      return;
    }
    const found = open || this.input.hasAttribute("data-unfinished") ? clear(search(this.input.value, this.list)) : null;
    this.input.removeAttribute("data-unfinished");
    if (found && !found.term.needs) this.input.value = found.term.display;
    if (found && this.several) this.settle();
    else this.input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  key(event) {
    if (event.altKey && event.key !== "ArrowDown") return;
    const last = Math.min(this.matches.length, 200) - 1;
    switch (event.key) {
      case "ArrowDown":
        event.preventDefault();
        if (!this.box) this.open(!this.input.hasAttribute("data-unfinished"));
        else this.point(this.active >= last ? 0 : this.active + 1);
        if (this.active < 0 && this.matches.length) this.point(0);
        break;
      case "ArrowUp":
        if (!this.box) return;
        event.preventDefault();
        this.point(this.active <= 0 ? last : this.active - 1);
        break;
      case "Escape":
        if (!this.box) return;
        event.preventDefault();
        event.stopPropagation();
        this.close();
        break;
      case "Enter":
        event.preventDefault();
        if (this.box && this.active >= 0) { if (this.take(this.active) && !this.several) nextQuestion(); } else if (!this.box || !this.input.value.trim()) nextQuestion();
        break;
      case "Tab":
        if (this.box && this.active >= 0 && this.input.value.trim() && !this.take(this.active)) event.preventDefault();
        break;
      case "Backspace":
        if (this.several && !this.input.value) {
          const chips = this.q.querySelectorAll(".chip");
          if (chips.length) { event.preventDefault(); remove(chips[chips.length - 1]); }
        }
        break;
    }
  }
}
