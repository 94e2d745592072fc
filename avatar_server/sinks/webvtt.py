"""Captions as a WebVTT file (W3C WebVTT): one cue each, in the voice and the colour of who speaks."""

from __future__ import annotations

from collections.abc import Sequence

from avatar_server.dataset.caption_pages import CaptionPage
from avatar_server.scene.appearance import VOICE_COLOURS


def webvtt_text(pages: Sequence[CaptionPage], names: Sequence[str]) -> str:
    """The file. names: of the people, as `SpokenCaption.person` counts them."""
    styles = [
        f'STYLE\n::cue(v[voice="{_escaped(name)}"]) {{ color: {colour}; }}'
        for name, colour in zip(names, VOICE_COLOURS, strict=False)
    ]
    cues = [
        f"{_stamp(start_s)} --> {_stamp(end_s)}\n<v {_escaped(names[person])}>{_escaped(text)}"
        for start_s, end_s, person, text in _cues(pages)
    ]
    return "\n\n".join(["WEBVTT", *styles, *cues]) + "\n"


def _cues(pages: Sequence[CaptionPage]) -> list[tuple[float, float, int, str]]:
    """Start, end, person and text of each caption, however many pages it is seen on."""
    cues: dict[tuple[int, float], tuple[float, float, int, str]] = {}
    for page in pages:
        for one in page.captions:
            key = (one.person, one.caption.start_s)
            start_s = cues[key][0] if key in cues else page.start_s
            cues[key] = (start_s, page.end_s, one.person, "\n".join(one.caption.rows))
    return sorted(cues.values())


def _stamp(time_s: float) -> str:
    milliseconds = round(time_s * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
