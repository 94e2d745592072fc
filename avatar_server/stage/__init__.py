"""A stage: one interaction being played, in a process of its own.

Comes in: a `StageOrder` (what to play, how large) and commands. Goes out: status, and encoded packets of
picture and sound, each with the time it leaves. One clock, one drawing and one encoding serve however many
watch.

The server's side is `stage.Stage`. It owns the process (`stage_process`), lets packets go when they are due
(`departures`), and replaces the process when that dies or hangs (`watchdog`, `supervision`) by one that goes
on at the same place, at once if a `spare` waits. The process's side is `process`: `desk` keeps what was
asked for, `programme` is what is played and `view` how it is seen, `picture_loop` draws every wanted view,
`view_encoders` make each wanted stream of it, `sound_loop` mixes the voices that `sound_course` reads along
the timeline, `presets` makes the programme anew beside all that, `reports` tell how things stand. Both
sides speak `wire`. `test_card` is a programme for tests and for people in trouble: bars, a tone and a time
code, without OpenGL.

Rejected: drawing in the server's process (OpenGL holds the GIL for a whole draw, and a driver that crashes
would take the viewers along), and pickles on the wire.
"""
