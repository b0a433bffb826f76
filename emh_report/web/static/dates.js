// Dates that are typed in short. What they become is seen in the field, in the form of the language of the page.

import { form } from "./questions.js";
import { say } from "./words.js";

const TIMED = /^(\S+) +(\d{1,2}):(\d{2})$/;
const two = (number) => String(Math.floor(Math.abs(number))).padStart(2, "0");

// A date as the page writes it: the server shows how, by an example.
function written(date) {
  const parts = { 2222: String(date.getFullYear()), 12: two(date.getMonth() + 1), 31: two(date.getDate()) };
  return form.dataset.day.replace(/2222|12|31/g, (part) => parts[part]);
}

// The time of day with the zone that this machine has at that moment.
function timed(date) {
  const shift = -date.getTimezoneOffset();
  return `${two(date.getHours())}:${two(date.getMinutes())} ${shift < 0 ? "-" : "+"}${two(shift / 60)}:${two(shift % 60)}`;
}

function read(text) {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text);
  return iso ? iso.slice(1).map(Number) : dotted?.slice(1).map(Number).reverse();
}

// "now" and "today", in the language of the page too, become what the clock of this machine says; a time without its zone
// gets the zone of this machine.
export function complete(input, kind) {
  const typed = input.value.trim().toLowerCase();
  const said = ["now", "today"].find((word) => typed === word || typed === say(word));
  const now = new Date();
  if (said) input.value = said === "now" && kind === "datetime" ? `${written(now)} ${timed(now)}` : written(now);
  const found = kind === "datetime" && !said && TIMED.exec(typed);
  const day = found && read(found[1]);
  if (!day) return;
  const [year, month, date] = day;
  const at = new Date(year, month - 1, date, Number(found[2]), Number(found[3]));
  if (at.getMonth() === month - 1 && at.getDate() === date && at.getHours() === Number(found[2]))
    input.value = `${found[1]} ${timed(at)}`;
}
