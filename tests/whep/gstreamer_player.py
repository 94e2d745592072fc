"""Watches by WHEP with GStreamer's webrtcbin: gstreamer_player.py URL AUTHORIZATION h264|vp8.

For the system's Python, which has GStreamer. Here go luma.raw (30 pictures of 1280x720 bytes), sound.raw
(a second of 16-bit stereo at 48 kHz) and session.txt, the URL of the session, which is ended after that.
"""

from __future__ import annotations

import sys
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

PICTURES, LUMA_BYTES = 30, 1280 * 720
SOUND_BYTES = 48_000 * 2 * 2
LIMIT_S = 45

VIDEO = {
    "h264": "H264,payload=96,packetization-mode=(string)1,profile-level-id=(string)42e01f",
    "vp8": "VP8,payload=97",
}
DECODERS = {
    "H264": "rtph264depay ! avdec_h264 ! videoconvert ! video/x-raw,format=I420",
    "VP8": "rtpvp8depay ! vp8dec ! videoconvert ! video/x-raw,format=I420",
    "OPUS": "rtpopusdepay ! opusdec ! audioconvert ! audioresample"
    " ! audio/x-raw,format=S16LE,rate=48000,channels=2",
}


class Player:
    """One session, from the offer to its end."""

    def __init__(self, url: str, authorization: str, codec: str) -> None:
        self._url, self._headers = url, {"Authorization": authorization}
        self._session = ""
        self._left = {"luma.raw": PICTURES * LUMA_BYTES, "sound.raw": SOUND_BYTES}
        self.loop = GLib.MainLoop()
        self.complaint = ""
        self.pipeline = Gst.Pipeline()
        self._peer = Gst.ElementFactory.make("webrtcbin")
        self._peer.props.bundle_policy = GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE
        # libnice passes loopback over where there is another interface, and finds nothing where not.
        self._ice = self._peer.props.ice_agent
        self._ice.emit("add-local-ip-address", "127.0.0.1")
        self.pipeline.add(self._peer)
        for caps in (f"video,clock-rate=90000,encoding-name={VIDEO[codec]}", AUDIO):
            wanted = Gst.Caps.from_string(f"application/x-rtp,media={caps}")
            self._peer.emit("add-transceiver", GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY, wanted)
        self._peer.connect("pad-added", self._on_pad)
        self._peer.connect("notify::ice-gathering-state", self._on_gathering)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::error", lambda _, message: self._stop(str(message.parse_error())))
        GLib.timeout_add_seconds(LIMIT_S, lambda: self._stop(f"no end in {LIMIT_S} s: {self._left}"))
        self.pipeline.set_state(Gst.State.PLAYING)
        self._peer.emit("create-offer", None, Gst.Promise.new_with_change_func(self._on_offer))

    def _on_offer(self, promise: Any) -> None:
        reply = promise.get_reply()
        offer = reply.get_value("offer")
        # The object belongs to the promise, which is soon gone; a description of our own is made of its text.
        GLib.idle_add(self._set, "set-local-description", "OFFER", offer.sdp.as_text())

    def _set(self, signal: str, kind: str, text: str) -> None:
        _, sdp = GstSdp.SDPMessage.new_from_text(text)
        kinds = GstWebRTC.WebRTCSDPType
        self._peer.emit(signal, GstWebRTC.WebRTCSessionDescription.new(getattr(kinds, kind), sdp), None)

    def _on_gathering(self, *_: object) -> None:
        if self._peer.props.ice_gathering_state == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            GLib.idle_add(self._post)

    def _post(self) -> None:
        offer = self._peer.props.local_description.sdp.as_text()
        try:
            answer, location = self._ask(self._url, "POST", offer.encode())
        except OSError as error:
            self._stop(f"{error}\n{offer}")
            return
        self._session = urllib.parse.urljoin(self._url, location)
        Path("session.txt").write_text(self._session)
        self._set("set-remote-description", "ANSWER", answer)

    def _ask(self, url: str, method: str, body: bytes | None = None) -> tuple[str, str]:
        headers = self._headers | {"Content-Type": "application/sdp"}
        request = urllib.request.Request(url, body, headers, method=method)
        with urllib.request.urlopen(request) as response:
            return response.read().decode(), response.headers.get("Location", "")

    def _on_pad(self, _: object, pad: Any) -> None:
        codec = pad.get_current_caps().get_structure(0).get_string("encoding-name")
        decoder = Gst.parse_bin_from_description(
            f"{DECODERS[codec]} ! appsink name=sink emit-signals=true sync=false", True
        )
        name = "sound.raw" if codec == "OPUS" else "luma.raw"
        decoder.get_by_name("sink").connect("new-sample", self._on_sample, name)
        self.pipeline.add(decoder)
        decoder.sync_state_with_parent()
        pad.link(decoder.get_static_pad("sink"))

    def _on_sample(self, sink: Any, name: str) -> Any:
        buffer = sink.emit("pull-sample").get_buffer()
        data = buffer.extract_dup(0, buffer.get_size())
        if name == "luma.raw":
            data = data[:LUMA_BYTES]
        data = data[: self._left[name]]
        with Path(name).open("ab") as file:
            file.write(data)
        self._left[name] -= len(data)
        if not any(self._left.values()):
            GLib.idle_add(self._stop, "")
        return Gst.FlowReturn.OK

    def _stop(self, complaint: str) -> None:
        self.complaint = complaint
        self.loop.quit()

    def leave(self) -> None:
        """End the session."""
        self.pipeline.set_state(Gst.State.NULL)
        if self._session:
            self._ask(self._session, "DELETE")


AUDIO = "audio,clock-rate=48000,encoding-name=OPUS,payload=98,encoding-params=(string)2"

if __name__ == "__main__":
    Gst.init(None)
    player = Player(*sys.argv[1:])
    player.loop.run()
    player.leave()
    sys.exit(player.complaint or None)
