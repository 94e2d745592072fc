// Captions as files: WebVTT (https://www.w3.org/TR/webvtt1/) and SubRip. Pure.

import { rowsText } from "./cues.js";

/** @typedef {import("./cues.js").Cue} Cue */

/**
 * @param {readonly Cue[]} cues in the order of their beginnings
 * @param {string} title such as the interaction's key
 * @returns {string} each cue with its speaker as a voice
 */
export function webVtt(cues, title) {
  const blocks = cues.map((cue) => {
    const words = rowsText(cue).map(escapeVtt).join("\n");
    return `${stamps(cue, ".")}\n<v ${voiceName(cue.name)}>${words}</v>\n`;
  });
  return [`WEBVTT ${oneLine(title).replaceAll("-->", "→")}\n`, ...blocks].join("\n");
}

/**
 * @param {readonly Cue[]} cues in the order of their beginnings
 * @returns {string} each cue with its speaker in front
 */
export function subRip(cues) {
  return cues
    .map((cue, index) => {
      const words = `${oneLine(cue.name)}: ${rowsText(cue).join("\n")}`;
      // SubRip knows no escapes; an arrow in a word would begin another cue for some players.
      return `${index + 1}\n${stamps(cue, ",")}\n${words.replaceAll("-->", "→")}\n`;
    })
    .join("\n");
}

/**
 * Both formats ask that a cue ends after it begins.
 * @param {Cue} cue
 * @param {string} point before the milliseconds
 */
function stamps({ start_s, end_s }, point) {
  const start_ms = Math.round(start_s * 1000);
  const end_ms = Math.max(Math.round(end_s * 1000), start_ms + 1);
  return `${stamp(start_ms, point)} --> ${stamp(end_ms, point)}`;
}

/** @param {number} time_ms @param {string} point */
function stamp(time_ms, point) {
  const two = (/** @type {number} */ value) => String(Math.floor(value)).padStart(2, "0");
  const clock = `${two(time_ms / 3_600_000)}:${two((time_ms / 60_000) % 60)}:${two((time_ms / 1000) % 60)}`;
  return `${clock}${point}${String(time_ms % 1000).padStart(3, "0")}`;
}

/** @param {string} text */
function escapeVtt(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** An annotation ends at the first `>` or line end, and an empty one is not allowed. @param {string} name */
function voiceName(name) {
  return escapeVtt(oneLine(name)) || "?";
}

/** @param {string} text */
function oneLine(text) {
  return text.replace(/\s+/g, " ").trim();
}
