// Which moments the ruler marks, and how they are written. Pure.

const STEPS_S = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600];

/** Into how many parts the small marks cut each step. */
const PARTS = new Map([
  [0.05, 5],
  [0.2, 4],
  [2, 4],
  [15, 3],
  [30, 3],
  [60, 4],
  [120, 4],
  [600, 5],
  [1200, 4],
  [1800, 3],
  [3600, 4],
]);

const USUAL_PARTS = 5;

/** From one time that is written to the next, at least. */
const APART_PX = 76;

/**
 * @param {number} pixelsPerSecond
 * @returns {{step_s: number, parts: number}} seconds between times that are written, and small steps in each
 */
export function tickStep(pixelsPerSecond) {
  const step_s = STEPS_S.find((step) => step * pixelsPerSecond >= APART_PX) ?? 3600;
  return { step_s, parts: PARTS.get(step_s) ?? USUAL_PARTS };
}

/**
 * @param {import("./view.js").Stretch} view
 * @returns {{time_s: number, isWritten: boolean}[]}
 */
export function ticksOf(view) {
  if (view.pixelsPerSecond === 0) return [];
  const { step_s, parts } = tickStep(view.pixelsPerSecond);
  const small_s = step_s / parts;
  const ticks = [];
  for (let number = Math.ceil(view.start_s / small_s - 1e-9); number * small_s <= view.end_s; number += 1) {
    ticks.push({ time_s: number * small_s, isWritten: number % parts === 0 });
  }
  return ticks;
}

/**
 * `1:05`, `1:02:05`, or with the decimals that the step needs: `0:07.25`.
 * @param {number} time_s
 * @param {number} step_s
 * @returns {string}
 */
export function tickText(time_s, step_s) {
  const decimals = step_s >= 1 ? 0 : step_s >= 0.1 ? 1 : 2;
  const scale = 10 ** decimals;
  const ticks = Math.round(Math.max(0, time_s) * scale);
  const whole = Math.floor(ticks / scale);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const fraction = decimals ? `.${String(ticks % scale).padStart(decimals, "0")}` : "";
  const rest = `${String(whole % 60).padStart(2, "0")}${fraction}`;
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
