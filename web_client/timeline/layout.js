// Which lanes there are and where: heights that the canvas, the labels and the pointer agree on. Pure.

import { rowsOf } from "./spans.js";

/** @typedef {import("./facts.js").Facts} Facts */
/** @typedef {import("./facts.js").Moment} Moment */

export const RULER_PX = 22;
export const VOICE_PX = 46;
export const ROW_PX = 18;

/** More annotations of one person at the same time than these lie over each other. */
const MOST_ROWS = 2;

/**
 * @typedef {{kind: "ruler", top_px: number, height_px: number}
 *   | {kind: "voice", person: number, top_px: number, height_px: number}
 *   | {kind: "moments", rows: {person: number, moments: Moment[]}[], words: string, top_px: number, height_px: number}} Lane
 */

/**
 * From top to bottom.
 * @param {readonly Facts[]} people
 * @returns {{lanes: Lane[], height_px: number}}
 */
export function layoutOf(people) {
  /** @type {Lane[]} */
  const lanes = [{ kind: "ruler", top_px: 0, height_px: RULER_PX }];
  let top_px = RULER_PX;
  people.forEach((_facts, person) => {
    lanes.push({ kind: "voice", person, top_px, height_px: VOICE_PX });
    top_px += VOICE_PX;
  });
  const rows = people.flatMap(({ moments }, person) =>
    rowsOf(moments ?? [], MOST_ROWS).map((row) => ({ person, moments: row })),
  );
  const height_px = Math.max(1, rows.length) * ROW_PX + 4;
  const areKnown = people.some(({ moments }) => moments !== null);
  const words = areKnown && rows.length === 0 ? "No moments of interest are noted for this recording" : "";
  lanes.push({ kind: "moments", rows, words, top_px, height_px });
  return { lanes, height_px: top_px + height_px };
}

/**
 * @param {readonly Lane[]} lanes
 * @param {number} y_px
 * @returns {Lane | null}
 */
export function laneAt(lanes, y_px) {
  return lanes.find(({ top_px, height_px }) => y_px >= top_px && y_px < top_px + height_px) ?? null;
}

/** From so many pixels a second on, whole utterances are written, and single words. */
export const UTTERANCES_FROM = 14;
export const WORDS_FROM = 64;

/**
 * What of the speech can be read.
 * @param {number} pixelsPerSecond
 * @returns {"none" | "utterances" | "words"}
 */
export function speechDetail(pixelsPerSecond) {
  if (pixelsPerSecond >= WORDS_FROM) return "words";
  return pixelsPerSecond >= UTTERANCES_FROM ? "utterances" : "none";
}
