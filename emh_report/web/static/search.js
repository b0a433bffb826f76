// Finding terms by what is typed, ranked as the service ranks them (emh_report/search.py).

let vocabularies = { spelling: [], lists: {}, fields: {} };
let used = {};

export async function load(address) {
  const response = await fetch(address);
  if (response.ok) vocabularies = await response.json();
}

// What is often answered here only changes the order of a list that is opened: nobody waits for it.
export async function loadOften(address) {
  const response = await fetch(address).catch(() => null);
  if (response?.ok) used = await response.json();
}

// Terms that a question is often answered with here, the most frequent first.
export const often = (group, field) => used[`${group}.${field}`] ?? [];

// Id, label and help of every question of a group, in order.
export const fields = (group) => vocabularies.fields[group] ?? [];
export const terms = (list) => vocabularies.lists[list] ?? [];

export const REASONS = [
  { display: "(unknown)", texts: [["?", "unknown"], ["unknown", "unknown"]] },
  { display: "(not evaluable)", texts: [["n/e", "n e"], ["not evaluable", "not evaluable"]] },
  { display: "(not applicable)", texts: [["n/a", "n a"], ["not applicable", "not applicable"]] },
];

export function fold(text) {
  let folded = text.toLowerCase();
  for (const [british, american] of vocabularies.spelling) folded = folded.replaceAll(british, american);
  return folded.replace(/[^0-9a-z]+/g, " ").trim();
}

function rank(wanted, folded) {
  if (folded === wanted) return 0;
  if (folded.startsWith(wanted)) return 1;
  if (` ${folded}`.includes(` ${wanted}`)) return 2;
  if (folded.includes(wanted)) return 3;
  return wanted.split(" ").every((word) => ` ${folded}`.includes(` ${word}`)) ? 4 : null;
}

// Matches, best first: { term, matched, rank }.
export function search(query, list) {
  const brief = query.trim();
  const reason = REASONS.find((one) => one.texts[0][0] === brief || one.display === brief);
  if (reason) return [{ term: reason, matched: brief, rank: 0 }];
  const wanted = fold(brief);
  if (!wanted) return [];
  const found = [];
  for (const term of terms(list)) {
    let best = null;
    for (const [text, folded] of term.texts) {
      const one = rank(wanted, folded);
      if (one !== null && (best === null || one < best.rank)) best = { term, matched: text, rank: one };
    }
    if (best) found.push(best);
  }
  if (!found.length) found.push(...REASONS.filter((one) => fold(one.display).startsWith(wanted)).map((term) => ({ term, matched: term.display, rank: 0 })));
  return found.sort((one, other) => one.rank - other.rank);
}

const INSIDE_A_WORD = 3;

// The one match that is better than all others; nothing where several terms are meant alike, or where what was typed only
// stands inside a word: "axilla" is no maxillary sinus.
export function clear(matches) {
  if (!matches.length || matches[0].rank === INSIDE_A_WORD) return null;
  return matches.length === 1 || matches[1].rank > matches[0].rank ? matches[0] : null;
}

export function resolved(text, list) {
  const brief = text.trim();
  return [...terms(list), ...REASONS].some((term) =>
    brief === term.display || (term.needs && brief.startsWith(`${term.display}: `) && brief.length > term.display.length + 2));
}
