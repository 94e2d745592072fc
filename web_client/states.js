// The states of the page, and the words for each: what is shown instead of the picture, and beside the dot.

/** @typedef {"connecting" | "live" | "reconnecting" | "ended" | "failed"} State */

/**
 * @typedef {object} Situation
 * @property {State} state
 * @property {boolean} answered the server has answered and only the first picture is missing
 * @property {number} attempt how many times in a row a new connection was tried
 * @property {number} wait_s until the next try; 0 while trying
 * @property {string} reason in the server's words; may be empty
 * @property {number} pictures_per_second
 */

/** @type {Situation} */
export const AT_FIRST = {
  state: "connecting",
  answered: false,
  attempt: 0,
  wait_s: 0,
  reason: "",
  pictures_per_second: 0,
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
 * The short words beside the dot.
 * @param {Situation} situation
 * @returns {string}
 */
export function shortWords(situation) {
  switch (situation.state) {
    case "connecting":
      return "Connecting";
    case "live":
      return "Live";
    case "reconnecting":
      return "Reconnecting";
    case "ended":
      return "Ended";
    case "failed":
      return "Cannot play";
  }
}

const WAITING = { title: "Waiting for the first picture", detail: "The stage is being set.", action: "", busy: true };

/**
 * The card in the middle of the picture.
 * @param {Situation} situation
 * @returns {{title: string, detail: string, action: string, busy: boolean} | null} null when the picture speaks
 *     for itself; `action` is the label of the button, empty for none
 */
export function card(situation) {
  switch (situation.state) {
    case "live":
      return null;
    case "connecting":
      return situation.answered
        ? WAITING
        : { title: "Connecting", detail: "Looking for the stage.", action: "", busy: true };
    case "reconnecting":
      if (situation.answered) return WAITING;
      return {
        title: "The server does not answer",
        detail:
          situation.wait_s > 0
            ? `Attempt ${situation.attempt} in ${Math.ceil(situation.wait_s)} s. Your place is kept.`
            : `Attempt ${situation.attempt}. Your place is kept.`,
        action: "Try now",
        busy: true,
      };
    case "ended":
      return {
        title: "The stage has ended",
        detail: situation.reason || "Nobody was watching any more.",
        action: "Start again",
        busy: false,
      };
    case "failed":
      return {
        title: "This cannot be played",
        detail: situation.reason || "The server gave no reason.",
        action: "Try again",
        busy: false,
      };
  }
}
