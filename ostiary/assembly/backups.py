"""Backup and restore of the whole house, while its programs run.

Restoring first unpacks and proves everything beside the house. Then it writes down what is to be done and does it; a
program that is killed meanwhile has it finished by the next one, so that it happens wholly or not at all.
"""

from __future__ import annotations

import json
import logging
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from ostiary import __version__
from ostiary.assembly.restoring import plan_of
from ostiary.backup import Manifest, Packer, unpack
from ostiary.database import copy_into, require_whole, snapshot
from ostiary.durable import replace_whole, sync_folder
from ostiary.erasures import Erasures
from ostiary.errors import BadBackup, GalleryError, KeyUnusable, VisitorsError
from ostiary.gallery.photos import PhotoStore
from ostiary.gallery.store import GalleryStore
from ostiary.keyring import FolderVault, Mark, State, vault_of
from ostiary.settings import Settings
from ostiary.vault import PLAIN, KeyVault, Vault, key_id

log = logging.getLogger(__name__)

DATABASES = ("history.db", "people.db", "attendance.db", "access.db", "compreface.db", "visitors/visitors.db")
_LOGS = ("webhooks.log", "erasures.log")
_SPARE_BYTES = 50e6  # of the disk, that a restore leaves free


def back_up(settings: Settings, file: IO[bytes]) -> Manifest:
    """Writes a backup of this moment to `file`. Raises KeyUnusable while the keys change, GalleryError, DatabaseUnavailable."""
    vault, data = vault_of(settings), settings.data.data_dir
    mark = vault.mark()
    if mark.state not in (State.PLAIN, State.SEALED):
        raise KeyUnusable(data / "vault.json", "the keys are being changed: finish that first, by running the same command again")
    packer = Packer(file)
    _pack_gallery(settings, vault, packer)
    for name in DATABASES:
        if (data / name).exists():
            with _beside(data) as folder:
                snapshot(data / name, folder / "copy.db")
                packer.add_file(f"data/{name}", folder / "copy.db")
    for path in [*(data / name for name in _LOGS), *sorted((data / "imports").glob("*.log")), *sorted((data / "spoofs").glob("*.jpg"))]:
        if path.exists():
            packer.add(f"data/{path.relative_to(data).as_posix()}", path.read_bytes())
    if mark.state is State.SEALED:
        packer.add("data/vault.json", (data / "vault.json").read_bytes())
    return packer.finish(time.time(), __version__, mark.key_id)


class Backups:
    """Backup and restore of one house."""

    def __init__(self, settings: Settings):
        self._settings = settings

    def back_up(self, file: IO[bytes]) -> Manifest:
        return back_up(self._settings, file)

    def restore(self, file: IO[bytes]) -> Manifest:
        return restore(self._settings, file)


def _pack_gallery(settings: Settings, vault: FolderVault, packer: Packer) -> None:
    """The gallery and the photos that it knows, of one moment."""
    store = GalleryStore(settings.gallery.db_path, vault=vault)
    with store.locked():
        gallery = store.read()  # a damaged one is no backup
        if store.path.exists():
            packer.add("faces/face_db.pkl", store.path.read_bytes())
        for face_id in sorted(gallery.all_face_ids):
            if (photo := settings.gallery.faces_dir / "photos" / f"{face_id}.jpg").exists():
                packer.add(f"faces/photos/{photo.name}", photo.read_bytes())


