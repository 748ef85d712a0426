"""Every place where faces are stored, the demo's too: what a change of keys has to pass."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ostiary.keyring import FolderVault
from ostiary.resealing import Shelf
from ostiary.settings import Settings

if TYPE_CHECKING:
    from ostiary.vault import Again


def shelves_of(settings: Settings, vault: FolderVault) -> list[Shelf]:
    data, gallery = settings.data.data_dir, settings.gallery
    shelves = _of_house(data, gallery.db_path, gallery.faces_dir, vault, "")
    demo = data / "demo"
    if demo.exists():
        shelves += _of_house(demo, demo / "faces" / "face_db.pkl", demo / "faces", vault, " of the demo")
    return shelves


def _of_house(data: Path, db_path: Path, faces_dir: Path, vault: FolderVault, whose: str) -> list[Shelf]:
    from ostiary.gallery.photos import PhotoStore
    from ostiary.gallery.store import GalleryStore
    from ostiary.sinks.spoof_pictures import SpoofPictures
    from ostiary.visitors.store import VisitorStore

    store, photos = GalleryStore(db_path, vault=vault), PhotoStore(faces_dir / "photos", vault=vault)
    return [
        Shelf(f"gallery{whose}", store.reseal),
        Shelf(f"photos{whose}", lambda again: photos.reseal(again, store.locked)),
        Shelf(f"visitors{whose}", VisitorStore(data / "visitors", vault=vault).reseal),
        Shelf(f"attempts{whose}", SpoofPictures(data / "spoofs", vault=vault).reseal),
        Shelf(f"history{whose}", lambda again: _history(data / "history.db", vault, again)),
        Shelf(f"CompreFace's services{whose}", lambda again: _services(data, again)),
    ]


def _history(file: Path, vault: FolderVault, again: Again) -> int:
    from ostiary.history.store import HistoryStore

    if not file.exists():
        return 0
    store = HistoryStore(file, vault=vault)
    try:
        return store.reseal(again)
    finally:
        store.close()


def _services(data: Path, again: Again) -> int:
    from ostiary.compreface.register import Register
    from ostiary.compreface.resealing import reseal

    register = Register(data)
    try:
        return reseal(register.database, again)
    finally:
        register.close()
