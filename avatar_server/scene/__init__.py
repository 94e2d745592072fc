"""From bodies and poses to a frozen snapshot of all that is visible at one instant.

In: a `ShapedBody` and a `Pose` of each person (from `body` and `motion`). Out: `Snapshot`, the only thing a
renderer gets. On the way: `grounding` puts the feet on the floor, `staging` says where in the room a person
stands and how he is turned, `on_stage` how a measured world comes there, `cameras` from where it is seen,
`appearance` and `lighting` how it looks. `turn_taking` and `director` make a list of cuts between the named
cameras of who speaks when.

To add a staging: one more entry in `staging.STAGINGS` and its places in `staging.places`; every named camera
has to be given for it in `cameras`. To add a camera: one more entry in `cameras.CAMERAS` and its view.

Rejected: a scene graph (two people and a floor need none; a frozen value can be sent, compared and drawn by
any renderer), cameras that follow people who stay (a still camera lets the encoder and the backdrop rest;
`following` is for those who walk), foot locking over time (it needs a history; feet planted as a function of
the pose alone can be sought), and a director who decides as time goes by (whoever seeks would see another
film).
"""
