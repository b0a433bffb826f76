// Dark or light without loading the page again: what was typed, where somebody is and what can be undone stay.

import { post } from "./post.js";
import { form } from "./questions.js";

const page = document.documentElement;
const button = document.getElementById("theme");

// The button offers the other one.
function offer() {
  const other = getComputedStyle(page).colorScheme === "light" ? "dark" : "light";
  button.value = `theme:${other}`;
  button.textContent = button.dataset[other];
}

// The server remembers it for the next page; without it, this page is as somebody wants it all the same.
export function turn() {
  page.dataset.theme = button.value.split(":")[1];
  offer();
  post("/theme/here", new URLSearchParams({ token: form.elements.token.value, action: page.dataset.theme })).catch(() => null);
}

export function install() {
  button.addEventListener("mousedown", (event) => event.preventDefault()); // the field that is written in keeps the focus
  offer();
}
