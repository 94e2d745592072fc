// The smallest player by draft-ietf-wish-whep: offers, takes the answer, and trickles what it finds later.
"use strict";

const video = document.querySelector("video");
const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
const stream = new MediaStream();
peer.ontrack = ({ track }) => {
  stream.addTrack(track);
  video.srcObject = stream; // Not before: a page with an empty stream is never loaded, for Chromium.
};

window.offer = async (kinds = ["video", "audio"]) => {
  for (const kind of kinds) peer.addTransceiver(kind, { direction: "recvonly" });
  await peer.setLocalDescription();
  return peer.localDescription.sdp;
};

window.watch = async (url, { kinds, headers = {}, trickle = false } = {}) => {
  const candidates = [];
  const gathered = new Promise((resolve) => {
    peer.onicecandidate = ({ candidate }) => (candidate ? candidates.push(candidate) : resolve());
  });
  let sdp = await window.offer(kinds);
  await gathered;
  if (!trickle) sdp = peer.localDescription.sdp;
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/sdp", ...headers },
    body: sdp,
  });
  if (answer.status !== 201) return { status: answer.status, said: await answer.text() };
  window.session = new URL(answer.headers.get("Location"), answer.url).href;
  const tag = answer.headers.get("ETag");
  await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  let patched = null;
  if (trickle) {
    const { usernameFragment, sdpMid } = candidates[0];
    const password = /a=ice-pwd:(\S+)/.exec(sdp)[1];
    const lines = [`a=ice-ufrag:${usernameFragment}`, `a=ice-pwd:${password}`, "m=video 9 UDP/TLS/RTP/SAVPF 0"];
    lines.push(`a=mid:${sdpMid}`, ...candidates.map(({ candidate }) => `a=${candidate}`), "a=end-of-candidates");
    const response = await fetch(window.session, {
      method: "PATCH",
      headers: { "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": tag, ...headers },
      body: lines.map((line) => `${line}\r\n`).join(""),
    });
    patched = response.status;
  }
  return { status: answer.status, session: window.session, tag, link: answer.headers.get("Link"), patched };
};

window.leave = async (headers = {}) => {
  const { status } = await fetch(window.session, { method: "DELETE", headers });
  return status;
};

window.codecs = async () => {
  const found = {};
  const report = await peer.getStats();
  for (const stats of report.values()) {
    if (stats.type === "inbound-rtp") found[stats.kind] = report.get(stats.codecId)?.mimeType;
  }
  return found;
};

// How loud it is and what note is played, as an ear hears it.
window.listen = async () => {
  const context = new AudioContext();
  await context.resume();
  const ear = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(stream).connect(ear);
  window.heard = () => {
    const samples = new Float32Array(ear.fftSize);
    ear.getFloatTimeDomainData(samples);
    const strengths = new Float32Array(ear.frequencyBinCount);
    ear.getFloatFrequencyData(strengths);
    const bin = strengths.indexOf(Math.max(...strengths));
    return {
      level: Math.hypot(...samples) / Math.sqrt(samples.length),
      pitch_hz: (bin * context.sampleRate) / ear.fftSize,
    };
  };
};

// A second of the sound, as a file in base64: Firefox starts no AudioContext where there is no loudspeaker.
window.record = () =>
  new Promise((resolve) => {
    const parts = [];
    const recorder = new MediaRecorder(new MediaStream(stream.getAudioTracks()));
    recorder.ondataavailable = ({ data }) => {
      if (data.size) parts.push(data);
      if (parts.length === 4) recorder.stop();
    };
    recorder.onstop = () => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.split(",")[1]);
      reader.readAsDataURL(new Blob(parts));
    };
    recorder.start(250);
  });

window.until = async (condition) => {
  for (;;) {
    const value = await condition();
    if (value) return value;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
};
