from __future__ import annotations

import cv2
import numpy as np
import pytest

from ostiary.domain import Decision, Detection, Frame, Outcome, PassEvent, Reason, Sighting, Status, Track
from ostiary.history.recorder import Recorder
from ostiary.history.sink import FACE_PX, FRAME_PX, HistorySink, shrunk
from ostiary.history.store import HistoryStore
from ostiary.track_ids import TrackIds


def _outcome(at: float, track: int, name: str | None = None) -> Outcome:
    face = Detection((400, 200, 900, 900), 0.9)
    status, reason = (Status.PASS, None) if name else (Status.REJECT, Reason.UNKNOWN)
    decision = Decision(track, status, reason, name, 0.3, None, None, 3, 3, 0.8, True, face)
    passes = (PassEvent(f"pass-{track}", name, 0.3, "door", at, 1e9 + at),) if name else ()
    frame = Frame("door", 0, at, 1e9 + at, np.full((1080, 1920, 3), 128, np.uint8))
    return Outcome(frame, (decision,), passes, (Sighting(Track(track, "door", face, at - 1, at)),))


def test_who_came_is_kept_with_small_pictures(store: HistoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ostiary.history.sink.TURN_S", 0)
    recorder = Recorder(store, 10)
    sink = HistorySink(recorder, TrackIds(), frames="pass", clock=lambda: 50.0)
    sink.offer(_outcome(1.0, 1, "katya"))
    sink.offer(_outcome(1.1, 2))
    sink.offer(_outcome(1.2, 2))
    sink.offer(_outcome(49.9, 3))
    sink.offer(_outcome(49.9, 3))
    sink.step()
    recorder.flush()
    assert [(record.event.kind.value, record.has_face, record.has_frame) for record in store.walk()] == [
        ("pass", True, True),
        ("visitor", True, False),
    ]
    sizes = [cv2.imdecode(np.frombuffer(store.picture("pass-1", which) or b"", np.uint8), 1).shape for which in ("face", "frame")]  # type: ignore[arg-type]
    assert [max(size) for size in sizes] == [FACE_PX, FRAME_PX]
    sink.close()
    recorder.flush()
    assert store.extent().events == 3  # who was still in view


def test_a_small_picture_is_not_made_larger() -> None:
    image = np.zeros((10, 20, 3), np.uint8)
    assert shrunk(image, 100).shape == image.shape
    assert shrunk(image, 10).shape == (5, 10, 3)
    assert not np.shares_memory(shrunk(image, 100), image)
