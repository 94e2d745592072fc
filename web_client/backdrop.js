// The room goes on round the picture: its edges are drawn outwards, so that no bars are seen.

/** The canvas has this fraction of the page's pixels; the browser's smoothing does the rest. */
const SCALE = 1 / 12;
const REDRAW_MS = 200;

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
  if (!context) return;

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
    // One picture element from the edge inwards, so that compression at the very border does not show.
    const edge = 2;
    context.drawImage(video, 0, 0, w, h, x, y, right - x, bottom - y);
    if (x > 0) context.drawImage(video, 0, 0, edge, h, 0, y, x, bottom - y);
    if (right < columns) context.drawImage(video, w - edge, 0, edge, h, right, y, columns - right, bottom - y);
    // The corners follow: above and below goes on what was just painted, sides included.
    const top = Math.ceil(y);
    const low = Math.floor(bottom) - 1;
    if (top > 0) context.drawImage(canvas, 0, top, columns, 1, 0, 0, columns, top);
    if (low < rows - 1) context.drawImage(canvas, 0, low, columns, 1, 0, low, columns, rows - low);
    canvas.classList.add("painted");
  }

  setInterval(paint, REDRAW_MS);
  window.addEventListener("resize", paint);
}
