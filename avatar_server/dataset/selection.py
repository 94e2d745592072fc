"""What somebody wants to see of the catalogue."""

from __future__ import annotations

import re
from dataclasses import dataclass

from avatar_server.dataset.participants_csv import PARTICIPANT, VENDOR
from avatar_server.dataset.recording_table import LABELS, SPLITS
from avatar_server.dataset.relationships_csv import SESSION
from avatar_server.errors import UsageError

_LONGEST = 1000
"""Characters of a text to search for."""

_PREFIXED = re.compile(r"(?:(V\d{1,2})_)?(.*)", re.ASCII | re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """An interaction is selected if it meets all that is not None.

    label, split, vendor, session: those of any of its recordings. participant: number and letter of one of
    its people; 1275 and 1275A are different ones. prompt: found in either prompt, without regard to case and
    line breaks. relationship: the relationship or its detail. interaction_type: that of the prompt. emotion:
    that of the prompt. These are compared without regard to case. has_movement: whether there are movement
    features of all its people. has_annotations: whether there are annotations, first-person or third-person,
    of any of them. text: words, each of which is found in the key, in the name of a participant or, where a
    word begins, in a prompt, its type, its emotion or the relationship, without regard to case.
    """

    label: str | None = None
    split: str | None = None
    vendor: int | None = None
    session: int | None = None
    participant: tuple[int, str] | None = None
    prompt: str | None = None
    relationship: str | None = None
    interaction_type: str | None = None
    emotion: str | None = None
    has_movement: bool | None = None
    has_annotations: bool | None = None
    text: str | None = None

    def __post_init__(self) -> None:
        _check_one_of("label", self.label, LABELS)
        _check_one_of("split", self.split, SPLITS)
        for name in ("prompt", "relationship", "interaction_type", "emotion", "text"):
            text = getattr(self, name)
            if text is not None and not (text.strip() and len(text) <= _LONGEST):
                raise UsageError(f"{name}: expected 1 to {_LONGEST} characters, got {len(text.strip())}")

    @classmethod
    def of_texts(
        cls,
        *,
        label: str | None = None,
        split: str | None = None,
        vendor: str | None = None,
        session: str | None = None,
        participant: str | None = None,
        prompt: str | None = None,
        relationship: str | None = None,
        interaction_type: str | None = None,
        emotion: str | None = None,
        has_movement: bool | None = None,
        has_annotations: bool | None = None,
        text: str | None = None,
    ) -> Selection:
        """What was typed: V00, 0; S0809, 809, V00_S0809; P1275A, 1275A, V00_P1275A. Raises UsageError."""
        session_vendor, session = _without_vendor(session)
        participant_vendor, participant = _without_vendor(participant)
        vendors = {
            int(_match("vendor", VENDOR, text, "V00")[1])
            for text in (vendor, session_vendor, participant_vendor)
            if text is not None
        }
        if len(vendors) > 1:
            came = " and ".join(f"V{number:02d}" for number in sorted(vendors))
            raise UsageError(f"vendor: expected one, got {came}")
        person = None if participant is None else _match("participant", PARTICIPANT, participant, "P1275A")
        return cls(
            label=label,
            split=split,
            vendor=vendors.pop() if vendors else None,
            session=None if session is None else int(_match("session", SESSION, session, "S0809")[1]),
            participant=None if person is None else (int(person[1]), person[2].upper()),
            prompt=prompt,
            relationship=relationship,
            interaction_type=interaction_type,
            emotion=emotion,
            has_movement=has_movement,
            has_annotations=has_annotations,
            text=text,
        )


def _without_vendor(text: str | None) -> tuple[str | None, str | None]:
    """The vendor before an underscore, if there is one, and the rest."""
    found = None if text is None else _PREFIXED.fullmatch(text)
    return (None, None) if found is None else (found[1], found[2])


def _match(name: str, pattern: re.Pattern[str], text: str, example: str) -> re.Match[str]:
    found = pattern.fullmatch(text)
    if found is None:
        raise UsageError(f"{name}: expected one like {example}, got {text!r}")
    return found


def _check_one_of(name: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise UsageError(f"{name}: expected one of {', '.join(known)}, got {value!r}")
