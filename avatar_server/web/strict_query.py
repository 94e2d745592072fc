"""Addresses that take exactly the query parameters they document: what is misspelt is said, not ignored."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

LONGEST_QUERY = 4096
"""Characters."""


class StrictQueryRoute(APIRoute):
    """Refuses unknown and repeated parameters (422) and long queries (414) before anything else is done."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler behind the check."""
        handler = super().get_route_handler()
        known = sorted(_names(self.dependant))

        async def strict(request: Request) -> Response:
            if len(request.url.query) > LONGEST_QUERY:
                raise HTTPException(414, f"expected a query of at most {LONGEST_QUERY} characters")
            asked = [name for name, _ in request.query_params.multi_items()]
            for name in asked:
                if name not in known:
                    raise HTTPException(
                        422,
                        f"unknown query parameter {name[:40]!r}: expected {', '.join(known) or 'none'}",
                    )
                if asked.count(name) > 1:
                    raise HTTPException(422, f"query parameter {name}: expected once")
            return await handler(request)

        return strict


def _names(dependant: Dependant) -> Iterator[str]:
    for parameter in dependant.query_params:
        yield parameter.alias
    for below in dependant.dependencies:
        yield from _names(below)
