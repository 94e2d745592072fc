"""The command `publish`: how it is called, and how it ends."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
from fastapi import Response

from avatar_server.cli import main
from avatar_server.testing.synthetic_interaction import synthesize
from tests.publish.command import publishing
from tests.publish.janus import Janus
from tests.publish.whip_front import serving

TO = ("--to", "http://127.0.0.1:9/whip")
TOKEN = "a-token-that-nobody-may-read"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "required: --to"),
        (("--to", "whip.example.org"), "--to: expected an address such as https://"),
        ((*TO, "--once", "--loop"), "not allowed with argument"),
        ((*TO, "--token", f"{TOKEN} {TOKEN}"), "--token: expected a token without spaces, got 57 characters"),
        ((*TO, "--token", ""), "--token: expected a token without spaces, got 0 characters"),
        (
            (*TO, "--token", TOKEN, "--token-file", "{file}"),
            "expected this or --token-file, got both",
        ),
        ((*TO, "--token-file", "{file}x"), "--token-file: no file "),
        ((*TO, "--token-file", "{file}"), "--token-file: expected a token without spaces"),
        ((*TO, "--size", "641x360"), "even width and height"),
        ((*TO, "--body", "{file}x"), "--body: no file"),
        ((*TO, "--camera", "drone"), "--camera: expected one of two-shot, left, right, auto, got 'drone'"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(
    arguments: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "token"
    file.write_text("two\nlines\n")
    assert main(["publish", "test-card", *(argument.format(file=file) for argument in arguments)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert TOKEN not in line


def test_a_refused_token_ends_the_command() -> None:
    async def run() -> None:
        async with (
            serving(None, "another token") as front,
            publishing("test-card", "--to", front.url, "--token", TOKEN) as command,
        ):
            assert await command.ends() == 2
            place = front.url.removesuffix("/whip/stage")
            assert command.said == [f"avatar-server: {place} refuses the token (401 Unauthorized)"]

    asyncio.run(run())


def test_an_interaction_is_published_once(tmp_path: Path) -> None:
    """To its end and no further; the server is told, and an end before the end is none."""
    key = str(synthesize(tmp_path / "data", seconds=2).key)

    async def run() -> None:
        async with Janus.running(tmp_path) as janus, serving(janus) as front:
            call = (key, "--data", str(tmp_path / "data"), "--to", front.url, "--size", "192x108", "--once")
            # A relay that is not there keeps nobody from publishing without it.
            front.links = '<turn:127.0.0.1:9?transport=tcp>; rel="ice-server"; username="u"; credential="c"'
            async with publishing(*call) as command:
                assert await command.ends() == 0
            assert command.said == [f"avatar-server: published at {front.url.removesuffix('/whip/stage')}"]
            assert front.seen == ["OPTIONS 204", "POST 201", "DELETE 200"]
            front.links = ""
            front.first.append(Response(status_code=503, headers={"Retry-After": "600"}))
            async with publishing("test-card", "--to", front.url, "--once") as command:
                await command.says("reconnecting in 600 s")
                command.process.send_signal(signal.SIGTERM)
                assert await command.ends() == 128 + signal.SIGTERM
            assert command.said[-1] == "avatar-server: ended by SIGTERM"

    asyncio.run(run())
