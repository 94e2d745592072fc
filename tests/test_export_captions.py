"""Words in films that people get: burnt into pictures, as a track, and as a file beside."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.cli import main
from avatar_server.dataset.annotations import read_annotations
from avatar_server.dataset.caption_lines import Caption, captions_of
from avatar_server.dataset.caption_pages import CaptionPage, SpokenCaption, caption_pages
from avatar_server.render.burnt_captions import BurntCaptions
from avatar_server.render.contract import Picture, PictureSize
from avatar_server.render.still import read_png
from avatar_server.render.yuv import picture_to_rgb, rgb_to_picture
from avatar_server.scene.appearance import VOICE_COLOURS
from avatar_server.testing.synthetic_interaction import SyntheticInteraction, synthesize

WIDTH, HEIGHT, RATE_HZ = 384, 216, 4
START_S, END_S = 2.0, 6.0
COUNT = 16


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SyntheticInteraction:
    return synthesize(tmp_path_factory.mktemp("spoken"), seconds=8.0)


@pytest.fixture(scope="module")
def plain(made: SyntheticInteraction, tmp_path_factory: pytest.TempPathFactory) -> NDArray[np.float64]:
    """The film without words."""
    return pictures(rendered(made, tmp_path_factory.mktemp("plain") / "plain.mp4"))


@pytest.fixture(scope="module")
def pages(made: SyntheticInteraction) -> tuple[CaptionPage, ...]:
    return caption_pages([captions_of(read_annotations(one.json).transcript) for one in made.recordings])


def rendered(made: SyntheticInteraction, target: Path, *options: str) -> Path:
    size = ("--size", f"{WIDTH}x{HEIGHT}", "--fps", str(RATE_HZ))
    span = ("--start", str(START_S), "--end", str(END_S))
    shared = ("-o", str(target), "--data", str(made.data_dir), *size, *span)
    assert main(["render", str(made.key), *shared, *options]) == 0
    return target


def pictures(path: Path) -> NDArray[np.float64]:
    with av.open(str(path)) as container:
        return np.array([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)], float)


def shown_at(pages: tuple[CaptionPage, ...], time_s: float) -> frozenset[int]:
    """Who is captioned at a time."""
    return frozenset(
        one.person for page in pages if page.start_s <= time_s < page.end_s for one in page.captions
    )


def voices_in(picture: NDArray[np.float64], changed: NDArray[np.bool_]) -> frozenset[int]:
    """Whose colour letters have: light pixels in the dark plates, bluish or reddish."""
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    if not len(rows):
        return frozenset()
    box = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    light = box.max(axis=2) > 130
    tint = (box[..., 0] - box[..., 2])[light]
    return frozenset(person for person in (0, 1) if (tint * (2 * person - 1) > 30).sum() > 12)


@pytest.mark.opengl
def test_burnt_captions_are_there_while_words_are_spoken_and_in_the_speakers_colour(
    made: SyntheticInteraction, plain: NDArray[np.float64], pages: tuple[CaptionPage, ...], tmp_path: Path
) -> None:
    burnt = pictures(rendered(made, tmp_path / "burnt.mp4", "--captions", "burnt"))
    assert plain.shape == burnt.shape == (COUNT, HEIGHT, WIDTH, 3)
    seen: set[frozenset[int]] = set()
    for index in range(COUNT):
        people = shown_at(pages, START_S + index / RATE_HZ)
        seen.add(people)
        changed = np.abs(plain[index] - burnt[index]).max(axis=2) > 40
        assert not changed[: HEIGHT // 2].any(), "nothing is drawn over faces"
        assert changed.any() == bool(people), index
        assert voices_in(burnt[index], changed) == people, index
    assert {frozenset({0}), frozenset({1})} <= seen, "both spoke"


@pytest.mark.opengl
def test_a_track_is_there_to_be_switched_on_with_the_right_times(
    made: SyntheticInteraction,
    pages: tuple[CaptionPage, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = rendered(made, tmp_path / "track.mp4", "--captions", "track", "--vtt", "--json")
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert records[0] == {"type": "drawing", "pictures": 0, "pictures_expected": COUNT, "bytes": 0}
    assert records[-1]["type"] == "written"
    assert records[-1]["bytes"] == target.stat().st_size
    inside = [page for page in pages if page.start_s < END_S and page.end_s > START_S]
    with av.open(str(target)) as container:
        (track,) = container.streams.subtitles
        assert track.codec_context.name == "mov_text"
        told = [
            (float(packet.pts * packet.time_base), float(packet.duration * packet.time_base), bytes(packet))
            for packet in container.demux(track)
            if packet.size > 2 and packet.pts is not None and packet.duration is not None
        ]
    assert len(told) == len(inside)
    for (start_s, lasts_s, sample), page in zip(told, inside, strict=True):
        assert start_s == pytest.approx(max(page.start_s, START_S) - START_S, abs=0.001)
        assert start_s + lasts_s == pytest.approx(min(page.end_s, END_S) - START_S, abs=0.001)
        text = sample[2 : 2 + int.from_bytes(sample[:2], "big")].decode()
        rows = [row for one in page.captions for row in one.caption.rows]
        assert [row.removeprefix("– ") for row in text.split("\n")] == rows
        assert bytes.fromhex(VOICE_COLOURS[page.captions[0].person][1:]) in sample
    vtt = target.with_suffix(".vtt").read_text()
    assert vtt.startswith('WEBVTT\n\nSTYLE\n::cue(v[voice="P0947"]) { color: #9fdde3; }')
    assert f"00:00:00.000 --> 00:00:0{inside[0].end_s - START_S:.3f}\n<v P0947>" in vtt


@pytest.mark.opengl
def test_a_still_shows_the_moment_with_a_free_camera(
    made: SyntheticInteraction, plain: NDArray[np.float64], tmp_path: Path
) -> None:
    def still(name: str, *options: str) -> NDArray[np.float64]:
        shared = ("--data", str(made.data_dir), "--size", f"{WIDTH}x{HEIGHT}", "--time", "3")
        assert main(["still", str(made.key), "-o", str(tmp_path / name), *shared, *options]) == 0
        return read_png(tmp_path / name).astype(float)

    usual, turned = still("usual.png"), still("turned.png", "--camera", "orbit:180,5,4@0,0.9,0")
    assert usual.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(usual - plain[4]).mean() < 3.0, "what the film shows at that time"
    # From behind, whom the teal top belongs to stands at the right.
    for shot, is_left in ((usual, True), (turned, False)):
        teal = np.flatnonzero((shot[..., 2] > shot[..., 0] + 40).sum(axis=0) > 5)
        assert (teal.mean() < WIDTH / 2) == is_left


@pytest.mark.parametrize("size", [PictureSize(640, 360), PictureSize(96, 54), PictureSize(180, 320)])
def test_long_rows_stay_inside_pictures_of_any_shape(size: PictureSize) -> None:
    wide = Caption(("W" * 42, "M" * 42), 0.0, 1.0)
    page = CaptionPage(0.0, 1.0, (SpokenCaption(wide, 1, 1), SpokenCaption(wide, 0, 0)))
    grey = np.full((size.height, size.width, 3), 128, np.uint8)
    picture = rgb_to_picture(grey)
    before = picture_to_rgb(picture).astype(int)
    captions = BurntCaptions([page], size)
    untouched = Picture(size, picture.i420.copy())
    captions.lay_over(untouched, 1.0)
    assert (untouched.i420 == picture.i420).all(), "over is over"
    captions.lay_over(picture, 0.999)
    changed = np.abs(picture_to_rgb(picture).astype(int) - before).max(axis=2) > 8
    columns, rows = np.flatnonzero(changed.any(axis=0)), np.flatnonzero(changed.any(axis=1))
    assert columns[0] > 0
    assert columns[-1] < size.width - 1
    assert rows[-1] < size.height - 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--captions", "loud"), "--captions: expected one of none, track, burnt, got 'loud'"),
        (("--camera", "orbit:1,2"), "--camera: expected orbit:AZIMUTH,ELEVATION,DISTANCE[,FOV]@X,Y,Z"),
        (("--camera", "orbit:1,2,nan@0,0,0"), "got 'orbit:1,2,nan@0,0,0'"),
        (("--camera", "orbit:1,2,3,170@0,1,0"), "expected a field of view of 5 to 120 degrees, got 170"),
    ],
)
def test_what_cannot_be_rendered_is_refused(
    options: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", "demo", "-o", str(tmp_path / "o.mp4"), *options]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
