"""What people take from a render beside an MP4: alpha, pictures, depth and masks, and that they agree."""

from __future__ import annotations

import contextlib
import re
import wave
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray
from PIL import Image

from avatar_server.assembly import open_interaction, open_performance
from avatar_server.cli import main
from avatar_server.commands import values
from avatar_server.motion.presets import NATURAL
from avatar_server.render.contract import Picture, PictureSize, draw
from avatar_server.render.layer_files import depth_exr, depth_png
from avatar_server.render.opengl.renderer import OpenGLRenderer
from avatar_server.render.yuv import picture_to_rgb
from avatar_server.scene.look import LookWords
from avatar_server.scene.snapshot import Snapshot
from avatar_server.scene.studios import studio
from avatar_server.testing.renderer_suite import two_people

pytestmark = pytest.mark.opengl

SPAN = ("--start", "1", "--end", "1.12", "--fps", "25", "--size", "160x90")
CLEAR = ("--studio", "transparent")
SIZE = PictureSize(960, 540)

HALF = 127
"""Two of four samples of a pixel are covered."""


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    """Two people in the transparent studio, who throw no shadows: all alpha is theirs."""
    clear = studio("transparent")
    lighting = replace(clear.lighting, shadow=0.0)
    return replace(two_people(1.0), lighting=lighting, backdrop=clear.backdrop)


@pytest.fixture(scope="module")
def renderer() -> Iterator[OpenGLRenderer]:
    opened = OpenGLRenderer(SIZE)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five pictures of the demo with alpha, depth of both kinds in turn, and masks."""
    folder = tmp_path_factory.mktemp("outputs") / "pictures"
    call = ("--frames", "png", "--depth", "png", "--masks", *CLEAR, *SPAN)
    assert main(["render", "demo", "-o", str(folder), *call]) == 0
    return folder


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((one & other).sum() / (one | other).sum())


def test_silhouette_depth_and_alpha_are_of_the_same_people(
    renderer: OpenGLRenderer, snapshot: Snapshot
) -> None:
    who = renderer.silhouette(snapshot)
    depth = renderer.depth(snapshot)
    alpha = draw(renderer, snapshot).alpha
    assert alpha is not None
    assert np.array_equal(depth > 0, who > 0), "sample by sample"
    assert overlap(alpha >= HALF, who > 0) > 0.99


def test_depth_is_metres_along_the_view(renderer: OpenGLRenderer, snapshot: Snapshot) -> None:
    """Every vertex that is seen lies where the picture says, within what a pixel of slope makes of it."""
    depth = renderer.depth(snapshot)
    view = snapshot.camera.view_matrix()
    clip = snapshot.camera.projection_matrix(SIZE.width / SIZE.height)
    seen = 0
    for vertices in renderer.skinned_vertices(snapshot):
        local = vertices.astype(np.float64) @ view[:3, :3].T + view[:3, 3]
        x = (clip[0, 0] * local[:, 0] / -local[:, 2] + 1) / 2 * SIZE.width
        y = (1 - clip[1, 1] * local[:, 1] / -local[:, 2]) / 2 * SIZE.height
        off = np.abs(depth[y.astype(int), x.astype(int)] + local[:, 2])
        seen += int((off < 0.002).sum())
    assert seen > 3000
    people = depth[depth > 0]
    assert 3.0 < people.min() < people.max() < 5.5


def read(path: Path) -> NDArray[np.int64]:
    return np.asarray(Image.open(path)).astype(np.int64)


def test_a_folder_of_pictures_holds_all_of_it(pictures: Path) -> None:
    numbers = [f"{index:06d}.png" for index in range(3)]
    assert files_in(pictures) == [*numbers, "depth", "masks", "sound.wav"]
    assert files_in(pictures / "depth") == files_in(pictures / "masks") == numbers
    assert files_in(pictures.parent) == ["pictures"], "nothing is left over"
    with wave.open(str(pictures / "sound.wav")) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getnframes()) == (2, 48_000, 5760)
        levels = np.frombuffer(sound.readframes(5760), dtype="<i2")
    assert np.abs(levels).max() > 30


def test_pictures_depth_and_masks_agree(pictures: Path) -> None:
    for name in ("000000.png", "000002.png"):
        colour, mask = read(pictures / name), read(pictures / "masks" / name)
        image = Image.open(pictures / "depth" / name)
        assert image.mode.startswith("I;16"), "16 bits"
        depth = np.asarray(image)
        assert colour.shape == (90, 160, 4)
        assert set(np.unique(mask)) == {0, 1, 2}
        assert np.array_equal(depth > 0, mask > 0)
        assert 500 < depth[depth > 0].min() < depth.max() < 9000
        above = slice(0, 60)  # Below there are shadows.
        assert overlap(colour[above, :, 3] >= HALF, mask[above] > 0) > 0.95, (
            "much of them is edge at 160 pixels"
        )


def test_each_picture_is_the_still_of_its_moment(pictures: Path, tmp_path: Path) -> None:
    still = tmp_path / "still.png"
    assert main(["still", "demo", "-o", str(still), "--time", "1.04", "--size", "160x90", *CLEAR]) == 0
    assert np.array_equal(read(still), read(pictures / "000001.png"))


def decoded(path: Path, decoder: str = "") -> list[NDArray[np.uint8]]:
    """(H, W, 4) straight R'G'B'A of every picture."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        if decoder:
            context = cast(VideoCodecContext, av.CodecContext.create(decoder, "r"))
        frames = [frame for packet in container.demux(stream) for frame in context.decode(packet)]
        return [np.asarray(frame.to_ndarray(format="rgba"), dtype=np.uint8) for frame in frames]


