// Text to the clipboard, and a word that it is there. A page without TLS may only copy what is selected.

import { returning } from "./questions.js";
import { say } from "./words.js";

// Whether it is there.
export async function copy(area, live) {
  if (!area) return false;
  try {
    await navigator.clipboard.writeText(area.value);
  } catch {
    const back = returning();
    area.focus();
    area.select();
    if (!document.execCommand("copy")) {
      if (live) live.textContent = say("by-hand");
      return false; // it stays selected
    }
    back();
  }
  if (live) live.textContent = say("copied");
  for (const button of document.querySelectorAll("[data-copy]")) if (button.dataset.copy === area.id) button.textContent = say("copied");
  return true;
}
