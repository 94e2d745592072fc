// Curves of both people as they are drawn and read. Pure.

import { entryOf } from "./facts.js";

/** @typedef {{times_s: number[], values: (number | null)[]}} Curve */
/** @typedef {Map<string, (Curve | null)[]>} Curves by name, in the order of the people; null for who has none */

/** A feature is one lane; `fau` and `emotion` have one for each column. */
export const FEELINGS = ["valence", "arousal"];

/** What is shown until somebody chooses. */
export const FIRST_CHOICE = ["valence", "arousal", "emotion:Happiness"];

/** More lanes than these would leave none readable. */
export const MOST_CHOSEN = 8;

/**
 * @param {any} answer of the API
 * @param {readonly import("../messages.d.ts").PersonShown[]} people
 * @returns {Curves}
 */
export function curvesOf(answer, people) {
  /** @type {Curves} */
  const curves = new Map();
  people.forEach((person, place) => {
    for (const { name, times_s, values } of entryOf(answer, person)?.curves ?? []) {
      const both = curves.get(name) ?? people.map(() => null);
      both[place] = { times_s, values };
      curves.set(name, both);
    }
  });
  return curves;
}

/**
 * Pieces of one person's curve as one, each piece within its own stretch.
 * @param {readonly {curve: Curve | null, start_s: number, end_s: number}[]} pieces from left to right
 * @returns {[number[], (number | null)[]]} times in seconds, and values
 */
export function together(pieces) {
  /** @type {number[]} */
  const times_s = [];
  /** @type {(number | null)[]} */
  const values = [];
  for (const { curve, start_s, end_s } of pieces) {
    curve?.times_s.forEach((time_s, index) => {
      if (time_s < start_s || time_s >= end_s || time_s <= (times_s.at(-1) ?? -1)) return;
      times_s.push(time_s);
      values.push(curve.values[index] ?? null);
    });
  }
  return [times_s, values];
}

/**
 * From the lowest to the highest value that a lane shows: steady while one scrolls, so by all of the curve.
 * @param {string} name
 * @param {readonly (Curve | null)[]} curves of all people, over the whole interaction
 * @returns {[number, number]}
 */
export function rangeOf(name, curves) {
  let [low, high] = FEELINGS.includes(name) ? [-1, 1] : [0, 0];
  for (const curve of curves) {
    for (const value of curve?.values ?? []) {
      if (value === null) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return high - low > 1e-6 ? [low, high] : [low, low + 1];
}

/**
 * The value at a moment: of the nearest frame.
 * @param {Curve} curve
 * @param {number} time_s
 * @param {number} within_s no frame nearer than this: null
 * @returns {number | null}
 */
export function valueAt({ times_s, values }, time_s, within_s) {
  let low = 0;
  let high = times_s.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times_s[middle] ?? 0) < time_s) low = middle + 1;
    else high = middle;
  }
  const apart = (/** @type {number} */ index) => Math.abs((times_s[index] ?? Infinity) - time_s);
  const nearest = apart(low - 1) < apart(low) ? low - 1 : low;
  return apart(nearest) <= within_s ? (values[nearest] ?? null) : null;
}

/**
 * `JawDrop` as `Jaw drop`, `emotion:Happiness` as `Happiness`.
 * @param {string} name
 */
export function nameInWords(name) {
  const column = name.includes(":") ? name.slice(name.indexOf(":") + 1) : name;
  const words = column.replace(/([a-z])([A-Z0-9])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * What to choose from, by groups, from the curves that an answer names.
 * @param {any} answer of the API for all features
 * @returns {{title: string, curves: {name: string, words: string, isDead: boolean}[]}[]} empty without a face
 */
export function choicesOf(answer) {
  /** @type {Map<string, boolean>} */
  const found = new Map();
  for (const person of answer?.people ?? []) {
    for (const { name, dead } of person.curves) found.set(name, Boolean(dead));
  }
  const group = (/** @type {string} */ title, /** @type {(name: string) => boolean} */ isIn) => ({
    title,
    curves: [...found]
      .filter(([name]) => isIn(name))
      .map(([name, isDead]) => ({ name, words: nameInWords(name), isDead })),
  });
  return [
    group("Feeling", (name) => FEELINGS.includes(name)),
    group("Emotion", (name) => name.startsWith("emotion")),
    group("Face action units", (name) => name.startsWith("fau")),
  ].filter(({ curves }) => curves.length > 0);
}
