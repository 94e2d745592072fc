import assert from "node:assert/strict";
import { test } from "node:test";

import { Playhead, rtpSeconds, timeAfter } from "../../web_client/playhead.js";

/** A status as the server sends it, playing at 1x from 10 s, announced for RTP time 900000. */
function status(change = {}) {
  return {
    type: "status", playing: true, time_s: 10, speed: 1, loop: false, camera: "two-shot", staging: "face-to-face",
    rtp_timestamp: 900_000, pictures_per_second: 30, dropped: 0, draw_ms: 5, encode_ms: 3, viewers: 1,
    waiting: false, region: null, ...change,
  };
}

test("RTP times count in 90 kHz and wrap at 32 bits", () => {
  assert.equal(rtpSeconds(900_000, 945_000), 0.5);
  assert.equal(rtpSeconds(945_000, 900_000), -0.5);
  assert.equal(rtpSeconds(2 ** 32 - 45_000, 45_000), 1);
  assert.equal(rtpSeconds(45_000, 2 ** 32 - 45_000), -1);
});

test("time runs by the speed, stands when paused, stops at the end, and goes round in a loop", () => {
  assert.equal(timeAfter(status({ speed: 1.5 }), 2, 30), 13);
  assert.equal(timeAfter(status({ playing: false }), 2, 30), 10);
  assert.equal(timeAfter(status({ waiting: true, loop: true }), 2, 30), 10, "it plays, but waits for data");
  assert.equal(timeAfter(status({ time_s: 29.5 }), 2, 30), 30);
  assert.equal(timeAfter(status({ time_s: 29.5, loop: true }), 2, 30), 1.5);
});

test("a region is gone round in by whoever is in it or before it, and left alone by whoever is behind it", () => {
  const region = [9.5, 10.5];
  assert.equal(timeAfter(status({ region }), 0.25, 30), 10.25);
  assert.equal(timeAfter(status({ region }), 0.5, 30), 9.5);
  assert.equal(timeAfter(status({ region, speed: 2 }), 4.5, 30), 10);
  assert.equal(timeAfter(status({ region, time_s: 9 }), 1.75, 30), 9.75);
  assert.equal(timeAfter(status({ region, playing: false }), 5, 30), 10);
  assert.equal(timeAfter(status({ region, time_s: 10.5 }), 2, 30), 12.5);
  assert.equal(timeAfter(status({ region, time_s: 29 }), 2, 30), 30);
  assert.equal(timeAfter(status({ region, time_s: 29, loop: true }), 1.25, 30), 9.75);
});

test("before any picture the clock of the page counts from the status", () => {
  const playhead = new Playhead(30);
  assert.equal(playhead.at(5), 0);
  playhead.announce(status(), 100);
  assert.equal(playhead.at(100.25), 10.25);
});

test("the picture on the screen tells the time, not the moment the status came", () => {
  const playhead = new Playhead(30);
  playhead.announce(status(), 100);
  playhead.show(900_000 + 9_000, 100.4);
  assert.ok(Math.abs(playhead.at(100.4) - 10.1) < 1e-9);
});

test("a seek moves the playhead when its picture is seen and not before", () => {
  const playhead = new Playhead(30);
  playhead.announce(status(), 100);
  playhead.announce(status({ time_s: 20, rtp_timestamp: 909_000 }), 100.05);
  playhead.show(906_000, 100.06);
  assert.ok(Math.abs(playhead.at(100.06) - (10 + 6_000 / 90_000)) < 1e-9);
  playhead.show(909_000, 100.1);
  assert.equal(playhead.at(100.1), 20);
});

test("a wrap between status and picture changes nothing", () => {
  const playhead = new Playhead(30);
  playhead.announce(status({ rtp_timestamp: 2 ** 32 - 4_500 }), 100);
  playhead.show(4_500, 100.2);
  assert.ok(Math.abs(playhead.at(100.2) - 10.1) < 1e-9);
});

test("pictures that the status cannot place leave the time to the clock", () => {
  const before = new Playhead(30);
  before.announce(status({ rtp_timestamp: 0 }), 100);
  before.show(123_456, 100);
  assert.equal(before.at(101), 11);
  const foreign = new Playhead(30);
  foreign.announce(status(), 100);
  foreign.show(900_000 + 90_000 * 60, 100);
  assert.equal(foreign.at(101), 11);
});

test("a new connection forgets the old count", () => {
  const playhead = new Playhead(30);
  playhead.announce(status(), 100);
  playhead.show(900_000, 100);
  playhead.forget();
  assert.equal(playhead.at(101), 0);
});
