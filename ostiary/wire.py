"""The messages that others read: stream, status and webhook, turned from values into JSON's shapes and back. Pure."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable
from typing import Any, Protocol

from ostiary.domain import Decision, Outcome, PassEvent, Status


class CameraState(Protocol):
    """What a status message tells of a camera."""

    @property
    def name(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def problem(self) -> str | None: ...
    @property
    def fps(self) -> float: ...
    @property
    def frames(self) -> int: ...
    @property
    def dropped(self) -> int: ...
    @property
    def reconnects(self) -> int: ...


def stream_message(outcome: Outcome, jpeg: bytes | None, *, drawn: bool = False) -> dict[str, Any]:
    """One `face_event`, as DESIGN's "Stream message" has it. Without `jpeg` it has no member `frame`.

    `drawn` says that boxes and names are in the picture already.
    """
    frame = outcome.frame
    faces = [_face(decision) for decision in outcome.decisions]
    largest = faces[0] if faces else {"name": None, "distance": None, "status": Status.NO_FACE.value, "box": None, "reason": None}
    message = {
        "type": "face_event",
        **{member: largest[member] for member in ("name", "distance", "status", "box", "reason", "challenge") if member in largest},
        "timestamp": int(frame.captured_at),
        "captured_at": round(frame.captured_at * 1000),
        "camera": frame.camera,
        "frame_id": frame.id,
        "faces": faces,
        "passes": [{"event_id": e.event_id, "name": e.person, "distance": _number(e.distance, 4), **_marks(e)} for e in outcome.passes],
    }
    if jpeg is not None:
        message |= {"frame": base64.b64encode(jpeg).decode("ascii"), "drawn": drawn}
    return message


def _face(decision: Decision) -> dict[str, Any]:
    return {
        "name": decision.person,
        "distance": _number(decision.distance, 4),
        "status": decision.status.value,
        "box": [int(edge) for edge in decision.detection.box],
        "reason": decision.reason.value if decision.reason else None,
        "track_id": decision.track_id,
        "votes": decision.votes,
        "usable": decision.usable,
        "quality": _number(decision.quality, 3),
        "liveness": _number(decision.liveness, 3),
        **({"runner_up": decision.runner_up, "runner_up_distance": _number(decision.runner_up_distance, 4)} if decision.runner_up else {}),
        **({"challenge": decision.challenge} if decision.challenge else {}),
        **({"problem": decision.problem} if decision.problem else {}),
    }


def status_message(cameras: Iterable[CameraState], webhooks: dict[str, Any], pipeline: dict[str, Any] | None = None) -> dict[str, Any]:
    """How the cameras, the webhooks and the pipeline are doing; only subscribers who ask with `?status=1` receive it.

    `webhooks` and `pipeline` hold counters by name, as their owners count.
    """
    return {
        "type": "status",
        "pipeline": pipeline or {},
        "cameras": [
            {
                "name": camera.name,
                "state": str(camera.state),
                "problem": camera.problem,
                "fps": _number(camera.fps, 1),
                "frames": camera.frames,
                "dropped": camera.dropped,
                "reconnects": camera.reconnects,
            }
            for camera in cameras
        ],
        "webhooks": webhooks,
    }


def demand_message(frames: bool) -> dict[str, Any]:
    """What the hub tells publishers: whether anybody watches the pictures, so that nobody encodes them for nothing."""
    return {"type": "demand", "frames": frames}


def webhook_body(event: PassEvent) -> dict[str, Any]:
    """What a webhook's receiver is told."""
    return {
        "name": event.person,
        "distance": _number(event.distance, 4),
        "timestamp": int(event.captured_at),
        "event_id": event.event_id,
        "camera": event.camera,
        "captured_at": round(event.captured_at * 1000),
        **_marks(event),
    }


def _marks(event: PassEvent) -> dict[str, Any]:
    """What only some events carry: how surely the face lives, where that was measured, and that it seems to be a picture."""
    measured = {} if event.liveness is None else {"liveness": _number(event.liveness, 3)}
    return {**measured, "spoof": True} if event.spoof else measured


def dump(message: dict[str, Any]) -> str:
    """`message` as compact JSON, in ASCII."""
    return json.dumps(message, allow_nan=False, separators=(",", ":"))


def parse_stream(text: str | bytes) -> dict[str, Any] | None:
    """The message in `text`; None where it is not a JSON object with a `type`."""
    try:
        message = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        return None
    return message if isinstance(message, dict) and isinstance(message.get("type"), str) else None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _number(value: float | None, digits: int) -> float | None:
    """JSON knows no infinity: an unmeasurable value is told as none."""
    return None if value is None or not math.isfinite(value) else round(float(value), digits)
