// What earlier reports say, beside the form: asked for when the page is there, and again when something was saved.

import { fill } from "./fill.js";
import { form } from "./questions.js";

const PAUSE = 1500;

let turn = 0;
let timer = 0;

async function load() {
  const mine = ++turn;
  const html = await said("course/panel");
  if (html !== null && mine === turn) show(document.getElementById("earlier"), html);
}

async function said(path) {
  const response = await fetch(`${form.getAttribute("action")}/${path}`).catch(() => null);
  return response?.ok ? response.text() : null;
}

// Markup of our own server, where every text is escaped.
function show(place, html) {
  fill(place, html);
  place.closest(".part").hidden = !html.trim();
}

// What PACS and RIS list: asked for once, and waited for by nothing.
async function examinations() {
  const place = document.getElementById("examinations");
  const html = place && await said("examinations/panel");
  if (html) show(place, html);
}

function later() {
  clearTimeout(timer);
  if (document.getElementById("saved").dataset.state === "saved") timer = setTimeout(load, PAUSE);
}

new MutationObserver(later).observe(document.getElementById("saved"), { childList: true });
load();
examinations();
