"""BVH files as they are found: read, or refused with the line that is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar_server.errors import InputError
from avatar_server.motion.bvh.reading import is_bvh, parse_bvh, read_bvh

ARM = """HIERARCHY
ROOT Shoulder
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
  JOINT Elbow
  {
    OFFSET 10 0 0
    CHANNELS 1 Zrotation
    JOINT Wrist
    {
      OFFSET 8 0 0
      End Site
      {
        OFFSET 0 0 0
      }
    }
  }
}
"""
ROWS = "1 2 3 90 0 0 -90\n4 5 6 0 0 0 45\n"
WHOLE = ARM + "MOTION\nFrames: 2\nFrame Time: .0083333\n" + ROWS


def read(text: str | bytes) -> tuple[list[list[float]], tuple[str, ...]]:
    file = parse_bvh(text.encode() if isinstance(text, str) else text, "take.bvh")
    return file.frames.values.tolist(), file.frames.notices


def refused(text: str | bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        read(text)
    assert "\n" not in str(caught.value)
    return caught.value


def test_joints_of_six_one_and_no_channels() -> None:
    file = parse_bvh(WHOLE.encode(), "take.bvh")
    shoulder, elbow, wrist = file.skeleton.joints
    assert (shoulder.name, elbow.name, wrist.name) == ("Shoulder", "Elbow", "Wrist")
    assert [joint.parent for joint in file.skeleton.joints] == [-1, 0, 1]
    assert shoulder.channels == (0, 1, 2, 5, 4, 3)
    assert elbow.channels == (5,)
    assert wrist.channels == ()
    assert wrist.offset == (8, 0, 0)
    assert wrist.end_site == (0, 0, 0)
    assert file.frames.values.tolist() == [[1, 2, 3, 90, 0, 0, -90], [4, 5, 6, 0, 0, 0, 45]]
    assert file.frames.frame_time == ".0083333"
    assert file.frames.notices == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("  ", "\t"),
        lambda text: text.replace(" ", " \t "),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace("\n{", " {").replace("OFFSET 10 0 0\n", "OFFSET 10 0 0 "),
        lambda text: (
            text.replace("HIERARCHY", "hierarchy").replace("ROOT", "Root").replace("MOTION", "motion")
        ),
        lambda text: text.replace("zrotation", "ZROTATION").replace("End Site", "End site"),
        lambda text: text.rstrip(),
        lambda text: text + "\n \n",
        lambda text: text.replace("1 2 3 90", "+1 2. .3e1 9e1"),
        lambda text: text.replace("Frames: 2", "Frames:\t2").replace("Frame Time:", "Frame  Time :"),
    ],
)
def test_white_space_line_ends_case_and_ways_to_write_numbers_do_not_matter(change) -> None:  # type: ignore[no-untyped-def]
    assert read(change(WHOLE)) == read(WHOLE)


def test_names_with_spaces_and_colons_are_kept() -> None:
    text = WHOLE.replace("JOINT Elbow\n  {", "JOINT mixamorig:Left Fore Arm {")
    assert parse_bvh(text.encode(), "").skeleton.joints[1].name == "mixamorig:Left Fore Arm"


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("Frames: 5", "says 5 frames; the 2"),
        ("Frames: 1", "says 1 frames; the 2"),
        ("", "does not say how many frames it has; the 2"),
    ],
)
def test_a_wrong_frame_count_is_said_and_what_is_there_is_taken(stated: str, said: str) -> None:
    rows, notices = read(WHOLE.replace("Frames: 2", stated))
    assert len(rows) == 2
    assert said in notices[0]


def test_a_last_row_that_is_cut_short_is_left_out() -> None:
    rows, notices = read(WHOLE[: WHOLE.rindex("0 45")])
    assert rows == [[1, 2, 3, 90, 0, 0, -90]]
    assert "line 24, the last one, is cut short" in notices[0]
    rows, notices = read(WHOLE.replace("45\n", "4e"))
    assert len(rows) == 1
    assert "line 24" in notices[0]


def test_rows_with_nan_are_marked_and_said_with_the_first_line() -> None:
    rows = "1 2 3 90 0 0 -90\n" + "nan 2 3 -nan(ind) 0 0 inf\n" + "4 5 6 0 0 0 45\n"
    file = parse_bvh(WHOLE.replace(ROWS, rows).encode(), "take.bvh")
    assert file.frames.lost.tolist() == [False, True, False]
    assert "first one in line 24" in file.frames.notices[-1]
    error = refused(WHOLE.replace(ROWS, "nan 0 0 0 0 0 0\n" * 2))
    assert error.where == "take.bvh, line 23"


@pytest.mark.parametrize(
    ("broken", "line", "expected"),
    [
        (WHOLE.replace("1 2 3 90", "1 2 90"), 23, "7 numbers, one for each channel"),
        (WHOLE.replace("1 2 3 90", "1 2 3 4 90"), 23, "7 numbers, one for each channel"),
        (WHOLE.replace("0 45", "0 45 1"), 24, "7 numbers, one for each channel"),
        (WHOLE.replace("1 2 3 90", "1 two 3 90"), 23, "a number"),
        (WHOLE.replace("1 2 3 90", "frame 1: 1 2 3 90"), 23, "a number"),
        (WHOLE.replace("1 2 3 90", "1 2 three"), 23, "a number"),
        (WHOLE.replace("1 2 3 90", "1 2,5 3 90"), 23, "a number"),
        (WHOLE.replace("1 2 3 90", "1e9 2 3 90"), 23, "numbers up to 1e+06"),
        (WHOLE.replace(ROWS, ""), 23, "at least one row of numbers"),
        (WHOLE.replace("Frames: 2", "Frames: two"), 21, "a number of frames"),
        (WHOLE.replace("OFFSET 10 0 0", "OFFSET 10 0"), 9, "three numbers after OFFSET"),
        (WHOLE.replace("OFFSET 10 0 0", "OFFSET 10 0 nan"), 8, "three numbers after OFFSET"),
        (WHOLE.replace("    OFFSET 10 0 0\n", ""), 17, "an OFFSET for the joint 'Elbow'"),
        (WHOLE.replace("CHANNELS 1 Z", "CHANNELS 1 Q"), 9, "Xposition, Yposition"),
        (WHOLE.replace("CHANNELS 1", "CHANNELS 2"), 10, "Xposition, Yposition"),
        (WHOLE.replace("CHANNELS 1", "CHANNELS 19"), 9, "0 to 6 channels"),
        (WHOLE.replace("Yposition", "Xposition"), 5, "every position channel once"),
        (WHOLE.replace("  JOINT Elbow\n  {", "  JOINT Elbow\n  ("), 7, "{"),
        (WHOLE.replace("JOINT Wrist", "JONT Wrist"), 10, "OFFSET, CHANNELS, JOINT"),
        (WHOLE.replace("}\nMOTION", "}\nROOT Second\n{\nOFFSET 0 0 0\n}\nMOTION"), 20, "one ROOT"),
        (WHOLE.replace("    }\n  }\n}", "    }\n  }"), 19, "OFFSET, CHANNELS"),
        (WHOLE.replace("ROOT", "\0ROOT"), 2, "text"),
        (WHOLE.replace("MOTION", "MOTIONS"), 25, "MOTION after the hierarchy"),
        ("", 1, "HIERARCHY"),
        ("id,label\n1,2\n", 1, "HIERARCHY"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(broken: str, line: int, expected: str) -> None:
    assert broken != WHOLE
    error = refused(broken)
    assert error.where == f"take.bvh, line {line}"
    assert expected in error.expected


def test_a_word_in_a_row_is_named() -> None:
    for row in ("1 2 three", "1 2 three 90", "1 2 three 4 90"):
        assert refused(WHOLE.replace("1 2 3 90", row)).came == "'three'"


def test_hostile_sizes_are_refused_at_once() -> None:
    deep = "HIERARCHY\nROOT a\n{\n" + "OFFSET 0 0 0\nJOINT b\n{\n" * 100_000 + "MOTION\n"
    assert "256 deep" in refused(deep).expected
    wide = "HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\n" + "JOINT b\n{\nOFFSET 0 0 0\n}\n" * 3000 + "}\nMOTION\n"
    assert "2000 joints" in refused(wide).expected
    assert "MOTION" in refused("HIERARCHY\n" + "x" * (5 << 20)).expected


def test_pieces_of_a_large_file_meet_without_a_seam(tmp_path: Path) -> None:
    numbers = np.round(np.random.default_rng(1).uniform(-180, 180, (80_000, 7)), 3)
    body = "\n".join(" ".join(map(str, row)) for row in numbers.tolist())
    path = tmp_path / "long.bvh"
    path.write_text(WHOLE.replace(ROWS, body).replace("Frames: 2", "Frames: 80000"))
    file = read_bvh(path)
    assert path.stat().st_size > 4 << 20  # More than one piece.
    np.testing.assert_array_equal(file.frames.values, numbers)
    assert file.frames.notices == ()
    spoilt = body.replace(" ".join(map(str, numbers[70_000].tolist())), "1 2 3")
    path.write_text(WHOLE.replace(ROWS, spoilt))
    with pytest.raises(InputError) as caught:
        read_bvh(path)
    assert caught.value.where == f"{path}, line {23 + 70_000}"


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a readable BVH file"):
        read_bvh(tmp_path / "none.bvh")


def test_a_bvh_is_known_by_its_beginning() -> None:
    assert is_bvh(b"\xef\xbb\xbf\r\n hierarchy\nROOT")
    assert not is_bvh(b"PK\x03\x04")
    assert not is_bvh(b"")


MENDED = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 12),
        st.sampled_from(
            [b"", b"nan", b"{", b"}", b"JOINT", b"\n", b"\xff", b"1e308", b"End Site", b"MOTION"]
        ),
    ),
    min_size=1,
    max_size=4,
)


@given(MENDED)
@settings(max_examples=80, deadline=None)
def test_whatever_is_changed_in_a_file_it_is_read_or_refused(changes: list[tuple[float, int, bytes]]) -> None:
    content = WHOLE.encode()
    for place, length, word in changes:
        at = int(place * len(content))
        content = content[:at] + word + content[at + length :]
    said = ""
    try:
        file = parse_bvh(content, "take.bvh")
    except InputError as error:
        said = str(error)
    if said:
        assert said.startswith("take.bvh")
        assert "\n" not in said
    else:
        assert file.frames.values.shape[1] == file.skeleton.column_count
