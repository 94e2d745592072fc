"""Everything that takes long to get ready, kept from when a spare prepares it until it plays."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress

from avatar_server.assembly import LOCAL
from avatar_server.errors import AvatarServerError
from avatar_server.render.contract import Renderer, draw
from avatar_server.scene.snapshot import Snapshot
from avatar_server.stage.programme import (
    OpenedProgramme,
    StageOrder,
    is_at_hand,
    is_test_card,
    open_programme,
    open_renderer_for,
    prepare_to_fetch,
    stand_ins,
)
from avatar_server.stage.trial import try_pictures
from avatar_server.stage.wire import PictureCost

PREPARING_NICENESS = 10
"""A spare is made ready beside stages that play."""


class Readiness:
    """What was prepared for an order serves another one as far as it is the same."""

    def __init__(self) -> None:
        self._programme: tuple[StageOrder, OpenedProgramme] | None = None
        self._renderer: tuple[StageOrder, Renderer] | None = None
        self._cost: tuple[StageOrder, PictureCost] | None = None
        self._has_body = False

    def prepare(self, order: StageOrder) -> None:
        """Open the programme and the renderer of `order`, and draw, so that shaders are compiled.

        What is not at hand is not fetched for somebody who may never come; what fetching needs is made ready
        instead, and others stand in for who would be drawn. The programme is read in a thread of low
        priority; what OpenGL does belongs to the calling thread, whose priority nobody but root could raise
        again. An order that cannot be played is none of the spare's business: whoever orders it for good is
        told.
        """
        reader = threading.Thread(target=self._read, args=(order,), name="reader")
        reader.start()
        reader.join()
        if (snapshot_after := self._to_draw(order)) is not None:
            renderer = self.renderer(order)
            draw(renderer, snapshot_after(0.0))
            self._cost = order, try_pictures(renderer, snapshot_after, order.rate_hz)

    def programme(self, order: StageOrder) -> OpenedProgramme:
        """What `order` plays; raises the errors of reading."""
        if self._programme is None or self._programme[0] != order:
            self._programme = order, open_programme(order)
        return self._programme[1]

    def renderer(self, order: StageOrder) -> Renderer:
        """The renderer for `order`, for the calling thread; raises `MachineError` where it cannot draw."""
        if self._renderer is None or not _draws_alike(self._renderer[0], order):
            self._renderer = order, open_renderer_for(order)
        return self._renderer[1]

    def cost(
        self, order: StageOrder, renderer: Renderer, snapshot_after: Callable[[float], Snapshot]
    ) -> PictureCost:
        """What a picture of `order` costs, as it was found while preparing, or is now. See `try_pictures`."""
        if self._cost is None or not _draws_alike(self._cost[0], order):
            self._cost = order, try_pictures(renderer, snapshot_after, order.rate_hz)
        return self._cost[1]

    def _read(self, order: StageOrder) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), PREPARING_NICENESS)
        with suppress(AvatarServerError):
            if is_at_hand(order):
                self.programme(order)
        with suppress(AvatarServerError):
            if order.source != LOCAL and not is_test_card(order.interaction):
                prepare_to_fetch(order)
                self._has_body = True

    def _to_draw(self, order: StageOrder) -> Callable[[float], Snapshot] | None:
        """What is seen so many seconds on; None if nothing could be read."""
        if self._programme is not None:
            opened = self._programme[1]
            programme = opened.programme
            camera = programme.orbit(opened.cameras[0], order.width / order.height).camera()
            return lambda after_s: programme.snapshot_at(after_s, camera)
        return (lambda after_s: stand_ins(order, after_s)) if self._has_body else None


def _draws_alike(one: StageOrder, other: StageOrder) -> bool:
    def needs(order: StageOrder) -> tuple[int, int, bool]:
        return order.width, order.height, is_test_card(order.interaction)

    return needs(one) == needs(other)
