"""People on stage as a skinned glTF: bodies, skeletons, colours, faces, and what they do.

Joints are exactly ours. The skin is plain linear blending of the rest pose: what SMPL's pose correctives add
(459 numbers a vertex) has no place in glTF, and shows as slightly thinner bent joints.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server import __version__
from avatar_server.body.face_rig import MOVEMENTS, FaceRig, movements_of
from avatar_server.body.model import JOINT_NAMES, PARENTS, BodyModel
from avatar_server.body.vertex_normals import vertex_normals
from avatar_server.render.vertex_colours import vertex_colours
from avatar_server.sinks.glb import INDICES, VERTICES, GlbBuilder
from avatar_server.stage_motion import StageMotion

_LEAST_OFFSET_M = 1e-5
"""Movements of the face that are smaller are left out, vertex by vertex."""

_CLOTH = {"pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.8}, "name": "matte"}


def glb_of(people: Sequence[StageMotion], title: str) -> bytes:
    """A GLB file with one animation of everybody, y up, metres, the floor at y = 0."""
    glb = GlbBuilder(f"avatar-server {__version__}")
    glb.root["materials"] = [_CLOTH]
    animation: dict[str, Any] = {"name": title, "samplers": [], "channels": []}
    roots = [node for person in people for node in _Person(glb, person, animation).roots]
    glb.root["animations"] = [animation]
    glb.root["scenes"] = [{"name": title, "nodes": roots}]
    glb.root["scene"] = 0
    return glb.to_bytes()


class _Person:
    """Adds somebody to a file; `roots` are the numbers of his nodes that have no parent."""

    def __init__(self, glb: GlbBuilder, person: StageMotion, animation: dict[str, Any]) -> None:
        self._glb = glb
        self._person = person
        self._animation = animation
        self._times = glb.accessor(
            (np.arange(person.frame_count) / float(person.rate_hz)).astype(np.float32), bounded=True
        )
        joints = self._joints()
        mesh = glb.add("nodes", {"name": person.name, "mesh": self._mesh(), "skin": self._skin(joints)})
        self._animate(joints, mesh)
        self.roots = (joints[0], mesh)

    def _joints(self) -> list[int]:
        """Their nodes stand as in the first frame, so that programs without animations show that."""
        rest = self._person.body.rest_joints
        first = len(self._glb.root.get("nodes", []))
        for joint, name in enumerate(JOINT_NAMES):
            way = self._person.pelvis[0] if joint == 0 else rest[joint] - rest[PARENTS[joint]]
            node: dict[str, Any] = {
                "name": f"{self._person.name}_{name}",
                "translation": way.tolist(),
                "rotation": _xyzw(self._person.rotations[:1, joint])[0].tolist(),
            }
            children = [first + child for child in np.flatnonzero(joint == PARENTS).tolist()]
            if children:
                node["children"] = children
            self._glb.add("nodes", node)
        return list(range(first, first + len(JOINT_NAMES)))

    def _skin(self, joints: list[int]) -> int:
        inverse = np.tile(np.eye(4, dtype=np.float32), (len(joints), 1, 1))
        inverse[:, :3, 3] = -self._person.body.rest_joints
        matrices = self._glb.accessor(inverse)
        return self._glb.add(
            "skins", {"joints": joints, "inverseBindMatrices": matrices, "skeleton": joints[0]}
        )

    def _mesh(self) -> int:
        body, model, glb = self._person.body, self._person.body.model, self._glb
        places = body.rest_vertices.astype(np.float32)
        normals = vertex_normals(places, model.faces)
        normals[np.abs(np.linalg.norm(normals, axis=1) - 1) > 0.001] = (0.0, 1.0, 0.0)
        colours = vertex_colours(model, self._person.appearance)
        attributes = {
            "POSITION": glb.accessor(places, target=VERTICES, bounded=True),
            "NORMAL": glb.accessor(normals, target=VERTICES),
            "COLOR_0": glb.accessor(np.clip(colours, 0.0, 1.0), target=VERTICES),
        }
        for group, (joints, weights) in enumerate(influences(model)):
            attributes[f"JOINTS_{group}"] = glb.accessor(joints, target=VERTICES)
            attributes[f"WEIGHTS_{group}"] = glb.accessor(weights, target=VERTICES)
        kind = np.uint16 if model.vertex_count < 65_535 else np.uint32
        corners = glb.accessor(model.faces.reshape(-1).astype(kind), target=INDICES)
        primitive: dict[str, Any] = {"attributes": attributes, "indices": corners, "material": 0}
        mesh: dict[str, Any] = {"name": self._person.name, "primitives": [primitive]}
        if model.face is not None:
            primitive["targets"] = self._face_targets(model.face, model.vertex_count)
            mesh["weights"] = [0.0] * len(MOVEMENTS)
            mesh["extras"] = {"targetNames": list(MOVEMENTS)}
        return glb.add("meshes", mesh)

    def _face_targets(self, rig: FaceRig, vertex_count: int) -> list[dict[str, int]]:
        order = np.argsort(rig.vertices)
        vertices = rig.vertices[order]
        targets = []
        for offsets in rig.offsets[:, order]:
            moved = np.abs(offsets).max(axis=1) > _LEAST_OFFSET_M
            number = self._glb.sparse(vertex_count, vertices[moved], offsets[moved].astype(np.float32))
            targets.append({"POSITION": number})
        return targets

    def _animate(self, joints: list[int], mesh: int) -> None:
        person = self._person
        self._channel(joints[0], "translation", person.pelvis.astype(np.float32))
        for joint, node in enumerate(joints):
            self._channel(node, "rotation", _xyzw(person.rotations[:, joint]).astype(np.float32))
        if person.faces is not None and person.body.model.face is not None:
            shares = np.array([movements_of(face) for face in person.faces], dtype=np.float32)
            self._channel(mesh, "weights", shares.reshape(-1))

    def _channel(self, node: int, path: str, values: NDArray[np.float32]) -> None:
        sampler = {"input": self._times, "output": self._glb.accessor(values), "interpolation": "LINEAR"}
        self._animation["samplers"].append(sampler)
        number = len(self._animation["samplers"]) - 1
        self._animation["channels"].append({"sampler": number, "target": {"node": node, "path": path}})


def influences(model: BodyModel) -> list[tuple[NDArray[np.uint8], NDArray[np.float32]]]:
    """All weights of a body in groups of four: (V, 4) joints and (V, 4) weights, the largest first."""
    most = int((model.weights > 0).sum(axis=1).max())
    count = 4 * -(-most // 4)
    joints = np.argsort(-model.weights, axis=1, kind="stable")[:, :count]
    weights = np.take_along_axis(model.weights, joints, axis=1)
    weights /= weights.sum(axis=1, keepdims=True)
    joints[weights == 0] = 0  # glTF wants it so where nothing is carried.
    return [
        (joints[:, start : start + 4].astype(np.uint8), weights[:, start : start + 4].astype(np.float32))
        for start in range(0, count, 4)
    ]


def _xyzw(quaternions: NDArray[np.float64]) -> NDArray[np.float64]:
    """In glTF's order of components."""
    return quaternions[:, [1, 2, 3, 0]]
