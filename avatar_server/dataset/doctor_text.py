"""The doctor's report as lines for people: a pair fits on a screen."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from avatar_server.dataset.doctor_report import (
    InteractionReport,
    MotionReport,
    ParticipantReport,
    SoundReport,
    SpeechReport,
)
from avatar_server.dataset.recording_arrays import ArrayHeader
from avatar_server.dataset.repairs import RecordingRepairs

_WIDTH = 108
_NAME_WIDTH = 10
_SECONDS_WIDTH = 12


def text_of(report: InteractionReport) -> str:
    """All of it, without an end of line at the end."""
    place = f" ({report.label}, {report.split})" if report.label else ""
    people = f"{len(report.participants)} participant{'s' if len(report.participants) > 1 else ''}"
    lines = [f"{report.key}{place}: {report.duration_s:.2f} s, {people}, {report.verdict}"]
    lines += wrapped("format", report.format)
    for decision in report.decisions:
        lines += wrapped(decision.what, f"{decision.value}: {decision.why}")
    lines += [line for notice in report.notices for line in wrapped("note", notice)]
    arrays: list[str] = []
    for participant in report.participants:
        lines += ["", f"{participant.id}: {participant.verdict}", *_participant_lines(participant)]
        before, arrays = arrays, list(_array_lines(participant))
        lines += wrapped("arrays", "the same as above") if arrays and arrays == before else arrays
        if participant.repairs is not None:
            lines += wrapped("repaired", "; ".join(participant.repairs.sentences()) or "nothing")
        lines += [line for notice in participant.notices for line in wrapped("note", notice)]
    return "\n".join(lines)


def _participant_lines(report: ParticipantReport) -> Iterator[str]:
    if report.problem:
        yield from wrapped("broken", f"cannot be played: {report.problem}")
    for reason in report.reasons:
        if reason != report.problem:
            yield from wrapped("because", reason)
    yield from timed("sound", report.sound.duration_s, sound_text(report.sound))
    yield from timed("speech", report.speech.speech_s, _speech(report.speech))
    if report.motion is not None:
        yield from _motion_lines(report.motion, report.repairs)
    yield from _picture_lines(report)


def sound_text(sound: SoundReport) -> str:
    """How loud it is, or why nothing is heard."""
    if sound.state in ("missing", "empty", "unreadable"):
        return f"silence: the file is {sound.state}"
    levels = f"mean {_db(sound.mean_dbfs)}, peak {_db(sound.peak_dbfs)} dBFS"
    return f"speech {_db(sound.level_dbfs)}, {levels}" if sound.state == "heard" else f"no speech, {levels}"


def _db(level_dbfs: float | None) -> str:
    return "-inf" if level_dbfs is None else f"{level_dbfs:.1f}"


def _speech(speech: SpeechReport) -> str:
    untimed = f" ({speech.untimed_words} without times)" if speech.untimed_words else ""
    of_it = "" if speech.transcribed_share is None else f" ({speech.transcribed_share:.0%} of the speech)"
    return (
        f"{speech.speech_share:.0%} of the time, transcript {speech.transcript_share:.0%}{of_it}, "
        f"{speech.words} words{untimed}, {speech.annotations} annotations"
    )


def _motion_lines(motion: MotionReport, repairs: RecordingRepairs | None) -> Iterator[str]:
    measured = "" if motion.measured_rate_hz is None else f", measured {motion.measured_rate_hz:.4f}"
    yield from timed(
        "motion",
        motion.duration_s,
        f"{motion.frame_count} frames at {motion.rate} Hz ({motion.rate_found}{measured})",
    )
    legs = (
        ""
        if motion.hip_deg is None or motion.knee_share is None
        else f" (hip {motion.hip_deg:.0f} degrees, knee at {motion.knee_share:.2f})"
    )
    sentinels = f" ({motion.sentinel_frames} sentinels)" if motion.sentinel_frames else ""
    yield from wrapped(
        "body",
        f"{motion.posture}{legs}; missing in {motion.body_lost_frames} frames{sentinels}"
        + (f", {motion.body_lost_longest_s:.2f} s at the longest" if motion.body_lost_frames else ""),
    )
    yield from wrapped(
        "hands",
        f"lost in {motion.hands_lost_share:.1%} of the frames, {_times(motion.hands_lost_runs)}, "
        f"{motion.hands_lost_longest_s:.2f} s at the longest",
    )
    if motion.face_lost_share is not None or repairs is not None:
        yield from wrapped("face", _face(motion, repairs))
    angles = {"lean": motion.lean_deg, "roll": motion.roll_deg, "turn": motion.turn_deg}
    shown = [f"{name} {angle:+.1f}" for name, angle in angles.items() if angle is not None]
    if shown:
        stored = f", picture stored turned by {motion.turned_deg}" if motion.sideways else ""
        yield from wrapped("camera", f"{', '.join(shown)} degrees{stored}")


def _face(motion: MotionReport, repairs: RecordingRepairs | None) -> str:
    said = []
    if motion.face_lost_share is not None:
        runs = f", {_times(motion.face_lost_runs)}, {motion.face_lost_longest_s:.2f} s at the longest"
        zero = f"{motion.face_group} zero in {motion.face_lost_share:.1%} of the frames"
        said.append(zero + (runs if motion.face_lost_runs else ""))
    if repairs is not None:
        face = repairs.face_repairs
        said.append(face.summary() if face else "none that can be shown: made from the voice")
    return "; ".join(said)


def _picture_lines(report: ParticipantReport) -> Iterator[str]:
    judged = {True: "stretched", False: "not stretched", None: "stretched or not is unknown"}
    verdict = f"{judged[report.anamorphic]} ({report.anamorphic_by})"
    video = report.video
    if video is None:
        yield from wrapped("picture", f"no video; {verdict}")
        return
    shape = f"{video.width}x{video.height} at {video.rate_hz:.3f} Hz"
    yield from timed("video", video.duration_s, f"{shape}; {verdict}")


def _array_lines(report: ParticipantReport) -> Iterator[str]:
    rows = report.motion.frame_count if report.motion else 0
    groups: dict[str, list[str]] = {}
    for header in report.arrays:
        group, colon, name = header.key.partition(":")
        groups.setdefault(group if colon else "other", []).append(_array(header, name or group, rows))
    for number, (group, names) in enumerate(groups.items()):
        yield from wrapped("arrays" if number == 0 else "", f"{group}: {', '.join(names)}")


def _array(header: ArrayHeader, name: str, rows: int) -> str:
    """The name and the shape of a row; the number of rows only where it is not that of the frames."""
    kind = "" if header.dtype in ("float32", "bool") else f" {header.dtype}"
    row = "x".join(str(size) for size in header.shape[1:])
    if header.shape[:1] == (rows,):
        return f"{name} {row}{kind}" if row else f"{name}{kind}"
    return f"{name} {tuple(header.shape)}{kind}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def timed(name: str, seconds: float, text: str, name_width: int = _NAME_WIDTH) -> list[str]:
    """As `wrapped`, with a length before the text."""
    return wrapped(name, f"{f'{seconds:.3f} s':<{_SECONDS_WIDTH}}{text}", _SECONDS_WIDTH, name_width)


def wrapped(name: str, text: str, further: int = 0, name_width: int = _NAME_WIDTH) -> list[str]:
    """Lines of `text` beside `name`; those after the first stand `further` to the right."""
    indent = " " * (2 + name_width)
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=f"  {name:<{name_width}}",
        subsequent_indent=indent + " " * further,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
