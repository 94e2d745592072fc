// How much detail a view needs: time cut into tiles, each half as long as those of the level above. Pure.

/** In each tile: enough that two of them fill a wide screen. */
export const TILE_POINTS = 1024;

/** More tiles than a view needs are kept, the latest used: scrolled back, nothing is asked for again. */
export const TILES_KEPT = 160;

/**
 * @typedef {object} Tile
 * @property {number} length_s a power of two
 * @property {number} index tile 0 begins at 0
 */

/** @param {Tile} tile */
export const keyOf = (tile) => `${tile.length_s}:${tile.index}`;

/** @param {Tile} tile */
export const startOf = (tile) => tile.length_s * tile.index;

/** @param {Tile} tile */
export const endOf = (tile) => tile.length_s * (tile.index + 1);

/**
 * The one tile that holds everything.
 * @param {number} duration_s
 * @returns {Tile}
 */
export function rootOf(duration_s) {
  return { length_s: 2 ** Math.ceil(Math.log2(Math.max(duration_s, 2 ** -10))), index: 0 };
}

/**
 * The tiles that fill a view with about one point a pixel, from left to right.
 * @param {import("./view.js").Stretch} view
 * @param {number} shortest_s finer tiles than these would hold nothing new
 * @returns {Tile[]}
 */
export function tilesOf(view, shortest_s) {
  if (view.duration_s <= 0) return [];
  const root = rootOf(view.duration_s);
  const wanted_s = 2 ** Math.floor(Math.log2((view.span_s / view.width_px) * TILE_POINTS));
  const length_s = Math.min(root.length_s, Math.max(wanted_s, 2 ** Math.ceil(Math.log2(shortest_s))));
  const tiles = [];
  const end_s = Math.min(view.end_s, view.duration_s);
  for (let index = Math.floor(view.start_s / length_s); index * length_s < end_s; index += 1) {
    tiles.push({ length_s, index });
  }
  return tiles;
}

/**
 * What a hand that scrolls will want next: one tile on either side.
 * @param {readonly Tile[]} tiles of a view
 * @param {number} duration_s
 * @returns {Tile[]}
 */
export function besides(tiles, duration_s) {
  const first = tiles.at(0);
  const last = tiles.at(-1);
  if (!first || !last) return [];
  return [
    { length_s: last.length_s, index: last.index + 1 },
    { length_s: first.length_s, index: first.index - 1 },
  ].filter((tile) => tile.index >= 0 && startOf(tile) < duration_s);
}

/**
 * In the order in which they are wanted: what holds everything, and then from the middle of the stretch outwards, where
 * somebody looks.
 * @param {readonly Tile[]} tiles
 * @param {import("./view.js").Stretch} view
 * @returns {Tile[]}
 */
export function fromTheMiddle(tiles, view) {
  const middle_s = view.start_s + view.span_s / 2;
  const root = rootOf(view.duration_s);
  const apart_s = (/** @type {Tile} */ tile) =>
    tile.length_s === root.length_s ? -1 : Math.abs(startOf(tile) + tile.length_s / 2 - middle_s);
  return [...tiles].sort((a, b) => apart_s(a) - apart_s(b));
}

/**
 * The tile of the level above that holds this one.
 * @param {Tile} tile
 * @returns {Tile}
 */
export function above(tile) {
  return { length_s: tile.length_s * 2, index: Math.floor(tile.index / 2) };
}

/**
 * How much of a stretch can be played already.
 * @param {readonly [number, number][]} buffered stretches in seconds; empty once everything can
 * @param {number} start_s
 * @param {number} end_s
 * @returns {number} seconds
 */
export function arrived_s(buffered, start_s, end_s) {
  if (buffered.length === 0) return end_s - start_s;
  const parts = buffered.map(([from_s, to_s]) => Math.max(0, Math.min(to_s, end_s) - Math.max(from_s, start_s)));
  return parts.reduce((sum, part) => sum + part, 0);
}

/** A tile is asked for again when a twentieth more of it has arrived, or the rest of it. */
const WORTH_ASKING = 1 / 20;

/**
 * Whether asking again would bring more.
 * @param {number} before_s of the stretch had arrived when it was asked for
 * @param {number} now_s have arrived
 * @param {number} whole_s its length
 */
export function isStale(before_s, now_s, whole_s) {
  const isWhole = now_s >= whole_s - 0.01;
  return now_s - before_s > (isWhole ? 0.01 : whole_s * WORTH_ASKING);
}
