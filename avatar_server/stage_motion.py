"""What a performance shows of each person, frame by frame, for programs that pose people themselves."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import ShapedBody
from avatar_server.motion.clip import MotionClip
from avatar_server.motion.rotations import continuous, quaternion_from_matrix
from avatar_server.parts import Part
from avatar_server.performance import Performance
from avatar_server.scene.on_stage import OnStage
from avatar_server.scene.snapshot import Appearance


@dataclass(frozen=True, eq=False, slots=True)
class StageMotion:
    """One person as staged; frame i is what is shown i / rate_hz seconds after the span begins.

    rotations: (N, 52, 4) float64 unit quaternions w, x, y, z relative to the parent; joint 0 in the world.
    pelvis: (N, 3) metres, where the pelvis joint is in the world, y up, the floor at 0. faces: (N, 52)
    weights, or None for a face at rest.
    """

    name: str
    body: ShapedBody
    appearance: Appearance
    rate_hz: Fraction
    rotations: NDArray[np.float64]
    pelvis: NDArray[np.float64]
    faces: NDArray[np.float32] | None

    @property
    def frame_count(self) -> int:
        """N."""
        return len(self.rotations)


def stage_motions(performance: Performance, span_s: tuple[float, float]) -> tuple[StageMotion, ...]:
    """Everybody within `span_s`, in the order of `performance.people`, each at the rate of the recording."""
    rates = [rate_of(part) for part in performance.parts]
    by_rate = {rate: _sampled(performance, span_s, rate) for rate in dict.fromkeys(rates)}
    return tuple(by_rate[rate][index] for index, rate in enumerate(rates))


def rate_of(part: Part) -> Fraction:
    """Frames a second of what somebody does."""
    motion = part.motion.world if isinstance(part.motion, OnStage) else part.motion
    assert not isinstance(motion, OnStage)
    assert isinstance(motion, MotionClip) or hasattr(motion, "rate_hz")
    return Fraction(motion.rate_hz)


def frames_within(span_s: tuple[float, float], rate_hz: Fraction) -> int:
    """How many frames begin within a span, at least 1."""
    return max(1, round((span_s[1] - span_s[0]) * rate_hz))


def _sampled(
    performance: Performance, span_s: tuple[float, float], rate_hz: Fraction
) -> tuple[StageMotion, ...]:
    camera = performance.camera("two-shot")
    times_s = [span_s[0] + float(index / rate_hz) for index in range(frames_within(span_s, rate_hz))]
    shown = [performance.snapshot_at(time_s, camera).figures for time_s in times_s]
    motions = []
    for index, person in enumerate(performance.people):
        figures = [figures[index] for figures in shown]
        body = figures[0].body
        faces = [figure.face for figure in figures if figure.face is not None]
        motions.append(
            StageMotion(
                name=person.name,
                body=body,
                appearance=figures[0].appearance,
                rate_hz=rate_hz,
                rotations=_in_order([figure.rotations for figure in figures]),
                pelvis=np.array([figure.translation + body.rest_joints[0] for figure in figures]),
                faces=np.array(faces) if len(faces) == len(figures) else None,
            )
        )
    return tuple(motions)


def _in_order(rotations: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Quaternions whose signs do not jump, joint by joint."""
    turns = quaternion_from_matrix(np.array(rotations))
    for joint in range(turns.shape[1]):
        turns[:, joint] = continuous(turns[:, joint])
    return turns
