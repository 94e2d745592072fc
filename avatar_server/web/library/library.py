"""What the server asks about its recordings: answered elsewhere, while picture and sound go on."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from avatar_server.dataset.stores.contract import RecordingPlace
from avatar_server.web.library.answer import Answer, sealed
from avatar_server.web.library.arriving_videos import ArrivingVideos
from avatar_server.web.library.examining import Examining
from avatar_server.web.library.list_fetch import ListFetch
from avatar_server.web.library.questions import Question, QuestionName, RefusalError
from avatar_server.web.library.reading_process import ReadingProcess
from avatar_server.web.library.supply import LOCAL, Supply
from avatar_server.web.library.video_order import place_of_json
from avatar_server.web.library.without_paths import without_paths

REPORTS_KEPT = 500
"""About 8 kB each."""

QUICK_LIMIT_S, SLOW_LIMIT_S = 60.0, 600.0
"""For one answer. A report takes a few seconds for minutes of conversation; recordings of hours exist."""

QUICK_NICENESS, SLOW_NICENESS = 5, 15
"""Behind the stages; and reports behind everything that somebody waits for."""

IDLE_S = 120.0
"""A process that nobody asks for so long gives its memory back."""

_NO_REPORT = b"null}"


class Library:
    """The recordings of one data folder and its source. A context: leaving it ends the processes."""

    def __init__(self, supply: Supply, *, is_needed: Callable[[], bool] | None = None) -> None:
        """is_needed: whether somebody needs the machine; while nobody does, the doctor sees what is here.

        None: he only sees what somebody asks about.
        """
        data_dir = supply.data_dir
        self._supply = supply
        self.arriving = ArrivingVideos(supply)
        self._list = ListFetch(supply)
        self.quick = ReadingProcess(data_dir, niceness=QUICK_NICENESS, limit_s=QUICK_LIMIT_S, idle_s=IDLE_S)
        self.slow = ReadingProcess(data_dir, niceness=SLOW_NICENESS, limit_s=SLOW_LIMIT_S, idle_s=IDLE_S)
        self._examining = None if is_needed is None else Examining(data_dir, is_needed)
        self._reports: OrderedDict[str, Answer] = OrderedDict()
        self._reporting: dict[str, asyncio.Task[Answer]] = {}

    async def __aenter__(self) -> Self:
        if self._examining is not None:
            self._examining.begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the processes; closing twice is fine."""
        await asyncio.gather(self.quick.close(), self.slow.close(), self.arriving.close(), self._list.close())
        if self._examining is not None:
            await self._examining.close()
        await asyncio.gather(*self._reporting.values(), return_exceptions=True)

    def without_paths(self, sentence: str) -> str:
        """A sentence about recordings that may leave the machine."""
        return without_paths(sentence, [self._supply.data_dir])

    async def answer(self, question: QuestionName, /, *, may_gzip: bool, **arguments: Any) -> Answer:
        """What the desk's function of this name says. Raises `RefusalError`, as all methods here do."""
        return await self._ask(Question(question, arguments, may_gzip))

    async def interaction(self, name: str, *, with_report: bool, may_gzip: bool) -> Answer:
        """One interaction, with the doctor's report if that is wanted and anything of it is here."""
        told = await self._ask(Question("interaction", {"name": name}))
        document = told.body
        if with_report and told.stamp:
            before = self._reports.get(name)
            report = await self._report(name, told.stamp)
            if report is not before:
                # Made just now: the verdict on it is known since then.
                document = (await self._ask(Question("interaction", {"name": name}))).body
            # The report is the last field, and is null before it is made.
            document = document.removesuffix(_NO_REPORT) + report.body + b"}"
        return sealed(document, may_gzip=may_gzip)

    async def video(self, name: str, participant: str) -> Path | RecordingPlace | None:
        """The video of a participant (`P1275A`), or where a store may have it; None if none can."""
        told = await self._ask(Question("video", {"name": name, "participant": participant}))
        found = json.loads(told.body)
        if found["path"] is not None:
            return Path(found["path"])
        if found["place"] is None or self._supply.source == LOCAL:
            return None
        return place_of_json(found["place"])

    async def _ask(self, question: Question) -> Answer:
        """The answer; where none can be given without the list of recordings, that is fetched first."""
        try:
            return await self.quick.ask(question)
        except RefusalError as refusal:
            if not (refusal.lacks_list and await self._list.came()):
                raise
        return await self.quick.ask(question)

    async def _report(self, name: str, stamp: str) -> Answer:
        """Kept until the files change; who asks for the same one at the same time waits for one process."""
        kept = self._reports.get(name)
        if kept is not None and kept.stamp == stamp:
            self._reports.move_to_end(name)
            return kept
        if name not in self._reporting:
            making = asyncio.create_task(
                self.slow.ask(Question("report", {"name": name})), name=f"report of {name}"
            )
            self._reporting[name] = making
            making.add_done_callback(partial(self._reported, name))
        made = await asyncio.shield(self._reporting[name])
        self._reports[name] = made
        while len(self._reports) > REPORTS_KEPT:
            self._reports.popitem(last=False)
        return made

    def _reported(self, name: str, making: asyncio.Task[Answer]) -> None:
        del self._reporting[name]
        if not making.cancelled():
            making.exception()  # Whoever asked may be gone; nobody else needs to hear of it.
