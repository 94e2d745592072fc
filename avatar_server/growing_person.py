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
from avatar_server.dataset.annotations import MAX_BYTES, Annotations, Word, parse_annotations
from avatar_server.dataset.fetching.arriving_recording import ArrivingRecording
from avatar_server.dataset.spooled_arrays import SpooledArrays
from avatar_server.errors import MachineError, TransferError
from avatar_server.growing_face import GrowingFace
from avatar_server.motion.growing_motion import GrowingMotion
from avatar_server.motion.presets import MotionPreset
from avatar_server.motion.seamless import motion_from_recording
from avatar_server.parts import Motion
from avatar_server.performance import GENEA_RMS

_LEISURE = 6
"""A clip is made again when so many times the time has passed that making it took: on a line that is hardly
fast enough it would otherwise be made anew for every few frames, and whoever draws needs the CPU, too."""

_VOICE_ACTIVITY = ("metadata:vad", "json")
_TRANSCRIPT = ("metadata:transcript", "json")


@dataclass(slots=True)
class GrowingPerson:
    """Motion and voice of one recording in one preset; whichever does not grow is here as a whole.

    words: of the transcript; None while it is not here.
    """

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
    words: tuple[Word, ...] | None = None

    @classmethod
    def open(cls, recording: ArrivingRecording, vendor: int, preset: MotionPreset) -> Self:
        """What there is of a recording; raises the errors of reading."""
        told = _told(recording, _VOICE_ACTIVITY) or Annotations()
        spoken = tuple((span.start_s, span.end_s) for span in told.voice_activity)
        said = _told(recording, _TRANSCRIPT)
        sound: GrowingSound | SoundClip
        if recording.sound is not None and (header := recording.sound_header) is not None:
            sound = GrowingSound(recording.sound, header, recording.sound.source)
            sound.measure(spoken)
        else:
            sound = SoundClip.open(None if recording.sound is None else recording.sound.path, spoken)
        words = None if said is None else said.words
        shown = _motion(recording, sound, preset)
        return cls(recording, vendor, preset, spoken, shown, sound, words=words)

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

    def hear_words(self) -> bool:
        """Let the face know what is said as soon as that is here; says whether it knows by now."""
        if self.words is None and (said := _told(self.recording, _TRANSCRIPT)) is not None:
            self.words = said.words
            if self.face is not None and self.words:
                self.face.hear(self.words)
        return self.words is not None

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


def _told(recording: ArrivingRecording, names: tuple[str, ...]) -> Annotations | None:
    """What the first of these pieces that there is tells; None while it is not here."""
    piece = next((recording.pieces[name] for name in names if name in recording.pieces), None)
    if piece is None or piece.is_absent:
        return Annotations()
    partial = piece.partial
    if not partial.is_whole or partial.size_bytes is None:
        return None
    if partial.size_bytes > MAX_BYTES:
        return Annotations()
    try:
        # Of a file that was given its place among the official ones the bytes stay here.
        return parse_annotations(partial.read(0, partial.size_bytes), partial.path)
    except (ValueError, MachineError):
        return None  # It has just become another file, or is closed.


def _motion(recording: ArrivingRecording, sound: GrowingSound | SoundClip, preset: MotionPreset) -> Motion:
    if recording.arrays is None:
        npz = recording.pieces["npz"].partial.path
        with SpooledArrays(npz) as arrays:
            return motion_from_recording(arrays, sound.duration_s or None, preset)
    return GrowingMotion(recording.arrays, sound.duration_s or None, preset, recording.npz)
