import assert from "node:assert/strict";
import { test } from "node:test";

import { PITCHES_HZ, pitchChanges, soundBehindPicture_ms, summary } from "../../web_client/lip_sync.js";
import { resultWords } from "../../web_client/lips_panel.js";

const RATE_HZ = 48_000;

/** The card's tone, from some media time on, at some speed. @param {number} from_s @param {number} lasts_s @param {number} [speed] */
function tone(from_s, lasts_s, speed = 1) {
  const samples = new Float32Array(lasts_s * RATE_HZ);
  for (let at = 0; at < samples.length; at += 1) {
    const time_s = from_s + (at / RATE_HZ) * speed;
    const pitch_hz = PITCHES_HZ[Math.floor(time_s) % 4] ?? 0;
    samples[at] = 0.25 * Math.sin((2 * Math.PI * pitch_hz * at) / RATE_HZ);
  }
  return samples;
}

test("the beginning of every second is heard to the millisecond", () => {
  const changes = pitchChanges(tone(2.4, 4), RATE_HZ);
  assert.deepEqual(changes.map(({ second }) => second), [3, 0, 1, 2]);
  for (const [index, { at_s }] of changes.entries()) assert.ok(Math.abs(at_s - (0.6 + index)) <= 0.0015, String(at_s));
  assert.deepEqual(pitchChanges(new Float32Array(3 * RATE_HZ), RATE_HZ), [], "silence has no seconds");
});

/** @param {number} apart_ms @param {number} speed @param {number} [from_s] */
function measured(apart_ms, speed, from_s = 10.2) {
  const pictures = Array.from({ length: 240 }, (_, index) => ({
    at_ms: 5000 + (index * 1000) / 30,
    time_s: Math.round((from_s + (index / 30) * speed) * 1000) / 1000,
  }));
  const sounds = pitchChanges(tone(from_s, 8, speed), RATE_HZ).map(({ at_s, second }) => ({
    at_ms: 5000 + at_s * 1000 + apart_ms,
    second,
  }));
  return summary(soundBehindPicture_ms(pictures, sounds));
}

test("what is put between sound and picture is what is measured, at any speed", () => {
  for (const speed of [0.5, 1, 1.5, 2]) {
    for (const apart_ms of [-400, -40, 0, 40, 400]) {
      const found = measured(apart_ms, speed);
      assert.ok(found && found.count > 60, `speed ${speed}`);
      assert.ok(Math.abs(found.median_ms - apart_ms) < 1.5, `${speed}: ${found.median_ms} for ${apart_ms}`);
      assert.ok(Math.abs(found.p95_ms - Math.abs(apart_ms)) < 4);
    }
  }
});

test("across a seek nothing is said, and both sides count", () => {
  const before = Array.from({ length: 90 }, (_, index) => ({ at_ms: index * 33.333, time_s: 10.5 + index / 30 }));
  const after = Array.from({ length: 90 }, (_, index) => ({ at_ms: 3000 + index * 33.333, time_s: 40.5 + index / 30 }));
  const sounds = [11, 12, 13].map((time_s) => ({ at_ms: (time_s - 10.5) * 1000 + 10, second: time_s % 4 }));
  sounds.push(...[41, 42, 43].map((time_s) => ({ at_ms: 3000 + (time_s - 40.5) * 1000 + 10, second: time_s % 4 })));
  const apart = soundBehindPicture_ms([...before, ...after], sounds);
  assert.ok(apart.length >= 118 && apart.length <= 122, String(apart.length));
  for (const ms of apart) assert.ok(Math.abs(ms - 10) < 0.5, String(ms));
});

test("the result is told with its sign, its spread and the instrument's bias", () => {
  assert.equal(summary([]), null);
  const spread = summary([...Array(95).fill(5), ...Array(5).fill(-80)]);
  assert.deepEqual(spread, { median_ms: 5, p95_ms: 80, count: 100 });
  assert.equal(resultWords({ median_ms: 12.4, p95_ms: 20, count: 300, bias_ms: 0 }).title, "Sound 12 ms behind the picture");
  assert.equal(resultWords({ median_ms: -3, p95_ms: 20, count: 300, bias_ms: 0 }).title, "Sound 3 ms before the picture");
  assert.match(resultWords({ median_ms: 0, p95_ms: 20, count: 300, bias_ms: 15 }).detail, /15 ms late; that is taken off/);
});
