"""One of those whose recording arrives: what of him grows, and how loud he is meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from avatar_server.audio.gliding_gain import GlidingGain, measured_gain
from avatar_server.audio.growing_sound import GrowingSound
from avatar_server.audio.loudness import gain_to_rms
from avatar_server.audio.mixing import Voice
from avatar_server.audio.sound_clip import SoundClip
from avatar_server.dataset.annotations import read_annotations
from avatar_server.dataset.fetching.arriving_recording import ArrivingRecording
from avatar_server.dataset.recording_arrays import read_arrays
from avatar_server.errors import TransferError
from avatar_server.growing_face import GrowingFace
from avatar_server.motion.growing_motion import GrowingMotion
from avatar_server.motion.presets import MotionPreset
from avatar_server.motion.seamless import motion_from_recording
from avatar_server.parts import Motion
from avatar_server.performance import GENEA_RMS

_LEISURE = 6
"""A clip is made again when so many times the time has passed that making it took: on a line that is hardly
fast enough it would otherwise be made anew for every few frames, and whoever draws needs the CPU, too."""

_WORDS = ("metadata:vad", "json")


@dataclass(slots=True)
class GrowingPerson:
    """Motion and voice of one recording in one preset; whichever does not grow is here as a whole."""

    recording: ArrivingRecording
    vendor: int
    preset: MotionPreset
    spoken: tuple[tuple[float, float], ...]
    shown: Motion
    heard: GrowingSound | SoundClip
    gain: GlidingGain | None = None
    is_measured: bool = False
    rests_until_s: float = 0.0
    face: GrowingFace | None = None
    face_notices: tuple[str, ...] = ()

    @classmethod
    def open(cls, recording: ArrivingRecording, vendor: int, preset: MotionPreset) -> Self:
        """What there is of a recording; raises the errors of reading."""
        words = next((recording.pieces[name] for name in _WORDS if name in recording.pieces), None)
        there = words is not None and words.partial.is_whole
        annotations = read_annotations(words.partial.path if words is not None and there else None)
        spoken = tuple((span.start_s, span.end_s) for span in annotations.voice_activity)
        sound: GrowingSound | SoundClip
        if recording.sound is not None and (header := recording.sound_header) is not None:
            sound = GrowingSound(recording.sound, header, recording.sound.source)
            sound.measure(spoken)
        else:
            sound = SoundClip.open(None if recording.sound is None else recording.sound.path, spoken)
        return cls(recording, vendor, preset, spoken, _motion(recording, sound, preset), sound)

    @property
    def motion(self) -> GrowingMotion | None:
        """If it grows."""
        return self.shown if isinstance(self.shown, GrowingMotion) else None

    @property
    def sound(self) -> GrowingSound | None:
        """If it grows."""
        return self.heard if isinstance(self.heard, GrowingSound) else None

    @property
    def npz(self) -> Path | None:
        """The whole NPZ, if the store has arrays in one and not each by itself."""
        return None if self.recording.arrays is not None else self.recording.pieces["npz"].partial.path

    @property
    def is_grown(self) -> bool:
        """Whether all of it is here, and made the most of."""
        return (self.motion is None or self.motion.is_whole) and (self.sound is None or self.is_measured)

    def in_preset(self, preset: MotionPreset, playhead_s: float) -> GrowingPerson:
        """The same recording in another preset, made of what is here round the playhead or else anywhere.

        Raises TransferError if nobody is seen in that, and the errors of reading.
        """
        shown = _motion(self.recording, self.heard, preset)
        if isinstance(shown, GrowingMotion):
            known_s = 0.0 if self.motion is None else self.motion.span_s[0]
            if not (shown.grow(playhead_s) or shown.grow(known_s)):
                raise TransferError("nobody is seen in what is here yet", where=shown.where)
        return replace(self, preset=preset, shown=shown, gain=None, rests_until_s=0.0)

    def voice(self, whole: Voice) -> Voice:
        """The voice in the mix, from where `whole` comes, which was levelled by what is here."""
        if self.sound is None:
            return whole
        self.gain = GlidingGain(self.sound, self._level())
        return Voice(self.gain, 1.0, whole.pan)

    def grow(self, playhead_s: float) -> bool:
        """Take in what came since, which may take a while; says whether more can be shown or heard."""
        begun_s = time.monotonic()
        grew = False
        if self.motion is not None and begun_s >= self.rests_until_s:
            grew = self.motion.grow(playhead_s)
            done_s = time.monotonic()
            self.rests_until_s = done_s + _LEISURE * (done_s - begun_s)
        sound = self.sound
        if sound is not None and not self.is_measured:
            before_s = sound.measured_s
            sound.measure(self.spoken)
            self.is_measured = sound.measured_s >= sound.duration_s
            if self.gain is not None and (self.is_measured or sound.measured_s > before_s):
                self.gain.aim(self._level())
            grew |= sound.measured_s > before_s
        return grew

    def _level(self) -> float:
        if self.preset.convention == "genea":
            return gain_to_rms(self.heard.loudness.rms, GENEA_RMS)
        return measured_gain(self.heard.loudness, self.vendor, whole=self.is_measured)


def _motion(recording: ArrivingRecording, sound: GrowingSound | SoundClip, preset: MotionPreset) -> Motion:
    if recording.arrays is None:
        npz = recording.pieces["npz"].partial.path
        return motion_from_recording(read_arrays(npz), sound.duration_s or None, preset)
    return GrowingMotion(recording.arrays, sound.duration_s or None, preset, recording.npz)
