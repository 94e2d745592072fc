// What is to be exported, from what stands in the form and what the stage shows. Pure.

import { FREE_CAMERA } from "../requests.js";

/** @typedef {import("../messages.d.ts").Status} Status */
/** @typedef {import("../messages.d.ts").OrbitShown} OrbitShown */

export const CURRENT = "current";
export const DIRECTOR = "auto";

/** @typedef {"none" | "track" | "burnt"} Captions */

/**
 * @typedef {object} Size
 * @property {string} name
 * @property {number} width
 * @property {number} height
 */

/** @type {readonly Size[]} */
export const SIZES = [
  { name: "640 × 360", width: 640, height: 360 },
  { name: "1280 × 720, HD", width: 1280, height: 720 },
  { name: "1920 × 1080, Full HD", width: 1920, height: 1080 },
  { name: "3840 × 2160, 4K", width: 3840, height: 2160 },
  { name: "1080 × 1080, square", width: 1080, height: 1080 },
  { name: "1080 × 1920, upright", width: 1080, height: 1920 },
];

export const USUAL_SIZE = 1;
export const RATES_HZ = [24, 25, 30, 50, 60];

/** Names for people, by the server's. @type {Readonly<Record<string, string>>} */
const CAMERA_WORDS = {
  [CURRENT]: "As I see it now",
  [DIRECTOR]: "Director, who cuts to who speaks",
  "two-shot": "Two-shot",
  left: "Left person",
  right: "Right person",
  "over-left": "Over the left shoulder",
  "over-right": "Over the right shoulder",
  "close-left": "Close on the left person",
  "close-right": "Close on the right person",
  orbit: "Free camera",
};

/** @param {string} camera */
export function cameraWords(camera) {
  return CAMERA_WORDS[camera] ?? camera;
}

/**
 * Of a camera that is chosen, or of the one that is looked through.
 * @param {string} chosen a name, or `current`
 * @param {Status} status
 * @param {boolean} mayCut whether the director can go on: a still shows the camera that he has chosen
 * @returns {string | OrbitShown}
 */
export function cameraOf(chosen, status, mayCut) {
  const name = chosen === CURRENT ? (mayCut ? status.camera : status.shot) : chosen;
  return name === FREE_CAMERA && status.orbit ? status.orbit : name;
}

/**
 * @typedef {object} Choice
 * @property {number} start_s
 * @property {number} end_s
 * @property {Size} size
 * @property {number} rate_hz
 * @property {string} camera
 * @property {Captions} captions
 * @property {string} studio its name; empty is what is seen
 * @property {boolean} names
 */

/**
 * The body of `POST /api/exports`.
 * @param {string | null} interaction
 * @param {Choice} choice
 * @param {Status} status
 */
export function newExport(interaction, choice, status) {
  return {
    ...shot(interaction, choice, status),
    camera: cameraOf(choice.camera, status, true),
    start_s: milliseconds(choice.start_s),
    end_s: milliseconds(choice.end_s),
    rate_hz: choice.rate_hz,
    captions: choice.captions,
  };
}

/**
 * The body of `POST /api/stills`: what is seen at a moment through the camera that is looked through.
 * @param {string | null} interaction
 * @param {Choice} choice
 * @param {Status} status
 * @param {number} time_s
 */
export function newStill(interaction, choice, status, time_s) {
  return {
    ...shot(interaction, choice, status),
    camera: cameraOf(CURRENT, status, false),
    time_s: milliseconds(time_s),
    captions: choice.captions === "burnt" ? "burnt" : "none",
  };
}

/**
 * @param {string | null} interaction
 * @param {Choice} choice
 * @param {Status} status
 */
function shot(interaction, { size, studio: chosen, names }, { staging, preset, studio: seen }) {
  const studio = chosen || seen;
  return {
    interaction,
    width: size.width,
    height: size.height,
    staging,
    ...(preset ? { preset } : {}),
    ...(studio ? { studio } : {}),
    ...(names ? { names } : {}),
  };
}

/** @param {number} time_s */
function milliseconds(time_s) {
  return Math.round(Math.max(0, time_s) * 1000) / 1000;
}

/**
 * A time as people write it: `12.5`, `1:02.5`, `1:02:07`.
 * @param {string} text
 * @returns {number | null} seconds, null for what is no time
 */
export function parseTime(text) {
  const found = /^\s*(?:(?:(\d{1,3}):)?(\d{1,4}):)?(\d{1,6}(?:[.,]\d{1,3})?)\s*s?\s*$/.exec(text);
  if (!found) return null;
  const [, hours = "0", minutes = "0", seconds = "0"] = found;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds.replace(",", "."));
}

/**
 * What is wrong with a span, in words; empty if it can be exported.
 * @param {number | null} start_s
 * @param {number | null} end_s
 * @param {number} duration_s
 */
export function spanProblem(start_s, end_s, duration_s) {
  if (start_s === null || end_s === null) return "Write times such as 0:12.5.";
  if (start_s >= duration_s) return "The part begins after the end of the interaction.";
  if (end_s > duration_s + 0.05) return "The part ends after the end of the interaction.";
  if (end_s <= start_s) return "The part has to end after it begins.";
  return "";
}

/** Of drawn people; measured at 1280x720 (1.9 Mbit/s at 30 pictures a second). */
const BITS_A_PIXEL = 0.07;
const SOUND_BITS_A_SECOND = 160_000;

/**
 * @param {Choice} choice
 * @returns {{pictures: number, bytes: number}}
 */
export function estimate({ start_s, end_s, size, rate_hz }) {
  const seconds = Math.max(0, end_s - start_s);
  const pictures = Math.max(1, Math.round(seconds * rate_hz));
  // The fewer pictures a second, the more each one differs from the last.
  const bits = BITS_A_PIXEL * size.width * size.height * pictures * Math.sqrt(30 / rate_hz);
  return { pictures, bytes: (bits + SOUND_BITS_A_SECOND * seconds) / 8 };
}

/** @param {number} bytes */
export function bytesWords(bytes) {
  if (bytes < 950_000) return `${Math.max(1, Math.round(bytes / 1000))} kB`;
  if (bytes < 950_000_000) return `${(bytes / 1e6).toFixed(bytes < 9.5e6 ? 1 : 0)} MB`;
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** @param {number} seconds */
export function lastsWords(seconds) {
  if (seconds < 9.95) return `${Math.max(0.1, seconds).toFixed(1).replace(".0", "")} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
