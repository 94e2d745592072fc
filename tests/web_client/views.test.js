import assert from "node:assert/strict";
import { test } from "node:test";

import { camera, socketAddress, wishOf } from "../../web_client/requests.js";
import { card, AT_FIRST } from "../../web_client/states.js";
import { addressLine, linkTo } from "../../web_client/views/address.js";
import { comeBack, join, visit } from "../../web_client/views/joining.js";

const HERE = { origin: "http://127.0.0.1:8080", pathname: "/" };
const OVER = /** @type {any} */ ({ camera: "over-left" });
const STATUS = /** @type { voices: [], region: null, preset: "natural",any} */ ({
  playing: true, speed: 1, loop: true, camera: "left", staging: "side-by-side", own: false,
  voices: [], region: null, preset: "natural",
});

test("a copied link brings somebody to the same stage, moment and camera", () => {
  const link = linkTo(HERE, { stage: "a-b_c", opened_as: "V00_S0809_I00000582" }, OVER, 12.3456);
  assert.equal(
    link,
    "http://127.0.0.1:8080/?stage=a-b_c&interaction=V00_S0809_I00000582&t=12.35&camera=over-left",
  );
  assert.deepEqual(wishOf(new URL(link).search), {
    stage: "a-b_c", interaction: "V00_S0809_I00000582", time_s: 12.35, camera: "over-left",
  });
});

test("a free camera is in the link by its numbers, as on the command line", () => {
  const orbit = {
    azimuth_rad: Math.PI / 6, elevation_rad: -Math.PI / 18, distance_m: 4.5, vertical_fov_rad: Math.PI / 6,
    target_m: /** @type {[number, number, number]} */ ([0, 1.1, -0.25]),
  };
  const link = linkTo(HERE, { stage: "a", opened_as: "demo" }, { camera: "orbit", orbit }, 0);
  const wished = wishOf(new URL(link).search).camera ?? "";
  assert.equal(wished, "orbit:30,-10,4.5,30@0,1.1,-0.25");
  const message = /** @type {any} */ (camera(wished));
  assert.equal(message.type, "look");
  for (const name of /** @type {const} */ (["azimuth_rad", "elevation_rad", "distance_m", "vertical_fov_rad"])) {
    assert.ok(Math.abs(message[name] - orbit[name]) < 1e-4, name);
  }
  assert.deepEqual(message.target_m, orbit.target_m);
  assert.equal(camera("orbit:1,2").type, "camera", "the server says what is wrong with it");
});

test("the address line names what is played, and nothing else", () => {
  assert.equal(addressLine("/", null), "/");
  assert.equal(addressLine("/stage/", "A,B C"), "/stage/?interaction=A%2CB+C");
});

test("a stage by its id is asked for by nothing else", () => {
  assert.equal(socketAddress({ protocol: "http:", host: "h" }, "demo", "a-b_c"), "ws://h/ws?stage=a-b_c");
  assert.equal(socketAddress({ protocol: "http:", host: "h" }, "demo", null), "ws://h/ws?interaction=demo");
});

test("who is alone brings the stage to what the link says", () => {
  const found = { ...STATUS, playing: false };
  assert.deepEqual(join({ time_s: 12.5, camera: "right" }, found, 0, 30), {
    messages: [{ type: "camera", name: "right" }, { type: "seek", time_s: 12.5 }, { type: "play" }],
    ownCamera: null,
    words: "",
  });
  assert.deepEqual(join({ time_s: null, camera: null }, STATUS, 0, 30).messages, []);
});

test("who joins others moves nothing of theirs", () => {
  assert.deepEqual(join({ time_s: 12.5, camera: "right" }, { ...STATUS, playing: false }, 1, 30), {
    messages: [],
    ownCamera: "right",
    words: "Somebody else watches: you see the time that they see.",
  });
  const same = join({ time_s: null, camera: "left" }, STATUS, 3, 30);
  assert.deepEqual([same.ownCamera, same.words], [null, ""], "they see it already");
  assert.match(join({ time_s: 0, camera: null }, STATUS, 3, 30).words, /^3 others watch/);
});

test("after a loss the stage is brought back by who is alone, and an own view by who had one", () => {
  assert.equal(comeBack(STATUS, 7, 0, 30).messages.at(-1)?.type, "play");
  assert.deepEqual(comeBack(STATUS, 7, 2, 30).messages, []);
  assert.equal(comeBack(STATUS, 7, 2, 30).ownCamera, null);
  assert.equal(comeBack({ ...STATUS, own: true }, 7, 2, 30).ownCamera, "left");
  assert.deepEqual(visit(1).messages, []);
  assert.equal(visit(0).messages.length, 2);
});

test("a stage that has ended is opened anew if its interaction is known", () => {
  const ended = { ...AT_FIRST, state: /** @type {const} */ ("ended"), reason: "nobody watched it any more" };
  assert.deepEqual(card(ended), {
    title: "This stage has ended", detail: "Nobody watched it any more.", action: "Start again", busy: false,
  });
  assert.equal(card({ ...ended, reopens: false })?.action, "");
});
