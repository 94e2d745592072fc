"""What `render` and `render-all` have in common: rate and captions, and the film that they make of a shot."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar_server.commands import values

if TYPE_CHECKING:
    from avatar_server.commands.rendering import Shot
    from avatar_server.dataset.caption_pages import CaptionPage
    from avatar_server.segments.film import Film

CAPTIONS = ("none", "track", "burnt")

MOST_USUAL_JOBS = 32
"""Each takes 200 to 300 MB; whoever has more cores, and the memory for them, says so."""

MOST_JOBS = 1024


@dataclass(frozen=True, eq=False, slots=True)
class WantedFilm:
    """What a call asks for. pages: its captions on the programme's clock. notices: sentences for people."""

    film: Film
    pages: tuple[CaptionPage, ...]
    notices: tuple[str, ...]

    def vtt(self, shot: Shot) -> str:
        """The words as WebVTT, on the film's clock."""
        from avatar_server.dataset.caption_pages import pages_within
        from avatar_server.sinks.webvtt import webvtt_text

        names = [person.name for person in shot.performance.people]
        return webvtt_text(pages_within(self.pages, self.film.span_s), names)


def add_film_options(parser: argparse.ArgumentParser, vtt: str) -> None:
    """Say what may be said about a film besides what its pictures show.

    vtt: what the file with the words is called.
    """
    parser.add_argument(
        "--fps",
        default="30",
        help="30, 29.97, 30000/1001, or film, pal, ntsc, ntsc-film (default: %(default)s)",
    )
    parser.add_argument(
        "--captions",
        default="none",
        metavar="HOW",
        help="the words: none, track (a text track that players list), or burnt into the pictures "
        "(default: none)",
    )
    parser.add_argument("--vtt", action="store_true", help=f"write the words as {vtt} (WebVTT) too")


def jobs_at_once(text: str | None) -> int:
    """Processes that draw: as many as people typed, or as there are cores."""
    if text is None:
        return min(len(os.sched_getaffinity(0)), MOST_USUAL_JOBS)
    return values.whole_number("--jobs", text, 1, MOST_JOBS)


def film_of(call: argparse.Namespace, shot: Shot, *, is_doubled: bool = False) -> WantedFilm:
    """The film of a shot; UsageError for a span that the interaction does not have.

    is_doubled: its pictures are drawn twice as wide and high as they will be.
    """
    from avatar_server.segments.film import Film
    from avatar_server.still import doubled

    size = doubled(shot.size) if is_doubled else shot.size
    how = values.one_of("--captions", call.captions, CAPTIONS)
    pages = shot.captions() if how != "none" or call.vtt else ()
    notices = list(shot.performance.notices)
    if not pages and (how != "none" or call.vtt):
        notices.append("there is no transcript: no captions")
    film = Film(
        shot.performance,
        values.span(call.start, call.end, shot.performance.duration_s),
        values.frame_rate(call.fps),
        shot.camera,
        track=pages if how == "track" else (),
        burnt=pages if how == "burnt" else (),
        names=shot.names(size, above=how == "burnt") if call.names else None,
    )
    return WantedFilm(film, tuple(pages), tuple(notices))
