"""All recordings that are known, as columns: compact, sorted, and quick to search.

129,370 recordings as Python objects would take seconds to make; as columns of numbers they take a tenth of a
second and 3 MB, and objects are made of the few that somebody looks at.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.recording_id import InteractionKey, RecordingId

LABELS = ("improvised", "naturalistic")
SPLITS = ("train", "dev", "test")

UNKNOWN = -1
"""In the columns of `RecordingTable`: not known; as a label or split also: outside the data set's folders."""

SUFFIX_COUNT = 32
"""No letter, and 26 letters, in five bits of a participant code."""

_INTERACTIONS = 10**8
_SESSIONS = 10**4


@dataclass(frozen=True, eq=False, slots=True)
class RecordingTable:
    """One row a recording, sorted by interaction and participant; all columns have the same length.

    interaction: the digits of the interaction key, see `interaction_code`. participant: number and letter,
    see `participant_code`. label, split: places in `LABELS` and `SPLITS`. batch, archive: 0..9999.
    movement, annotation_1p, annotation_3p: whether there is any, 0 or 1. `UNKNOWN` stands for what is not
    known.
    """

    interaction: NDArray[np.int64]
    participant: NDArray[np.int32]
    label: NDArray[np.int8]
    split: NDArray[np.int8]
    batch: NDArray[np.int16]
    archive: NDArray[np.int16]
    movement: NDArray[np.int8]
    annotation_1p: NDArray[np.int8]
    annotation_3p: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.interaction)

    def taken(self, rows: NDArray[np.intp]) -> RecordingTable:
        """The table of these rows, in this order."""
        return RecordingTable(*(getattr(self, column.name)[rows] for column in fields(self)))

    def order(self) -> NDArray[np.intp]:
        """The rows in the order of recording ids; rows of one recording stay in theirs."""
        return np.lexsort((self.participant, self.interaction))

    def repeats(self) -> NDArray[np.intp]:
        """Of a sorted table, the rows whose recording is that of the row before."""
        same = (self.interaction[1:] == self.interaction[:-1]) & (
            self.participant[1:] == self.participant[:-1]
        )
        return np.flatnonzero(same) + 1

    def differs(self, row: int, other: int) -> bool:
        """Whether two rows differ in any column."""
        return any(
            getattr(self, column.name)[row] != getattr(self, column.name)[other] for column in fields(self)
        )

    def id(self, row: int) -> RecordingId:
        """The recording of this row."""
        key = interaction_key(int(self.interaction[row]))
        number, letter = divmod(int(self.participant[row]), SUFFIX_COUNT)
        suffix = chr(ord("A") + letter - 1) if letter else ""
        return RecordingId(key.vendor, key.session, key.interaction, number, suffix)


def interaction_code(key: InteractionKey) -> int:
    """The 14 digits of vendor, session and prompt as one number; in the order of keys."""
    return (key.vendor * _SESSIONS + key.session) * _INTERACTIONS + key.interaction


def interaction_key(code: int) -> InteractionKey:
    """The key that `interaction_code` made `code` of."""
    rest, interaction = divmod(code, _INTERACTIONS)
    return InteractionKey(*divmod(rest, _SESSIONS), interaction)


def session_code(vendor: int, session: int) -> int:
    """What `interaction_code` begins with, as `session_codes` gives it for a column."""
    return vendor * _SESSIONS + session


def session_of(code: int) -> tuple[int, int]:
    """Vendor and session that `session_code` was made of."""
    return divmod(code, _SESSIONS)


def session_codes(interactions: NDArray[np.int64]) -> NDArray[np.int64]:
    """Vendor and session of interaction codes."""
    return interactions // _INTERACTIONS


def vendors(interactions: NDArray[np.int64]) -> NDArray[np.int64]:
    """The vendors of interaction codes."""
    return interactions // (_INTERACTIONS * _SESSIONS)


def sessions(interactions: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sessions of interaction codes."""
    return session_codes(interactions) % _SESSIONS


def prompts(interactions: NDArray[np.int64]) -> NDArray[np.int64]:
    """The prompt numbers of interaction codes."""
    return interactions % _INTERACTIONS


def participant_code(number: int, suffix: str) -> int:
    """A participant's number and letter as one number; in the order of ids."""
    return number * SUFFIX_COUNT + (ord(suffix) - ord("A") + 1 if suffix else 0)
