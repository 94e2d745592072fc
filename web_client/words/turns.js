// Who had the floor when: the words of both people in the order in which they are read. Pure.

/** @typedef {import("./spoken.js").Speaker} Speaker */

/** Somebody who goes on after this long a silence begins a new paragraph. */
const SILENCE_S = 2;
/** A turn longer than this goes on in another paragraph at the next utterance, so that times are never far apart. */
const PARAGRAPH_S = 30;

/**
 * @typedef {object} Turn
 * @property {number} speaker index
 * @property {number} start_s
 * @property {number} end_s
 * @property {number} first index of the first word
 * @property {number} after index after the last word
 */

/**
 * @param {readonly Speaker[]} speakers
 * @returns {Turn[]} in the order of time; every word is in one
 */
export function turnsOf(speakers) {
  const utterances = speakers
    .flatMap((speaker, index) => utterancesOf(speaker, index))
    .sort((a, b) => a.start_s - b.start_s || a.speaker - b.speaker);
  /** @type {Turn[]} */
  const turns = [];
  for (const utterance of utterances) {
    const turn = turns.at(-1);
    const goesOn =
      turn?.speaker === utterance.speaker &&
      turn.after === utterance.first &&
      utterance.start_s - turn.end_s < SILENCE_S &&
      utterance.start_s - turn.start_s < PARAGRAPH_S;
    if (goesOn) {
      turn.end_s = Math.max(turn.end_s, utterance.end_s);
      turn.after = utterance.after;
    } else {
      turns.push(utterance);
    }
  }
  return turns;
}

/**
 * @param {Speaker} speaker
 * @param {number} index
 * @returns {Turn[]} one for each utterance
 */
function utterancesOf({ words }, index) {
  /** @type {Turn[]} */
  const utterances = [];
  let before = -1;
  words.forEach((word, place) => {
    const last = utterances.at(-1);
    if (last && word.utterance === before) {
      last.after = place + 1;
      last.end_s = Math.max(last.end_s, word.end_s);
    } else {
      utterances.push({ speaker: index, start_s: word.start_s, end_s: word.end_s, first: place, after: place + 1 });
    }
    before = word.utterance;
  });
  return utterances;
}
