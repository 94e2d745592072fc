"""OpenGL 4.3 on EGL, without a display: on a GPU, or on Mesa's software rasteriser.

In comes a `Snapshot`, out goes a `Picture`. One file a pass, each beside its shaders in `shaders/`:
`skinning` (rest pose to world, by transform feedback), `shadow_map` (what the key light sees), `floor_light`
(soft shadows and contact, once a floor cell), `bodies` (skin, cloth, hair, on a `sample_grid`), `picture`
(studio, floor light and the light of bodies to planar YUV). `renderer` puts them in order; `framing` and
`cells` say where in the picture people and their shadows can be, so that only that is drawn anew while the
camera stands still; `outputs` remembers the studio of several cameras. Vertices lie in the order in which
levels of detail need them (`vertex_order`).

To add a pass: a class with `run` and `release`, its shaders, a line in `renderer`.

Everything was chosen by measuring on the software rasteriser (two cores, no GPU), where a frame is paid for
in triangles, in uniforms and in memory. Rejected there:
- compute shaders: reading a storage buffer costs ten times a vertex attribute (5.4 ms a body against 0.6);
- uniforms in fragment shaders: each costs as much as a texture; constants, and flat outputs of the vertex
  shader, cost nothing;
- multisampling: slower than four full samples;
- lighting each sample: for each triangle, whole blocks of 4x4 samples are lit of which it covers a few;
- shadow lookups and occlusion a pixel: a vertex is as fine as a soft shadow needs;
- the full mesh in the distance: a triangle of four pixels costs four times its pixels (`levels_of_detail`).
"""
