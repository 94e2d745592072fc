"""What joints are called, across skeletons: Mixamo, CMU, Xsens, Vicon, Biped, SMPL, Unreal, Blender and kin.

A name is cut into words, its prefix for the character (`mixamorig:`, `Actor1_`, `Bip01 `) and its side are
taken off, and what is left says what joint it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Side = Literal["left", "right"]
Finger = Literal["index", "middle", "pinky", "ring", "thumb"]

FINGERS: tuple[Finger, ...] = ("index", "middle", "pinky", "ring", "thumb")
"""In the order of SMPL-H's hands."""

SIDES: tuple[Side, ...] = ("left", "right")

HEAD = ("head", "skull")
ELBOW = ("elbow", "forearm", "lowerarm", "lowarm", "armlower", "radius", "farm")
SHOULDER = ("shoulder", "upperarm", "uparm", "armupper", "humerus", "arm", "shldr", "uarm")
WRIST = ("wrist", "hand", "palm")
KNEE = ("knee", "shin", "calf", "lowerleg", "lowleg", "leglower", "tibia", "leg")
HIP = ("thigh", "upleg", "upperleg", "legupper", "femur", "hip", "leg", "hipjoint")
ANKLE = ("ankle", "foot")
TOE = ("toebase", "toe", "toes", "ball", "foot")
"""Names of each joint without their side; those that come first are meant if several are there."""

_METACARPAL = ("inhand", "metacarpal", "mc", "meta", "carpal", "base", "palm", "metacarpals", "cmc")
_FINGER_WORDS: dict[str, Finger] = {
    "index": "index",
    "middle": "middle",
    "mid": "middle",
    "pinky": "pinky",
    "pinkie": "pinky",
    "little": "pinky",
    "ring": "ring",
    "thumb": "thumb",
    "first": "thumb",
    "second": "index",
    "third": "middle",
    "fourth": "ring",
    "fifth": "pinky",
}
_BONES = {"mc": 0, "pp": 1, "mp": 2, "ip": 2, "dp": 3}
"""Xsens numbers no phalanges; thumbs have no middle one, and begin at the metacarpal bone."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_PREFIX = re.compile(
    r"(?i)^(mixamorig\d*[:_ ]?|bip\d*[ _]|cc_base_|j_bip_|def-|org-|character\d*_|m_avg_|f_avg_|jnt_)"
)
_SIDE_WORDS: dict[str, Side] = {"left": "left", "l": "left", "right": "right", "r": "right"}
_SIDED = re.compile(r"(left|right|[lr])(\w+)")
_IGNORED = ("end", "nub", "tip", "site", "endsite", "effector", "twist", "roll", "top")
"""Joints with these words in their names carry nothing of their own."""


@dataclass(frozen=True, slots=True)
class JointName:
    """What a name says. core: the words without side, digits and prefix, joined.

    finger: which one, if it is of one; bone: 0 for a bone in the palm, otherwise the number in the name, None
    without one.
    """

    side: Side | None
    core: str
    number: int | None
    finger: Finger | None
    bone: int | None
    is_ignored: bool


def read_names(names: Sequence[str]) -> list[JointName]:
    """What each of a skeleton's names says."""
    stripped = [re.split(r"[:|]", name)[-1] for name in names]
    prefix = _shared_beginning(stripped) if len(stripped) > 4 else ""
    cut = re.match(r"(.*[_ .\-])", prefix)
    length = len(cut[1]) if cut else 0
    return [_read(_PREFIX.sub("", name[length:])) for name in stripped]


def _shared_beginning(names: Sequence[str]) -> str:
    """What all names begin with: the first and the last one in order differ as early as any two."""
    first, last = min(names), max(names)
    length = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:length]


def _read(name: str) -> JointName:
    words = [word.lower() for word in _WORD.findall(name)]
    side: Side | None = None
    rest: list[str] = []
    for word in words:
        if side is None and word in _SIDE_WORDS:
            side = _SIDE_WORDS[word]
        else:
            rest.append(word)
    if side is None:
        rest, side = _side_within(rest)
    digits = [int(word) for word in rest if word.isdigit() and len(word) < 4]
    letters = [word for word in rest if not word.isdigit()]
    number = digits[-1] if digits else None
    finger = _finger(letters)
    return JointName(
        side=side,
        core="".join(letters),
        number=number,
        finger=finger,
        bone=_bone(letters, number, finger) if finger else None,
        is_ignored=any(word in _IGNORED for word in letters),
    )


def _side_within(words: list[str]) -> tuple[list[str], Side | None]:
    """`lthigh`, `rindex`: all in small letters, the side stuck to the first word."""
    known = {
        *ELBOW,
        *SHOULDER,
        *WRIST,
        *KNEE,
        *HIP,
        *ANKLE,
        *TOE,
        *_FINGER_WORDS,
        "collar",
        "clavicle",
        "buttock",
    }
    for place, word in enumerate(words):
        found = _SIDED.fullmatch(word)
        if found and found[2] in known:
            return [*words[:place], found[2], *words[place + 1 :]], _SIDE_WORDS[found[1]]
    return words, None


def _finger(words: list[str]) -> Finger | None:
    if any(word.startswith("toe") or word in ("foot", "feet") for word in words):
        return None
    for word in words:
        if word in _FINGER_WORDS and (
            word not in ("first", "second", "third", "fourth", "fifth") or len(words) > 1
        ):
            return _FINGER_WORDS[word]
        for ending in ("index", "middle", "pinky", "ring", "thumb"):
            if word.endswith(ending) and word in (f"inhand{ending}", f"hand{ending}", f"finger{ending}"):
                return _FINGER_WORDS[ending]
    return None


def _bone(words: list[str], number: int | None, finger: Finger) -> int | None:
    short = next((_BONES[word] for word in words if word in _BONES), None)
    if short is not None and number is None:
        return {0: 1, 1: 2, 3: 3}.get(short, short) if finger == "thumb" else short
    if any(word in _METACARPAL or word.startswith("inhand") for word in words) or (
        "in" in words and "hand" in words
    ):
        return 0
    return number
