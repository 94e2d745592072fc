"""What the player found and changed in a recorded face so that it can be shown, in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class FaceRepairs:
    """What was done to one recorded face.

    source: what it was recorded as, a few words without file names; rate: frames a second, as text.
    order: of the columns of an array that does not name them, `apple` or `alphabetical`, empty for all
    others; order_why: how that was decided. bridged_frames: short gaps, filled from the frames around them.
    replaced_frames: long gaps, in which the face is not the recorded one. still: weights that are stuck
    and rest instead. mirrored: those of them that follow the other side instead. lids: whether they
    blink as recorded, or as somebody else does because they never close. gaze: likewise, `uncalibrated` where
    neither its size nor its signs are known.
    """

    source: str
    rate: str
    frame_count: int
    order: str = ""
    order_why: str = ""
    bridged_frames: int = 0
    replaced_frames: int = 0
    still: tuple[str, ...] = ()
    mirrored: tuple[str, ...] = ()
    lids: Literal["recorded", "made up"] = "recorded"
    gaze: Literal["recorded", "uncalibrated", "made up"] = "recorded"

    @property
    def bridged_share(self) -> float:
        """Of all frames, those that were not recorded."""
        return (self.bridged_frames + self.replaced_frames) / self.frame_count

    def summary(self) -> str:
        """For people: what face there is, and how it was understood."""
        order = f", columns in {self.order} order ({self.order_why})" if self.order else ""
        return (
            f"{self.source}, {self.frame_count} frames at {self.rate} Hz{order}; {self.bridged_share:.1%} of "
            f"the frames bridged; lids {self.lids}, gaze {self.gaze}"
        )

    def sentences(self) -> tuple[str, ...]:
        """For people; empty if the face is shown as it was recorded."""
        said = [f"face columns taken in {self.order} order: {self.order_why}"] if self.order else []
        frames = {
            "face bridged": self.bridged_frames,
            "face not recorded and made up": self.replaced_frames,
        }
        said += [f"{what} in {count} frames" for what, count in frames.items() if count]
        if self.still:
            said.append(f"face rests in {_names(self.still)}, which never move")
        if self.mirrored:
            said.append(f"face takes {_names(self.mirrored)} from the other side")
        if self.gaze == "uncalibrated":
            said.append("gaze without calibration shown small")
        missing = [what for what, how in (("blinks", self.lids), ("gaze", self.gaze)) if how == "made up"]
        return (*said, f"{' and '.join(missing)} made up") if missing else tuple(said)


def _names(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_MOST_NAMED])
    return shown if len(names) <= _MOST_NAMED else f"{shown} and {len(names) - _MOST_NAMED} more"
