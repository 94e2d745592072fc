"""What a recorded interaction is like, before anybody plays it: rates, gaps, camera, speech, oddities."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from avatar_server.audio.sound_clip import SoundClip
from avatar_server.dataset.annotations import Annotations, read_annotations
from avatar_server.dataset.interaction import Interaction, RecordingFiles
from avatar_server.dataset.recording_arrays import RecordingArrays, read_arrays
from avatar_server.errors import InputError
from avatar_server.motion.frame_rate import find_frame_rate
from avatar_server.motion.gaps import body_missing, hand_missing, longest_run, runs
from avatar_server.motion.seamless import camera_offset

_ANAMORPHIC_VENDOR = 1
_ANAMORPHIC_SIZE = (2160, 2160)


@dataclass(frozen=True, slots=True)
class SoundReport:
    """duration_s: seconds, 0 for silence. level_dbfs: level of the speech, None for silence."""

    duration_s: float
    level_dbfs: float | None


@dataclass(frozen=True, slots=True)
class MotionReport:
    """The body and hands of one recording.

    rate: exact, as text (`30000/1001`); rate_found: known, measured or assumed (see `FrameRate`).
    measured_rate_hz: frames / length of the sound, None without sound.
    hands_lost_share: of the frames, either hand not tracked; hands_lost_longest_s: the longest such stretch.
    body_lost_frames, body_lost_longest_s: frames without a body.
    lean_deg, roll_deg, turn_deg: what the camera adds (see `CameraOffset`), None if no frame has a body.
    sideways: the picture is stored rolled by a quarter or half turn. face_lost_share: None without face
    arrays.
    """

    frame_count: int
    rate: str
    rate_hz: float
    rate_found: str
    measured_rate_hz: float | None
    duration_s: float
    hands_lost_share: float
    hands_lost_runs: int
    hands_lost_longest_s: float
    body_lost_frames: int
    body_lost_longest_s: float
    lean_deg: float | None
    roll_deg: float | None
    turn_deg: float | None
    sideways: bool
    face_lost_share: float | None
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SpeechReport:
    """words: in the transcript. speech_share: of the longer of sound and motion, by the voice activity."""

    words: int
    speech_s: float
    speech_share: float
    annotations: int


@dataclass(frozen=True, slots=True)
class ParticipantReport:
    """One participant. motion is None if it cannot be played; `problem` then says why."""

    id: str
    motion: MotionReport | None
    sound: SoundReport
    speech: SpeechReport
    problem: str
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InteractionReport:
    """The whole interaction; it lasts as long as its longest sound or motion."""

    key: str
    label: str
    split: str
    duration_s: float
    participants: tuple[ParticipantReport, ...]
    notices: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`, keys as the fields here."""
        return asdict(self)

    def as_text(self) -> str:
        """Lines for people."""
        place = f" ({self.label}, {self.split})" if self.label else ""
        lines = [f"{self.key}{place}: {self.duration_s:.2f} s, {len(self.participants)} participants"]
        lines += [f"  note: {notice}" for notice in self.notices]
        for participant in self.participants:
            lines += ["", participant.id, *(f"  {line}" for line in _participant_lines(participant))]
        return "\n".join(lines)


def inspect_interaction(interaction: Interaction) -> InteractionReport:
    """Read all files of `interaction` and report; what is broken is part of the report and raises nothing."""
    participants = tuple(_inspect(files) for files in interaction.recordings)
    duration_s = max(
        max(report.sound.duration_s, report.motion.duration_s if report.motion else 0.0)
        for report in participants
    )
    return InteractionReport(
        key=str(interaction.key),
        label=interaction.label,
        split=interaction.split,
        duration_s=duration_s,
        participants=participants,
        notices=interaction.notices,
    )


def _inspect(files: RecordingFiles) -> ParticipantReport:
    notices: list[str] = []
    problem = ""
    annotations = read_annotations(files.json)
    sound = _inspect_sound(files.wav, annotations, notices)
    motion: MotionReport | None = None
    try:
        arrays = read_arrays(files.npz)
        motion = _inspect_motion(arrays, sound.duration_s, notices)
        if motion.body_lost_frames == motion.frame_count:
            problem = f"{files.npz}: no frame has a body"
    except InputError as error:
        problem = str(error)
    notices += annotations.notices
    length_s = max(sound.duration_s, motion.duration_s if motion else 0.0)
    speech = SpeechReport(
        words=annotations.word_count,
        speech_s=annotations.speech_s,
        speech_share=min(1.0, annotations.speech_s / length_s) if length_s else 0.0,
        annotations=len(annotations.annotations),
    )
    if _is_anamorphic(files):
        notices.append("2160x2160 video of V01: the picture is squeezed, and its fitted poses are distorted")
    return ParticipantReport(str(files.id), motion, sound, speech, problem, tuple(notices))


