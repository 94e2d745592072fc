// How a media time is written for people.

/**
 * `0:07.4`, or `1:02:07.4` from an hour on. Cut, not rounded: a clock never shows a moment that is still to come.
 * @param {number} seconds
 * @returns {string}
 */
export function formatTime(seconds) {
  // The small addition undoes what binary fractions take away: 12.3 * 10 is 122.99999999999999.
  const tenths = Math.max(0, Math.floor((Number.isFinite(seconds) ? seconds : 0) * 10 + 1e-6));
  const whole = Math.floor(tenths / 10);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = `${String(whole % 60).padStart(2, "0")}.${tenths % 10}`;
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/**
 * The same moment for a screen reader: `1 minute 7 seconds`.
 * @param {number} seconds
 * @returns {string}
 */
export function spokenTime(seconds) {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const minutes = Math.floor(whole / 60);
  const rest = whole % 60;
  const parts = [];
  if (minutes > 0) parts.push(`${minutes} ${minutes === 1 ? "minute" : "minutes"}`);
  if (rest > 0 || minutes === 0) parts.push(`${rest} ${rest === 1 ? "second" : "seconds"}`);
  return parts.join(" ");
}
