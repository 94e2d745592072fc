"""RTP payloads back to what a decoder takes (RFC 6184 and RFC 7741, pure); the other way is in `sinks`."""

from __future__ import annotations

from collections.abc import Sequence

START_CODE = b"\x00\x00\x00\x01"
STAP_A, FU_A, IDR = 24, 28, 5


def payload_of(packet: bytes) -> bytes:
    """The payload of an RTP packet without protection (RFC 3550, section 5.1)."""
    start = 12 + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10:
        start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4], "big")
    return packet[start : len(packet) - packet[-1]] if packet[0] & 0x20 else packet[start:]


def access_unit(codec: str, payloads: Sequence[bytes]) -> tuple[bytes, bool]:
    """(what a decoder takes, whether it can begin there) of a whole picture's payloads."""
    if codec == "vp8":
        frame = b"".join(payload[_vp8_descriptor_length(payload) :] for payload in payloads)
        return frame, bool(frame) and not frame[0] & 1
    units = _nal_units(payloads)
    return b"".join(START_CODE + unit for unit in units), any(unit[0] & 0x1F == IDR for unit in units)


def _nal_units(payloads: Sequence[bytes]) -> list[bytes]:
    units: list[bytes] = []
    for payload in payloads:
        kind = payload[0] & 0x1F
        if kind == FU_A:
            if payload[1] & 0x80:
                units.append(bytes([payload[0] & 0xE0 | payload[1] & 0x1F]))
            units[-1] += payload[2:]
        elif kind == STAP_A:
            place = 1
            while place + 2 <= len(payload):
                size = int.from_bytes(payload[place : place + 2], "big")
                units.append(payload[place + 2 : place + 2 + size])
                place += 2 + size
        else:
            units.append(payload)
    return units


def _vp8_descriptor_length(payload: bytes) -> int:
    length = 1
    if payload[0] & 0x80:
        extension = payload[1]
        length += 1
        if extension & 0x80:
            length += 2 if payload[length] & 0x80 else 1
        if extension & 0x40:
            length += 1
        if extension & 0x30:
            length += 1
    return length
