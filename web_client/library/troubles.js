// What is said where the list would be, if there is no list. Pure.

import { RefusedError } from "./server.js";

/**
 * @typedef {object} Trouble
 * @property {"locked" | "no catalogue" | "coming" | "busy" | "not understood" | "away"} kind
 * @property {string} title
 * @property {string} words
 * @property {number} again_s after so long it is asked again by itself, 0: not
 */

/** A server that fetches its list of recordings keeps whoever asks waiting for it, and refuses after 20 s. */
const LONG_S = 10;

/**
 * @param {unknown} error
 * @param {number} waited_s for the refusal
 * @returns {Trouble}
 */
export function troubleOf(error, waited_s) {
  const { status, message, retry_after_s } =
    error instanceof RefusedError ? error : new RefusedError(0, "The server's answer was not understood.");
  if (status === 403 || status === 401) {
    const words = "Its people, words and verdict are below. For the whole library, ask for a link to everything.";
    const title = status === 403 ? "This link opens one interaction only" : "The library needs a link or the token";
    return { kind: "locked", title, words: status === 403 ? words : message, again_s: 0 };
  }
  if (status === 503 && message.includes("no catalogue")) {
    if (waited_s >= LONG_S) {
      const words = "It is fetched once, from where the data set keeps it, and takes longer than usual.";
      return { kind: "coming", title: "The catalogue is still on its way", words, again_s: Math.max(3, retry_after_s) };
    }
    return { kind: "no catalogue", title: "There is no catalogue here", words: sentence(message), again_s: 0 };
  }
  if (status === 503 || status === 429) {
    return { kind: "busy", title: "The server is busy", words: sentence(message), again_s: Math.max(2, retry_after_s) };
  }
  if (status >= 400 && status < 500) {
    return { kind: "not understood", title: "This cannot be looked for", words: sentence(message), again_s: 0 };
  }
  return { kind: "away", title: "The library does not answer", words: sentence(message), again_s: status === 0 ? 4 : 0 };
}

/**
 * As a sentence, whatever the server began it with.
 * @param {string} text
 */
export function sentence(text) {
  const said = text.trim();
  if (said === "") return "";
  const first = said.charAt(0).toUpperCase() + said.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}
