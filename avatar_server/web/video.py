"""A participant's video over HTTP, whole or in parts, so that players can seek in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from avatar_server.web.byte_range import ByteRange, UnsatisfiableError, parse_range, range_holds
from avatar_server.web.json_answer import ALWAYS_ASK, has_already
from avatar_server.web.video_bytes import VideoBytes

CHUNK_BYTES = 256 * 1024
"""Read at once; sending as much takes the server's loop a fraction of a millisecond."""


def video_answer(request: Request, video: VideoBytes) -> Response:
    """200, 206, 304 or 416 for this request. The video is closed when the answer is sent or given up."""
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": video.etag,
        "Cache-Control": ALWAYS_ASK,
        "X-Content-Type-Options": "nosniff",
    }
    if video.last_modified:
        headers["Last-Modified"] = video.last_modified
    if has_already(request, video.etag):
        video.close()
        return Response(status_code=304, headers=headers)
    part = None
    # The RFC gives Range a meaning for GET alone.
    if request.method == "GET" and range_holds(
        request.headers.get("if-range"), video.etag, video.last_modified
    ):
        try:
            part = parse_range(request.headers.get("range"), video.size_bytes)
        except UnsatisfiableError:
            video.close()
            return Response(
                status_code=416, headers={**headers, "Content-Range": f"bytes */{video.size_bytes}"}
            )
    if part is not None:
        headers["Content-Range"] = part.content_range
    shown = part or ByteRange(0, video.size_bytes, video.size_bytes)
    headers["Content-Length"] = str(shown.stop - shown.start)
    if request.method == "HEAD":
        video.close()
        return Response(status_code=200, headers=headers, media_type="video/mp4")
    return _VideoResponse(video, shown, status_code=200 if part is None else 206, headers=headers)


class _VideoResponse(StreamingResponse):
    """Sends a part of a video, as fast as it is taken; what nobody takes is not read."""

    def __init__(
        self, video: VideoBytes, part: ByteRange, *, status_code: int, headers: dict[str, str]
    ) -> None:
        super().__init__(
            _chunks(video, part), status_code=status_code, headers=headers, media_type="video/mp4"
        )
        self._video = video

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._video.close()


async def _chunks(video: VideoBytes, part: ByteRange) -> AsyncIterator[bytes]:
    position = part.start
    video.will_read(part.stop)
    while position < part.stop:
        chunk = await video.read(position, min(CHUNK_BYTES, part.stop - position))
        if not chunk:
            return  # Cut short by somebody else; the connection breaks, which tells the player.
        yield chunk
        position += len(chunk)
