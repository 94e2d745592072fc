// Whether there is an original video of somebody, and where.

import { calledBy } from "../verdict.js";

/** @typedef {import("../messages.d.ts").PersonShown} PersonShown */

/**
 * @typedef {object} Found
 * @property {"here" | "absent" | "failed"} state
 * @property {string} words for people, unless it is here
 * @property {string} address of the video
 * @property {number | null} frame_count of the motion, which has a frame for each picture of the video
 * @property {number | null} rate_hz of the motion
 */

/**
 * @typedef {object} Interaction what of `/api/interactions/KEY` matters here
 * @property {{id: string, files: string[]}[]} people
 * @property {{id: string, frame_count: number | null, rate_hz: number | null}[]} lengths
 */

/**
 * @param {string | null} interaction as the API knows it; null if it does not
 * @returns {Promise<Interaction | null>} null if the server does not say
 */
export async function describe(interaction) {
  if (interaction === null) return null;
  try {
    const response = await fetch(`/api/interactions/${encodeURIComponent(interaction)}?report=false`);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/**
 * @param {string | null} interaction as the API knows it; null if it does not
 * @param {PersonShown} person
 * @param {Interaction | null} told of it
 * @returns {Promise<Found>}
 */
export async function findVideo(interaction, { id, name }, told) {
  /** @type {Found} */
  const absent = { state: "absent", words: `No original video of ${name}`, address: "", frame_count: null, rate_hz: null };
  if (interaction === null) return absent;
  const participant = calledBy(id);
  const address = `/api/interactions/${encodeURIComponent(interaction)}/video/${encodeURIComponent(participant)}`;
  const length = told?.lengths.find((one) => one.id === id);
  const known = { address, frame_count: length?.frame_count ?? null, rate_hz: length?.rate_hz ?? null };
  const files = told?.people.find((one) => one.id === id)?.files ?? [];
  // What is not on the server's machine may be at its source: only asking tells.
  const status = files.includes("mp4") ? 200 : await statusOf(address);
  if (status >= 200 && status < 300) return { ...known, state: "here", words: "" };
  if (status === 404) return absent;
  if (status === 401 || status === 403) return { ...known, state: "absent", words: "The video is not for this link" };
  return { ...known, state: "failed", words: "The server cannot get the video just now" };
}

/**
 * @param {string} address
 * @returns {Promise<number>} 0 without an answer
 */
async function statusOf(address) {
  try {
    return (await fetch(address, { method: "HEAD" })).status;
  } catch {
    return 0;
  }
}
