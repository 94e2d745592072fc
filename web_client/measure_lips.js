// One measurement of the lip sync, on a page that shows the test card.

import { listen, watch } from "./eye_and_ear.js";
import { pitchChanges, soundBehindPicture_ms, summary } from "./lip_sync.js";

/** @typedef {import("./lip_sync.js").LipSync} LipSync */

const RATE_HZ = 48_000;

/**
 * Watches and listens for some seconds.
 * @param {HTMLVideoElement} video that plays the test card
 * @param {() => Promise<RTCStatsReport | null>} stats of its connection
 * @param {number} seconds a change of pitch a second is heard; below three nothing can be said
 * @returns {Promise<(LipSync & {bias_ms: number}) | null>} with the instrument's own bias taken off; null where no
 *     test card was seen and heard
 */
export async function measureLips(video, stats, seconds) {
  const stream = video.srcObject;
  const track = stream instanceof MediaStream ? stream.getAudioTracks()[0] : undefined;
  if (!track || !("requestVideoFrameCallback" in HTMLVideoElement.prototype)) return null;
  const eye = watch(video);
  const ear = await listen(track, stats);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  eye.stop();
  const recording = await ear.stop();
  if (!recording) return null;
  const { samples, at_ms, bias_ms } = recording;
  const sounds = pitchChanges(samples, RATE_HZ).map(({ at_s, second }) => ({
    at_ms: at_ms(at_s) - bias_ms,
    second,
  }));
  const found = summary(soundBehindPicture_ms(eye.pictures, sounds));
  return found && { ...found, bias_ms };
}
