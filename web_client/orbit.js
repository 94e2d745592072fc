// Moving the free camera: what the hand did since the last picture, gathered into few messages.

/** @typedef {import("./messages.d.ts").ClientMessage} ClientMessage */

/** Dragging across the whole width of the picture turns the camera half round. */
const TURN_PER_WIDTH_RAD = Math.PI;
const TURN_PER_HEIGHT_RAD = Math.PI / 2;
/**
 * Metres of the scene from the lower to the upper edge, by the kind of named camera (avatar_server/scene/cameras.py):
 * so much has to move for the scene to stay under the hand.
 * @type {Readonly<Record<string, number>>}
 */
const SEEN_HEIGHT_M = { two: 2.1, over: 1.1, close: 0.72, left: 1.14, right: 1.14 };
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
  #seenHeight_m = 2.1;
  #camera = "";

  /**
   * The camera that is seen, as in the status. A free one goes on from the named one before it.
   * @param {string} camera
   */
  look(camera) {
    if (camera === this.#camera) return;
    this.#camera = camera;
    this.#seenHeight_m = SEEN_HEIGHT_M[camera.split("-")[0] ?? ""] ?? this.#seenHeight_m;
  }

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
    this.#x_m -= (dx / picture.height) * this.#seenHeight_m;
    this.#y_m += (dy / picture.height) * this.#seenHeight_m;
  }

  /**
   * @param {number} delta as in WheelEvent.deltaY; positive is further away
   * @param {number} mode as in WheelEvent.deltaMode: 0 pixels, 1 lines, 2 pages
   */
  wheel(delta, mode) {
    const units = mode === 0 ? delta : delta * WHEEL_LINE_UNITS * (mode === 2 ? 10 : 1);
    const bounded = Math.max(-WHEEL_LIMIT_UNITS, Math.min(WHEEL_LIMIT_UNITS, units));
    this.zoom(Math.exp(bounded * ZOOM_PER_WHEEL_UNIT));
  }

  /**
   * @param {number} factor distance now over distance before; above 1 the camera goes further away
   */
  zoom(factor) {
    if (!(factor > 0 && Number.isFinite(factor))) return;
    this.#logZoom += Math.log(factor);
    this.#seenHeight_m *= factor;
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
    if (Math.abs(this.#logZoom) > 1e-9) messages.push({ type: "zoom", factor: Math.exp(this.#logZoom) });
    this.#azimuth_rad = this.#elevation_rad = this.#x_m = this.#y_m = this.#logZoom = 0;
    return messages;
  }
}
