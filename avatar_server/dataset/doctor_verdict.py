"""Is a recording good, usable or broken, and why: rules on what was measured.

Figures that are said to be measured are those of the whole release (lwang29/seamless_processing and the
official repository): hands are lost in 62 % of the V00 files, in runs of 3 frames (median) to 3,740; N / 30
is off by up to 0.6 s; `movement:*` is zero in blocks of 60 frames; 187 sounds are empty, 5,002 pictures
stretched.
"""

from __future__ import annotations

from dataclasses import dataclass

from avatar_server.dataset.doctor_report import MotionReport, SoundReport, SpeechReport, Verdict, VideoReport
from avatar_server.dataset.repairs import RecordingRepairs

BROKEN_BODY_HELD_SHARE = 0.5
"""Of the frames without a person: beyond this nobody is there for most of the time."""

USABLE_HANDS_RELAXED_SHARE = 0.05
"""Of the frames with hands at rest that nobody saw. Usual runs are 3 frames and bridged; these are longer."""

USABLE_FACE_LOST_SHARE = 0.25
"""Of the frames with zero for a face; a block is 60 frames, and a few of them are usual."""

USABLE_LENGTHS_APART_S = 0.6
"""Sound and motion end together in the release; what a wrong rate makes of them is the measured 0.6 s."""

USABLE_VIDEO_RATE_OFF = 0.004
"""Between the rate of the video and that of the motion, relative: as near as rates are snapped."""

USABLE_RANGE_DB = 1.5
"""A voice swings, hiss and hum do not: 95th percentile above the median, in dB. On 48 sounds judged by ear
the dead ones had 0.2 to 1.35 dB and those with a voice 1.7 and more (measured on 50 ms; here on 100 ms)."""

USABLE_TRANSCRIBED_SHARE = 0.5
"""Of the speech: with less than this most of what is heard cannot be read."""

USABLE_GAIN_DB = 35.0
"""Raised by this much a voice brings its noise along: 12 dB beyond V00, the quietest vendor (-42 dBFS)."""

USABLE_SPEECHLESS_S = 20.0
"""Nobody is recorded for longer without a word: of 400 random V00 files each has speech marked, of the dead
ones none (measured)."""

SPEECH_WORTH_JUDGING_S = 1.0
SPEECH_WORTH_JUDGING_SHARE = 0.1
"""Somebody who speaks less than this hardly moves the 95th percentile, and is no hiss."""

USUAL_RATE_HZ = (14.0, 121.0)
"""All vendors but for six files of V01 with 191 to 240 Hz."""


@dataclass(frozen=True, slots=True)
class Findings:
    """All that the verdict on one participant goes by."""

    problem: str
    motion: MotionReport | None
    sound: SoundReport
    speech: SpeechReport
    video: VideoReport | None
    anamorphic: bool | None
    repairs: RecordingRepairs | None


def judge(found: Findings) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict, and every reason that speaks against `good`, the gravest first."""
    broken = [found.problem] if found.problem else []
    usable: list[str] = []
    if found.motion is not None:
        broken += _broken_motion(found.motion, found.repairs)
        usable += _doubtful_motion(found.motion, found.sound, found.repairs)
    if found.anamorphic:
        usable.append("fitted to a stretched picture: the poses are distorted, which cannot be repaired")
    usable += _doubtful_sound(found.sound, found.speech, found.repairs)
    if found.motion is not None and found.video is not None and found.video.rate_hz:
        off = abs(found.video.rate_hz / found.motion.rate_hz - 1)
        if off > USABLE_VIDEO_RATE_OFF:
            usable.append(
                f"the video runs at {found.video.rate_hz:.3f} Hz, the motion at {found.motion.rate_hz:.3f}"
            )
    verdict: Verdict = "broken" if broken else "usable" if usable else "good"
    return verdict, (*broken, *usable)


def _broken_motion(motion: MotionReport, repairs: RecordingRepairs | None) -> list[str]:
    reasons = []
    if motion.rate_found == "assumed" and motion.measured_rate_hz is not None:
        reasons.append(f"{motion.frame_count} frames do not belong to a sound of this length")
    if repairs is not None and repairs.motion is not None:
        held = repairs.motion.body_held_frames / motion.frame_count
        if held > BROKEN_BODY_HELD_SHARE:
            reasons.append(f"nobody is there in {held:.0%} of the frames")
    return reasons


def _doubtful_motion(motion: MotionReport, sound: SoundReport, repairs: RecordingRepairs | None) -> list[str]:
    reasons = []
    if motion.rate_found == "measured":
        reasons.append(f"{motion.rate_hz:.3f} Hz is no rate that cameras have")
    if motion.rate_found == "assumed" and motion.measured_rate_hz is None:
        reasons.append("no sound to find the frame rate by")
    if not USUAL_RATE_HZ[0] <= motion.rate_hz <= USUAL_RATE_HZ[1]:
        reasons.append(f"unusual rate of {motion.rate_hz:.1f} Hz")
    apart_s = abs(motion.duration_s - sound.duration_s)
    if sound.duration_s and motion.rate_found != "assumed" and apart_s > USABLE_LENGTHS_APART_S:
        reasons.append(f"sound and motion end {apart_s:.1f} s apart")
    if repairs is not None and repairs.motion is not None:
        held = repairs.motion.body_held_frames / motion.frame_count
        if 0 < held <= BROKEN_BODY_HELD_SHARE:
            reasons.append(f"nobody is there in {held:.0%} of the frames")
        relaxed = repairs.motion.hands_relaxed_frames / motion.frame_count
        if relaxed > USABLE_HANDS_RELAXED_SHARE:
            reasons.append(f"hands at rest, as nobody saw them, in {relaxed:.0%} of the frames")
    if motion.face_lost_share is not None and motion.face_lost_share > USABLE_FACE_LOST_SHARE:
        reasons.append(f"no face in {motion.face_lost_share:.0%} of the frames")
    return reasons


def _doubtful_sound(sound: SoundReport, speech: SpeechReport, repairs: RecordingRepairs | None) -> list[str]:
    reasons = []
    said = speech.speech_s >= SPEECH_WORTH_JUDGING_S
    speechless = speech.speech_s == 0 and sound.duration_s >= USABLE_SPEECHLESS_S
    flat = sound.state == "heard" and sound.range_db < USABLE_RANGE_DB
    if sound.state == "missing":
        reasons.append("no sound file")
    elif sound.state == "empty":
        reasons.append("the sound file holds no sound")
    elif said and sound.state == "silent":
        reasons.append(f"nothing is heard where {speech.speech_s:.1f} s of speech are marked")
    elif speechless and sound.state == "silent":
        reasons.append(f"nothing is heard in {sound.duration_s:.1f} s, and no speech is marked")
    elif flat and (speechless or speech.speech_share >= SPEECH_WORTH_JUDGING_SHARE):
        reasons.append(f"the sound keeps one level ({sound.range_db:.1f} dB): hiss or hum, and no voice")
    if repairs is not None and repairs.gain_db is not None and repairs.gain_db > USABLE_GAIN_DB:
        reasons.append(f"so quiet that raising it by {repairs.gain_db:.0f} dB brings the noise along")
    if said and speech.transcribed_share is not None and speech.transcribed_share < USABLE_TRANSCRIBED_SHARE:
        reasons.append(f"the transcript covers {speech.transcribed_share:.0%} of the speech")
    return reasons
