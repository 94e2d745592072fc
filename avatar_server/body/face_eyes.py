"""Eyes: balls that turn, lids that slide over them, lashes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.face_landmarks import FaceLandmarks
from avatar_server.body.face_pieces import Array, FacePiece, band
from avatar_server.body.face_surface import HeadFront, Relief, smooth_step

BALL_M = (0.0158, 0.0132, 0.0132)
"""Half axes of the ball: a little wide, which makes friendly eyes."""

RIM_M = (0.0235, 0.0185, 0.0170)
"""How far the lids' skin reaches from the middle of the eye: aside, up, down."""

_HALF_M = 0.0145
_UP_M, _DOWN_M = 0.0052, 0.0052
_TILT_M = 0.0007
_PROTRUDES_M = 0.0022
_LID_M = 0.0011
_COLUMNS = 32
_SHARES = (0.0, 0.09, 0.18, 0.26, 0.33, 0.40, 0.49, 0.60, 0.73, 0.87, 1.0, 1.09)
_KEPT = ((0, 1, 4, 6, 9, 11, 12), (0, 1, 6, 11, 12))
"""Rows of the lids in coarser levels; the first is that behind their border."""


_RAISED_M = 0.0042
"""The lower lid at its highest."""

_RAISED_BY_BLINK = 0.30
"""How much of that belongs to a blink."""

_ABOVE_M = 0.0007
"""Lids lie so far over the skin that they cover, and end below it."""

_WIDENED_M, _DROPPED_M = 0.0024, 0.0016
_CONVERGENCE_RAD = np.radians(1.5)
"""Eyes at rest look at somebody a few metres ahead, not past both his ears."""

_BULGE = 1.7
"""How much faster normals turn over the cornea than over the ball: 13.2 mm over 7.8 mm."""

_SECTORS = 28
_RINGS_M = {
    "pupil": (0.0, 0.0027),
    "iris_light": (0.0027, 0.0048),
    "iris": (0.0048, 0.0062),
    "limbus": (0.0062, 0.0069),
}


