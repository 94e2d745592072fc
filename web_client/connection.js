// One connection to the server: the WebSocket that carries words and the WebRTC peer that carries the stage.

import { parseServerMessage } from "./requests.js";

/** @typedef {import("./messages.d.ts").ClientMessage} ClientMessage */
/** @typedef {import("./messages.d.ts").ServerMessage} ServerMessage */

/** All addresses of this machine are known at once; longer waits are for name servers that do not answer. */
const GATHERING_LIMIT_MS = 1000;
const CONNECTING_LIMIT_MS = 15_000;
/** A network that changes (Wi-Fi to cable) comes back within this, and the pictures with it. */
const DISCONNECTED_LIMIT_MS = 5000;

/** Browsers do not offer their loopback address, so without a network there is no way even to this machine. */
const NO_ADDRESS =
  "This browser has no network address to receive pictures at. Connect the computer to a network, any will do.";

/**
 * @typedef {object} Listener
 * @property {(message: ServerMessage) => void} onMessage
 * @property {(stream: MediaStream) => void} onStream
 * @property {(opened: boolean) => void} onLost once, while the last picture is still there, and never after
 *     `close()`; whether the server had taken the WebSocket
 * @property {(reason: string) => void} onRefused instead of onLost, when trying again would not help
 */

/** Opens at once. It does not come back by itself: whoever opened it opens the next one. */
export class Connection {
  #closed = false;
  #opened = false;
  /** @type {number | undefined} */
  #limit;
  #socket;
  #peer;
  #listener;

  /**
   * @param {string} address of the WebSocket
   * @param {Listener} listener
   */
  constructor(address, listener) {
    this.#listener = listener;
    this.#peer = new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" });
    this.#peer.addTransceiver("video", { direction: "recvonly" });
    this.#peer.addTransceiver("audio", { direction: "recvonly" });
    this.#peer.addEventListener("track", (event) => {
      const [stream] = event.streams;
      if (stream) this.#listener.onStream(stream);
    });
    this.#peer.addEventListener("connectionstatechange", () => this.#watchPeer());

    this.#socket = new WebSocket(address);
    this.#socket.addEventListener("message", (event) => this.#receive(String(event.data)));
    this.#socket.addEventListener("close", () => this.#lose());
    this.#limit = setTimeout(() => this.#lose(), CONNECTING_LIMIT_MS);

    const opened = new Promise((resolve) => this.#socket.addEventListener("open", resolve));
    void opened.then(() => (this.#opened = true));
    this.#offer(opened).catch(() => this.#lose());
  }

  /**
   * @param {ClientMessage} message
   * @returns {boolean} whether it could be sent
   */
  send(message) {
    if (this.#closed || this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** What the browser counts about this connection (W3C webrtc-stats). */
  stats() {
    return this.#peer.getStats();
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#limit);
    this.#socket.close();
    this.#peer.close();
  }

  /** @param {Promise<unknown>} opened */
  async #offer(opened) {
    const offer = await this.#peer.createOffer();
    await this.#peer.setLocalDescription({ type: "offer", sdp: withStereo(offer.sdp ?? "") });
    await this.#gathered();
    await opened;
    const sdp = this.#peer.localDescription?.sdp ?? "";
    if (this.#peer.iceGatheringState === "complete" && !sdp.includes("a=candidate:")) this.#refuse(NO_ADDRESS);
    else this.send({ type: "offer", sdp });
  }

  /** The offer goes out once, with all addresses inside. */
  #gathered() {
    return new Promise((resolve) => {
      const look = () => {
        if (this.#peer.iceGatheringState === "complete") resolve(undefined);
      };
      this.#peer.addEventListener("icegatheringstatechange", look);
      setTimeout(resolve, GATHERING_LIMIT_MS);
      look();
    });
  }

  /** @param {string} text */
  #receive(text) {
    if (this.#closed) return;
    const message = parseServerMessage(text);
    if (message?.type === "answer") {
      this.#peer.setRemoteDescription({ type: "answer", sdp: message.sdp }).catch((error) => {
        this.#refuse(`This browser cannot receive the stage. ${error}`);
      });
    }
    if (message) this.#listener.onMessage(message);
  }

  #watchPeer() {
    clearTimeout(this.#limit);
    const state = this.#peer.connectionState;
    if (state === "failed") this.#lose();
    else if (state === "disconnected") this.#limit = setTimeout(() => this.#lose(), DISCONNECTED_LIMIT_MS);
    else if (state !== "connected") this.#limit = setTimeout(() => this.#lose(), CONNECTING_LIMIT_MS);
  }

  /** @param {string} reason */
  #refuse(reason) {
    if (this.#closed) return;
    this.close();
    this.#listener.onRefused(reason);
  }

  #lose() {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.onLost(this.#opened);
    this.close();
  }
}

/**
 * Opus is offered with two channels: browsers mix it down to one unless their own offer says so.
 * @param {string} sdp
 */
function withStereo(sdp) {
  const payload = /^a=rtpmap:(\d+) opus\/48000\/2/m.exec(sdp)?.[1];
  return payload ? sdp.replace(new RegExp(`^a=fmtp:${payload} `, "m"), `$&stereo=1;`) : sdp;
}
