"""Studios and colours in words: what is meant, and how nonsense is refused."""

from __future__ import annotations

import pytest

from avatar_server.errors import UsageError
from avatar_server.motion.presets import PRESETS
from avatar_server.scene.appearance import CLOTHES, HAIR_COLOURS, PALETTES, SKIN_TONES, linear
from avatar_server.scene.colour_text import parse_colours
from avatar_server.scene.look import USUAL_LOOK, Look, LookWords
from avatar_server.scene.studios import OPAQUE_STUDIOS
from avatar_server.setting_kinds import kind_of
from avatar_server.settings_sources import FIELDS


def test_what_is_not_said_is_as_usual() -> None:
    assert LookWords().read() == USUAL_LOOK
    assert LookWords().options == ()
    assert parse_colours("") == PALETTES
    assert parse_colours("teal,ochre") == PALETTES
    assert parse_colours(",plum")[0] == PALETTES[0]


def test_the_studio_follows_the_preset_unless_it_is_chosen() -> None:
    assert USUAL_LOOK.studio_name(PRESETS["natural"]) == "light"
    assert USUAL_LOOK.studio_name(PRESETS["genea"]) == "white"
    assert Look("dark").studio_name(PRESETS["genea"]) == "dark"


def test_palettes_and_single_colours() -> None:
    left, right = parse_colours("plum / skin=deep / hair=#010203, top=navy/shoes=#FFFFFF")
    assert left.top == linear(CLOTHES["plum"]["top"])
    assert left.skin == linear(SKIN_TONES["deep"])
    assert left.hair == linear("#010203")
    assert right.top == linear(CLOTHES["navy"]["top"])
    assert right.shoes == (1.0, 1.0, 1.0)
    assert right.skin == PALETTES[1].skin


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b,c", "one or two people"),
        ("mauve", "expected a palette of teal, ochre, .*'mauve'"),
        ("hat=#112233", "a part being one of skin, top, bottom, shoes, hair, eyes, got 'hat=#112233'"),
        ("skin=green", "skin: expected #rrggbb, or porcelain, .*'green'"),
        ("hair=#12345", "hair: expected #rrggbb, or black"),
        ("teal/plum", "expected PART=COLOUR"),
    ],
)
def test_nonsense_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        LookWords(colours=text).read()


def test_words_survive_the_way_to_a_command() -> None:
    words = LookWords(studio="dark", colours="plum,top=#010203")
    assert words.options == ("--studio=dark", "--colours=plum,top=#010203")
    with pytest.raises(UsageError, match="--studio: expected one of"):
        LookWords(studio="noon").read()


def test_the_setting_knows_every_studio_that_a_stream_can_show() -> None:
    assert kind_of(FIELDS["studio"].metadata).expected == f"one of preset, {', '.join(OPAQUE_STUDIOS)}"


def test_names_of_colours_are_colours() -> None:
    for named in (*CLOTHES.values(), SKIN_TONES, HAIR_COLOURS):
        for colour in named.values():
            assert len(linear(colour)) == 3