class Eye:
    """The left eye of one head."""

    def __init__(self, front: HeadFront, landmarks: FaceLandmarks) -> None:
        scale = landmarks.scale
        self._front, self._scale = front, scale
        self._middle = np.array(landmarks.eye)
        reach = (1.25 * RIM_M[0] * scale, 1.25 * RIM_M[1] * scale)
        self._relief = Relief(front, landmarks.eye, reach, 0.0035 * scale)
        self._radii = np.array(BALL_M) * scale
        ahead = float(self._relief.height(self._middle[None])[0]) + _PROTRUDES_M * scale
        self.centre = np.array([*landmarks.eye, ahead - self._radii[2]])
        turn = 2 * np.pi * np.arange(_COLUMNS) / _COLUMNS
        self._across, self._upward = -np.cos(turn), np.sin(turn)
        self._is_upper = self._upward >= -1e-9

    def pieces(self) -> list[FacePiece]:
        """Lids, lashes and the ball in its rings."""
        return [self._lids(), self._lashes(), *self._ball()]

    def _margin(self, across: Array, *, upper: bool) -> Array:
        """Y of a lid's border at shares -1..1 of the half width, over the middle."""
        bell = np.maximum(1.0 - across**2, 0.0)
        tilt = _TILT_M * across
        if upper:
            return np.asarray(tilt + _UP_M * bell**0.72 * (1.0 - 0.10 * across))
        return np.asarray(tilt - _DOWN_M * bell**0.80 * (1.0 + 0.12 * across))

    def _lid(
        self,
        share: Array,
        columns: NDArray[np.int64],
        close: float = 0.0,
        raised: float = 0.0,
        lift_m: float = 0.0,
    ) -> Array:
        """Points of the lids' skin: (N, 3) at (N,) shares of the way from the opening out to the rim.

        close: of the upper lid, negative for wide open. raised: of the lower one. lift_m: off the skin.
        """
        across, upward = self._across[columns], self._upward[columns]
        upper = self._is_upper[columns]
        bell = np.maximum(1.0 - across**2, 0.0)
        margin = np.where(upper, self._margin(across, upper=True), self._margin(across, upper=False))
        opening = np.stack([_HALF_M * across, margin], axis=1)
        far = np.where(upper, RIM_M[1], RIM_M[2])
        rim = np.stack([RIM_M[0] * across, far * upward], axis=1)
        flat = opening + share[:, None] * (rim - opening)
        lower_now = self._margin(across, upper=False) + _RAISED_BY_BLINK * _RAISED_M * bell
        shut = lower_now - 0.0003 * bell - self._margin(across, upper=True)
        down = close * shut if close >= 0 else -close * _WIDENED_M * bell**0.6
        up = raised * (_RAISED_M if raised >= 0 else _DROPPED_M) * bell**0.8
        fading = 1.0 - smooth_step(share, 0.02, 0.60)
        flat[:, 1] += np.where(upper, down, up) * fading
        flat *= self._scale
        places = flat + self._middle
        skin = self._relief.height(places)
        outer = share > 0.5
        if outer.any():
            exact = self._front.meet(places[outer]).heights + _ABOVE_M * self._scale
            skin[outer] += smooth_step(share[outer], 0.6, 0.95) * (exact - skin[outer])
        round_radii = self._radii + _LID_M * self._scale
        apart = (flat[:, 0] / round_radii[0]) ** 2 + (flat[:, 1] / round_radii[1]) ** 2
        # A ball where the lids are on it, and beyond that a slope without end.
        ball = np.where(apart < 0.8, np.sqrt(np.maximum(1.0 - apart, 0.0)), 0.4472 - 1.118 * (apart - 0.8))
        ball = self.centre[2] + round_radii[2] * ball
        over, under = smooth_step(share, 0.28, 0.80), smooth_step(share, 0.10, 0.92)
        height = ball + np.where(upper, over, under) * (skin - ball)
        # The fold of the upper lid hangs over a crease, which smooths out as the lid comes down.
        hooded = np.maximum(upward, 0.0) ** 0.5 * (1.0 - 0.7 * max(close, 0.0))
        fold = 0.0010 * np.exp(-(((share - 0.50) / 0.12) ** 2)) - 0.0011 * np.exp(
            -(((share - 0.33) / 0.055) ** 2)
        )
        height += self._scale * hooded * fold
        height = np.where(share > 1.0, height - 0.0030 * self._scale, height)
        return np.column_stack([places, height + lift_m * self._scale])

    def _moves(self, share: Array, columns: NDArray[np.int64], lift_m: float = 0.0) -> dict[str, Array]:
        rest = self._lid(share, columns, lift_m=lift_m)

        def change(close: float = 0.0, raised: float = 0.0) -> Array:
            return self._lid(share, columns, close, raised, lift_m) - rest

        shut = change(close=1.0)
        return {
            "upperLidCloseLeft": shut,
            # The way down is an arc over the ball: what half the way lies above its chord.
            "upperLidArcLeft": change(close=0.5) - 0.5 * shut,
            "upperLidWideLeft": change(close=-1.0),
            "lowerLidRaiseLeft": change(raised=1.0),
            "lowerLidDropLeft": change(raised=-1.0),
        }

    def _lids(self) -> FacePiece:
        rows = len(_SHARES)
        share = np.repeat(_SHARES, _COLUMNS)
        columns = np.tile(np.arange(_COLUMNS), rows)
        outside = self._lid(share, columns)
        moves = self._moves(share, columns)
        # The border is as thick as the lid: a row of vertices behind it touches the ball.
        behind = outside[:_COLUMNS] - [0.0, 0.0, 2.6 * _LID_M * self._scale]
        vertices = np.concatenate([behind, outside])
        shares = np.concatenate([np.zeros(_COLUMNS), share])
        return FacePiece(
            name="lids",
            paint="bare",
            vertices=vertices,
            faces=band(rows + 1, _COLUMNS, closed=True, kept=_KEPT),
            held=vertices[:, :2],
            follows=0.3 + 0.7 * smooth_step(shares, 0.0, 0.6),
            skull=np.ones(len(vertices)),
            open=1.0 - 0.35 * (1.0 - smooth_step(shares, 0.0, 0.2)),
            seam=smooth_step(shares, 0.75, 1.0),
            moves={name: np.concatenate([move[:_COLUMNS], move]) for name, move in moves.items()},
        )

    def _lashes(self) -> FacePiece:
        columns = np.arange(1, _COLUMNS // 2 + 1)
        count = len(columns)
        along = (self._across[columns] + 1.0) / 2.0
        width = 0.02 + 0.10 * np.sqrt(np.clip(along, 0.0, 1.0)) * (1.0 - 0.35 * along**4)
        rows = [(np.full(count, -0.02), 0.0004), (np.full(count, 0.0), 0.0010), (width, 0.0003)]
        share = np.concatenate([row for row, _ in rows])
        every = np.tile(columns, len(rows))
        lift = np.repeat([lifted for _, lifted in rows], count)
        vertices = self._lid(share, every)
        vertices[:, 2] += lift * self._scale
        return FacePiece(
            name="lashes",
            paint="lash",
            vertices=vertices,
            faces=band(len(rows), count, closed=False, kept=((0, 1, 2), (0, 1, 2))),
            held=vertices[:, :2],
            follows=np.full(len(vertices), 0.3),
            skull=np.ones(len(vertices)),
            open=np.full(len(vertices), 0.8),
            seam=np.zeros(len(vertices)),
            moves=self._moves(share, every),
        )

    def _ball(self) -> list[FacePiece]:
        radius, wide = self._radii[1], self._radii[0] / self._radii[1]
        pieces = [
            self._rings(paint, np.arcsin(np.array(ring) * self._scale / radius), wide)
            for paint, ring in _RINGS_M.items()
        ]
        start = np.arcsin(_RINGS_M["limbus"][1] * self._scale / radius)
        return [*pieces, self._rings("white", np.linspace(start, np.radians(100), 6), wide)]

    def _rings(self, paint: str, angles: Array, wide: float) -> FacePiece:
        """A zone of the ball between angles from the way it looks; the iris is round from the front."""
        turn = -2 * np.pi * np.arange(_SECTORS) / _SECTORS
        sphere = []
        for angle in angles:
            narrow = 1.0 if paint == "white" and angle > angles[0] + 0.3 else 1.0 / wide
            x, y = narrow * np.sin(angle) * np.cos(turn), np.sin(angle) * np.sin(turn)
            z = np.sqrt(np.maximum(1.0 - x**2 - y**2, 0.0))
            sphere.append(np.stack([x, y, z if angle < np.pi / 2 else -z], axis=1))
        sine, cosine = np.sin(_CONVERGENCE_RAD), np.cos(_CONVERGENCE_RAD)
        inwards = np.array([[cosine, 0.0, -sine], [0.0, 1.0, 0.0], [sine, 0.0, cosine]])
        points = np.concatenate(sphere) @ inwards.T
        vertices = self.centre + points * self._radii
        normals = self._ball_normals(points, bulging=paint != "white")
        moves, turns = {}, {}
        for row in range(3):
            for column in range(3):
                name = f"gaze{row}{column}Left"
                moves[name], turns[name] = np.zeros_like(points), np.zeros_like(points)
                moves[name][:, row] = self._radii[row] * points[:, column]
                turns[name][:, row] = normals[:, column] * self._radii[column] / self._radii[row]
        count = len(points)
        kept = ((0, 1), (0, 1)) if len(angles) == 2 else ((0, 3, 5), (0, 3, 5))
        return FacePiece(
            name="eyeball",
            paint=paint,
            vertices=vertices,
            faces=band(len(angles), _SECTORS, closed=True, kept=kept),
            # Where lids are wide apart, so is the ball behind them.
            held=self._middle + 0.9 * (vertices[:, :2] - self._middle),
            follows=np.zeros(count),
            skull=np.ones(count),
            open=1.0 - 0.5 * smooth_step(np.arccos(np.clip(points[:, 2], -1, 1)), 0.35, 1.1),
            seam=np.zeros(count),
            normals=normals,
            moves=moves,
            turns=turns,
        )

    def _ball_normals(self, points: Array, *, bulging: bool) -> Array:
        """Unit normals at (N, 3) points of the unit sphere that stands for the ball.

        bulging: a cornea is rounder than the ball, and so finds the lamp that it mirrors from more sides.
        """
        if bulging:
            ahead = np.array([-np.sin(_CONVERGENCE_RAD), 0.0, np.cos(_CONVERGENCE_RAD)])
            along = points @ ahead
            aside = points - along[:, None] * ahead
            angle = _BULGE * np.arccos(np.clip(along, -1.0, 1.0))
            length = np.maximum(np.linalg.norm(aside, axis=1), 1e-12)
            points = np.cos(angle)[:, None] * ahead + (np.sin(angle) / length)[:, None] * aside
        normals = points / self._radii
        return np.asarray(normals / np.linalg.norm(normals, axis=1, keepdims=True))
