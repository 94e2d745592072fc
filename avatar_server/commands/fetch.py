"""The command `fetch`: recordings come into the data folder before anybody asks to see them."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from avatar_server.commands import values
from avatar_server.commands.carrying_out import carry_out, refuse_unless_all_came, store_beyond
from avatar_server.commands.data_options import DataOptions, add_data_options, data_options
from avatar_server.commands.fetch_display import FetchDisplay, plan_text, print_line, shown_bytes
from avatar_server.commands.known_catalogue import data_set_catalogue
from avatar_server.commands.selecting import add_selection, selection, selects
from avatar_server.dataset.fetching.work_queue import DEFAULT_JOBS, MOST_JOBS
from avatar_server.errors import UsageError

if TYPE_CHECKING:
    from avatar_server.dataset.catalogue import Catalogue
    from avatar_server.dataset.fetching.fetch_plan import FetchPlan
    from avatar_server.dataset.listed_interaction import ListedRecording
    from avatar_server.dataset.modalities import Modality

Say = Callable[[str], None]

_MOST = 1_000_000


def add_fetch(parser: argparse.ArgumentParser, *, say: Say) -> None:
    """Say what may follow `fetch`. say: tells people a sentence."""
    parser.add_argument(
        "interactions",
        nargs="*",
        metavar="INTERACTION",
        help="a key such as V00_S0809_I00000582, or a recording, whose partner comes, too",
    )
    add_selection(parser)
    parser.add_argument(
        "--archive",
        action="append",
        default=[],
        metavar="NAME",
        help="all of an archive, such as improvised/train/0000/0003; may be repeated",
    )
    parser.add_argument(
        "--batch",
        action="append",
        default=[],
        metavar="NAME",
        help="all archives of a batch, such as improvised/train/0000; may be repeated",
    )
    parser.add_argument(
        "--with",
        dest="besides",
        default="",
        metavar="NAMES",
        help="besides sound, motion and words: video, movement, annotations, boxes, with commas",
    )
    parser.add_argument(
        "--jobs", default=str(DEFAULT_JOBS), metavar="N", help="files at a time (default: %(default)s)"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be fetched, and end")
    parser.add_argument(
        "--ask-again", action="store_true", help="for what the data set was found not to have, too"
    )
    parser.add_argument(
        "--refresh-catalogue", action="store_true", help="fetch the list of recordings again first"
    )
    parser.add_argument("--json", action="store_true", help="for programs: a record a line while it goes on")
    add_data_options(parser)
    parser.set_defaults(command=partial(_fetch, say=say))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was asked for besides a selection. sample: how many to draw (None: all), and the seed."""

    names: tuple[str, ...]
    sample: tuple[int, int] | None
    modalities: frozenset[Modality]
    jobs: int


def _fetch(call: argparse.Namespace, *, say: Say) -> None:
    wanted = _wanted(call)
    options = data_options(call)
    if call.refresh_catalogue and options.is_local:
        raise UsageError("--refresh-catalogue: expected another --source than local")
    values.writable_folder("--data", str(options.data_dir))
    catalogue = data_set_catalogue(options, say, refresh=call.refresh_catalogue)
    recordings = _recordings(catalogue, wanted, call)
    if call.refresh_catalogue and not recordings:
        print(f"{catalogue.recording_count:,} recordings in {len(catalogue):,} interactions")
        return

    from avatar_server.dataset.fetching.fetch_plan import plan_fetch

    tree = options.tree()
    if call.ask_again:
        for recording in recordings:
            tree.ledger.forget_absent(str(recording.id))
    plan = plan_fetch(recordings, wanted.modalities, tree)
    if call.dry_run:
        _show(plan, options, as_json=call.json)
        return
    limit_bytes, needed_bytes = options.cache_bytes, plan.summary.estimated_bytes
    if limit_bytes is not None and needed_bytes > limit_bytes:
        say(
            f"note: this may take {shown_bytes(needed_bytes)}; of what was fetched only the last "
            f"{shown_bytes(limit_bytes)} are kept (--cache-size)"
        )
    display = FetchDisplay(say)
    finished = carry_out(plan, options, display, jobs=wanted.jobs, as_json=call.json)
    if not call.json:
        print(display.summary(finished))
    refuse_unless_all_came(finished, options.source, named=bool(wanted.names))


def _wanted(call: argparse.Namespace) -> _Wanted:
    names = tuple(call.interactions)
    ways = [bool(names), selects(call) or call.sample is not None, bool(call.archive or call.batch)]
    if not any(ways) and not call.refresh_catalogue:
        raise UsageError(
            "expected what to fetch: an interaction, a selection such as --session S0809 --vendor V00, "
            "--sample N, --archive or --batch"
        )
    if ways[1] and (ways[0] or ways[2]):
        raise UsageError("expected names, archives and batches, or a selection; got both")
    if call.seed is not None and call.sample is None:
        raise UsageError("--seed: expected --sample with it")
    for name in names:
        if "/" in name:
            raise UsageError(
                f"{name}: expected a name without a folder; what lies in folders is here already"
            )
    return _Wanted(
        names=names,
        sample=None
        if call.sample is None
        else (
            values.whole_number("--sample", call.sample, 1, _MOST),
            values.whole_number("--seed", call.seed or "0", 0, 2**63 - 1),
        ),
        modalities=_modalities(call.besides),
        jobs=values.whole_number("--jobs", call.jobs, 1, MOST_JOBS),
    )


def _modalities(besides: str) -> frozenset[Modality]:
    from avatar_server.dataset.modalities import PLAYABLE, parse_modalities

    return PLAYABLE | parse_modalities([name.strip() for name in besides.split(",") if name.strip()])


def _recordings(
    catalogue: Catalogue, wanted: _Wanted, call: argparse.Namespace
) -> tuple[ListedRecording, ...]:
    """Each recording once, in the order in which it was asked for."""
    from avatar_server.dataset.fetching.named_recordings import ArchiveName, recordings_called, recordings_in

    archives = [ArchiveName.parse("--archive", name, whole_batch=False) for name in call.archive]
    archives += [ArchiveName.parse("--batch", name, whole_batch=True) for name in call.batch]
    found = [recording for name in wanted.names for recording in recordings_called(catalogue, name)]
    found += [recording for name in archives for recording in recordings_in(catalogue, name)]
    if wanted.sample is not None or selects(call):
        if wanted.sample is None:
            page = catalogue.query(selection(call))
        else:
            page = catalogue.sample(*wanted.sample, selection(call))
        if not page.interactions:
            raise UsageError("no interaction is like that; avatar-server list shows which there are")
        found += [recording for interaction in page.interactions for recording in interaction.recordings]
    return tuple({recording.id: recording for recording in found}.values())


def _show(plan: FetchPlan, options: DataOptions, *, as_json: bool) -> None:
    from avatar_server.dataset.fetching.fetch_plan import with_known_sizes

    with contextlib.closing(store_beyond(options)) as store:
        plan = with_known_sizes(plan, store.files)
    if as_json:
        print_line(plan.summary)
    else:
        print(plan_text(plan))
