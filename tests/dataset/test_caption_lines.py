"""Words become captions that can be read, whatever the aligner left open."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from avatar_server.dataset.annotations import Utterance, Word
from avatar_server.dataset.caption_lines import (
    LONGEST_ROW,
    LONGEST_S,
    MOST_ROWS,
    PAUSE_S,
    SHORTEST_S,
    Caption,
    captions_of,
    timed_words,
)
from avatar_server.dataset.caption_pages import caption_pages, pages_within


def said(text: str, start_s: float = 0.0, word_s: float = 0.4) -> Utterance:
    """Each word takes `word_s`, without pauses."""
    texts = text.split()
    words = tuple(
        Word(one, start_s + index * word_s, start_s + (index + 1) * word_s, 0.9)
        for index, one in enumerate(texts)
    )
    return Utterance(text, start_s, start_s + len(texts) * word_s, words)


def rows(*utterances: Utterance) -> list[tuple[str, ...]]:
    return [caption.rows for caption in captions_of(utterances)]


def test_a_caption_ends_with_a_sentence_and_at_a_pause() -> None:
    assert rows(said("We take the train. And you?")) == [("We take the train.",), ("And you?",)]
    assert rows(said("Yes. I do.", word_s=0.3)) == [("Yes. I do.",)], "too short to stand alone"
    early, late = said("well then", 0.0), said("off we go", 0.81 + PAUSE_S)
    assert rows(early, late) == [("well then",), ("off we go",)]
    assert rows(early, said("off we go", 0.79 + PAUSE_S)) == [("well then off we go",)]


def test_rows_are_short_and_as_long_as_each_other() -> None:
    told = rows(said("a path that goes all around the water and back to the station", word_s=0.2))
    assert told == [("a path that goes all around the", "water and back to the station")]
    clause = "when the sun comes out behind the old mountains, we go on as we always do"
    assert rows(said(clause, word_s=0.2)) == [
        ("when the sun comes out", "behind the old mountains,"),
        ("we go on as we always do",),
    ]


def test_seconds_are_bounded() -> None:
    slow = captions_of([said(" ".join(["la"] * 12), word_s=1.0)])
    assert [round(one.end_s - one.start_s, 3) for one in slow] == [7.0, 5.0]
    hm = captions_of([said("hm", 2.0, 0.125), said("yes yes", 2.75, 0.25), said("so", 9.0, 0.5)])
    assert [(one.start_s, one.end_s) for one in hm] == [(2.0, 2.75), (2.75, 3.75), (9.0, 10.0)]


def test_words_without_times_share_what_is_left() -> None:
    words = (Word("one", 1.0, 1.5, 1.0), Word("2", None, None, None), Word("3", None, None, None))
    told = timed_words([Utterance("one 2 3 four", 1.0, 4.0, (*words, Word("four", 2.5, 3.0, 1.0)))])
    assert [(word.start_s, word.end_s) for word in told] == [(1.0, 1.5), (1.5, 2.0), (2.0, 2.5), (2.5, 3.0)]
    told = timed_words([Utterance("no words here", 2.0, 5.0, ())])
    assert [(word.text, word.start_s) for word in told] == [("no", 2.0), ("words", 3.0), ("here", 4.0)]


@given(
    st.lists(
        st.tuples(
            st.text("ab .,?é\u200b\u2003\n", max_size=60),
            st.one_of(st.none(), st.floats(-5, 50)),
            st.one_of(st.none(), st.floats(-5, 50)),
        ),
        max_size=20,
    )
)
def test_whatever_is_written_fits(words: list[tuple[str, float | None, float | None]]) -> None:
    spoken = tuple(Word(text, start_s, end_s, None) for text, start_s, end_s in words)
    captions = captions_of([Utterance("", 0.0, 50.0, spoken)])
    for before, after in pairwise(captions):
        assert before.end_s <= after.start_s
    for caption in captions:
        assert 1 <= len(caption.rows) <= MOST_ROWS
        assert all(0 < len(row) <= LONGEST_ROW for row in caption.rows)
        assert caption.start_s < caption.end_s
    letters = [sign for text, *_ in words for sign in text if sign.isprintable() and sign != " "]
    shown = "".join(row for caption in captions for row in caption.rows).replace(" ", "")
    assert len(shown) <= len(letters)


def test_the_bounds_are_those_that_the_page_mirrors() -> None:
    assert (LONGEST_ROW, MOST_ROWS, PAUSE_S, SHORTEST_S, LONGEST_S) == (42, 2, 0.6, 1.0, 7.0)


def caption(text: str, start_s: float, end_s: float) -> Caption:
    return Caption((text,), start_s, end_s)


def test_who_comes_second_stands_above_and_nobody_moves() -> None:
    pages = caption_pages([[caption("left", 0, 4)], [caption("right", 2, 6)]])
    told = [
        (page.start_s, page.end_s, [(one.caption.rows[0], one.place) for one in page.captions])
        for page in pages
    ]
    assert told == [
        (0, 2, [("left", 0)]),
        (2, 4, [("right", 1), ("left", 0)]),
        (4, 6, [("right", 1)]),
    ]


def test_who_takes_the_turn_takes_the_place() -> None:
    pages = caption_pages([[caption("left", 0, 2.1)], [caption("right", 2, 4)]])
    assert [(page.end_s, page.captions[0].place, len(page.captions)) for page in pages] == [
        (2, 0, 1),
        (4, 0, 1),
    ]


def test_a_part_begins_at_zero() -> None:
    pages = caption_pages([[caption("a", 0, 2), caption("b", 3, 5), caption("c", 7, 8)]])
    part = pages_within(pages, (1.0, 4.0))
    assert [(page.start_s, page.end_s, page.captions[0].caption.rows) for page in part] == [
        (0.0, 1.0, ("a",)),
        (2.0, 3.0, ("b",)),
    ]
