"""Bodies of requests: of the right type and never longer than is allowed."""

from __future__ import annotations

from fastapi import HTTPException, Request


async def text_body(request: Request, media_type: str, most_bytes: int) -> str:
    """The body as text; raises `HTTPException` 415 for another type, 413 if it is too long, 400 if not UTF-8.

    What is too long is not read to its end, whatever its header Content-Length says.
    """
    given = request.headers.get("content-type", "")
    if given.partition(";")[0].strip().lower() != media_type:
        raise HTTPException(415, f"expected Content-Type {media_type}, got {given[:80] or 'none'}")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise HTTPException(413, f"expected at most {most_bytes} bytes")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise HTTPException(400, f"expected UTF-8, got a byte that is none at {error.start}") from error
