"""A plan is carried out and shown, whichever command needs the recordings."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from avatar_server.commands.data_options import LOCAL, DataOptions
from avatar_server.commands.fetch_display import FetchDisplay, print_line
from avatar_server.dataset.fetching.work_queue import DEFAULT_JOBS
from avatar_server.errors import AbsentError, StoreError

if TYPE_CHECKING:
    from avatar_server.dataset.fetching.fetch_plan import FetchPlan
    from avatar_server.dataset.fetching.fetch_records import Finished
    from avatar_server.dataset.stores.contract import Store


def carry_out(
    plan: FetchPlan,
    options: DataOptions,
    display: FetchDisplay,
    *,
    jobs: int = DEFAULT_JOBS,
    as_json: bool = False,
) -> Finished:
    """Fetch what the plan says; what came of it. Interrupted or without room, it says how to go on."""
    from avatar_server.dataset.fetching.fetcher import Fetcher

    tell = print_line if as_json else display.show
    try:
        with contextlib.closing(store_beyond(options)) as store, display.bars():
            return Fetcher(plan, store, options.tree(), tell=tell, jobs=jobs).run()
    except Exception:
        raise
    except BaseException:
        display.say("what came is kept: the same command goes on from here")
        raise


def store_beyond(options: DataOptions) -> Store:
    """Where what is not in the data folder comes from; it has to be closed."""
    from avatar_server.dataset.stores.chain import Chain
    from avatar_server.dataset.stores.sources import open_store

    store = open_store(options.source, options.data_dir)
    return store.without(LOCAL) if isinstance(store, Chain) else store


def refuse_unless_all_came(finished: Finished, source: str, *, named: bool) -> None:
    """StoreError if something that exists did not come; AbsentError if something `named` does not exist."""
    from avatar_server.dataset.stores.sources import shown_source

    where = shown_source(source)
    total = finished.fetched + finished.here + finished.absent + finished.failed
    if finished.failed:
        raise StoreError(
            f"{finished.failed} of {total} recordings did not come; the same command goes on from here",
            where=where,
        )
    if named and finished.absent:
        raise AbsentError(f"{finished.absent} of {total} recordings are not there", where=where)
