// What a viewer of the test card sees and hears, and when, all on the clock of performance.now().
//
// Nothing is taken from time stamps of the stream, so wrong ones would show. A picture carries its media time in
// black and white fields; the time at which it is on the screen is what the browser says of it
// (requestVideoFrameCallback). Sound is taken where the browser takes it for the loudspeaker, and the delay from
// there to the loudspeaker is what the browser says of that (media-playout statistics). Where a browser lacks one of
// the two (only Chromium has both), Web Audio listens, which hears later than the loudspeaker speaks.

/** @typedef {import("./lip_sync.js").Shown} Shown */

/**
 * Web Audio keeps a block or two of 10 ms of its own in front of what it hears: beside the other way of listening it
 * heard the same sound 10 to 20 ms later.
 */
export const WEB_AUDIO_BIAS_MS = 15;

const TIME_BITS = 16;
const RATE_HZ = 48_000;
/** Blocks come in time or late, never early: nearly the earliest of the blocks around tells the time of all. */
const BLOCKS_AROUND = 50;
const EARLY_SHARE = 0.2;
/** Later than this no block reaches the page, or its stamp is of another clock. */
const LATEST_MS = 500;

/**
 * The media time in the card's black and white fields.
 * @param {Uint8ClampedArray} rgba a row of the time code, two samples a bit
 */
function timeCode(rgba) {
  let code = 0;
  for (let bit = 0; bit < TIME_BITS; bit += 1) code = code * 2 + ((rgba[4 * (2 * bit + 1)] ?? 0) > 127 ? 1 : 0);
  return code / 1000;
}

/**
 * Notes pictures until stopped.
 * @param {HTMLVideoElement} video
 * @returns {{pictures: Shown[], stop: () => void}}
 */
export function watch(video) {
  const columns = 2 * TIME_BITS;
  const pen = new OffscreenCanvas(columns, 1).getContext("2d", { willReadFrequently: true });
  /** @type {Shown[]} */
  const pictures = [];
  let watching = true;
  /** @type {VideoFrameRequestCallback} */
  const seen = (_now, { expectedDisplayTime }) => {
    if (!pen || !watching) return;
    pen.drawImage(video, 0, video.videoHeight / 16, video.videoWidth, 1, 0, 0, columns, 1);
    pictures.push({ at_ms: expectedDisplayTime, time_s: timeCode(pen.getImageData(0, 0, columns, 1).data) });
    video.requestVideoFrameCallback(seen);
  };
  video.requestVideoFrameCallback(seen);
  return { pictures, stop: () => void (watching = false) };
}

/**
 * @typedef {object} Recording
 * @property {Float32Array} samples one channel at 48 kHz
 * @property {(at_s: number) => number} at_ms when the loudspeaker plays what is so many seconds into the samples
 * @property {number} bias_ms how much later than the loudspeaker the instrument hears, on the average
 */

/**
 * @typedef {object} Ear
 * @property {() => Promise<Recording | null>} stop null where nothing was heard
 */

/**
 * Listens to a track that an element plays, until stopped.
 * @param {MediaStreamTrack} track
 * @param {() => Promise<RTCStatsReport | null>} stats
 * @returns {Promise<Ear>}
 */
export async function listen(track, stats) {
  const before = await playout(stats);
  return before && "MediaStreamTrackProcessor" in window
    ? listenAtTheSource(track, before, stats)
    : listenByWebAudio(track);
}

/**
 * @param {() => Promise<RTCStatsReport | null>} stats
 * @returns {Promise<{delay_s: number, samples: number} | null>} sums since the connection began
 */
async function playout(stats) {
  for (const report of (await stats())?.values() ?? []) {
    if (report.type === "media-playout" && report.totalSamplesCount > 0) {
      return { delay_s: report.totalPlayoutDelay, samples: report.totalSamplesCount };
    }
  }
  return null;
}

/**
 * @param {MediaStreamTrack} track
 * @param {{delay_s: number, samples: number}} before
 * @param {() => Promise<RTCStatsReport | null>} stats
 * @returns {Ear}
 */
