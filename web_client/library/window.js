// Which rows of a long list are drawn, and which of its pages are needed for that. Pure.

/**
 * @typedef {object} Sight
 * @property {number} top_px how far the list is scrolled
 * @property {number} height_px of what is seen of it
 * @property {number} row_px height of a row
 * @property {number} total rows
 */

/** Rows drawn beyond either edge, so that a turn of the wheel meets no gap. */
const BEYOND = 4;

/**
 * @param {Sight} sight
 * @returns {{first: number, end: number}} rows from `first` to before `end`
 */
export function drawnRows({ top_px, height_px, row_px, total }) {
  const first = Math.floor(top_px / row_px) - BEYOND;
  const end = Math.ceil((top_px + height_px) / row_px) + BEYOND;
  return { first: Math.min(Math.max(first, 0), total), end: Math.min(Math.max(end, 0), total) };
}

/**
 * Where to scroll so that a row is seen whole: not at all if it is, else as little as will do.
 * @param {number} row
 * @param {Sight} sight
 * @returns {number} the new `top_px`
 */
export function scrolledTo(row, { top_px, height_px, row_px }) {
  const above = row * row_px;
  const below = above + row_px - height_px;
  return above < top_px ? above : below > top_px ? below : top_px;
}

/**
 * The pages that hold some rows.
 * @param {number} first
 * @param {number} end
 * @param {number} page_rows
 * @returns {number[]} numbers of pages, from 0 on
 */
export function pagesOf(first, end, page_rows) {
  if (end <= first) return [];
  const from = Math.floor(first / page_rows);
  return Array.from({ length: Math.floor((end - 1) / page_rows) - from + 1 }, (_, place) => from + place);
}

/**
 * The row that a key leads to.
 * @param {string} key such as `ArrowDown`
 * @param {number} row -1: none yet
 * @param {Sight} sight
 * @returns {number | null} null for a key that leads nowhere
 */
export function rowAfter(key, row, { height_px, row_px, total }) {
  if (total === 0) return null;
  const leap = Math.max(1, Math.floor(height_px / row_px) - 1);
  const steps = new Map([["ArrowDown", 1], ["ArrowUp", -1], ["PageDown", leap], ["PageUp", -leap], ["Home", -total], ["End", total]]);
  const step = steps.get(key);
  if (step === undefined) return null;
  return Math.min(Math.max(row + step, 0), total - 1);
}
