"""The report on a take as lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from avatar_server.dataset.decision import Decision
from avatar_server.dataset.doctor_text import sound_text, timed, wrapped
from avatar_server.dataset.scenario import Scenario
from avatar_server.dataset.take_report import TakeMotionReport, TakePersonReport, TakeReport

_NAME_WIDTH = 12


def take_text(report: TakeReport) -> str:
    """All of it, without an end of line at the end."""
    count = len(report.participants)
    people = f"{count} {'person' if count == 1 else 'people'}"
    lines = [f"{report.key} ({report.format}): {report.duration_s:.2f} s, {people}, {report.verdict}"]
    lines += [line for name, text in _played(report.scenario) for line in _wrapped(name, text)]
    lines += [line for decision in report.decisions for line in _decision_lines(decision)]
    lines += [line for notice in report.notices for line in _wrapped("note", notice)]
    for person in report.participants:
        lines += ["", f"{person.name}: {person.file}", *_person_lines(person)]
    return "\n".join(lines)


def _played(scenario: Scenario | None) -> Iterator[tuple[str, str]]:
    """What is known of it, in the words of the file."""
    if scenario is None:
        return
    told = (
        ("people", scenario.relationship),
        ("emotion", scenario.emotion),
        ("who", scenario.setup),
        ("scenario", scenario.text),
    )
    for name, text in told:
        if text:
            yield name, "".join(character for character in text if character.isprintable())


def _decision_lines(decision: Decision) -> list[str]:
    return _wrapped(decision.what, f"{decision.value}: {decision.why}")


def _person_lines(person: TakePersonReport) -> Iterator[str]:
    if person.problem:
        yield from _wrapped("broken", f"cannot be played: {person.problem}")
    if person.motion is not None:
        yield from _timed("motion", person.motion.duration_s, _motion(person.motion))
    yield from _timed("sound", person.sound.duration_s, sound_text(person.sound))
    if person.face is not None or not person.problem:
        made = "none that can be shown: made from the voice"
        yield from _wrapped("face", person.face.summary() if person.face else made)
    for decision in person.decisions:
        yield from _decision_lines(decision)
    for notice in person.notices:
        yield from _wrapped("note", notice)


def _motion(motion: TakeMotionReport) -> str:
    where = f"{motion.path_m:.1f} m through a world" if motion.has_world else "in no world"
    return f"{motion.format}: {motion.frame_count} frames at {motion.rate} Hz ({motion.rate_found}), {where}"


def _wrapped(name: str, text: str) -> list[str]:
    return wrapped(name, text, name_width=_NAME_WIDTH)


def _timed(name: str, seconds: float, text: str) -> list[str]:
    return timed(name, seconds, text, _NAME_WIDTH)
