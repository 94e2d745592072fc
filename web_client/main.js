// The page: the stage's picture and sound, and between the hands of the viewer and the server.

import { Aim } from "./aim.js";
import { bindBackdrop } from "./backdrop.js";
import { Controls } from "./controls.js";
import { bindDoor } from "./door.js";
import { part } from "./elements.js";
import { bindGestures } from "./gestures.js";
import { showFacts, showInteraction, showReception, showSituation } from "./head_line.js";
import { actionOf } from "./keyboard.js";
import { Link } from "./link.js";
import { Playhead } from "./playhead.js";
import { camera, FREE_CAMERA, nextSpeed, restore, seek, socketAddress, TEST_CARD, wishOf } from "./requests.js";
import { bindScreen, toggleFullScreen } from "./screen.js";
import { SeekBar } from "./seek_bar.js";
import { hasPicture } from "./states.js";
import { keepStill } from "./still.js";
import { Sound } from "./sound.js";
import { showNotices, toast } from "./toasts.js";

/** @typedef {import("./messages.d.ts").ServerMessage} ServerMessage */
/** @typedef {import("./messages.d.ts").Status} Status */
/** @typedef {import("./keyboard.js").Action} Action */

/** The time is shown with every picture; in a pause, and where browsers do not tell of pictures, this often. */
const STANDSTILL_MS = 200;

const video = part("stage-video", HTMLVideoElement);
const picture = part("picture", HTMLElement);
const help = part("help", HTMLDialogElement);
const wish = wishOf(location.search);
const playhead = new Playhead(0);
const aim = new Aim();

/** @type {Status | null} */
let status = null;
/** What to bring a fresh stage back to after a loss, by interaction. @type {Map<string | null, {status: Status, time_s: number}>} */
const kept = new Map();
let shown = wish.interaction;
let joining = true;
let rate_hz = 30;

const now_s = () => performance.now() / 1000;
const seen_s = () => aim.settle(playhead.at(now_s()), now_s());

const link = new Link(socketAddress(location, wish.interaction), {
  onMessage: receive,
  onStream: (stream) => {
    if (video.srcObject === stream) return;
    video.srcObject = stream;
    video.play().catch(() => undefined);
  },
  onSituation: showSituation,
  onLost: () => {
    if (hasPicture(link.situation)) keepStill(video, part("still", HTMLCanvasElement));
    if (status) kept.set(shown, { status, time_s: seen_s() });
    status = null;
    controls.allow(false);
    playhead.forget();
    joining = true;
  },
});

/** @param {ServerMessage} message */
function receive(message) {
  if (message.type === "welcome") {
    playhead.duration_s = message.interaction.duration_s;
    rate_hz = message.rate_hz;
    showInteraction(message);
    showNotices(message.interaction.notices);
    controls.welcome(message);
    seekBar.setDuration(message.interaction.duration_s);
  } else if (message.type === "status") {
    if (message.camera !== status?.camera || message.staging !== status.staging) backdrop.viewChanges();
    status = message;
    playhead.announce(message, now_s());
    if (joining) join(message);
    controls.allow(true);
    orbit.look(message.camera);
    seekBar.setBuffered(message.buffered);
    controls.show(message, seen_s(), playhead.duration_s);
    showFacts(message);
  } else if (message.type === "error") {
    toast(message.message);
  }
}

/**
 * The first words to a stage. One that others watch is left as it is, except for what the address asks.
 * @param {Status} found
 */
function join(found) {
  joining = false;
  const alone = found.viewers <= 1;
  const before = kept.get(shown);
  if (before) {
    if (alone) link.send(...restore(before.status, before.time_s, playhead.duration_s));
    return;
  }
  if (shown !== wish.interaction) {
    if (alone) link.send({ type: "loop", loop: true }, { type: "play" });
    return;
  }
  if (wish.camera) link.send(camera(wish.camera));
  if (wish.time_s !== null) goTo(wish.time_s);
  if (alone && !found.playing) link.send({ type: "play" });
}

/** @param {number} time_s */
function goTo(time_s) {
  const message = seek(time_s, playhead.duration_s);
  if (message.type === "seek") aim.set(message.time_s, now_s());
  showTime();
  link.send(message);
}

function togglePlaying() {
  if (status) link.send({ type: status.playing ? "pause" : "play" });
}

function toggleLoop() {
  if (status) link.send({ type: "loop", loop: !status.loop });
}

const controls = new Controls({
  playOrPause: togglePlaying,
  loop: toggleLoop,
  send: (...messages) => link.send(...messages),
});

let playedBeforeDrag = false;
const seekBar = new SeekBar({
  seek: goTo,
  holdStill: () => {
    playedBeforeDrag = status?.playing ?? false;
    if (playedBeforeDrag) link.send({ type: "pause" });
  },
  letGo: () => {
    if (playedBeforeDrag) link.send({ type: "play" });
  },
});

const sound = new Sound(video);
const backdrop = bindBackdrop(part("backdrop", HTMLCanvasElement), video, () => link.situation.state === "live");

