"""The doctor's report: everything measured about the recordings of an interaction, as plain values.

Keys of the JSON are the names of the fields here; keys are added and never renamed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from avatar_server.dataset.decision import Decision
from avatar_server.dataset.recording_arrays import ArrayHeader
from avatar_server.dataset.repairs import RecordingRepairs

Verdict = Literal["good", "usable", "broken"]
VERDICTS: tuple[Verdict, ...] = ("good", "usable", "broken")
"""From best to worst. `good`: plays as it was recorded, small repairs aside. `usable`: plays, but something
is missing, invented or doubtful, and the reasons say what. `broken`: cannot be played, or shows nobody."""

SoundState = Literal["heard", "silent", "empty", "missing", "unreadable"]


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of them; `good` if there are none."""
    return max(verdicts, key=VERDICTS.index, default="good")


@dataclass(frozen=True, slots=True)
class SoundReport:
    """duration_s: seconds, 0 for silence. level_dbfs: level of the speech, None for silence.

    state: `empty` is a file without a sample, `silent` one without speech. mean_dbfs: root mean square of
    all samples; peak_dbfs: of the greatest; both None where every sample is zero. range_db: how far the loud
    parts stand above the median (see `Loudness.range_db`).
    """

    duration_s: float
    level_dbfs: float | None
    state: SoundState = "heard"
    mean_dbfs: float | None = None
    peak_dbfs: float | None = None
    range_db: float = 0.0


@dataclass(frozen=True, slots=True)
class MotionReport:
    """The body and hands of one recording.

    rate: exact, as text (`30000/1001`); rate_found: known, measured or assumed (see `FrameRate`).
    measured_rate_hz: frames / length of the sound, None without sound.
    hands_lost_share: of the frames, either hand not tracked; hands_lost_longest_s: the longest such stretch.
    body_lost_frames, body_lost_longest_s: frames without a body; sentinel_frames: those of them whose
    translation is a number that says so.
    lean_deg, roll_deg, turn_deg: what the camera adds (see `CameraOffset`), None if no frame has a body.
    sideways: the picture is stored rolled by a quarter or half turn, turned_deg by how much.
    posture: `standing`, `seated` or `unclear`, by hip_deg and knee_share (see `motion.sitting`).
    face_lost_share, face_lost_runs, face_lost_longest_s: blocks in which the arrays of the face are zero;
    None, 0 and 0 without such arrays. face_group: `movement` or `movement_v4`, empty without them.
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
    sentinel_frames: int
    turned_deg: int
    posture: str
    hip_deg: float | None
    knee_share: float | None
    face_lost_runs: int
    face_lost_longest_s: float
    face_group: str


@dataclass(frozen=True, slots=True)
class SpeechReport:
    """words: in the transcript, untimed_words of them without times.

    speech_share, transcript_share: of the longer of sound and motion, by the voice activity and within
    segments of the transcript. transcribed_share: of the speech, what the transcript covers; None without
    speech.
    """

    words: int
    speech_s: float
    speech_share: float
    annotations: int
    untimed_words: int
    transcript_s: float
    transcript_share: float
    transcribed_share: float | None


@dataclass(frozen=True, slots=True)
class VideoReport:
    """The video beside the recording.

    rate_hz: its mean rate, 0 if it tells none. pixel_aspect: width of a pixel / its height.
    """

    duration_s: float
    width: int
    height: int
    rate_hz: float
    pixel_aspect: float


@dataclass(frozen=True, slots=True)
class ParticipantReport:
    """One participant. motion is None if its arrays cannot be read; `problem` says why it cannot be played.

    anamorphic: the picture was stored stretched and the fit followed it; None if that cannot be told.
    anamorphic_by: how it was judged. arrays: all that the NPZ holds. repairs: what the player does to it,
    None if nothing can be played. notices: sentences for people. reasons: why the verdict is not `good`.
    """

    id: str
    motion: MotionReport | None
    sound: SoundReport
    speech: SpeechReport
    problem: str
    notices: tuple[str, ...]
    verdict: Verdict
    reasons: tuple[str, ...]
    video: VideoReport | None
    anamorphic: bool | None
    anamorphic_by: str
    arrays: tuple[ArrayHeader, ...]
    repairs: RecordingRepairs | None


@dataclass(frozen=True, slots=True)
class InteractionReport:
    """The whole interaction; it lasts as long as its longest sound or motion.

    verdict: the worst of the participants', at best `usable` if one is alone. decisions: what the files leave
    open, and what was taken.
    """

    key: str
    label: str
    split: str
    duration_s: float
    participants: tuple[ParticipantReport, ...]
    notices: tuple[str, ...]
    verdict: Verdict
    format: str
    decisions: tuple[Decision, ...]

    @property
    def trouble(self) -> str:
        """The gravest reason why it is broken, and whose; empty if it is not."""
        broken = [person for person in self.participants if person.verdict == "broken"]
        return next((person.problem or f"{person.id}: {person.reasons[0]}" for person in broken), "")

    def as_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`, keys as the fields here."""
        return asdict(self)

    def as_text(self) -> str:
        """Lines for people."""
        from avatar_server.dataset.doctor_text import text_of

        return text_of(self)
