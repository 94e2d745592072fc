import assert from "node:assert/strict";
import { test } from "node:test";

import { asJson, figures, hereShare } from "../../web_client/stream/figures.js";

const WELCOME = /** @type {any} */ ({ rate_hz: 30, version: "1", size: [1280, 720], interaction: { key: "k", duration_s: 20 } });
const STATUS = /** @type {any} */ ({
  pictures_per_second: 30, draw_ms: 40, encode_ms: 5, dropped: 0, sound_drift_ms: 0.2, bit_rate: 1.5e6, rung: 1,
  viewers: 2, buffered: [[0, 5], [10, 15]], waiting: false,
});
const RECEPTION = {
  width: 1280, height: 720, pictures_per_second: 29.9, mbit_per_second: 1.5, lost_share: 0.02, round_trip_ms: 3,
  jitter_buffer_ms: 20, concealed_share: 0, sound_behind_ms: -120,
};

test("figures that are not as they should be stand out", () => {
  const rows = figures(STATUS, WELCOME, RECEPTION, [{ name: "P1", ahead_ms: -50 }]).flatMap((group) => group.rows);
  const mood = (/** @type {string} */ name) => rows.find((row) => row.name === name)?.mood;
  assert.equal(mood("Drawing"), "bad", "longer than a picture is seen");
  assert.equal(mood("Encoding"), "");
  assert.equal(mood("Lost packets"), "busy");
  assert.equal(mood("Sound behind picture"), "bad");
  assert.equal(mood("Sent to you"), "busy", "not the best rung");
  assert.equal(rows.find((row) => row.name === "P1")?.words, "50 ms behind");
});

test("without a second look nothing is made up", () => {
  const words = figures(STATUS, WELCOME, null)[0]?.rows.map((row) => row.words);
  assert.deepEqual(new Set(words), new Set(["–"]));
});

test("the share that is here is told, and all of it once nothing is missing", () => {
  assert.equal(hereShare(STATUS, 20), 0.5);
  assert.equal(hereShare({ buffered: [] }, 20), 1);
  const told = JSON.parse(asJson(STATUS, WELCOME, RECEPTION, { seen_s: 1, at: "now", browser: "b", originals: [] }));
  assert.equal(told.stage.duration_s, 20);
  assert.equal(told.received.lost_share, 0.02);
});