const orbit = bindGestures(
  picture,
  (messages) => {
    link.send(...messages);
    backdrop.viewChanges();
  },
  (event) => {
    if (event.pointerType === "touch" && screen.justWoken()) return;
    if (sound.waiting) sound.on();
    else togglePlaying();
  },
);
const screen = bindScreen(() => status?.playing ?? false);

/** @param {Action} action */
function act(action) {
  const size = { width: picture.clientWidth || 1, height: picture.clientHeight || 1 };
  switch (action.does) {
    case "play":
      return togglePlaying();
    case "mute":
      return sound.toggle();
    case "loop":
      return toggleLoop();
    case "fullscreen":
      return void toggleFullScreen().catch(() => undefined);
    case "help":
      return help.open ? help.close() : help.showModal();
    case "staging":
      return status ? link.send(...controls.stagingAfter(status.staging)) : undefined;
    case "free":
      return link.send(camera(FREE_CAMERA));
    case "camera":
      return link.send(...controls.cameraAt(action.index));
    case "step":
      return goTo(seen_s() + action.by_s);
    case "frame":
      if (status?.playing) link.send({ type: "pause" });
      return goTo(seen_s() + action.by / rate_hz);
    case "goto":
      return goTo(action.part * playhead.duration_s);
    case "speed":
      return status ? link.send(nextSpeed(status.speed, action.direction)) : undefined;
    case "volume":
      return sound.change(action.by);
    case "turn":
      orbit.drag(action.x * size.width * 0.04, action.y * size.height * 0.04, size);
      break;
    case "pan":
      orbit.pan(action.x * size.height * 0.03, action.y * size.height * 0.03, size);
      break;
    case "zoom":
      orbit.zoom(action.factor);
      break;
  }
  picture.dispatchEvent(new Event("orbit-by-key"));
}

document.addEventListener("keydown", (event) => {
  const target = event.target instanceof Element ? event.target : document.body;
  const chooser = target.matches("select, input[type=range]:not(#seek)");
  const action = actionOf(event, { picture: target === picture, button: target.matches("button, a"), chooser });
  if (!action || (help.open && action.does !== "help")) return;
  event.preventDefault();
  act(action);
});

// After a click the keys belong to the page again; who came by keyboard keeps the focus.
let byPointer = false;
document.addEventListener("pointerdown", () => (byPointer = true), true);
document.addEventListener("keydown", () => (byPointer = false), true);
for (const kind of ["click", "change"]) {
  document.addEventListener(kind, (event) => {
    const opensList = kind === "click" && event.target instanceof HTMLSelectElement;
    if (byPointer && !opensList && !help.open && document.activeElement instanceof HTMLElement) {
      document.activeElement.blur();
    }
  });
}

part("card-action", HTMLButtonElement).addEventListener("click", () => link.open());
part("lips-open", HTMLButtonElement).addEventListener("click", async () => {
  help.close();
  const { LipsPanel } = await import("./lips_panel.js");
  const home = shown;
  if (document.getElementById("lips")) return;
  new LipsPanel({
    video,
    stats: () => link.stats(),
    plays: () => shown === TEST_CARD && link.situation.state === "live" && (status?.playing ?? false),
    over: () => visit(TEST_CARD),
    back: () => visit(home),
  });
});

/** @param {string | null} interaction */
function visit(interaction) {
  if (shown === interaction) return;
  link.visit(socketAddress(location, interaction));
  shown = interaction;
}

part("help-open", HTMLButtonElement).addEventListener("click", () => act({ does: "help" }));
part("help-close", HTMLButtonElement).addEventListener("click", () => help.close());
help.addEventListener("click", (event) => {
  if (event.target === help) help.close();
});

let picturesShown = 0;
function watchPictures() {
  if (!("requestVideoFrameCallback" in HTMLVideoElement.prototype)) {
    video.addEventListener("timeupdate", () => link.pictureSeen());
    return;
  }
  /** @type {VideoFrameRequestCallback} */
  const seen = (_now, metadata) => {
    picturesShown += 1;
    link.pictureSeen();
    if (metadata.rtpTimestamp !== undefined) playhead.show(metadata.rtpTimestamp, now_s());
    showTime();
    video.requestVideoFrameCallback(seen);
  };
  video.requestVideoFrameCallback(seen);
}

/** Of a hidden page, and by browsers that do not tell of pictures, none are counted. */
let countable = false;
document.addEventListener("visibilitychange", () => (countable = false));
let countedAt_s = now_s();
setInterval(() => {
  const passed_s = now_s() - countedAt_s;
  if (countable) link.count(Math.round(picturesShown / passed_s), video.videoHeight);
  countable = !document.hidden && "requestVideoFrameCallback" in HTMLVideoElement.prototype;
  picturesShown = 0;
  countedAt_s += passed_s;
  if (help.open) void showReception(() => link.stats());
}, 1000);

function showTime() {
  if (!status) return;
  if (status.playing) seekBar.pass(seen_s());
  else seekBar.show(seen_s());
}

watchPictures();
setInterval(showTime, STANDSTILL_MS);
bindDoor(link);
