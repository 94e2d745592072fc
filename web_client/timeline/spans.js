// Stretches of time in order: which of them are seen, joined where gaps cannot be, and stacked where they overlap. Pure.

/** @typedef {{start_s: number, end_s: number}} Span */

/**
 * The first span that ends after a moment. The spans are in order of their starts and hardly overlap.
 * @param {readonly Span[]} spans
 * @param {number} time_s
 * @returns {number} their count if none does
 */
export function firstAfter(spans, time_s) {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {Span} */ (spans[middle]).end_s > time_s) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * @template {Span} Kind
 * @param {readonly Kind[]} spans in order of their starts, not overlapping
 * @param {number} start_s
 * @param {number} end_s
 * @returns {Kind[]}
 */
export function visible(spans, start_s, end_s) {
  const found = [];
  for (let index = firstAfter(spans, start_s); index < spans.length; index += 1) {
    const span = /** @type {Kind} */ (spans[index]);
    if (span.start_s >= end_s) break;
    found.push(span);
  }
  return found;
}

/**
 * @param {readonly Span[]} spans in order of their starts
 * @param {number} gap_s not longer than this are not seen
 * @returns {Span[]}
 */
export function joined(spans, gap_s) {
  /** @type {Span[]} */
  const found = [];
  for (const { start_s, end_s } of spans) {
    const last = found.at(-1);
    if (last && start_s - last.end_s <= gap_s) last.end_s = Math.max(last.end_s, end_s);
    else found.push({ start_s, end_s });
  }
  return found;
}

/**
 * Rows, so that spans of one row do not overlap: each goes into the first row that has room, and into the last one
 * when none has.
 * @template {Span} Kind
 * @param {readonly Kind[]} spans
 * @param {number} most rows
 * @returns {Kind[][]}
 */
export function rowsOf(spans, most) {
  /** @type {Kind[][]} */
  const rows = [];
  for (const span of [...spans].sort((a, b) => a.start_s - b.start_s || b.end_s - a.end_s)) {
    const free = rows.find((row) => /** @type {Kind} */ (row.at(-1)).end_s <= span.start_s);
    if (free) free.push(span);
    else if (rows.length < most) rows.push([span]);
    else /** @type {Kind[]} */ (rows.at(-1)).push(span);
  }
  return rows;
}

/**
 * The span at a moment.
 * @template {Span} Kind
 * @param {readonly Kind[]} spans in order of their starts
 * @param {number} time_s
 * @param {number} [slack_s] as far beside it counts too
 * @returns {Kind | null}
 */
export function spanAt(spans, time_s, slack_s = 0) {
  return visible(spans, time_s - slack_s, time_s + slack_s + 1e-9).at(-1) ?? null;
}
