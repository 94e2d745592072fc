"""What `render` writes, told by the name after `-o`: a film with or without alpha, or single pictures."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_server.commands import values
from avatar_server.errors import UsageError
from avatar_server.settings import expanded

if TYPE_CHECKING:
    from avatar_server.commands.film_options import WantedFilm
    from avatar_server.commands.rendering import Shot
    from avatar_server.export import Exported, Progress
    from avatar_server.film_layers import Layers

FILMS = (".mp4", ".mov", ".webm")
_GENEA_SIZE = "genea"
_USUAL_SIZE = "1280x720"


@dataclass(frozen=True, slots=True)
class Output:
    """path: the film; or the folder of pictures; or the folder for a film that names itself.

    kind: one of `FILMS`, or `frames`. names_itself: as the GENEA Challenge 2026 calls its films.
    layers: written in folders within a folder of pictures, or beside a film.
    """

    path: Path
    kind: str
    layers: Layers
    names_itself: bool = False

    @property
    def is_joined(self) -> bool:
        """Whether several processes may draw it: only parts of MP4 films are joined."""
        return self.kind == ".mp4"

    def layer_folders(self) -> dict[str, Path]:
        """Where layers go when all is done."""
        within = self.kind == "frames"
        return {name: self.path / name if within else self.beside(f".{name}") for name in self.layers.names}

    def beside(self, ending: str) -> Path:
        """What has the same name but for its ending; folders have none, whatever dots are in their names."""
        stem = self.path.name if self.kind == "frames" else self.path.stem
        return self.path.with_name(stem + ending)

    def named(self, shot: Shot, start_s: float) -> Output:
        """The same with the film's name, if it names itself."""
        if not self.names_itself:
            return self
        people = shot.performance.people
        right = f"_{people[1].name}" if len(people) > 1 else ""
        named = replace(self, path=self.path / f"{people[0].id}{right}--{start_s:g}.mp4", names_itself=False)
        for folder in named.layer_folders().values():
            values.new_folder("-o", str(folder))
        return named


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Say what may be written."""
    parser.add_argument(
        "-o",
        required=True,
        dest="output",
        metavar="OUT",
        help="file to write: .mp4, .mov (ProRes 4444) or .webm (VP9), the last two with alpha in the "
        "transparent studio; a folder: of pictures with --frames, or where --preset genea names the film",
    )
    parser.add_argument(
        "--frames", metavar="KIND", help="png: a folder OUT of pictures 000000.png ... and sound.wav"
    )
    parser.add_argument(
        "--depth",
        metavar="KIND",
        help="also how far people are, a picture each: png (16-bit millimetres) or exr (metres)",
    )
    parser.add_argument(
        "--masks", action="store_true", help="also who is where, an 8-bit PNG each: 0 nobody, 1 left, 2 right"
    )


def wanted_output(call: argparse.Namespace) -> Output:
    """What a call asks for, checked before the slow work; settles its size. Raises UsageError."""
    from avatar_server.film_layers import Layers
    from avatar_server.render.layer_files import DEPTH_KINDS

    depth = "" if call.depth is None else values.one_of("--depth", call.depth, DEPTH_KINDS)
    output = _place(call, Layers(depth, call.masks))
    if call.size is None:
        call.size = _GENEA_SIZE if output.names_itself else _USUAL_SIZE
    if output.is_joined and call.studio == "transparent":
        raise UsageError(
            "--studio: an MP4 has no alpha; write a .mov, a .webm or, with --frames png, a folder instead"
        )
    if not output.is_joined and call.captions == "track":
        raise UsageError(
            f"--captions: only an MP4 has a text track; say burnt or --vtt for {output.path.name}"
        )
    if not output.names_itself and output.kind != "frames":
        for folder in output.layer_folders().values():
            values.new_folder("-o", str(folder))
    return output


def _place(call: argparse.Namespace, layers: Layers) -> Output:
    if call.frames is not None:
        values.one_of("--frames", call.frames, ("png",))
        return Output(values.new_folder("-o", call.output), "frames", layers)
    path = expanded(call.output, "-o")
    ending = path.suffix.lower()
    if ending in FILMS and not call.output.endswith("/"):
        return Output(values.writable_file(call.output, ending), ending, layers)
    if call.preset == "genea" and (call.output.endswith("/") or path.is_dir()):
        return Output(values.writable_folder("-o", call.output), ".mp4", layers, names_itself=True)
    if call.output.endswith("/") or path.is_dir():
        endings = ", ".join(FILMS)
        raise UsageError(
            f"-o: {path} is a folder: expected a file name that ends in {endings}, or --frames png"
        )
    raise UsageError(f"-o: expected a file name that ends in {', '.join(FILMS)}, got {call.output!r}")


def write_output(
    output: Output,
    wanted: WantedFilm,
    shot: Shot,
    jobs: int,
    devices: Sequence[int],
    progress: Callable[[Progress], None],
    layer_progress: Callable[[int], None],
) -> Exported:
    """Write everything that `output` says; what is there in the end is whole. Raises what the parts raise."""
    from avatar_server.film_layers import write_layers
    from avatar_server.segments.at_once import drawing_on
    from avatar_server.sinks.whole_folder import whole_folder

    def draw_layers(folders: dict[str, Path]) -> None:
        if folders:
            with drawing_on(devices), contextlib.closing(shot.open_renderer(shot.size)) as renderer:
                write_layers(wanted.film, renderer, folders, output.layers, progress=layer_progress)

    if output.kind == "frames":
        with whole_folder(output.path) as folder:
            with drawing_on(devices):
                exported = _write_pictures(folder, wanted, shot, progress)
            within = {name: folder / name for name in output.layers.names}
            for made in within.values():
                made.mkdir()
            draw_layers(within)
        return exported
    exported = _write_film(output, wanted, shot, jobs, devices, progress)
    with contextlib.ExitStack() as stack:
        targets = output.layer_folders().items()
        draw_layers({name: stack.enter_context(whole_folder(target)) for name, target in targets})
    return exported


@contextlib.contextmanager
def layer_bar(layers: Layers, total: int, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """A bar of the layers, drawn after the film, on standard error if that is a terminal."""
    if not layers.names:
        yield lambda done: None
        return
    from tqdm import tqdm

    off = not (shown and sys.stderr.isatty())
    with tqdm(total=total, unit="layer", disable=off, position=1, dynamic_ncols=True) as bar:

        def move(done: int) -> None:
            bar.update(done - bar.n)

        yield move


def _write_film(
    output: Output,
    wanted: WantedFilm,
    shot: Shot,
    jobs: int,
    devices: Sequence[int],
    progress: Callable[[Progress], None],
) -> Exported:
    from avatar_server.export import export_into
    from avatar_server.segments.at_once import drawing_on, export_at_once
    from avatar_server.sinks.alpha_file import AlphaFile

    film = wanted.film
    if output.is_joined:
        return export_at_once(
            film,
            shot.size,
            lambda: shot.open_renderer(shot.size),
            output.path,
            jobs=jobs,
            devices=devices,
            prepare=shot.prepare_renderers,
            progress=progress,
        )
    transparent = film.snapshot(0).backdrop.transparent
    with (
        drawing_on(devices),
        contextlib.closing(shot.open_renderer(shot.size)) as renderer,
        AlphaFile(output.path, shot.size, film.rate_hz, film.tags, transparent=transparent) as file,
    ):
        return export_into(film, renderer, file, progress=progress)


def _write_pictures(
    folder: Path, wanted: WantedFilm, shot: Shot, progress: Callable[[Progress], None]
) -> Exported:
    from avatar_server.export import export_into
    from avatar_server.picture_sequence import PictureSequence
    from avatar_server.still import doubled

    with (
        contextlib.closing(shot.open_renderer(doubled(shot.size))) as renderer,
        PictureSequence(folder) as file,
    ):
        return export_into(wanted.film, renderer, file, progress=progress)
