import assert from "node:assert/strict";
import { test } from "node:test";

import { overviewQuestions, queryOf, shownValue, withField, wordsOf } from "../../web_client/library/query.js";

test("a filter is asked for as the server calls it, whatever order it was made in", () => {
  const filter = withField(withField(withField({}, "split", "dev"), "text", " lost  map "), "has_movement", "true");
  assert.equal(queryOf(filter), "text=lost+map&split=dev&has_movement=true");
  assert.equal(queryOf(filter, { limit: 40, offset: 80 }), "text=lost+map&split=dev&has_movement=true&limit=40&offset=80");
  assert.equal(queryOf({}), "");
});

test("what is emptied is not asked for any more, and nothing of it stays", () => {
  assert.deepEqual(withField({ session: "S0809", split: "dev" }, "session", "  "), { split: "dev" });
  assert.deepEqual(withField({ split: "dev" }, "split", ""), {});
  assert.equal(queryOf(withField({}, "text", "   ")), "");
});

test("what has a meaning in addresses is no part of them", () => {
  assert.equal(queryOf({ prompt: "a&limit=1000#x=?" }), "prompt=a%26limit%3D1000%23x%3D%3F");
});

test("the space behind a word stays in the field while the next one is typed", () => {
  assert.equal(withField({}, "text", "lost ").text, "lost ");
  assert.equal(queryOf({ text: "lost " }), queryOf({ text: "lost" }));
});

test("of what was chosen the overview asks what else could be chosen", () => {
  assert.deepEqual(overviewQuestions({ text: "map" }), [{ facet: null, query: "text=map" }]);
  assert.deepEqual(overviewQuestions({ text: "map", split: "dev", verdict: "good", session: "S0809" }), [
    { facet: null, query: "text=map&split=dev&session=S0809&verdict=good" },
    { facet: "verdict", query: "text=map&split=dev&session=S0809" },
    { facet: "split", query: "text=map&session=S0809&verdict=good" },
  ]);
});

test("words to mark are those of the search and of the prompt", () => {
  assert.deepEqual(wordsOf({ text: " Lost MAP", prompt: "Way" }), ["lost", "map", "way"]);
  assert.deepEqual(wordsOf({}), []);
});

test("yes and no are said as such where they are meant", () => {
  assert.equal(shownValue("has_movement", "true"), "yes");
  assert.equal(shownValue("is_here", "false"), "no");
  assert.equal(shownValue("relationship", "true"), "true");
  assert.equal(shownValue("relationship", "unknown"), "not known");
});
