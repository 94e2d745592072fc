// Generated from avatar_server/control by `python -m avatar_server.control.browser_types`.

/** A WebRTC offer that asks for one video and one audio track; answered by `Answer`. */
export interface Offer {
  type: "offer";
  sdp: string;
}

/** Go on; from the beginning if the end was reached. */
export interface Play {
  type: "play";
}

/** Hold. */
export interface Pause {
  type: "pause";
}

/** Go to a position in the interaction; beyond the end means the end. */
export interface Seek {
  type: "seek";
  time_s: number;
}

/** Play slower or faster, with the pitch kept. */
export interface SetSpeed {
  type: "speed";
  speed: number;
}

/** Begin again at the end, or hold there. */
export interface SetLoop {
  type: "loop";
  loop: boolean;
}

/** Play this stretch again and again, from its start unless the playhead is in it; at least 0.2 s. */
export interface MarkRegion {
  type: "region";
  start_s: number;
  end_s: number;
}

/** Play on where it is: no stretch is played again. */
export interface ClearRegion {
  type: "region_off";
}

/** How loud everybody hears one person: a factor, and whether at all. */
export interface SetVoice {
  type: "voice";
  side: "left" | "right";
  gain: number;
  muted: boolean;
}

/** Show the recordings as a preset makes them, in its usual staging. */
export interface ChoosePreset {
  type: "preset";
  name: string;
}

/** Look through a named camera. */
export interface ChooseCamera {
  type: "camera";
  name: string;
}

/** Put the people elsewhere. */
export interface ChooseStaging {
  type: "staging";
  name: string;
}

/** Change what is behind the people, and their light. */
export interface ChooseStudio {
  type: "studio";
  name: string;
}

/** Move round the target by these angles: left and up are positive. */
export interface TurnOrbit {
  type: "orbit";
  azimuth_rad: number;
  elevation_rad: number;
}

/** Multiply the distance: above 1 is further away. */
export interface Zoom {
  type: "zoom";
  factor: number;
}

/** Move the target in the camera's plane, metres: right and up are positive. */
export interface Pan {
  type: "pan";
  x_m: number;
  y_m: number;
}

/** Look from a place that a status told: on a sphere round target_m, see `OrbitShown`. */
export interface LookFrom {
  type: "look";
  azimuth_rad: number;
  elevation_rad: number;
  distance_m: number;
  vertical_fov_rad: number;
  target_m: [number, number, number];
}

/** A hand is on the picture and is going to move the camera, or is taken off. Told again by every movement; it is forgotten when neither comes for a while. */
export interface LayHand {
  type: "hand";
  on: boolean;
}

/** See through a camera of one's own, which nobody else moves, or through the presenter's again. While it is one's own, cameras, orbit, zoom and pan move it alone. It begins where the presenter's is. */
export interface ChooseView {
  type: "view";
  own: boolean;
}

export type ClientMessage = Offer | Play | Pause | Seek | SetSpeed | SetLoop | MarkRegion | ClearRegion | SetVoice | ChoosePreset | ChooseCamera | ChooseStaging | ChooseStudio | TurnOrbit | Zoom | Pan | LookFrom | LayHand | ChooseView;

/** One of the people on stage; `side` is the viewer's. face: where it comes from when the stage is opened; a status tells how it is later. */
export interface PersonShown {
  id: string;
  name: string;
  side: "left" | "right";
  face: "data" | "synthesised" | "none";
}

/** What is being played. `notices` are for people: a missing partner, an empty sound file. */
export interface InteractionShown {
  key: string;
  label: string;
  split: string;
  duration_s: number;
  people: PersonShown[];
  notices: string[];
}

/** How loud everybody hears the person on one side: a factor, and whether at all. */
export interface VoiceHeard {
  side: "left" | "right";
  gain: number;
  muted: boolean;
}

/** Where a camera stands: on a sphere round target_m, as the orbit commands turn it; world frame. */
export interface OrbitShown {
  azimuth_rad: number;
  elevation_rad: number;
  distance_m: number;
  vertical_fov_rad: number;
  target_m: [number, number, number];
}

/** Before `Welcome`, if the stage is not open yet: what is being done, a sentence for people. */
export interface Opening {
  type: "opening";
  reason: string;
}

/** The stage is open: before it a connection hears at most that it is being opened, or why not. stage: its id, by which others come to the same one; opened_as: by this name it is opened anew once it has ended; empty where that is nobody's business. others: how many watch already. */
export interface Welcome {
  type: "welcome";
  interaction: InteractionShown;
  cameras: string[];
  stagings: string[];
  size: [number, number];
  rate_hz: number;
  version: string;
  stage: string;
  opened_as: string;
  others: number;
  presets: string[];
  studios: string[];
}

/** The WebRTC answer to an offer, with all candidates inside. */
export interface Answer {
  type: "answer";
  sdp: string;
}

/** How the stage stands; sent on every change and four times a second. time_s is the media time of the picture whose RTP time stamp, as this viewer receives it, is rtp_timestamp (90 kHz; 0 before the viewer's first picture). dropped counts pictures since the stage began; draw_ms and encode_ms are recent means. rung and bit_rate (bits a second, lately) are of what this viewer is sent; rung 0 is the best. sound_drift_ms: how far the sound that is made lags behind the timeline that pictures follow (negative: it leads). waiting: time holds because data is missing. buffered: stretches of media time that can be played, empty once everything can. trouble: why nothing comes just now, a sentence for people; empty if all is well. own: this viewer has a view of its own; camera and the figures of pictures are of that one then. region: the stretch that is played again and again. voices: of everybody on stage. preset: the one that is seen; another one that was asked for takes a moment to make. shot: the camera that is seen; another one than camera while that is `auto`, the director's. orbit: where the camera stands, unless the director chooses it. faces: where the faces of all on stage come from, the left one first: recorded, synthesised from the voice, or not shown. studio: the one that is seen. speaking: who of all on stage speaks, the left one first; nobody while it is held. */
export interface Status {
  type: "status";
  playing: boolean;
  time_s: number;
  speed: number;
  loop: boolean;
  camera: string;
  staging: string;
  rtp_timestamp: number;
  pictures_per_second: number;
  dropped: number;
  draw_ms: number;
  encode_ms: number;
  viewers: number;
  rung: number;
  bit_rate: number;
  sound_drift_ms: number;
  waiting: boolean;
  buffered: [number, number][];
  trouble: string;
  own: boolean;
  region: [number, number] | null;
  voices: VoiceHeard[];
  preset: string;
  shot: string;
  orbit: OrbitShown | null;
  faces: ("data" | "synthesised" | "none")[];
  studio: string;
  speaking: boolean[];
}

/** This machine holds no more just now; the connection closes, and one after retry_after_s may succeed. */
export interface Busy {
  type: "busy";
  reason: string;
  retry_after_s: number;
}

/** The stage plays no pictures and no sound just now, and is being set up again; the connection stays. */
export interface Interrupted {
  type: "interrupted";
  reason: string;
}

/** The stage plays again, at the place where it was interrupted. */
export interface Resumed {
  type: "resumed";
}

/** The server stops, for all viewers; the connection closes. */
export interface Stopping {
  type: "stopping";
}

/** The stage is gone; a new connection by the interaction's name starts it anew. */
export interface Ended {
  type: "ended";
  reason: string;
}

/** A message could not be followed; the connection stays usable. */
export interface Problem {
  type: "error";
  message: string;
}

export type ServerMessage = Opening | Welcome | Answer | Status | Busy | Interrupted | Resumed | Stopping | Ended | Problem;
