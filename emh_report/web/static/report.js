// A released report: print it, or copy the section for the main report.

import { copy } from "./copy.js";

for (const button of document.querySelectorAll(".scripted[hidden]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    if (button.dataset.do === "print") window.print();
    else copy(document.getElementById(button.dataset.copy), document.querySelector("[role=status]"));
  });
}
