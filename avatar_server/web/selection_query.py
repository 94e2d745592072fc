"""Filters of the catalogue as query parameters."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query

LONGEST_TEXT = 1000


def selection_of(
    label: Annotated[str | None, Query(max_length=20, description="improvised or naturalistic")] = None,
    split: Annotated[str | None, Query(max_length=20, description="train, dev or test")] = None,
    vendor: Annotated[
        str | None, Query(max_length=20, description="Recorded by this vendor", examples=["V00"])
    ] = None,
    session: Annotated[
        str | None, Query(max_length=20, description="Of this session", examples=["S0809", "V00_S0809"])
    ] = None,
    participant: Annotated[
        str | None,
        Query(max_length=20, description="With this person, its letter included", examples=["P1275A"]),
    ] = None,
    prompt: Annotated[
        str | None, Query(max_length=LONGEST_TEXT, description="With this text in a prompt")
    ] = None,
    relationship: Annotated[
        str | None, Query(max_length=LONGEST_TEXT, description="Of people who know each other in this way")
    ] = None,
    interaction_type: Annotated[
        str | None, Query(alias="type", max_length=LONGEST_TEXT, description="Of this interaction type")
    ] = None,
    emotion: Annotated[
        str | None, Query(max_length=LONGEST_TEXT, description="To be played with this emotion")
    ] = None,
    has_movement: Annotated[
        bool | None, Query(description="With movement features of all people, or without")
    ] = None,
    has_annotations: Annotated[
        bool | None, Query(description="With annotations of anybody, or without")
    ] = None,
    text: Annotated[
        str | None,
        Query(
            max_length=LONGEST_TEXT,
            description="Words, each found in the key, a participant, a prompt, its type or the relationship",
            examples=["stranger map"],
        ),
    ] = None,
    verdict: Annotated[
        str | None,
        Query(
            max_length=20,
            description="What the doctor said when he last saw it: good, usable, broken or unknown",
        ),
    ] = None,
    is_here: Annotated[
        bool | None, Query(description="That can be played without fetching anything, or that cannot")
    ] = None,
) -> dict[str, Any]:
    """The arguments of `Selection.of_texts`, and `verdict` and `is_here`."""
    return {
        "label": label,
        "split": split,
        "vendor": vendor,
        "session": session,
        "participant": participant,
        "prompt": prompt,
        "relationship": relationship,
        "interaction_type": interaction_type,
        "emotion": emotion,
        "has_movement": has_movement,
        "has_annotations": has_annotations,
        "text": text,
        "verdict": verdict,
        "is_here": is_here,
    }
