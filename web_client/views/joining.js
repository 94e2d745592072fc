// What a page says first on a stage: one that others watch is left as it is, but for a view of one's own. Pure.

import { camera, exactCamera, restore, seek } from "../requests.js";

/** @typedef {import("../messages.d.ts").ClientMessage} ClientMessage */
/** @typedef {import("../messages.d.ts").Status} Status */
/** @typedef {import("../requests.js").Wish} Wish */

/**
 * @typedef {object} Joining
 * @property {ClientMessage[]} messages for the stage
 * @property {string | null} ownCamera to look through, but in a view of one's own only
 * @property {string} words for the viewer; may be empty
 */

/** @type {Readonly<Joining>} */
const NOTHING = { messages: [], ownCamera: null, words: "" };

/**
 * @param {number} others who watch already
 * @returns {string}
 */
function presentersTime(others) {
  const who = others === 1 ? "Somebody else watches" : `${others} others watch`;
  return `${who}: you see the time that they see.`;
}

/**
 * With what the address line asks for.
 * @param {Pick<Wish, "time_s" | "camera">} wish
 * @param {Pick<Status, "camera" | "orbit" | "playing">} found
 * @param {number} others who watch already
 * @param {number} duration_s
 * @returns {Joining}
 */
export function join(wish, found, others, duration_s) {
  if (others > 0) {
    return {
      messages: [],
      ownCamera: wish.camera === found.camera || wish.camera === exactCamera(found) ? null : wish.camera,
      words: wish.time_s === null ? "" : presentersTime(others),
    };
  }
  /** @type {ClientMessage[]} */
  const messages = [];
  if (wish.camera) messages.push(camera(wish.camera));
  if (wish.time_s !== null) messages.push(seek(wish.time_s, duration_s));
  if (!found.playing) messages.push({ type: "play" });
  return { ...NOTHING, messages };
}

/**
 * After a loss: who is alone brings the stage back to where it was, who had a view of their own gets one again.
 * @param {Status} kept
 * @param {number} time_s what was seen last
 * @param {number} others who watch already
 * @param {number} duration_s
 * @returns {Joining}
 */
export function comeBack(kept, time_s, others, duration_s) {
  if (others === 0) return { ...NOTHING, messages: restore(kept, time_s, duration_s) };
  return kept.own ? { ...NOTHING, ownCamera: exactCamera(kept) } : NOTHING;
}

/**
 * On another interaction than the page was opened for.
 * @param {number} others who watch already
 * @returns {Joining}
 */
export function visit(others) {
  return others > 0 ? NOTHING : { ...NOTHING, messages: [{ type: "loop", loop: true }, { type: "play" }] };
}
