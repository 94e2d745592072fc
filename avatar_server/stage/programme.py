"""What a stage plays: the contract that a performance keeps, and the opening of one from an order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from avatar_server.assembly import DEMO, LOCAL
from avatar_server.control.events import InteractionShown, PersonShown
from avatar_server.dataset.reading_choices import NOTHING_SAID, ReadingWords
from avatar_server.dataset.recording_id import may_be_listed
from avatar_server.dataset.repairs import FaceShown
from avatar_server.face.choice import USUAL_FACES, FaceChoice
from avatar_server.scene.look import AS_USUAL, LookWords
from avatar_server.timing.buffering import Buffered
from avatar_server.timing.clock import MonotonicClock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from avatar_server.body.model import ShapedBody
    from avatar_server.render.contract import Renderer
    from avatar_server.scene.cameras import Orbit
    from avatar_server.scene.snapshot import Camera, Snapshot

TEST_CARD = "test-card"
"""Name of the programme that needs no recording, no body and no OpenGL. Instruments that measure the lip sync
are themselves measured with `test-card-late-40` and `test-card-early-40`: the sound is put 40 ms off. Of
`test-card-arriving` only the beginning is here at first, as of a recording that is still being fetched.
"""

_CARD_NAME = re.compile(rf"{TEST_CARD}(-(?P<way>early|late)-(?P<ms>[0-9]{{1,3}})|-(?P<arriving>arriving))?")


@dataclass(frozen=True, slots=True)
class StageOrder:
    """What to open, in values that travel to another process; empty paths mean the defaults.

    source, cache_bytes, filelist_url: where what is not under `data_dir` comes from, see `Settings`.
    reading: what is known of motion files better than by them.
    """

    interaction: str
    data_dir: str
    body: str
    width: int
    height: int
    rate_hz: int
    source: str = LOCAL
    cache_bytes: int | None = None
    filelist_url: str = ""
    look: LookWords = AS_USUAL
    reading: ReadingWords = NOTHING_SAID
    face: FaceChoice = USUAL_FACES


class Programme(Protocol):
    """What is seen and heard at each moment of the media time, in one staging."""

    @property
    def duration_s(self) -> float:
        """Length of the interaction."""

    @property
    def staging(self) -> str:
        """How the people stand."""

    @property
    def preset_name(self) -> str:
        """How the recordings are understood."""

    @property
    def faces(self) -> tuple[FaceShown, ...]:
        """Where everybody's face comes from as it is shown, the viewer's left one first."""

    @property
    def studio(self) -> str:
        """The studio that was chosen; empty if the preset's is seen."""

    @property
    def studio_name(self) -> str:
        """The studio that is seen."""

    def snapshot_at(self, time_s: float, camera: Camera) -> Snapshot:
        """What is seen; the snapshot's camera is that of `camera_at`."""

    def camera_at(self, time_s: float, camera: Camera) -> Camera:
        """Where a camera is at that moment, which may travel with people who walk."""

    def orbit(self, name: str, aspect: float) -> Orbit:
        """The named camera as an orbit, for this staging and a picture of this aspect."""

    def shot_at(self, time_s: float) -> str:
        """The camera that the automatic director has chosen."""

    def sound_block(self, start_sample: int, count: int) -> NDArray[np.float32]:
        """What is heard: (count, 2) at 48 kHz, zeros outside the interaction."""

    def voices_block(self, start_sample: int, count: int) -> NDArray[np.float32]:
        """What each says, levelled: (count, people) at 48 kHz, zeros outside the interaction."""

    def pans(self) -> NDArray[np.float32]:
        """(people, 2): factors by which `audio.mixing.blend` makes `sound_block` of `voices_block`."""

    def with_staging(self, name: str) -> Self:
        """The same interaction in another staging."""

    def with_studio(self, name: str) -> Self:
        """The same interaction in another studio; as the preset wants if empty."""

    def speaking_at(self, time_s: float) -> tuple[bool, ...]:
        """Who speaks then, the viewer's left one first."""

    def with_preset(self, name: str) -> Self:
        """The same interaction in another preset, in the staging that goes with it.

        Takes a while. Raises the errors of reading.
        """

    def buffered(self) -> Buffered:
        """What can be shown and heard; asked for every picture until it is whole."""

    def look_ahead(self, media_s: float) -> None:
        """Where the playhead is: what comes after it is needed first."""


