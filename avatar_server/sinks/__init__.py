"""Where pictures and sound end up: a file, viewers over WebRTC, or memory in tests.

Comes in: pictures and stereo sound, or packets already encoded. Goes out: nothing; a sink is the end.

Viewers over WebRTC share all that can be shared: `broadcast` takes a stage's packets, `rtp_packetiser` cuts
them once, `fan_out` hands them to every `seat`, and only headers, keys and sending are each viewer's own
(`webrtc_peer`, `rtp_stream`, `webrtc_aiortc_sender`, `webrtc_aiortc_path`).

To add a sink: a context manager that is ready when entered and gone when left, and that leaves nothing
behind when it is left by an exception.

Rejected: writing an MP4 under its own name (a half-written file looks like a whole one), and fragmented MP4
for exports (some players show no duration and cannot seek in it).
"""
