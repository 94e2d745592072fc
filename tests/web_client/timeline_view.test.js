// Where each moment lies in the timeline, and what is seen after a hand moved it.

import assert from "node:assert/strict";
import test from "node:test";

import { SHORTEST_S, View } from "../../web_client/timeline/view.js";

/** Two minutes, of which 20 seconds are seen from 0:40 on: 50 pixels a second. */
const view = () => new View(120, 1000, 40, 20);

test("a place and its moment belong together", () => {
  assert.equal(view().xAt(40), 0);
  assert.equal(view().xAt(50), 500);
  assert.equal(view().timeAt(500), 50);
  for (const x of [0, 1, 333, 1000]) assert.ok(Math.abs(view().xAt(view().timeAt(x)) - x) < 1e-9);
});

test("a place beside the interaction means its beginning or its end", () => {
  assert.equal(new View(10, 100).timeAt(-50), 0);
  assert.equal(new View(10, 100).timeAt(150), 10);
});

test("nothing is shown of an interaction without length", () => {
  const empty = new View(0, 800);
  assert.equal(empty.timeAt(400), 0);
  assert.equal(empty.xAt(0), 0);
  assert.equal(empty.pixelsPerSecond, 0);
});

test("zooming keeps the moment under the pointer where it is", () => {
  for (const factor of [0.5, 1.3, 4]) {
    const zoomed = view().zoomed(factor, 45);
    assert.ok(Math.abs(zoomed.xAt(45) - 250) < 1e-6);
    assert.ok(Math.abs(zoomed.span_s - 20 / factor) < 1e-9);
  }
});

test("zooming ends at half a second and at the whole interaction", () => {
  assert.equal(view().zoomed(1e6, 50).span_s, SHORTEST_S);
  const whole = view().zoomed(1e-6, 50);
  assert.deepEqual([whole.start_s, whole.end_s, whole.isWhole], [0, 120, true]);
});

test("scrolling ends where the interaction does", () => {
  assert.equal(view().scrolled(7).start_s, 47);
  assert.equal(view().scrolled(-100).start_s, 0);
  assert.equal(view().scrolled(500).end_s, 120);
});

test("two fingers keep hold of their moments", () => {
  const pinched = view().pinched([45, 50], [100, 900]);
  assert.ok(Math.abs(pinched.xAt(45) - 100) < 1e-6);
  assert.ok(Math.abs(pinched.xAt(50) - 900) < 1e-6);
});

test("the view turns over when the playhead comes to its end, and leaves alone who looks elsewhere", () => {
  const turned = view().followed(59.3, 59.5);
  assert.ok(turned.start_s > 55 && turned.shows(59.5));
  assert.equal(view().followed(49, 49.1).start_s, 40);
  assert.equal(view().followed(10, 10.1).start_s, 40);
  assert.equal(view().followed(59.9, 0.1).start_s, 0, "a loop begins again in sight");
});

test("what was sought comes into view, and nothing moves if it is there", () => {
  assert.equal(view().revealing(44).start_s, 40);
  assert.ok(view().revealing(90).shows(90));
  assert.equal(view().revealing(0).start_s, 0);
});

test("another width shows the same stretch", () => {
  const narrow = view().ofWidth(300);
  assert.deepEqual([narrow.start_s, narrow.end_s, narrow.pixelsPerSecond], [40, 60, 15]);
});
