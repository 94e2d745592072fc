"""A take: one or two people in motion files that are not named as the Seamless Interaction data set does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from avatar_server.dataset.reading_choices import ReadingChoices
from avatar_server.dataset.scenario import Scenario


@dataclass(frozen=True, slots=True)
class TakePerson:
    """Where the motion and the voice of one person are.

    id: tells the two apart in reports. name: short, for people. motion: the file. part: the name this person
    has in a file that holds both; empty for a file of one's own. json: in the Seamless schema. face: a file
    of the face, where it is not called as the motion.
    """

    id: str
    name: str
    motion: Path
    part: str = ""
    wav: Path | None = None
    json: Path | None = None
    face: Path | None = None


@dataclass(frozen=True, slots=True)
class Take:
    """One or two people whose files were named; [0] stands at the viewer's left. It has no label and split.

    key: for titles and file names, made of the names of the files. one_place: the files themselves belong
    together (one file, or one folder), and need not look so. scenario: what they play, where that is known.
    """

    key: str
    recordings: tuple[TakePerson, ...]
    choices: ReadingChoices
    one_place: bool = False
    notices: tuple[str, ...] = ()
    label: str = ""
    split: str = ""
    scenario: Scenario | None = None

    def __post_init__(self) -> None:
        if len(self.recordings) not in (1, 2):
            raise ValueError(f"a take has one or two people, not {len(self.recordings)}")
