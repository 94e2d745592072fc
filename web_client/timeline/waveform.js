// Sound as it is drawn: the lowest and highest value of each stretch. Pure.

import { entryOf } from "./facts.js";

/**
 * @typedef {object} Wave of one person
 * @property {number} start_s of the first stretch
 * @property {number} step_s
 * @property {Float32Array} extremes lowest and highest of each stretch in turn, -1..1
 */

/**
 * @param {any} answer of the API
 * @param {readonly import("../messages.d.ts").PersonShown[]} people
 * @returns {(Wave | null)[]} in the order of the people; null for who has no sound
 */
export function wavesOf(answer, people) {
  return people.map((person) => {
    const entry = entryOf(answer, person);
    if (!entry?.points?.length) return null;
    const extremes = new Float32Array(entry.points.length * 2);
    entry.points.forEach((/** @type {[number, number] | null} */ pair, /** @type {number} */ index) => {
      extremes[2 * index] = pair?.[0] ?? 0;
      extremes[2 * index + 1] = pair?.[1] ?? 0;
    });
    return { start_s: entry.start_s ?? 0, step_s: entry.step_s, extremes };
  });
}

/**
 * The loudest value, by which a lane is scaled: voices of the data set differ by 20 dB. A single knock does not count.
 * @param {Wave} wave
 */
export function loudnessOf({ extremes }) {
  const sizes = new Float32Array(extremes.length / 2);
  for (let index = 0; index < sizes.length; index += 1) {
    sizes[index] = Math.max(-(extremes[2 * index] ?? 0), extremes[2 * index + 1] ?? 0);
  }
  sizes.sort();
  return Math.max(sizes[Math.floor((sizes.length - 1) * 0.995)] ?? 0, 0.01);
}

/**
 * One number for each stretch, 0..1 of the loudest: for the overview.
 * @param {Wave} wave
 * @returns {Float32Array}
 */
export function sizesOf(wave) {
  const loudest = loudnessOf(wave);
  const { extremes } = wave;
  const sizes = new Float32Array(extremes.length / 2);
  for (let index = 0; index < sizes.length; index += 1) {
    const size = Math.max(-(extremes[2 * index] ?? 0), extremes[2 * index + 1] ?? 0);
    sizes[index] = Math.min(1, size / loudest);
  }
  return sizes;
}

/**
 * The lowest and highest value in each column of the screen: of all stretches that begin in it, or of the one that it
 * lies in.
 * @param {Wave} wave
 * @param {number} from_s
 * @param {number} column_s
 * @param {number} count
 * @returns {Float32Array} lowest and highest of each column in turn
 */
export function columnsOf({ start_s, step_s, extremes }, from_s, column_s, count) {
  const columns = new Float32Array(2 * count);
  const last = extremes.length / 2 - 1;
  for (let column = 0; column < count; column += 1) {
    const begins = (from_s + column * column_s - start_s) / step_s;
    const first = Math.floor(begins + 1e-6);
    const until = Math.max(first + 1, Math.ceil(begins + column_s / step_s - 1e-6));
    let low = 0;
    let high = 0;
    for (let index = Math.max(0, first); index < until && index <= last; index += 1) {
      low = Math.min(low, extremes[2 * index] ?? 0);
      high = Math.max(high, extremes[2 * index + 1] ?? 0);
    }
    columns[2 * column] = low;
    columns[2 * column + 1] = high;
  }
  return columns;
}
