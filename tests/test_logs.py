"""What must never be in a line of the log, in the spellings that are easily missed."""

from __future__ import annotations

import logging

import pytest

from avatar_server.logs import JsonLines, TextLines

KEY = "1795241983..dzvZJUbkcvdlotvxu__W7xrdmthHS5"


@pytest.mark.parametrize("lines", [TextLines, JsonLines])
@pytest.mark.parametrize("key", [KEY + "j-", KEY + "_-", KEY + "jA", (KEY + "j-").replace("..", ".demo.")])
def test_a_signed_key_is_masked_whatever_it_ends_in(lines: type[TextLines], key: str) -> None:
    for message in (f"GET /{key} 404", f"key={key}", key):
        record = logging.LogRecord("avatar_server", logging.INFO, "", 0, message, None, None)
        written = lines(frozenset()).format(record)
        assert key[-32:] not in written
        assert "***" in written
