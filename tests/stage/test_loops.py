"""Slow drawing costs pictures and nothing else: both loops run on a clock that is moved by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from avatar_server.control.commands import Pause, Play, Seek, SetSpeed
from avatar_server.sinks.recording import decode_audio, decode_video
from avatar_server.stage.test_card import (
    AT_ONCE_S,
    THEN_AFTER_S,
    time_code_s,
)
from avatar_server.stage.wire import Wanted
from avatar_server.timing.lead import LEAST_S, SOUND_FIRST_S
from tests.stage.loop_run import Run, loudness_of


@pytest.mark.parametrize("draw_s", [0.05, 0.12, 0.3])
def test_slow_drawing_costs_pictures_and_never_a_block_of_sound(draw_s: float) -> None:
    run = Run(draw_s)
    run.until(4.0)
    sound = run.of("audio")
    assert {after.pts - before.pts for (before, _), (after, _) in pairwise(sound)} == {960}
    # Made before it has to leave, all but what was due while the very first picture was drawn.
    leaves_s = LEAST_S - SOUND_FIRST_S
    late = [packet for packet, sent_s in sound if sent_s > float(packet.stream_s) + leaves_s]
    assert not [packet for packet in late if packet.stream_s > 0.03]
    heard = decode_audio([packet for packet, _ in sound])
    level = np.sqrt(np.mean(heard[4800:168_000, 0].reshape(-1, 480) ** 2, axis=1))
    assert level.min() > 0.12, "no hole of 10 ms anywhere"

    assert run.counts.view("presenter").dropped > 0
    for time_s, finished_s in run.renderer.finished:
        assert finished_s - run.clock.epoch_s - time_s < draw_s + 1 / 30 + 0.001, "begun when due, or dropped"
    pictures = decode_video([packet for packet, _ in run.of("video")])
    assert len(pictures) == len(run.renderer.finished)
    for pts, luma in pictures:
        assert time_code_s(luma) == pytest.approx(pts / 90_000, abs=0.001), "no time stamp moved"


def test_quick_drawing_drops_nothing() -> None:
    run = Run(0.004)
    run.until(1.0)
    assert run.counts.view("presenter").dropped == 0
    assert [packet.pts for packet, _ in run.of("video")] == [3000 * index for index in range(30)]


def test_a_seek_replaces_the_sound_that_was_made_ahead() -> None:
    run = Run(0.03)
    run.until(1.0)
    run.desk.follow(Seek(31.5), run.clock.now_s())
    before = len(run.of("audio"))
    sought_s = run.clock.now_s()
    run.until(1.5)
    anew = run.of("audio")[before:]
    assert float(anew[0][0].stream_s) == pytest.approx(sought_s, abs=0.03), "heard at once"
    assert {after.pts - first.pts for (first, _), (after, _) in pairwise(anew)} == {960}


def test_where_time_is_short_the_presenter_goes_first_and_no_view_stands_still() -> None:
    run = Run(0.012, ("presenter", "left", "right", "two-shot"))
    run.until(4.0)
    presenter = run.view("presenter")
    others = [run.view(name) for name in ("left", "right", "two-shot")]
    assert len(presenter) > 0.9 * 4 * 30, "there is time for two views a picture: one is the presenter's"
    counts = [len(packets) for packets in others]
    assert max(counts) - min(counts) <= 2, "the others take turns"
    assert sum(counts) > 0.8 * 4 * 30
    assert run.counts.view("left").dropped > 60

    run = Run(0.034, ("presenter", "left"))
    run.until(4.0)
    stamps = [packet.pts / 90_000 for packet in run.view("left")]
    assert max(after - before for before, after in pairwise(stamps)) < 0.5 + 3 * 0.034, "never longer still"
    assert len(run.view("presenter")) > 0.8 * len(run.renderer.finished)


def test_what_nobody_wants_any_more_is_given_back_and_the_loops_rest() -> None:
    run = Run(0.004, ("presenter", "left"))
    run.until(1.0)
    run.desk.follow(Wanted(run.streams[:1], 1), 1.0)
    run.until(2.0)
    drawn = len(run.view("left"))
    run.until(7.0)
    assert len(run.view("left")) == drawn
    assert run.encoding.closed == ["left"]
    run.desk.follow(Wanted((), 0), 7.0)
    finished, held_s = len(run.renderer.finished), run.desk.moment(7.0).media_s
    run.until(30.0)
    assert run.encoding.closed == ["left", "presenter"]
    assert len(run.renderer.finished) == finished
    steps = run.pictures.steps, run.sound.steps
    run.until(60.0)
    assert (run.pictures.steps, run.sound.steps) == steps, "nothing is done at all"

    now_s = run.clock.now_s()
    run.desk.follow(Wanted(run.streams[:1], 1), now_s)
    sound = len(run.of("audio"))
    run.until(now_s + 1.0)
    anew = [packet for packet in run.view("presenter") if packet.stream_s > now_s - 0.04]
    assert anew[0].key
    assert len(anew) >= 29
    assert run.renderer.finished[finished][0] == pytest.approx(held_s, abs=0.05), "time held meanwhile"
    stamps = [packet.pts for packet, _ in run.of("audio")[sound:]]
    assert {after - before for before, after in pairwise(stamps)} == {960}
    assert stamps[0] / 48_000 == pytest.approx(now_s, abs=0.04)


@pytest.mark.parametrize("speed", [0.5, 1.0, 1.7])
def test_sound_follows_the_timeline_and_says_how_closely(speed: float) -> None:
    run = Run(0.01)
    run.until(0.5)
    run.desk.follow(SetSpeed(speed), run.clock.now_s())
    drifts_ms = []
    while run.clock.now_s() < 4.0:
        run.until(run.clock.now_s() + 0.1)
        drifts_ms.append(run.sound.drift_ms)
    assert max(map(abs, drifts_ms)) < 0.1


def test_time_holds_before_what_is_missing_and_goes_on_where_it_stood() -> None:
    run = Run(0.01, arrives=True)
    run.until(AT_ONCE_S + THEN_AFTER_S / 2)
    held = run.desk.moment(run.clock.now_s())
    assert held.waiting
    assert held.playing
    assert not held.moving
    run.until(AT_ONCE_S + THEN_AFTER_S + 3.0)
    assert not run.desk.moment(run.clock.now_s()).waiting
    shown = {pts / 90_000: time_code_s(luma) for pts, luma in decode_video([p for p, _ in run.of("video")])}
    still = [stream_s for stream_s, media_s in shown.items() if abs(media_s - held.media_s) < 0.002]
    assert AT_ONCE_S - 0.2 < held.media_s <= AT_ONCE_S, "what is here is played nearly to its end"
    assert still[0] == pytest.approx(held.media_s, abs=0.04)
    after = {stream_s: media_s for stream_s, media_s in shown.items() if stream_s > still[-1]}
    goes_on_s = min(after) - 1 / 30
    assert goes_on_s == pytest.approx(AT_ONCE_S + THEN_AFTER_S, abs=0.1)
    for stream_s, media_s in after.items():
        assert media_s - held.media_s == pytest.approx(stream_s - goes_on_s, abs=0.04), "nothing is skipped"
    level = loudness_of(run)
    quiet = [place / 100 for place, loud in enumerate(level) if loud < 0.001]
    assert quiet[0] == pytest.approx(still[0], abs=0.06), "silent while the picture stands"
    assert quiet[-1] == pytest.approx(goes_on_s, abs=0.06)
    assert len(quiet) == pytest.approx(100 * (quiet[-1] - quiet[0]), abs=3)


def test_who_seeks_to_what_is_missing_waits_there() -> None:
    run = Run(0.01, arrives=True)
    run.until(0.5)
    run.desk.follow(Seek(30.0), run.clock.now_s())
    run.until(3.0)
    moment = run.desk.moment(run.clock.now_s())
    assert moment.waiting
    assert moment.media_s == pytest.approx(30.0)
    run.desk.follow(Pause(), run.clock.now_s())
    run.until(8.0)
    moment = run.desk.moment(run.clock.now_s())
    assert (moment.waiting, moment.playing) == (False, False)
    assert moment.media_s == pytest.approx(30.0)
    run.desk.follow(Play(), run.clock.now_s())
    run.until(9.0)
    assert run.desk.moment(run.clock.now_s()).media_s == pytest.approx(31.0, abs=0.1)


def test_a_process_that_is_lost_while_it_waits_leaves_the_place_where_it_stood() -> None:
    run = Run(0.01, arrives=True)
    run.until(4.0)
    moment = run.desk.moment(4.0)
    assert moment.waiting
    state = run.desk.state(4.0)
    assert state.resumes
    for noticed_s in (4.0, 4.8):
        assert state.timeline.media_time_s(noticed_s) == pytest.approx(moment.media_s)
