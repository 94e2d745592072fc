import assert from "node:assert/strict";
import { test } from "node:test";

import { fraction, isOver, Pace } from "../../web_client/library/pace.js";
import { RefusedError } from "../../web_client/library/server.js";
import { wordsFor } from "../../web_client/library/shown_state.js";
import { sentence, troubleOf } from "../../web_client/library/troubles.js";
import { bytesText, counted, leftText, lengthText, markedParts, shareText } from "../../web_client/library/wording.js";

test("sizes have three digits at most", () => {
  assert.deepEqual([0, 999, 1000, 9_940, 48_200_000, 999_600, 1_440_000_000, 3e15].map(bytesText), ["0 B", "999 B", "1.0 kB", "9.9 kB", "48 MB", "1.0 MB", "1.4 GB", "3000 TB"]);
});

test("lengths, times that are left, counts and shares", () => {
  assert.deepEqual([5.4, 184.2, 3725].map(lengthText), ["0:05", "3:04", "1:02:05"]);
  assert.deepEqual([0.2, 42, 200, 9000, Infinity, NaN].map(leftText), ["1 s", "42 s", "3 min", "3 h", "", ""]);
  assert.deepEqual([counted(1, "file"), counted(64_685, "interaction")], ["1 file", "64,685 interactions"]);
  assert.deepEqual([shareText(1, 3), shareText(1, 1000), shareText(0, 5), shareText(0, 0)], ["33%", "<1%", "0%", "0%"]);
});

test("what was looked for is marked wherever it is, also where it overlaps", () => {
  const parts = (text, words) => markedParts(text, words).map((part) => (part.isFound ? `[${part.text}]` : part.text)).join("");
  assert.equal(parts("You lost your map", ["lost", "map"]), "You [lost] your [map]");
  assert.equal(parts("MAP of maps", ["map"]), "[MAP] of [map]s");
  assert.equal(parts("banana", ["ana", "nan"]), "b[anan]a");
  assert.equal(parts("<b>map</b>", ["b"]), "<[b]>map</[b]>");
  assert.equal(parts("nothing", []), "nothing");
  assert.equal(parts("İstanbul map", ["map"]), "İstanbul map", "its lower case is longer");
});

test("why there is no list is said in words for people", () => {
  const kind = (status, message, waited_s = 0) => troubleOf(new RefusedError(status, message, 5), waited_s).kind;
  assert.equal(kind(403, "a link is for watching"), "locked");
  assert.equal(kind(401, "a bearer token or a link is needed"), "locked");
  assert.equal(kind(503, "there is no catalogue: there is no filelist.csv"), "no catalogue");
  assert.equal(kind(503, "there is no catalogue: there is no filelist.csv", 20), "coming");
  assert.equal(kind(503, "32 questions are waiting already"), "busy");
  assert.equal(kind(429, "too many requests"), "busy");
  assert.equal(kind(422, "session: expected one like S0809"), "not understood");
  assert.equal(kind(0, "The server does not answer."), "away");
  assert.equal(kind(500, "this could not be answered"), "away");
  assert.equal(troubleOf(new SyntaxError("JSON"), 0).kind, "away");
  assert.match(troubleOf(new RefusedError(403, "no"), 0).title, /opens one interaction only/);
  assert.equal(troubleOf(new RefusedError(429, "too many requests", 7), 0).again_s, 7);
  assert.equal(sentence("too many requests"), "Too many requests.");
  assert.equal(sentence("Gone!"), "Gone!");
});

const SHOWN = { view: "all", state: { kind: "listed" }, isAnswered: true, found: 3, kept: 0, isFiltered: false, fetches: 0, mayFetch: true, now_ms: 10_000 };

test("words stand where rows would be, and only there", () => {
  const kind = (/** @type {object} */ change) => wordsFor({ ...SHOWN, ...change })?.kind ?? null;
  assert.equal(kind({}), null);
  assert.equal(kind({ found: 0, isFiltered: true }), "nothing found");
  assert.equal(kind({ found: 0 }), "empty");
  const asking = (since_ms) => ({ state: { kind: "asking", since_ms }, isAnswered: false, found: 0 });
  assert.equal(kind(asking(9_900)), null, "an answer that comes at once needs no word");
  assert.equal(kind(asking(9_000)), "looking");
  assert.equal(kind(asking(5_000)), "fetching");
  assert.equal(kind({ ...asking(5_000), isAnswered: true, found: 3 }), null, "what was found before stays");
  assert.equal(kind({ state: { kind: "refused", error: new RefusedError(422, "no"), waited_s: 0 } }), "not understood");
  assert.equal(kind({ view: "starred", kept: 0 }), "no stars");
  assert.equal(kind({ view: "starred", kept: 2, found: 0 }), "nothing found");
  assert.equal(kind({ view: "recent", kept: 0 }), "no recent");
  assert.equal(kind({ view: "overview", found: 0, isFiltered: true }), null);
  assert.equal(kind({ view: "downloads" }), "no downloads");
  assert.equal(kind({ view: "downloads", fetches: 1 }), null);
  assert.equal(kind({ view: "downloads", mayFetch: false }), "locked");
});

const FETCH = { state: "running", bytes: 0, bytes_expected: 0, files: 0, files_expected: 0 };

test("how far a fetch is", () => {
  assert.equal(fraction(FETCH), null);
  assert.equal(fraction({ ...FETCH, files: 3, files_expected: 12 }), 0.25);
  assert.equal(fraction({ ...FETCH, bytes: 30, bytes_expected: 40 }), 0.75);
  assert.equal(fraction({ ...FETCH, bytes: 50, bytes_expected: 40 }), 1, "it was an estimate");
  assert.equal(fraction({ ...FETCH, state: "done" }), 1);
  assert.deepEqual(["queued", "running", "done", "failed", "cancelled"].map((state) => isOver({ ...FETCH, state })), [false, false, true, true, true]);
});

test("how long it still takes follows from the last seconds", () => {
  const pace = new Pace();
  const fetch = { ...FETCH, bytes: 0, bytes_expected: 1000 };
  assert.equal(pace.left_s({ ...fetch, bytes: 0 }), Infinity);
  pace.note(0, 0);
  pace.note(100, 1);
  assert.equal(pace.bytes_per_s, 100);
  assert.equal(pace.left_s({ ...fetch, bytes: 100 }), 9);
  for (let second = 2; second < 60; second += 1) pace.note(100 + (second - 1) * 10, second);
  assert.ok(Math.abs(pace.bytes_per_s - 10) < 0.1);
  pace.note(680, 59);
  assert.ok(Math.abs(pace.bytes_per_s - 10) < 0.1, "no time passed");
});
