// What the timeline draws of each lane, how finely, and when.

import assert from "node:assert/strict";
import test from "node:test";

import { above, arrived_s, besides, endOf, fromTheMiddle, isStale, rootOf, startOf, tilesOf } from "../../web_client/timeline/detail.js";
import { laneAt, layoutOf, speechDetail } from "../../web_client/timeline/layout.js";
import { joined, rowsOf, spanAt, visible } from "../../web_client/timeline/spans.js";
import { needOf, showOn, Strip, stretchOf } from "../../web_client/timeline/strip.js";
import { Unavailable } from "../../web_client/timeline/fetching.js";
import { TileStore } from "../../web_client/timeline/tile_store.js";
import { ticksOf, tickStep, tickText } from "../../web_client/timeline/ticks.js";
import { View } from "../../web_client/timeline/view.js";
import { columnsOf, loudnessOf, wavesOf } from "../../web_client/timeline/waveform.js";
import { nothingKnown } from "../../web_client/timeline/facts.js";

const spans = (/** @type {[number, number][]} */ ...pairs) => pairs.map(([start_s, end_s]) => ({ start_s, end_s }));

test("times are written as far apart as they can be read, at every depth", () => {
  for (let span_s = 0.5; span_s <= 7200; span_s *= 1.7) {
    const view = new View(7200, 1200, 0, span_s);
    const written = ticksOf(view).filter(({ isWritten }) => isWritten);
    assert.ok(written.length >= 1 && written.length <= 16, `${written.length} at ${span_s} s`);
    assert.ok(tickStep(view.pixelsPerSecond).step_s * view.pixelsPerSecond >= 76);
  }
});

