"""What is to be played is fetched first, if it is not here, for commands that need it whole."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from avatar_server.commands.carrying_out import carry_out, refuse_unless_all_came
from avatar_server.commands.data_options import DataOptions
from avatar_server.commands.fetch_display import FetchDisplay
from avatar_server.commands.known_catalogue import data_set_catalogue
from avatar_server.errors import StoreError, UsageError

if TYPE_CHECKING:
    from avatar_server.dataset.interaction import Interaction


def bring(name: str, options: DataOptions, say: Callable[[str], None]) -> None:
    """Have the recordings that `name` means in the data folder, as far as `options` allow.

    What is there is played as it is, without a request; only a partner who is missing, and who a file list
    that is there tells of, is fetched. A name with a folder, and a data folder that was named and is not
    there, are left to whoever opens the interaction. Raises UsageError, in one line, for what is neither
    here nor there, and StoreError or MachineError if it could not be fetched.
    """
    if options.is_local or options.is_missing or not _is_in_the_data_set(name):
        return
    from avatar_server.dataset.local_tree import find_interaction

    try:
        here = find_interaction(options.data_dir, name)
    except UsageError:
        here = None
    if here is not None and not _lacks_somebody(here, name, options):
        ledger = options.tree().ledger
        for recording in here.recordings:
            ledger.use(str(recording.id))
        return
    try:
        _fetch(name, options, say)
    except (UsageError, StoreError) as error:
        if here is not None:
            say(f"note: {error}")
        elif error.exit_status == UsageError.exit_status:
            raise UsageError(f"{name} is not in {options.data_dir}, and {error}") from None
        else:
            raise StoreError(f"{error}", where=f"{name} is not in {options.data_dir}") from None


def _fetch(name: str, options: DataOptions, say: Callable[[str], None]) -> None:
    from avatar_server.dataset.fetching.fetch_plan import plan_fetch
    from avatar_server.dataset.fetching.named_recordings import recordings_called
    from avatar_server.dataset.modalities import PLAYABLE
    from avatar_server.dataset.stores.sources import shown_source

    recordings = recordings_called(data_set_catalogue(options, say), name, with_partner=False)
    plan = plan_fetch(recordings, PLAYABLE, options.tree())
    say(f"fetching {name} from {shown_source(options.source)} into {options.data_dir}")
    refuse_unless_all_came(carry_out(plan, options, FetchDisplay(say)), options.source, named=True)


def _is_in_the_data_set(name: str) -> bool:
    """Whether it is a key or one or two recordings, without folders."""
    from avatar_server.dataset.recording_id import InteractionKey, RecordingId

    parts = [part.strip() for part in name.split(",")]
    for parse in (InteractionKey.parse, RecordingId.parse):
        with contextlib.suppress(UsageError):
            for part in parts:
                parse(part)
            return len(parts) <= (1 if parse == InteractionKey.parse else 2)
    return False


def _lacks_somebody(here: Interaction, name: str, options: DataOptions) -> bool:
    """Whether a file list that is here tells of a partner who is not."""
    from avatar_server.dataset.catalogue import FILELIST, find_catalogue_file, open_catalogue

    if len(here.recordings) > 1 or name != str(here.key):
        return False
    if find_catalogue_file(options.data_dir, FILELIST) is None:
        return False
    listed = open_catalogue(options.data_dir).find(here.key)
    return listed is not None and not listed.is_lone
