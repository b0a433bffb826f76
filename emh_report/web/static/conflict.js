// What was typed in the window is on this page alone until one side is chosen: leaving it otherwise asks first.

let chosen = false;

document.getElementById("form").addEventListener("submit", () => { chosen = true; });
window.addEventListener("pageshow", () => { chosen = false; });
window.addEventListener("beforeunload", (event) => { if (!chosen) event.preventDefault(); });
