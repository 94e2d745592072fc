// What the timeline makes of the API's answers.

import assert from "node:assert/strict";
import test from "node:test";

import { choicesOf, curvesOf, nameInWords, rangeOf, together, valueAt } from "../../web_client/timeline/curve_data.js";
import { factsOf, nextMoment_s, nothingKnown, speakersAt, voiceInWords } from "../../web_client/timeline/facts.js";
import { wordsFor } from "../../web_client/timeline/hover.js";
import { layoutOf } from "../../web_client/timeline/layout.js";
import { withEnd } from "../../web_client/timeline/region.js";

/** @type {import("../../web_client/messages.d.ts").PersonShown[]} */
const people = [
  { id: "K_P1", name: "P1", side: "left" },
  { id: "K_P2", name: "P2", side: "right" },
];
const [left, right] = people;

const answers = {
  vad: { people: [{ id: "K_P2", voice_activity: [{ start_s: 1, end_s: 3 }] }, { id: "K_P1", voice_activity: [] }] },
  transcript: {
    people: [
      {
        id: "K_P1",
        transcript: [
          { text: "Hello you.", start_s: 1, end_s: 2, words: [{ text: "Hello", start_s: 1, end_s: 1.4 }, { text: "you.", start_s: null, end_s: null }] },
        ],
      },
    ],
  },
  annotations: { people: [{ id: "K_P1", annotations: [{ kind: "3P-V", text: "<b>Nods</b>", start_s: 4, end_s: 6 }] }] },
  validity: { people: [{ id: "K_P1", spans: [{ start_s: 2, end_s: 2.5, kind: "left-hand-lost", words: "left hand lost" }] }] },
};

test("answers belong to the people they name, in whatever order they come", () => {
  assert.deepEqual(factsOf(left, answers).voice, []);
  assert.deepEqual(factsOf(right, answers).voice, [{ start_s: 1, end_s: 3 }]);
});

test("what was not answered is not known, which is not the same as nothing", () => {
  const facts = factsOf(left, { vad: answers.vad });
  assert.deepEqual([facts.voice, facts.moments, facts.marks], [[], null, null]);
  assert.equal(voiceInWords(facts, 10), "No voice activity");
  assert.equal(voiceInWords(nothingKnown(), 10), "");
  assert.equal(voiceInWords(factsOf(right, answers), 10), "speaks 20 %");
});

test("words without a time are left to their utterance", () => {
  const { words, utterances } = factsOf(left, answers);
  assert.deepEqual(words?.map(({ text }) => text), ["Hello"]);
  assert.deepEqual(utterances?.map(({ text }) => text), ["Hello you."]);
});

test("a screen reader hears who speaks", () => {
  const facts = people.map((person) => factsOf(person, answers));
  assert.deepEqual(speakersAt(people, facts, 2), ["P2 speaks"]);
  assert.deepEqual(speakersAt(people, facts, 5), []);
});

test("moments are gone through one by one, in both directions", () => {
  const moments = [3, 7, 12].map((start_s) => ({ start_s, end_s: start_s + 1, text: "", kind: "" }));
  const facts = [{ ...nothingKnown(), moments }, nothingKnown()];
  assert.equal(nextMoment_s(facts, 3.03, 1), 7);
  assert.equal(nextMoment_s(facts, 6.98, -1), 3);
  assert.equal(nextMoment_s(facts, 12, 1), null);
  assert.equal(nextMoment_s([], 0, 1), null);
});

test("curves of pieces become one, each piece within its own stretch", () => {
  const coarse = { times_s: [0, 1, 2, 3], values: [0, 1, null, 3] };
  const fine = { times_s: [2, 2.5, 3], values: [9, 8, 7] };
  assert.deepEqual(
    together([
      { curve: coarse, start_s: 0, end_s: 2 },
      { curve: fine, start_s: 2, end_s: 4 },
      { curve: null, start_s: 4, end_s: 6 },
    ]),
    [
      [0, 1, 2, 2.5, 3],
      [0, 1, 9, 8, 7],
    ],
  );
});

