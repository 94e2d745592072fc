"""What one viewer could not be sent yet: what is dropped when it is too much."""

from __future__ import annotations

from avatar_server.sinks.backlog import Backlog
from avatar_server.sinks.rtp_packetiser import RtpFrame


def picture(index: int, *, key: bool = False) -> RtpFrame:
    return RtpFrame("video", index * 3000, key, None, (b"picture",), ((0, 1),))


def block(index: int) -> RtpFrame:
    return RtpFrame("audio", index * 960, True, None, (b"block",), ((0, 1),))


def drained(backlog: Backlog) -> list[tuple[str, int]]:
    return [(frame.kind, frame.pts) for frame in iter(backlog.pop, None)]


def test_nothing_is_sent_before_the_first_key_picture_but_sound() -> None:
    backlog = Backlog()
    assert not backlog.admits(picture(0))
    assert backlog.admits(block(0))
    assert backlog.admits(picture(1, key=True))
    assert backlog.admits(picture(2))


def test_who_is_a_second_behind_jumps_to_the_next_key_picture() -> None:
    backlog = Backlog()
    assert backlog.admits(picture(0, key=True))
    for index in range(30):
        assert backlog.push(picture(index, key=index == 0))
        assert backlog.push(block(index))
    assert not backlog.push(picture(30)), "a second is full: ask for a key picture"
    assert backlog.dropped == 31
    assert not backlog.admits(picture(31))
    assert backlog.admits(picture(32, key=True))
    assert backlog.push(picture(32, key=True))
    assert drained(backlog) == [*(("audio", index * 960) for index in range(30)), ("video", 32 * 3000)]


def test_a_key_picture_that_is_kept_already_is_good_enough() -> None:
    backlog = Backlog()
    for index in range(30):
        backlog.push(picture(index, key=index in (0, 20)))
    backlog.waits_for_key = False
    assert backlog.push(picture(30)), "nobody need be asked"
    assert drained(backlog) == [("video", index * 3000) for index in range(20, 31)]
    assert backlog.dropped == 20


def test_of_sound_the_oldest_is_dropped() -> None:
    backlog = Backlog()
    for index in range(55):
        assert backlog.push(block(index))
    assert drained(backlog) == [("audio", index * 960) for index in range(5, 55)]
