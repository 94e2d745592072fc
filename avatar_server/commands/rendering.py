"""What `render` and `still` have in common: what is shown, how, and from where."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar_server.commands import values
from avatar_server.commands.bringing import bring
from avatar_server.commands.data_options import DataOptions, add_data_options, data_options
from avatar_server.commands.face_options import add_face_options, face_choice
from avatar_server.commands.look_options import add_look_options, look_words
from avatar_server.commands.reading_options import add_reading_options, reading_words
from avatar_server.errors import UsageError

if TYPE_CHECKING:
    from avatar_server.dataset.caption_pages import CaptionPage
    from avatar_server.performance import Performance
    from avatar_server.render.contract import Picture, PictureSize, Renderer
    from avatar_server.scene.director import DirectedCamera
    from avatar_server.scene.snapshot import Camera, Snapshot

_CAMERAS = "two-shot, left, right, over-left, over-right, close-left, close-right, auto"
_STAGINGS = "as-recorded, face-to-face, side-by-side"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Shot:
    """What was asked for, read and opened."""

    performance: Performance
    size: PictureSize
    camera: Camera | DirectedCamera
    renderer: str

    def open_renderer(self, size: PictureSize) -> Renderer:
        """The chosen one; the caller closes it."""
        from avatar_server.assembly import open_renderer

        return open_renderer(self.renderer, size)

    def prepare_renderers(self) -> None:
        """Reckon what all renderers will need of these people, those of forked processes included."""
        from avatar_server.assembly import prepare_renderers

        prepare_renderers(self.renderer, [part.body for part in self.performance.parts])

    def captions(self) -> tuple[CaptionPage, ...]:
        """What the people say, on the interaction's clock; empty without a transcript."""
        from avatar_server.dataset.annotations import read_annotations
        from avatar_server.dataset.caption_lines import captions_of
        from avatar_server.dataset.caption_pages import caption_pages

        recordings = self.performance.interaction.recordings
        return caption_pages([captions_of(read_annotations(one.json).transcript) for one in recordings])

    def names(self, size: PictureSize, *, above: bool) -> Callable[[Snapshot], Callable[[Picture], None]]:
        """What draws the names of the people into pictures of this size, above their heads or under them."""
        from avatar_server.render.name_plates import NamePlates

        plates = NamePlates([person.name for person in self.performance.people], size, above=above)
        return lambda snapshot: plates.over(snapshot, self.performance.speaking_at(snapshot.time_s))


def add_shot_options(parser: argparse.ArgumentParser, interaction: str, *, transparent: bool = False) -> None:
    """Say what may be said about a shot.

    interaction: what may stand for INTERACTION. transparent: what is written has an alpha.
    """
    parser.add_argument("interaction", metavar="INTERACTION", help=interaction)
    add_appearance_options(parser, transparent=transparent)
    add_data_options(parser)


def add_appearance_options(parser: argparse.ArgumentParser, *, transparent: bool = False) -> None:
    """Say how a shot is to be seen, whichever interaction it shows.

    transparent: what is written has an alpha.
    """
    parser.add_argument(
        "--size",
        default="1280x720",
        help=f"width and height, even, or {', '.join(values.SIZES)} (default: 1280x720)",
    )
    parser.add_argument(
        "--camera",
        default="two-shot",
        metavar="CAMERA",
        help=f"{_CAMERAS}, or a free one in degrees and metres, orbit:AZIMUTH,ELEVATION,DISTANCE[,FOV]@X,Y,Z "
        "(default: two-shot)",
    )
    parser.add_argument(
        "--staging", metavar="NAME", help=f"{_STAGINGS} (default: as the data and the preset want)"
    )
    parser.add_argument(
        "--preset",
        default="natural",
        metavar="NAME",
        help="natural, or genea: side by side as in the GENEA Challenge 2026 (default: natural)",
    )
    parser.add_argument(
        "--names", action="store_true", help="write their names under the people, and show who speaks"
    )
    add_body_option(parser)
    add_look_options(parser, transparent=transparent)
    parser.add_argument(
        "--renderer", default="opengl", metavar="NAME", help="opengl or reference (default: opengl)"
    )
    add_reading_options(parser)
    add_face_options(parser)


def add_body_option(parser: argparse.ArgumentParser) -> None:
    """Say whose body people have."""
    parser.add_argument("--body", metavar="FILE", help="a SMPL-H model (default: the built-in mannequin)")


def open_shot(call: argparse.Namespace, say: Say) -> Shot:
    """What a call asks for; fetched first if it is not here. Raises what reading and opening raise."""
    return asked_shot(call)(say)


def asked_shot(call: argparse.Namespace) -> Callable[[Say], Shot]:
    """What opens the shot that a call asks for.

    UsageError, or InputError, for what no interaction is shown as.
    """
    size = values.picture_size(call.size)
    body = None if call.body is None else values.existing_file("--body", call.body)
    options: DataOptions = data_options(call)

    from avatar_server.assembly import RENDERERS, open_interaction, open_performance
    from avatar_server.motion.presets import PRESETS
    from avatar_server.scene.staging import AS_RECORDED, STAGINGS
    from avatar_server.scene.studios import TRANSPARENT

    free = values.free_or_named_camera(call.camera)
    preset = PRESETS[values.one_of("--preset", call.preset, tuple(PRESETS))]
    staging = None
    if call.staging is not None:
        staging = values.one_of("--staging", call.staging, (AS_RECORDED, *STAGINGS))
    reading = reading_words(call)
    kind = values.one_of("--renderer", call.renderer, RENDERERS)
    look = look_words(call).read(mannequin=body is None)
    face = face_choice(call)
    if kind != RENDERERS[0] and look.studio == TRANSPARENT:
        raise UsageError(f"--studio: the renderer {kind} always draws a background")

    def open_it(say: Say) -> Shot:
        bring(call.interaction, options, say)
        interaction = open_interaction(call.interaction, options.data_dir, reading)
        performance = open_performance(
            interaction, body=body, preset=preset, staging=staging, look=look, face=face
        )
        aspect = size.width / size.height
        camera = performance.seen_through(call.camera, aspect) if free is None else free.camera()
        return Shot(performance, size, camera, kind)

    return open_it
