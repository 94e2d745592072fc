// What the hand does goes out at once, and after that once in each frame that the page draws.

/** Pure but for the frames, which are given. */
export class FramePace {
  #send;
  #nextFrame;
  #waiting = false;

  /**
   * @param {() => boolean} send what has gathered; whether there was anything
   * @param {(callback: () => void) => unknown} nextFrame
   */
  constructor(send, nextFrame = requestAnimationFrame) {
    this.#send = send;
    // A function of the window must be called as such.
    this.#nextFrame = (/** @type {() => void} */ callback) => nextFrame(callback);
  }

  /** Something has gathered. */
  gathered() {
    if (!this.#waiting) this.#go();
  }

  #go() {
    this.#waiting = this.#send();
    if (this.#waiting) this.#nextFrame(() => this.#go());
  }
}
