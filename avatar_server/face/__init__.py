"""Faces: what each of ARKit's 52 weights is at a time t, whatever the face was recorded as.

`arkit` names the weights, `clip` holds them over time; everything else in this folder is a source of them:
action units, files of ARKit weights, or the voice where nobody recorded a face. What a weight looks like is
not known here: see `body` and `render`.

A recorded face comes from a file (`find_face` knows where, `face_file` which kind: `movement` with
`action_units`, `arkit_arrays` with `column_order`, `live_link_csv`, `beat_json`) as a `track` with its gaps;
`recorded` fills these, so that nobody stares, and lets another face take over in long ones (`resting`, or one
from the voice). To add a kind of file: a reader that gives a `FaceTrack`, and a line in `face_file`.

The face from a voice is put together in `voice_face`. The sound decides the mouth and the brows
(`voice_features` a hundred times a second, `voice_hearing` keeps them, `voice_mouth`, `voice_words` for what
the spelling tells of the lips, `voice_brows`). What it does not decide is planned by who speaks when
(`voice_talk`), twenty seconds at a time (`voice_plan`: `voice_gaze`, `voice_blinks`, `voice_mien`).
`voice_weights` says it in ARKit's words.
"""