test("ticks are where they say", () => {
  const found = ticksOf(new View(100, 1000, 10, 10));
  assert.deepEqual(found.filter(({ isWritten }) => isWritten).map(({ time_s }) => time_s), [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  assert.equal(tickText(65, 5), "1:05");
  assert.equal(tickText(7.3, 0.1), "0:07.3");
  assert.equal(tickText(0.35, 0.05), "0:00.35");
  assert.equal(tickText(3725, 60), "1:02:05");
});

test("only what is in the view is drawn, and gaps that cannot be seen are not", () => {
  const all = spans([0, 1], [2, 3], [3.1, 4], [8, 9]);
  assert.deepEqual(visible(all, 2.5, 3.5), spans([2, 3], [3.1, 4]));
  assert.deepEqual(visible(all, 5, 7), []);
  assert.deepEqual(joined(all, 0.2), spans([0, 1], [2, 4], [8, 9]));
  assert.deepEqual(spanAt(all, 2.5), { start_s: 2, end_s: 3 });
  assert.equal(spanAt(all, 6), null);
  assert.deepEqual(spanAt(all, 7.9, 0.2), { start_s: 8, end_s: 9 });
});

test("annotations that overlap lie in rows below each other", () => {
  const [first, second] = rowsOf(spans([0, 5], [2, 3], [5, 8], [6, 7]), 2);
  assert.deepEqual(first, spans([0, 5], [5, 8]));
  assert.deepEqual(second, spans([2, 3], [6, 7]));
  assert.equal(rowsOf(spans([0, 9], [0, 9], [0, 9]), 2).length, 2);
});

test("lanes lie below each other without gaps, and each is found by its place", () => {
  const people = [nothingKnown(), { ...nothingKnown(), moments: [{ start_s: 1, end_s: 2, text: "", kind: "3P-V" }] }];
  const { lanes, height_px } = layoutOf(people);
  let top_px = 0;
  for (const lane of lanes) {
    assert.equal(lane.top_px, top_px);
    top_px += lane.height_px;
    assert.equal(laneAt(lanes, lane.top_px + 1), lane);
  }
  assert.equal(height_px, top_px);
  assert.equal(laneAt(lanes, height_px + 1), null);
  assert.deepEqual(lanes.map(({ kind }) => kind), ["ruler", "voice", "voice", "moments"]);
});

test("who has no annotations is told so once that is known", () => {
  const moments = (/** @type {import("../../web_client/timeline/facts.js").Facts[]} */ people) => layoutOf(people).lanes.at(-1);
  assert.equal(moments([nothingKnown()])?.words, "");
  assert.match(moments([{ ...nothingKnown(), moments: [] }])?.words ?? "", /No moments/);
});

test("nearer, utterances can be read, and then words", () => {
  assert.deepEqual([2, 30, 100].map(speechDetail), ["none", "utterances", "words"]);
});

test("tiles fill the view, with one to two points a pixel", () => {
  for (const span_s of [1200, 700, 90, 12, 3]) {
    const view = new View(1200, 1300, 1200 - span_s, span_s);
    const tiles = tilesOf(view, 0.25);
    assert.ok(startOf(tiles[0]) <= view.start_s && endOf(tiles.at(-1)) >= view.end_s);
    tiles.slice(1).forEach((tile, index) => assert.equal(startOf(tile), endOf(tiles[index])));
    const perPixel = 1024 / (tiles[0].length_s * view.pixelsPerSecond);
    assert.ok(perPixel >= 1 && perPixel <= 2, `${perPixel} at ${span_s} s`);
    assert.ok(tiles.length <= 5);
  }
});

test("what is looked at comes first, after what holds everything", () => {
  const stretch = new View(1200, 1000, 30, 30);
  const tiles = [rootOf(1200), ...[3, 4, 5, 6, 7].map((index) => ({ length_s: 8, index }))];
  assert.deepEqual(fromTheMiddle(tiles, stretch).map(({ index }) => index), [0, 5, 6, 4, 7, 3]);
});

test("no tile is finer than the recording", () => {
  assert.ok(tilesOf(new View(1200, 1300, 100, 1), 16).every(({ length_s }) => length_s === 16));
});

test("every tile lies in one of the level above, up to the one that holds everything", () => {
  const root = rootOf(1200);
  assert.deepEqual(root, { length_s: 2048, index: 0 });
  let tile = { length_s: 8, index: 77 };
  while (tile.length_s < root.length_s) {
    const next = above(tile);
    assert.ok(startOf(next) <= startOf(tile) && endOf(next) >= endOf(tile));
    tile = next;
  }
  assert.deepEqual(tile, root);
  assert.deepEqual(besides([{ length_s: 8, index: 0 }], 1200), [{ length_s: 8, index: 1 }]);
});

test("a tile of an arriving recording is asked for again as more of it comes, and once it is whole never", () => {
  assert.equal(arrived_s([[0, 10], [20, 30]], 5, 25), 10);
  assert.equal(arrived_s([], 5, 25), 20);
  assert.ok(!isStale(10, 10.4, 20));
  assert.ok(isStale(10, 12, 20));
  assert.ok(isStale(19.5, 20, 20));
  assert.ok(!isStale(20, 20, 20));
});

test("a strip is moved while it reaches, drawn ahead when it runs out, and drawn at once when it shows nothing", () => {
  const view = new View(600, 1000, 100, 10);
  assert.equal(needOf(null, view, 1, false), "draw");
  const drawn = stretchOf(view, 1, 1000);
  assert.deepEqual([drawn.start_s, drawn.end_s], [90, 120]);
  assert.equal(needOf(drawn, view, 1, false), "move");
  assert.equal(needOf(drawn, view, 1, true), "soon");
  assert.equal(needOf(drawn, view.scrolled(4), 1, false), "move");
  assert.equal(needOf(drawn, view.scrolled(6), 1, false), "soon");
  assert.equal(needOf(drawn, view.scrolled(11), 1, false), "draw");
  assert.equal(needOf(drawn, view.zoomed(2, 105), 1, false), "draw");
});

test("at the ends nothing is left to draw ahead", () => {
  for (const view of [new View(600, 1000), new View(600, 1000, 0, 10), new View(600, 1000, 590, 10)]) {
    assert.equal(needOf(stretchOf(view, 1, 1000), view, 1, false), "move");
  }
});

test("on a very wide screen no canvas is wider than browsers take, and drawing comes to an end", () => {
  const view = new View(600, 3840, 100, 10);
  /** @type {number[]} */
  const widths = [];
  const strip = new Strip(/** @type {any} */ ({ style: {} }), ({ width_px }) => widths.push(width_px));
  let left = 10;
  while (showOn([strip], view, 2) && left) left -= 1;
  showOn([strip], view, 2);
  assert.ok(left > 0 && widths.length <= 2 && Math.max(...widths) * 2 <= 8192);
});

test("what can wait is drawn one strip at a time", () => {
  let view = new View(600, 1000, 100, 10);
  /** @type {number[]} */
  const drawn = [];
  const strips = [0, 1, 2].map((number) => new Strip(/** @type {any} */ ({ style: {} }), () => drawn.push(number)));
  assert.ok(showOn(strips, view, 1), "what is seen first, the margins later");
  assert.deepEqual(drawn, [0, 1, 2]);
  while (showOn(strips, view, 1));
  drawn.length = 0;
  for (let moved = 0; moved < 600; moved += 1) {
    view = view.scrolled(0.24);
    const before = drawn.length;
    showOn(strips, view, 1);
    assert.ok(drawn.length - before <= 1);
  }
  assert.ok(drawn.length > 30 && drawn.length < 120);
});

test("a column keeps the lowest and the highest value of all that it stands for", () => {
  const [wave] = wavesOf({ people: [{ id: "A", start_s: 0, step_s: 0.1, points: [[-0.1, 0.2], [-0.9, 0.1], null, [0, 0.8]] }] }, [
    { id: "A", name: "A", side: "left" },
  ]);
  assert.ok(wave);
  const near = (/** @type {Float32Array} */ found) => [...found].map((value) => Math.round(value * 100) / 100);
  assert.deepEqual(near(columnsOf(wave, 0, 0.2, 2)), [-0.9, 0.2, 0, 0.8]);
  assert.deepEqual(near(columnsOf(wave, 0, 0.05, 4)), [-0.1, 0.2, -0.1, 0.2, -0.9, 0.1, -0.9, 0.1]);
  assert.deepEqual(near(columnsOf(wave, 1, 0.1, 2)), [0, 0, 0, 0]);
  assert.ok(Math.abs(loudnessOf(wave) - 0.8) < 1e-6 || Math.abs(loudnessOf(wave) - 0.9) < 1e-6);
});

test("who has no sound has no wave", () => {
  assert.deepEqual(wavesOf({ people: [] }, [{ id: "A", name: "A", side: "left" }]), [null]);
});

/** Two seconds a tile, and what was asked for; answers come when they are given. */
function store() {
  /** @type {{start_s: number, end_s: number, answer: (content: string) => void, refuse: (error: Error) => void}[]} */
  const asked = [];
  /** @type {TileStore<string>} */
  const tiles = new TileStore({
    load: (start_s, end_s) =>
      new Promise((resolve, reject) => asked.push({ start_s, end_s, answer: resolve, refuse: reject })),
    changed: () => undefined,
    shortest_s: 2,
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { tiles, asked, settled };
}

test("what holds everything is asked for first, two at a time, and stands in for what is finer", async () => {
  const { tiles, asked, settled } = store();
  const view = new View(16, 1024, 4, 2);
  assert.deepEqual(tiles.at(view), []);
  assert.deepEqual(asked.map(({ start_s, end_s }) => [start_s, end_s]), [[0, 16], [4, 6]]);
  asked[0]?.answer("all");
  await settled();
  assert.deepEqual(tiles.at(view).map(({ content, start_s, end_s }) => [content, start_s, end_s]), [["all", 4, 6]]);
  asked[1]?.answer("4 to 6");
  await settled();
  assert.deepEqual(tiles.at(view).map(({ content }) => content), ["4 to 6"]);
  assert.equal(tiles.root, "all");
  assert.equal(asked.length, 4, "the tiles beside it, and nothing twice");
});

test("of a recording that arrives, tiles are asked for again as more of them comes", async () => {
  const { tiles, asked, settled } = store();
  const view = new View(2, 1024);
  tiles.arrived([[0, 0.5]]);
  tiles.at(view);
  asked[0]?.answer("a part");
  await settled();
  tiles.at(view);
  assert.equal(asked.length, 1);
  tiles.arrived([[0, 1.5]]);
  assert.deepEqual(tiles.at(view).map(({ content }) => content), ["a part"], "until the better one is here");
  assert.equal(asked.length, 2);
  asked[1]?.answer("more");
  await settled();
  assert.deepEqual(tiles.at(view).map(({ content }) => content), ["more"]);
});

test("what is refused for good is asked for once", async () => {
  const { tiles, asked, settled } = store();
  const view = new View(2, 1024);
  tiles.at(view);
  asked[0]?.refuse(new Unavailable("Not on this machine.", true));
  await settled();
  tiles.at(view);
  assert.equal(asked.length, 1);
  assert.equal(tiles.trouble, "Not on this machine.");
});
