"""A file of a store that answers as ordered, and keeps what it was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from avatar_server.errors import ChangedError, StoreError, TransferError

WHERE = "https://bucket.example/audio/V00.wav"
OLD = bytes(range(250)) * 4
NEW = OLD[::-1] + b"and more"


@dataclass(frozen=True)
class Answer:
    """What happens to one request. most: bytes of it that come; after them the connection breaks, or ends.

    fails_with: instead of any answer. begins_at: whatever was asked for. then: called after each piece.
    """

    data: bytes = OLD
    version: str = "v1"
    most: int | None = None
    breaks: bool = True
    fails_with: StoreError | None = None
    begins_at: int | None = None
    checks_version: bool = True
    ignores_stop: bool = False


ALL = Answer()


class OrderedStream:
    def __init__(self, answer: Answer, start: int, stop: int) -> None:
        self.start, self.size_bytes, self.version = start, len(answer.data), answer.version
        self._answer = answer
        end = stop if answer.most is None else min(stop, start + answer.most)
        self._left = answer.data[start:end]
        self._is_cut = answer.breaks and end < stop
        self.is_closed = False

    def read(self, most: int) -> bytes:
        assert not self.is_closed
        # Few at a time, as they come over a wire.
        data, self._left = self._left[: min(most, 300)], self._left[min(most, 300) :]
        if not data and self._is_cut:
            raise TransferError("the connection broke", where=WHERE)
        return data

    def relax(self) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass
class OrderedFile:
    """Answers as ordered, after that as the last order says; keeps what it was asked for."""

    orders: Sequence[Answer]
    asked: list[tuple[int, int | None, str]] = field(default_factory=list)
    streams: list[OrderedStream] = field(default_factory=list)
    piece: str = "wav"
    where: str = WHERE
    size_bytes: int | None = None

    def open(self, start: int = 0, stop: int | None = None, *, version: str = "") -> OrderedStream:
        answer = self.orders[min(len(self.asked), len(self.orders) - 1)]
        self.asked.append((start, stop, version))
        if answer.fails_with is not None:
            raise answer.fails_with
        if answer.checks_version and version not in ("", answer.version):
            raise ChangedError("another one", where=WHERE)
        end = len(answer.data) if stop is None or answer.ignores_stop else stop
        begins_at = start if answer.begins_at is None else answer.begins_at
        self.streams.append(OrderedStream(answer, begins_at, end))
        return self.streams[-1]
