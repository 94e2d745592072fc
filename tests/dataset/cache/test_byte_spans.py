"""The stretches of a file that are here, against a set of positions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar_server.dataset.cache.byte_spans import ByteSpans

LENGTH = 40

SPANS = st.lists(
    st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)).map(lambda pair: tuple(sorted(pair)))
)


def positions(spans: ByteSpans) -> set[int]:
    return {position for start, end in spans for position in range(start, end)}


@given(SPANS)
def test_stretches_hold_what_was_put_in_and_never_touch(given_spans: list[tuple[int, int]]) -> None:
    spans = ByteSpans.of(given_spans)
    assert positions(spans) == {at for start, end in given_spans for at in range(start, end)}
    assert spans.byte_count == len(positions(spans))
    assert all(start < end for start, end in spans)
    assert all(left[1] < right[0] for left, right in zip(spans.spans, spans.spans[1:], strict=False))


@given(SPANS, st.integers(0, LENGTH), st.integers(0, LENGTH))
def test_what_is_missing_is_what_is_not_here(
    given_spans: list[tuple[int, int]], start: int, end: int
) -> None:
    spans = ByteSpans.of(given_spans)
    missing = {at for gap_start, gap_end in spans.missing(start, end) for at in range(gap_start, gap_end)}
    assert missing == set(range(start, end)) - positions(spans)
    assert spans.covers(start, end) == (not missing)


@given(SPANS, st.integers(0, LENGTH))
def test_a_run_ends_at_the_first_byte_that_is_not_here(given_spans: list[tuple[int, int]], at: int) -> None:
    spans = ByteSpans.of(given_spans)
    end = spans.end_of_run(at)
    assert set(range(at, end)) <= positions(spans)
    assert end not in positions(spans)


@pytest.mark.parametrize("wrong", [(-1, 2), (5, 4)])
def test_nonsense_is_refused(wrong: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="a stretch from"):
        ByteSpans.of([wrong])
