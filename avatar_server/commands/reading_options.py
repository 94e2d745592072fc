"""What may be said about motion files of other formats than Seamless Interaction's."""

from __future__ import annotations

import argparse
import os

from avatar_server.dataset.reading_choices import ReadingWords
from avatar_server.settings_sources import FIELDS, flag_of, read_settings

_METAVARS = {"units": "NAME", "up": "AXIS", "rate": "HZ", "sound": "LEFT[,RIGHT]", "rest_frame": "N"}


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Say what may be said about files."""
    for name, metavar in _METAVARS.items():
        parser.add_argument(flag_of(name), dest=name, metavar=metavar, help=FIELDS[name].metadata["meaning"])


def reading_words(call: argparse.Namespace) -> ReadingWords:
    """What holds for this call; UsageError names what is wrong."""
    names = tuple(_METAVARS)
    settings = read_settings({name: getattr(call, name) for name in names}, os.environ, only=names).settings
    words = ReadingWords(settings.units, settings.up, settings.rate, settings.sound, settings.rest_frame)
    words.read()
    return words
