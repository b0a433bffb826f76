// Text to the clipboard, and a word that it is there.

import { say } from "./words.js";

export async function copy(area, live) {
  if (!area) return;
  try {
    await navigator.clipboard.writeText(area.value);
  } catch {
    area.focus();
    area.select();
    document.execCommand("copy");
  }
  if (live) live.textContent = say("copied");
  for (const button of document.querySelectorAll("[data-copy]")) if (button.dataset.copy === area.id) button.textContent = say("copied");
}