test("a lane's range holds every value of both people; feelings go from -1 to 1", () => {
  const curve = (/** @type {(number | null)[]} */ ...values) => ({ times_s: values.map((_value, index) => index), values });
  assert.deepEqual(rangeOf("valence", [curve(0.2, null), null]), [-1, 1]);
  assert.deepEqual(rangeOf("fau:JawDrop", [curve(0.2, 1.5), curve(null, 1.8)]), [0, 1.8]);
  assert.deepEqual(rangeOf("fau:LipFunneler", [curve(0, 0)]), [0, 1]);
});

test("the value at a moment is that of the nearest frame, and none where no frame is near", () => {
  const curve = { times_s: [1, 1.1, 1.2], values: [5, null, 7] };
  assert.equal(valueAt(curve, 1.02, 0.1), 5);
  assert.equal(valueAt(curve, 1.1, 0.1), null);
  assert.equal(valueAt(curve, 1.19, 0.1), 7);
  assert.equal(valueAt(curve, 3, 0.1), null);
});

test("what there is to choose comes from the answer, with dead columns marked", () => {
  const answer = {
    people: [
      { curves: [{ name: "valence" }, { name: "emotion:Happiness" }, { name: "fau:JawDrop", dead: false }, { name: "fau:LipFunneler", dead: true }] },
      { curves: [] },
    ],
  };
  assert.deepEqual(choicesOf(answer).map(({ title, curves }) => [title, curves.length]), [["Feeling", 1], ["Emotion", 1], ["Face action units", 2]]);
  assert.equal(choicesOf(answer)[2]?.curves[1]?.isDead, true);
  assert.deepEqual(choicesOf(null), []);
  assert.equal(nameInWords("fau:JawDrop"), "Jaw drop");
  assert.deepEqual([...curvesOf({ people: [{ id: "K_P2", curves: [{ name: "valence", times_s: [1], values: [2] }] }] }, people)], [
    ["valence", [null, { times_s: [1], values: [2] }]],
  ]);
});

test("what is under the pointer is said in words", () => {
  const facts = people.map((person) => factsOf(person, answers));
  const { lanes } = layoutOf(facts);
  const under = { pixelsPerSecond: 100, lanes, people: facts, names: people, curve: null, curves: null };
  const at = (/** @type {string} */ kind) => (lanes.find((lane) => lane.kind === kind)?.top_px ?? 0) + 5;
  assert.deepEqual(wordsFor({ ...under, time_s: 1.5, y_px: at("ruler") }), ["0:01.5"]);
  assert.deepEqual(wordsFor({ ...under, time_s: 1.5, y_px: at("voice") }), ["0:01.5", "Hello you."]);
  assert.deepEqual(wordsFor({ ...under, time_s: 2.2, y_px: at("voice") }), ["0:02.2", "left hand lost"]);
  assert.deepEqual(wordsFor({ ...under, time_s: 5, y_px: at("moments") }), ["0:05.0", "P1: Observed behaviour", "<b>Nods</b>"]);
  const curves = new Map([["fau:JawDrop", [{ times_s: [1.5], values: [0.456] }, null]]]);
  assert.deepEqual(wordsFor({ ...under, time_s: 1.5, y_px: 400, curve: "fau:JawDrop", curves }), [
    "0:01.5",
    "Jaw drop",
    "P1  0.46",
    "P2  not measured",
  ]);
});

test("a handle stays on its side of the region and inside the interaction", () => {
  assert.deepEqual(withEnd([10, 20], 0, 12, 60), [12, 20]);
  assert.deepEqual(withEnd([10, 20], 0, 30, 60), [19.8, 20]);
  assert.deepEqual(withEnd([10, 20], 1, 99, 60), [10, 60]);
  assert.deepEqual(withEnd([10, 20], 1, 5, 60), [10, 10.2]);
});
