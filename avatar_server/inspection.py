"""The doctor: what a recorded interaction is like, before anybody plays it, and whether it is fit to be.

Reads what is there and measures; `dataset.doctor_verdict` judges, `dataset.doctor_report` is what comes out.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar_server.audio.loudness import gain_to_level
from avatar_server.audio.sound_clip import SoundClip
from avatar_server.dataset.annotations import Annotations, read_annotations
from avatar_server.dataset.doctor_report import (
    InteractionReport,
    MotionReport,
    ParticipantReport,
    SoundReport,
    SpeechReport,
    worst,
)
from avatar_server.dataset.doctor_verdict import Findings, judge
from avatar_server.dataset.interaction import Interaction, RecordingFiles
from avatar_server.dataset.recording_arrays import ArrayHeader, RecordingArrays, read_arrays, read_headers
from avatar_server.dataset.repairs import FaceShown, MotionRepairs, RecordingRepairs
from avatar_server.errors import InputError
from avatar_server.face.choice import USUAL_FACES, FaceChoice, FaceOrder
from avatar_server.face.find_face import FacePlace, find_face
from avatar_server.motion.frame_rate import find_frame_rate
from avatar_server.motion.gaps import body_missing, hand_missing, longest_run, runs, sentinels
from avatar_server.motion.repairs import natural_repairs
from avatar_server.motion.seamless import camera_offset
from avatar_server.motion.seamless_decisions import SEAMLESS, seamless_decisions
from avatar_server.motion.sitting import judge_posture, measure_legs
from avatar_server.video_inspection import inspect_video, judge_stretched

_FACE_GROUPS = ("movement", "movement_v4")


def inspect_interaction(interaction: Interaction, face: FaceChoice = USUAL_FACES) -> InteractionReport:
    """Read all files of `interaction` and report; what is broken is part of the report and raises nothing.

    face: files of faces that people name, which raise InputError, and the order of columns in them.
    """
    participants = tuple(
        _inspect(files, face.file_of(index), face.order) for index, files in enumerate(interaction.recordings)
    )
    duration_s = max(
        max(report.sound.duration_s, report.motion.duration_s if report.motion else 0.0)
        for report in participants
    )
    verdict = worst(report.verdict for report in participants)
    return InteractionReport(
        key=str(interaction.key),
        label=interaction.label,
        split=interaction.split,
        duration_s=duration_s,
        participants=participants,
        notices=interaction.notices,
        verdict=worst([verdict, "usable"]) if len(participants) == 1 else verdict,
        format=SEAMLESS,
        decisions=seamless_decisions(
            [(report.motion.rate, report.motion.rate_found) for report in participants if report.motion]
        ),
    )


def _inspect(files: RecordingFiles, face_file: Path | None, face_order: FaceOrder) -> ParticipantReport:
    notices: list[str] = []
    problems: list[str] = []
    annotations = read_annotations(files.json)
    sound = inspect_sound(files.wav, annotations, notices, problems)
    motion: MotionReport | None = None
    arrays: RecordingArrays | None = None
    fixes: MotionRepairs | None = None
    try:
        arrays = read_arrays(files.npz)
        motion, fixes = _inspect_motion(arrays, files.id.vendor, sound.duration_s, notices)
        if fixes is None:
            problems.append(f"{files.npz}: no frame has a body")
    except InputError as error:
        problems.insert(0, str(error))
    notices += annotations.notices
    video = inspect_video(files.mp4, notices)
    stretched, stretched_by = judge_stretched(files.id.vendor, video, arrays)
    if stretched and motion is not None:
        # Standing people look seated to a fit of a picture this wide (hip angles of 88 to 154 degrees).
        motion = replace(motion, posture="unclear")
    length_s = sound.duration_s or (motion.duration_s if motion else None)
    face, said = find_face(FacePlace.of(files), face_file, duration_s=length_s, order=face_order)
    notices += [*said, *(face.notices if face else ())]
    gain_db = None if sound.mean_dbfs is None else 20 * math.log10(gain_to_level(sound.level_dbfs))
    shown: FaceShown = "data" if face else "synthesised"
    done = RecordingRepairs(str(files.id), "natural", fixes, gain_db, shown, face.repairs if face else None)
    repairs = None if problems else done
    speech = _speech(annotations, max(sound.duration_s, motion.duration_s if motion else 0.0))
    problem = problems[0] if problems else ""
    verdict, reasons = judge(Findings(problem, motion, sound, speech, video, stretched, repairs))
    headers: tuple[ArrayHeader, ...] = ()
    with contextlib.suppress(InputError):
        headers = read_headers(files.npz)
    return ParticipantReport(
        id=str(files.id),
        motion=motion,
        sound=sound,
        speech=speech,
        problem=problem,
        notices=tuple(notices),
        verdict=verdict,
        reasons=reasons,
        video=video,
        anamorphic=stretched,
        anamorphic_by=stretched_by,
        arrays=headers,
        repairs=repairs,
    )


def _speech(annotations: Annotations, length_s: float) -> SpeechReport:
    speech_s, transcript_s = annotations.speech_s, annotations.transcript_s
    return SpeechReport(
        words=annotations.word_count,
        speech_s=speech_s,
        speech_share=min(1.0, speech_s / length_s) if length_s else 0.0,
        annotations=len(annotations.annotations),
        untimed_words=annotations.untimed_word_count,
        transcript_s=transcript_s,
        transcript_share=min(1.0, transcript_s / length_s) if length_s else 0.0,
        transcribed_share=min(1.0, annotations.transcribed_speech_s / speech_s) if speech_s else None,
    )


def inspect_sound(
    wav: Path | None, annotations: Annotations, notices: list[str], problems: list[str]
) -> SoundReport:
    """Of a file that may be missing or broken; what people should know goes to `notices` or `problems`."""
    spoken = [(span.start_s, span.end_s) for span in annotations.voice_activity]
    try:
        clip = SoundClip.open(wav, spoken)
    except InputError as error:
        problems.append(str(error))
        return SoundReport(0.0, None, "unreadable")
    with contextlib.closing(clip):
        notices += clip.notices
        if not clip.sample_count:
            return SoundReport(0.0, None, "missing" if wav is None else "empty")
        return SoundReport(
            duration_s=clip.duration_s,
            level_dbfs=clip.level_dbfs,
            state="silent" if clip.level_dbfs is None else "heard",
            mean_dbfs=_dbfs(clip.loudness.rms),
            peak_dbfs=_dbfs(clip.loudness.peak),
            range_db=clip.loudness.range_db,
        )


def _dbfs(amplitude: float) -> float | None:
    return 20 * math.log10(amplitude) if amplitude > 0 else None


def _inspect_motion(
    arrays: RecordingArrays, vendor: int, sound_duration_s: float, notices: list[str]
) -> tuple[MotionReport, MotionRepairs | None]:
    """What the arrays say, and what the player does to them: None if no frame has a body."""
    rate = find_frame_rate(arrays.frame_count, sound_duration_s)
    notices += [*arrays.notices, *rate.notices]
    no_body = body_missing(arrays)
    lost = no_body.copy()
    for hand in (arrays.left_hand_pose, arrays.right_hand_pose):
        lost |= True if hand is None else hand_missing(arrays, hand)
    offset = camera_offset(arrays)
    legs = measure_legs(arrays)
    face_group, no_face = _face(arrays, notices)
    report = MotionReport(
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
        face_lost_share=float(no_face.mean()) if no_face.size else None,
        groups=arrays.groups,
        sentinel_frames=int(sentinels(arrays).sum()),
        turned_deg=90 * offset.quarter_turns if offset else 0,
        posture=judge_posture(vendor, legs) if legs else "unclear",
        hip_deg=legs.hip_deg if legs else None,
        knee_share=legs.knee_share if legs else None,
        face_lost_runs=len(runs(no_face)),
        face_lost_longest_s=float(longest_run(no_face) / rate.rate_hz),
        face_group=face_group,
    )
    return report, natural_repairs(arrays, rate, offset) if offset else None


def _face(arrays: RecordingArrays, notices: list[str]) -> tuple[str, NDArray[np.bool_]]:
    """The group that holds a face, and (N,) where it is zero; empty text and array without one."""
    for group in _FACE_GROUPS:
        try:
            valid = arrays.read(f"{group}:is_valid")
        except InputError as error:
            notices.append(str(error))
            continue
        if valid is None:
            continue
        if valid.size == 0:
            notices.append(f"{group}:is_valid is empty")
            continue
        return group, np.asarray(valid.reshape(-1) < 0.5)
    return "", np.zeros(0, bool)
