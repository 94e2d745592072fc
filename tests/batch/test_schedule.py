"""Who does what next: by tasks and answers alone, with neither processes nor files."""

from __future__ import annotations

from avatar_server.batch.entry import Entry
from avatar_server.batch.schedule import MOST_TRIES, Ended, Schedule
from avatar_server.batch.tasks import Finished, Join, Prepare, Prepared, Task, TaskFailed, Write, Wrote
from avatar_server.segments.plan import Segment

A, B, C = Entry("a", "demo"), Entry("b", "demo"), Entry("c", "demo")
DONE = Finished(1, 1.0, 1, False)
BROKEN = TaskFailed("broken", "", False, 2)


def prepared(count: int, here: int = 0) -> Prepared:
    return Prepared(
        segments=tuple(Segment(index, index * 10, 10) for index in range(count)),
        here=frozenset(range(here)),
        picture_count=count * 10,
        duration_s=1.0,
        fingerprint="f",
        subject="s",
        inputs=(),
        doctor={},
        notices=(),
    )


def begun(*entries: Entry, held: frozenset[str] = frozenset()) -> Schedule:
    return Schedule(entries, 10.0, lambda entry: entry.name not in held)


def write(task: Task | None) -> tuple[str, int]:
    assert isinstance(task, Write)
    return task.entry.name, task.segment.index


def test_a_film_is_prepared_written_and_joined_once() -> None:
    schedule = begun(A)
    assert schedule.next(0) == Prepare(A, 10.0)
    assert schedule.next(1) is None
    schedule.answered(0, prepared(3, here=1))
    assert write(schedule.next(0)) == ("a", 1)
    assert write(schedule.next(1)) == ("a", 2)
    schedule.answered(1, Wrote(1, 1.0, False))
    assert schedule.next(1) is None, "nothing is joined while a segment is missing"
    schedule.answered(0, Wrote(1, 1.0, False))
    assert isinstance(schedule.next(1), Join)
    assert not schedule.is_done
    assert schedule.answered(1, DONE) == Ended(A, DONE)
    assert schedule.is_done


def test_a_film_whose_segments_are_all_there_is_joined_at_once() -> None:
    schedule = begun(A)
    schedule.next(0)
    schedule.answered(0, prepared(2, here=2))
    assert isinstance(schedule.next(0), Join)


def test_workers_stay_with_their_film_begin_others_and_help_at_the_end() -> None:
    schedule = begun(A, B)
    schedule.next(0)
    schedule.next(1)
    schedule.answered(0, prepared(4))
    schedule.answered(1, prepared(1))
    assert write(schedule.next(1)) == ("b", 0)
    assert write(schedule.next(0)) == ("a", 0)
    schedule.answered(1, Wrote(1, 1.0, False))
    assert isinstance(schedule.next(1), Join)
    schedule.answered(1, DONE)
    assert write(schedule.next(1)) == ("a", 1), "no film is left to begin"


def test_what_a_lost_worker_did_is_done_by_another_before_anything_is_begun() -> None:
    schedule = begun(A, B)
    schedule.next(0)
    schedule.answered(0, prepared(2))
    assert write(schedule.next(0)) == ("a", 0)
    assert schedule.lost(0, "killed") is None
    assert write(schedule.next(7)) == ("a", 0)


def test_a_task_that_no_worker_survives_fails_its_film_and_no_other() -> None:
    schedule = begun(A, B)
    for worker in range(MOST_TRIES):
        assert isinstance(schedule.next(worker), Prepare)
        ended = schedule.lost(worker, "killed by signal 9")
    assert ended is not None
    assert ended.entry == A
    assert isinstance(ended.outcome, TaskFailed)
    assert ended.outcome.reason == "its workers ended 3 times, at last: killed by signal 9"
    assert schedule.next(9) == Prepare(B, 10.0)


def test_a_film_that_fails_ends_when_nobody_works_on_it_any_more() -> None:
    schedule = begun(A)
    schedule.next(0)
    schedule.answered(0, prepared(3))
    schedule.next(0)
    schedule.next(1)
    assert schedule.answered(0, BROKEN) is None
    assert schedule.next(0) is None
    assert schedule.answered(1, Wrote(1, 1.0, False)) == Ended(A, BROKEN)
    assert schedule.is_done


def test_what_another_run_works_on_comes_last() -> None:
    held = {"a"}
    schedule = Schedule((A, B), 10.0, lambda entry: entry.name not in held)
    assert schedule.next(0) == Prepare(B, 10.0)
    schedule.answered(0, DONE)
    assert schedule.waits_for_others
    schedule.look_elsewhere()
    assert schedule.next(0) is None
    assert schedule.waits_for_others
    held.clear()
    schedule.look_elsewhere()
    assert schedule.next(0) == Prepare(A, 10.0)
