"""Run by an account that is not in the list of accounts, without HOME, as containers are."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

STRANGER = "54321"
AS_STRANGER = ("unshare", "--user", f"--map-user={STRANGER}")
"""A user of that number for itself; for the disk it stays whoever runs the tests."""


def run_homeless(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("HOME", "AVATAR_SERVER_CACHE")}
    kept["AVATAR_SERVER_SOURCE"] = "local"
    return subprocess.run(
        [*AS_STRANGER, sys.executable, "-m", "avatar_server", *arguments],
        env=kept | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(autouse=True)
def _unknown() -> None:
    found = subprocess.run(
        [*AS_STRANGER, sys.executable, "-c", "import os; os.path.expanduser('~') == '~' or exit(1)"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        check=False,
    )
    if found.returncode:
        pytest.skip("this machine lets nobody be an unknown user (unshare --user --map-user)")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["serve"], "--data: ~/datasets/seamless_interaction"),
        (["serve", "--data", "/tmp"], "AVATAR_SERVER_CACHE: ~/.cache"),
        (["list"], "--data: ~/datasets/seamless_interaction"),
        (["inspect", "demo", "--data", "/tmp"], "AVATAR_SERVER_CACHE: ~/.cache"),
        (["publish", "demo", "--to", "http://127.0.0.1:1/stage"], "--data: ~/datasets/seamless_interaction"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_would_lie_in_a_home_folder_is_named(arguments: list[str], named: str) -> None:
    ran = run_homeless(*arguments)
    assert ran.returncode == 2
    cure = "there is no home folder for ~ (set HOME, or name a folder)"
    assert ran.stderr == f"avatar-server: {named}: {cure}\n"


def test_settings_are_read_without_a_home_folder() -> None:
    ran = run_homeless("serve", "--show-settings", AVATAR_SERVER_PORT="7")
    assert ran.returncode == 0, ran.stderr
    assert "port = 7" in ran.stdout
