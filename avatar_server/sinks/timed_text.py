"""Captions as a text track of an MP4 (3GPP Timed Text, `tx3g`), which players list and switch.

Source: ETSI TS 126 245, section 5.17: a sample is the length of the text (16 bits), the text in UTF-8, and
boxes; `styl` holds records of 12 bytes: first and last character, font, face, size, R'G'B'A.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
from av.container import OutputContainer

from avatar_server.dataset.caption_pages import CaptionPage
from avatar_server.scene.appearance import VOICE_COLOURS

_TIME_BASE = Fraction(1, 1000)

_FONT, _PLAIN, _LETTERS = 1, 0, 18
"""The one font of the track, its face, and the size of its letters in the units of the header below."""

_HEADER = f"""\
[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, \
Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, \
MarginR, MarginV, Encoding
Style: Default,Sans,{_LETTERS},&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
"""FFmpeg's encoder makes the track's description of it; the samples are our own."""


class TimedText:
    """Gives the packets of a track with `pages`, whose times are the file's."""

    def __init__(self, container: OutputContainer, pages: Sequence[CaptionPage]) -> None:
        """Add a stream to `container`."""
        stream = container.add_stream("mov_text")
        stream.codec_context.subtitle_header = _HEADER.encode()
        stream.codec_context.time_base = _TIME_BASE
        stream.time_base = _TIME_BASE
        stream.metadata["handler_name"] = "Captions"
        self._stream = stream
        self._pages = tuple(pages)
        self._next = 0

    def until(self, time_s: float) -> Iterator[av.Packet[av.stream.Stream]]:
        """The pages that begin before `time_s` and were not given yet."""
        while self._next < len(self._pages) and self._pages[self._next].start_s < time_s:
            page = self._pages[self._next]
            self._next += 1
            packet = av.Packet(timed_text_sample(page))
            packet.stream = self._stream
            packet.time_base = _TIME_BASE
            packet.pts = packet.dts = round(page.start_s * 1000)
            packet.duration = round(page.end_s * 1000) - packet.pts
            if packet.duration > 0:
                yield packet


def timed_text_sample(page: CaptionPage) -> bytes:
    """What is seen of a page; if two people speak, each one's text begins with a dash, as in films."""
    texts = ["\n".join(one.caption.rows) for one in page.captions]
    if len(texts) > 1:
        texts = [f"– {text}" for text in texts]
    styles = b""
    first = 0
    for text, spoken in zip(texts, page.captions, strict=True):
        colour = bytes.fromhex(VOICE_COLOURS[spoken.person].removeprefix("#"))
        styles += struct.pack(">HHHBB3sB", first, first + len(text), _FONT, _PLAIN, _LETTERS, colour, 255)
        first += len(text) + 1
    told = "\n".join(texts).encode()
    box = struct.pack(">I4sH", 10 + len(styles), b"styl", len(texts)) + styles
    return struct.pack(">H", len(told)) + told + box
