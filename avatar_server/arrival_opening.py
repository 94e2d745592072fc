"""Interactions that are not here: what the catalogue knows of them, and how they begin to arrive."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.catalogue import FILELIST, find_catalogue_file
from avatar_server.dataset.catalogue_keeper import CatalogueKeeper
from avatar_server.dataset.fetching.arrival import Arrival
from avatar_server.dataset.fetching.besides import Besides
from avatar_server.dataset.fetching.fetch_plan import place_of
from avatar_server.dataset.fetching.kept_catalogue import whole_catalogue
from avatar_server.dataset.fetching.named_recordings import recordings_called
from avatar_server.dataset.interaction import Interaction, RecordingFiles
from avatar_server.dataset.stores.contract import Store
from avatar_server.dataset.stores.sources import open_store
from avatar_server.errors import UsageError


def begin_to_fetch(
    name: str,
    data_dir: Path,
    source: str,
    cache_bytes: int | None,
    filelist_url: str,
    here: Interaction | None,
) -> tuple[Interaction, Arrival, Besides] | None:
    """The interaction as the catalogue knows it, arriving; None if all there is of it is `here`."""
    try:
        # Who is alone here may have a partner elsewhere: that is worth a look, but not a request.
        is_kept = here is not None or find_catalogue_file(data_dir, FILELIST) is not None
        catalogue = keeper_of(data_dir).current() if is_kept else whole_catalogue(data_dir, filelist_url)
        places = [place_of(found) for found in recordings_called(catalogue, name, with_partner=False)[:2]]
    except UsageError:
        if here is not None:
            return None
        raise
    tree = CacheTree(data_dir, limit_bytes=cache_bytes)
    if here is not None and all(tree.has(place, "sound") and tree.has(place, "motion") for place in places):
        return None
    found = Interaction(
        places[0].id.interaction_key,
        places[0].label,
        places[0].split,
        tuple(RecordingFiles(place.id, tree.folder(place) / f"{place.id}.npz") for place in places),
        () if len(places) == 2 else (f"{name}: only {places[0].id} was recorded",),
    )
    store = store_of(source, data_dir)
    return found, Arrival(places, store, tree), Besides(places, store, tree)


@cache
def store_of(source: str, data_dir: Path) -> Store:
    """The store, which a process opens once: what it needs for TLS takes a tenth of a second to read."""
    return open_store(source, data_dir)


@cache
def keeper_of(data_dir: Path) -> CatalogueKeeper:
    """The catalogue, which a process reads once, or again when its files have changed."""
    return CatalogueKeeper(data_dir)
