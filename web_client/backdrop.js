// The room goes on round the picture: its edges are drawn outwards, so that no bars are seen.

/** The canvas has this fraction of the page's pixels; the browser's smoothing does the rest. */
const SCALE = 1 / 12;
const REDRAW_MS = 250;
/** Rows and columns of the picture that count as its edge: more than one, against the noise of compression. */
const EDGE = 2;
/** Places along half an edge of which the lightest is taken for the room. */
const PLACES = 6;

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
 * Paints as long as the page is open. The studio is lighter than whoever stands in it: where somebody is cut by
 * an edge, blending by the lighter colour shows the room instead of a stripe of clothes.
 * @param {HTMLCanvasElement} canvas covering the page
 * @param {HTMLVideoElement} video
 * @param {() => boolean} live whether the video shows the stage
 */
export function bindBackdrop(canvas, video, live) {
  const context = canvas.getContext("2d", { alpha: false });
  const corners = Object.assign(document.createElement("canvas"), { width: 2, height: 1 }).getContext("2d");
  if (!context || !corners) return;

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
    const x = on.x * SCALE;
    const y = on.y * SCALE;
    const right = (on.x + on.width) * SCALE;
    const bottom = (on.y + on.height) * SCALE;
    sideStrips(0, x, y, bottom - y);
    sideStrips(right, columns - right, y, bottom - y);
    levelStrip(0, 0, y, columns);
    levelStrip(h - EDGE, bottom, rows - bottom, columns);
    context?.drawImage(video, 0, 0, w, h, x, y, right - x, bottom - y);
    canvas.classList.add("painted");
  }

  /**
   * Beside the picture every row goes on, so that the horizon does.
   * @param {number} x @param {number} width @param {number} y @param {number} height of the canvas
   */
  function sideStrips(x, width, y, height) {
    if (!context || width <= 0) return;
    const { videoWidth: w, videoHeight: h } = video;
    context.drawImage(video, 0, 0, EDGE, h, x, y, width, height);
    context.globalCompositeOperation = "lighten";
    context.drawImage(video, w - EDGE, 0, EDGE, h, x, y, width, height);
    context.globalCompositeOperation = "source-over";
  }

  /**
   * Above and below is wall or floor, from the colour of the left half of the edge to that of the right.
   * @param {number} from row of the picture
   * @param {number} y @param {number} height @param {number} columns of the canvas
   */
  function levelStrip(from, y, height, columns) {
    if (!context || !corners || height <= 0) return;
    const step = video.videoWidth / 2 / PLACES;
    corners.globalCompositeOperation = "source-over";
    for (let place = 0; place < PLACES; place += 1) {
      for (const half of [0, 1]) {
        corners.drawImage(video, (half * PLACES + place) * step, from, step, EDGE, half, 0, 1, 1);
      }
      corners.globalCompositeOperation = "lighten";
    }
    context.drawImage(corners.canvas, 0, 0, 2, 1, 0, y, columns, height);
  }

  setInterval(paint, REDRAW_MS);
  window.addEventListener("resize", paint);
}
