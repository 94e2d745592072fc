"""How much of an interaction is here while it is still being fetched."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Buffered:
    """spans: stretches of media time, (start_s, end_s) in order, for which all sound and motion is here.

    whole: nothing more will come. trouble: why nothing comes just now, a sentence for people, or empty.
    """

    spans: tuple[tuple[float, float], ...]
    whole: bool
    trouble: str = ""

    def end_of_run_s(self, media_s: float) -> float:
        """Up to when all is here from `media_s` on; `media_s` itself if it is not."""
        return next((end_s for start_s, end_s in self.spans if start_s <= media_s < end_s), media_s)
