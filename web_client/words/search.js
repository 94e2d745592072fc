// Finding words in what was said, whatever their case, accents and punctuation. Pure.

/** @typedef {import("./spoken.js").Speaker} Speaker */

/**
 * @typedef {object} Hit
 * @property {number} speaker index
 * @property {number} first index of the first word
 * @property {number} last index of the last word
 * @property {number} start_s
 */

/**
 * Letters, digits and apostrophes that are left of a text, in lower case and without accents.
 * @param {string} text
 * @returns {string} words with one space between them
 */
export function plain(text) {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[’‘ʼ`]/g, "'")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}']+/gu, " ")
    .trim();
}

/** What one person said as one text, made once: every key pressed in the search box looks through it. */
class Said {
  text = "";
  /** Where each word begins in the text. @type {number[]} */
  starts = [];

  /** @param {Speaker} speaker */
  constructor({ words }) {
    const pieces = words.map(({ text }) => `${plain(text)} `);
    let length = 0;
    for (const piece of pieces) {
      this.starts.push(length);
      length += piece.length;
    }
    this.text = pieces.join("");
  }

  /** @param {number} place in the text @returns {number} index of the word there */
  wordAt(place) {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle] ?? Infinity) <= place) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

export class Search {
  #speakers;
  #said;

  /** @param {readonly Speaker[]} speakers */
  constructor(speakers) {
    this.#speakers = speakers;
    this.#said = speakers.map((speaker) => new Said(speaker));
  }

  /**
   * Everything that was said like `wanted`, which may go over several words and end within one.
   * @param {string} wanted
   * @returns {Hit[]} in the order of time
   */
  find(wanted) {
    const sought = plain(wanted);
    if (sought === "") return [];
    /** @type {Hit[]} */
    const hits = [];
    this.#said.forEach((said, speaker) => {
      for (let place = said.text.indexOf(sought); place >= 0; place = said.text.indexOf(sought, place + sought.length)) {
        const first = said.wordAt(place);
        const last = said.wordAt(place + sought.length - 1);
        const word = this.#speakers[speaker]?.words[first];
        if (word) hits.push({ speaker, first, last, start_s: word.start_s });
      }
    });
    return hits.sort((a, b) => a.start_s - b.start_s);
  }
}

/**
 * The hit to begin with: the first that is not over yet, so that a search begins where one is.
 * @param {readonly Hit[]} hits
 * @param {number} time_s
 * @returns {number} its index; -1 without hits
 */
export function nearestHit(hits, time_s) {
  if (hits.length === 0) return -1;
  const index = hits.findIndex((hit) => hit.start_s >= time_s - 0.5);
  return index < 0 ? 0 : index;
}
