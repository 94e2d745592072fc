"""Bodies in the SMPL-H layout: what a person is made of, and where every point of it goes in a pose.

Comes in: nothing (the mannequin is computed) or a licensed SMPL-H file, then betas and the joint rotations
of a pose. Goes out: a `ShapedBody` for renderers, skinning matrices, pose-corrective offsets, or vertices.

How the files lie on that way:
- `model` the nouns, `pose_directions` and `joint_regressor` two of its arrays without their zeros;
  `kinematics`, `skinning`, `correctives` the SMPL formula;
- `smplh_file` reads the licensed files, `garments` dresses them;
- `mannequin` and the `mannequin_*` files compute the default body, `solids`, `distance_field` and
  `surface_net` are the geometry they use, `cache` keeps the result on disk.

To add a body: write a function that returns a `BodyModel`; renderers need no more.

Rejected: smplx at run time (brings torch to read an NPZ; it is the oracle of the tests instead); one
uniform marching-cubes skin (hands and face need cells three times finer than trousers; the mannequin is
made of closed pieces instead that overlap under cuffs, collar and hems); plain linear blend skinning for the
mannequin (elbows and armpits collapse; its pose correctives are fitted when it is built).
"""
