"""Nothing gets past the parser that is not exactly a message, and every message survives the way."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest

from avatar_server.control.browser_types import browser_types, messages_file
from avatar_server.control.commands import (
    COMMANDS,
    ChooseCamera,
    ChoosePreset,
    ClearRegion,
    Command,
    MarkRegion,
    Offer,
    Pan,
    Pause,
    Play,
    Seek,
    SetLoop,
    SetSpeed,
    SetVoice,
    TurnOrbit,
    Zoom,
    command_text,
    parse_command,
)
from avatar_server.control.events import (
    InteractionShown,
    PersonShown,
    Status,
    VoiceHeard,
    Welcome,
    event_text,
    parse_event,
    status_text,
)
from avatar_server.control.strict_json import LONGEST_MESSAGE, MessageError


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ('{"type":"play"}', Play()),
        ('{"type":"pause"}', Pause()),
        ('{"type":"seek","time_s":12.5}', Seek(12.5)),
        ('{"type":"seek","time_s":3}', Seek(3.0)),
        ('{"type":"speed","speed":0.5}', SetSpeed(0.5)),
        ('{"type":"loop","loop":true}', SetLoop(True)),
        ('{"type":"region","start_s":1.5,"end_s":3}', MarkRegion(1.5, 3.0)),
        ('{"type":"region_off"}', ClearRegion()),
        ('{"type":"voice","side":"left","gain":0.5,"muted":true}', SetVoice("left", 0.5, True)),
        ('{"type":"preset","name":"genea"}', ChoosePreset("genea")),
        ('{"type":"camera","name":"left"}', ChooseCamera("left")),
        ('{"type":"orbit","azimuth_rad":0.1,"elevation_rad":-0.2}', TurnOrbit(0.1, -0.2)),
        ('{"type":"zoom","factor":1.25}', Zoom(1.25)),
        ('{"type":"pan","x_m":0.5,"y_m":0}', Pan(0.5, 0.0)),
        ('{"type":"offer","sdp":"v=0"}', Offer("v=0")),
    ],
)
def test_commands(text: str, command: Command) -> None:
    assert parse_command(text) == command
    assert parse_command(command_text(command)) == command


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "message: not JSON"),
        ("[1]", "message: expected an object"),
        ("[" * 100_000, "message: not JSON"),
        ("{}", "type: missing"),
        ('{"type":"jump"}', "type: expected one of offer, play"),
        ('{"type":["play"]}', "type: expected one of"),
        ('{"type":"play","loud":true}', "loud: unknown field"),
        ('{"type":"seek"}', "time_s: missing"),
        ('{"type":"seek","time_s":"1"}', 'time_s: expected a number, got "1"'),
        ('{"type":"seek","time_s":true}', "time_s: expected a number, got true"),
        ('{"type":"seek","time_s":null}', "time_s: expected a number, got null"),
        ('{"type":"seek","time_s":NaN}', "NaN is not a number"),
        ('{"type":"seek","time_s":1e999}', "time_s: expected a finite number"),
        ('{"type":"seek","time_s":1' + "0" * 400 + "}", "time_s: expected a finite number"),
        ('{"type":"seek","time_s":-0.1}', "time_s: expected 0 to 1e+06"),
        ('{"type":"seek","time_s":1,"time_s":2}', "field 'time_s' comes twice"),
        ('{"type":"speed","speed":2.1}', "speed: expected 0.5 to 2, got 2.1"),
        ('{"type":"loop","loop":1}', "loop: expected true or false, got 1"),
        ('{"type":"region","start_s":-1,"end_s":3}', "start_s: expected 0 to 1e+06"),
        ('{"type":"voice","side":"up","gain":1,"muted":false}', "side: expected one of left, right"),
        ('{"type":"voice","side":"left","gain":2.5,"muted":false}', "gain: expected 0 to 2, got 2.5"),
        ('{"type":"zoom","factor":0}', "factor: expected 0.1 to 10"),
        ('{"type":"camera","name":7}', "name: expected a string, got 7"),
        ('{"type":"offer","sdp":"' + "x" * LONGEST_MESSAGE + '"}', "message: expected at most"),
    ],
)
def test_what_is_wrong_is_named(text: str, says: str) -> None:
    with pytest.raises(MessageError) as refused:
        parse_command(text)
    assert says in str(refused.value)
    assert len(str(refused.value)) < 300, "the answer must not echo a flood"


ANNA = PersonShown("a", "A", "left")

STATUS = Status(
    playing=True,
    time_s=1.5,
    speed=1.0,
    loop=False,
    camera="two-shot",
    staging="face-to-face",
    rtp_timestamp=4_000_000_000,
    pictures_per_second=30.0,
    dropped=0,
    draw_ms=8.0,
    encode_ms=2.5,
    viewers=1,
    rung=1,
    bit_rate=950_000,
    region=(2.0, 3.5),
    voices=(VoiceHeard("left"), VoiceHeard("right", 0.5, True)),
    preset="natural",
    faces=("data", "synthesised"),
)


def test_events_survive_the_way() -> None:
    welcome = Welcome(
        interaction=InteractionShown(
            "V00_S0809_I00000582",
            "improvised",
            "dev",
            30.0,
            (PersonShown("a", "A", "left", "data"),),
            ("one is missing",),
        ),
        cameras=("two-shot", "left"),
        stagings=("face-to-face",),
        size=(1280, 720),
        rate_hz=30,
        version="0.1.0",
        presets=("natural", "genea"),
        stage="nobody-can-guess-it",
        opened_as="demo",
        others=2,
    )
    assert parse_event(event_text(welcome)) == welcome
    assert parse_event(event_text(STATUS)) == STATUS
    assert json.loads(event_text(welcome))["interaction"]["people"] == [
        {"id": "a", "name": "A", "side": "left", "face": "data"}
    ]


def test_a_status_that_many_are_told_has_what_is_each_viewer_s_own() -> None:
    for status in (STATUS, dataclasses.replace(STATUS, time_s=STATUS.time_s + 1)):
        for rung in (0, 2):
            text = status_text(status, rtp_timestamp=2**32 - 1 - rung, rung=rung, bit_rate=1000 * rung)
            assert parse_event(text) == dataclasses.replace(
                status, rtp_timestamp=2**32 - 1 - rung, rung=rung, bit_rate=1000 * rung
            )


def test_nested_fields_are_named_with_their_place() -> None:
    text = event_text(
        Welcome(
            InteractionShown("k", "", "", 1.0, (PersonShown("a", "A", "left"),), ()),
            (),
            (),
            (2, 2),
            30,
            "",
            "",
            "",
            0,
        )
    )
    with pytest.raises(MessageError, match=r"interaction\.people\[0\]\.side: expected one of left, right"):
        parse_event(text.replace('"left"', '"up"'))
    with pytest.raises(MessageError, match=r"size: expected 2 items, got 1"):
        parse_event(text.replace("[2,2]", "[2]"))


def test_what_is_not_a_number_is_not_sent() -> None:
    with pytest.raises(ValueError, match="JSON"):
        event_text(dataclasses.replace(STATUS, time_s=math.nan))


def test_the_browser_s_types_are_up_to_date() -> None:
    assert messages_file().read_text(encoding="utf-8") == browser_types(), (
        "run python -m avatar_server.control.browser_types"
    )
    for name in COMMANDS:
        assert f'type: "{name}";' in browser_types()
