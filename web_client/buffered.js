// What of the interaction is here already, while the rest is still being fetched: as a picture and in words.

import { spokenTime } from "./time_text.js";

/** @typedef {[number, number][]} Spans stretches of media time in seconds, in their order */

/** Gaps that are shorter, as a share of the whole, are not seen in a bar. */
const TINY_SHARE = 0.004;

/**
 * Spans as shares of the duration, joined where the gap between them could not be seen.
 * @param {Spans} spans
 * @param {number} duration_s
 * @returns {Spans}
 */
export function stretches(spans, duration_s) {
  /** @type {Spans} */
  const found = [];
  for (const [start_s, end_s] of duration_s > 0 ? spans : []) {
    const start = Math.max(0, start_s / duration_s);
    const end = Math.min(1, end_s / duration_s);
    const last = found.at(-1);
    if (last && start - last[1] <= TINY_SHARE) last[1] = Math.max(last[1], end);
    else if (end > start) found.push([start, end]);
  }
  return found;
}

/**
 * A CSS background that shows them.
 * @param {Spans} shares
 * @param {string} colour
 * @returns {string}
 */
export function backgroundOf(shares, colour) {
  const percent = (/** @type {number} */ share) => `${(share * 100).toFixed(2)}%`;
  const stops = shares.flatMap(([start, end]) => [
    `transparent ${percent(start)}`,
    `${colour} ${percent(start)} ${percent(end)}`,
    `transparent ${percent(end)}`,
  ]);
  return stops.length ? `linear-gradient(to right, ${stops.join(", ")})` : "none";
}

/**
 * Whether a moment can be shown at once.
 * @param {Spans} spans empty once all is here
 * @param {number} time_s
 * @returns {boolean}
 */
export function isHere(spans, time_s) {
  return spans.length === 0 || spans.some(([start_s, end_s]) => start_s <= time_s && time_s < end_s);
}

/**
 * For who does not see the bar; empty once all is here.
 * @param {Spans} spans
 * @param {number} time_s of the playhead
 * @returns {string}
 */
export function spokenBuffer(spans, time_s) {
  if (spans.length === 0) return "";
  const run = spans.find(([start_s, end_s]) => start_s <= time_s && time_s < end_s);
  return run ? `loaded up to ${spokenTime(run[1])}` : "not loaded yet";
}
