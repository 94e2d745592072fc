"""The catalogue that a command needs, whose file list is fetched first if there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from avatar_server.commands.data_options import DataOptions
from avatar_server.errors import UsageError

if TYPE_CHECKING:
    from avatar_server.dataset.catalogue import Catalogue

Say = Callable[[str], None]


def data_set_catalogue(options: DataOptions, say: Say, *, refresh: bool = False) -> Catalogue:
    """All interactions of the data set; with the source `local`, those that the data folder tells of.

    refresh: the list may be older than the data set. say: tells people a sentence. Raises as
    `kept_catalogue.whole_catalogue` does.
    """
    from avatar_server.dataset.catalogue import open_catalogue
    from avatar_server.dataset.fetching.kept_catalogue import whole_catalogue

    if options.is_local:
        return open_catalogue(options.data_dir)
    return whole_catalogue(options.data_dir, options.filelist_url, note=say, refresh=refresh)


def listed_catalogue(options: DataOptions, say: Say) -> Catalogue:
    """What the data folder tells of; all interactions of the data set if it tells of none.

    Raises as `data_set_catalogue` does.
    """
    from avatar_server.dataset.catalogue import open_catalogue

    try:
        return open_catalogue(options.data_dir)
    except UsageError:
        if options.is_local or options.is_missing:
            raise
    return data_set_catalogue(options, say)
