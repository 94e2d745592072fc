import assert from "node:assert/strict";
import { test } from "node:test";

import { Follower, paceOf } from "../../web_client/originals/follower.js";
import { StageLine } from "../../web_client/originals/stage_line.js";

const STEP_S = 1 / 60;
const PICTURE_S = 1 / 30;

/**
 * A stage and a video with the habits of real ones: pictures come late by a varying bit, a place takes time to be
 * found, starting takes time, and the video's clock is not the stage's.
 */
class Room {
  now_s = 100;
  line = new StageLine();
  follower = new Follower();
  stage = { time_s: 0, speed: 1, playing: true, shown_s: 0, stalled: false };
  video = { time_s: 0, rate: 1, plays: false, sought_s: Infinity, starts_s: Infinity, shown_s: /** @type {number | null} */ (0) };
  seeks = 0;
  /** @type {number[]} */
  rates = [];

  /** @param {{seek_s?: number, start_s?: number, clock?: number, end_s?: number, duration_s?: number}} habits */
  constructor({ seek_s = 0.2, start_s = 0.06, clock = 1.002, end_s = 60, duration_s = 60 } = {}) {
    this.seek_s = seek_s;
    this.start_s = start_s;
    this.clock = clock;
    this.end_s = end_s;
    this.duration_s = duration_s;
  }

  /** @param {number} seconds @returns {number[]} how far the picture of the video is from that of the stage, each time */
  run(seconds) {
    const apart = [];
    for (const until_s = this.now_s + seconds; this.now_s < until_s; ) {
      this.step();
      if (this.video.shown_s !== null) apart.push(this.video.shown_s - this.stage.shown_s);
    }
    return apart;
  }

  step() {
    const { stage, video, line } = this;
    this.now_s += STEP_S;
    if (stage.playing) stage.time_s += STEP_S * stage.speed;
    if (stage.time_s >= this.duration_s) stage.time_s -= this.duration_s;
    // Every second step a picture; now and then one is late by a step, or lost.
    const luck = Math.sin(this.now_s * 1234.5);
    const comes = Math.round(this.now_s / STEP_S) % 2 === 0 ? luck < 0.8 : luck > 0.85;
    if (comes && !stage.stalled) stage.shown_s = stage.time_s;
    line.note(stage.shown_s, this.now_s, { speed: stage.speed, playing: stage.playing });

    if (this.now_s >= video.sought_s) {
      video.sought_s = Infinity;
      video.shown_s = picture(video.time_s);
    }
    const isBusy = video.sought_s < Infinity;
    if (video.plays && this.now_s >= video.starts_s && !isBusy) {
      video.time_s = Math.min(video.time_s + STEP_S * video.rate * this.clock, this.end_s);
      const shown_s = picture(video.time_s);
      if (shown_s !== video.shown_s) this.follower.see(shown_s, this.now_s, line);
      video.shown_s = shown_s;
    }
    const move = this.follower.decide(line, this.now_s, {
      at_s: video.shown_s, picture_s: PICTURE_S, end_s: this.end_s, plays: video.plays, isBusy,
    });
    video.rate = move.rate;
    this.rates.push(move.rate / stage.speed);
    if (move.seek_s !== null) {
      video.time_s = move.seek_s;
      video.sought_s = this.now_s + this.seek_s;
      video.shown_s = null;
      this.seeks += 1;
    }
    if (move.play && !video.plays) video.starts_s = this.now_s + this.start_s;
    video.plays = move.play;
  }
}

/** @param {number} time_s @returns {number} when the picture begins that shows it */
function picture(time_s) {
  return Math.floor(time_s / PICTURE_S + 1e-9) * PICTURE_S;
}

/** @param {number[]} values */
function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** @param {number[]} apart */
function assertTogether(apart, what = "") {
  assert.ok(Math.abs(median(apart)) < PICTURE_S, `${what}: ${median(apart)} s apart`);
}

