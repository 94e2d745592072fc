// The room goes on round the picture: its edges are drawn outwards, so that no bars are seen.

/** The canvas has this fraction of the page's pixels; the browser's smoothing does the rest. */
const SCALE = 1 / 12;
const REDRAW_MS = 200;
/** Rows and columns of the picture that count as its edge: more than one, against the noise of compression. */
const EDGE = 2;
const CORNER_SHARE = 0.04;

/**
 * Where a picture lies inside a box when it keeps its aspect and is centred (CSS object-fit: contain).
 * @param {{x: number, y: number, width: number, height: number}} box
 * @param {number} width of the picture
 * @param {number} height of the picture
 * @returns {{x: number, y: number, width: number, height: number}}
 */
export function contained(box, width, height) {
  const scale = Math.min(box.width / width, box.height / height);
  const size = { width: width * scale, height: height * scale };
  return { x: box.x + (box.width - size.width) / 2, y: box.y + (box.height - size.height) / 2, ...size };
}

/**
 * Paints until the page is left.
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
    if (!context || w === 0 || h === 0 || document.hidden || !live()) return;
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
    context.drawImage(video, 0, 0, w, h, x, y, right - x, bottom - y);
    if (x > 0) context.drawImage(video, 0, 0, EDGE, h, 0, y, x, bottom - y);
    if (right < columns) context.drawImage(video, w - EDGE, 0, EDGE, h, right, y, columns - right, bottom - y);
    if (y > 0) stretch(0, 0, y);
    if (bottom < rows) stretch(h - EDGE, bottom, rows - bottom);
    /**
     * Above and below, from corner to corner: whoever is cut by the edge does not go on there as a stripe.
     * @param {number} from row of the picture
     * @param {number} to row of the canvas
     * @param {number} height of the strip
     */
    function stretch(from, to, height) {
      if (!context || !corners) return;
      const width = w * CORNER_SHARE;
      corners.drawImage(video, 0, from, width, EDGE, 0, 0, 1, 1);
      corners.drawImage(video, w - width, from, width, EDGE, 1, 0, 1, 1);
      context.drawImage(corners.canvas, 0, 0, 2, 1, 0, to, columns, height);
    }
    canvas.classList.add("painted");
  }

  setInterval(paint, REDRAW_MS);
  window.addEventListener("resize", paint);
}