def restore(settings: Settings, file: IO[bytes]) -> Manifest:
    """Puts the house back to what it was; who was forgotten since then stays forgotten.

    Raises BadBackup, VaultError and GalleryError with nothing changed.
    """
    from ostiary.assembly.erasing import finish_erasures
    from ostiary.assembly.stores import engine_of

    data = settings.data.data_dir
    finish_restore(settings)
    with _beside(data) as folder:
        manifest = unpack(file, folder / "new", lambda: int(shutil.disk_usage(folder).free - _SPARE_BYTES))
        _prove(settings, folder / "new", manifest)
        _end_sessions(data, folder / "new" / "data")
        _retire_keys(settings, folder / "new" / "data", manifest)
        forgotten = _strip(settings, folder / "new", manifest)
        sealed_here = vault_of(settings).mark()
        kept = data / f".restored-{secrets.token_hex(4)}"
        (folder / "new").rename(kept)
    plan = {"folder": kept.name, "key": manifest.key_id, "forgotten": forgotten}
    replace_whole(plan_of(settings), json.dumps(plan).encode())
    finish_restore(settings)
    if not manifest.key_id and sealed_here.state is not State.PLAIN:
        _seal_again(settings)
    finish_erasures(engine_of(settings))
    return manifest


def finish_restore(settings: Settings) -> None:
    """Does what was written down, from wherever it stopped."""
    data, plan = settings.data.data_dir, plan_of(settings)
    if not plan.exists():
        return
    told = json.loads(plan.read_bytes())
    new = data / str(told["folder"])
    vault = vault_of(settings)
    store = GalleryStore(settings.gallery.db_path, vault=vault)
    with store.locked():
        _put_mark(vault, new, str(told["key"]))
        _put_gallery(settings, store, new / "faces")
        for name in DATABASES:
            if (new / "data" / name).exists():
                copy_into(new / "data" / name, data / name)
        _put_files(data, new / "data")
        if forgotten := told.get("forgotten"):
            Erasures(data).begin(*map(str, forgotten))  # the gallery does not know them; everybody else does again
        plan.unlink()
        sync_folder(data)
    shutil.rmtree(new, ignore_errors=True)


def _put_mark(vault: FolderVault, new: Path, key: str) -> None:
    mark = vault.mark()
    if key:
        vault.put_mark(Mark(State.SEALED, key))
    elif mark.state is not State.PLAIN:  # what comes is plain: it is sealed once it is there
        vault.put_mark(Mark(State.SEALING, mark.key_id))


def _put_gallery(settings: Settings, store: GalleryStore, new: Path) -> None:
    photos = settings.gallery.faces_dir / "photos"
    photos.mkdir(mode=0o700, parents=True, exist_ok=True)
    coming = sorted((new / "photos").glob("*.jpg"))
    for photo in coming:
        replace_whole(photos / photo.name, photo.read_bytes())
    if (new / "face_db.pkl").exists():
        content = (new / "face_db.pkl").read_bytes()
        replace_whole(store.path, content)
        replace_whole(store.previous, content)
    else:
        store.path.unlink(missing_ok=True)
        store.previous.unlink(missing_ok=True)
    wanted = {photo.name for photo in coming}
    PhotoStore(photos).delete(path.stem for path in photos.glob("*.jpg") if path.name not in wanted)


def _put_files(data: Path, new: Path) -> None:
    spoofs = data / "spoofs"
    spoofs.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in spoofs.glob("*.jpg"):
        path.unlink(missing_ok=True)
    for path in (new / "spoofs").glob("*.jpg"):
        replace_whole(spoofs / path.name, path.read_bytes())
    if (new / "webhooks.log").exists():
        replace_whole(data / "webhooks.log", (new / "webhooks.log").read_bytes())
    for path in (new / "imports").glob("*.log"):
        (data / "imports").mkdir(mode=0o700, exist_ok=True)
        replace_whole(data / "imports" / path.name, path.read_bytes())
    if (new / "erasures.log").exists() and not (data / "erasures.log").exists():  # what was erased since must be known here
        replace_whole(data / "erasures.log", (new / "erasures.log").read_bytes())


