// Which key does what. Pure, so that the list in the help and the tests speak of the same keys.

/**
 * @typedef {{does: "play" | "mute" | "loop" | "region" | "fullscreen" | "help" | "staging" | "free" | "theme"}
 *   | {does: "window" | "view"}
 *   | {does: "panel", name: string}
 *   | {does: "step", by_s: number}
 *   | {does: "frame", by: 1 | -1}
 *   | {does: "goto", part: 0 | 1}
 *   | {does: "speed", direction: 1 | -1}
 *   | {does: "volume", by: number}
 *   | {does: "camera", index: number}
 *   | {does: "director"}
 *   | {does: "turn", x: number, y: number}
 *   | {does: "pan", x: number, y: number}
 *   | {does: "zoom", factor: number}} Action
 */

/**
 * @typedef {object} Focus where the key was pressed
 * @property {boolean} picture on the picture, which the arrows turn
 * @property {boolean} button on a button or link, which space and enter press
 * @property {boolean} chooser on a list or a slider with arrows of its own
 */

/** @type {Readonly<Record<string, readonly [number, number]>>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @type {Readonly<Record<string, Action>>} */
const LETTERS = {
  " ": { does: "play" },
  k: { does: "play" },
  ",": { does: "frame", by: -1 },
  ".": { does: "frame", by: 1 },
  "[": { does: "speed", direction: -1 },
  "]": { does: "speed", direction: 1 },
  "+": { does: "zoom", factor: 1 / 1.1 },
  "=": { does: "zoom", factor: 1 / 1.1 },
  "-": { does: "zoom", factor: 1.1 },
  "8": { does: "director" },
  "0": { does: "free" },
  s: { does: "staging" },
  m: { does: "mute" },
  l: { does: "loop" },
  r: { does: "region" },
  f: { does: "fullscreen" },
  b: { does: "panel", name: "library" },
  t: { does: "panel", name: "timeline" },
  w: { does: "panel", name: "words" },
  c: { does: "panel", name: "captions" },
  o: { does: "panel", name: "originals" },
  e: { does: "panel", name: "export" },
  i: { does: "panel", name: "stream" },
  d: { does: "theme" },
  p: { does: "window" },
  v: { does: "view" },
  "?": { does: "help" },
  Home: { does: "goto", part: 0 },
  End: { does: "goto", part: 1 },
};

/**
 * @param {{key: string, shiftKey: boolean, ctrlKey: boolean, altKey: boolean, metaKey: boolean}} press
 * @param {Focus} focus
 * @returns {Action | null} null leaves the key to the browser
 */
export function actionOf(press, focus) {
  if (press.ctrlKey || press.altKey || press.metaKey) return null;
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  const arrow = ARROWS[key];
  if (arrow) {
    const [x, y] = arrow;
    if (focus.chooser) return null;
    if (focus.picture) return { does: press.shiftKey ? "pan" : "turn", x, y };
    if (x !== 0) return { does: "step", by_s: x * (press.shiftKey ? 5 : 1) };
    return { does: "volume", by: -0.05 * y };
  }
  if (focus.button && key === " ") return null;
  if (focus.chooser && (key === " " || key === "Home" || key === "End")) return null;
  if (/^[1-7]$/.test(key)) return { does: "camera", index: Number(key) - 1 };
  return LETTERS[key] ?? null;
}
