// The last picture stays when the connection goes: browsers turn a closed WebRTC video black.

/**
 * To be called while the video still shows it.
 * @param {HTMLVideoElement} video
 * @param {HTMLCanvasElement} canvas lying on the video, with the same object-fit
 */
export function keepStill(video, canvas) {
  const { videoWidth: width, videoHeight: height } = video;
  const context = canvas.getContext("2d");
  if (!context || width === 0 || height === 0) return;
  canvas.width = width;
  canvas.height = height;
  context.drawImage(video, 0, 0);
}
