"""What the published implementation makes of a body file, in double precision: all skinning is held to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def posed_by_smplx(npz: Path, vectors: Floats, betas: Floats, translation: Floats) -> tuple[Floats, Floats]:
    """(N, V, 3) vertices and (N, 52, 3) joints by `smplx.SMPLH`, flat hands and no hand components.

    npz: a body file in the layout of smplx. vectors: (N, 52, 3) rotation vectors in radians. betas: (N, B).
    translation: (N, 3) metres.
    """
    import smplx
    import torch
    from smplx.vertex_ids import vertex_ids

    count = len(vectors)
    model = smplx.SMPLH(
        str(npz),
        ext="npz",
        use_pca=False,
        flat_hand_mean=True,
        dtype=torch.float64,
        num_betas=betas.shape[1],
        batch_size=count,
        # Landmarks are indices into the licensed mesh; other meshes have others, unused here.
        vertex_ids=dict.fromkeys(vertex_ids["smplh"], 0),
    )
    with torch.no_grad():
        posed = model(
            betas=torch.from_numpy(betas),
            global_orient=torch.from_numpy(vectors[:, 0]),
            body_pose=torch.from_numpy(vectors[:, 1:22].reshape(count, -1)),
            left_hand_pose=torch.from_numpy(vectors[:, 22:37].reshape(count, -1)),
            right_hand_pose=torch.from_numpy(vectors[:, 37:].reshape(count, -1)),
            transl=torch.from_numpy(translation),
        )
    return posed.vertices.numpy(), posed.joints[:, :52].numpy()
