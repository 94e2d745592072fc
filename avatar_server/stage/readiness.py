"""Everything that takes long to get ready, kept from when a spare prepares it until it plays."""

from __future__ import annotations

import os
import threading

from avatar_server.errors import AvatarServerError
from avatar_server.render.contract import Renderer, draw
from avatar_server.stage.programme import (
    OpenedProgramme,
    StageOrder,
    is_test_card,
    open_programme,
    open_renderer_for,
)

PREPARING_NICENESS = 10
"""A spare is made ready beside stages that play."""


class Readiness:
    """What was prepared for an order serves another one as far as it is the same."""

    def __init__(self) -> None:
        self._programme: tuple[StageOrder, OpenedProgramme] | None = None
        self._renderer: tuple[StageOrder, Renderer] | None = None

    def prepare(self, order: StageOrder) -> None:
        """Open the programme and the renderer of `order`, and draw, so that shaders are compiled.

        The programme is read in a thread of low priority; what OpenGL does belongs to the calling
        thread, whose priority nobody but root could raise again. An order that cannot be played is
        none of the spare's business: whoever orders it for good is told.
        """
        reader = threading.Thread(target=self._read, args=(order,), name="reader")
        reader.start()
        reader.join()
        if self._programme is not None:
            programme = self._programme[1].programme
            camera = programme.orbit(self._programme[1].cameras[0], order.width / order.height).camera()
            draw(self.renderer(order), programme.snapshot_at(0.0, camera))

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

    def _read(self, order: StageOrder) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), PREPARING_NICENESS)
        try:
            self.programme(order)
        except AvatarServerError:
            self._programme = None


def _draws_alike(one: StageOrder, other: StageOrder) -> bool:
    def needs(order: StageOrder) -> tuple[int, int, bool]:
        return order.width, order.height, is_test_card(order.interaction)

    return needs(one) == needs(other)
