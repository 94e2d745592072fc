"""A server with a token over a folder with recordings, for all tests of the API."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest

from avatar_server.testing.small_film import write_film
from avatar_server.testing.synthetic_interaction import SyntheticInteraction, synthesize
from avatar_server.web.signed_key import sign_key
from tests.running_server import Server, StartServer

TOKEN = "a-token-that-nobody-knows-0123456789"

FILELIST = """\
file_id,label,split,batch_idx,archive_idx,has_imitator_movement,has_annotation_1p,has_annotation_3p
V00_S0809_I00000582_P0947,improvised,dev,0,3,1,0,1
V00_S0809_I00000582_P1275A,improvised,dev,0,11,1,1,0
V00_S0810_I00000583_P0042,naturalistic,train,7,1,0,0,0
V03_S0001_I00000582_P0007,naturalistic,test,8,2,0,0,0
V03_S0001_I00000582_P0008,naturalistic,test,8,3,0,0,0
"""
PROMPTS = """\
prompt_hash,prompt_id_unique,participant_a_prompt_text,participant_b_prompt_text,interaction_type
582,P2,"<b>You</b> lost
your map.",You know the way.,improv
"""
PEOPLE = "extraversion_raw,vendor_id,participant_id\n2.5,00,1275A\n"
RELATIONSHIPS = "vendor_id,session_id,relationship,relationship_detail\nV00,0809,stranger,\n"


@dataclass(frozen=True)
class Api:
    """A running server, and who asks it."""

    server: Server
    data_dir: Path
    made: SyntheticInteraction

    @property
    def key(self) -> str:
        return str(self.made.key)

    def as_operator(self) -> httpx.Client:
        return self._as(TOKEN)

    def as_guest(self, scope: str) -> httpx.Client:
        """Somebody with a link for this interaction."""
        return self._as(sign_key(TOKEN, scope=scope, expires_s=int(time.time()) + 600))

    def _as(self, bearer: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {bearer}"}
        return httpx.Client(base_url=self.server.url, headers=headers, timeout=60)


@pytest.fixture(scope="session")
def api(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Two people at different rates, one of them filmed; and two interactions that are not here."""
    folder = tmp_path_factory.mktemp("data with spaces")
    quirks = ("partner-rate-25", "movement-zero-blocks", "null-word-times", "unequal-lengths")
    made = synthesize(folder, seconds=8, quirks=quirks)
    write_film(made.recordings[0].npz.with_suffix(".mp4"), pictures=50)
    # Annotations as the data set has them, and a face without gaze: not everything is always there.
    second = made.recordings[1]
    told = json.loads(second.json.read_text())
    told["annotations:1P-IS"] = [{"annotation": "I felt at ease.", "start_ts": 1.5, "end_ts": 2.25}]
    second.json.write_text(json.dumps(told))
    with np.load(second.npz) as arrays:
        kept = {name: arrays[name] for name in arrays.files if name != "movement:gaze_encodings"}
    np.savez(second.npz, **kept)
    for name, text in (
        ("filelist", FILELIST),
        ("interactions", PROMPTS),
        ("participants", PEOPLE),
        ("relationships", RELATIONSHIPS),
    ):
        (folder / f"{name}.csv").write_text(text)
    with start_server("test-card", folder, options=("--token", TOKEN, "--source", "local")) as server:
        yield Api(server, folder, made)


@pytest.fixture(scope="session")
def operator(api: Api) -> Iterator[httpx.Client]:
    with api.as_operator() as client:
        yield client
