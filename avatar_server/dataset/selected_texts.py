"""Which prompts and sessions a selection means."""

from __future__ import annotations

from collections.abc import Mapping

from avatar_server.dataset.interactions_csv import Prompt, one_line
from avatar_server.dataset.known_relationships import KnownRelationships
from avatar_server.dataset.selection import Selection
from avatar_server.errors import UsageError


def prompt_numbers(prompts: Mapping[int, Prompt] | None, wanted: Selection) -> list[int]:
    """Of prompts that have what is wanted of them.

    Raises UsageError if prompts are not known (None), and for an interaction type that none has.
    """
    if prompts is None:
        raise UsageError("prompts and interaction types are not known: there is no interactions.csv")
    chosen = list(prompts.values())
    if wanted.interaction_type is not None:
        kind = wanted.interaction_type.casefold()
        _refuse_unless_among(
            "interaction type", wanted.interaction_type, {prompt.interaction_type for prompt in chosen}
        )
        chosen = [prompt for prompt in chosen if prompt.interaction_type.casefold() == kind]
    if wanted.prompt is not None:
        text = one_line(wanted.prompt).casefold()
        chosen = [
            prompt
            for prompt in chosen
            if text in prompt.text_a.casefold() or text in prompt.text_b.casefold()
        ]
    return [prompt.number for prompt in chosen]


def emotion_numbers(prompts: Mapping[int, Prompt] | None, wanted: str) -> list[int]:
    """Of prompts that are about this emotion.

    Raises UsageError if emotions are not known, and for one that no prompt has.
    """
    emotions = {prompt.emotion for prompt in (prompts or {}).values()} - {""}
    if prompts is None or not emotions:
        raise UsageError("emotions are not known: the prompts of this data set have none")
    _refuse_unless_among("emotion", wanted, emotions)
    return [number for number, prompt in prompts.items() if prompt.emotion.casefold() == wanted.casefold()]


def relationship_codes(relationships: KnownRelationships | None, wanted: str) -> list[int]:
    """Of sessions, or prompts, whose people have this relationship; what `KnownRelationships.by` has.

    Raises UsageError if relationships are not known (None), and for one that nobody has.
    """
    if relationships is None:
        raise UsageError("relationships are not known: there is no relationships.csv")
    known = relationships.by.items()
    _refuse_unless_among(
        "relationship",
        wanted,
        {name for _, found in known for name in (found.relationship, found.detail)},
    )
    return [
        code
        for code, found in known
        if wanted.casefold() in (found.relationship.casefold(), found.detail.casefold())
    ]


def _refuse_unless_among(what: str, wanted: str, known: set[str]) -> None:
    names = sorted(known - {""})
    if wanted.casefold() not in {name.casefold() for name in names}:
        some = ", ".join(names[:12]) + (" and others" if len(names) > 12 else "")
        raise UsageError(f"no {what} {wanted!r}; there are {some or 'none'}")