function listenAtTheSource(track, before, stats) {
  // @ts-expect-error: TypeScript does not know it yet (W3C mediacapture-transform).
  const processor = new MediaStreamTrackProcessor({ track });
  const reader = processor.readable.getReader();
  /** @type {{stamp_ms: number, arrived_ms: number, from: number, samples: Float32Array}[]} */
  const blocks = [];
  let length = 0;
  const reading = (async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const samples = new Float32Array(value.numberOfFrames);
      value.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      const stamp_ms = value.timestamp / 1000;
      value.close();
      blocks.push({ stamp_ms, arrived_ms: performance.now(), from: length, samples });
      length += samples.length;
    }
  })();
  return {
    stop: async () => {
      await reader.cancel();
      await reading;
      const after = await playout(stats);
      if (!after || blocks.length === 0) return null;
      const played = after.samples - before.samples;
      // The sum counts every sample with the delay that it met.
      const delay_ms = played > 0 ? ((after.delay_s - before.delay_s) / played) * 1000 : 0;
      const samples = new Float32Array(length);
      for (const block of blocks) samples.set(block.samples, block.from);
      // Stamps tell when the device took a block, which a busy page hears of late. They are of our clock in Chromium,
      // which nothing promises.
      const late_ms = blocks.map(({ arrived_ms, stamp_ms }) => arrived_ms - stamp_ms).sort((a, b) => a - b);
      const usual_ms = late_ms[late_ms.length >> 1] ?? 0;
      const stamped = usual_ms >= 0 && usual_ms < LATEST_MS;
      const begins_ms = blocks.map(
        ({ stamp_ms, arrived_ms, from }) => (stamped ? stamp_ms : arrived_ms) - (from / RATE_HZ) * 1000,
      );
      const at_ms = (/** @type {number} */ at_s) => {
        const next = blocks.findIndex((block) => block.from > at_s * RATE_HZ);
        const middle = next < 0 ? blocks.length : next;
        const around = begins_ms.slice(Math.max(0, middle - BLOCKS_AROUND), middle + BLOCKS_AROUND);
        around.sort((a, b) => a - b);
        return (around[Math.floor(around.length * EARLY_SHARE)] ?? 0) + at_s * 1000 + delay_ms;
      };
      return { samples, at_ms, bias_ms: 0 };
    },
  };
}

/**
 * @param {MediaStreamTrack} track
 * @returns {Promise<Ear>}
 */
async function listenByWebAudio(track) {
  const context = new AudioContext({ sampleRate: RATE_HZ, latencyHint: "interactive" });
  await context.resume();
  await context.audioWorklet.addModule(new URL("sound_recorder.js", import.meta.url));
  const recorder = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 1 });
  /** @type {{from: number, samples: Float32Array}[]} */
  const blocks = [];
  /** Context time to time of the loudspeaker. @type {number[]} */
  const offsets_ms = [];
  recorder.port.onmessage = ({ data }) => {
    blocks.push(data);
    const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
    if (contextTime > 0) offsets_ms.push(performanceTime - contextTime * 1000);
  };
  context.createMediaStreamSource(new MediaStream([track])).connect(recorder);
  // Unconnected it would not be asked for anything; what it gives is silence.
  recorder.connect(context.destination);
  return {
    stop: async () => {
      await context.close();
      const [first, last] = [blocks[0], blocks.at(-1)];
      if (!first || !last || offsets_ms.length === 0) return null;
      const samples = new Float32Array(last.from - first.from + last.samples.length);
      for (const block of blocks) samples.set(block.samples, block.from - first.from);
      offsets_ms.sort((a, b) => a - b);
      const begin_ms = (offsets_ms[offsets_ms.length >> 1] ?? 0) + (first.from / RATE_HZ) * 1000;
      return { samples, at_ms: (at_s) => begin_ms + at_s * 1000, bias_ms: WEB_AUDIO_BIAS_MS };
    },
  };
}
