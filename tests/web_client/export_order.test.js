// What the export panel asks of the server, from what stands in its form.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  bytesWords,
  cameraOf,
  estimate,
  lastsWords,
  newExport,
  newStill,
  parseTime,
  SIZES,
  spanProblem,
} from "../../web_client/export/order.js";

const ORBIT = { azimuth_rad: 0.3, elevation_rad: 0.1, distance_m: 4, vertical_fov_rad: 0.5, target_m: [0, 1, 0] };
const status = (camera, more = {}) => ({
  camera, shot: camera, staging: "side-by-side", preset: "", orbit: ORBIT, ...more,
});
const choice = {
  start_s: 1.00049,
  end_s: 3,
  size: SIZES[0],
  rate_hz: 25,
  camera: "current",
  captions: /** @type {const} */ ("track"),
  studio: "",
  names: false,
};

test("times are read as people write them", () => {
  assert.equal(parseTime("12.5"), 12.5);
  assert.equal(parseTime(" 12,5 s "), 12.5);
  assert.equal(parseTime("1:02.5"), 62.5);
  assert.equal(parseTime("1:02:07"), 3727);
  for (const nonsense of ["", "soon", "1:", "-3", "1:2:3:4", "1e3", ":5"]) assert.equal(parseTime(nonsense), null, nonsense);
});

test("what is wrong with a span is said", () => {
  assert.equal(spanProblem(0, 30, 30), "");
  assert.match(spanProblem(null, 3, 30), /Write times/);
  assert.match(spanProblem(31, 32, 30), /begins after/);
  assert.match(spanProblem(2, 32, 30), /ends after/);
  assert.match(spanProblem(2, 2, 30), /has to end after it begins/);
});

test("a free camera travels as it stands, a named one by its name", () => {
  assert.equal(cameraOf("current", status("left"), true), "left");
  assert.equal(cameraOf("current", status("orbit"), true), ORBIT);
  assert.equal(cameraOf("close-right", status("orbit"), true), "close-right");
  assert.equal(cameraOf("current", status("auto"), true), "auto");
  assert.equal(cameraOf("current", status("auto", { shot: "close-left" }), false), "close-left");
});

test("the orders are what the server takes", () => {
  assert.deepEqual(newExport("demo", choice, status("left")), {
    interaction: "demo",
    width: 640,
    height: 360,
    staging: "side-by-side",
    camera: "left",
    start_s: 1,
    end_s: 3,
    rate_hz: 25,
    captions: "track",
  });
  assert.deepEqual(newStill("demo", choice, status("orbit", { preset: "genea" }), 2.3456), {
    interaction: "demo",
    width: 640,
    height: 360,
    staging: "side-by-side",
    preset: "genea",
    camera: ORBIT,
    time_s: 2.346,
    captions: "none",
  });
});

test("background and names are said only where they are chosen", () => {
  const { studio, names } = newExport("demo", { ...choice, studio: "dark", names: true }, status("left"));
  assert.equal(studio, "dark");
  assert.equal(names, true);
  assert.equal(newStill("demo", { ...choice, studio: "white" }, status("left"), 1).studio, "white");
});

test("sizes and times are told roughly", () => {
  const told = estimate({ ...choice, start_s: 0, end_s: 60, size: SIZES[1], rate_hz: 30 });
  assert.equal(told.pictures, 1800);
  assert.ok(told.bytes > 10e6 && told.bytes < 25e6, String(told.bytes));
  assert.equal(bytesWords(1200), "1 kB");
  assert.equal(bytesWords(2_340_000), "2.3 MB");
  assert.equal(bytesWords(2.1e9), "2.1 GB");
  assert.equal(lastsWords(1.5), "1.5 s");
  assert.equal(lastsWords(42.3), "42 s");
  assert.equal(lastsWords(600), "10 min");
});
