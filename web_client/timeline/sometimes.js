// Work that is wanted often and done now and then, the last time for certain.

export class Sometimes {
  #apart_ms;
  /** @type {(() => void) | null} */
  #next = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rest;

  /** @param {number} apart_ms from one time to the next */
  constructor(apart_ms) {
    this.#apart_ms = apart_ms;
  }

  /** @param {() => void} work instead of what waits */
  soon(work) {
    if (this.#rest !== undefined) {
      this.#next = work;
      return;
    }
    work();
    this.#wait();
  }

  /** What waits is done now. */
  flush() {
    clearTimeout(this.#rest);
    this.#rest = undefined;
    const work = this.#next;
    this.#next = null;
    work?.();
  }

  #wait() {
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      const work = this.#next;
      this.#next = null;
      if (!work) return;
      work();
      this.#wait();
    }, this.#apart_ms);
  }
}