def _prove(settings: Settings, new: Path, manifest: Manifest) -> None:
    """Everything can be read with the keys that are here, by this version. Databases of older versions are lifted."""
    from ostiary.access.store import AccessStore
    from ostiary.attendance.store import CorrectionStore
    from ostiary.compreface.register import Register
    from ostiary.history.store import HistoryStore
    from ostiary.records.store import RecordStore
    from ostiary.visitors.store import VisitorStore

    vault = _vault_for(settings, manifest)
    try:
        GalleryStore(new / "faces" / "face_db.pkl", vault=vault).read()
        for photo in (new / "faces" / "photos").glob("*.jpg"):
            vault.open(photo.read_bytes())
        for name in DATABASES:
            if (new / "data" / name).exists():
                require_whole(new / "data" / name)
        VisitorStore(new / "data" / "visitors", vault=vault).visitors()
    except (GalleryError, VisitorsError) as error:
        raise BadBackup(str(error)) from None
    data = new / "data"
    opened = [cls(data) for cls, name in ((RecordStore, "people.db"), (CorrectionStore, "attendance.db"), (AccessStore, "access.db"),
                                         (Register, "compreface.db"))
              if (data / name).exists()]  # fmt: skip
    history = HistoryStore(data / "history.db", vault=vault) if (data / "history.db").exists() else None
    for store in opened:
        store.lift()
        store.close()
    if history:
        history.extent()
        history.close()


def _end_sessions(data: Path, new: Path) -> None:
    """Nobody is logged in or out by a backup, and no key is good again that was revoked since."""
    from ostiary.access.store import AccessStore

    if not (new / "access.db").exists():
        return
    is_present = (data / "access.db").exists()
    with closing(AccessStore(new)) as coming, closing(AccessStore(data)) as present:
        coming.begin_anew(present if is_present else None)


def _retire_keys(settings: Settings, new: Path, manifest: Manifest) -> None:
    """No key of CompreFace's services is good again that was changed since; those that settings give are."""
    from ostiary.assembly.compreface import register_of

    if not (new / "compreface.db").exists():
        return
    present = register_of(settings)
    is_present = present.path.exists()
    with closing(register_of(settings, new, _vault_for(settings, manifest))) as coming, closing(present):
        coming.begin_anew(present if is_present else None)


def _strip(settings: Settings, new: Path, manifest: Manifest) -> list[str]:
    """Takes whoever was forgotten since the backup was made out of its gallery, so that they never pass again.

    Who that was, those included of whom CompreFace's clients had given nothing but a name.
    """
    erasures, store = Erasures(settings.data.data_dir), GalleryStore(new / "faces" / "face_db.pkl", vault=_vault_for(settings, manifest))
    forgotten = [name for name in store.read().names if erasures.was_erased(name, since=manifest.made_at)]
    if forgotten:
        store.remove(*forgotten)
    for left in (store.previous, store.path.with_name(f"{store.path.name}.lock")):
        left.unlink(missing_ok=True)
    return forgotten + [name for name in _names_alone(settings, new / "data") if erasures.was_erased(name, since=manifest.made_at)]


def _names_alone(settings: Settings, new: Path) -> list[str]:
    from ostiary.assembly.compreface import register_of
    from ostiary.compreface.door_shelf import DoorShelf

    if not (new / "compreface.db").exists():
        return []
    with closing(register_of(settings, new)) as register:
        return DoorShelf(register.database).subjects()


def _vault_for(settings: Settings, manifest: Manifest) -> Vault:
    if not manifest.key_id:
        return PLAIN
    _, keys = vault_of(settings).keys()
    mine = [key for key in keys if key_id(key) == manifest.key_id]
    if not mine:
        raise BadBackup(f"it is encrypted with the key {manifest.key_id}, and KEY_FILE holds {' and '.join(map(key_id, keys))}")
    return KeyVault(mine)


def _seal_again(settings: Settings) -> None:
    from ostiary.assembly.shelves import shelves_of
    from ostiary.resealing import encrypt

    vault = vault_of(settings)
    encrypt(vault, shelves_of(settings, vault))


@contextmanager
def _beside(data: Path) -> Iterator[Path]:
    """A folder of its own on the same disk, gone afterwards."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = data / f".backup-{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
