"""A body as smplx computes it, for the reference renderer."""

from __future__ import annotations

import contextlib
import io

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import PARENTS, ShapedBody


class SmplxBody:
    """`smplx.SMPLH` made of the arrays of a `ShapedBody`, float32 as by default there."""

    def __init__(self, body: ShapedBody) -> None:
        import smplx
        import torch
        from smplx.utils import Struct
        from smplx.vertex_ids import vertex_ids

        model = body.model
        data = Struct(
            v_template=body.rest_vertices,
            f=model.faces,
            # The betas are in the template already; smplx cannot do without at least one direction.
            shapedirs=np.zeros((model.vertex_count, 3, 1)),
            posedirs=model.posedirs.dense(),
            J_regressor=model.joint_regressor.dense(),
            weights=model.weights,
            kintree_table=np.stack([PARENTS, np.arange(len(PARENTS))]),
            hands_componentsl=np.eye(45),
            hands_componentsr=np.eye(45),
            hands_meanl=np.zeros(45),
            hands_meanr=np.zeros(45),
        )
        # smplx names landmarks by their indices in the licensed mesh; another mesh has others, unused here.
        landmarks = dict.fromkeys(vertex_ids["smplh"], 0)
        with contextlib.redirect_stdout(io.StringIO()):  # it prints a warning about few betas
            self._model = smplx.SMPLH(
                "", data_struct=data, vertex_ids=landmarks, use_pca=False, flat_hand_mean=True, num_betas=1
            )
        self._torch = torch

    def vertices(
        self, rotations: NDArray[np.float64], translations: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """(N, V, 3) float32 in the world, of N people who wear this body.

        rotations: (N, 52, 3, 3), translations: (N, 3), as in `Figure`.
        """
        from scipy.spatial.transform import Rotation

        count = len(rotations)
        axis_angle = Rotation.from_matrix(rotations.reshape(-1, 3, 3)).as_rotvec().reshape(count, -1)
        pose = self._torch.as_tensor(axis_angle, dtype=self._torch.float32)
        with self._torch.no_grad():
            posed = self._model(
                betas=self._torch.zeros((count, 1)),
                global_orient=pose[:, :3],
                body_pose=pose[:, 3:66],
                left_hand_pose=pose[:, 66:111],
                right_hand_pose=pose[:, 111:156],
                transl=self._torch.as_tensor(translations, dtype=self._torch.float32),
            )
        vertices: NDArray[np.float32] = posed.vertices.numpy()
        return vertices
