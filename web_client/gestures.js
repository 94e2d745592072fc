// Hands on the picture: dragging turns, wheel and pinch zoom, right button or two fingers pan, a tap is a tap.

import { FramePace } from "./frame_pace.js";
import { OrbitBatch } from "./orbit.js";

/** @typedef {import("./messages.d.ts").ClientMessage} ClientMessage */

/** A press that moved less is a click. */
const CLICK_PIXELS = 5;
/** A press that lasts so long is going to move the camera: the stage is told, and answers movements sooner from then on. */
const GRIP_MS = 100;

/**
 * @param {HTMLElement} picture
 * @param {(messages: ClientMessage[]) => void} send at once, then at most once per drawn frame of the page
 * @param {(event: PointerEvent) => void} onTap
 * @returns {OrbitBatch} which the keyboard moves as well, telling by the event "orbit-by-key"
 */
export function bindGestures(picture, send, onTap) {
  const batch = new OrbitBatch();
  /** @type {Map<number, {x: number, y: number}>} */
  const fingers = new Map();
  let travelled = 0;
  let manyFingers = false;
  const pace = new FramePace(() => {
    const messages = batch.take();
    if (messages.length > 0) send(messages);
    return messages.length > 0;
  });

  let gripTimer = 0;
  let gripped = false;
  /** @param {boolean} on */
  function grip(on) {
    window.clearTimeout(gripTimer);
    if (on === gripped) return;
    gripped = on;
    send([{ type: "hand", on }]);
  }

  const size = () => ({ width: picture.clientWidth || 1, height: picture.clientHeight || 1 });

  picture.addEventListener("pointerdown", (event) => {
    if (event.button === 1) return;
    if (fingers.size === 0) {
      travelled = 0;
      manyFingers = false;
      gripTimer = window.setTimeout(grip, GRIP_MS, true);
    }
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    manyFingers ||= fingers.size > 1;
    picture.setPointerCapture(event.pointerId);
  });

  /** @param {PointerEvent} event */
  function move(event) {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const dx = event.clientX - before.x;
    const dy = event.clientY - before.y;
    travelled = Math.max(travelled, Math.hypot(dx, dy));
    if (travelled < CLICK_PIXELS) return;
    picture.classList.add("held");
    const others = [...fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const other = others[0];
    if (other) {
      const apart = Math.hypot(before.x - other.x, before.y - other.y);
      const apartNow = Math.hypot(event.clientX - other.x, event.clientY - other.y);
      if (apart > 0 && apartNow > 0) batch.zoom(apart / apartNow);
      // Each finger carries half: the middle between the two is what pans.
      batch.pan(dx / 2, dy / 2, size());
    } else if ((event.buttons & 2) !== 0 || event.shiftKey) {
      batch.pan(dx, dy, size());
    } else {
      batch.drag(dx, dy, size());
    }
    pace.gathered();
  }
  picture.addEventListener("pointermove", move);
  // Where browsers have it, it comes up to a frame sooner; the movement that follows has nothing new to say then.
  picture.addEventListener("pointerrawupdate", (event) => move(/** @type {PointerEvent} */ (event)));

  /** @param {PointerEvent} event */
  function release(event) {
    if (!fingers.delete(event.pointerId)) return;
    if (fingers.size > 0) return;
    grip(false);
    picture.classList.remove("held");
    const tapped = event.type === "pointerup" && event.button === 0 && !manyFingers && travelled < CLICK_PIXELS;
    if (tapped) onTap(event);
  }
  picture.addEventListener("pointerup", release);
  picture.addEventListener("pointercancel", release);

  picture.addEventListener("contextmenu", (event) => event.preventDefault());
  picture.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      batch.wheel(event.deltaY, event.deltaMode);
      pace.gathered();
    },
    { passive: false },
  );
  picture.addEventListener("orbit-by-key", () => pace.gathered());
  return batch;
}
