import assert from "node:assert/strict";
import { test } from "node:test";

import { backgroundOf, isHere, spokenBuffer, stretches } from "../../web_client/buffered.js";

test("what is here becomes shares of the bar, and gaps that nobody could see close", () => {
  assert.deepEqual(stretches([[0, 30], [60, 90]], 120), [[0, 0.25], [0.5, 0.75]]);
  assert.deepEqual(stretches([[0, 30], [30.3, 60]], 120), [[0, 0.5]]);
  assert.deepEqual(stretches([[90, 121]], 120), [[0.75, 1]], "a rounded end is no more than the end");
  assert.deepEqual(stretches([[5, 5]], 120), []);
  assert.deepEqual(stretches([[0, 30]], 0), [], "before the length is known");
});

test("the bar is painted where something is here, and not at all once everything is", () => {
  assert.equal(backgroundOf([], "red"), "none");
  assert.equal(
    backgroundOf([[0, 0.25], [0.5, 1]], "red"),
    "linear-gradient(to right, transparent 0.00%, red 0.00% 25.00%, transparent 25.00%, " +
      "transparent 50.00%, red 50.00% 100.00%, transparent 100.00%)",
  );
});

test("a moment is here or not, and who cannot see the bar hears up to when", () => {
  /** @type {[number, number][]} */
  const spans = [[0, 62], [90, 100]];
  assert.equal(isHere(spans, 61.9), true);
  assert.equal(isHere(spans, 62), false);
  assert.equal(isHere([], 62), true);
  assert.equal(spokenBuffer(spans, 10), "loaded up to 1 minute 2 seconds");
  assert.equal(spokenBuffer(spans, 80), "not loaded yet");
  assert.equal(spokenBuffer([], 80), "");
});
