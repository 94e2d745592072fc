"""All exports of a server: one is drawn at a time, some wait, those that are over are kept for a while."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from avatar_server.errors import MachineFullError
from avatar_server.export_records import parse_record
from avatar_server.face.choice import USUAL_FACES, FaceChoice
from avatar_server.scene.look import AS_USUAL, LookWords
from avatar_server.web.command_process import run_command
from avatar_server.web.exports.folder import ExportFolder
from avatar_server.web.exports.job import ExportJob
from avatar_server.web.exports.order import NewExport
from avatar_server.web.library.supply import Supply
from avatar_server.web.library.without_paths import without_credentials, without_paths

log = logging.getLogger(__name__)

COME_AGAIN_S = 30
_FILM = "film.mp4"


@dataclass(frozen=True, slots=True)
class ExportLimits:
    """running: it draws and encodes on all cores already. kept_s: a finished film, since it was last fetched.

    most_bytes: of one film, all_bytes: of those that are kept, of which the oldest go first. spare_bytes:
    what the disk must have left besides.
    """

    running: int = 1
    queued: int = 10
    remembered: int = 30
    kept_s: float = 3600.0
    most_bytes: int = 4 << 30
    all_bytes: int = 8 << 30
    spare_bytes: int = 1 << 30


USUAL = ExportLimits()


class ExportQueue:
    """A context: leaving it ends the processes and removes the folder; nothing half-written is left."""

    def __init__(
        self,
        supply: Supply,
        folder: ExportFolder,
        *,
        body: str = "",
        look: LookWords = AS_USUAL,
        face: FaceChoice = USUAL_FACES,
        limits: ExportLimits = USUAL,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        """folder: entered and left by this. body: the file that people wear, empty for the mannequin.

        look, face: what is seen where an order says nothing else.
        """
        self.folder = folder
        self._supply = supply
        self._body = body
        self._look = look
        self._face = face
        self._limits = limits
        self._clock = clock
        self._wall_clock = wall_clock
        self._jobs: dict[str, ExportJob] = {}
        self._until_s: dict[str, float] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._alarms: dict[str, asyncio.TimerHandle] = {}
        self._room = asyncio.Semaphore(limits.running)

    async def __aenter__(self) -> Self:
        self.folder.__enter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await asyncio.gather(*(self.cancel(job) for job in self.jobs))
        finally:
            for alarm in self._alarms.values():
                alarm.cancel()
            self.folder.__exit__(kind, error, trace)

    @property
    def jobs(self) -> tuple[ExportJob, ...]:
        """All that are known, the newest first."""
        self._forget()
        return tuple(reversed(self._jobs.values()))

    def find(self, job_id: str) -> ExportJob | None:
        """The export of this id."""
        self._forget()
        return self._jobs.get(job_id)

    def submit(self, interaction: str, order: NewExport) -> ExportJob:
        """A new export.

        Raises MachineFullError if too many wait or the disk has no room, MachineError if there is no folder.
        """
        waiting = sum(job.state == "queued" for job in self.jobs)
        if waiting >= self._limits.queued:
            raise MachineFullError(f"{waiting} exports are waiting already", COME_AGAIN_S)
        if self.folder.free_bytes() < self._limits.spare_bytes:
            raise MachineFullError("the server's disk has no room for exports", COME_AGAIN_S)
        job = ExportJob(
            id=secrets.token_hex(8),
            interaction=interaction,
            order=order,
            created_s=self._wall_clock(),
            for_people=self.for_people,
        )
        self._jobs[job.id] = job
        task = asyncio.create_task(self._run(job), name=f"export {job.id}")
        self._tasks[job.id] = task
        task.add_done_callback(partial(self._over, job))
        return job

    async def cancel(self, job: ExportJob) -> None:
        """End an export, unless it is over; returns when its process is gone."""
        task = self._tasks.get(job.id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def remove(self, job: ExportJob) -> None:
        """Forget an export that is over, with its file. Who is fetching it gets all of it."""
        self._jobs.pop(job.id, None)
        self._until_s.pop(job.id, None)
        if (alarm := self._alarms.pop(job.id, None)) is not None:
            alarm.cancel()
        self.folder.remove(job.id)

    def fetched(self, job: ExportJob) -> Path:
        """The file of an export that is done; somebody fetches it, so it is kept for a while from now on."""
        self._keep(job)
        return self.folder.room(job.id) / _FILM

    def for_people(self, sentence: str) -> str:
        """A sentence without what must not leave the machine."""
        return without_credentials(without_paths(sentence, [self._supply.data_dir]))

    def command(self, name: str, interaction: str, target: Path, options: tuple[str, ...]) -> tuple[str, ...]:
        """What to run; name: `render` or `still`."""
        body = ("--body", self._body) if self._body else ()
        return (
            name,
            interaction,
            "-o",
            str(target),
            *self._look.options,
            *self._face.options,
            *options,
            *body,
        )

    @property
    def environment(self) -> dict[str, str]:
        """For what is run."""
        return self._supply.environment

    async def _run(self, job: ExportJob) -> None:
        async with self._room:
            job.state = "running"
            target = self.folder.make_room(job.id) / _FILM
            this = asyncio.current_task()
            assert this is not None

            def heard(line: str) -> None:
                job.told(parse_record(line), self._clock())
                if job.bytes > self._limits.most_bytes and not job.problem:
                    job.problem = f"the film became larger than {self._limits.most_bytes / 1e9:.1f} GB"
                    this.cancel()

            command = self.command("render", job.interaction, target, (*job.order.options, "--json"))
            status, last_words = await run_command(command, self.environment, heard)
        job.ended(status, last_words)

    def _over(self, job: ExportJob, task: asyncio.Task[None]) -> None:
        del self._tasks[job.id]
        if task.cancelled():
            job.state = "failed" if job.problem else "cancelled"
            job.bytes = 0
        elif (error := task.exception()) is not None:
            log.error("export %s", job.id, exc_info=error)
            job.ended(1, "the export could not be started; the server's log says why")
        if job.state != "done":
            self.folder.remove(job.id)
        self._keep(job)
        self._forget()

    def _keep(self, job: ExportJob) -> None:
        """Keep it so long from now on."""
        kept_s = self._limits.kept_s
        self._until_s[job.id] = self._clock() + kept_s
        job.expires_s = self._wall_clock() + kept_s if job.state == "done" else None
        if (alarm := self._alarms.pop(job.id, None)) is not None:
            alarm.cancel()
        # Whether anybody asks or not, a film does not stay on the disk.
        self._alarms[job.id] = asyncio.get_running_loop().call_later(kept_s, self._forget)

    def _forget(self) -> None:
        now_s = self._clock()
        over = [job for job in self._jobs.values() if job.id in self._until_s]
        late = [job for job in over if now_s >= self._until_s[job.id]]
        late += over[: max(0, len(over) - self._limits.remembered)]
        total = 0
        for job in reversed(over):
            total += job.bytes
            if total > self._limits.all_bytes:
                late.append(job)
        for job in late:
            self.remove(job)
