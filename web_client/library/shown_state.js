// Which words stand where the rows would be: nothing where there are rows. Pure.

import { troubleOf } from "./troubles.js";

/** @typedef {import("./head.js").ViewName} ViewName */
/** @typedef {import("./paged_rows.js").RowsState} RowsState */

/**
 * @typedef {object} Shown
 * @property {ViewName} view
 * @property {RowsState} state of the catalogue's rows
 * @property {boolean} isAnswered some question was answered before
 * @property {number} found rows of the view
 * @property {number} kept what the view remembers, whatever is looked for
 * @property {boolean} isFiltered
 * @property {number} fetches
 * @property {boolean} mayFetch
 * @property {number} now_ms
 */

/**
 * @typedef {object} Words
 * @property {string} kind
 * @property {string} title
 * @property {string} words
 * @property {number} again_s after so long it is asked again by itself, 0: not
 */

/** An answer that comes within this needs no word. */
const AT_ONCE_MS = 400;
/** The server answers in less, unless it fetches the list of recordings first. */
const FETCHING_MS = 2500;

/**
 * @param {Shown} shown
 * @returns {Words | null}
 */
export function wordsFor({ view, state, isAnswered, found, kept, isFiltered, fetches, mayFetch, now_ms }) {
  const say = (/** @type {string} */ kind, /** @type {string} */ title, /** @type {string} */ words) => ({ kind, title, words, again_s: 0 });
  if (view === "downloads") {
    if (!mayFetch) return say("locked", "Downloads need the server's token", "A link is for looking and playing. If the server has a source, what is not there is fetched while it plays.");
    return fetches > 0 ? null : say("no downloads", "No downloads", "What you download from the library is listed here while it comes, and for an hour after.");
  }
  if (view === "recent" && kept === 0) return say("no recent", "Nothing played yet", "What you play is kept here, in this browser.");
  if (view === "starred" && kept === 0) return say("no stars", "No stars yet", "Press * on an interaction to keep it here, in this browser.");
  if (view === "recent" || view === "starred") {
    return found > 0 ? null : say("nothing found", "None of these", "Nothing here has all of these words.");
  }
  if (state.kind === "refused") return troubleOf(state.error, state.waited_s);
  if (state.kind === "asking" && !isAnswered) {
    const waited_ms = now_ms - state.since_ms;
    if (waited_ms < AT_ONCE_MS) return null;
    if (waited_ms < FETCHING_MS) return say("looking", "Opening the catalogue", "");
    return say("fetching", "Fetching the catalogue", "The list of all recordings comes from where the data set keeps it. This happens once.");
  }
  if (view === "overview" || found > 0 || !isAnswered) return null;
  return isFiltered
    ? say("nothing found", "Nothing found", "No interaction has all of this.")
    : say("empty", "The catalogue is empty", "There are no interactions in this data folder.");
}
