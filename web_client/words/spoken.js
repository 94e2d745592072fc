// What both people said, word by word, with a time for every word. Pure; the same rule as the captions of exports
// (avatar_server/dataset/caption_lines.py).

import { LONGEST_ROW } from "./cues.js";

/** @typedef {import("../messages.d.ts").PersonShown} PersonShown */

/**
 * @typedef {object} ToldWord as `/api/interactions/KEY/transcript` tells it; null where the aligner left a time open
 * @property {string} text
 * @property {number | null} start_s
 * @property {number | null} end_s
 */

/** @typedef {{text: string, start_s: number, end_s: number, words: ToldWord[]}} Utterance */
/** @typedef {{people: {id: string, participant: string, transcript: Utterance[]}[]}} Transcript */

/**
 * @typedef {object} Word a word, or a piece of one that is longer than a row of a caption
 * @property {string} text nothing in it is blank or invisible
 * @property {number} start_s
 * @property {number} end_s not before `start_s`
 * @property {number} utterance which one of its speaker's, from 0
 */

/**
 * @typedef {object} Speaker
 * @property {string} id of the recording
 * @property {string} name
 * @property {"left" | "right"} side
 * @property {Word[]} words in the order in which they were said: none begins before the one in front of it
 */

/**
 * The people of a transcript who are on the stage, the left one first.
 * @param {Transcript} transcript
 * @param {readonly PersonShown[]} people
 * @returns {Speaker[]}
 */
export function speakersOf(transcript, people) {
  const order = [...people].sort((a, b) => a.side.localeCompare(b.side));
  return order.flatMap(({ id, name, side }) => {
    const told = transcript.people.find((person) => person.id === id);
    return told ? [{ id, name, side, words: wordsOf(told.transcript) }] : [];
  });
}

/**
 * @param {readonly Utterance[]} utterances of one person, in the order of time
 * @returns {Word[]}
 */
export function wordsOf(utterances) {
  const words = utterances.flatMap(timed);
  let reached_s = 0;
  for (const word of words) {
    reached_s = word.start_s = Math.max(word.start_s, reached_s);
    word.end_s = Math.max(word.end_s, word.start_s);
  }
  return words;
}

/**
 * A run of words that lack a time shares what lies between those that do not, or the edges of the utterance.
 * @param {Utterance} utterance
 * @param {number} index
 * @returns {Word[]}
 */
function timed(utterance, index) {
  const told =
    utterance.words.length > 0
      ? utterance.words
      : utterance.text.split(/\s+/).map((text) => ({ text, start_s: null, end_s: null }));
  const pieces = told.flatMap(piecesOf);
  /** @type {Word[]} */
  const words = [];
  let begins_s = utterance.start_s;
  for (let first = 0; first < pieces.length; ) {
    const piece = pieces[first];
    if (piece && piece.start_s !== null && piece.end_s !== null) {
      words.push({ text: piece.text, start_s: piece.start_s, end_s: piece.end_s, utterance: index });
      begins_s = piece.end_s;
      first += 1;
      continue;
    }
    const length = pieces.slice(first).findIndex(({ start_s, end_s }) => start_s !== null && end_s !== null);
    const stop = length < 0 ? pieces.length : first + length;
    begins_s = piece?.start_s ?? begins_s;
    const ends_s = pieces[stop]?.start_s ?? Math.max(utterance.end_s, begins_s);
    const share_s = Math.max(0, ends_s - begins_s) / (stop - first);
    pieces.slice(first, stop).forEach(({ text }, place) => {
      const start_s = begins_s + place * share_s;
      words.push({ text, start_s, end_s: start_s + share_s, utterance: index });
    });
    first = stop;
    begins_s = ends_s;
  }
  return words;
}

/**
 * A word without what nobody sees, cut where it is longer than a row.
 * @param {ToldWord} word
 * @returns {ToldWord[]}
 */
function piecesOf({ text, start_s, end_s }) {
  const letters = [...text.replace(/[\p{C}\p{Z}\s]+/gu, "")];
  /** @type {ToldWord[]} */
  const pieces = [];
  for (let at = 0; at < letters.length; at += LONGEST_ROW) {
    const isLast = at + LONGEST_ROW >= letters.length;
    pieces.push({
      text: letters.slice(at, at + LONGEST_ROW).join(""),
      start_s: at === 0 ? start_s : null,
      end_s: isLast ? end_s : null,
    });
  }
  return pieces;
}

/**
 * The word that is being said.
 * @param {readonly Word[]} words
 * @param {number} time_s
 * @returns {number} its index; -1 in a pause
 */
export function wordAt(words, time_s) {
  const index = lastBefore(words, time_s);
  const word = words[index];
  return word && time_s < word.end_s ? index : -1;
}

/**
 * The last of what begins at a time or before it.
 * @param {readonly {start_s: number}[]} ordered by their beginnings
 * @param {number} time_s
 * @returns {number} its index; -1 before the first
 */
export function lastBefore(ordered, time_s) {
  let low = 0;
  let high = ordered.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ordered[middle]?.start_s ?? Infinity) <= time_s) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
