// Figures and texts as people read them. Pure.

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/**
 * `0 B`, `912 kB`, `48 MB`, `1.4 GB`: three digits are as much as anybody compares.
 * @param {number} bytes
 */
export function bytesText(bytes) {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

/**
 * `3:04`, or `1:02:07` from an hour on.
 * @param {number} seconds
 */
export function lengthText(seconds) {
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/**
 * How long something still takes: `8 s`, `3 min`, `2 h`; empty for what nobody can tell.
 * @param {number} seconds
 */
export function leftText(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

const GROUPED = new Intl.NumberFormat("en");

/** @param {number} count */
export const countText = (count) => GROUPED.format(count);

/**
 * `1 interaction`, `2,300 interactions`.
 * @param {number} count
 * @param {string} noun in the singular
 */
export const counted = (count, noun) => `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;

/**
 * The share of something, at most three characters: `<1%`, `7%`, `100%`.
 * @param {number} part
 * @param {number} whole
 */
export function shareText(part, whole) {
  if (whole <= 0 || part <= 0) return "0%";
  const percent = (100 * part) / whole;
  return percent < 0.5 ? "<1%" : `${Math.round(percent)}%`;
}

/**
 * A text cut where words that were looked for begin and end, whatever their case.
 * @param {string} text
 * @param {readonly string[]} words in lower case
 * @returns {{text: string, isFound: boolean}[]}
 */
export function markedParts(text, words) {
  // Where lower case has another length, places would not fit: then nothing is marked.
  const lower = text.toLowerCase();
  if (lower.length !== text.length) return [{ text, isFound: false }];
  const found = new Uint8Array(text.length);
  for (const word of words) {
    for (let at = lower.indexOf(word); word && at >= 0; at = lower.indexOf(word, at + word.length)) {
      found.fill(1, at, at + word.length);
    }
  }
  /** @type {{text: string, isFound: boolean}[]} */
  const parts = [];
  for (let start = 0; start < text.length; ) {
    let end = start + 1;
    while (end < text.length && found[end] === found[start]) end += 1;
    parts.push({ text: text.slice(start, end), isFound: found[start] === 1 });
    start = end;
  }
  return parts;
}
