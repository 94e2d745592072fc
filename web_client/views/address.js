// Links to what is seen: the stage, the moment and the camera. Pure.

import { exactCamera } from "../requests.js";

/** @typedef {import("../messages.d.ts").Status} Status */
/** @typedef {import("../messages.d.ts").Welcome} Welcome */

/**
 * A link for somebody who is to see the same. The interaction goes along for when the stage has ended.
 * @param {{origin: string, pathname: string}} here the page's own address
 * @param {Pick<Welcome, "stage" | "opened_as">} welcome
 * @param {Pick<Status, "camera" | "orbit">} status
 * @param {number} time_s
 * @returns {string}
 */
export function linkTo(here, welcome, status, time_s) {
  const query = new URLSearchParams({
    stage: welcome.stage,
    ...(welcome.opened_as ? { interaction: welcome.opened_as } : {}),
    t: String(Math.round(time_s * 100) / 100),
    camera: exactCamera(status),
  });
  return `${here.origin}${here.pathname}?${query}`;
}

/**
 * The address line of a page that plays an interaction, whatever it was opened with.
 * @param {string} pathname
 * @param {string | null} interaction null for what the server plays for who asks for nothing
 * @returns {string}
 */
export function addressLine(pathname, interaction) {
  return interaction === null ? pathname : `${pathname}?${new URLSearchParams({ interaction })}`;
}
