"""One segment of a film is drawn, encoded and kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from avatar_server.encode.h264_segment import GroupEncoder, pictures_per_group, settings_fingerprint
from avatar_server.render.contract import Renderer
from avatar_server.segments.drawing import Drawn, FilmTimes, draw_film
from avatar_server.segments.encoding import Encoding
from avatar_server.segments.film import Film
from avatar_server.segments.plan import Segment
from avatar_server.segments.segment_file import SegmentRecord, SegmentWriter


def write_segment(
    film: Film,
    renderer: Renderer,
    segment: Segment,
    target: Path,
    *,
    subject: str = "",
    times: FilmTimes | None = None,
    progress: Callable[[int], None] = lambda pictures: None,
) -> SegmentRecord:
    """Draw and encode `segment` of `film` into the file `target`, which is there whole or not at all.

    Sound is no part of it: the film gets it when its segments are joined. subject: what it shows, as whoever
    resumes wants to compare it, such as a hash of inputs and settings; kept in the record. `renderer` is used
    in the calling thread. progress: called with the number of pictures that were drawn since. Raises what the
    parts raise; an older file under the same name is then still there.
    """
    settings = settings_fingerprint(renderer.size, film.rate_hz)
    length = pictures_per_group(film.rate_hz)
    encoder: GroupEncoder | None = None
    with SegmentWriter(target, segment, settings, subject, renderer.name) as file:

        def write(drawn: Drawn) -> None:
            nonlocal encoder
            place = drawn.index - segment.first
            group_first = place - place % length
            if encoder is None:
                encoder = GroupEncoder(renderer.size, film.rate_hz)
            file.write(encoder.encode(drawn.picture), group_first)
            if place + 1 in (group_first + length, segment.count):
                file.write(encoder.finish(), group_first)
                encoder = None

        with Encoding(write) as encoding:
            for drawn in draw_film(film, renderer, segment.first, segment.count, times):
                encoding.take(drawn)
                progress(1)
    if times is not None:
        times.waiting_s += encoding.waiting_s
        times.encoding_s += encoding.encoding_s
    return file.record
