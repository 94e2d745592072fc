"""What a body wears as one colour a vertex: for programs that cut no garments out of triangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.face_pieces import PAINTS
from avatar_server.body.model import GARMENTS, BodyModel
from avatar_server.render.face_colours import paint_colours
from avatar_server.scene.snapshot import Appearance


def vertex_colours(model: BodyModel, appearance: Appearance) -> NDArray[np.float32]:
    """(V, 4) linear light: what each vertex wears, else skin."""
    wearing = model.garments > 0
    colours = np.ones((model.vertex_count, 4), dtype=np.float32)
    colours[:, :3] = appearance.skin
    # A top hangs over trousers, shoes and hair over everything.
    for garment in ("bottom", "top", "shoes", "hair"):
        colours[wearing[:, GARMENTS.index(garment)], :3] = getattr(appearance, garment)
    if model.face is not None:
        paints = model.face.paints
        palette = paint_colours(appearance)
        for number, name in enumerate(PAINTS):
            if number:
                colours[paints == number, :3] = palette[name]
    return colours