test("a video is in step after a start, a seek, another speed and a loop, and stays so", () => {
  const room = new Room();
  room.run(2);
  assertTogether(room.run(20), "played");
  assert.equal(room.seeks, 1, "at the beginning, and never again");
  room.stage.time_s = 40;
  room.run(1);
  assertTogether(room.run(2), "sought");
  room.stage.speed = 1.5;
  room.run(1.5);
  assertTogether(room.run(4), "faster");
  room.stage.speed = 0.5;
  room.run(1.5);
  assertTogether(room.run(4), "slower");
  room.stage.speed = 1;
  room.stage.time_s = 58;
  room.run(3);
  assert.ok(room.stage.time_s < 2, "the loop began again");
  assertTogether(room.run(1), "looped");
  assert.ok(room.seeks <= 4, `${room.seeks} places were looked for`);
});

test("nobody sees the rate: it is at most 8 % off", () => {
  const room = new Room({ clock: 1.02, start_s: 0.2 });
  room.run(20);
  assert.ok(room.rates.every((rate) => rate > 0.919 && rate < 1.081));
  assert.ok(room.rates.some((rate) => rate < 0.97 || rate > 1.03), "but it is used");
  assertTogether(room.run(4), "with a clock that is 2 % off");
  assert.equal(room.seeks, 1);
});

test("a slow disk is learnt: the video waits at a place instead of coming late", () => {
  const room = new Room({ seek_s: 0.7 });
  for (const time_s of [10, 30, 20, 45]) {
    room.stage.time_s = time_s;
    room.run(3);
  }
  const before = room.seeks;
  room.stage.time_s = 5;
  room.run(1.6);
  assert.equal(room.seeks, before + 1);
  assertTogether(room.run(0.5), "half a second after it was found");
});

test("in a pause the very picture is shown, also from step to step", () => {
  const room = new Room();
  room.run(3);
  room.stage.playing = false;
  room.run(1);
  for (const time_s of [7, 7 + PICTURE_S, 7 + 2 * PICTURE_S, 7 + PICTURE_S]) {
    room.stage.time_s = time_s;
    room.run(0.6);
    assert.ok(Math.abs((room.video.shown_s ?? 0) - picture(time_s)) < 1e-6, `${room.video.shown_s} at ${time_s}`);
    assert.equal(room.follower.ahead_s(), 0);
    assert.equal(room.video.plays, false);
  }
  const seeks = room.seeks;
  room.run(5);
  assert.equal(room.seeks, seeks, "a picture that is there is not looked for");
  room.stage.playing = true;
  room.run(1);
  assertTogether(room.run(1), "played on");
});

test("while the stage's pictures stay away the video waits, and goes on with them", () => {
  const room = new Room();
  room.run(4);
  room.stage.stalled = true;
  room.run(2);
  assert.equal(room.video.plays, false);
  room.stage.stalled = false;
  room.run(2);
  assertTogether(room.run(2));
});

test("a video that is shorter than the interaction stays at its last picture", () => {
  const room = new Room({ end_s: 5 });
  room.run(8);
  assert.equal(room.video.plays, false);
  assert.ok(Math.abs((room.video.shown_s ?? 0) - (5 - PICTURE_S)) < 1e-6);
  room.stage.time_s = 2;
  room.run(1);
  assertTogether(room.run(1), "back again");
});

test("a file that claims another rate than its pictures have is played at the true one", () => {
  const recording = { frame_count: 18_000, rate_hz: 30_000 / 1001 };
  assert.equal(paceOf(18_000 / 30, recording), 1000 / 1001, "600 s in the file are 600.6 s on the stage");
  assert.equal(paceOf((18_000 * 1001) / 30_000, recording), 1);
  assert.equal(paceOf(18_001 / (30_000 / 1001), recording), 1, "one picture more than the motion has frames");
  assert.equal(paceOf(550, recording), 1, "cut short: no camera has such a rate");
  assert.equal(paceOf(NaN, recording), 1);
  assert.equal(paceOf(600, { frame_count: null, rate_hz: null }), 1);
});
