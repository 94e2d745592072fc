"""The part of a BVH file before MOTION: joints, how they hang together, and what their columns mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.errors import InputError

MAX_JOINTS = 2_000
MAX_DEPTH = 256
"""Far beyond every skeleton; a film's face rig has some hundred joints."""

CHANNELS = ("xposition", "yposition", "zposition", "xrotation", "yrotation", "zrotation")
_MAX_CHANNELS = 6
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_LONGEST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class BvhJoint:
    """One joint, in the units of the file.

    parent: its place in the list of joints, -1 for the root. offset: from the parent. channels: places in
    `CHANNELS`, in the order of this joint's own CHANNELS line. end_site: the offset of the tip, for a joint
    that has one. line: where it begins in the file, from 1.
    """

    name: str
    parent: int
    offset: tuple[float, float, float]
    channels: tuple[int, ...]
    end_site: tuple[float, float, float] | None
    line: int


@dataclass(frozen=True, eq=False, slots=True)
class BvhSkeleton:
    """The joints of one file, parents before children. where: the file."""

    joints: tuple[BvhJoint, ...]
    where: str

    @property
    def column_count(self) -> int:
        """Numbers in a row."""
        return sum(len(joint.channels) for joint in self.joints)

    @property
    def parents(self) -> NDArray[np.int64]:
        """(J,), -1 for the root."""
        return np.array([joint.parent for joint in self.joints], np.int64)

    @property
    def offsets(self) -> NDArray[np.float64]:
        """(J, 3) in file units."""
        return np.array([joint.offset for joint in self.joints], np.float64)


@dataclass(slots=True)
class _Open:
    """A joint whose closing brace has not come yet; offset and channels None while they are not known."""

    name: str
    parent: int
    line: int
    place: int = -1
    offset: tuple[float, float, float] | None = None
    channels: tuple[int, ...] | None = None
    end_site: tuple[float, float, float] | None = None


def parse_hierarchy(text: str, where: str) -> BvhSkeleton:
    """Read all that stands before MOTION; raises InputError with the line number for what is no hierarchy."""
    return _Parser(text, where).skeleton()


class _Parser:
    def __init__(self, text: str, where: str) -> None:
        self._words = _words(text)
        self._where = where
        self._line = 1
        self._joints: list[_Open] = []
        self._open: list[_Open] = []

    def skeleton(self) -> BvhSkeleton:
        word = self._next("HIERARCHY")
        if word.casefold() != "hierarchy":
            raise self._error("HIERARCHY", word)
        root = self._next("ROOT")
        if root.casefold() not in ("root", "joint"):
            raise self._error("ROOT", root)
        self._begin_joint()
        while self._open:
            self._statement()
        for word, line in self._words:
            if word != "\n":
                self._line = line
                second = word.casefold() == "root"
                raise self._error("one ROOT and then MOTION", "a second ROOT" if second else word)
        return BvhSkeleton(
            tuple(
                BvhJoint(
                    joint.name,
                    joint.parent,
                    joint.offset or (0.0, 0.0, 0.0),
                    joint.channels or (),
                    joint.end_site,
                    joint.line,
                )
                for joint in self._joints
            ),
            self._where,
        )

    def _statement(self) -> None:
        joint = self._open[-1]
        word = self._next("OFFSET, CHANNELS, JOINT, End Site or }")
        kind = word.casefold()
        if kind == "offset":
            joint.offset = self._vector()
        elif kind == "channels":
            joint.channels = self._channels()
        elif kind == "joint":
            self._begin_joint()
        elif kind == "end":
            self._end_site(joint)
        elif word == "}":
            self._open.pop()
            if joint.offset is None:
                raise self._error(f"an OFFSET for the joint {_shown(joint.name)}", "none")
        else:
            raise self._error("OFFSET, CHANNELS, JOINT, End Site or }", word)

    def _begin_joint(self) -> None:
        line = self._line
        name = self._name()
        if len(self._joints) >= MAX_JOINTS:
            raise self._error(f"at most {MAX_JOINTS} joints", "more")
        if len(self._open) >= MAX_DEPTH:
            raise self._error(f"joints at most {MAX_DEPTH} deep", "deeper ones")
        joint = _Open(name, self._open[-1].place if self._open else -1, line, len(self._joints))
        self._joints.append(joint)
        self._open.append(joint)

    def _end_site(self, joint: _Open) -> None:
        self._name()
        word = self._next("OFFSET")
        if word.casefold() == "offset":
            tip = self._vector()
            joint.end_site = joint.end_site or tip
            word = self._next("}")
        if word != "}":
            raise self._error("} after the End Site's OFFSET", word)

    def _name(self) -> str:
        """The words up to the end of the line or the opening brace, which is read, too."""
        words: list[str] = []
        for word, line in self._words:
            if word == "{":
                return " ".join(words)
            if word == "\n":
                break
            self._line = line
            words.append(word)
        brace = self._next("{")
        if brace != "{":
            raise self._error("{", brace)
        return " ".join(words)

    def _vector(self) -> tuple[float, float, float]:
        x, y, z = (self._number() for _ in range(3))
        return x, y, z

    def _number(self) -> float:
        word = self._next("a number")
        if _NUMBER.fullmatch(word) is None or abs(float(word)) > 1e6:
            raise self._error("three numbers after OFFSET", word)
        return float(word)

    def _channels(self) -> tuple[int, ...]:
        word = self._next("the number of channels")
        if not (word.isascii() and word.isdigit() and len(word) == 1 and int(word) <= _MAX_CHANNELS):
            raise self._error(f"0 to {_MAX_CHANNELS} channels", word)
        channels = []
        for _ in range(int(word)):
            name = self._next("the name of a channel")
            if name.casefold() not in CHANNELS:
                raise self._error("Xposition, Yposition, Zposition, Xrotation, Yrotation or Zrotation", name)
            channels.append(CHANNELS.index(name.casefold()))
        places = [channel for channel in channels if channel < 3]
        if len(set(places)) < len(places):
            raise self._error("every position channel once", "one twice")
        return tuple(channels)

    def _next(self, expected: str) -> str:
        for word, line in self._words:
            self._line = line
            if word != "\n":
                return word
        raise self._error(expected, "the end of the hierarchy")

    def _error(self, expected: str, came: str) -> InputError:
        came = came if " " in came or came in ("none", "more") else _shown(came)
        return InputError(expected=expected, came=came, where=f"{self._where}, line {self._line}")


def _words(text: str) -> Iterator[tuple[str, int]]:
    """Words, braces and line ends, each with its line."""
    for number, line in enumerate(text.split("\n"), start=1):
        for word in line.replace("{", " { ").replace("}", " } ").split():
            yield word, number
        yield "\n", number


def _shown(word: str) -> str:
    return ascii(word if len(word) <= _LONGEST_SHOWN else word[: _LONGEST_SHOWN - 3] + "...")
