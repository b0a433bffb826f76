// The line below the banner: what was done or could not be. What is said of saving and of the server stays until it is
// settled, whatever else is said meanwhile.

const STAYS = "[data-saving], [data-live]";

export const notice = () => document.getElementById("notice");

// Puts `nodes` in place of what was said last.
export function announce(...nodes) {
  for (const old of [...notice().children]) if (!old.matches(STAYS)) old.remove();
  notice().prepend(...nodes);
}

export function announceText(text) {
  const line = Object.assign(document.createElement("p"), { textContent: text.trim() });
  line.dataset.passing = "";
  announce(line);
}

// What is not so any more is not said any more.
export function withdraw(text) {
  for (const line of [...notice().children]) if (line.textContent === text) line.remove();
}

// What could be undone by a button is not any more, once something else was typed; what was said of one moment is over.
export function settle() {
  if (notice().querySelector("[data-undo]")) announce();
  for (const line of notice().querySelectorAll("[data-passing]")) line.dataset.passing = "over";
}

// What is over goes once the server answers: until then it may be why.
export function passed() {
  for (const line of notice().querySelectorAll("[data-passing=over]")) line.remove();
}
