"""Forgetting somebody wherever their name or face may be, and the record that it was done."""

from __future__ import annotations

import html
import json
import logging
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ostiary.assembly.stores import own_data
from ostiary.erasures import Erasures
from ostiary.errors import OstiaryError
from ostiary.settings import Settings

if TYPE_CHECKING:
    from ostiary.access.audit import Audit
    from ostiary.engine import FaceEngine

log = logging.getLogger(__name__)


def follow_forgetting(engine: FaceEngine, settings: Settings, by: Callable[[], str | None]) -> None:
    """Has everything in DATA_DIR forget and rename whom `engine` does. The databases' logs are emptied last: call this last."""
    from ostiary.database import empty_logs
    from ostiary.sinks.journal import replace_name

    data = settings.data.data_dir
    webhooks = data / "webhooks.log"

    def rename_in_log(old: str, new: str) -> None:
        replace_name(webhooks, old, new)

    engine.erasing = Erasures(own_data(settings), by).of  # somebody of the demo is nobody else's namesake

    def rename_in_audit(old: str, new: str) -> None:
        with _audit(data) as audit:
            if audit:
                audit.rename_person(old, new)

    def forget_in_audit(name: str) -> None:
        with _audit(data) as audit:
            if audit:
                audit.forget_person(name)

    engine.when_renamed += [rename_in_log, rename_in_audit]
    engine.when_forgotten += [
        lambda name: Counter(webhooks=replace_name(webhooks, name, "")),
        lambda name: Counter(cooldowns=_without(data / "cooldowns.json", name)),
        forget_in_audit,
    ]
    engine.after_forgetting += [lambda: _without_looks(data), lambda: _without_unpacked(data), lambda: empty_logs(data)]


def finish_erasures(engine: FaceEngine) -> None:
    """What programs that were killed began to forget. What cannot be finished now is tried again at the next start."""
    for begun in Erasures(own_data(engine.settings)).begun():
        try:
            for name in begun.names:
                engine.finish_forgetting(name, begun.at)
            begun.file.unlink(missing_ok=True)
        except (OstiaryError, OSError) as error:
            log.error("somebody who was to be forgotten is not yet, everywhere: %s", error)


def _without(file: Path, name: str) -> int:
    """Deletes a file that can be made again, where it names the person; 1 if so."""
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        return 0
    if not any(spelt.encode() in text for spelt in (name, json.dumps(name)[1:-1], html.escape(name))):
        return 0
    file.unlink(missing_ok=True)
    return 1


def _without_looks(data: Path) -> None:
    """What was seen in pictures for measurements: encodings, nobody knows whose. It only spares work."""
    for folder in (data, data / "demo"):
        for file in (folder / "proof").glob("looks.sqlite*"):
            file.unlink(missing_ok=True)


def _without_unpacked(data: Path) -> None:
    """What a backup or a restore that was killed before it did anything has left."""
    if not (data / "restoring.json").exists():
        for folder in [*data.glob(".backup-*"), *data.glob(".restored-*")]:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _audit(data: Path) -> Iterator[Audit | None]:
    from ostiary.access.store import AccessStore

    if not (data / "access.db").exists():
        yield None
        return
    store = AccessStore(data)
    try:
        yield store.audit
    finally:
        store.close()
