// How far sound and picture of the test card are apart: from what was heard and seen, to a figure. Pure.

/** The tone of each second of a round; avatar_server/stage/test_card.py plays them. */
export const PITCHES_HZ = [440, 550, 660, 880];

/** A change is looked for in steps of a millisecond, with windows of ten. */
const STEPS_A_SECOND = 1000;
const WINDOW_STEPS = 10;
/** Both pitches sound alone for so long on their side of a change, in steps. At double speed a second lasts 500. */
const ALONE_STEPS = 200;
/** The tone's amplitude is 0.25; below a tenth of its strength in a window there is no tone. */
const LEAST_STRENGTH = 0.0125;

/** Less than half a round, or the wrong second would be taken; far more than any player is apart. */
const FURTHEST_S = 1.9;
/** Between two changes of pitch the time heard is interpolated; a longer gap has a seek or a pause in it. */
const LONGEST_GAP_S = 2.2;

/**
 * @typedef {object} Shown a picture
 * @property {number} at_ms when it is on the screen
 * @property {number} time_s media time written in it
 */

/**
 * @typedef {object} Heard the beginning of a second's tone
 * @property {number} at_ms when it leaves the loudspeaker
 * @property {number} second 0 to 3
 */

/**
 * How strong a pitch is in windows of ten milliseconds, one after the other by a millisecond.
 * @param {Float32Array} samples
 * @param {number} rate_hz a multiple of 1000
 * @param {number} pitch_hz
 * @returns {Float32Array} amplitude
 */
function strength(samples, rate_hz, pitch_hz) {
  const step = rate_hz / STEPS_A_SECOND;
  const steps = Math.floor(samples.length / step);
  const real = new Float64Array(steps + 1);
  const imaginary = new Float64Array(steps + 1);
  const turn = (2 * Math.PI * pitch_hz) / rate_hz;
  for (let at = 0; at < steps; at += 1) {
    let x = 0;
    let y = 0;
    for (let sample = at * step; sample < (at + 1) * step; sample += 1) {
      const value = samples[sample] ?? 0;
      x += value * Math.cos(turn * sample);
      y += value * Math.sin(turn * sample);
    }
    real[at + 1] = (real[at] ?? 0) + x;
    imaginary[at + 1] = (imaginary[at] ?? 0) + y;
  }
  const found = new Float32Array(Math.max(0, steps - WINDOW_STEPS));
  for (let at = 0; at < found.length; at += 1) {
    const x = (real[at + WINDOW_STEPS] ?? 0) - (real[at] ?? 0);
    const y = (imaginary[at + WINDOW_STEPS] ?? 0) - (imaginary[at] ?? 0);
    found[at] = (2 * Math.hypot(x, y)) / (WINDOW_STEPS * step);
  }
  return found;
}

/**
 * Where the tone of a second begins: where the new pitch begins to outweigh the old one, each being heard alone on
 * its side.
 * @param {Float32Array} samples
 * @param {number} rate_hz a multiple of 1000
 * @returns {{at_s: number, second: number}[]} seconds from the first sample
 */
export function pitchChanges(samples, rate_hz) {
  const strengths = PITCHES_HZ.map((pitch_hz) => strength(samples, rate_hz, pitch_hz));
  const length = strengths[0]?.length ?? 0;
  const loudest = new Int8Array(length);
  for (let at = 0; at < length; at += 1) {
    let best = -1;
    let most = LEAST_STRENGTH;
    for (const [second, values] of strengths.entries()) {
      const value = values[at] ?? 0;
      if (value > most) [best, most] = [second, value];
    }
    loudest[at] = best;
  }
  const found = [];
  /** How many steps in a row the same pitch has been the loudest, and which one was before. */
  let run = 0;
  let before = -1;
  let runBefore = 0;
  for (let at = 1; at < length; at += 1) {
    if (loudest[at] !== loudest[at - 1]) {
      [before, runBefore, run] = [loudest[at - 1] ?? -1, run, 0];
    }
    run += 1;
    const second = loudest[at] ?? -1;
    if (run === ALONE_STEPS && runBefore >= ALONE_STEPS && before >= 0 && second >= 0) {
      const middle = at - ALONE_STEPS + 1 + WINDOW_STEPS / 2;
      found.push({ at_s: middle / STEPS_A_SECOND, second });
    }
  }
  return found;
}

/**
 * For every picture, how much later than it the sound of the same media time is heard. Between two changes of pitch
 * the time is interpolated, so a speed other than 1 does not matter; across a seek or a pause nothing is said.
 * @param {Shown[]} pictures in the order they were shown
 * @param {Heard[]} sounds in the order they were heard
 * @returns {number[]} milliseconds; negative where the sound comes first
 */
export function soundBehindPicture_ms(pictures, sounds) {
  const placed = sounds.flatMap((heard) => place(heard, pictures));
  /** @type {number[]} */
  const apart = [];
  for (let index = 1; index < placed.length; index += 1) {
    const [from, to] = [placed[index - 1], placed[index]];
    if (!from || !to) continue;
    const passed_s = to.time_s - from.time_s;
    const lasted_ms = to.at_ms - from.at_ms;
    if (Math.abs(passed_s - 1) > 0.01 || lasted_ms <= 0 || lasted_ms > LONGEST_GAP_S * 1000) continue;
    for (const { at_ms, time_s } of pictures) {
      // The place in time, too: at the loop's or a seek's second visit the same media times come again.
      if (time_s < from.time_s || time_s >= to.time_s || Math.abs(at_ms - from.at_ms) > 2000 * FURTHEST_S) continue;
      apart.push(from.at_ms + ((time_s - from.time_s) / passed_s) * lasted_ms - at_ms);
    }
  }
  return apart;
}

/**
 * The media time of a change of pitch: of all seconds with that pitch the one whose picture is nearest.
 * @param {Heard} heard
 * @param {Shown[]} pictures
 * @returns {{at_ms: number, time_s: number}[]} none where no picture tells
 */
function place({ at_ms, second }, pictures) {
  /** @type {Shown | null} */
  let nearest = null;
  for (const picture of pictures) {
    if (!nearest || Math.abs(picture.at_ms - at_ms) < Math.abs(nearest.at_ms - at_ms)) nearest = picture;
  }
  if (!nearest || Math.abs(nearest.at_ms - at_ms) > 1000) return [];
  const round = PITCHES_HZ.length;
  const time_s = second + round * Math.round((nearest.time_s - second) / round);
  return Math.abs(time_s - nearest.time_s) < FURTHEST_S ? [{ at_ms, time_s }] : [];
}

/**
 * @typedef {object} LipSync
 * @property {number} median_ms sound behind picture; negative where the sound comes first
 * @property {number} p95_ms 95 % of the pictures are not further from their sound than this, either way
 * @property {number} count pictures compared
 */

/**
 * @param {number[]} apart_ms
 * @returns {LipSync | null} null where there is nothing to compare
 */
export function summary(apart_ms) {
  if (apart_ms.length === 0) return null;
  const sorted = [...apart_ms].sort((a, b) => a - b);
  const far = apart_ms.map(Math.abs).sort((a, b) => a - b);
  const at = (/** @type {number[]} */ values, /** @type {number} */ share) =>
    values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? 0;
  return { median_ms: at(sorted, 0.5), p95_ms: at(far, 0.95), count: apart_ms.length };
}
