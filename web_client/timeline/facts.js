// What is known of each person besides sound and face: voice activity, words, annotations, validity. Pure.

import { spanAt } from "./spans.js";

/** @typedef {import("./spans.js").Span} Span */
/** @typedef {import("../messages.d.ts").PersonShown} PersonShown */

/** @typedef {Span & {text: string}} Said an utterance or a word */
/** @typedef {Span & {text: string, kind: string}} Moment */
/** @typedef {Span & {kind: string, words: string}} Mark where something was not measured */

/**
 * @typedef {object} Facts of one person; null while it is not known
 * @property {Span[] | null} voice
 * @property {Said[] | null} utterances
 * @property {Said[] | null} words
 * @property {Moment[] | null} moments
 * @property {Mark[] | null} marks
 */

/** @returns {Facts} */
export const nothingKnown = () => ({ voice: null, utterances: null, words: null, moments: null, marks: null });

/** What annotations are called in the data set, for people. */
const KINDS = new Map([
  ["1P-IS", "Own view of the inner state"],
  ["1P-R", "Own view of the relation"],
  ["3P-IS", "Observed inner state"],
  ["3P-R", "Observed relation"],
  ["3P-V", "Observed behaviour"],
]);

/** @param {string} kind as in the data set */
export const kindInWords = (kind) => KINDS.get(kind) ?? kind;

/**
 * The entry of one person in an answer of the API.
 * @param {any} answer
 * @param {PersonShown} person
 */
export function entryOf(answer, person) {
  return answer?.people?.find((/** @type {any} */ entry) => entry.id === person.id) ?? null;
}

/**
 * Spans with both times, in order.
 * @template {Span} Kind
 * @param {any[] | undefined} spans
 * @param {(span: any) => Kind} made
 * @returns {Kind[]}
 */
function ordered(spans, made) {
  return (spans ?? [])
    .filter(({ start_s, end_s }) => typeof start_s === "number" && typeof end_s === "number" && end_s >= start_s)
    .map(made)
    .sort((a, b) => a.start_s - b.start_s);
}

/**
 * @param {PersonShown} person
 * @param {{vad?: any, transcript?: any, annotations?: any, validity?: any}} answers of the API, as far as they came
 * @returns {Facts}
 */
export function factsOf(person, answers) {
  const facts = nothingKnown();
  const vad = answers.vad && entryOf(answers.vad, person);
  if (vad) facts.voice = ordered(vad.voice_activity, ({ start_s, end_s }) => ({ start_s, end_s }));
  const spoken = answers.transcript && entryOf(answers.transcript, person);
  if (spoken) {
    const said = (/** @type {any} */ one) => ({ start_s: one.start_s, end_s: one.end_s, text: String(one.text) });
    facts.utterances = ordered(spoken.transcript, said);
    facts.words = ordered((spoken.transcript ?? []).flatMap((/** @type {any} */ one) => one.words ?? []), said);
  }
  const annotated = answers.annotations && entryOf(answers.annotations, person);
  if (annotated) {
    facts.moments = ordered(annotated.annotations, ({ start_s, end_s, text, kind }) => ({
      start_s,
      end_s,
      text: String(text),
      kind: String(kind),
    }));
  }
  const valid = answers.validity && entryOf(answers.validity, person);
  if (valid) {
    facts.marks = ordered(valid.spans, ({ start_s, end_s, kind, words }) => ({
      start_s,
      end_s,
      kind: String(kind),
      words: String(words),
    }));
  }
  return facts;
}

/**
 * What the label of a voice lane says.
 * @param {Facts} facts
 * @param {number} duration_s
 */
export function voiceInWords({ voice }, duration_s) {
  if (voice === null) return "";
  if (voice.length === 0) return "No voice activity";
  const speech_s = voice.reduce((sum, { start_s, end_s }) => sum + end_s - start_s, 0);
  return `speaks ${Math.round((100 * speech_s) / (duration_s || 1))} %`;
}

/**
 * Who speaks at a moment, for a screen reader.
 * @param {readonly PersonShown[]} people
 * @param {readonly Facts[]} facts of each
 * @param {number} time_s
 * @returns {string[]} such as `P1275A speaks`
 */
export function speakersAt(people, facts, time_s) {
  return people
    .filter((_person, place) => spanAt(facts[place]?.voice ?? [], time_s))
    .map(({ name }) => `${name} speaks`);
}

/**
 * The beginning of the next annotation of anybody, or of the one before.
 * @param {readonly Facts[]} people
 * @param {number} time_s
 * @param {1 | -1} direction
 * @returns {number | null}
 */
export function nextMoment_s(people, time_s, direction) {
  // Just sought, the picture may lie half a picture before the beginning.
  const near_s = 0.1;
  const starts = people.flatMap(({ moments }) => (moments ?? []).map(({ start_s }) => start_s));
  const beyond = starts.filter((start_s) => (start_s - time_s) * direction > near_s);
  if (beyond.length === 0) return null;
  return direction > 0 ? Math.min(...beyond) : Math.max(...beyond);
}
