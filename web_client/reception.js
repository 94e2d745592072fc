// What arrives here, from two looks at the browser's counts (W3C webrtc-stats). Pure.

/**
 * @typedef {object} Counts
 * @property {number} at_ms
 * @property {number} width of the pictures; 0 before the first
 * @property {number} height
 * @property {number} bytes received since the connection began
 * @property {number} packets
 * @property {number} lost
 * @property {number | null} round_trip_ms
 */

/**
 * @typedef {object} Reception
 * @property {number} width
 * @property {number} height
 * @property {number} mbit_per_second
 * @property {number} lost_share 0..1
 * @property {number | null} round_trip_ms null where the browser does not tell
 */

/**
 * @param {Iterable<any>} reports of a connection
 * @param {number} at_ms
 * @returns {Counts}
 */
export function countsOf(reports, at_ms) {
  /** @type {Counts} */
  const counts = { at_ms, width: 0, height: 0, bytes: 0, packets: 0, lost: 0, round_trip_ms: null };
  for (const report of reports) {
    if (report.type === "inbound-rtp") {
      counts.bytes += report.bytesReceived ?? 0;
      counts.packets += report.packetsReceived ?? 0;
      counts.lost += report.packetsLost ?? 0;
      counts.width = report.frameWidth ?? counts.width;
      counts.height = report.frameHeight ?? counts.height;
    } else if (report.type === "candidate-pair" && report.nominated && report.currentRoundTripTime !== undefined) {
      counts.round_trip_ms = report.currentRoundTripTime * 1000;
    }
  }
  return counts;
}

/**
 * @param {Counts} before
 * @param {Counts} now later, of the same connection
 * @returns {Reception}
 */
export function receptionBetween(before, now) {
  const seconds = (now.at_ms - before.at_ms) / 1000;
  // What was lost may come later: the count goes down then.
  const lost = Math.max(0, now.lost - before.lost);
  const sent = now.packets - before.packets + lost;
  return {
    width: now.width,
    height: now.height,
    mbit_per_second: seconds > 0 ? ((now.bytes - before.bytes) * 8) / seconds / 1e6 : 0,
    lost_share: sent > 0 ? lost / sent : 0,
    round_trip_ms: now.round_trip_ms,
  };
}
