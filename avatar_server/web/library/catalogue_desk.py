"""Answers about the catalogue: pages of it, counts, verdicts, and what a fetch would come to."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.catalogue import Also, Catalogue
from avatar_server.dataset.doctor_report import VERDICTS, InteractionReport
from avatar_server.dataset.holdings import Holdings
from avatar_server.dataset.kept_verdicts import KeptVerdict, KeptVerdicts, stamp_of
from avatar_server.dataset.modalities import Modality
from avatar_server.dataset.recording_table import interaction_key
from avatar_server.dataset.selection import Selection
from avatar_server.errors import UsageError
from avatar_server.web.library.fetch_estimate import estimate
from avatar_server.web.library.finder import Finder
from avatar_server.web.library.length_counts import length_counts
from avatar_server.web.library.questions import RefusalError
from avatar_server.web.library.shapes import FetchEstimate, Listed, Listing, OverviewAnswer
from avatar_server.web.library.shelf import Shelved
from avatar_server.web.library.showing import listed

UNKNOWN = "unknown"

OVERVIEWS_KEPT = 200
"""About 2 kB each; counted again when anything that they are of changes."""


class CatalogueDesk:
    """For one data folder."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._shelf = finder.shelf
        self._holdings = Holdings(finder.shelf.data_dir)
        self._verdicts = KeptVerdicts(finder.shelf.data_dir)
        self._overviews: OrderedDict[str, tuple[Catalogue, tuple[int, int], OverviewAnswer]] = OrderedDict()
        self._to_examine: list[int] = []
        self._examined_version = -1

    def list(
        self,
        *,
        wanted: dict[str, Any],
        offset: int = 0,
        limit: int | None = None,
        sample: int | None = None,
        seed: int = 0,
    ) -> Listing:
        """A page or a sample of the catalogue. wanted: see `_selected`."""
        selection, also = self._selected(wanted)
        catalogue = self._catalogue()
        if sample is None:
            page = catalogue.query(selection, offset=offset, limit=limit, also=also)
        else:
            page = catalogue.sample(sample, seed, selection, also=also)
        return Listing(
            total=page.total,
            offset=page.offset,
            limit=limit,
            seed=None if sample is None else seed,
            interactions=tuple(self.listed(found) for found in self._shelf.shelved(page.interactions)),
        )

    def overview(self, *, wanted: dict[str, Any]) -> OverviewAnswer:
        """Counts of all that `wanted` selects."""
        selection, also = self._selected(wanted)
        catalogue = self._catalogue()
        held = self._holdings.current()
        codes, verdicts, lengths_s = self._verdicts.columns()
        version = held.version, self._verdicts.version
        name = repr(sorted(wanted.items()))
        kept = self._overviews.get(name)
        if kept is None or kept[0] is not catalogue or kept[1] != version:
            counted = catalogue.counted(selection, also=also)
            known = np.isin(codes, counted.codes, assume_unique=True)
            judged = np.bincount(verdicts[known], minlength=len(VERDICTS)).tolist()
            by_verdict = {
                **dict(zip(VERDICTS, judged, strict=True)),
                UNKNOWN: len(counted.codes) - sum(judged),
            }
            answer = OverviewAnswer(
                interactions=len(counted.codes),
                participants=counted.participants,
                sessions=counted.sessions,
                on_disk=int(held.all_of(counted.codes, counted.sizes).sum()),
                by={**counted.by, "verdict": {name: count for name, count in by_verdict.items() if count}},
                length_s=length_counts(lengths_s[known]),
            )
            kept = catalogue, version, answer
        self._overviews[name] = kept
        self._overviews.move_to_end(name)
        while len(self._overviews) > OVERVIEWS_KEPT:
            self._overviews.popitem(last=False)
        return kept[2]

    def estimate(self, *, names: Sequence[str], modalities: Sequence[Modality]) -> FetchEstimate:
        """What fetching these interactions would come to; `RefusalError` 404 for one that nobody knows."""
        tree = CacheTree(self._shelf.data_dir)
        return estimate([self._finder.found(name).listed for name in names], modalities, tree)

    def listed(self, found: Shelved) -> Listed:
        """As lists show it, with the verdict that is known."""
        kept = self._verdicts.of(found.listed.key)
        return listed(found, None if kept is None else kept.verdict)

    def note(self, found: Shelved, stamp: str, report: InteractionReport) -> None:
        """Keep the verdict on an interaction of this folder, all of which is here."""
        if found.is_here:
            kept = KeptVerdict(report.verdict, stamp_of(stamp), report.duration_s)
            self._verdicts.note(found.listed.key, kept)

    def next_to_examine(self) -> str | None:
        """The key of an interaction that is here, but that the doctor did not see as it is now; or None.

        Those that he never saw come first; each is told once, until others come.
        """
        held = self._holdings.current()
        if held.version != self._examined_version:
            self._examined_version = held.version
            codes, _, _ = self._verdicts.columns()
            seen = np.isin(held.codes, codes)
            self._to_examine = [*held.codes[seen][::-1].tolist(), *held.codes[~seen][::-1].tolist()]
        while self._to_examine:
            found = self._shelf.find(interaction_key(self._to_examine.pop()))
            if found is None or not found.is_here:
                continue
            kept = self._verdicts.of(found.listed.key)
            if kept is None or kept.stamp != stamp_of(found.stamp):
                return str(found.listed.key)
        return None

    def _catalogue(self) -> Catalogue:
        try:
            return self._shelf.catalogue()
        except UsageError as error:
            said = f"there is no catalogue: {self._finder.for_people(str(error))}"
            raise RefusalError(503, said, lacks_list=not self._shelf.has_list) from None

    def _selected(self, wanted: Mapping[str, Any]) -> tuple[Selection, Also | None]:
        """wanted: for `Selection.of_texts`, besides `verdict` and `is_here`, which no catalogue tells."""
        texts = dict(wanted)
        verdict, is_here = texts.pop("verdict", None), texts.pop("is_here", None)
        if verdict not in (None, UNKNOWN, *VERDICTS):
            raise UsageError(f"verdict: expected one of {', '.join((*VERDICTS, UNKNOWN))}, got {verdict!r}")
        selection = Selection.of_texts(**texts)
        if verdict is None and is_here is None:
            return selection, None

        def also(codes: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.bool_]:
            wanted = np.ones(len(codes), np.bool_)
            if verdict is not None:
                known, verdicts, _ = self._verdicts.columns()
                if verdict == UNKNOWN:
                    wanted &= ~np.isin(codes, known, assume_unique=True)
                else:
                    like = known[verdicts == VERDICTS.index(verdict)]
                    wanted &= np.isin(codes, like, assume_unique=True)
            if is_here is not None:
                wanted &= self._holdings.current().all_of(codes, sizes) == is_here
            return wanted

        return selection, also
