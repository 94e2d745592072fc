"""Pictures become H.264, sound becomes AAC (files) or Opus (live).

Comes in: `render.contract.Picture`, which is already the BT.709 planar YUV that H.264 wants, and stereo sound
in float32 at 48 kHz. Goes out: packets, in the order in which they were encoded; sinks take them from there.

`picture_frame.py` wraps a picture for FFmpeg. `h264_file.py` and `aac.py` encode for a file, where quality
for its size counts; the encoders for live pictures have names beginning with `live`, and there latency
counts.

To add an encoder: a class that is opened with all it has to know, whose `encode` and `finish` give packets.

Rejected: PyAV's own conversion of frames (it takes untagged pictures for BT.601, and RGB costs 2 ms more a
picture); one encoder with two modes (file and live share nothing but the library).
"""
