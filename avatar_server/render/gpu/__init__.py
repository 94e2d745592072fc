"""The same pictures by compute shaders: what draws where there is a GPU.

In comes a `Snapshot`, out goes a `Picture`, as from `render.opengl`, whose shadow map, floor light and formulas of
light it shares; the shaders are `shaders/gpu_*`. `poses` reckons several pictures at once in numpy and packs what
they need; `body` keeps what does not change; `people` poses, skins and lights vertices; `samples` finds the nearest
face in four samples a pixel; `picture` makes planar YUV of them, and `readback` is the ring of buffers in which it
comes back, two or three pictures later. `renderer` puts them in order.

Why not with the rasteriser: GPUs of data centres (H100, H200) can use only two of their many clusters for vertices
and fragments. On an H200 the same arithmetic took 28 times as long in a fragment shader as in a compute shader, to
clear 3840x2160 samples took 1.6 ms, and a picture of 1920x1080 1.6 ms of the GPU; compute shaders use all of it. Where
a CPU draws it is the other way round (see `render.opengl`), so nothing is told from outlines here: everything is drawn
anew, as finely as the body is, and Python has little to do.

Pictures differ from those of the rasteriser in rounding, in edges that pass within 1/256 of a sample, and where
that draws a coarser mesh. They do not depend on the order in which the GPU works.
"""
