import assert from "node:assert/strict";
import { test } from "node:test";

import { drawnRows, pagesOf, rowAfter, scrolledTo } from "../../web_client/library/window.js";

const sight = { top_px: 0, height_px: 400, row_px: 50, total: 129_370 };

test("rows in sight are drawn and some beyond, but never one that does not exist", () => {
  assert.deepEqual(drawnRows(sight), { first: 0, end: 12 });
  assert.deepEqual(drawnRows({ ...sight, top_px: 5025 }), { first: 96, end: 113 });
  assert.deepEqual(drawnRows({ ...sight, top_px: 129_370 * 50 - 400 }), { first: 129_358, end: 129_370 });
  assert.deepEqual(drawnRows({ ...sight, total: 3 }), { first: 0, end: 3 });
  assert.deepEqual(drawnRows({ ...sight, total: 0 }), { first: 0, end: 0 });
  assert.deepEqual(drawnRows({ ...sight, top_px: -80 }), { first: 0, end: 11 });
});

test("a list is scrolled as little as will do", () => {
  assert.equal(scrolledTo(0, { ...sight, top_px: 120 }), 0);
  assert.equal(scrolledTo(4, { ...sight, top_px: 120 }), 120);
  assert.equal(scrolledTo(20, { ...sight, top_px: 120 }), 20 * 50 + 50 - 400);
});

test("pages are those that hold the rows", () => {
  assert.deepEqual(pagesOf(0, 40, 40), [0]);
  assert.deepEqual(pagesOf(39, 41, 40), [0, 1]);
  assert.deepEqual(pagesOf(95, 205, 40), [2, 3, 4, 5]);
  assert.deepEqual(pagesOf(7, 7, 40), []);
});

test("keys lead to rows and stop at the ends", () => {
  assert.equal(rowAfter("ArrowDown", 0, sight), 1);
  assert.equal(rowAfter("ArrowUp", 0, sight), 0);
  assert.equal(rowAfter("PageDown", 3, sight), 10);
  assert.equal(rowAfter("PageUp", 3, sight), 0);
  assert.equal(rowAfter("Home", 900, sight), 0);
  assert.equal(rowAfter("End", 3, sight), 129_369);
  assert.equal(rowAfter("ArrowDown", 129_369, sight), 129_369);
  assert.equal(rowAfter("x", 3, sight), null);
  assert.equal(rowAfter("ArrowDown", 0, { ...sight, total: 0 }), null);
});
