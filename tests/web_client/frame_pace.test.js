import assert from "node:assert/strict";
import { test } from "node:test";

import { FramePace } from "../../web_client/frame_pace.js";

/** A pace whose frames come by hand; `gather` is a movement of the hand. */
function paced() {
  /** @type {(() => void)[]} */
  const frames = [];
  /** @type {number[]} */
  const sent = [];
  let gathered = 0;
  const pace = new FramePace(
    () => {
      if (gathered === 0) return false;
      sent.push(gathered);
      gathered = 0;
      return true;
    },
    (callback) => frames.push(callback),
  );
  return {
    sent,
    gather: () => {
      gathered += 1;
      pace.gathered();
    },
    draw: () => frames.splice(0).forEach((callback) => callback()),
    waits: () => frames.length > 0,
  };
}

test("the first movement goes out at once, what follows within a frame goes together with the next one", () => {
  const hand = paced();
  hand.gather();
  assert.deepEqual(hand.sent, [1]);
  hand.gather();
  hand.gather();
  assert.deepEqual(hand.sent, [1], "no more than one a frame");
  hand.draw();
  assert.deepEqual(hand.sent, [1, 2]);
  hand.gather();
  assert.deepEqual(hand.sent, [1, 2]);
  hand.draw();
  assert.deepEqual(hand.sent, [1, 2, 1]);
});

test("a hand that rests asks for no frames, and its next movement goes out at once", () => {
  const hand = paced();
  hand.gather();
  hand.draw();
  assert.equal(hand.waits(), false);
  hand.gather();
  assert.deepEqual(hand.sent, [1, 1]);
});
