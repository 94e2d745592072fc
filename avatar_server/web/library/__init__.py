"""What the recordings hold, for the HTTP API: read, measured and written as JSON in processes of their own.

The server's event loop sends picture and sound, so nothing here runs in it: `Library` (in the server) hands
`questions` to a `ReadingProcess`, whose other end is `process` at a low priority, and gets finished answers:
bytes, compressed if that was asked for, with their ETag. Quick questions (the catalogue, words, curves) and
slow ones (the doctor's report) have a process each, started at the first question and ended when none comes
for a while.

A video that is not here is brought by a process of its own (`video_process`), whose readers share what came;
what it fetches, and what not, is decided by `video_filler`.

To add an answer: a shape in `shapes` (it is the documentation, too), a function in `desk`, a name in
`questions`, and a route in `web.interactions`.

Rejected: threads of the server, which share the interpreter with what must not wait; a process pool of the
standard library, whose workers outlive a server that was killed.
"""
