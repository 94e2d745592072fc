"""How loud everybody hears each person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from avatar_server.control.commands import SetVoice
from avatar_server.control.events import VoiceHeard


@dataclass(frozen=True, slots=True)
class Voices:
    """Of the people on stage, in their order: who is alone is the left one."""

    heard: tuple[VoiceHeard, ...]

    @classmethod
    def of(cls, people: int) -> Self:
        """Everybody as the recordings are levelled."""
        return cls((VoiceHeard("left"), VoiceHeard("right"))[:people])

    def changed(self, command: SetVoice) -> Self:
        """The voices after a command; one for a side where nobody stands changes nothing."""
        return replace(
            self,
            heard=tuple(
                VoiceHeard(command.side, command.gain, command.muted) if voice.side == command.side else voice
                for voice in self.heard
            ),
        )

    def gains(self, pans: NDArray[np.float32]) -> NDArray[np.float32]:
        """(people, 2) factors, left and right, from those of the programme."""
        factors = [0.0 if voice.muted else voice.gain for voice in self.heard]
        return (pans * np.array(factors, dtype=np.float32)[:, np.newaxis]).astype(np.float32)
