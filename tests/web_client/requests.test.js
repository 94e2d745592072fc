import assert from "node:assert/strict";
import { test } from "node:test";

import {
  camera, isAtEnd, nextSpeed, parseServerMessage, preset, region, regionOff, restore, seek, socketAddress,
  voice, wishOf,
} from "../../web_client/requests.js";

test("a seek stays inside the interaction and speaks of whole milliseconds", () => {
  assert.deepEqual(seek(12.34567, 30), { type: "seek", time_s: 12.346 });
  assert.deepEqual(seek(-4, 30), { type: "seek", time_s: 0 });
  assert.deepEqual(seek(31, 30), { type: "seek", time_s: 30 });
});

test("the free camera is an orbit by nothing", () => {
  assert.deepEqual(camera("over-left"), { type: "camera", name: "over-left" });
  assert.deepEqual(camera("orbit"), { type: "orbit", azimuth_rad: 0, elevation_rad: 0 });
});

test("speeds go step by step and stop at the ends", () => {
  assert.deepEqual(nextSpeed(1, 1), { type: "speed", speed: 1.25 });
  assert.deepEqual(nextSpeed(1, -1), { type: "speed", speed: 0.75 });
  assert.deepEqual(nextSpeed(1.1, -1), { type: "speed", speed: 1 });
  assert.deepEqual(nextSpeed(2, 1), { type: "speed", speed: 2 });
  assert.deepEqual(nextSpeed(0.5, -1), { type: "speed", speed: 0.5 });
});

test("a region lies between two marks, whichever was set first, and is never too short", () => {
  assert.deepEqual(region(12.3456, 14.5, 30), { type: "region", start_s: 12.345, end_s: 14.5 });
  assert.deepEqual(region(14.5, 12.3456, 30), { type: "region", start_s: 12.345, end_s: 14.5 });
  assert.deepEqual(region(5, 5, 30), { type: "region", start_s: 5, end_s: 5.2 });
  assert.deepEqual(region(31, 32, 30), { type: "region", start_s: 29.8, end_s: 30 });
  assert.deepEqual(region(-1, 29.9999, 30.0005), { type: "region", start_s: 0, end_s: 30 });
  assert.deepEqual(region(0, 1, 0.1), regionOff());
});

test("a voice keeps what is not changed, and its loudness within what the server takes", () => {
  const heard = /** @type {const} */ ({ side: "left", gain: 0.5, muted: false });
  assert.deepEqual(voice(heard, { muted: true }), { type: "voice", side: "left", gain: 0.5, muted: true });
  assert.deepEqual(voice(heard, { gain: 2.7 }), { type: "voice", side: "left", gain: 2, muted: false });
  assert.deepEqual(voice(heard, { gain: 1 / 3 }), { type: "voice", side: "left", gain: 0.333, muted: false });
});

test("a preset has a name", () => {
  assert.deepEqual(preset("genea"), { type: "preset", name: "genea" });
});

test("the end is the end within half a frame or so, and nothing has no end", () => {
  assert.equal(isAtEnd(29.99, 30), true);
  assert.equal(isAtEnd(29.5, 30), false);
  assert.equal(isAtEnd(0, 0), false);
});

test("a fresh stage is brought back to the place, playing last so that nothing is missed", () => {
  const kept = /** @type {any} */ ({ playing: true, speed: 1.5, loop: true, camera: "left", staging: "side-by-side",
    preset: "genea", voices: [{ side: "left", gain: 0.5, muted: true }], region: [7, 9] });
  assert.deepEqual(restore(kept, 7.25, 30), [
    { type: "loop", loop: true },
    { type: "speed", speed: 1.5 },
    { type: "preset", name: "genea" },
    { type: "staging", name: "side-by-side" },
    { type: "voice", side: "left", gain: 0.5, muted: true },
    { type: "region", start_s: 7, end_s: 9 },
    { type: "camera", name: "left" },
    { type: "seek", time_s: 7.25 },
    { type: "play" },
  ]);
  const free = restore({ ...kept, camera: "orbit", playing: false, region: null }, 1, 30);
  assert.equal(free.some((message) => message.type === "region"), false);
  assert.equal(free.some((message) => message.type === "camera"), false);
  assert.deepEqual(free.at(-1), { type: "pause" });
});

test("the address line asks for an interaction, a time and a camera", () => {
  assert.deepEqual(wishOf("?interaction=V00_S0809_I00000582&t=12.5&camera=left"), {
    stage: null, interaction: "V00_S0809_I00000582", time_s: 12.5, camera: "left",
  });
  assert.deepEqual(wishOf("?t=0"), { stage: null, interaction: null, time_s: 0, camera: null });
  assert.deepEqual(wishOf("?t=soon&camera="), { stage: null, interaction: null, time_s: null, camera: null });
  assert.deepEqual(wishOf("?t=-3"), { stage: null, interaction: null, time_s: null, camera: null });
});

test("the WebSocket is where the page came from, secure when the page is", () => {
  assert.equal(socketAddress({ protocol: "http:", host: "127.0.0.1:8080" }, null), "ws://127.0.0.1:8080/ws");
  assert.equal(
    socketAddress({ protocol: "https:", host: "stage.example" }, "A,B C"),
    "wss://stage.example/ws?interaction=A%2CB%20C",
  );
});

test("words of a newer server are passed over", () => {
  assert.deepEqual(parseServerMessage('{"type":"ended","reason":"idle"}'), { type: "ended", reason: "idle" });
  assert.equal(parseServerMessage('{"type":"applause"}'), null);
  assert.equal(parseServerMessage("<html>"), null);
  assert.equal(parseServerMessage("null"), null);
});
