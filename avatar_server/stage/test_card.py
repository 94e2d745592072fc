"""Colour bars and a tone: a programme that is read back from its pictures, and works when nothing else does.

The picture carries its media time as a row of black and white fields (milliseconds, most significant bit
first), a bar that moves once across every second, and a band whose brightness tells the camera's azimuth.
The tone changes its pitch every second, so a listener can tell the second: 440, 550, 660, 880 Hz in turn;
the left channel is louder than the right.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from avatar_server.control.events import InteractionShown, PersonShown
from avatar_server.dataset.repairs import FaceShown
from avatar_server.render.contract import Picture, PictureSize
from avatar_server.scene.cameras import Orbit
from avatar_server.scene.director import AUTO, CutList, Shot
from avatar_server.scene.lighting import STUDIO_BACKDROP, STUDIO_LIGHT
from avatar_server.scene.snapshot import Camera, Snapshot
from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.timing.buffering import Buffered
from avatar_server.timing.clock import Clock

PITCHES_HZ = (440, 550, 660, 880)
LEFT_AMPLITUDE, RIGHT_AMPLITUDE = 0.25, 0.125
TIME_BITS = 16
"""The time code counts milliseconds up to 65 s."""

AZIMUTHS_RAD = {"two-shot": 0.0, "left": -0.6, "right": 0.6}

CUTS = CutList(tuple(Shot(3.0 * index, tuple(AZIMUTHS_RAD)[(0, 1, 2, 1)[index % 4]]) for index in range(20)))
"""What the automatic director does of the card's minute: another camera every three seconds."""

BARS_YUV = (
    (180, 128, 128),
    (162, 44, 142),
    (131, 156, 44),
    (112, 72, 58),
    (84, 184, 198),
    (65, 100, 212),
    (35, 212, 114),
)
"""Grey, yellow, cyan, green, magenta, red and blue at 75 % (ITU-R BT.1729-like bars, BT.709, 8 bits)."""


AT_ONCE_S = 2.0
THEN_AFTER_S = 4.0
"""Of a card that arrives: so much is here at once, all the rest so long after that was reached."""


@dataclass(slots=True)
class SlowArrival:
    """What is here of a card that arrives; its time counts from when the card is first watched."""

    clock: Clock
    began_s: float | None = None

    def watched(self) -> None:
        """Time passes on the stage."""
        if self.began_s is None:
            self.began_s = self.clock.now_s()

    def reached_s(self) -> float:
        """Up to when it is here, in media seconds."""
        passed_s = 0.0 if self.began_s is None else self.clock.now_s() - self.began_s
        return AT_ONCE_S if passed_s < AT_ONCE_S + THEN_AFTER_S else float("inf")


