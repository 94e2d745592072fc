// The states of the page, and the words for each: what is shown instead of the picture, and beside the dot.

/**
 * `stalled` and `interrupted` keep the picture: the connection stands, but no pictures come, because of the network
 * or because the stage is set up again.
 * @typedef {"connecting" | "live" | "stalled" | "interrupted" | "reconnecting" | "busy" | "locked" | "ended" | "failed"} State
 */

/**
 * @typedef {object} Situation
 * @property {State} state
 * @property {boolean} answered the server has answered and only the first picture is missing
 * @property {string} opening what the server does before the stage is open, in its words; may be empty
 * @property {number} attempt how many times in a row a new connection was tried
 * @property {number} wait_s until the next try; 0 while trying
 * @property {string} reason in the server's words; may be empty
 * @property {boolean} reopens what has ended can be played anew
 * @property {boolean} stopping the server has said that it stops
 * @property {boolean} waiting time holds because data is missing
 * @property {string} trouble why nothing comes just now, in the server's words; may be empty
 * @property {number} pictures_per_second
 * @property {number} height of the pictures received; 0 before the first
 */

/** @type {Situation} */
export const AT_FIRST = {
  state: "connecting",
  answered: false,
  opening: "",
  attempt: 0,
  wait_s: 0,
  reason: "",
  reopens: true,
  stopping: false,
  waiting: false,
  trouble: "",
  pictures_per_second: 0,
  height: 0,
};

/**
 * Seconds to wait before the next try: doubling from half a second to eight.
 * @param {number} attempt 1 for the first
 * @returns {number}
 */
export function backOff_s(attempt) {
  return Math.min(8, 0.5 * 2 ** Math.max(0, attempt - 1));
}

/**
 * Whether the picture on the screen is the stage's, moving or held.
 * @param {Situation} situation
 * @returns {boolean}
 */
export function hasPicture({ state }) {
  return state === "live" || state === "stalled" || state === "interrupted";
}

/**
 * Whether the picture on the screen stands because data is missing, and for no other reason.
 * @param {Situation} situation
 * @returns {boolean}
 */
export function isWaiting({ state, waiting }) {
  return waiting && state === "live";
}

/**
 * What is written over a picture that waits.
 * @param {Situation} situation
 * @returns {{title: string, detail: string} | null} null when it does not
 */
export function waitingNote(situation) {
  if (!isWaiting(situation)) return null;
  return { title: "Waiting for data", detail: situation.trouble ? sentence(situation.trouble) : "" };
}

/**
 * Written as a sentence, unless it begins with an address.
 * @param {string} words
 */
function sentence(words) {
  const begun = /^[a-z]+ /.test(words) ? words.charAt(0).toUpperCase() + words.slice(1) : words;
  return begun + (/[.!?]$/.test(words) ? "" : ".");
}

/** @type {Readonly<Record<State, string>>} */
const SHORT_WORDS = {
  connecting: "Connecting",
  live: "Live",
  stalled: "No pictures",
  interrupted: "Restarting",
  reconnecting: "Reconnecting",
  busy: "Full",
  locked: "Locked",
  ended: "Ended",
  failed: "Cannot play",
};

/**
 * The short words beside the dot.
 * @param {Situation} situation
 * @returns {string}
 */
export function shortWords(situation) {
  return isWaiting(situation) ? "Waiting" : SHORT_WORDS[situation.state];
}

/**
 * What is received, beside the short words: the height tells the rung of the ladder.
 * @param {Situation} situation
 * @returns {string}
 */
export function rateWords(situation) {
  const { state, height, pictures_per_second } = situation;
  return state === "live" && !situation.waiting && height > 0 ? `${height}p · ${pictures_per_second} fps` : "";
}

/**
 * @typedef {object} Card
 * @property {string} title
 * @property {string} detail
 * @property {string} action label of the button; empty for none
 * @property {boolean} busy whether something goes on by itself
 */

const WAITING = { title: "Waiting for the first picture", detail: "The stage is being set.", action: "", busy: true };

/**
 * The card in the middle of the picture.
 * @param {Situation} situation
 * @returns {Card | null} null when the picture speaks for itself
 */
export function card(situation) {
  const { state, answered, opening, attempt, wait_s, reason, stopping } = situation;
  const soon = wait_s > 0 ? ` in ${Math.ceil(wait_s)} s` : "";
  const coming = answered ? WAITING : opening ? { ...WAITING, title: "Opening the stage", detail: opening } : null;
  switch (state) {
    case "live":
    case "stalled":
    case "interrupted":
      return null;
    case "connecting":
      return coming ?? { title: "Connecting", detail: "Looking for the stage.", action: "", busy: true };
    case "reconnecting":
      if (coming) return coming;
      return {
        title: stopping ? "The server has stopped" : "The server does not answer",
        detail: `Attempt ${attempt}${soon}. Your place is kept.`,
        action: "Try now",
        busy: true,
      };
    case "busy":
      return {
        title: "No room just now",
        detail: [reason, wait_s > 0 ? `Trying again${soon}.` : "Trying again."].filter(Boolean).join(" "),
        action: "Try now",
        busy: true,
      };
    case "locked":
      return {
        title: "This stage is not open to everybody",
        detail: reason || "Open the link that you were given, or paste it here.",
        action: "",
        busy: false,
      };
    case "ended":
      return {
        title: "This stage has ended",
        detail: reason ? sentence(reason) : "Nobody was watching any more.",
        action: situation.reopens ? "Start again" : "",
        busy: false,
      };
    case "failed":
      return {
        title: "This cannot be played",
        detail: reason || "The server gave no reason.",
        action: "Try again",
        busy: false,
      };
  }
}
