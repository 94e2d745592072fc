"""Fetches that somebody asked for over HTTP: `avatar-server fetch` in a process each, a few at a time.

Comes in: interactions and modalities. Goes out: a `FetchJob`, whose account grows with every record that
the process prints (`dataset.fetching.fetch_records`). `queue` starts, ends and remembers them, `router` is
the HTTP. A fetch that is ended, by whom or whatever, loses nothing: the same fetch asked for again goes on.

Rejected: fetching in the server's own threads, which share the interpreter with what must not wait.
"""
