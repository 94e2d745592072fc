// The page: the stage's picture and sound, and between the hands of the viewer and the server.

import { bindBackdrop } from "./backdrop.js";
import { Controls } from "./controls.js";
import { bindDoor } from "./door.js";
import { part } from "./elements.js";
import { bindGestures } from "./gestures.js";
import { showFaces, showInteraction, showSituation, showSpeaking } from "./head_line.js";
import { actionOf } from "./keyboard.js";
import { Link } from "./link.js";
import { Page } from "./page.js";
import { PANELS } from "./panel_list.js";
import { Panels } from "./panels.js";
import { bindRegionKey } from "./region_key.js";
import { camera, DIRECTOR, FREE_CAMERA, nextSpeed, socketAddress, TEST_CARD } from "./requests.js";
import { bindPictureInPicture, bindScreen, toggleFullScreen, togglePictureInPicture } from "./screen.js";
import { SeekBar } from "./seek_bar.js";
import { hasPicture } from "./states.js";
import { keepStill } from "./still.js";
import { Sound } from "./sound.js";
import { bindTheme } from "./theme.js";
import { showNotices, toast } from "./toasts.js";
import { bindVerdict } from "./verdict.js";
import { Place } from "./views/place.js";
import { Views } from "./views/views.js";
import { bindVoices } from "./voices.js";

/** @typedef {import("./messages.d.ts").ServerMessage} ServerMessage */
/** @typedef {import("./messages.d.ts").Status} Status */
/** @typedef {import("./keyboard.js").Action} Action */

/** The time is shown with every picture; in a pause, and where browsers do not tell of pictures, this often. */
const STANDSTILL_MS = 200;

const video = part("stage-video", HTMLVideoElement);
const picture = part("picture", HTMLElement);
const help = part("help", HTMLDialogElement);
const place = new Place();

const link = new Link(place.address, {
  onMessage: receive,
  onStream: (stream) => {
    if (video.srcObject === stream) return;
    video.srcObject = stream;
    video.play().catch(() => undefined);
  },
  onSituation: (situation) => {
    showSituation(situation);
    verdict.explain(situation.state, place.interaction);
  },
  onLost: () => {
    if (hasPicture(link.situation)) keepStill(video, part("still", HTMLCanvasElement));
    place.leave(page.status, page.seen_s());
    page.lose();
    controls.allow(false);
  },
});
link.anew = place.anew;

const page = new Page(video, {
  send: (...messages) => link.send(...messages),
  stats: () => link.stats(),
  visit,
  toast,
});

const verdict = bindVerdict(page);

/** @param {ServerMessage} message */
function receive(message) {
  if (message.type === "welcome") {
    place.enter(message);
    link.anew = place.anew;
    page.open(message);
    showInteraction(message);
    showNotices(message.interaction.notices);
    controls.welcome(message);
    seekBar.setDuration(message.interaction.duration_s);
  } else if (message.type === "status") {
    const before = page.status;
    if (message.shot !== before?.shot || message.staging !== before.staging || message.studio !== before.studio) backdrop.viewChanges();
    page.announce(message);
    join(message);
    controls.allow(true);
    orbit.look(message.shot);
    seekBar.setBuffered(message.buffered);
    seekBar.setRegion(message.region);
    controls.show(message, page.seen_s(), page.duration_s);
    showFaces(message);
    showSpeaking(message);
  } else if (message.type === "error") {
    views.refused();
    toast(message.message, true);
  }
}

/** @param {Status} found */
function join(found) {
  const first = place.join(found, page.duration_s);
  if (!first) return;
  for (const message of first.messages) {
    if (message.type === "seek") page.seek(message.time_s);
    else page.send(message);
  }
  if (first.ownCamera !== null) views.lookThrough(first.ownCamera);
  if (first.words) toast(first.words);
}

function toggleLoop() {
  if (page.status) page.send({ type: "loop", loop: !page.status.loop });
}

const controls = new Controls({
  playOrPause: () => page.togglePlaying(),
  loop: toggleLoop,
  send: (...messages) => link.send(...messages),
});

const seekBar = new SeekBar({
  seek: (time_s) => page.seek(time_s),
  holdStill: () => page.holdStill(),
  letGo: () => page.letGo(),
});
page.on("time", (time_s) => {
  if (page.status?.playing) seekBar.pass(time_s);
  else seekBar.show(time_s);
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
    else page.togglePlaying();
  },
);
const panels = new Panels(page, PANELS);
const views = new Views(page);
const regionKey = bindRegionKey(page);
const theme = bindTheme();
const screen = bindScreen(() => page.status?.playing ?? false);

/** @param {Action} action */
function act(action) {
  const { status } = page;
  const size = { width: picture.clientWidth || 1, height: picture.clientHeight || 1 };
  switch (action.does) {
    case "play":
      return page.togglePlaying();
    case "mute":
      return sound.toggle();
    case "loop":
      return toggleLoop();
    case "region":
      return regionKey.press();
    case "fullscreen":
      return void toggleFullScreen().catch(() => undefined);
    case "help":
      return help.open ? help.close() : help.showModal();
    case "staging":
      return status ? page.send(...controls.stagingAfter(status.staging)) : undefined;
    case "free":
      return page.send(camera(FREE_CAMERA));
    case "director":
      return page.send(camera(DIRECTOR));
    case "camera":
      return page.send(...controls.cameraAt(action.index));
    case "step":
      return page.seek(page.seen_s() + action.by_s);
    case "frame":
      if (status?.playing) page.send({ type: "pause" });
      return page.seek(page.seen_s() + action.by / page.rate_hz);
    case "goto":
      return page.seek(action.part * page.duration_s);
    case "speed":
      return status ? page.send(nextSpeed(status.speed, action.direction)) : undefined;
    case "volume":
      return sound.change(action.by);
    case "panel":
      return void panels.toggle(action.name);
    case "window":
      return void togglePictureInPicture(video).catch(() => undefined);
    case "theme":
      return theme.next();
    case "view":
      return views.toggle();
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
  const home = place.interaction;
  if (document.getElementById("lips")) return;
  new LipsPanel({
    video,
    stats: () => link.stats(),
    plays: () => place.interaction === TEST_CARD && link.situation.state === "live" && (page.status?.playing ?? false),
    over: () => visit(TEST_CARD),
    back: () => visit(home),
  });
});

/** @param {string | null} interaction */
function visit(interaction) {
  if (interaction === place.interaction) return;
  link.visit(socketAddress(location, interaction));
  place.visit(interaction);
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
    if (metadata.rtpTimestamp !== undefined) page.show(metadata.rtpTimestamp);
    page.tick();
    video.requestVideoFrameCallback(seen);
  };
  video.requestVideoFrameCallback(seen);
}

/** Of a hidden page, and by browsers that do not tell of pictures, none are counted. */
let countable = false;
document.addEventListener("visibilitychange", () => (countable = false));
let countedAt_s = performance.now() / 1000;
setInterval(() => {
  const passed_s = performance.now() / 1000 - countedAt_s;
  if (countable) link.count(Math.round(picturesShown / passed_s), video.videoHeight);
  countable = !document.hidden && "requestVideoFrameCallback" in HTMLVideoElement.prototype;
  picturesShown = 0;
  countedAt_s += passed_s;
}, 1000);

watchPictures();
bindVoices(page);
bindPictureInPicture(video);
panels.restore();
setInterval(() => page.tick(), STANDSTILL_MS);
bindDoor(link);
