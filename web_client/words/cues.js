// Words grouped into captions: what one holds, where it breaks, how long it stays. Pure; the same rule as the
// captions of exports, where it is written down (avatar_server/dataset/caption_lines.py, caption_pages.py).

/** @typedef {import("./spoken.js").Speaker} Speaker */
/** @typedef {import("./spoken.js").Word} Word */

/** Characters. */
export const LONGEST_ROW = 42;
const PAUSE_S = 0.6;
const SHORTEST_S = 1;
const LONGEST_S = 7;
/** A caption that would go in this time anyway goes when the other person's comes. */
const BRIEF_S = 0.3;

/**
 * @typedef {object} Cue
 * @property {string} name of the speaker
 * @property {"left" | "right"} side
 * @property {number} start_s
 * @property {number} end_s
 * @property {number} first index of the first word among its speaker's
 * @property {Word[][]} rows one or two
 */

/** @typedef {Cue & {place: 0 | 1}} PlacedCue place: 0 lowest, 1 above */

/**
 * The captions of one person, in the order of time; no two at once.
 * @param {Speaker} speaker
 * @returns {Cue[]}
 */
export function cuesOf({ words, name, side }) {
  /** @type {Cue[]} */
  const cues = [];
  for (let first = 0; first < words.length; ) {
    let after = first + 1;
    while (after < words.length && goesOn(words.slice(first, after), words[after])) after += 1;
    const said = words.slice(first, after);
    const start_s = said[0]?.start_s ?? 0;
    const last_s = said.at(-1)?.end_s ?? 0;
    const end_s = Math.min(Math.max(last_s, start_s + SHORTEST_S), words[after]?.start_s ?? Infinity);
    const rows = rowsOf(said);
    if (end_s > start_s && rows) cues.push({ name, side, start_s, end_s, first, rows });
    first = after;
  }
  return cues;
}

/**
 * The captions of all, in the order of their beginnings.
 * @param {readonly Speaker[]} speakers the left one first
 * @returns {Cue[]}
 */
export function allCues(speakers) {
  return speakers.flatMap(cuesOf).sort((a, b) => a.start_s - b.start_s);
}

/**
 * One that is read never moves: it takes the lowest place that is free when it comes, and keeps it.
 * @param {readonly Cue[]} cues of two people, in the order of their beginnings
 * @returns {PlacedCue[]}
 */
export function placed(cues) {
  /** @type {PlacedCue[]} */
  const done = [];
  /** @type {Map<string, PlacedCue>} */
  const latest = new Map();
  for (const cue of cues) {
    let lowestIsTaken = false;
    for (const [side, before] of latest) {
      const left_s = before.end_s - cue.start_s;
      if (side === cue.side || left_s <= 0) continue;
      if (left_s <= BRIEF_S && before.start_s < cue.start_s) before.end_s = cue.start_s;
      else lowestIsTaken ||= before.place === 0;
    }
    /** @type {PlacedCue} */
    const one = { ...cue, place: lowestIsTaken ? 1 : 0 };
    latest.set(cue.side, one);
    done.push(one);
  }
  return done;
}

/**
 * @param {readonly Word[]} said of one caption
 * @param {Word | undefined} next
 * @returns {boolean} whether the next word is in the same caption
 */
function goesOn(said, next) {
  const first = said[0];
  const last = said.at(-1);
  if (!first || !last || !next) return false;
  if (next.start_s - last.end_s >= PAUSE_S || next.end_s - first.start_s > LONGEST_S) return false;
  if (!rowsOf([...said, next])) return false;
  const ending = last.text.replace(/["'”’»)\]]+$/, "").at(-1) ?? "";
  if (".?!…".includes(ending) && ending) return last.end_s - first.start_s < SHORTEST_S;
  return !(",;:–—".includes(ending) && ending && lettersOf(said) > LONGEST_ROW);
}

/**
 * @param {readonly Word[]} words
 * @returns {Word[][] | null} one row, or two as equal as can be with the longer one below; null if they do not fit
 */
function rowsOf(words) {
  const whole = lettersOf(words);
  if (whole <= LONGEST_ROW) return [[...words]];
  let best = null;
  let bestApart = Infinity;
  let above = -1;
  for (let cut = 1; cut < words.length; cut += 1) {
    above += lettersOf(words.slice(cut - 1, cut)) + 1;
    const below = whole - above - 1;
    if (Math.max(above, below) > LONGEST_ROW || Math.abs(above - below) >= bestApart) continue;
    bestApart = Math.abs(above - below);
    best = [words.slice(0, cut), words.slice(cut)];
  }
  return best;
}

/** As one row, blanks between. @param {readonly Word[]} words */
function lettersOf(words) {
  return words.reduce((sum, { text }) => sum + [...text].length + 1, -1);
}

/**
 * @param {Cue} cue
 * @returns {string[]} its rows
 */
export function rowsText(cue) {
  return cue.rows.map((row) => row.map(({ text }) => text).join(" "));
}
