"""A stage: one interaction being played, in a process of its own.

Comes in: a `StageOrder` (what to play, how large) and commands. Goes out: status, and encoded packets of
picture and sound, each with the time it leaves. One clock, one drawing and one encoding serve however many
watch.

The server's side is `stage.Stage`, which owns the process and lets packets go when they are due
(`departures`). The process's side is `process`: `desk` keeps what was asked for, `programme` is what is
played, `loops` make pictures and sound in two threads. Both sides speak `wire`. `test_card` is a programme
for tests and for people in trouble: bars, a tone and a time code, without OpenGL.

Rejected: drawing in the server's process (OpenGL holds the GIL for a whole draw, and a driver that crashes
would take the viewers along), and pickles on the wire.
"""
