"""What single commands and running programs both open: the engine with its folders, and the stores beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ostiary import folders
from ostiary.assembly.restoring import being_restored
from ostiary.errors import SettingsError
from ostiary.keyring import vault_of
from ostiary.settings import CameraSettings, Settings

if TYPE_CHECKING:
    from ostiary.engine import FaceEngine
    from ostiary.history.history import History
    from ostiary.sinks.spoof_pictures import SpoofPictures
    from ostiary.visitors.reception import Reception
    from ostiary.visitors.store import VisitorStore


def prepared(settings: Settings) -> Settings:
    """`settings` with private folders, whose keys fit; the demo's people live in a gallery of their own, never in the owner's."""
    folders.private(settings.data.data_dir, "DATA_DIR")
    if is_demo(settings.camera):
        demo = settings.data.data_dir / "demo"
        settings = replace(settings, gallery=replace(settings.gallery, faces_dir=demo / "faces", db_path_given=None))
    folders.private(settings.gallery.faces_dir, "FACES_DIR")
    if being_restored(settings):
        from ostiary.assembly.backups import finish_restore

        finish_restore(settings)
    vault_of(settings).check()
    return settings


def is_demo(camera: CameraSettings) -> bool:
    """Raises SettingsError where the demo is one of several sources: its people must not meet a real gallery."""
    from ostiary.stream.source import parse_sources

    specs = [spec for _, spec in parse_sources(camera.video_source)]
    if "demo" in specs and len(specs) > 1:
        raise SettingsError("VIDEO_SOURCE", "demo", "the demo plays alone: name it, or cameras")
    return specs == ["demo"]


def open_engine(settings: Settings) -> FaceEngine:
    """The engine for a single command, with the folders that it needs."""
    engine = engine_of(prepared(settings))
    finish_changes(engine)
    return engine


def finish_changes(engine: FaceEngine) -> None:
    """What programs that were killed did not bring to its end."""
    from ostiary.assembly.erasing import finish_erasures
    from ostiary.assembly.renaming import finish_renamings

    finish_erasures(engine)
    finish_renamings(engine)


def engine_of(settings: Settings, history: History | None = None, by: Callable[[], str | None] = lambda: "the terminal") -> FaceEngine:
    """An engine that, when it forgets or renames somebody, has everybody else do so too. `by` names who changes the gallery."""
    from ostiary.assembly.compreface import follow_door
    from ostiary.assembly.erasing import follow_forgetting
    from ostiary.assembly.history import follow_gallery, open_history
    from ostiary.assembly.ledger import follow_people
    from ostiary.assembly.renaming import follow_renaming
    from ostiary.engine import FaceEngine
    from ostiary.proof import results

    engine = FaceEngine.from_settings(settings)
    visitors = visitor_store(settings)
    engine.when_forgotten.append(visitors.forget_person)
    engine.when_renamed.append(visitors.rename_person)
    attempts = spoof_pictures(settings)
    engine.when_forgotten.append(lambda name: Counter(attempts=attempts.forget_person(name)))
    engine.when_renamed.append(attempts.rename_person)
    proofs = own_data(settings) / "proof"
    engine.when_forgotten.append(lambda name: Counter(measurements=results.forget(proofs, name)))
    engine.when_renamed.append(lambda name, _: results.drop_naming(proofs, name))
    follow_people(engine, settings)
    follow_door(engine, settings)
    history = history or open_history(settings, own_data(settings))
    follow_gallery(engine, history, settings, by)
    follow_renaming(engine, settings, history)
    follow_forgetting(engine, settings, by)
    return engine


def portraits_dir(settings: Settings) -> Path:
    return settings.data.data_dir / "demo" / "portraits"


def own_data(settings: Settings) -> Path:
    """Where what belongs to the gallery's people lies: the demo's lie apart."""
    return settings.data.data_dir / "demo" if is_demo(settings.camera) else settings.data.data_dir


def visitor_store(settings: Settings) -> VisitorStore:
    """Who came unknown; in the demo, a store of its own."""
    from ostiary.visitors.store import VisitorStore

    return VisitorStore(own_data(settings) / "visitors", settings.visitors.most, settings.visitors.days, vault=vault_of(settings))


def spoof_pictures(settings: Settings) -> SpoofPictures:
    """Of who tried with a picture."""
    from ostiary.sinks.spoof_pictures import SpoofPictures

    return SpoofPictures(settings.data.data_dir / "spoofs", vault=vault_of(settings))


def open_reception(settings: Settings) -> Reception:
    from ostiary.assembly.history import correcting, open_history
    from ostiary.visitors.reception import Reception

    engine = open_engine(settings)
    history = open_history(settings, own_data(settings))
    return Reception(visitor_store(settings), engine, corrected=correcting(history, settings, lambda: "the terminal"))
