import assert from "node:assert/strict";
import { test } from "node:test";

import { countsOf, receptionBetween } from "../../web_client/stream/reception.js";

test("rate, loss and round trip are those of the time between two looks", () => {
  const at = (/** @type {number} */ bytes, /** @type {number} */ packets, /** @type {number} */ lost, /** @type {number} */ pictures) => [
    { type: "inbound-rtp", kind: "video", bytesReceived: bytes, packetsReceived: packets, packetsLost: lost, frameWidth: 960, frameHeight: 540, framesDecoded: pictures, jitterBufferDelay: pictures * 0.04, jitterBufferEmittedCount: pictures, estimatedPlayoutTimestamp: 5020 },
    { type: "inbound-rtp", kind: "audio", bytesReceived: 1000, packetsReceived: 100, packetsLost: 0, concealedSamples: pictures, totalSamplesReceived: 10 * pictures, estimatedPlayoutTimestamp: 5000 },
    { type: "candidate-pair", nominated: false, currentRoundTripTime: 5 },
    { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.012 },
  ];
  const found = receptionBetween(countsOf(at(100_000, 100, 7, 30), 1000), countsOf(at(350_000, 190, 17, 90), 3000));
  assert.ok(Math.abs((found.jitter_buffer_ms ?? 0) - 40) < 1e-6);
  assert.deepEqual(
    { ...found, jitter_buffer_ms: 40 },
    {
      width: 960,
      height: 540,
      pictures_per_second: 30,
      mbit_per_second: 1,
      lost_share: 0.1,
      round_trip_ms: 12,
      jitter_buffer_ms: 40,
      concealed_share: 0.1,
      sound_behind_ms: 20,
    },
  );
  const late = receptionBetween(countsOf(at(0, 0, 9, 0), 0), countsOf(at(0, 0, 2, 0), 0));
  assert.equal(late.lost_share, 0, "what was late is not lost");
  assert.equal(late.mbit_per_second, 0);
  assert.equal(late.jitter_buffer_ms, null);
});
