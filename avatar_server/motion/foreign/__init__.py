"""From files of the SMPL family that are not Seamless Interaction's to a `WorldMotion` each.

In comes what `dataset.motion_file` opens: arrays under names. `layouts` knows by keys and shapes which
format they are and lays them out as 52 joints (`PersonArrays`); `deciding` finds out, once for both people,
which way is up, what a unit is and how long a frame lasts; `sharing`, whether their places belong together;
`reading` puts it all in order. Files in the Seamless layout, and bare arrays in a camera's frame, stay
`RecordingArrays`: they have no world.

To add a format: a function in `layouts` that recognises it, and a line in `layouts.lay_out`.

Rejected: telling formats by file names (they all end in .npz), and deciding for each person by himself: two
people whose unit or floor differ by a little no longer touch.
"""
