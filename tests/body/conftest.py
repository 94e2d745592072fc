"""The mannequin, with its face and without."""

from __future__ import annotations

import pytest

from avatar_server.body.face_rig import FaceRig
from avatar_server.body.garments import garments_of
from avatar_server.body.joint_regressor import JointRegressor
from avatar_server.body.model import BodyModel
from avatar_server.body.pose_directions import PoseDirections
from avatar_server.testing.renderer_suite import neutral_body


@pytest.fixture(scope="module")
def model() -> BodyModel:
    return neutral_body().model


@pytest.fixture(scope="module")
def rig(model: BodyModel) -> FaceRig:
    assert model.face is not None
    return model.face


@pytest.fixture(scope="module")
def blank(model: BodyModel, rig: FaceRig) -> BodyModel:
    """The mannequin as it is without a face, dressed as bodies from files are."""
    count = rig.skin_count
    skin_only = rig.surface.faces[(rig.surface.faces < count).all(axis=1)]
    vertices, weights = model.v_template[:count], model.weights[:count]
    regressor = model.joint_regressor.dense()[:, :count]
    return BodyModel(
        name="blank",
        v_template=vertices,
        faces=skin_only,
        shapedirs=model.shapedirs[:count],
        posedirs=PoseDirections.of(model.posedirs.dense()[:count]),
        joint_regressor=JointRegressor.of(regressor),
        weights=weights,
        garments=garments_of(vertices, regressor @ vertices, weights),
    )