@dataclass(frozen=True, slots=True)
class TestCard:
    """A programme of bars and tone; sound_late_ms puts the tone that much behind the picture.

    arrives: how it comes, if it is not here from the start.
    """

    __test__ = False
    """Not a test, whatever its name lets pytest think."""

    sound_late_ms: int = 0
    arrives: SlowArrival | None = None
    duration_s: float = 60.0
    cameras: tuple[str, ...] = (*AZIMUTHS_RAD, AUTO)
    stagings: tuple[str, ...] = ("face-to-face",)
    presets: tuple[str, ...] = ("natural",)
    staging: str = "face-to-face"
    preset_name: str = "natural"
    studio: str = ""
    studio_name: str = ""
    faces: tuple[FaceShown, ...] = ("none", "none")

    def shown(self) -> InteractionShown:
        """What people are told about it."""
        bars, tone = PersonShown("bars", "Bars", "left"), PersonShown("tone", "Tone", "right")
        return InteractionShown("test-card", "test", "test", self.duration_s, (bars, tone), ())

    def camera_at(self, time_s: float, camera: Camera) -> Camera:
        """It stands still."""
        return camera

    def snapshot_at(self, time_s: float, camera: Camera) -> Snapshot:
        """A moment with nobody in it."""
        return Snapshot(time_s, (), camera, STUDIO_LIGHT, STUDIO_BACKDROP)

    def orbit(self, name: str, aspect: float) -> Orbit:
        """Views that differ in their azimuth only."""
        return Orbit((0.0, 1.0, 0.0), AZIMUTHS_RAD[name], 0.0, 3.0)

    def shot_at(self, time_s: float) -> str:
        """What the director has chosen."""
        return CUTS.camera_at(time_s)

    def with_staging(self, name: str) -> Self:
        """There is nobody to put elsewhere."""
        return self

    def with_studio(self, name: str) -> Self:
        """Bars are before nothing."""
        return self

    def speaking_at(self, time_s: float) -> tuple[bool, ...]:
        """Nobody says anything."""
        return (False, False)

    def with_preset(self, name: str) -> Self:
        """There is one only."""
        return self

    def buffered(self) -> Buffered:
        """All of it is here, unless it arrives: then what `arrives` says, in steps of a second."""
        if self.arrives is None:
            return Buffered(((0.0, self.duration_s),), True)
        end_s = min(self.arrives.reached_s(), self.duration_s)
        trouble = "" if end_s > AT_ONCE_S else "the test card is slow on purpose"
        return Buffered(((0.0, end_s),), end_s >= self.duration_s, trouble)

    def look_ahead(self, media_s: float) -> None:
        """It comes as it comes, once it is watched."""
        if self.arrives is not None and media_s > 0:
            self.arrives.watched()

    def voices_block(self, start_sample: int, count: int) -> NDArray[np.float32]:
        """The left person is what the left channel holds, the right one the right."""
        return self.sound_block(start_sample, count)

    def pans(self) -> NDArray[np.float32]:
        """Each to his side alone."""
        return np.eye(2, dtype=np.float32)

    def sound_block(self, start_sample: int, count: int) -> NDArray[np.float32]:
        """(count, 2) float32; each second's tone begins at phase 0."""
        sample = np.arange(start_sample, start_sample + count) - self.sound_late_ms * SAMPLE_RATE_HZ // 1000
        pitch = np.array(PITCHES_HZ)[(sample // SAMPLE_RATE_HZ) % len(PITCHES_HZ)]
        wave = np.sin(2 * np.pi * pitch * (sample % SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ)
        wave[(sample < 0) | (sample >= self.duration_s * SAMPLE_RATE_HZ)] = 0
        return (wave[:, np.newaxis] * (LEFT_AMPLITUDE, RIGHT_AMPLITUDE)).astype(np.float32)


@dataclass(slots=True)
class TestCardRenderer:
    """Draws the card, on the processor, in about a millisecond."""

    __test__ = False

    size: PictureSize
    name: str = "test card"
    capacity: int = 1
    _background: NDArray[np.uint8] = field(init=False, repr=False)
    _under_way: list[Picture] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        picture = Picture(self.size, np.empty((self.size.height * 3 // 2, self.size.width), np.uint8))
        for plane, values in zip(picture.planes(), np.array(BARS_YUV, np.uint8).T, strict=True):
            plane[:] = values[np.arange(plane.shape[1]) * len(values) // plane.shape[1]]
        self._background = picture.i420

    def prepare(self, snapshot: Snapshot) -> None:
        """Nothing: the bars are drawn already."""

    def submit(self, snapshot: Snapshot, *, hasty: bool = False) -> None:
        """Draw the time code, the moving bar and the camera's band over the bars."""
        picture = Picture(self.size, self._background.copy())
        luma, *chroma = picture.planes()
        height, width = luma.shape
        for plane in chroma:
            plane[: height // 4] = 128
        luma[: height // 4] = 16
        code = round(snapshot.time_s * 1000)
        for bit in range(TIME_BITS):
            if code >> (TIME_BITS - 1 - bit) & 1:
                luma[: height // 8, bit * width // TIME_BITS : (bit + 1) * width // TIME_BITS] = 235
        eye, target = snapshot.camera.eye, snapshot.camera.target
        azimuth = float(np.arctan2(target[0] - eye[0], eye[2] - target[2]))
        luma[height // 8 : height // 4] = round(125 + 30 * azimuth)
        left = int(snapshot.time_s % 1.0 * width * 0.9)
        luma[height * 5 // 8 : height * 7 // 8, left : left + width // 10] = 235
        self._under_way.append(picture)

    def collect(self) -> Picture:
        """The oldest picture under way."""
        return self._under_way.pop(0)

    def silhouette(self, snapshot: Snapshot) -> NDArray[np.uint8]:
        """Nobody anywhere."""
        return np.zeros((self.size.height, self.size.width), np.uint8)

    def depth(self, snapshot: Snapshot) -> NDArray[np.float32]:
        """Nobody anywhere."""
        return np.zeros((self.size.height, self.size.width), np.float32)

    def close(self) -> None:
        """Nothing to give back."""


def time_code_s(luma: NDArray[np.uint8]) -> float:
    """The media time read from a picture of the card: (height, width) luma, of any size."""
    height, width = luma.shape
    row = luma[height // 16]
    code = 0
    for bit in range(TIME_BITS):
        code = code << 1 | int(row[(2 * bit + 1) * width // (2 * TIME_BITS)] > 125)
    return code / 1000


def azimuth_rad(luma: NDArray[np.uint8]) -> float:
    """The camera's azimuth read from a picture of the card."""
    height, width = luma.shape
    return (float(luma[height * 3 // 16, width // 2]) - 125) / 30


def pitch_changes(samples: NDArray[np.float32]) -> list[tuple[int, int]]:
    """(sample, second) where the tone of each second 0..3 of a round begins; (n,) sound at 48 kHz.

    A change is where the new pitch begins to outweigh the old one in windows of 10 ms, both being heard
    alone for 0.3 s on their side.
    """
    time_s = np.arange(len(samples)) / SAMPLE_RATE_HZ
    window = np.full(SAMPLE_RATE_HZ // 100, 100 / SAMPLE_RATE_HZ)
    strength = np.array(
        [
            np.abs(np.convolve(samples * np.exp(-2j * np.pi * pitch * time_s), window, mode="same"))
            for pitch in PITCHES_HZ
        ]
    )
    loudest = strength.argmax(axis=0)
    alone = round(0.3 * SAMPLE_RATE_HZ)
    found = []
    for at in np.flatnonzero(np.diff(loudest)) + 1:
        before, after = loudest[max(at - alone, 0) : at], loudest[at : at + alone]
        steady = len(before) == len(after) == alone and strength[:, at].max() > 0.02
        if steady and len(set(before)) == len(set(after)) == 1:
            found.append((int(at), int(loudest[at])))
    return found
