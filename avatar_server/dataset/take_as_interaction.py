"""The report on a take in the shape that reports on interactions of the catalogue have."""

from __future__ import annotations

from avatar_server.dataset.doctor_report import InteractionReport, ParticipantReport, SpeechReport, Verdict
from avatar_server.dataset.take_report import TakePersonReport, TakeReport

_NO_WORDS = SpeechReport(
    words=0,
    speech_s=0.0,
    speech_share=0.0,
    annotations=0,
    untimed_words=0,
    transcript_s=0.0,
    transcript_share=0.0,
    transcribed_share=None,
)


def as_interaction_report(report: TakeReport) -> InteractionReport:
    """What the catalogue's readers can show of it; what was decided for both becomes notices."""
    decided = (f"{decision.what}: {decision.value} ({decision.why})" for decision in report.decisions)
    return InteractionReport(
        key=report.key,
        format=report.format,
        decisions=report.decisions,
        label="",
        split="",
        duration_s=report.duration_s,
        participants=tuple(_participant(person) for person in report.participants),
        notices=(*report.notices, *decided),
        verdict=report.verdict,
    )


def _participant(person: TakePersonReport) -> ParticipantReport:
    reasons = [person.problem] if person.problem else list(person.notices)
    if person.sound.state != "heard" and not person.problem:
        reasons.append(f"the sound is {person.sound.state}")
    verdict: Verdict = "broken" if person.problem else "usable" if reasons else "good"
    return ParticipantReport(
        id=person.id,
        motion=None,
        sound=person.sound,
        speech=_NO_WORDS,
        problem=person.problem,
        notices=person.notices,
        verdict=verdict,
        reasons=tuple(reasons),
        video=None,
        anamorphic=None,
        anamorphic_by="",
        arrays=(),
        repairs=None,
    )
