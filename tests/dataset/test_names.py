from __future__ import annotations

import pytest

from avatar_server.dataset.recording_id import InteractionKey, RecordingId, may_be_listed
from avatar_server.errors import UsageError


@pytest.mark.parametrize(
    "text", ["V00_S0809_I00000582_P1275", "V00_S0809_I00000582_P1275A", "V03_S0001_I00000000_P0000"]
)
def test_a_recording_id_is_written_as_it_was_read(text: str) -> None:
    assert str(RecordingId.parse(text)) == text


def test_the_letter_after_the_participant_is_part_of_the_name() -> None:
    with_letter, without = (
        RecordingId.parse("V00_S0809_I00000582_P1275A"),
        RecordingId.parse("V00_S0809_I00000582_P1275"),
    )
    assert with_letter.suffix == "A"
    assert with_letter != without
    assert with_letter.interaction_key == without.interaction_key == InteractionKey(0, 809, 582)
    assert str(with_letter.interaction_key) == "V00_S0809_I00000582"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "V00_S0809_I00000582",
        "V00_S0809_I00000582_P1275AB",
        "V00_S0809_I00000582_P1275a",
        "V00_S0809_I00000582_P1275\n",
        "V0_S0809_I00000582_P1275",
        "V00_S0809_I00000582_P127٥",
    ],
)
def test_other_texts_are_refused_and_shown(text: str) -> None:
    with pytest.raises(UsageError, match="expected a recording id like"):
        RecordingId.parse(text)


def test_an_interaction_key_does_not_take_a_recording_id() -> None:
    with pytest.raises(UsageError, match="V00_S0809_I00000582_P1275"):
        InteractionKey.parse("V00_S0809_I00000582_P1275")


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("V00_S0809_I00000582", True),
        ("V00_S0809_I00000582_P1275A", True),
        ("V00_S0809_I00000582_P0947, V00_S0809_I00000582_P1275A", True),
        ("V00_S0809_I00000582,V00_S0809_I00000582", False),
        ("here/V00_S0809_I00000582_P0947", False),
        ("demo", False),
        ("", False),
    ],
)
def test_only_what_could_be_a_recording_is_looked_for_elsewhere(name: str, may: bool) -> None:
    assert may_be_listed(name) == may
