"""BVH, the format of motion capture: from a text file to a `WorldMotion` on the 52 joints of SMPL-H.

The steps, each one file: `hierarchy` (the joints, as they stand), `frames` (the rows of numbers), `reading`
(both out of a file, with limits), `rate` (what the frame time means), `poses` (rotations and places of all
joints in the world), `joint_roles` (which of them is the left elbow), by `joint_names` and, where names say
nothing, by `joint_shapes`; `rest_pose` (what the skeleton's own rest pose is), and `motion` puts them
together for the people who share a world. What turns one skeleton's pose into another's is
`motion.retargeting`.

Rejected: guessing one Euler order for the file (every joint has its own CHANNELS line), repairing rows in the
middle of a file that have too few numbers (nobody can tell which are lacking), and copying local rotations
from joint to joint (wrong by up to 33 degrees where rest poses differ).
"""
