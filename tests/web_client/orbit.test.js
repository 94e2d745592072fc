import assert from "node:assert/strict";
import { test } from "node:test";

import { OrbitBatch } from "../../web_client/orbit.js";

const picture = { width: 1280, height: 720 };

/** @param {number} value @param {number} expected */
const near = (value, expected) => assert.ok(Math.abs(value - expected) < 1e-9, `${value} is not ${expected}`);

test("many small drags become one message; right and down are positive", () => {
  const batch = new OrbitBatch();
  for (let step = 0; step < 64; step += 1) batch.drag(10, 0, picture);
  batch.drag(0, 360, picture);
  const messages = batch.take();
  assert.equal(messages.length, 1);
  const [orbit] = messages;
  assert.ok(orbit?.type === "orbit");
  near(orbit.azimuth_rad, Math.PI / 2);
  near(orbit.elevation_rad, Math.PI / 4);
});

test("what was taken is gone", () => {
  const batch = new OrbitBatch();
  batch.drag(5, 5, picture);
  batch.take();
  assert.deepEqual(batch.take(), []);
});

test("the scene follows the hand: panning right moves the target left, panning down moves it up", () => {
  const batch = new OrbitBatch();
  batch.pan(360, 180, picture);
  const [pan] = batch.take();
  assert.ok(pan?.type === "pan");
  near(pan.x_m, -1.05);
  near(pan.y_m, 0.525);
});

test("panning keeps the scene under the hand near as well as far", () => {
  const batch = new OrbitBatch();
  batch.look("close-left");
  batch.zoom(0.5);
  batch.look("orbit");
  batch.pan(720, 0, picture);
  const [pan] = batch.take();
  assert.ok(pan?.type === "pan");
  near(pan.x_m, -0.36);
});

test("a notch towards the viewer is 10 % further, and back again is where it was", () => {
  const batch = new OrbitBatch();
  batch.wheel(100, 0);
  const [out] = batch.take();
  assert.ok(out?.type === "zoom");
  near(out.factor, 1.1);
  batch.wheel(100, 0);
  batch.wheel(-100, 0);
  assert.deepEqual(batch.take(), []);
});

test("a wheel that counts in lines goes about as far, and a wild one is bounded", () => {
  const lines = new OrbitBatch();
  lines.wheel(3, 1);
  const [zoom] = lines.take();
  assert.ok(zoom?.type === "zoom" && zoom.factor > 1.09 && zoom.factor < 1.11);
  const wild = new OrbitBatch();
  wild.wheel(1e6, 0);
  const [bounded] = wild.take();
  assert.ok(bounded?.type === "zoom" && bounded.factor < 1.34);
});

test("pinching to half the distance between the fingers doubles that of the camera; nonsense is ignored", () => {
  const batch = new OrbitBatch();
  batch.zoom(2);
  batch.zoom(0);
  batch.zoom(Number.NaN);
  const [zoom] = batch.take();
  assert.ok(zoom?.type === "zoom");
  near(zoom.factor, 2);
});
