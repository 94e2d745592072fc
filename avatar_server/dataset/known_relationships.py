"""How people know each other, whether their session tells it or what they were asked to play."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset import recording_table as tables
from avatar_server.dataset.recording_id import InteractionKey
from avatar_server.dataset.relationships_csv import Relationship


@dataclass(frozen=True, slots=True)
class KnownRelationships:
    """by: by the code of a session (see `session_code`) or, if `of_prompts`, by the number of a prompt."""

    by: Mapping[int, Relationship]
    of_prompts: bool = False

    @classmethod
    def of_sessions(cls, by_session: Mapping[tuple[int, int], Relationship]) -> KnownRelationships:
        """From `read_relationships`."""
        return cls({tables.session_code(*session): found for session, found in by_session.items()})

    def codes(self, interactions: NDArray[np.int64]) -> NDArray[np.int64]:
        """What `by` is asked with, for interaction codes."""
        return tables.prompts(interactions) if self.of_prompts else tables.session_codes(interactions)

    def of(self, key: InteractionKey) -> Relationship | None:
        """Of the people of one interaction."""
        code = key.interaction if self.of_prompts else tables.session_code(key.vendor, key.session)
        return self.by.get(code)

    def among(self, interactions: NDArray[np.int64], wanted: Iterable[int]) -> NDArray[np.bool_]:
        """Which of these interactions have one of the codes `wanted`."""
        return np.isin(self.codes(interactions), list(wanted))
