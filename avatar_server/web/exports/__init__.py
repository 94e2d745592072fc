"""Films and stills that somebody asked for over HTTP: `avatar-server render` and `still`, in processes.

Comes in: a `Shot`, what is to be seen and how. Goes out: an `ExportJob`, whose account grows with every
record that the process prints (`export_records`), and a file that can be fetched for an hour; of a still its
PNG at once. `queue` starts, ends, bounds and remembers exports, `stills` makes stills, `order` says what may
be asked for, `router` is the HTTP. The files lie in `folder`, which no other server uses and which goes with
its server.

Rejected: drawing in the stage's process, whose pictures are due; and films that only exist while somebody
downloads them, which a lost connection would cost whole.
"""
