"""Answers in JSON over HTTP: compressed for who takes that, and 304 for who has it already."""

from __future__ import annotations

from fastapi import HTTPException, Request, Response

from avatar_server.web.library.answer import Answer
from avatar_server.web.library.questions import RefusalError

COME_AGAIN_S = 2

ALWAYS_ASK = "private, no-cache"
"""Kept by the browser alone, which asks each time whether it still holds."""


def takes_gzip(request: Request) -> bool:
    """Whether the client accepts gzip (RFC 9110, section 12.5.3)."""
    weights: dict[str, float] = {}
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, parameters = part.partition(";")
        name, _, text = parameters.strip().partition("=")
        try:
            weights[coding.strip()] = float(text) if name.strip() == "q" else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def has_already(request: Request, etag: str) -> bool:
    """Whether the header If-None-Match names `etag` (compared weakly, RFC 9110, section 13.1.2)."""
    given = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return etag.removeprefix("W/") in given or given == ["*"]


def json_answer(request: Request, answer: Answer) -> Response:
    """The answer, or 304."""
    headers = {"ETag": answer.etag, "Cache-Control": ALWAYS_ASK, "Vary": "Accept-Encoding"}
    if has_already(request, answer.etag):
        return Response(status_code=304, headers=headers)
    if answer.is_gzipped:
        headers["Content-Encoding"] = "gzip"
    return Response(answer.body, media_type="application/json", headers=headers)


def http_refusal(refusal: RefusalError) -> HTTPException:
    """What the library refuses, as HTTP says it."""
    headers = {"Retry-After": str(COME_AGAIN_S)} if refusal.status == 503 else None
    return HTTPException(refusal.status, refusal.detail, headers)
