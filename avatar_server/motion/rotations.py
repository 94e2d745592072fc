"""Rotations as unit quaternions (w, x, y, z), float64, vectorised over leading axes.

Conventions: right-handed, active; `multiply(a, b)` rotates by b first, as with matrices. Formulas: Shoemake,
Animating Rotation with Quaternion Curves, 1985; the mean: Markley et al., Averaging Quaternions, 2007.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

IDENTITY: Floats = np.array([1.0, 0.0, 0.0, 0.0])


def quaternion_from_axis_angle(axis_angle: ArrayLike) -> Floats:
    """(..., 3) radians to (..., 4). Any norm is fine: angles 2 pi apart give q and -q, the same rotation."""
    vector: Floats = np.asarray(axis_angle, dtype=np.float64)
    angle = np.linalg.norm(vector, axis=-1, keepdims=True)
    # sin(angle / 2) / angle, without dividing by zero: numpy's sinc(x) is sin(pi x) / (pi x).
    parts = [np.cos(angle / 2), 0.5 * np.sinc(angle / (2 * np.pi)) * vector]
    quaternion: Floats = np.concatenate(parts, axis=-1)
    return quaternion


def axis_angle_from_quaternion(quaternion: ArrayLike) -> Floats:
    """(..., 4) to (..., 3) radians, norm at most pi."""
    q = np.asarray(quaternion, dtype=np.float64)
    q = np.where(q[..., :1] < 0, -q, q)
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, q[..., :1])
    scale = np.divide(angle, sine, out=np.full_like(angle, 2.0), where=sine > 1e-12)
    axis_angle: Floats = scale * q[..., 1:]
    return axis_angle


def matrix_from_quaternion(quaternion: ArrayLike) -> Floats:
    """(..., 4) unit quaternions to (..., 3, 3)."""
    q = np.asarray(quaternion, dtype=np.float64)
    w, x, y, z = q[..., 0], q[..., 1], q[..., 2], q[..., 3]
    x2, y2, z2 = x + x, y + y, z + z
    wx, wy, wz = w * x2, w * y2, w * z2
    xx, xy, xz, yy, yz, zz = x * x2, x * y2, x * z2, y * y2, y * z2, z * z2
    matrix = np.empty((*q.shape[:-1], 3, 3))
    matrix[..., 0, 0] = 1 - (yy + zz)
    matrix[..., 0, 1] = xy - wz
    matrix[..., 0, 2] = xz + wy
    matrix[..., 1, 0] = xy + wz
    matrix[..., 1, 1] = 1 - (xx + zz)
    matrix[..., 1, 2] = yz - wx
    matrix[..., 2, 0] = xz - wy
    matrix[..., 2, 1] = yz + wx
    matrix[..., 2, 2] = 1 - (xx + yy)
    return matrix


def quaternion_from_matrix(matrix: ArrayLike) -> Floats:
    """(..., 3, 3) rotation matrices to (..., 4) with w >= 0.

    The four candidates of Bar-Itzhack's symmetric matrix, each exact; the largest is the best conditioned.
    """
    m = np.asarray(matrix, dtype=np.float64)
    m00, m01, m02 = m[..., 0, 0], m[..., 0, 1], m[..., 0, 2]
    m10, m11, m12 = m[..., 1, 0], m[..., 1, 1], m[..., 1, 2]
    m20, m21, m22 = m[..., 2, 0], m[..., 2, 1], m[..., 2, 2]
    rows = [
        [1 + m00 + m11 + m22, m21 - m12, m02 - m20, m10 - m01],
        [m21 - m12, 1 + m00 - m11 - m22, m10 + m01, m02 + m20],
        [m02 - m20, m10 + m01, 1 - m00 + m11 - m22, m21 + m12],
        [m10 - m01, m02 + m20, m21 + m12, 1 - m00 - m11 + m22],
    ]
    candidates = np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
    best = np.argmax(np.diagonal(candidates, axis1=-2, axis2=-1), axis=-1)
    q = np.take_along_axis(candidates, best[..., None, None], axis=-2)[..., 0, :]
    q = normalised(q)
    return np.asarray(np.where(q[..., :1] < 0, -q, q))


def multiply(a: ArrayLike, b: ArrayLike) -> Floats:
    """Hamilton product of (..., 4) and (..., 4)."""
    p, q = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    pw, px, py, pz = p[..., 0], p[..., 1], p[..., 2], p[..., 3]
    qw, qx, qy, qz = q[..., 0], q[..., 1], q[..., 2], q[..., 3]
    return np.stack(
        [
            pw * qw - px * qx - py * qy - pz * qz,
            pw * qx + px * qw + py * qz - pz * qy,
            pw * qy - px * qz + py * qw + pz * qx,
            pw * qz + px * qy - py * qx + pz * qw,
        ],
        axis=-1,
    )


def inverse(quaternion: ArrayLike) -> Floats:
    """Of unit quaternions (..., 4)."""
    conjugate: Floats = np.asarray(quaternion, dtype=np.float64) * np.array([1.0, -1.0, -1.0, -1.0])
    return conjugate


def rotate(quaternion: ArrayLike, vector: ArrayLike) -> Floats:
    """Vectors (..., 3) turned by unit quaternions (..., 4)."""
    q, v = np.asarray(quaternion, dtype=np.float64), np.asarray(vector, dtype=np.float64)
    twice = 2 * np.cross(q[..., 1:], v)
    return v + q[..., :1] * twice + np.cross(q[..., 1:], twice)


def normalised(quaternion: ArrayLike) -> Floats:
    """(..., 4) scaled to unit length; a zero becomes the identity."""
    q = np.asarray(quaternion, dtype=np.float64)
    norm = np.linalg.norm(q, axis=-1, keepdims=True)
    return np.where(norm > 1e-12, q / np.maximum(norm, 1e-12), IDENTITY)


def slerp(start: ArrayLike, end: ArrayLike, fraction: ArrayLike) -> Floats:
    """Along the shorter arc from `start` to `end`, unit (..., 4) each; `fraction` (...) is in 0..1."""
    a, b = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    t = np.asarray(fraction, dtype=np.float64)[..., None]
    cosine = np.einsum("...i,...i->...", a, b)[..., None]
    b = np.where(cosine < 0, -b, b)
    # The angle from the chord: an arc cosine loses half the digits near zero.
    gap = b - a
    chord = np.sqrt(np.einsum("...i,...i->...", gap, gap))[..., None]
    angle = 2 * np.arcsin(np.minimum(0.5 * chord, 1.0))
    sine = np.sin(angle)
    apart = sine > 1e-9
    sine = np.where(apart, sine, 1.0)
    q = np.where(apart, np.sin((1 - t) * angle) / sine, 1 - t) * a
    q += np.where(apart, np.sin(t * angle) / sine, t) * b
    length = np.sqrt(np.einsum("...i,...i->...", q, q))[..., None]
    between: Floats = q / length
    return between


def continuous(quaternion: Floats) -> Floats:
    """(N, ..., 4) with signs chosen so that neighbours along the first axis lie in one hemisphere."""
    q = np.asarray(quaternion, dtype=np.float64)
    return np.asarray(q * hemispheres(q)[..., None])


def hemispheres(quaternion: Floats) -> Floats:
    """(N, ...): 1, or -1 where `continuous` turns a sign; N >= 1, the first is 1."""
    q = np.asarray(quaternion, dtype=np.float64)
    flips = np.where(np.einsum("...i,...i->...", q[1:], q[:-1]) < 0, -1.0, 1.0)
    return np.concatenate([np.ones((1, *flips.shape[1:])), np.cumprod(flips, axis=0)])


def mean_rotation(quaternion: Floats) -> Floats:
    """(N, 4) to the (4,) rotation nearest to all in the least-squares sense; signs do not matter."""
    _, vectors = np.linalg.eigh(quaternion.T @ quaternion)
    mean: Floats = vectors[:, -1]
    return mean if mean[0] >= 0 else -mean
