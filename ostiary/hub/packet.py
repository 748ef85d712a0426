"""A stream message on its way through the hub: read once, written once per variant, whoever receives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ostiary.wire import dump, parse_stream


@dataclass(frozen=True, slots=True)
class Packet:
    """`full` is what was published, `light` the same without the picture. `kept`: it carries a PASS event."""

    kind: str
    camera: str
    kept: bool
    full: bytes
    light: bytes


def pack(text: str | bytes) -> Packet | None:
    """The packet of a published text; None where that is not a message of the stream."""
    message = parse_stream(text)
    if message is None:
        return None
    full = text.encode() if isinstance(text, str) else text
    return _packet(message, full)


def pack_message(message: dict[str, Any]) -> Packet:
    packet = _packet(message, dump(message).encode())
    if packet is None:
        raise ValueError(f"not a message of the stream: {message.get('type')!r}")
    return packet


def _packet(message: dict[str, Any], full: bytes) -> Packet | None:
    kind, camera = message["type"], message.get("camera") or ""
    if kind not in {"face_event", "status"} or not isinstance(camera, str):
        return None
    try:
        light = dump({member: value for member, value in message.items() if member != "frame"}).encode()
    except ValueError:  # a number beyond what JSON can say, such as 1e999
        return None
    return Packet(kind, camera, kept=kind == "face_event" and bool(message.get("passes")), full=full, light=light)
