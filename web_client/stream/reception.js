// What arrives here, from two looks at the browser's counts (W3C webrtc-stats). Pure.

/**
 * @typedef {object} Counts
 * @property {number} at_ms
 * @property {number} width of the pictures; 0 before the first
 * @property {number} height
 * @property {number} pictures decoded since the connection began
 * @property {number} bytes received since the connection began
 * @property {number} packets
 * @property {number} lost
 * @property {number} waited_s in the jitter buffer, all pictures together
 * @property {number} emitted pictures that left the jitter buffer
 * @property {number} concealed samples of sound that were made up for missing ones
 * @property {number} samples of sound
 * @property {number | null} round_trip_ms
 * @property {number | null} picture_ms moment of the sender's clock that is seen now (estimatedPlayoutTimestamp)
 * @property {number | null} sound_ms likewise what is heard now
 */

/**
 * @typedef {object} Reception
 * @property {number} width
 * @property {number} height
 * @property {number} pictures_per_second
 * @property {number} mbit_per_second
 * @property {number} lost_share 0..1
 * @property {number | null} round_trip_ms null where the browser does not tell
 * @property {number | null} jitter_buffer_ms mean wait of a picture
 * @property {number} concealed_share 0..1 of the sound
 * @property {number | null} sound_behind_ms how far the sound is behind its picture, by the browser's own reckoning
 */

/**
 * @param {Iterable<any>} reports of a connection
 * @param {number} at_ms
 * @returns {Counts}
 */
export function countsOf(reports, at_ms) {
  /** @type {Counts} */
  const counts = {
    at_ms,
    width: 0,
    height: 0,
    pictures: 0,
    bytes: 0,
    packets: 0,
    lost: 0,
    waited_s: 0,
    emitted: 0,
    concealed: 0,
    samples: 0,
    round_trip_ms: null,
    picture_ms: null,
    sound_ms: null,
  };
  for (const report of reports) {
    if (report.type === "inbound-rtp") {
      counts.bytes += report.bytesReceived ?? 0;
      counts.packets += report.packetsReceived ?? 0;
      counts.lost += report.packetsLost ?? 0;
      if (report.kind === "audio") {
        counts.concealed = report.concealedSamples ?? 0;
        counts.samples = report.totalSamplesReceived ?? 0;
        counts.sound_ms = report.estimatedPlayoutTimestamp ?? null;
      } else {
        counts.width = report.frameWidth ?? 0;
        counts.height = report.frameHeight ?? 0;
        counts.pictures = report.framesDecoded ?? 0;
        counts.waited_s = report.jitterBufferDelay ?? 0;
        counts.emitted = report.jitterBufferEmittedCount ?? 0;
        counts.picture_ms = report.estimatedPlayoutTimestamp ?? null;
      }
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
  const emitted = now.emitted - before.emitted;
  const samples = now.samples - before.samples;
  return {
    width: now.width,
    height: now.height,
    pictures_per_second: seconds > 0 ? (now.pictures - before.pictures) / seconds : 0,
    mbit_per_second: seconds > 0 ? ((now.bytes - before.bytes) * 8) / seconds / 1e6 : 0,
    lost_share: sent > 0 ? lost / sent : 0,
    round_trip_ms: now.round_trip_ms,
    jitter_buffer_ms: emitted > 0 ? ((now.waited_s - before.waited_s) / emitted) * 1000 : null,
    concealed_share: samples > 0 ? (now.concealed - before.concealed) / samples : 0,
    sound_behind_ms: now.picture_ms !== null && now.sound_ms !== null ? now.picture_ms - now.sound_ms : null,
  };
}
