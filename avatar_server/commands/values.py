"""What people type after an option, read or refused; and places to write to, tried before the slow work."""

from __future__ import annotations

import errno
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_server.errors import NoRoomError, UsageError
from avatar_server.settings import expanded

if TYPE_CHECKING:
    from avatar_server.render.contract import PictureSize
    from avatar_server.scene.cameras import Orbit

_SMALLEST, _LARGEST = 16, 8192
_SLOWEST_HZ, _FASTEST_HZ = 1, 240

SIZES = {
    "480p": "854x480",
    "720p": "1280x720",
    "1080p": "1920x1080",
    "2160p": "3840x2160",
    "square": "1080x1080",
    "vertical": "1080x1920",
    "genea": "3072x1024",
}
"""By the names that people know; `genea` is what the tool of the GENEA Challenge 2026 writes."""

RATES = {"film": "24", "pal": "25", "ntsc": "30000/1001", "ntsc-film": "24000/1001"}
"""Pictures a second, by the names that editors know."""


def picture_size(text: str) -> PictureSize:
    """`1280x720`, or one of `SIZES`."""
    from avatar_server.render.contract import PictureSize

    text = SIZES.get(text.lower(), text)
    width, _, height = text.lower().partition("x")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        names = ", ".join(SIZES)
        raise UsageError(f"--size: expected WIDTHxHEIGHT such as 1280x720, or one of {names}, got {text!r}")
    size = PictureSize(int(width), int(height))
    if size.width % 2 or size.height % 2:
        raise UsageError(f"--size: expected an even width and height (colour covers 2x2 pixels), got {text}")
    if not all(_SMALLEST <= side <= _LARGEST for side in (size.width, size.height)):
        raise UsageError(f"--size: expected {_SMALLEST} to {_LARGEST} pixels each way, got {text}")
    return size


def frame_rate(text: str) -> Fraction:
    """`30`, `30000/1001`, or `29.97`, which means 30000/1001 as everybody means it; or one of `RATES`."""
    text = RATES.get(text.lower(), text)
    try:
        rate_hz = Fraction(text).limit_denominator(1001)
    except (ValueError, ZeroDivisionError):
        raise UsageError(f"--fps: expected a number such as 30, 29.97 or 30000/1001, got {text!r}") from None
    if not _SLOWEST_HZ <= rate_hz <= _FASTEST_HZ:
        raise UsageError(f"--fps: expected {_SLOWEST_HZ} to {_FASTEST_HZ} pictures a second, got {text}")
    # NTSC rates are whole rates / 1.001; people round them to two or three places (23.98, 29.97, 59.94).
    ntsc = Fraction(round(rate_hz * Fraction(1001, 1000)) * 1000, 1001)
    is_rounded_ntsc = rate_hz.denominator > 1 and abs(rate_hz - ntsc) < Fraction(1, 200)
    return ntsc if is_rounded_ntsc else rate_hz


def seconds(option: str, text: str, *, at_least: float = 0.0) -> float:
    """A finite number of seconds."""
    try:
        value = float(text)
    except ValueError:
        raise UsageError(f"{option}: expected seconds, got {text!r}") from None
    if not at_least <= value < 1e6:
        raise UsageError(f"{option}: expected seconds from {at_least:g} on, got {text}")
    return value


