"""What the world sees of the server: the page, the WebSocket, WHEP, stages over HTTP, health and metrics.

Comes in: requests, after `access` has said who may ask and the `*_bounds` how much. Goes out: answers, and
viewers, who take their seats in the broadcast of a stage of the `theatre`. `app` puts the routers together,
`server` runs them until somebody stops it.

What recordings hold is read by the processes of `library`, and fetched by those of `fetches`: the event loop,
which sends picture and sound, waits for none of them.

To add an address: a router in a module of its own that takes `theatre` and `access`, and a line in `app`.

Rejected: the `websockets` server by itself, which refuses POST, PATCH and DELETE with bodies; a token in
an address, which ends up in logs and in what people forward.
"""
