// Which panels there are. A panel that lies in the same dock as another one replaces it.

/** @typedef {import("./panels.js").Entry} Entry */

/** @type {readonly Entry[]} */
export const PANELS = [
  { name: "library", dock: "library-dock", load: () => import("./library/panel.js") },
  { name: "words", dock: "side-dock", load: () => import("./words/panel.js") },
  { name: "captions", dock: "over-picture", load: () => import("./words/captions.js") },
  { name: "originals", dock: "tiles", load: () => import("./originals/panel.js") },
  { name: "timeline", dock: "timeline-dock", load: () => import("./timeline/panel.js") },
  { name: "export", dock: "side-dock", load: () => import("./export/panel.js") },
  { name: "stream", dock: "corner", load: () => import("./stream/panel.js") },
];
