"""The same pictures by compute shaders: what draws on GPUs of NVIDIA, if it draws there what the rasteriser
draws.

In comes a `Snapshot`, out goes a `Picture`, as from `render.opengl`, whose shadow map, floor light and
formulas of light it shares; the shaders are `shaders/gpu_*`. `poses` reckons several pictures at once in
numpy and packs what they need; `body` keeps what does not change; `people` poses, skins and lights vertices;
`samples` finds the nearest face in four samples a pixel; `picture` makes planar YUV of them, and `readback`
is the ring of buffers in which it comes back, two pictures later. `renderer` puts them in order; `choice`
says who draws, by `trial`.

Why not with the rasteriser: GPUs of data centres (H100, H200) let only two of their many clusters work on
vertices and fragments. On an H200 the same arithmetic took 28 times as long in a fragment shader as in a
compute shader, to clear 3840x2160 samples took 1.6 ms, and a picture of 1920x1080 kept the GPU busy for 1.6
ms, and Python for 5.5. Where a CPU draws it is the other way round (see `render.opengl`): there, outlines
tell what need not be drawn. Here everything is drawn anew, as finely as the body is, and Python has little
to do.

Pictures differ from those of the rasteriser in rounding, in edges that pass within 1/256 of a sample of its
middle, and where that draws a coarser mesh. They do not depend on the order in which the GPU works: which
face is nearest is settled in two rounds, and the first one wins where two are equally near.

To add a pass: a class with `run` and `release`, its shader, a line in `renderer`. Rejected: 64-bit atomics,
which would take one round (neither llvmpipe nor every GPU has them, and nothing could be tested without);
copying pictures out of the GPU's memory (compute shaders write to the CPU's in half the time).
"""
