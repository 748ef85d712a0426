from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ostiary.hub.packet import pack, pack_message

Event = Callable[..., dict[str, Any]]


def test_the_light_variant_is_the_same_without_the_picture(event: Event) -> None:
    message = event(1, passes=True)
    text = json.dumps(message)
    packet = pack(text)
    assert packet is not None
    assert (packet.kind, packet.camera, packet.kept) == ("face_event", "front", True)
    assert packet.full == text.encode()
    assert json.loads(packet.light) == {member: value for member, value in message.items() if member != "frame"}


def test_only_a_pass_event_is_kept(event: Event) -> None:
    assert not pack_message(event(1)).kept
    assert not pack_message({"type": "status", "cameras": [], "passes": [1]}).kept


@pytest.mark.parametrize(
    "text", ["hello", "[]", '{"type": "other"}', '{"type": "face_event", "camera": ["x"]}', '{"type": "face_event", "distance": 1e999}']
)
def test_what_is_not_of_the_stream_is_not_passed_on(text: str) -> None:
    assert pack(text) is None


def test_our_own_messages_must_be_right() -> None:
    with pytest.raises(ValueError, match="'other'"):
        pack_message({"type": "other"})
