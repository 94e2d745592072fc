"""What is reckoned of a body is reckoned once, and every renderer of the process has it."""

from __future__ import annotations

import numpy as np

from avatar_server.body.cache import load_mannequin
from avatar_server.body.model import shape_body
from avatar_server.render.opengl.body_layout import body_layout


def test_once_a_model_whatever_its_shape() -> None:
    model = load_mannequin()
    layout = body_layout(model)
    assert body_layout(shape_body(model, np.ones(2)).model) is layout
    assert layout.correctives is not None
    assert layout.face is not None
    assert sorted(layout.ordered.order.tolist()) == list(range(model.vertex_count))
    assert len(layout.errors_m) == len(layout.ordered.faces)
    assert layout.errors_m[0] == 0.0