def _inspect_sound(wav: Path | None, annotations: Annotations, notices: list[str]) -> SoundReport:
    spoken = [(span.start_s, span.end_s) for span in annotations.voice_activity]
    try:
        clip = SoundClip.open(wav, spoken)
    except InputError as error:
        notices.append(str(error))
        return SoundReport(0.0, None)
    try:
        notices += clip.notices
        return SoundReport(clip.duration_s, clip.level_dbfs)
    finally:
        clip.close()


def _inspect_motion(arrays: RecordingArrays, sound_duration_s: float, notices: list[str]) -> MotionReport:
    rate = find_frame_rate(arrays.frame_count, sound_duration_s)
    notices += [*arrays.notices, *rate.notices]
    no_body = body_missing(arrays)
    lost = no_body.copy()
    for hand in (arrays.left_hand_pose, arrays.right_hand_pose):
        lost |= True if hand is None else hand_missing(arrays, hand)
    offset = camera_offset(arrays)
    if offset is not None and offset.quarter_turns:
        notices.append("stored sideways or upside down: turned upright when played")
    return MotionReport(
        frame_count=arrays.frame_count,
        rate=str(rate.rate_hz),
        rate_hz=float(rate.rate_hz),
        rate_found=rate.how,
        measured_rate_hz=rate.measured_hz,
        duration_s=float(arrays.frame_count / rate.rate_hz),
        hands_lost_share=float(lost.mean()),
        hands_lost_runs=len(runs(lost)),
        hands_lost_longest_s=float(longest_run(lost) / rate.rate_hz),
        body_lost_frames=int(no_body.sum()),
        body_lost_longest_s=float(longest_run(no_body) / rate.rate_hz),
        lean_deg=math.degrees(offset.lean_rad) if offset else None,
        roll_deg=math.degrees(offset.roll_rad) if offset else None,
        turn_deg=math.degrees(offset.turn_rad) if offset else None,
        sideways=bool(offset and offset.quarter_turns),
        face_lost_share=_face_lost_share(arrays, notices),
        groups=arrays.groups,
    )


def _face_lost_share(arrays: RecordingArrays, notices: list[str]) -> float | None:
    try:
        valid = arrays.read("movement:is_valid")
    except InputError as error:
        notices.append(str(error))
        return None
    return None if valid is None or valid.size == 0 else float((valid < 0.5).mean())


def _is_anamorphic(files: RecordingFiles) -> bool:
    """5,002 recordings of vendor 1 have square 2160x2160 pictures of a wider scene; the video tells."""
    if files.id.vendor != _ANAMORPHIC_VENDOR or files.mp4 is None:
        return False
    import av

    try:
        with av.open(str(files.mp4)) as container:
            return any((video.width, video.height) == _ANAMORPHIC_SIZE for video in container.streams.video)
    except (av.FFmpegError, OSError):
        return False


def _participant_lines(report: ParticipantReport) -> list[str]:
    motion, sound, speech = report.motion, report.sound, report.speech
    lines = [f"cannot be played: {report.problem}"] if report.problem else []
    level = "silence" if sound.level_dbfs is None else f"speech at {sound.level_dbfs:.1f} dBFS"
    lines += [
        f"sound   {sound.duration_s:9.3f} s  {level}",
        f"speech  {speech.speech_s:9.3f} s  {speech.speech_share:.0%} of the time, {speech.words} words, "
        f"{speech.annotations} annotations",
    ]
    if motion is not None:
        lines += _motion_lines(motion)
    return lines + [f"note: {notice}" for notice in report.notices]


def _motion_lines(motion: MotionReport) -> list[str]:
    measured = "" if motion.measured_rate_hz is None else f", measured {motion.measured_rate_hz:.4f}"
    lines = [
        f"motion  {motion.duration_s:9.3f} s  {motion.frame_count} frames at {motion.rate} Hz "
        f"({motion.rate_found}{measured})",
        f"hands   lost in {motion.hands_lost_share:.1%} of the frames, {motion.hands_lost_runs} times, "
        f"{motion.hands_lost_longest_s:.2f} s at the longest",
        f"body    missing in {motion.body_lost_frames} frames, "
        f"{motion.body_lost_longest_s:.2f} s at the longest",
    ]
    if motion.face_lost_share is not None:
        lines.append(f"face    lost in {motion.face_lost_share:.1%} of the frames")
    angles = {"lean": motion.lean_deg, "roll": motion.roll_deg, "turn": motion.turn_deg}
    shown = [f"{name} {angle:+.1f}" for name, angle in angles.items() if angle is not None]
    if shown:
        stored = ", picture stored sideways" if motion.sideways else ""
        lines.append(f"camera  {', '.join(shown)} degrees{stored}")
    return [*lines, f"arrays  {', '.join(motion.groups)}"]
