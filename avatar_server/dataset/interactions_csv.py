"""`interactions.csv`: what the participants were asked to talk about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from avatar_server.dataset.csv_rows import at_line, csv_records, shown
from avatar_server.errors import InputError

_REQUIRED = ("prompt_hash", "participant_a_prompt_text", "participant_b_prompt_text", "interaction_type")
_OPTIONAL = ("prompt_id_unique", "ipc_a", "ipc_b")
_NUMBER = re.compile(r"I?(\d{1,8})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt; many sessions used the same. The data set does not say which participant was a, which b.

    ipc_a, ipc_b: codes of the interpersonal circumplex, such as ANCP. emotion: what it is to be played
    with, where a data set says so. White space in texts is made one space.
    """

    number: int
    unique_id: str
    text_a: str
    text_b: str
    ipc_a: str
    ipc_b: str
    interaction_type: str
    emotion: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """All that can be searched."""
        return self.text_a, self.text_b, self.interaction_type, self.emotion


def read_prompts(path: Path) -> Mapping[int, Prompt]:
    """All prompts by the number that interaction keys end in (leading zeros may be lacking in the file).

    Raises InputError, naming the line, for a `prompt_hash` that is none and for rows that contradict each
    other.
    """
    prompts: dict[int, Prompt] = {}
    for line, fields in csv_records(path, required=_REQUIRED, optional=_OPTIONAL):
        found = _NUMBER.fullmatch(fields["prompt_hash"].strip())
        if found is None:
            raise InputError(
                expected="up to eight digits as prompt_hash",
                came=shown(fields["prompt_hash"]),
                where=at_line(path, line),
            )
        prompt = Prompt(
            number=int(found[1]),
            unique_id=one_line(fields.get("prompt_id_unique", "")),
            text_a=one_line(fields["participant_a_prompt_text"]),
            text_b=one_line(fields["participant_b_prompt_text"]),
            ipc_a=one_line(fields.get("ipc_a", "")),
            ipc_b=one_line(fields.get("ipc_b", "")),
            interaction_type=one_line(fields["interaction_type"]),
        )
        if prompts.setdefault(prompt.number, prompt) != prompt:
            raise InputError(
                expected=f"one prompt I{prompt.number:08d}",
                came="a second, different one",
                where=at_line(path, line),
            )
    return prompts


def one_line(text: str) -> str:
    """The text with all white space made single spaces, as it is shown and searched."""
    return " ".join(text.split())
