"""Sound at another speed with its pitch kept, for people who listen at 0.5 to 2 times.

Waveform-similarity overlap-add (Verhelst and Roelands 1993): every 15 ms of output a new piece of the source
is faded in, taken near the place where the timeline stands, moved by up to 7.5 ms to where it resembles best
what would have followed by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]
"""(n, channels) float32: left and right, or voices that are mixed later."""

SLOWEST, FASTEST = 0.5, 2.0

_HOP = 720
"""Samples between two pieces, 15 ms: one period of a voice of 67 Hz fits."""

_REACH = 360
"""How far a piece may be moved, 7.5 ms each way: together one period of the lowest voices."""

_FADE = 240
"""Samples, 5 ms, in which one kind of playing turns into another."""

_FFT = 2048
"""At least _HOP + 2 * _REACH + _HOP - 1, so that the correlation does not wrap around."""


@dataclass(frozen=True, eq=False, slots=True)
class Place:
    """All that decides what a stretcher gives next; for `TimeStretcher.go_back`."""

    position: float
    speed: float | None
    onward: int | None
    ready: Sound
    outgoing: Sound


class TimeStretcher:
    """Reads a source by position and gives blocks at the speed asked for.

    The position is exact: each block moves it by count * speed and nothing else does, so it never drifts
    against a timeline that is told the same speeds. At speed 1 samples pass through bit for bit; at speed 0
    (paused) there is silence. A change between these, and a seek, fade over 5 ms instead of clicking.
    """

    def __init__(self, read: Callable[[int, int], Sound], channels: int = 2) -> None:
        """`read(start_sample, count)` gives (count, channels) float32, zeros outside the sound."""
        self._read = read
        self._channels = channels
        self._position = 0.0
        self._speed: float | None = None
        # Stretching: where in the source the piece now playing goes on by itself, and what is ready to play.
        self._onward: int | None = None
        self._ready: Sound = np.zeros((0, channels), dtype=np.float32)
        self._outgoing: Sound = self._ready
        self._fade_in = (0.5 - 0.5 * np.cos(np.pi * (np.arange(_FADE) + 0.5) / _FADE)).astype(np.float32)
        self._hop_in = (0.5 - 0.5 * np.cos(np.pi * (np.arange(_HOP) + 0.5) / _HOP)).astype(np.float32)

    @property
    def position_samples(self) -> float:
        """Position in the source at the end of the last block."""
        return self._position

    def place(self) -> Place:
        """Where it is now."""
        return Place(self._position, self._speed, self._onward, self._ready, self._outgoing)

    def go_back(self, place: Place) -> None:
        """Give again what was given since `place`, or what now comes instead."""
        self._position, self._speed, self._onward = place.position, place.speed, place.onward
        self._ready, self._outgoing = place.ready, place.outgoing

    def seek(self, sample: float) -> None:
        """Go on from `sample`; what was playing fades out over the beginning of the next block."""
        if self._speed is not None:
            self._fade_out()
        self._position = float(sample)
        self._onward = None
        self._ready = self._ready[:0]

    def next_block(self, count: int, speed: float) -> Sound:
        """The next `count` samples, (count, channels) float32, at `speed`: 0, or 0.5 to 2."""
        if speed != 0 and not SLOWEST <= speed <= FASTEST:
            raise ValueError(f"speed: expected 0 or {SLOWEST} to {FASTEST}, got {speed}")
        if self._speed is not None and _kind(speed) != _kind(self._speed):
            self._fade_out()
            self._onward = None
            self._ready = self._ready[:0]
        self._speed = speed
        if speed == 1:
            # Samples pass unchanged only at whole positions: a fraction left by another speed is dropped.
            self._position = float(round(self._position))
        return self._advance(count, speed)

    def _advance(self, count: int, speed: float) -> Sound:
        block = self._play(count, speed)
        self._position += count * speed
        fading = min(count, len(self._outgoing))
        if fading:
            begin = _FADE - len(self._outgoing)
            weight = self._fade_in[begin : begin + fading, np.newaxis]
            block[:fading] = block[:fading] * weight + self._outgoing[:fading] * (1 - weight)
            self._outgoing = self._outgoing[fading:]
        return block

    def _fade_out(self) -> None:
        """Keep what would have been heard next, to be faded out under what comes instead."""
        assert self._speed is not None
        position = self._position
        self._outgoing = self._advance(_FADE, self._speed)
        self._position = position

    def _play(self, count: int, speed: float) -> Sound:
        if speed == 0:
            return np.zeros((count, self._channels), dtype=np.float32)
        if speed == 1:
            return np.array(self._read(int(self._position), count), dtype=np.float32)
        pieces = [self._ready]
        have = len(self._ready)
        while have < count:
            piece = self._next_hop(round(self._position + have * speed), speed)
            pieces.append(piece)
            have += len(piece)
        sound = np.concatenate(pieces)
        self._ready = sound[count:]
        return sound[:count]

    def _next_hop(self, here: int, speed: float) -> Sound:
        """15 ms of output from `here` on: what goes on by itself, crossfaded to the best new piece."""
        if self._onward is None:
            self._onward = here + _HOP
            return np.array(self._read(here, _HOP), dtype=np.float32)
        # Pieces run at normal speed, so below 1 they lead the timeline, more and more until they are faded
        # out: on the average by this much, which is taken back.
        first = here - round((1 - speed) * _HOP) - _REACH
        onward = self._read(self._onward, _HOP)
        around = self._read(first, _HOP + 2 * _REACH)
        best = _most_alike(onward.sum(axis=1), around.sum(axis=1))
        piece = around[best : best + _HOP]
        self._onward = first + best + _HOP
        weight = self._hop_in[:, np.newaxis]
        return onward * (1 - weight) + piece * weight


def _kind(speed: float) -> str:
    return {0.0: "silent", 1.0: "direct"}.get(speed, "stretched")


def _most_alike(pattern: NDArray[np.float32], around: NDArray[np.float32]) -> int:
    """Offset of the stretch of `around` with the highest normalised correlation to `pattern`.

    Silence everywhere (or no likeness at all) gives the middle, which is where the timeline stands.
    """
    places = len(around) - len(pattern) + 1
    spectrum = np.fft.rfft(around, _FFT) * np.conj(np.fft.rfft(pattern, _FFT))
    correlation = np.fft.irfft(spectrum, _FFT)[:places]
    running = np.concatenate([[0.0], np.cumsum(around.astype(np.float64) ** 2)])
    energy = running[len(pattern) :] - running[: -len(pattern)]
    likeness = correlation / np.sqrt(energy + 1e-9)
    middle = places // 2
    best = int(np.argmax(likeness))
    return best if likeness[best] > likeness[middle] + 1e-6 else middle
