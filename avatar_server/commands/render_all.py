"""`avatar-server render-all`: films of many interactions, made on this machine or on a Ray cluster."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_server.commands import values
from avatar_server.commands.batch_films import CalledFilms, called_films, refuse_what_no_film_has
from avatar_server.commands.data_options import add_data_options, data_options
from avatar_server.commands.film_options import MOST_USUAL_JOBS, add_film_options, jobs_at_once
from avatar_server.commands.known_catalogue import listed_catalogue
from avatar_server.commands.rendering import Say, add_appearance_options
from avatar_server.commands.selecting import add_selection, selection, selects
from avatar_server.errors import IncompleteError, UsageError

if TYPE_CHECKING:
    from avatar_server.batch.entry import Entry
    from avatar_server.batch.places import Place
    from avatar_server.batch.running import BatchRun
    from avatar_server.batch.workers import Workers

_MOST = 1_000_000
_SEGMENT_S = "10"


def add_render_all(parser: argparse.ArgumentParser, *, say: Say) -> None:
    """Say what may be said after `render-all`."""
    parser.add_argument(
        "interactions", nargs="*", metavar="INTERACTION", help="as after render; or a selection:"
    )
    add_selection(parser)
    parser.add_argument("--keys", metavar="FILE", help="a file with an interaction a line")
    parser.add_argument(
        "--spans", metavar="FILE.csv", help="key,start,end[,name]: spans in seconds, and what to call them"
    )
    parser.add_argument(
        "-o", required=True, dest="output", metavar="DIR", help="where films go: a folder, or a URL of fsspec"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on in DIR: films that are there and verified stay"
    )
    parser.add_argument("--shard", metavar="I/N", help="make only the I-th of N parts")
    parser.add_argument(
        "--jobs",
        metavar="N",
        help="workers, each with a renderer of its own "
        f"(default: one for each core, up to {MOST_USUAL_JOBS})",
    )
    parser.add_argument(
        "--gpus", metavar="N[,N]", help="numbers of EGL devices that workers share (default: the first one)"
    )
    parser.add_argument(
        "--segment",
        default=_SEGMENT_S,
        metavar="S",
        help="seconds of film that are made again after a crash, at most (default: %(default)s)",
    )
    parser.add_argument(
        "--ray",
        nargs="?",
        const="auto",
        metavar="ADDRESS",
        help="on a Ray cluster: its address, or the one that this machine belongs to",
    )
    parser.add_argument("--cores-each", metavar="N", help="with --ray: cores of a worker (default: 1)")
    parser.add_argument("--gpus-each", metavar="N", help="with --ray: GPUs of a worker, such as 1 or 0.5")
    parser.add_argument("--dry-run", action="store_true", help="say how long it may take, and end")
    parser.add_argument("--json", action="store_true", help="for programs: a record a line while it goes on")
    add_look = argparse.ArgumentParser(add_help=False)
    for one in (parser, add_look):
        add_film_options(one, "NAME.vtt")
        add_appearance_options(one)
    names = tuple(vars(add_look.parse_args([])))
    add_data_options(parser)
    parser.set_defaults(command=lambda call: _render_all(call, names, say))


@dataclass(frozen=True, slots=True)
class _Means:
    """Who does the work.

    jobs: None is as many as a cluster has room for. cores_each, gpus_each: of a worker there.
    """

    jobs: int | None
    devices: tuple[int, ...]
    ray: str | None
    cores_each: float
    gpus_each: float


def _render_all(call: argparse.Namespace, names: tuple[str, ...], say: Say) -> None:
    means = _means(call)
    segment_s = values.seconds("--segment", call.segment, at_least=2)
    rate_hz = values.frame_rate(call.fps)
    films = called_films(call, names)
    refuse_what_no_film_has(films)

    from avatar_server.batch.failures import failures_name
    from avatar_server.batch.manifest import Manifest, keep_manifest
    from avatar_server.batch.places import open_place
    from avatar_server.batch.records import Batch, Note
    from avatar_server.batch.running import BatchRun, clean_up
    from avatar_server.batch.sharding import parse_shard, shard_of
    from avatar_server.commands.render_all_display import open_display

    shard = None if call.shard is None else parse_shard(call.shard)
    place = open_place(call.output)
    entries = _entries(call, say)
    mine = entries if shard is None else shard_of(entries, *shard)
    if not call.dry_run:
        place.prepare()
        manifest = Manifest(_selection_words(call), films.words, entries)
        changed = keep_manifest(place, manifest, resume=call.resume, mine=mine)
        clean_up(place, [entry.name for entry in entries])
    with (
        open_display(call.json, say) as tell,
        _without_chatter(means),
        contextlib.closing(_workers(means, place, films)) as workers,
    ):
        tell(Batch(str(place), len(mine), len(entries), workers.count))
        for difference in () if call.dry_run else changed:
            tell(Note("", f"another batch was in {place}: {difference}"))
        run = BatchRun(
            place,
            films,
            mine,
            workers,
            rate_hz=rate_hz,
            segment_s=segment_s,
            failures=failures_name(shard),
            tell=tell,
        )
        tell(run.estimate())
        if not call.dry_run:
            _carry_out(run, place, failures_name(shard), say)


def _carry_out(run: BatchRun, place: Place, report: str, say: Say) -> None:
    try:
        ended = run.run()
    except BaseException:
        say("what is finished is kept: the same command with --resume goes on from here")
        raise
    if ended.failed:
        total = ended.failed + ended.written + ended.were_there
        raise IncompleteError(f"{ended.failed} of {total} films failed; {place}/{report} says why")


def _means(call: argparse.Namespace) -> _Means:
    jobs = None if call.jobs is None and call.ray is not None else jobs_at_once(call.jobs)
    devices = values.device_numbers(call.gpus)
    if call.ray is None and (call.cores_each is not None or call.gpus_each is not None):
        raise UsageError("--cores-each, --gpus-each: expected --ray with it")
    if call.ray is not None and devices:
        raise UsageError("--gpus: a Ray cluster deals out its GPUs itself, by --gpus-each")
    return _Means(
        jobs=jobs,
        devices=devices,
        ray=call.ray,
        cores_each=values.amount("--cores-each", call.cores_each or "1", 0, 1024),
        gpus_each=values.amount("--gpus-each", call.gpus_each or "0", 0, 64),
    )


def _workers(means: _Means, place: Place, films: CalledFilms) -> Workers:
    if means.ray is None:
        from avatar_server.batch.local_workers import LocalWorkers

        return LocalWorkers(place, films, means.jobs or 1, means.devices)
    from avatar_server.batch.ray_workers import open_ray_workers

    return open_ray_workers(
        means.ray, place, films, means.jobs, cores_each=means.cores_each, gpus_each=means.gpus_each
    )


@contextlib.contextmanager
def _without_chatter(means: _Means) -> Iterator[None]:
    """Ray prints what befalls its machines to standard output; what matters of that is told as a record."""
    if means.ray is None:
        yield
        return
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        yield


def _entries(call: argparse.Namespace, say: Say) -> tuple[Entry, ...]:
    """What is to be made, in the order in which it was asked for."""
    from avatar_server.batch.entry import Entry, refuse_same_names, usual_name
    from avatar_server.batch.entry_lists import read_keys, read_spans

    listed = bool(call.interactions) or call.keys is not None or call.spans is not None
    selected = selects(call) or call.sample is not None
    if listed and selected:
        raise UsageError("expected interactions, --keys and --spans, or a selection; got both")
    if not (listed or selected):
        raise UsageError(
            "expected what to render: interactions, --keys FILE, --spans FILE.csv, a selection such as "
            "--session S0809 --vendor V00, or --sample N"
        )
    if call.seed is not None and call.sample is None:
        raise UsageError("--seed: expected --sample with it")
    entries = [Entry(usual_name(name), name) for name in call.interactions]
    if call.keys is not None:
        entries += read_keys(values.existing_file("--keys", call.keys))
    if call.spans is not None:
        entries += read_spans(values.existing_file("--spans", call.spans))
    if selected:
        entries += _selected(call, say)
    if not entries:
        raise UsageError("nothing to render: the lists hold no interaction")
    refuse_same_names(entries)
    return tuple(entries)


def _selected(call: argparse.Namespace, say: Say) -> list[Entry]:
    from avatar_server.batch.entry import Entry

    catalogue = listed_catalogue(data_options(call), say)
    if call.sample is None:
        page = catalogue.query(selection(call))
    else:
        count = values.whole_number("--sample", call.sample, 1, _MOST)
        seed = values.whole_number("--seed", call.seed or "0", 0, 2**63 - 1)
        page = catalogue.sample(count, seed, selection(call))
    if not page.interactions:
        raise UsageError("no interaction is like that; avatar-server list shows which there are")
    return [Entry(str(one.key), str(one.key)) for one in page.interactions]


def _selection_words(call: argparse.Namespace) -> dict[str, str | bool | None]:
    chosen = argparse.ArgumentParser(add_help=False)
    add_selection(chosen)
    names = (*vars(chosen.parse_args([])), "keys", "spans")
    words: dict[str, str | bool | None] = {name: getattr(call, name) for name in names}
    return {name: value for name, value in words.items() if value is not None}
