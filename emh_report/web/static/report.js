// A released report: print it, or copy the section for the main report.

import { copy } from "./copy.js";

const live = document.getElementById("live");
const section = () => copy(document.getElementById("paste-text"), live);

for (const button of document.querySelectorAll(".scripted[hidden]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    if (button.dataset.do === "print") window.print();
    else section();
  });
}

document.addEventListener("keydown", (event) => {
  const letter = /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : event.code;
  if (!["c", "KeyC"].includes(letter) || !event.altKey || event.ctrlKey || event.metaKey || !document.getElementById("paste-text")) return;
  event.preventDefault();
  section();
});
