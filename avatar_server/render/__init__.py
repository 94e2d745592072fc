"""From a snapshot of all that is visible to a picture an encoder takes.

In: `scene.Snapshot`s, one after the other. Out: `Picture`s, planar YUV 4:2:0 in BT.709 limited range. The
`contract` says what a renderer must do; `opengl` is the one people use, `reference` (pyrender and smplx)
shares no drawing code with it and keeps it honest, `colour_bars` needs no graphics at all. `display` and
`yuv` hold the colour formulas that all of them follow, `still` writes and reads single pictures.

To add a renderer: a class that fulfils `contract.Renderer`, a test class derived from
`testing.renderer_suite.RendererSuite` that opens it, and a name in `assembly`.

Rejected: RGB out of the renderer (the encoder would convert it on a processor that has enough to do), a
renderer that knows of interactions or time (a snapshot can be compared, drawn twice, drawn by another), and
pyrender for the live stage (it draws at a fraction of the speed).
"""