@dataclass(frozen=True, slots=True)
class OpenedProgramme:
    """A programme with what people are told about it; `open_renderer` is called by the drawing thread."""

    programme: Programme
    shown: InteractionShown
    cameras: tuple[str, ...]
    stagings: tuple[str, ...]
    presets: tuple[str, ...]
    studios: tuple[str, ...] = ()


def is_test_card(interaction: str) -> bool:
    """Whether the name is one of the test card's."""
    return _CARD_NAME.fullmatch(interaction) is not None


def public_name(interaction: str) -> str:
    """An interaction's name as all may know it; empty for files of this machine: their names say where."""
    is_public = interaction == DEMO or is_test_card(interaction) or may_be_listed(interaction)
    return interaction if is_public else ""


def _sound_late_ms(interaction: str) -> int:
    found = _CARD_NAME.fullmatch(interaction)
    return int(found["ms"] or 0) * (-1 if found["way"] == "early" else 1) if found else 0


def _is_arriving(interaction: str) -> bool:
    found = _CARD_NAME.fullmatch(interaction)
    return found is not None and found["arriving"] is not None


def open_programme(order: StageOrder) -> OpenedProgramme:
    """Read and prepare what was ordered; raises the errors of reading."""
    if is_test_card(order.interaction):
        from avatar_server.stage.test_card import SlowArrival, TestCard

        card = TestCard(
            sound_late_ms=_sound_late_ms(order.interaction),
            arrives=SlowArrival(MonotonicClock()) if _is_arriving(order.interaction) else None,
        )
        return OpenedProgramme(card, card.shown(), card.cameras, card.stagings, card.presets)
    return _open_performance(order)


def is_never_fetched(order: StageOrder) -> bool:
    """Whether what is ordered comes from this machine in any case."""
    return order.source == LOCAL or order.interaction == DEMO or is_test_card(order.interaction)


def is_at_hand(order: StageOrder) -> bool:
    """Whether `open_programme` asks nobody else for anything."""
    if is_never_fetched(order):
        return True
    from avatar_server import assembly

    return assembly.is_at_hand(order.interaction, Path(order.data_dir), order.source)


def prepare_to_fetch(order: StageOrder) -> None:
    """Get ready to open something like `order` that is not at hand; asks nobody. Raises as opening does."""
    from avatar_server import assembly

    assembly.prepare_to_fetch(Path(order.data_dir), order.source)
    _open_bodies(order)


def stand_ins(order: StageOrder, time_s: float) -> Snapshot:
    """Two people as `order` wants them to look, turning on the spot: to try a renderer with."""
    from avatar_server.stage.stand_ins import two_people

    return two_people(_open_bodies(order), order.look.read(mannequin=not order.body), time_s)


def _open_bodies(order: StageOrder) -> tuple[ShapedBody, ShapedBody]:
    from avatar_server.wardrobe import shaped_bodies

    look = order.look.read(mannequin=not order.body)
    return shaped_bodies(Path(order.body) if order.body else None, look.builds)


def open_renderer_for(order: StageOrder) -> Renderer:
    """The renderer that draws what was ordered; belongs to the calling thread."""
    from avatar_server.render.contract import PictureSize

    size = PictureSize(order.width, order.height)
    if is_test_card(order.interaction):
        from avatar_server.stage.test_card import TestCardRenderer

        return TestCardRenderer(size)
    from avatar_server.assembly import open_renderer

    return open_renderer("opengl", size, live=True)


def _open_performance(order: StageOrder) -> OpenedProgramme:
    from avatar_server.assembly import open_playable
    from avatar_server.motion.presets import NATURAL, PRESETS
    from avatar_server.scene.cameras import CAMERAS
    from avatar_server.scene.director import AUTO
    from avatar_server.scene.studios import OPAQUE_STUDIOS

    performance = open_playable(
        order.interaction,
        Path(order.data_dir),
        source=order.source,
        cache_bytes=order.cache_bytes,
        filelist_url=order.filelist_url,
        body=Path(order.body) if order.body else None,
        preset=NATURAL,
        staging=None,
        look=order.look.read(mannequin=not order.body),
        reading=order.reading,
        face=order.face,
    )
    interaction = performance.interaction
    shown = InteractionShown(
        key=str(interaction.key),
        label=interaction.label,
        split=interaction.split,
        duration_s=performance.duration_s,
        people=tuple(
            PersonShown(person.id, person.name, person.side, face)
            for person, face in zip(performance.people, performance.faces, strict=True)
        ),
        notices=performance.notices,
    )
    cameras = (*CAMERAS, AUTO)
    return OpenedProgramme(performance, shown, cameras, performance.stagings, tuple(PRESETS), OPAQUE_STUDIOS)
