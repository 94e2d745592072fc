// The room goes on round the picture: its edges are drawn outwards, so that no bars are seen.

/** The canvas has this fraction of the page's pixels; the browser's smoothing does the rest. */
const SCALE = 1 / 12;
/**
 * While the view changes, and while it stands still: the edges of the picture are wall and floor. Every redrawing has
 * the whole window composed anew.
 */
const LIVELY_MS = 250;
const QUIET_MS = 2000;
const LIVELY_FOR_MS = 1500;
/** Rows and columns of the picture that count as its edge: more than one, against the noise of compression. */
const EDGE = 2;
/** Along an edge above or below; half of them for either side. */
const SAMPLES = 16;

/**
 * @typedef {object} Box
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 */

/**
 * Where a picture lies inside a box when it keeps its aspect and is centred (CSS object-fit: contain).
 * @param {Box} box
 * @param {number} width of the picture
 * @param {number} height of the picture
 * @returns {Box}
 */
export function contained(box, width, height) {
  const scale = Math.min(box.width / width, box.height / height);
  const size = { width: width * scale, height: height * scale };
  return { x: box.x + (box.width - size.width) / 2, y: box.y + (box.height - size.height) / 2, ...size };
}

/**
 * The room's colour among samples of an edge: the studio is light and grey, whoever stands in it is not, so the
 * sample whose smallest channel is the largest.
 * @param {Uint8ClampedArray} rgba
 * @param {number} from first sample
 * @param {number} to after the last
 * @returns {string} a CSS colour
 */
export function roomColour(rgba, from, to) {
  let best = from;
  const whiteness = (/** @type {number} */ sample) => Math.min(...rgba.subarray(4 * sample, 4 * sample + 3));
  for (let sample = from; sample < to; sample += 1) if (whiteness(sample) > whiteness(best)) best = sample;
  return `rgb(${rgba.subarray(4 * best, 4 * best + 3).join(" ")})`;
}

/**
 * Paints the room without the people behind the whole page, as long as the page is open.
 * @param {HTMLCanvasElement} canvas covering the page
 * @param {HTMLVideoElement} video
 * @param {() => boolean} live whether the video shows the stage
 * @returns {{viewChanges: () => void}} to be called when another view is asked for or told of
 */
export function bindBackdrop(canvas, video, live) {
  const context = canvas.getContext("2d", { alpha: false });
  const edge = Object.assign(document.createElement("canvas"), { width: SAMPLES, height: 1 }).getContext("2d", {
    willReadFrequently: true,
  });
  if (!context || !edge) return { viewChanges: () => undefined };
  let livelyUntil_ms = performance.now() + LIVELY_FOR_MS;
  /** @type {number | undefined} */
  let timer;

  function redraw() {
    clearTimeout(timer);
    paint();
    timer = setTimeout(redraw, performance.now() < livelyUntil_ms || !painted ? LIVELY_MS : QUIET_MS);
  }

  let painted = false;
  function paint() {
    const { videoWidth: w, videoHeight: h } = video;
    if (w === 0 || h === 0 || document.hidden || !live()) return;
    const columns = Math.max(2, Math.round(window.innerWidth * SCALE));
    const rows = Math.max(2, Math.round(window.innerHeight * SCALE));
    if (canvas.width !== columns || canvas.height !== rows) {
      canvas.width = columns;
      canvas.height = rows;
    }
    const on = contained(video.getBoundingClientRect(), w, h);
    const top = on.y * SCALE;
    const bottom = (on.y + on.height) * SCALE;
    besides(top, bottom - top, columns);
    // A row of overlap, or the browser's smoothing would show a line.
    if (top > 0) level(0, 0, top + 1, columns);
    if (bottom < rows) level(h - EDGE, bottom - 1, rows - bottom + 1, columns);
    canvas.classList.add("painted");
    painted = true;
  }

  /**
   * Beside the picture every row goes on, so that the horizon does. Where somebody is cut by one side, the lighter
   * other side shows.
   * @param {number} y @param {number} height @param {number} columns of the canvas
   */
  function besides(y, height, columns) {
    if (!context) return;
    const { videoWidth: w, videoHeight: h } = video;
    context.drawImage(video, 0, 0, EDGE, h, 0, y, columns, height);
    context.globalCompositeOperation = "lighten";
    context.drawImage(video, w - EDGE, 0, EDGE, h, 0, y, columns, height);
    context.globalCompositeOperation = "source-over";
  }

  /**
   * Above and below is wall or floor, from the colour of the left half of the edge to that of the right.
   * @param {number} from row of the picture
   * @param {number} y @param {number} height @param {number} columns of the canvas
   */
  function level(from, y, height, columns) {
    if (!context || !edge) return;
    edge.drawImage(video, 0, from, video.videoWidth, EDGE, 0, 0, SAMPLES, 1);
    const { data } = edge.getImageData(0, 0, SAMPLES, 1);
    const blend = context.createLinearGradient(0, 0, columns, 0);
    blend.addColorStop(0, roomColour(data, 0, SAMPLES / 2));
    blend.addColorStop(1, roomColour(data, SAMPLES / 2, SAMPLES));
    context.fillStyle = blend;
    context.fillRect(0, y, columns, height);
  }

  redraw();
  window.addEventListener("resize", paint);
  return {
    viewChanges: () => {
      const quiet = performance.now() >= livelyUntil_ms;
      livelyUntil_ms = performance.now() + LIVELY_FOR_MS;
      if (!quiet) return;
      clearTimeout(timer);
      timer = setTimeout(redraw, LIVELY_MS / 2);
    },
  };
}
