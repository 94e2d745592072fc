"""Commands that need recordings, or the list of them, fetch what is not here."""

from __future__ import annotations

import json

import pytest

from avatar_server.testing.bucket_server import Fault
from tests.commands.conftest import Caller

KEY = "V00_S0809_I00000582"
LEFT, RIGHT = f"{KEY}_P0947", f"{KEY}_P1275A"


def test_what_is_to_be_inspected_is_fetched_first(call: Caller) -> None:
    out, err = call("inspect", KEY, "--json")
    assert len(json.loads(out)["participants"]) == 2
    assert f"fetching {KEY} from {call.server.url} into {call.data_dir}" in err
    asked = call.asked()
    assert len(asked) == 18 + 4
    out, err = call("inspect", KEY, "--json")
    assert (call.asked(), err) == ([], "")
    # The list is known: a partner who is not here is one who is missing.
    for path in call.official().values():
        if RIGHT in path.name:
            path.unlink()
    out, _ = call("inspect", KEY, "--json")
    assert len(json.loads(out)["participants"]) == 2
    assert all(RIGHT in path for path in call.asked())


def test_what_is_nowhere_is_told_in_one_line(call: Caller) -> None:
    _, err = call("fetch", "--refresh-catalogue")
    call.asked()
    _, err = call("inspect", "V00_S0009_I00000001", status=2)
    (line,) = err.splitlines()
    assert f"V00_S0009_I00000001 is not in {call.data_dir}, and no interaction V00_S0009_I00000001" in line
    assert call.asked() == []
    for path in (LEFT, RIGHT):
        for piece in ("global_orient", "body_pose"):
            call.server.fail(f"improvised/dev/smplh/{piece}/{path}.npy", Fault(status=403, times=-1))
    _, err = call("inspect", KEY, status=2)
    assert (
        f"{KEY} is not in {call.data_dir}, and {call.server.url}: 2 of 2 recordings" in err.splitlines()[-1]
    )
    assert call.official() == {}
    call("fetch", KEY, status=2)
    assert call.official() == {}


def test_who_is_denied_is_told_and_nothing_is_kept(call: Caller) -> None:
    call.server.fail("filelist.csv", Fault(status=401, times=-1))
    _, err = call("inspect", KEY, status=1)
    assert f"{KEY} is not in {call.data_dir}: " in err.splitlines()[-1]
    assert "filelist.csv: not for us" in err.splitlines()[-1]
    _, err = call("list", "--vendor", "V00", status=1)
    assert "filelist.csv: not for us" in err.splitlines()[-1]


def test_a_password_of_the_source_is_told_to_nobody_but_it(call: Caller) -> None:
    source = call.server.url.replace("http://", "http://somebody:open-sesame@")
    out, err = call("inspect", KEY, source=source)
    assert f"fetching {KEY} from {call.server.url} into" in err
    assert {one.headers.get("authorization") for one in call.server.asked if ".csv" not in one.path} == {
        "Basic c29tZWJvZHk6b3Blbi1zZXNhbWU="
    }
    call.server.close()
    _, failed = call("inspect", KEY.replace("I00000582", "I00000583"), status=2, source=source)
    assert "sesame" not in out + err + failed


@pytest.mark.parametrize("command", ["inspect", "list", "fetch"])
def test_local_never_asks_anybody(command: str, call: Caller) -> None:
    arguments = () if command == "list" else (KEY,)
    _, err = call(command, *arguments, status=2, source="local")
    assert len(err.splitlines()) == 1
    assert call.asked() == []


def test_a_list_of_all_is_fetched_for_an_empty_folder(call: Caller) -> None:
    out, _ = call("list", "--session", "1")
    assert out.endswith("1 to 12 of 12 interactions\n")
    call.asked()
    out, err = call("list")
    assert out.endswith("1 to 13 of 13 interactions\n")
    assert (call.asked(), err) == ([], "")
