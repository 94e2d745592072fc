"""Whether the store was ever reached: without a network nobody is made to wait for a beginning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from avatar_server.dataset.fetching.download import MOST_UNREACHABLE
from avatar_server.errors import StoreError, UnreachableError


class Reach:
    """Counts tries that found no connection, until one did. Any thread: a try too many does no harm."""

    def __init__(self) -> None:
        self._is_reached = False
        self._failures: Counter[Hashable] = Counter()

    def tried(self, what: Hashable, error: StoreError | None) -> bool:
        """Note a try for one of the files (None: something came); whether to give up before it has begun."""
        if not isinstance(error, UnreachableError):
            self._is_reached = True
        self._failures[what] += 1
        return not self._is_reached and self._failures[what] > MOST_UNREACHABLE
