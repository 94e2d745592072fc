"""From recorded numbers to `pose_at(time)`: the true frame rate, gaps, the upright frame, a calm posture.

In come `RecordingArrays` as the camera's fit left them: camera frame, unwrapped axis-angles, frozen hands,
missing bodies, a lean that is the camera's. Out comes a `MotionClip`: unit quaternions on the true rate, in
the person's own upright frame, asked by time.

The steps, each one file: `frame_rate` (how long is a frame), `gaps` (what to show where nothing was seen),
`uprighting` (camera frame to person's frame, static lean, turn and head offset), `smoothing` (the fit's
jitter), `rest_poses` (legs and hands nobody measured), put in order by `seamless` under a preset of
`presets`; `repairs` counts what they did. Recordings of any length take little memory: `recording_survey`
finds what has to be known of all of one, and `filling` makes its rotations a stretch at a time, the same bits
as all at once; they are kept on the disk. `sitting` and `stretched_pictures` only look: they say what a
person does, and which fits are beyond repair.

To add a motion format: write a module that ends in a `WorldMotion` where there is a measured world (`foreign`
has the files of the SMPL family, `bvh` skeletons, by way of `retargeting`), else in a `MotionClip`.

Rejected: interpolating or averaging axis-angles (neighbours may be 2 pi apart), resampling everything to
30 Hz (the two partners differ, and time is the only thing they share), keeping the fit's legs by default
(people would stand with knees bent by 59 degrees).
"""
