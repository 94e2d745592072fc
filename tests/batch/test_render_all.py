"""Films of a selection with their sidecars; what is there stays, what fails is told, others are made."""

from __future__ import annotations

import hashlib
import json
import resource
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from avatar_server.cli import main
from tests.batch.conftest import KEY, TINY, children, command, refuse_unless_whole, render_all

pytestmark = pytest.mark.opengl

Spans = Callable[..., Path]


@pytest.fixture(scope="module")
def made(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A batch of one film of the whole interaction and one of a span, which nobody changes."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "spans.csv").write_text(f"key,start,end,name\n{KEY},2,5,part\n")
    arguments = (KEY, "--spans", folder / "spans.csv", "--captions", "track", "--vtt", "--data", data_dir)
    records, _ = render_all(*arguments, "-o", folder / "out", "--jobs", "2")
    assert records[-1]["type"] == "ended"
    return folder


def test_a_film_is_the_same_bit_for_bit_as_render_makes_it(made: Path, data_dir: Path) -> None:
    alone = made / "alone.mp4"
    arguments = ["--size", "64x36", "--fps", "5", "--start", "2", "--end", "5", "--captions", "track"]
    assert main(["render", KEY, "-o", str(alone), "--data", str(data_dir), *arguments]) == 0
    assert (made / "out" / "part.mp4").read_bytes() == alone.read_bytes()
    assert "WEBVTT" in (made / "out" / "part.vtt").read_text()


def test_a_sidecar_says_what_a_film_was_made_from_and_how(made: Path, data_dir: Path) -> None:
    told = json.loads((made / "out" / "part.json").read_text())
    assert (told["interaction"], told["start_s"], told["end_s"]) == (KEY, 2.0, 5.0)
    assert (told["picture_count"], told["duration_s"], told["rate_hz"]) == (15, 3.0, "5")
    assert [(one["first"], one["count"]) for one in told["segments"]] == [(0, 10), (10, 5)]
    assert told["settings"]["captions"] == "track"
    assert told["settings"]["size"] == "64x36"
    assert told["versions"].keys() >= {"avatar_server", "av", "libavcodec"}
    assert told["doctor"]["key"] == KEY
    assert told["tags"]["description"]["interaction"] == KEY
    files = {path.name: path for path in data_dir.rglob("V00*")}
    assert len(told["inputs"]) == 6
    for one in told["inputs"]:
        content = files[Path(one["name"]).name].read_bytes()
        assert one["sha256"] == hashlib.sha256(content).hexdigest()


def test_the_manifest_lists_all_films(made: Path) -> None:
    told = json.loads((made / "out" / "manifest.json").read_text())
    assert [(one["name"], one["start_s"]) for one in told["entries"]] == [(KEY, None), ("part", 2.0)]


def test_what_is_there_stays_and_what_is_not_what_it_was_is_made_anew(
    made: Path, data_dir: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(made / "out", out)
    whole = (out / f"{KEY}.mp4").read_bytes()
    (out / f"{KEY}.mp4").write_bytes(whole[:-1] + b"x")
    (out / ".unfinished" / "gone").mkdir(parents=True)
    (out / ".unfinished" / "gone" / "00000000-10.segment").write_bytes(b"of an earlier selection")
    arguments = (KEY, "--spans", made / "spans.csv", "--captions", "track", "--vtt", "--data", data_dir)
    _, said = render_all(*arguments, "-o", out, status=2)
    assert "holds 2 of 2 films already" in said
    records, _ = render_all(*arguments, "-o", out, "--resume")
    films = {one["name"]: one["was_there"] for one in records if one["type"] == "film"}
    assert films == {"part": True, KEY: False}
    assert (out / f"{KEY}.mp4").read_bytes() == whole
    assert not (out / ".unfinished").exists()


def test_other_settings_are_another_batch(made: Path, data_dir: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(made / "out", out)
    arguments = ("--spans", made / "spans.csv", "--data", data_dir, "--camera", "left", "-o", out)
    _, said = render_all(*arguments, status=2)
    assert "holds another batch (camera was two-shot, is left; captions was track, is none" in said
    assert "0 films are new, 1 are gone" in said
    records, _ = render_all(*arguments, "--resume")
    assert [one["was_there"] for one in records if one["type"] == "film"] == [False]


def test_what_fails_is_told_and_others_are_made(data_dir: Path, spans: Spans, tmp_path: Path) -> None:
    file = spans((0, 1, "good"), (0, 200, "long"))
    with file.open("a") as listed:
        listed.write("V01_S0001_I00000001,0,1,nobody\n")
    out = tmp_path / "out"
    records, said = render_all("--spans", file, "--data", data_dir, "-o", out, status=1)
    assert {one["name"] for one in records if one["type"] == "failed"} == {"long", "nobody"}
    assert records[-1]["written"] == 1
    assert f"2 of 3 films failed; {out}/failures.json says why" in said
    told = json.loads((out / "failures.json").read_text())["failed"]
    assert ["the interaction lasts 8.00 s" in told[0]["reason"], told[1]["name"]] == [True, "nobody"]
    assert not (out / ".unfinished").exists()


def test_a_dry_run_tells_how_long_and_how_large_and_makes_nothing(data_dir: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    records, _ = render_all("--sample", "5", "--data", data_dir, "-o", out, "--dry-run")
    told = records[-1]
    assert told["type"] == "estimate"
    assert (told["films"], told["pictures"], told["known_s"]) == (1, 40, 8.0)
    assert told["wall_s"] > 0
    assert 40_000 < told["bytes"] < 1_000_000
    assert not out.exists()


def test_shards_share_a_folder(data_dir: Path, spans: Spans, tmp_path: Path) -> None:
    file = spans((0, 1, "a"), (2, 3, "b"), (4, 5, "c"))
    out = tmp_path / "out"
    names = []
    for shard in ("1/2", "2/2"):
        records, _ = render_all("--spans", file, "--data", data_dir, "-o", out, "--shard", shard)
        names += [one["name"] for one in records if one["type"] == "film"]
    assert sorted(names) == ["a", "b", "c"]
    refuse_unless_whole(out, {"a", "b", "c"})


def test_a_full_disk_ends_the_batch_and_names_the_place(data_dir: Path, spans: Spans, tmp_path: Path) -> None:
    """Its worker may write no file beyond a kilobyte: EFBIG is one of the errors of a full disk."""
    out = tmp_path / "out"
    arguments = ("--spans", spans((0, 8, "a"), (0, 1, "b")), "--data", data_dir, "-o", out)
    process = subprocess.Popen(
        [*command(*arguments), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    while '"begun"' not in process.stdout.readline():
        pass
    for worker in children(process.pid):
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (1024, 1024))
    told, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"no room left for {out}" in said
    assert "--resume goes on from here" in said
    assert f"no room left for {out}" in json.loads(told.splitlines()[-1])["reason"]
    assert not [path for path in out.iterdir() if path.suffix in (".mp4", ".part")]
    records, _ = render_all(*arguments, "--resume")
    assert records[-1]["written"] == 2
    refuse_unless_whole(out, {"a", "b"})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "expected what to render"),
        (("demo", "--split", "dev"), "got both"),
        (("demo", "--shard", "3/2"), "--shard"),
        (("demo", "--camera", "nowhere"), "--camera"),
        (("demo", "--jobs", "0"), "--jobs"),
        (("demo", "--gpus-each", "1"), "expected --ray with it"),
        (("demo", "--segment", "1"), "--segment"),
        (("demo", "demo"), "two entries would both be written to demo.mp4"),
        (("--keys", "nowhere.txt"), "--keys: no file"),
    ],
)
def test_a_wrong_call_is_refused_before_anything_is_made(
    arguments: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    given = [*TINY, *arguments] if "--segment" not in arguments else list(arguments)
    assert main(["render-all", *given, "-o", str(out)]) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()
