import assert from "node:assert/strict";
import { test } from "node:test";

import { subRip, webVtt } from "../../web_client/words/caption_files.js";
import { allCues, cuesOf, placed, rowsText } from "../../web_client/words/cues.js";
import { nearestHit, plain, Search } from "../../web_client/words/search.js";
import { speakersOf, wordAt, wordsOf } from "../../web_client/words/spoken.js";
import { turnsOf } from "../../web_client/words/turns.js";

/** @typedef {import("../../web_client/words/spoken.js").Speaker} Speaker */
/** @typedef {import("../../web_client/words/spoken.js").ToldWord} ToldWord */

/** @param {string} text @param {number | null} [start_s] @param {number | null} [end_s] @returns {ToldWord} */
const told = (text, start_s = null, end_s = null) => ({ text, start_s, end_s });

/** @param {ToldWord[]} words */
const utterance = (words, start_s = 0, end_s = 10) => ({ text: words.map(({ text }) => text).join(" "), start_s, end_s, words });

/**
 * Somebody who says a word every half a second, a blank for each pause of a second and a half.
 * @param {string} text
 * @returns {Speaker}
 */
function says(text, side = /** @type {"left" | "right"} */ ("left"), from_s = 0, step_s = 0.5) {
  const words = text.split(" ").flatMap((word, index) => {
    const start_s = from_s + index * step_s;
    return word ? [{ text: word, start_s, end_s: start_s + step_s * 0.8, utterance: 0 }] : [];
  });
  return { id: `id-${side}`, name: side === "left" ? "P0947" : "P1275A", side, words };
}

test("words without times share the time between their neighbours, in their order", () => {
  const words = wordsOf([utterance([told("a", 1, 2), told("b"), told("c"), told("d", 4, 5), told("e")], 0, 6)]);
  assert.deepEqual(words.map(({ text, start_s, end_s }) => [text, start_s, end_s]), [
    ["a", 1, 2], ["b", 2, 3], ["c", 3, 4], ["d", 4, 5], ["e", 5, 6],
  ]);
});

test("an utterance without words is its text, and what nobody sees is not in it", () => {
  const words = wordsOf([{ text: "  two\u200b words ", start_s: 1, end_s: 3, words: [] }]);
  assert.deepEqual(words.map(({ text, start_s, end_s }) => [text, start_s, end_s]), [["two", 1, 2], ["words", 2, 3]]);
});

test("no word begins before the one in front of it, and none is longer than a row", () => {
  const words = wordsOf([utterance([told("late", 5, 6), told("early", 1, 2)]), utterance([told("x".repeat(90), 7, 8)])]);
  assert.deepEqual(words.map(({ start_s }) => start_s).slice(0, 2), [5, 5]);
  assert.deepEqual(words.slice(2).map(({ text }) => text.length), [42, 42, 6]);
  assert.ok(words.every(({ start_s, end_s }, index) => end_s >= start_s && start_s >= (words[index - 1]?.start_s ?? 0)));
});

test("the word that is said is known at every time, and none in a pause", () => {
  const { words } = says("one two  four");
  assert.deepEqual([-1, 0, 0.39, 0.45, 0.5, 1.2, 1.6, 9].map((time_s) => wordAt(words, time_s)), [-1, 0, 0, -1, 1, -1, 2, -1]);
});

test("those on the stage speak, the left one first", () => {
  const transcript = { people: [{ id: "r", participant: "P2", transcript: [] }, { id: "l", participant: "P1", transcript: [] }] };
  const people = /** @type {const} */ ([{ id: "r", name: "R", side: "right" }, { id: "l", name: "L", side: "left" }, { id: "x", name: "X", side: "left" }]);
  assert.deepEqual(speakersOf(transcript, people).map(({ name }) => name), ["L", "R"]);
});

test("captions break at sentences, at long pauses, and where they would be too long", () => {
  const rows = (/** @type {string} */ text, step_s = 0.5) => cuesOf(says(text, "left", 0, step_s)).map(rowsText);
  assert.deepEqual(rows("That is it. We go on"), [["That is it."], ["We go on"]]);
  assert.deepEqual(rows("Oh. We go on"), [["Oh. We go on"]], "a second is the least that can be read");
  assert.deepEqual(rows("one two   three"), [["one two"], ["three"]], "1.1 s of silence");
  assert.deepEqual(rows("a b c d e f g h i j k l m n o p").map(([row]) => row?.length), [27, 3], "seven seconds");
  const long = rows("somewhere over the rainbow bluebirds fly and the dreams that you dream of really do come true", 0.2);
  assert.deepEqual(long, [["somewhere over the rainbow bluebirds fly", "and the dreams that you dream of really do"], ["come true"]]);
  const clause = rows("somewhere over the rainbow bluebirds fly fly, and the dreams that you dream of", 0.2);
  assert.deepEqual(clause[0], ["somewhere over the", "rainbow bluebirds fly fly,"], "more than a row, then a comma");
});

