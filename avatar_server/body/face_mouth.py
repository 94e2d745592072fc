"""The mouth: lips round a slit, a dark inside, teeth and a tongue."""

from __future__ import annotations

import numpy as np

from avatar_server.body.face_landmarks import FaceLandmarks
from avatar_server.body.face_pieces import Array, FacePiece, band
from avatar_server.body.face_surface import HeadFront, Relief, smooth_step

RIM_M = (0.0390, 0.0140, 0.0220)
"""How far the skin round the lips reaches from the middle of the mouth: aside, up, down."""

_UPPER_LIP_M, _LOWER_LIP_M = 0.0066, 0.0085
_UPPER_BULGE_M, _LOWER_BULGE_M = 0.0026, 0.0036
_CORNERS_BACK_M = 0.0035
_COLUMNS = 48
_LIP_SHARES = (0.0, 0.16, 0.38, 0.62, 0.84, 1.0)
_SKIN_SHARES = (0.0, 0.10, 0.24, 0.42, 0.62, 0.82, 1.0, 1.07)
_INSIDE = ((0.0030, 0.0), (0.0085, 0.0012))
"""Rows behind the line of the lips: how far back, how far up or down."""

_TEETH_COLUMNS, _TONGUE_COLUMNS = 13, 12


class Mouth:
    """The mouth of one head."""

    def __init__(self, front: HeadFront, landmarks: FaceLandmarks) -> None:
        scale = landmarks.scale
        self._front, self._scale, self._half = front, scale, landmarks.mouth_half
        self._middle = np.array([0.0, landmarks.mouth[0]])
        reach = (1.2 * RIM_M[0] * scale, 1.25 * RIM_M[2] * scale)
        self._relief = Relief(front, (0.0, landmarks.mouth[0]), reach, 0.0048 * scale)
        turn = 2 * np.pi * np.arange(_COLUMNS) / _COLUMNS
        self._across, self._upward = -np.cos(turn), np.sin(turn)
        self._upper = self._upward >= -1e-9
        self._opposite = (_COLUMNS // 2 - np.arange(_COLUMNS)) % _COLUMNS
        # Corners are neither; towards the middle each lip goes its own way, and deeper inside at once.
        self._skull, self._deep_skull = (
            np.where(self._upper, 1.0 - 0.5 * near_corner, 0.5 * near_corner)
            for near_corner in (np.abs(self._across) ** 3.5, np.abs(self._across) ** 14)
        )

    def pieces(self) -> list[FacePiece]:
        """Everything of it."""
        return [
            self._skin(),
            self._lips(),
            self._inner_lips(),
            self._hollow(),
            *self._teeth(),
            self._tongue(),
        ]

    def _line(self) -> Array:
        """(COLUMNS, 2) where the lips meet, over the middle."""
        s = self._across
        y = 0.0012 * s**2 - 0.0007 * np.exp(-((s / 0.2) ** 2))
        return np.stack([self._half * s, y * self._scale], axis=1)

    def _lip_border(self) -> Array:
        """(COLUMNS, 2) where lips end, over the middle."""
        s = self._across
        bell = np.maximum(1.0 - s**2, 0.0)
        bow = 1.0 - 0.16 * np.exp(-((s / 0.11) ** 2)) + 0.06 * np.exp(-(((np.abs(s) - 0.24) / 0.13) ** 2))
        upper = _UPPER_LIP_M * bell**0.85 * bow
        lower = -_LOWER_LIP_M * bell**0.75
        high = np.where(self._upper, upper, lower) + 0.0004 * np.sign(self._upward)
        out = 1.0 + 0.03 * np.abs(s) ** 8
        border: Array = self._line() * out[:, None] + np.stack([0 * s, high * self._scale], axis=1)
        return border

    def _ground(self, flat: Array) -> Array:
        """Z of the mound under the lips at (N, 2) places over the middle."""
        return self._relief.height(flat + self._middle)

    def _piece(
        self,
        name: str,
        paint: str,
        points: Array,
        rows: int,
        kept: tuple[tuple[int, ...], tuple[int, ...]],
        *,
        inwards: bool = False,
        follows: Array | None = None,
        skull: Array | None = None,
        open_: Array | None = None,
        seam: Array | None = None,
    ) -> FacePiece:
        """A band of rows round the mouth; `points` (N, 3) over the middle in x and y.

        inwards: rows go into the mouth, and what is seen is what they enclose.
        """
        turned = points.reshape(rows, _COLUMNS, 3)[:, self._opposite] * [-1.0, 1.0, 1.0]
        # Left and right are the same, whichever way the skin's triangles lie.
        vertices = 0.5 * (points + turned.reshape(-1, 3))
        vertices[:, :2] += self._middle
        count = len(vertices)
        return FacePiece(
            name=name,
            paint=paint,
            vertices=vertices,
            faces=band(rows, _COLUMNS, closed=True, kept=kept, inwards=inwards),
            held=vertices[:, :2],
            follows=np.ones(count) if follows is None else follows,
            skull=np.tile(self._skull, rows) if skull is None else skull,
            open=np.ones(count) if open_ is None else open_,
            seam=np.zeros(count) if seam is None else seam,
        )

    def _lip_points(self, share: float) -> Array:
        line, border = self._line(), self._lip_border()
        flat = line + share * (border - line)
        bell = np.maximum(1.0 - self._across**2, 0.0)
        bulge = np.where(self._upper, _UPPER_BULGE_M, _LOWER_BULGE_M) * bell**0.6
        round_off = np.sin(np.pi * (0.10 + 0.90 * share) ** 0.75)
        height = self._ground(flat) + self._scale * (bulge * round_off + 0.0006 - 0.0024 * (1.0 - share) ** 3)
        # Corners lie back, as lips go round the teeth: so an open mouth is seen from the side.
        height -= _CORNERS_BACK_M * self._scale * np.abs(self._across) ** 3
        return np.column_stack([flat, height])

    def _lips(self) -> FacePiece:
        points = np.concatenate([self._lip_points(share) for share in _LIP_SHARES])
        return self._piece("lips", "lip", points, len(_LIP_SHARES), ((0, 1, 3, 5), (0, 3, 5)))

    def _skin(self) -> FacePiece:
        border, start = self._lip_border(), self._lip_points(1.0)[:, 2]
        far = np.where(self._upper, RIM_M[1], RIM_M[2]) * self._scale
        rim = np.stack([RIM_M[0] * self._scale * self._across, far * self._upward], axis=1)
        rows = []
        for share in _SKIN_SHARES:
            flat = border + share * (rim - border)
            height = self._ground(flat) + 0.0005 * self._scale
            height += (start - self._ground(border) - 0.0005 * self._scale) * max(
                1.0 - share / 0.45, 0.0
            ) ** 2
            if share > 0.6:
                exact = self._front.meet(flat + self._middle).heights + 0.0005 * self._scale
                height += float(smooth_step(np.array(share), 0.6, 1.0)) * (exact - height)
            if share > 1.0:
                height -= 0.0030 * self._scale
            rows.append(np.column_stack([flat, height]))
        shares = np.repeat(_SKIN_SHARES, _COLUMNS)
        skull = np.tile(self._skull, len(rows))
        # Away from the lips a place tells by itself whether it goes with the jaw.
        skull[shares > 0.3] = np.nan
        seam = smooth_step(shares, 0.7, 1.0)
        return self._piece(
            "mouth",
            "bare",
            np.concatenate(rows),
            len(rows),
            ((0, 3, 6, 7), (0, 3, 6, 7)),
            skull=skull,
            seam=seam,
        )

    def _inner_rows(self) -> list[Array]:
        line = self._lip_points(0.0)
        way = np.where(self._upper, 1.0, -1.0) * np.maximum(1.0 - self._across**2, 0.0) ** 0.5
        rows = [line]
        for back, aside in _INSIDE:
            row = line.copy()
            row[:, 0] *= 1.0 - 3.0 * back
            row[:, 1] += aside * way * self._scale
            row[:, 2] -= back * self._scale
            rows.append(row)
        return rows

    def _inner_lips(self) -> FacePiece:
        rows = self._inner_rows()
        open_ = np.repeat([0.9, 0.6, 0.4], _COLUMNS)
        follows = np.repeat([1.0, 0.9, 0.6], _COLUMNS)
        return self._piece(
            "inner lips",
            "lip_inside",
            np.concatenate(rows),
            len(rows),
            ((0, 2), (0, 2)),
            inwards=True,
            open_=open_,
            follows=follows,
        )

    def _hollow(self) -> FacePiece:
        """A bag behind the lips, seen from inside."""
        edge = self._inner_rows()[-1]
        ahead = float(edge[:, 2].max())
        rows = [edge]
        for back, wide, high in (
            (0.0125, 0.96, 0.009),
            (0.020, 0.86, 0.010),
            (0.036, 0.60, 0.011),
            (0.044, 0.0, 0.0),
        ):
            depth = np.minimum(ahead - back * self._scale, edge[:, 2] - 0.002 * self._scale)
            low = np.where(self._upper, 1.0, 1.45)
            up = self._scale * (high * low * self._upward - 0.001)
            rows.append(np.column_stack([edge[:, 0] * wide, up, depth]))
        open_ = np.repeat([0.5, 0.4, 0.35, 0.2, 0.1], _COLUMNS)
        follows = np.repeat([0.6, 0.3, 0.15, 0.0, 0.0], _COLUMNS)
        skull = np.concatenate([self._skull, np.tile(self._deep_skull, len(rows) - 1)])
        return self._piece(
            "hollow",
            "mouth",
            np.concatenate(rows),
            len(rows),
            ((0, 1, 3, 4), (0, 2, 4)),
            inwards=True,
            open_=open_,
            follows=follows,
            skull=skull,
        )

    def _arch(self, across: Array, inset_m: float) -> Array:
        """Z of the row of teeth at (N,) x; it stays behind the lips."""
        flat = np.column_stack([across, np.zeros_like(across)])
        lips = self._ground(flat)
        ahead = float(self._ground(np.zeros((1, 2)))[0])
        bent = ahead - 0.013 * self._scale * (np.abs(across) / (0.022 * self._scale)) ** 2
        return np.minimum(bent, lips) - inset_m * self._scale

    def _teeth(self) -> list[FacePiece]:
        scale = self._scale
        pieces = []
        for name, skull, half_m, heights, inset_m in (
            ("upper teeth", 1.0, 0.030, (0.0100, 0.0060, -0.0010, -0.0012), 0.0066),
            ("lower teeth", 0.0, 0.014, (-0.0024, -0.0022, -0.0080, -0.0130), 0.0084),
        ):
            across = np.linspace(-half_m, half_m, _TEETH_COLUMNS) * scale
            front = self._arch(across, inset_m)
            ledges = (0.0, 0.0, 0.0, 0.004) if skull else (0.004, 0.0, 0.0, 0.0)
            rows = [
                np.column_stack(
                    [across, np.full(len(across), self._middle[1] + height * scale), front - ledge * scale]
                )
                for height, ledge in zip(heights, ledges, strict=True)
            ]
            vertices = np.concatenate(rows)
            count = len(vertices)
            side = np.abs(np.tile(across, len(rows))) / (half_m * scale)
            pieces.append(
                FacePiece(
                    name=name,
                    paint="teeth",
                    vertices=vertices,
                    faces=band(4, _TEETH_COLUMNS, closed=False, kept=((0, 1, 2, 3), (0, 3)), inwards=True),
                    held=np.tile(self._middle, (count, 1)),
                    follows=np.zeros(count),
                    skull=np.full(count, skull),
                    open=1.0 - 0.4 * side**2,
                    seam=np.zeros(count),
                )
            )
        return pieces

    def _tongue(self) -> FacePiece:
        """A flat drop behind the lower teeth; it can come out."""
        scale = self._scale
        tip = float(self._arch(np.zeros(1), 0.012)[0])
        along = np.linspace(0.0, 1.0, 9) ** 1.5
        turn = np.linspace(0.0, 2 * np.pi, _TONGUE_COLUMNS, endpoint=False)
        rows = []
        for share in along:
            wide = 0.0145 * np.sqrt(1.0 - max(1.0 - share / 0.45, 0.0) ** 2)
            x = wide * np.cos(turn)
            groove = 0.0012 * np.exp(-((x / 0.003) ** 2)) * (np.sin(turn) > 0) * (share > 0.1)
            y = -0.0068 + 0.32 * wide * np.sin(turn) - groove + 0.002 * share
            z = tip - 0.034 * share * scale
            rows.append(np.column_stack([x * scale, self._middle[1] + y * scale, np.full(len(x), z)]))
        vertices = np.concatenate(rows)
        share = np.repeat(along, _TONGUE_COLUMNS)
        count = len(vertices)
        out = np.zeros((count, 3))
        out[:, 1] = scale * (0.0095 * (1 - share) ** 0.5 - 0.0130 * (np.maximum(0.4 - share, 0.0) / 0.4) ** 2)
        out[:, 2] = scale * 0.036 * (1.0 - 0.8 * share)
        return FacePiece(
            name="tongue",
            paint="tongue",
            vertices=vertices,
            faces=band(
                9,
                _TONGUE_COLUMNS,
                closed=True,
                kept=((0, 1, 2, 4, 6, 8), (0, 1, 4, 8)),
                steps=(2, 3),
                inwards=True,
            ),
            held=np.tile(self._middle, (count, 1)),
            follows=np.zeros(count),
            skull=np.zeros(count),
            open=0.7 - 0.4 * share,
            seam=np.zeros(count),
            moves={"tongueOut": out},
        )
