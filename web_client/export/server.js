// Asking the server for films and stills; whatever goes wrong becomes a sentence.

/**
 * @typedef {object} Export as the server shows it
 * @property {string} id
 * @property {string} interaction
 * @property {number} start_s
 * @property {number | null} end_s
 * @property {number} width
 * @property {number} height
 * @property {number} rate_hz
 * @property {string} camera
 * @property {"none" | "track" | "burnt"} captions
 * @property {"queued" | "running" | "done" | "failed" | "cancelled"} state
 * @property {number} progress
 * @property {number | null} eta_s
 * @property {number} bytes
 * @property {string} problem
 * @property {string[]} notes
 * @property {string} file_name
 * @property {number | null} expires_s
 */

const EXPORTS = "/api/exports";

/** The server, or the way to it, refused; the message is for people. */
export class Refusal extends Error {
  /**
   * @param {string} words
   * @param {number} status of HTTP, 0 if the server was not reached
   */
  constructor(words, status) {
    super(words);
    this.status = status;
  }
}

/** @returns {Promise<Export[]>} the newest first */
export async function listExports() {
  return (await asked(EXPORTS, {})).json();
}

/** @param {object} order */
export async function createExport(order) {
  /** @type {Promise<Export>} */
  const made = (await asked(EXPORTS, posted(order))).json();
  return made;
}

/** Ends it, or removes it with its film if it is over. @param {string} id */
export async function removeExport(id) {
  await asked(`${EXPORTS}/${encodeURIComponent(id)}`, { method: "DELETE" });
}

/** @param {string} id */
export function filmAddress(id) {
  return `${EXPORTS}/${encodeURIComponent(id)}/file`;
}

/** @param {object} order */
export async function drawStill(order) {
  return (await asked("/api/stills", posted(order))).blob();
}

/**
 * @param {object} body
 * @returns {RequestInit}
 */
function posted(body) {
  return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

/**
 * @param {string} address
 * @param {RequestInit} request
 */
async function asked(address, request) {
  let answer;
  try {
    answer = await fetch(address, { ...request, credentials: "same-origin" });
  } catch {
    throw new Refusal("The server cannot be reached.", 0);
  }
  if (!answer.ok) throw new Refusal(await wordsOf(answer), answer.status);
  return answer;
}

/** @param {Response} answer */
async function wordsOf(answer) {
  if (answer.status === 401 || answer.status === 403) return "This needs the server's token; a link is for watching.";
  /** @type {unknown} */
  const told = await answer.json().catch(() => null);
  const detail = typeof told === "object" && told !== null && "detail" in told ? String(told.detail) : "";
  return detail ? `${detail[0]?.toUpperCase()}${detail.slice(1)}.` : `The server answered with ${answer.status}.`;
}
