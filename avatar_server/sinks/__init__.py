"""Where pictures and sound end up: a file, viewers over WebRTC, or memory in tests.

Comes in: pictures and stereo sound, or packets already encoded. Goes out: nothing; a sink is the end.

To add a sink: a context manager that is ready when entered and gone when left, and that leaves nothing
behind when it is left by an exception.

Rejected: writing an MP4 under its own name (a half-written file looks like a whole one), and fragmented MP4
for exports (some players show no duration and cannot seek in it).
"""
