// The stretch of time that the timeline shows, and where each moment lies in it. Pure.

/** At most so far can be zoomed in: a picture of 30 a second is then an inch wide on a large screen. */
export const SHORTEST_S = 0.5;

/** Where a playhead that leaves the view comes in again, as a share of the width: most of what follows is seen. */
const TURNED_TO = 0.06;

/** So near to the right edge, as a share of the width, the view turns over. */
const TURNS_AT = 0.97;

/** What was sought is shown this far in, as a share of the width. */
const REVEALED_AT = 0.35;

/** A stretch of time with its width: seconds of media time, and CSS pixels from its left edge. */
export class Stretch {
  /**
   * @param {number} duration_s of the interaction
   * @param {number} width_px
   * @param {number} start_s
   * @param {number} span_s
   */
  constructor(duration_s, width_px, start_s, span_s) {
    this.duration_s = duration_s;
    this.width_px = width_px;
    this.start_s = start_s;
    this.span_s = span_s;
  }

  get end_s() {
    return this.start_s + this.span_s;
  }

  get pixelsPerSecond() {
    return this.span_s > 0 ? this.width_px / this.span_s : 0;
  }

  /** @param {number} time_s */
  xAt(time_s) {
    return (time_s - this.start_s) * this.pixelsPerSecond;
  }

  /** @param {number} x_px */
  timeOf(x_px) {
    return this.start_s + (x_px / this.width_px) * this.span_s;
  }
}

/** What is seen. Each change gives another view. */
export class View extends Stretch {
  /**
   * @param {number} duration_s of the interaction
   * @param {number} width_px
   * @param {number} start_s of what is shown; moved so that the view lies inside the interaction
   * @param {number} span_s of what is shown
   */
  constructor(duration_s, width_px, start_s = 0, span_s = duration_s) {
    const whole_s = Math.max(0, duration_s);
    const seen_s = Math.min(Math.max(span_s, SHORTEST_S), whole_s);
    super(whole_s, Math.max(1, width_px), Math.min(Math.max(start_s, 0), whole_s - seen_s), seen_s);
  }

  get isWhole() {
    return this.span_s >= this.duration_s;
  }

  /**
   * The moment at a place; inside the interaction also for places beside the view.
   * @param {number} x_px
   */
  timeAt(x_px) {
    return Math.min(Math.max(this.timeOf(x_px), 0), this.duration_s);
  }

  /** @param {number} time_s */
  shows(time_s) {
    return time_s >= this.start_s && time_s <= this.end_s;
  }

  /** @param {number} width_px */
  ofWidth(width_px) {
    return new View(this.duration_s, width_px, this.start_s, this.span_s);
  }

  /** Everything. */
  whole() {
    return new View(this.duration_s, this.width_px);
  }

  /**
   * @param {number} start_s
   * @param {number} end_s
   */
  from(start_s, end_s) {
    return new View(this.duration_s, this.width_px, start_s, end_s - start_s);
  }

  /** @param {number} by_s later if positive */
  scrolled(by_s) {
    return new View(this.duration_s, this.width_px, this.start_s + by_s, this.span_s);
  }

  /**
   * Nearer or further, with one moment staying where it is.
   * @param {number} factor above 1 shows less, larger
   * @param {number} about_s
   */
  zoomed(factor, about_s) {
    const span_s = Math.min(Math.max(this.span_s / factor, SHORTEST_S), this.duration_s);
    const share = this.span_s > 0 ? (about_s - this.start_s) / this.span_s : 0;
    return new View(this.duration_s, this.width_px, about_s - share * span_s, span_s);
  }

  /**
   * Two fingers took hold of two moments and are now at two places.
   * @param {[number, number]} times_s in ascending order of their places
   * @param {[number, number]} places_px
   */
  pinched(times_s, places_px) {
    const apart_px = Math.max(24, places_px[1] - places_px[0]);
    const span_s = ((times_s[1] - times_s[0]) / apart_px) * this.width_px;
    return new View(this.duration_s, this.width_px, times_s[0] - (places_px[0] / this.width_px) * span_s, span_s);
  }

  /**
   * The playhead moved on by itself. Who looked at it goes on doing so: the view turns like a page. Who has
   * scrolled away is left there.
   * @param {number} before_s
   * @param {number} now_s
   */
  followed(before_s, now_s) {
    if (this.isWhole || !this.shows(before_s)) return this;
    if (now_s >= this.start_s && this.xAt(now_s) <= TURNS_AT * this.width_px) return this;
    return new View(this.duration_s, this.width_px, now_s - TURNED_TO * this.span_s, this.span_s);
  }

  /**
   * A moment that was sought comes into view.
   * @param {number} time_s
   */
  revealing(time_s) {
    if (this.shows(time_s)) return this;
    return new View(this.duration_s, this.width_px, time_s - REVEALED_AT * this.span_s, this.span_s);
  }

  /** @param {View} other */
  equals(other) {
    return (
      this.start_s === other.start_s &&
      this.span_s === other.span_s &&
      this.width_px === other.width_px &&
      this.duration_s === other.duration_s
    );
  }
}
