"""The catalogue over HTTP: filters, pages, samples, what is here, and what is refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from avatar_server.web.library.shapes import Listing

from .conftest import Api

HERE, LONE, AWAY = "V00_S0809_I00000582", "V00_S0810_I00000583", "V03_S0001_I00000582"


def listed(operator: httpx.Client, **query: str | int) -> dict[str, Any]:
    answer = operator.get("/api/interactions", params=query)
    assert answer.status_code == 200, answer.text
    # What is documented is what comes: nothing lacks, nothing is beside it.
    exact = TypeAdapter(Listing, config=None).validate_python(answer.json())
    assert TypeAdapter(Listing).dump_python(exact, mode="json") == answer.json()
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [HERE, LONE, AWAY]),
        ({"label": "naturalistic"}, [LONE, AWAY]),
        ({"split": "train"}, [LONE]),
        ({"vendor": "V03"}, [AWAY]),
        ({"session": "V00_S0809"}, [HERE]),
        ({"participant": "P1275A"}, [HERE]),
        ({"prompt": "lost your MAP"}, [HERE, AWAY]),
        ({"relationship": "stranger"}, [HERE]),
        ({"type": "improv", "vendor": "0"}, [HERE]),
        ({"has_movement": "true"}, [HERE]),
        ({"has_movement": "false"}, [LONE, AWAY]),
        ({"has_annotations": "true"}, [HERE]),
        ({"text": "MAP v03"}, [AWAY]),
        ({"text": "stranger p1275a improv"}, [HERE]),
        ({"text": "<b>you</b>"}, [HERE, AWAY]),
        ({"offset": 1, "limit": 1}, [LONE]),
        ({"offset": 9}, []),
    ],
)
def test_what_is_asked_for_is_listed(
    operator: httpx.Client, query: dict[str, str | int], found: list[str]
) -> None:
    told = listed(operator, **query)
    assert [one["key"] for one in told["interactions"]] == found
    assert told["total"] == (3 if "offset" in query else len(found))
    assert (told["offset"], told["limit"], told["seed"]) == (
        query.get("offset", 0),
        query.get("limit", 50),
        None,
    )


def test_a_sample_is_drawn_anew_with_another_seed(operator: httpx.Client) -> None:
    orders = {
        seed: [one["key"] for one in listed(operator, sample=3, seed=seed)["interactions"]]
        for seed in range(8)
    }
    assert len({tuple(order) for order in orders.values()}) > 1
    assert [one["key"] for one in listed(operator, sample=2, seed=5)["interactions"]] == orders[5][:2]
    told = listed(operator, sample=2)
    assert (told["total"], told["seed"], told["limit"]) == (3, 0, None)
    assert [one["key"] for one in told["interactions"]] == orders[0][:2]


def test_people_and_what_is_here(operator: httpx.Client) -> None:
    here, lone, away = listed(operator)["interactions"]
    assert (here["here"], lone["here"], away["here"]) == (True, False, False)
    assert (here["lone"], lone["lone"]) == (False, True)
    assert [person["files"] for person in here["people"]] == [
        ["json", "mp4", "npz", "wav"],
        ["json", "npz", "wav"],
    ]
    assert [person["files"] for person in away["people"]] == [[], []]
    second = here["people"][1]
    assert (second["participant"], second["batch"], second["archive"]) == ("V00_P1275A", 0, 11)
    assert second["personality"] == {"extraversion": 2.5}
    assert here["prompt"]["a"] == "<b>You</b> lost your map."
    assert (here["interaction_type"], here["relationship"]) == ("improv", "stranger")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "lable=improvised",
            "unknown query parameter 'lable': expected emotion, has_annotations, has_movement, is_here",
        ),
        ("label=funny", "label: expected one of improvised, naturalistic, got 'funny'"),
        ("type=duel", "no interaction type 'duel'; there are improv"),
        ("vendor=V00&vendor=V03", "query parameter vendor: expected once"),
        ("text=%20", "text: expected 1 to 1000 characters, got 0"),
        ("limit=0", "greater than or equal to 1"),
        ("limit=1001", "less than or equal to 1000"),
        ("offset=many", "valid integer"),
        ("sample=3&limit=2", "sample: expected this or limit and offset, got both"),
        ("seed=3", "seed: expected sample with it"),
        (f"prompt={'x' * 1001}", "at most 1000 characters"),
        ("participant=../../etc/passwd", "participant: expected one like P1275A"),
    ],
)
def test_what_is_not_understood_is_refused(operator: httpx.Client, query: str, said: str) -> None:
    refused = operator.get(f"/api/interactions?{query}")
    assert refused.status_code == 422
    assert said in refused.text


def test_a_long_query_is_refused(operator: httpx.Client) -> None:
    assert operator.get(f"/api/interactions?prompt={'x' * 5000}").status_code == 414


def test_a_listing_that_is_known_is_not_sent_again(api: Api, operator: httpx.Client) -> None:
    first = operator.get("/api/interactions")
    assert first.headers["content-encoding"] == "gzip"
    assert "no-cache" in first.headers["cache-control"]
    again = operator.get("/api/interactions", headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    plain = operator.get("/api/interactions", headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["etag"] != first.headers["etag"]
    assert plain.json() == first.json()
    (api.data_dir / "relationships.csv").write_text(
        "vendor_id,session_id,relationship,relationship_detail\nV00,0809,stranger,\nV03,0001,familiar,\n"
    )
    changed = operator.get("/api/interactions", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.json()["interactions"][2]["relationship"] == "familiar"
