"""What an inspection of a take comes to: which formats its files are, what was decided, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from avatar_server.dataset.decision import Decision
from avatar_server.dataset.doctor_report import SoundReport, Verdict
from avatar_server.dataset.face_repairs import FaceRepairs
from avatar_server.dataset.scenario import Scenario


@dataclass(frozen=True, slots=True)
class TakeMotionReport:
    """The motion of one person. rate: exact, as text; rate_found: see `FrameRate`.

    has_world: whether the file says where the person is. path_m: length of the way of the pelvis.
    """

    format: str
    frame_count: int
    rate: str
    rate_hz: float
    rate_found: str
    duration_s: float
    has_world: bool
    path_m: float


@dataclass(frozen=True, slots=True)
class TakePersonReport:
    """One person. file: its name, without the folder. problem: why nothing can be played; else empty.

    decisions: those that are about this person alone. face: the recorded face and what was done to it.
    """

    id: str
    name: str
    file: str
    problem: str
    motion: TakeMotionReport | None
    sound: SoundReport
    decisions: tuple[Decision, ...]
    notices: tuple[str, ...]
    face: FaceRepairs | None = None


@dataclass(frozen=True, slots=True)
class TakeReport:
    """The whole take. decisions: those that were made once for both people.

    shares_world: their places belong together. apart_m: between their pelvises, median; None without a
    shared world. scenario: what they were asked to play, where that is known.
    """

    key: str
    format: str
    duration_s: float
    shares_world: bool
    apart_m: float | None
    decisions: tuple[Decision, ...]
    participants: tuple[TakePersonReport, ...]
    notices: tuple[str, ...]
    verdict: Verdict
    scenario: Scenario | None = None

    @property
    def trouble(self) -> str:
        """Why it is broken; empty if it is not."""
        return next((person.problem for person in self.participants if person.problem), "")

    def as_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`, keys as the fields here."""
        return asdict(self)

    def as_text(self) -> str:
        """Lines for people."""
        from avatar_server.dataset.take_text import take_text

        return take_text(self)
