// Runs in the audio thread: hands every block of its input to the page, with its place in the context's time.

registerProcessor(
  "recorder",
  class extends AudioWorkletProcessor {
    /** @param {Float32Array[][]} inputs */
    process([input]) {
      const left = input?.[0];
      if (left) this.port.postMessage({ from: currentFrame, samples: left.slice() });
      return true;
    }
  },
);