def whole_number(option: str, text: str, low: int, high: int) -> int:
    """A whole number from `low` to `high`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and low <= int(text) <= high):
        raise UsageError(f"{option}: expected a whole number from {low} to {high}, got {text!r}")
    return int(text)


def span(start: str | None, end: str | None, duration_s: float) -> tuple[float, float]:
    """Start and end within an interaction of `duration_s`."""
    start_s = 0.0 if start is None else seconds("--start", start)
    end_s = duration_s if end is None else seconds("--end", end)
    if start_s >= duration_s:
        raise UsageError(f"--start: the interaction lasts {duration_s:.2f} s, got {start_s:g}")
    if end_s > duration_s + 0.005:  # Durations are shown to two places; what is shown can be typed.
        raise UsageError(f"--end: the interaction lasts {duration_s:.2f} s, got {end_s:g}")
    if end_s <= start_s:
        raise UsageError(f"--end: expected more than --start ({start_s:g}), got {end_s:g}")
    return start_s, min(end_s, duration_s)


def one_of(option: str, name: str, known: tuple[str, ...]) -> str:
    """`name`, if it is known."""
    if name not in known:
        raise UsageError(f"{option}: expected one of {', '.join(known)}, got {name!r}")
    return name


def free_or_named_camera(text: str) -> Orbit | None:
    """A free camera, or None for the name of a known one or of the director's."""
    from avatar_server.scene.cameras import CAMERAS
    from avatar_server.scene.director import AUTO
    from avatar_server.scene.orbit_text import is_orbit_text, parse_orbit

    if not is_orbit_text(text):
        one_of("--camera", text, (*CAMERAS, AUTO))
        return None
    try:
        return parse_orbit(text)
    except UsageError as error:
        raise UsageError(f"--camera: {error}") from None


def writable_file(text: str, ending: str) -> Path:
    """A file that can be written, such as an `.mp4`: its folder is there and takes files."""
    target = expanded(text, "-o")
    if target.suffix.lower() != ending:
        raise UsageError(f"-o: expected a file name that ends in {ending}, got {text!r}")
    try:
        is_folder = target.is_dir()
    except OSError as error:  # A name longer than the disk takes.
        raise UsageError(f"-o: no file can be called {text!r} ({error.strerror})") from None
    if is_folder:
        raise UsageError(f"-o: expected a file name, but {target} is a folder")
    if not target.parent.is_dir():
        raise UsageError(f"-o: the folder {target.parent} does not exist")
    _try_to_write("-o", target.parent)
    return target


def folder(option: str, text: str) -> Path:
    """The name of a folder, there or not. An empty one, as unset variables of scripts leave, names none."""
    if not text.strip():
        raise UsageError(f"{option}: expected a folder, got {text!r}")
    return expanded(text, option)


def writable_folder(option: str, text: str) -> Path:
    """A folder that takes files, made if it is not there."""
    made = folder(option, text)
    try:
        made.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{option}: the folder {made} cannot be made ({error.strerror})") from None
    _try_to_write(option, made)
    return made


def new_folder(option: str, text: str) -> Path:
    """The name of a folder that is to be made: not there yet, or empty, where files can be written."""
    made = folder(option, text)
    if made.exists() and (not made.is_dir() or any(made.iterdir())):
        raise UsageError(f"{option}: {made} is there already: name a new or an empty folder")
    if not made.parent.is_dir():
        raise UsageError(f"{option}: the folder {made.parent} does not exist")
    _try_to_write(option, made.parent)
    return made


def _try_to_write(option: str, where: Path) -> None:
    """Permissions do not tell (read-only disks, root), so write a byte into a file that has no name."""
    try:
        with tempfile.TemporaryFile(dir=where) as file:
            file.write(b"\0")
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoomError(f"no room left in {where} ({error.strerror})") from None
        raise UsageError(f"{option}: the folder {where} is not writable ({error.strerror})") from None


def amount(option: str, text: str, low: float, high: float) -> float:
    """A number from `low` to `high`."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise UsageError(f"{option}: expected a number from {low:g} to {high:g}, got {text!r}")
    return value


def hours(option: str, text: str) -> float:
    """How long something is good: more than nothing, at most ten years."""
    try:
        value = float(text)
    except ValueError:
        raise UsageError(f"{option}: expected hours, got {text!r}") from None
    if not 0.0 < value <= 87_600.0:
        raise UsageError(f"{option}: expected more than 0 and at most 87600 hours, got {text}")
    return value


def existing_file(option: str, text: str) -> Path:
    """A file that is there."""
    path = expanded(text, option)
    if not path.is_file():
        raise UsageError(f"{option}: no file {path if text else repr(text)}")
    return path


def device_numbers(text: str | None) -> tuple[int, ...]:
    """Of EGL devices: `0,1`; none without an option."""
    numbers = () if text is None else text.split(",")
    return tuple(whole_number("--gpus", one.strip(), 0, 1023) for one in numbers)
