"""How long a sound file is, told by its headers: nothing is decoded."""

from __future__ import annotations

from pathlib import Path

import av

from avatar_server.errors import InputError


def sound_length_s(path: Path) -> float:
    """Seconds; 0 for a file with a header and no sound in it. Raises InputError for what is no sound file."""
    expected = "a sound file"
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise InputError(expected=expected, came="no sound in it", where=path)
            sound = container.streams.audio[0]
            if sound.duration is not None and sound.time_base is not None:
                return float(max(0, sound.duration) * sound.time_base)
            return max(0, container.duration or 0) / av.time_base
    except (av.FFmpegError, OSError) as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(expected=expected, came=reason, where=path) from None
