"""Faces: what each of ARKit's 52 weights is at a time t, whatever the face was recorded as.

`arkit` names the weights, `clip` holds them over time; everything else in this folder is a source of them:
action units, files of ARKit weights, or the voice where nobody recorded a face. What a weight looks like is
not known here: see `body` and `render`.
"""
