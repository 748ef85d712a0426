"""The history: where it lies, and who tells it of something."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ostiary.keyring import vault_of
from ostiary.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from ostiary.assembly.house import House
    from ostiary.domain import GalleryChange, Sink
    from ostiary.engine import FaceEngine
    from ostiary.history.history import History
    from ostiary.sinks.journal import Journal
    from ostiary.stream.capture import Capture
    from ostiary.track_ids import TrackIds
    from ostiary.visitors.reception import Corrected
    from ostiary.visitors.values import Change


def open_history(settings: Settings, folder: Path, is_known: Callable[[str], bool] = lambda name: True) -> History:
    """The history in `folder`. Nothing is opened or made before it is used."""
    from ostiary.history.history import History
    from ostiary.history.recorder import Recorder
    from ostiary.history.store import HistoryStore

    kept = settings.history
    store = HistoryStore(folder / "history.db", most_mb=kept.most_mb, days=kept.days, vault=vault_of(settings))
    return History(store, Recorder(store, kept.flush_s, is_known=is_known))


def follow_gallery(engine: FaceEngine, history: History, settings: Settings, by: Callable[[], str | None]) -> None:
    """Has `history` forget and rename whom `engine` does, and keep what was done to the gallery and `by` whom."""
    from ostiary.history.notes import of_change

    def note(change: GalleryChange) -> None:
        history.note(of_change(change, time.time(), by()))
        history.recorder.flush()  # such changes are rare, and a command ends at once

    def forget(name: str) -> Counter[str]:
        erased = history.forget_person(name)
        return Counter({"events": erased.events, "pictures of events": erased.pictures, "mentions in events": erased.mentions})

    engine.when_forgotten.append(forget)
    engine.when_renamed.append(history.rename_person)
    if settings.history.enable:
        engine.when_changed.append(note)


def correcting(history: History, settings: Settings, by: Callable[[], str | None]) -> Corrected | None:
    """What has `history` say of a decision that it was corrected, and `by` whom; None where none is kept."""
    from ostiary.history.values import Correction

    def corrected(change: Change, was: str | None) -> None:
        if change.decision is None:
            return
        if change.undone_at is None:
            history.store.correct(change.decision, Correction(was, change.at, by(), change.id))
        else:
            history.store.uncorrect(change.decision)

    return corrected if settings.history.enable else None


def open_history_sink(house: House, history: History, ids: TrackIds) -> Sink:
    """Who came to the door."""
    from ostiary.history.sink import HistorySink

    sink = HistorySink(history.recorder, ids, frames=house.settings.history.frames)
    house.spawn(sink, "history-sink")
    house.stack.callback(sink.close)
    return sink


def follow_outside(house: House, history: History, captures: Sequence[Capture], journal: Journal) -> None:
    """What became of the cameras and of the webhooks."""
    from ostiary.history.notes import CameraWatch, of_webhook

    journal.when_recorded.append(lambda delivery: history.note(of_webhook(delivery)))
    house.spawn(CameraWatch(lambda: [capture.status() for capture in captures], history.note, house.stop), "camera-watch")