@pytest.fixture(scope="module")
def drawn() -> Picture:
    """The first picture of the films below."""
    look = LookWords(studio="transparent").read(mannequin=True)
    demo = open_interaction("demo", Path())
    performance = open_performance(demo, body=None, preset=NATURAL, staging=None, look=look)
    size = PictureSize(160, 90)
    with contextlib.closing(OpenGLRenderer(size)) as renderer:
        return draw(renderer, performance.snapshot_at(1.0, performance.camera("two-shot", 16 / 9)))


@pytest.mark.parametrize(("ending", "decoder", "off"), [("mov", "", 1), ("webm", "libvpx-vp9", 5)])
def test_films_keep_the_alpha(drawn: Picture, tmp_path: Path, ending: str, decoder: str, off: float) -> None:
    target = tmp_path / f"film.{ending}"
    assert main(["render", "demo", "-o", str(target), *CLEAR, *SPAN]) == 0
    assert files_in(tmp_path) == [target.name]
    frames = decoded(target, decoder)
    assert len(frames) == 3
    assert drawn.alpha is not None
    alpha = frames[0][..., 3]
    assert np.abs(drawn.alpha.astype(int) - alpha).mean() < off
    assert overlap(drawn.alpha >= HALF, alpha >= HALF - off) > 0.99
    solid = drawn.alpha == 255
    assert np.abs(picture_to_rgb(drawn).astype(int) - frames[0][..., :3])[solid].mean() < 2 * off + 2
    with av.open(str(target)) as container:
        sound = sum(frame.samples for frame in container.decode(container.streams.audio[0]))
        assert abs(sound - 5760) < 1000
        assert container.streams.video[0].average_rate == 25


def test_without_a_transparent_studio_films_are_opaque(tmp_path: Path) -> None:
    target = tmp_path / "film.webm"
    assert main(["render", "demo", "-o", str(target), *SPAN]) == 0
    with av.open(str(target)) as container:
        frames = list(container.decode(video=0))
    assert [frame.format.name for frame in frames] == ["yuv420p"] * 3
    assert frames[0].to_ndarray()[0, 0] > 100, "a wall"


def test_layers_stand_beside_a_film(tmp_path: Path) -> None:
    call = ["render", "demo", "-o", str(tmp_path / "a.mp4"), "--depth", "exr", "--masks", "--jobs", "1"]
    assert main([*call, *SPAN]) == 0
    assert files_in(tmp_path) == ["a.depth", "a.masks", "a.mp4"]
    with av.open(str(tmp_path / "a.depth" / "000002.exr")) as container:
        depth = next(iter(container.decode(video=0))).to_ndarray(format="grayf32le")
    assert np.array_equal(depth > 0, read(tmp_path / "a.masks" / "000002.png") > 0)
    assert 0.5 < depth[depth > 0].min() < depth.max() < 9


def test_depth_files_say_what_they_are() -> None:
    depth = np.array([[0.0, 1.2344], [2.0006, 90.0]], np.float32)
    png, exr = depth_png(depth), depth_exr(depth)
    assert png[24:26] == bytes([16, 0])
    assert exr[:4] == bytes([0x76, 0x2F, 0x31, 0x01])


def test_the_genea_preset_names_its_film(tmp_path: Path) -> None:
    span = ("--start", "1", "--end", "1.1", "--fps", "10")
    call = ["render", "demo", "-o", f"{tmp_path}/films/", "--preset", "genea", "--jobs", "1"]
    assert main([*call, *span]) == 0
    (name,) = files_in(tmp_path / "films")
    assert re.fullmatch(r"V00_S\d{4}_I\d{8}_P\d{4}[A-Z]?_P\d{4}[A-Z]?--1\.mp4", name)
    with av.open(str(tmp_path / "films" / name)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (3072, 1024)
        luma = next(iter(container.decode(stream))).to_ndarray()
    assert luma[0, 0] == 235, "a white studio"


def test_sizes_and_rates_have_names() -> None:
    assert values.picture_size("480p") == PictureSize(854, 480)
    assert values.frame_rate("ntsc") == values.frame_rate("29.97")
    for name in values.SIZES:
        values.picture_size(name)
    assert [values.frame_rate(name).denominator for name in values.RATES] == [1, 1, 1001, 1001]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["-o", "{}/a.avi"], "-o: expected a file name that ends in .mp4, .mov, .webm"),
        (["-o", "{}"], "is a folder: expected a file name that ends in .mp4, .mov, .webm, or --frames png"),
        (["-o", "{}/a.mp4", "--studio", "transparent"], "an MP4 has no alpha"),
        (["-o", "{}/a.mov", "--captions", "track"], "only an MP4 has a text track"),
        (["-o", "{}/a", "--frames", "tga"], "--frames: expected one of png"),
        (["-o", "{}/a.mp4", "--depth", "tiff"], "--depth: expected one of png, exr"),
        (["-o", "{}/full", "--frames", "png"], "is there already: name a new or an empty folder"),
        (["-o", "{}/no/a", "--frames", "png"], "does not exist"),
        (["-o", "{}/a.mp4", "--size", "huge"], "or one of 480p, 720p"),
    ],
)
def test_what_cannot_be_is_said(
    tmp_path: Path, call: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept").touch()
    assert main(["render", "demo", *[part.format(tmp_path) for part in call]]) == 2
    assert said in capsys.readouterr().err
    assert files_in(tmp_path) == ["full"]
