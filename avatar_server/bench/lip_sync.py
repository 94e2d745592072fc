"""Whether picture and sound meet in a real browser: the test card, seen and heard on one clock.

The card's picture carries its media time in black and white fields, and its tone changes the pitch at every
full second. The page notes when each picture is expected on the screen and records the sound together with
the time at which the audio device plays it; both are times of `performance.now()`. Nothing is taken from time
stamps of the stream, so a wrong sender report shows.
"""

from __future__ import annotations

import base64
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from avatar_server.errors import MachineError
from avatar_server.stage.test_card import PITCHES_HZ

if TYPE_CHECKING:
    from playwright.sync_api import Page

MEET = """
// Notes pictures and sound of the test card for some seconds.
async (seconds) => {
  const video = document.querySelector("video");
  const pen = new OffscreenCanvas(32, 1).getContext("2d", { willReadFrequently: true });
  const timeCode = () => {
    pen.drawImage(video, 0, video.videoHeight / 16, video.videoWidth, 1, 0, 0, 32, 1);
    const { data } = pen.getImageData(0, 0, 32, 1);
    let code = 0;
    for (let bit = 0; bit < 16; bit += 1) code = code * 2 + (data[4 * (2 * bit + 1)] > 127 ? 1 : 0);
    return code / 1000;
  };
  const context = new AudioContext({ sampleRate: 48000, latencyHint: "interactive" });
  await context.resume();
  const recorder = `registerProcessor("recorder", class extends AudioWorkletProcessor {
    process([[left]]) {
      if (left) this.port.postMessage({ at: currentFrame, samples: left.slice() });
      return true;
    }
  })`;
  const script = URL.createObjectURL(new Blob([recorder], { type: "text/javascript" }));
  await context.audioWorklet.addModule(script);
  const node = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 1 });
  const blocks = [];
  node.port.onmessage = ({ data }) => blocks.push(data);
  context.createMediaStreamSource(video.srcObject).connect(node);
  node.connect(context.destination);
  const pictures = [], offsets_ms = [];
  const begun = performance.now();
  while (performance.now() - begun < seconds * 1000) {
    const shown = await new Promise((resolve) =>
      video.requestVideoFrameCallback((_now, metadata) => resolve(metadata.expectedDisplayTime)));
    pictures.push([shown, timeCode()]);
    const { contextTime, performanceTime } = context.getOutputTimestamp();
    if (contextTime > 0) offsets_ms.push(performanceTime - contextTime * 1000);
  }
  await context.close();
  const samples = new Float32Array(blocks.at(-1).at - blocks[0].at + 128);
  for (const block of blocks) samples.set(block.samples, block.at - blocks[0].at);
  const bytes = new Uint8Array(samples.buffer);
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) {
    text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  }
  return { pictures, offsets_ms, first_frame: blocks[0].at, samples: btoa(text) };
}
"""

_RATE_HZ = 48_000
_WINDOW_SAMPLES = 480
_ROUND_S = float(len(PITCHES_HZ))
"""After so many seconds the pitches come again, so times are compared within one round."""


def sound_behind_picture_ms(page: Page, seconds: float) -> float:
    """How much later than its picture the sound of the test card in `page` comes, median; negative: earlier.

    Raises `MachineError` if no change of pitch could be heard.
    """
    noted = page.evaluate(MEET, seconds)
    samples = np.frombuffer(base64.b64decode(noted["samples"]), np.float32)
    zero_ms = median(noted["offsets_ms"]) + noted["first_frame"] / _RATE_HZ * 1000
    heard = [zero_ms / 1000 + at / _RATE_HZ - second for at, second in pitch_changes(samples)]
    if not heard:
        raise MachineError("the browser played no tone whose pitch changes")
    seen = [shown_ms / 1000 - time_s for shown_ms, time_s in noted["pictures"]]
    apart_s = [_within_round(sound_s - seen[len(seen) // 2]) for sound_s in heard]
    spread_s = [_within_round(picture_s - seen[len(seen) // 2]) for picture_s in seen]
    return (median(apart_s) - median(spread_s)) * 1000


def pitch_changes(samples: NDArray[np.float32]) -> list[tuple[int, int]]:
    """(sample, second) where the tone of each second 0..3 of a round begins; (n,) sound at 48 kHz.

    A change is where the new pitch begins to outweigh the old one in windows of 10 ms, both being heard
    alone for 0.3 s on their side.
    """
    time_s = np.arange(len(samples)) / _RATE_HZ
    window = np.ones(_WINDOW_SAMPLES) / _WINDOW_SAMPLES
    strength = np.array(
        [
            np.abs(np.convolve(samples * np.exp(-2j * np.pi * pitch * time_s), window, mode="same"))
            for pitch in PITCHES_HZ
        ]
    )
    loudest = strength.argmax(axis=0)
    alone = round(0.3 * _RATE_HZ)
    found = []
    for at in np.flatnonzero(np.diff(loudest)) + 1:
        before, after = loudest[max(at - alone, 0) : at], loudest[at : at + alone]
        steady = len(before) == len(after) == alone and strength[:, at].max() > 0.02
        if steady and len(set(before)) == len(set(after)) == 1:
            found.append((int(at), int(loudest[at])))
    return found


def _within_round(seconds: float) -> float:
    return (seconds + _ROUND_S / 2) % _ROUND_S - _ROUND_S / 2
