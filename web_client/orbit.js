// Moving the free camera: what the hand did since the last picture, gathered into few messages.

/** @typedef {import("./messages.d.ts").ClientMessage} ClientMessage */

/** Dragging across the whole width of the picture turns the camera half round. */
const TURN_PER_WIDTH_RAD = Math.PI;
const TURN_PER_HEIGHT_RAD = Math.PI / 2;
/** Dragging across the whole height moves the target so far; about the height of what the two-shot shows. */
const PAN_PER_HEIGHT_M = 2.4;
/** One notch of an ordinary wheel is 100 units (the web platform's pixels): about 10 % nearer or further. */
const ZOOM_PER_WHEEL_UNIT = Math.log(1.1) / 100;
const WHEEL_LINE_UNITS = 33;
const WHEEL_LIMIT_UNITS = 300;

/** Pure: adds up movements in pixels of a picture of the given size until they are taken as messages. */
export class OrbitBatch {
  #azimuth_rad = 0;
  #elevation_rad = 0;
  #x_m = 0;
  #y_m = 0;
  #logZoom = 0;

  /**
   * The scene follows the hand: dragging right moves the camera left round the target.
   * @param {number} dx pixels to the right
   * @param {number} dy pixels down
   * @param {{width: number, height: number}} picture pixels
   */
  drag(dx, dy, picture) {
    this.#azimuth_rad += (dx / picture.width) * TURN_PER_WIDTH_RAD;
    this.#elevation_rad += (dy / picture.height) * TURN_PER_HEIGHT_RAD;
  }

  /**
   * The scene follows the hand: the target moves the other way, in the camera's plane (x right, y up).
   * @param {number} dx pixels to the right
   * @param {number} dy pixels down
   * @param {{width: number, height: number}} picture pixels
   */
  pan(dx, dy, picture) {
    this.#x_m -= (dx / picture.height) * PAN_PER_HEIGHT_M;
    this.#y_m += (dy / picture.height) * PAN_PER_HEIGHT_M;
  }

  /**
   * @param {number} delta as in WheelEvent.deltaY; positive is further away
   * @param {number} mode as in WheelEvent.deltaMode: 0 pixels, 1 lines, 2 pages
   */
  wheel(delta, mode) {
    const units = mode === 0 ? delta : delta * WHEEL_LINE_UNITS * (mode === 2 ? 10 : 1);
    this.#logZoom += Math.max(-WHEEL_LIMIT_UNITS, Math.min(WHEEL_LIMIT_UNITS, units)) * ZOOM_PER_WHEEL_UNIT;
  }

  /**
   * @param {number} factor distance now over distance before; above 1 the camera goes further away
   */
  zoom(factor) {
    if (factor > 0 && Number.isFinite(factor)) this.#logZoom += Math.log(factor);
  }

  /**
   * What was gathered since the last call, at most one message of each kind.
   * @returns {ClientMessage[]}
   */
  take() {
    /** @type {ClientMessage[]} */
    const messages = [];
    if (this.#azimuth_rad !== 0 || this.#elevation_rad !== 0) {
      messages.push({ type: "orbit", azimuth_rad: this.#azimuth_rad, elevation_rad: this.#elevation_rad });
    }
    if (this.#x_m !== 0 || this.#y_m !== 0) messages.push({ type: "pan", x_m: this.#x_m, y_m: this.#y_m });
    if (this.#logZoom !== 0) messages.push({ type: "zoom", factor: Math.exp(this.#logZoom) });
    this.#azimuth_rad = this.#elevation_rad = this.#x_m = this.#y_m = this.#logZoom = 0;
    return messages;
  }
}
