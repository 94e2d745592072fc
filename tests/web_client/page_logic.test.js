import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { Aim } from "../../web_client/aim.js";
import { contained, roomColour } from "../../web_client/backdrop.js";
import { actionOf } from "../../web_client/keyboard.js";
import { keyIn, refusalOf } from "../../web_client/entry.js";
import { AT_FIRST, backOff_s, card, hasPicture, rateWords, shortWords, waitingNote } from "../../web_client/states.js";
import { formatTime, spokenTime } from "../../web_client/time_text.js";

const PAGE = new URL("../../web_client/", import.meta.url);

test("times are cut to tenths, and binary fractions do not make them late", () => {
  assert.equal(formatTime(0), "0:00.0");
  assert.equal(formatTime(12.3), "0:12.3");
  assert.equal(formatTime(59.99), "0:59.9");
  assert.equal(formatTime(61), "1:01.0");
  assert.equal(formatTime(3727.4), "1:02:07.4");
  assert.equal(formatTime(-1), "0:00.0");
  assert.equal(formatTime(Number.NaN), "0:00.0");
  assert.equal(spokenTime(61), "1 minute 1 second");
  assert.equal(spokenTime(120), "2 minutes");
  assert.equal(spokenTime(0.9), "0 seconds");
});

test("the bar stays where the viewer pulled it until that place is seen, but not for ever", () => {
  const aim = new Aim();
  assert.equal(aim.settle(3, 0), 3);
  aim.set(20, 10);
  assert.equal(aim.settle(3.1, 10.1), 20);
  assert.equal(aim.settle(20.03, 10.2), 20.03);
  assert.equal(aim.settle(3.2, 10.3), 3.2, "once arrived, the picture is right again");
  aim.set(20, 20);
  assert.equal(aim.settle(4, 22.9), 20);
  assert.equal(aim.settle(4, 23.1), 4);
});

test("waits double from half a second to eight", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 60].map(backOff_s), [0.5, 1, 2, 4, 8, 8, 8]);
});

test("every state without a picture has words, and a way out where there is one", () => {
  assert.equal(card({ ...AT_FIRST, state: "live" }), null);
  assert.equal(card(AT_FIRST)?.title, "Connecting");
  assert.equal(card({ ...AT_FIRST, answered: true })?.title, "Waiting for the first picture");
  const fetched = card({ ...AT_FIRST, opening: "What is not here of the recording is fetched." });
  assert.deepEqual([fetched?.title, fetched?.detail], ["Opening the stage", "What is not here of the recording is fetched."]);
  assert.equal(card({ ...AT_FIRST, state: "reconnecting", attempt: 2, opening: "The recording is read." })?.title, "Opening the stage");
  assert.equal(card({ ...AT_FIRST, state: "ended", reason: "nobody came" })?.detail, "Nobody came.");
  assert.equal(card({ ...AT_FIRST, state: "ended" })?.action, "Start again");
  const again = card({ ...AT_FIRST, state: "reconnecting", attempt: 3, wait_s: 1.2 });
  assert.match(again?.detail ?? "", /Attempt 3 in 2 s/);
  assert.equal(again?.action, "Try now");
  assert.match(card({ ...again, ...AT_FIRST, state: "reconnecting", stopping: true })?.title ?? "", /stopped/);
  const full = card({ ...AT_FIRST, state: "busy", reason: "The machine is full.", wait_s: 3.2 });
  assert.equal(full?.detail, "The machine is full. Trying again in 4 s.");
  const states = /** @type {const} */ (["connecting", "live", "stalled", "interrupted", "reconnecting", "busy", "locked", "ended", "failed"]);
  for (const state of states) {
    const situation = { ...AT_FIRST, state, height: 720, pictures_per_second: 30 };
    assert.ok(shortWords(situation).length > 0);
    assert.equal(card(situation) === null, hasPicture(situation), "a card or a picture, never neither and never both");
    assert.equal(rateWords(situation), state === "live" ? "720p · 30 fps" : "");
  }
});

test("a picture that waits for data says so, and why if the server knows", () => {
  const waits = { ...AT_FIRST, state: /** @type {const} */ ("live"), waiting: true, height: 720, pictures_per_second: 5 };
  assert.deepEqual(waitingNote(waits), { title: "Waiting for data", detail: "" });
  assert.equal(waitingNote({ ...waits, trouble: "the bucket is busy" })?.detail, "The bucket is busy.");
  assert.equal(waitingNote({ ...waits, trouble: "files.example: 503" })?.detail, "files.example: 503.");
  assert.equal(shortWords(waits), "Waiting");
  assert.equal(rateWords(waits), "", "five repeated pictures a second are no rate");
  assert.equal(card(waits), null, "the picture stays");
  assert.equal(waitingNote({ ...waits, waiting: false, trouble: "the bucket is busy" }), null, "while it plays");
  const lost = { ...waits, state: /** @type {const} */ ("stalled") };
  assert.equal(waitingNote(lost), null, "no pictures at all is something else");
  assert.equal(shortWords(lost), "No pictures");
});

test("a key is found in a link, behind the hash, or by itself", () => {
  assert.equal(keyIn("https://stage.example/?interaction=demo#key=1.YQ.abc-_"), "1.YQ.abc-_");
  assert.equal(keyIn("#key=1.YQ.abc"), "1.YQ.abc");
  assert.equal(keyIn(" 1.YQ.abc "), "1.YQ.abc");
  assert.equal(keyIn("https://stage.example/"), "");
  assert.equal(keyIn("#other"), "");
});

