"""The shapes of the answers about interactions. They are also what the API's page documents.

Times are seconds from the common zero of both people. Null stands for what is not known, or was not measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from avatar_server.dataset.annotations import Annotation, Span, Utterance
from avatar_server.dataset.doctor_report import InteractionReport, Verdict

Kind = Literal["json", "mp4", "npz", "wav"]
"""A recording has a file of each, as the official tools keep it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who was recorded, and where the data set keeps it. files: what of it is on this machine."""

    id: str
    participant: str
    label: str
    split: str
    batch: int | None
    archive: int | None
    has_movement: bool | None
    has_annotation_1p: bool | None
    has_annotation_3p: bool | None
    personality: dict[str, float] | None
    files: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class PromptShown:
    """What the two were asked to do."""

    id: str
    a: str
    b: str
    ipc_a: str
    ipc_b: str


@dataclass(frozen=True, slots=True)
class Listed:
    """An interaction of the catalogue. is_here, here: it can be played without fetching anything.

    verdict: the doctor's when he last saw it, null if he never did. lone: one person only, or only one that
    is here. label, split: with a stroke between if partners differ.
    """

    key: str
    here: bool
    is_here: bool
    verdict: Verdict | None
    label: str
    split: str
    lone: bool
    people: tuple[Person, ...]
    prompt: PromptShown | None
    interaction_type: str | None
    emotion: str | None
    relationship: str | None
    relationship_detail: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the catalogue: `interactions` are those from `offset` on, of `total` that were asked for.

    limit: null for a sample. seed: null if it is none.
    """

    total: int
    offset: int
    limit: int | None
    seed: int | None
    interactions: tuple[Listed, ...]


@dataclass(frozen=True, slots=True)
class LengthCounts:
    """counts: interactions that last from an edge to before the next one; edges: one more, in seconds."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OverviewAnswer:
    """How many interactions there are, with how many participants in how many sessions; on_disk: all here.

    by: `label`, `split`, `vendor`, `relationship`, `type`, `has_movement`, `has_annotations` (`true`,
    `false`) `emotion` where prompts have any, and `verdict`, each with its values, the most frequent first,
    and how many interactions have them; `unknown` for what is not known. Partners in two splits count as
    `dev/train`. length_s: of those that the doctor saw, null if he saw none.
    """

    interactions: int
    participants: int
    sessions: int
    on_disk: int
    by: dict[str, dict[str, int]]
    length_s: LengthCounts | None


@dataclass(frozen=True, slots=True)
class FetchEstimate:
    """What a fetch would come to: files, and about so many bytes; bytes_here: what of it is here already.

    recordings: of all people, of which recordings_here are whole.
    """

    files: int
    bytes: int
    bytes_here: int
    recordings: int
    recordings_here: int


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long a recording that is here lasts, by its headers. rate: of the motion, exact (`30000/1001`).

    rate_found: `known` (a rate that cameras have), `measured` or `assumed`.
    """

    id: str
    duration_s: float
    sound_s: float | None
    motion_s: float | None
    frame_count: int | None
    rate: str | None
    rate_hz: float | None
    rate_found: str | None


@dataclass(frozen=True, slots=True)
class InteractionAnswer(Listed):
    """One interaction. duration_s: the longest of its recordings that are here, null if none is.

    report: the doctor's, null if nothing is here or `report=false`. notices: sentences for people.
    """

    duration_s: float | None
    lengths: tuple[Lengths, ...]
    notices: tuple[str, ...]
    report: InteractionReport | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """What one person said. Words that the aligner gave no times have null for them."""

    id: str
    participant: str
    transcript: tuple[Utterance, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TranscriptAnswer:
    """What both people said."""

    key: str
    people: tuple[Spoken, ...]


@dataclass(frozen=True, slots=True)
class Voiced:
    """When one person spoke. speech_s: seconds in all; overlapping stretches count once."""

    id: str
    participant: str
    speech_s: float
    voice_activity: tuple[Span, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VoiceActivityAnswer:
    """When both people spoke."""

    key: str
    people: tuple[Voiced, ...]


@dataclass(frozen=True, slots=True)
class Annotated:
    """What was written about one person; `kind` is 1P-IS, 1P-R, 3P-IS, 3P-R or 3P-V."""

    id: str
    participant: str
    annotations: tuple[Annotation, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnnotationsAnswer:
    """What was written about both people."""

    key: str
    people: tuple[Annotated, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """One number over time. dead: the column is zero in every recording of the data set.

    times_s: of the frames that `values` are of, to a tenth of a millisecond. values: null where the face was
    not measured.
    """

    name: str
    dead: bool
    times_s: tuple[float, ...]
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class CurvesOfPerson:
    """Curves of one person. group: of the arrays that they come from, empty without a face.

    rate, rate_hz, rate_found: of the frames, see `Lengths`. absent: features that are not recorded.
    """

    id: str
    participant: str
    rate: str
    rate_hz: float
    rate_found: str
    frame_count: int
    group: str
    curves: tuple[Curve, ...]
    absent: tuple[str, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CurvesAnswer:
    """Curves of both people, from `start_s` to before `end_s` (null: to the end).

    points: so many at most in each curve (null: every frame); downsampling: how they were chosen.
    """

    key: str
    start_s: float
    end_s: float | None
    points: int | None
    downsampling: Literal["none", "minimum and maximum of each stretch"]
    people: tuple[CurvesOfPerson, ...]
