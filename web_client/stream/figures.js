// The figures of the stream as rows for people and as one object for colleagues. Pure.

/** @typedef {import("../messages.d.ts").Status} Status */
/** @typedef {import("../messages.d.ts").Welcome} Welcome */
/** @typedef {import("./reception.js").Reception} Reception */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} words
 * @property {"" | "busy" | "bad"} mood whether it should be as it is
 */

/**
 * @typedef {object} Group
 * @property {string} title
 * @property {Row[]} rows
 */

const UNKNOWN = "–";

/** A viewer's best rate is this rung. */
const BEST_RUNG = 0;

/**
 * @param {number | null} value
 * @param {number} digits
 * @param {string} unit
 */
const amount = (value, digits, unit) => (value === null ? UNKNOWN : `${value.toFixed(digits)} ${unit}`);

/**
 * @param {number} value
 * @param {number} busy at and above that it is worth a look
 * @param {number} bad at and above that it is seen or heard
 * @returns {Row["mood"]}
 */
const mood = (value, busy, bad) => (value >= bad ? "bad" : value >= busy ? "busy" : "");

/**
 * @param {Pick<Status, "buffered">} status
 * @param {number} duration_s
 * @returns {number} share of the interaction that is here, 0..1
 */
export function hereShare({ buffered }, duration_s) {
  if (buffered.length === 0 || duration_s <= 0) return 1;
  return Math.min(1, buffered.reduce((sum, [start_s, end_s]) => sum + end_s - start_s, 0) / duration_s);
}

/**
 * @param {{name: string, ahead_ms: number | null}[]} originals
 * @returns {Group[]} nothing without original videos
 */
function drifts(originals) {
  if (originals.length === 0) return [];
  const rows = originals.map(({ name, ahead_ms }) => ({
    name,
    words: ahead_ms === null ? UNKNOWN : `${Math.round(Math.abs(ahead_ms))} ms ${ahead_ms < 0 ? "behind" : "ahead"}`,
    mood: mood(Math.abs(ahead_ms ?? 0), 40, 100),
  }));
  return [{ title: "Original videos, to the stage", rows }];
}

/**
 * @param {Status} status
 * @param {Welcome} welcome
 * @param {Reception | null} reception null before the second look
 * @param {{name: string, ahead_ms: number | null}[]} [originals] videos that are shown beside the stage
 * @returns {Group[]}
 */
export function figures(status, welcome, reception, originals = []) {
  const budget_ms = 1000 / welcome.rate_hz;
  const skew_ms = Math.abs(reception?.sound_behind_ms ?? 0);
  const share = hereShare(status, welcome.interaction.duration_s);
  const lost = reception?.lost_share ?? 0;
  return [
    {
      title: "Received here",
      rows: [
        {
          name: "Picture",
          words: reception && reception.width > 0 ? `${reception.width} × ${reception.height}` : UNKNOWN,
          mood: "",
        },
        { name: "Pictures a second", words: reception ? reception.pictures_per_second.toFixed(1) : UNKNOWN, mood: "" },
        { name: "Bit rate", words: amount(reception?.mbit_per_second ?? null, 2, "Mbit/s"), mood: "" },
        { name: "Round trip", words: amount(reception?.round_trip_ms ?? null, 0, "ms"), mood: "" },
        {
          name: "Lost packets",
          words: reception ? `${(lost * 100).toFixed(1)} %` : UNKNOWN,
          mood: mood(lost, 0.01, 0.05),
        },
        { name: "Jitter buffer", words: amount(reception?.jitter_buffer_ms ?? null, 0, "ms"), mood: "" },
        {
          name: "Sound behind picture",
          words: amount(reception?.sound_behind_ms ?? null, 0, "ms"),
          mood: mood(skew_ms, 45, 100),
        },
        {
          name: "Sound made up",
          words: reception ? `${(reception.concealed_share * 100).toFixed(1)} %` : UNKNOWN,
          mood: mood(reception?.concealed_share ?? 0, 0.01, 0.05),
        },
      ],
    },
    {
      title: "Made by the stage",
      rows: [
        { name: "Pictures a second", words: status.pictures_per_second.toFixed(1), mood: "" },
        { name: "Drawing", words: amount(status.draw_ms, 1, "ms"), mood: mood(status.draw_ms, budget_ms * 0.8, budget_ms) },
        { name: "Encoding", words: amount(status.encode_ms, 1, "ms"), mood: mood(status.encode_ms, budget_ms * 0.8, budget_ms) },
        { name: "Dropped pictures", words: String(status.dropped), mood: "" },
        { name: "Sound behind timeline", words: amount(status.sound_drift_ms, 1, "ms"), mood: "" },
        {
          name: "Sent to you",
          words: `${(status.bit_rate / 1e6).toFixed(2)} Mbit/s${status.rung === BEST_RUNG ? "" : `, rung ${status.rung}`}`,
          mood: status.rung === BEST_RUNG ? "" : "busy",
        },
        { name: "Viewers", words: String(status.viewers), mood: "" },
        { name: "Data here", words: `${Math.floor(share * 100)} %`, mood: status.waiting ? "busy" : "" },
      ],
    },
    ...drifts(originals),
  ];
}

/**
 * All that is known, with the names of the messages and units in them.
 * @param {Status} status
 * @param {Welcome} welcome
 * @param {Reception | null} reception
 * @param {{seen_s: number, at: string, browser: string, originals: object[]}} here
 */
export function asJson(status, welcome, reception, here) {
  const stage = {
    interaction: welcome.interaction.key,
    version: welcome.version,
    size: welcome.size,
    rate_hz: welcome.rate_hz,
    duration_s: welcome.interaction.duration_s,
  };
  return JSON.stringify({ ...here, stage, received: reception, status }, null, 2);
}