test("what the server refuses is locked or full, and anything else is no answer", () => {
  assert.deepEqual(refusalOf(401, "a link is needed", null), { kind: "locked", reason: "A link is needed.", retry_after_s: 0 });
  assert.equal(refusalOf(403, "", null).kind, "locked");
  assert.deepEqual(refusalOf(429, "", "7"), { kind: "busy", reason: "", retry_after_s: 7 });
  assert.equal(refusalOf(503, "", "soon").retry_after_s, 5);
  assert.equal(refusalOf(500, "broken", null).kind, "unknown");
});

/** @param {string} key @param {object} [held] @param {object} [focus] */
function press(key, held = {}, focus = {}) {
  return actionOf(
    { key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...held },
    { picture: false, button: false, chooser: false, ...focus },
  );
}

test("keys do what the help says", () => {
  assert.deepEqual(press(" "), { does: "play" });
  assert.deepEqual(press("ArrowRight"), { does: "step", by_s: 1 });
  assert.deepEqual(press("ArrowLeft", { shiftKey: true }), { does: "step", by_s: -5 });
  assert.deepEqual(press("."), { does: "frame", by: 1 });
  assert.deepEqual(press("7"), { does: "camera", index: 6 });
  assert.deepEqual(press("8"), { does: "director" });
  assert.equal(press("9"), null);
  assert.deepEqual(press("S", { shiftKey: true }), { does: "staging" });
  assert.deepEqual(press("]"), { does: "speed", direction: 1 });
  assert.deepEqual(press("ArrowUp"), { does: "volume", by: 0.05 });
});

test("the browser and the focused part keep their own keys", () => {
  assert.equal(press("f", { ctrlKey: true }), null);
  assert.equal(press("s", { metaKey: true }), null);
  assert.equal(press(" ", {}, { button: true }), null);
  assert.equal(press("ArrowDown", {}, { chooser: true }), null);
  assert.equal(press("Tab"), null);
  assert.deepEqual(press("ArrowLeft", {}, { picture: true }), { does: "turn", x: -1, y: 0 });
  assert.deepEqual(press("ArrowUp", { shiftKey: true }, { picture: true }), { does: "pan", x: 0, y: -1 });
});

test("a picture keeps its aspect in any window", () => {
  assert.deepEqual(contained({ x: 0, y: 0, width: 1440, height: 900 }, 1280, 720), { x: 0, y: 45, width: 1440, height: 810 });
  assert.deepEqual(contained({ x: 10, y: 20, width: 1000, height: 360 }, 1280, 720), { x: 190, y: 20, width: 640, height: 360 });
});

test("the room is the light grey sample, not the orange sleeve nor the dark hair", () => {
  const samples = new Uint8ClampedArray([217, 142, 74, 255, 47, 35, 29, 255, 223, 225, 226, 255, 31, 111, 120, 255]);
  assert.equal(roomColour(samples, 0, 4), "rgb(223 225 226)");
  assert.equal(roomColour(samples, 3, 4), "rgb(31 111 120)");
});

test("the page loads nothing from anywhere else, and every symbol it uses is drawn", () => {
  const names = readdirSync(PAGE).filter((name) => /\.(js|css|html|svg)$/.test(name));
  assert.ok(names.length > 15);
  for (const name of names) {
    const text = readFileSync(new URL(name, PAGE), "utf8").replaceAll("http://www.w3.org/2000/svg", "");
    assert.doesNotMatch(text, /(https?:)?\/\/[a-z0-9-]+\.[a-z]{2,}/i, name);
  }
  const html = readFileSync(new URL("index.html", PAGE), "utf8");
  for (const [, id] of html.matchAll(/href="#([a-z-]+)"/g)) assert.ok(html.includes(`<symbol id="${id}"`), id);
  for (const [, file] of html.matchAll(/"\/client\/([a-z._]+)"/g)) assert.ok(names.includes(file ?? ""), file);
  // What is imported only when somebody asks for it, and what another page has.
  const late = ["docs.js", "eye_and_ear.js", "lip_sync.js", "lips_panel.js", "measure_lips.js", "sound_recorder.js"];
  for (const name of names.filter((each) => each.endsWith(".js") && !late.includes(each))) {
    assert.ok(html.includes(`="/client/${name}"`), `${name} is not loaded early`);
    const text = readFileSync(new URL(name, PAGE), "utf8");
    for (const [, id] of text.matchAll(/part\("([a-z-]+)"/g)) assert.ok(html.includes(`id="${id}"`), `${name}: ${id}`);
  }
});

test("the people are named in the colours they wear on the stage", () => {
  const appearance = readFileSync(new URL("../../avatar_server/scene/appearance.py", import.meta.url), "utf8");
  const worn = [...appearance.matchAll(/_dressed\("([a-z]+)", "/g)].map((found) => found[1]);
  const [left, right] = worn.map((name) => appearance.match(`"${name}": {"top": "(#[0-9a-f]{6})"`)?.[1]);
  const style = readFileSync(new URL("style.css", PAGE), "utf8");
  assert.ok(left && style.includes(`--left: ${left};`), left);
  assert.ok(right && style.includes(`--right: ${right};`), right);
});
