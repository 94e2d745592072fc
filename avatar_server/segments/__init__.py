"""A film in pieces: which they are, how one is drawn and encoded, and how they become a film again.

A film is cut at key frames, every two seconds (`plan`). Each segment can be written by itself, by any process
on any machine, into a file that says what it holds and can be verified (`writing`, `segment_file`); finished
ones are joined without being encoded again, with the sound of the whole film encoded once (`joining`).
Whoever writes which segment, and how long segments are, the film is the same, bit for bit: every group of
pictures between two key frames has an encoder of its own (`encode.h264_segment`).

`at_once` does all this with several processes of this machine; `avatar_server.export` does without pieces.
"""
