"""The GLB is valid and poses as we do; the BVH comes back as it was; spans are cut in every format."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from avatar_server.assembly import open_interaction, open_performance
from avatar_server.body.face_rig import MOVEMENTS
from avatar_server.body.kinematics import joint_positions
from avatar_server.body.model import JOINT_NAMES
from avatar_server.body.skinning import skin
from avatar_server.cli import main
from avatar_server.motion.bvh.poses import skeleton_motion
from avatar_server.motion.bvh.reading import read_bvh
from avatar_server.motion.presets import NATURAL
from avatar_server.motion.rotations import matrix_from_quaternion, slerp
from avatar_server.performance import Performance
from avatar_server.scene.snapshot import Figure

REPOSITORY = Path(__file__).resolve().parent.parent
START_S, END_S = 2.0, 3.0
FRAMES = 30


@pytest.fixture(scope="module")
def demo() -> Performance:
    return open_performance(open_interaction("demo", Path()), body=None, preset=NATURAL, staging=None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("motion files")
    for name in ("both.glb", "take.bvh"):
        call = ["convert", "demo", "-o", str(folder / name), "--start", str(START_S), "--end", str(END_S)]
        assert main(call) == 0
    return folder


class Glb:
    """A reader of its own: what the file says, evaluated as glTF's specification has it."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        length, _ = struct.unpack_from("<I4s", data, 12)
        self.root: dict[str, Any] = json.loads(data[20 : 20 + length])
        self._bytes = data[28 + length :]

    def array(self, number: int) -> NDArray[Any]:
        item = self.root["accessors"][number]
        width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}[item["type"]]
        kind = {5121: "<u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}[item["componentType"]]
        if "sparse" in item:
            found = np.zeros((item["count"], width), kind)
            sparse = item["sparse"]
            places = self._view(sparse["indices"]["bufferView"], "<u4", sparse["count"])
            found[places] = self._view(sparse["values"]["bufferView"], kind, sparse["count"] * width).reshape(
                -1, width
            )
            return found
        return self._view(item["bufferView"], kind, item["count"] * width).reshape(-1, width)

    def _view(self, number: int, kind: str, count: int) -> NDArray[Any]:
        return np.frombuffer(self._bytes, kind, count, self.root["bufferViews"][number]["byteOffset"])

    def values_at(self, time_s: float) -> dict[tuple[int, str], NDArray[np.float64]]:
        """By node and path: linear between key frames, of rotations along the arc."""
        animation = self.root["animations"][0]
        found = {}
        for channel in animation["channels"]:
            sampler = animation["samplers"][channel["sampler"]]
            times = self.array(sampler["input"])[:, 0]
            values = self.array(sampler["output"]).astype(np.float64)
            path = channel["target"]["path"]
            if path == "weights":
                values = values.reshape(len(times), -1)
            before = int(np.clip(np.searchsorted(times, time_s, side="right") - 1, 0, len(times) - 2))
            share = float(np.clip((time_s - times[before]) / (times[before + 1] - times[before]), 0, 1))
            one, other = values[before], values[before + 1]
            if path == "rotation":
                value = slerp(one[[3, 0, 1, 2]], other[[3, 0, 1, 2]], share)
            else:
                value = (1 - share) * one + share * other
            found[channel["target"]["node"], path] = value
        return found

    def joints_at(self, skin_number: int, time_s: float) -> NDArray[np.float64]:
        """(52, 4, 4): the joints' nodes in the world."""
        values = self.values_at(time_s)
        nodes = self.root["nodes"]
        world: dict[int, NDArray[np.float64]] = {}

        def visit(node: int, parent: NDArray[np.float64]) -> None:
            local = np.eye(4)
            local[:3, 3] = values.get(
                (node, "translation"), np.array(nodes[node].get("translation", (0, 0, 0)))
            )
            if (node, "rotation") in values:
                local[:3, :3] = matrix_from_quaternion(values[node, "rotation"])
            world[node] = parent @ local
            for child in nodes[node].get("children", []):
                visit(child, world[node])

        for root in self.root["scenes"][0]["nodes"]:
            visit(root, np.eye(4))
        return np.array([world[node] for node in self.root["skins"][skin_number]["joints"]])

    def vertices_at(self, person: int, time_s: float) -> NDArray[np.float64]:
        """(V, 3): morphed, then skinned."""
        (primitive,) = self.root["meshes"][person]["primitives"]
        attributes = primitive["attributes"]
        places = self.array(attributes["POSITION"]).astype(np.float64)
        mesh = next(n for n, node in enumerate(self.root["nodes"]) if node.get("mesh") == person)
        weights = self.values_at(time_s)[mesh, "weights"]
        for weight, target in zip(weights, primitive["targets"], strict=True):
            places = places + weight * self.array(target["POSITION"])
        inverse = self.array(self.root["skins"][person]["inverseBindMatrices"]).reshape(-1, 4, 4)
        matrices = self.joints_at(person, time_s) @ inverse.transpose(0, 2, 1)
        group = attributes["JOINTS_0"], attributes["WEIGHTS_0"]
        joints, shares = (self.array(number) for number in group)
        blended = np.einsum("vk,vkab->vab", shares, matrices[joints])
        turned: NDArray[np.float64] = np.einsum("vab,vb->va", blended[:, :3, :3], places) + blended[:, :3, 3]
        return turned


@pytest.fixture(scope="module")
def glb(folder: Path) -> Glb:
    return Glb(folder / "both.glb")


def figures(demo: Performance, time_s: float) -> tuple[Figure, ...]:
    return demo.snapshot_at(time_s, demo.camera("two-shot")).figures


@pytest.mark.parametrize("time_s", [0.0, 0.3, 0.5, 29 / 30])
def test_posed_joints_of_the_glb_are_ours(demo: Performance, glb: Glb, time_s: float) -> None:
    for person, figure in enumerate(figures(demo, START_S + time_s)):
        ours = joint_positions(figure.body, figure.rotations, figure.translation)
        assert np.abs(glb.joints_at(person, time_s)[:, :3, 3] - ours).max() < 1e-4


def test_the_skin_of_the_glb_is_ours_but_for_pose_correctives(demo: Performance, glb: Glb) -> None:
    """Faces included: where nothing bends, as on a head, all of it is there."""
    for person, figure in enumerate(figures(demo, START_S + 0.5)):
        ours = skin(figure.body, figure.rotations, figure.translation, figure.face)
        off = np.linalg.norm(glb.vertices_at(person, 0.5) - ours, axis=1)
        assert off.max() < 0.03
        assert np.median(off) < 0.003
        assert figure.body.model.face is not None
        assert np.percentile(off[figure.body.model.face.vertices], 90) < 0.004


def test_everybody_has_skin_skeleton_colours_and_a_face(demo: Performance, glb: Glb) -> None:
    assert [mesh["name"] for mesh in glb.root["meshes"]] == [person.name for person in demo.people]
    assert [len(one["joints"]) for one in glb.root["skins"]] == [52, 52]
    for mesh in glb.root["meshes"]:
        (primitive,) = mesh["primitives"]
        assert len(primitive["targets"]) == len(mesh["extras"]["targetNames"]) == len(MOVEMENTS)
        shares = glb.array(primitive["attributes"]["WEIGHTS_0"])
        assert np.abs(shares.sum(axis=1) - 1).max() < 1e-6
        assert len(np.unique(glb.array(primitive["attributes"]["COLOR_0"]), axis=0)) > 8
    times = glb.array(glb.root["animations"][0]["samplers"][0]["input"])[:, 0]
    assert np.allclose(times, np.arange(FRAMES) / 30)


def test_the_glb_opens_in_trimesh(demo: Performance, folder: Path) -> None:
    scene = trimesh.load(folder / "both.glb")
    assert isinstance(scene, trimesh.Scene)
    assert len(scene.geometry) == 2
    for geometry, figure in zip(scene.geometry.values(), figures(demo, START_S), strict=True):
        assert len(geometry.faces) == len(figure.body.model.faces)


def test_khronos_validator_finds_no_errors(folder: Path) -> None:
    module = REPOSITORY / "web_client" / "node_modules" / "gltf-validator"
    if shutil.which("node") is None or not module.is_dir():
        pytest.skip("needs Node and web_client/node_modules (npm ci)")
    script = (
        "const {validateBytes} = require(process.argv[1]);"
        "const bytes = new Uint8Array(require('fs').readFileSync(process.argv[2]));"
        "validateBytes(bytes).then(report => console.log(JSON.stringify(report.issues)));"
    )
    call = ["node", "-e", script, str(module), str(folder / "both.glb")]
    issues = json.loads(subprocess.run(call, capture_output=True, check=True, timeout=120).stdout)
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"][:5]


def test_the_bvh_is_the_same_motion(demo: Performance, folder: Path) -> None:
    for person in range(2):
        path = folder / f"take_{demo.people[person].name}.bvh"
        file = read_bvh(path)
        motion, notices = skeleton_motion(file)
        assert not notices
        assert set(motion.names) == set(JOINT_NAMES)
        assert motion.frame_count == FRAMES
        assert float(file.frames.frame_time) == pytest.approx(1 / 30, abs=1e-8)
        order = [motion.names.index(name) for name in JOINT_NAMES]
        _, places = motion.posed(slice(0, FRAMES))
        for frame in (0, 11, 29):
            figure = figures(demo, START_S + frame / 30)[person]
            ours = joint_positions(figure.body, figure.rotations, figure.translation)
            assert np.abs(places[frame, order] / 100 - ours).max() < 0.001
            local = matrix_from_quaternion(motion.turns[frame, order].astype(np.float64))
            between = np.einsum("jab,jac->jbc", local, figure.rotations)
            skewed = (between - between.transpose(0, 2, 1)) / 2  # Its length is the sine, well conditioned.
            off_deg = np.degrees(np.linalg.norm(skewed, axis=(1, 2)) / np.sqrt(2))
            assert np.trace(between, axis1=1, axis2=2).min() > 2.9
            assert off_deg.max() < 0.01


def test_a_written_bvh_plays_with_its_sound(demo: Performance, folder: Path) -> None:
    paths = [folder / f"take_{person.name}.bvh" for person in demo.people]
    again = open_performance(
        open_interaction(",".join(map(str, paths)), Path()), body=None, preset=NATURAL, staging=None
    )
    assert again.staging == "as-recorded"
    assert again.duration_s == pytest.approx(1.0, abs=0.01)
    before, after = figures(demo, START_S + 0.5), figures(again, 0.5)
    for shown in (before, after):
        apart = shown[0].translation - shown[1].translation
        assert np.linalg.norm(apart) == pytest.approx(
            float(np.linalg.norm(before[0].translation - before[1].translation)), abs=0.02
        )
    with wave.open(str(paths[0].with_suffix(".wav"))) as sound:
        assert (sound.getnframes(), sound.getnchannels()) == (48_000, 1)


@pytest.mark.parametrize("layout", ["seamless", "amass"])
def test_spans_of_arrays(demo: Performance, tmp_path: Path, layout: str) -> None:
    both = (tmp_path / "a.npz", tmp_path / "b.npz")
    call = ["convert", "demo", "-o", ",".join(map(str, both)), "--to", layout]
    assert main([*call, "--start", "2", "--end", "3"]) == 0
    key = {"seamless": "smplh:body_pose", "amass": "poses"}[layout]
    for path in both:
        with np.load(path) as made:
            assert len(made[key]) == FRAMES
        assert path.with_suffix(".wav").is_file()
        assert not path.with_suffix(".json").exists()
    with np.load(both[0]) as made:
        pose = made[key][15].reshape(-1, 3)
    if layout == "amass":
        turns = figures(demo, 2.5)[0].rotations[1:]
        assert np.abs(np.linalg.norm(pose[1:], axis=1) - [_angle(turn) for turn in turns]).max() < 1e-3


def _angle(turn: NDArray[np.float64]) -> float:
    return float(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1)))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["-o", "{}/a.fbx"], "-o: expected a file name that ends in .npz, .glb, .bvh"),
        (["-o", "{}/a.bvh,{}/a.bvh"], "got one twice"),
        (["-o", "{}/a.bvh,{}/b.bvh,{}/c.bvh"], "expected one file, or 2 for as many people, got 3"),
        (["-o", "{}/a.glb", "--start", "99999"], "--start: the interaction lasts"),
        (["-o", "{}/a.glb", "--staging", "hanging"], "--staging: expected one of"),
    ],
)
def test_what_cannot_be_is_said(
    tmp_path: Path, call: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", "demo", *[part.format(*[tmp_path] * 3) for part in call]]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
