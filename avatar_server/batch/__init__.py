"""Many films at once: what `avatar-server render-all` does, on this machine or on a Ray cluster.

Comes in: entries (`entry`, `entry_lists`), each an interaction or a span of one, and the words that say how
all of them are to be shown (`film_source`). Goes out: a film an entry with a sidecar that says what it was
made from and can be verified (`sidecar`), a manifest of all (`manifest`), and a report of what failed.

A film is made by tasks (`tasks`): prepare it (fetch, hash, inspect, plan), write each of its segments, join
them. `worker` carries one task out, in whichever process; `schedule` decides which worker does what next and
knows neither processes nor files; `running` drives both. Workers are processes of this machine
(`local_workers`) or actors of a cluster (`ray_workers`): whatever follows from a worker's end is the same for
both.

What must outlive a crash is in the folder of an entry that is not finished: finished segments,
under names that they get when they are whole. One lock an entry keeps two runs apart
(`dataset.cache.recording_lock`). Places to write to are folders or URLs (`places`); what is done is asked of
them and of nothing else, so there is no book that could say otherwise.

To add an engine: a class with the methods of `workers.Workers`.
"""