test("a caption stays for a second, but never beyond the next one of the same person", () => {
  const [first, second] = cuesOf({ ...says(""), words: [
    { text: "Yes", start_s: 1, end_s: 1.1, utterance: 0 }, { text: "no", start_s: 1.8, end_s: 1.9, utterance: 1 },
  ] });
  assert.deepEqual([first?.start_s, first?.end_s, second?.start_s, second?.end_s], [1, 1.8, 1.8, 2.8]);
});

test("whoever comes while the other one is read goes above, and stays there", () => {
  const cues = placed(allCues([says("one two three four"), says("mm yes", "right", 1)]));
  assert.deepEqual(cues.map(({ side, place }) => [side, place]), [["left", 0], ["right", 1]]);
  const [first, second] = placed(allCues([says("one two"), says("three", "right", 0.8)]));
  assert.deepEqual([first?.end_s, second?.place], [0.8, 0], "0.2 s are not worth a second place");
});

const HOSTILE = ["<script>alert(1)</script>", "a&b", "-->", "00:00:01.000", "NOTE", "“quoted”"];

test("a WebVTT file says who speaks, and no word can end a cue or open a tag", () => {
  const speaker = { ...says(HOSTILE.join(" ")), name: "P<0>&\nX" };
  const text = webVtt(allCues([speaker]), "V00\n--> x");
  const [head, ...blocks] = text.split("\n\n");
  assert.equal(head, "WEBVTT V00 → x");
  for (const block of blocks) {
    const [times, ...lines] = block.trim().split("\n");
    assert.match(times ?? "", /^\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}$/);
    const body = lines.join("\n");
    assert.ok(body.startsWith("<v P&lt;0&gt;&amp; X>") && body.endsWith("</v>"), body);
    assert.equal(body.split("<").length, 3, "one tag, and its end");
    assert.ok(!body.includes("-->"));
  }
  assert.ok(text.includes("&lt;script&gt;alert(1)&lt;/script&gt;") && text.includes("a&amp;b"));
});

test("an SRT file counts its captions, has the speaker in front, and no second arrow", () => {
  const cues = allCues([says("That is it. We --> go on"), says("Good.", "right", 3600)]);
  assert.equal(
    subRip(cues),
    "1\n00:00:00,000 --> 00:00:01,400\nP0947: That is it.\n\n" +
      "2\n00:00:01,500 --> 00:00:03,400\nP0947: We → go on\n\n" +
      "3\n01:00:00,000 --> 01:00:01,000\nP1275A: Good.\n",
  );
});

test("a search finds what was said, whatever its case, accents and punctuation", () => {
  assert.equal(plain("  Café, “DON’T”! "), "cafe don't");
  const search = new Search([says("We go to the Café. The tickets"), says("the end", "right", 0.2)]);
  assert.deepEqual(search.find("cafe the").map(({ speaker, first, last }) => [speaker, first, last]), [[0, 4, 5]]);
  assert.deepEqual(search.find("THE").map(({ speaker, first }) => [speaker, first]), [[1, 0], [0, 3], [0, 5]]);
  assert.deepEqual(search.find("icket").map(({ first, last }) => [first, last]), [[6, 6]]);
  assert.deepEqual(search.find("?! "), []);
  assert.deepEqual(search.find("nowhere"), []);
});

test("a search begins where one is, and goes round", () => {
  const hits = [1, 5, 9].map((start_s) => ({ speaker: 0, first: 0, last: 0, start_s }));
  assert.deepEqual([0, 4, 5.4, 20].map((time_s) => nearestHit(hits, time_s)), [0, 1, 1, 0]);
  assert.equal(nearestHit([], 3), -1);
});

test("turns are read in the order of time, and every word is in one", () => {
  const left = says("one two three");
  left.words.push({ text: "later", start_s: 9, end_s: 9.5, utterance: 1 }, { text: "still", start_s: 10, end_s: 11, utterance: 2 });
  const right = says("mm", "right", 1.2);
  const turns = turnsOf([left, right]);
  assert.deepEqual(turns.map(({ speaker, first, after }) => [speaker, first, after]), [[0, 0, 3], [1, 0, 1], [0, 3, 5]]);
});
