"""Synthetic interactions, hand-moved clocks and contract suites: what tests and the demo are made of.

In: a length in seconds, a seed, names of quirks. Out: the files of an interaction in exactly the layout of
the Seamless Interaction data set (`synthetic_interaction.synthesize`); nothing in here is read by the rest
of the package but through those files. The way: `script` (what is said) -> `dialogue` (one plan of every
sound, gesture and nod in time) -> `voice` (by way of `articulation`), `body_motion` (by way of `posture`,
`gesture`, `arm`, `hand_shapes`), `face_signals` -> `camera_space`, `keypoints`, `seamless_arrays` (how the
data set stores it) -> `quirks` -> `seamless_writer`.
Beside it: bodies without a licence (`smplh_body`), their skinning by
the published implementation (`smplx_oracle`), what every renderer must do (`renderer_suite`), and a
recording of four frames as a store has it (`loose_pieces`).

To add a quirk: a line in `quirks.QUIRKS`, the change in `apply_quirks` (or where sound and time are made in
`synthetic_interaction`), a test that sees it in the files. To add a gesture: an entry in
`gesture.GESTURES`, and its name in a line of `script`.

Rejected: recordings cut from the corpus (licence), a text-to-speech engine (a large dependency, and its
voices have licences too), random noise in the right shapes (nobody would see what is wrong with a picture).
"""
