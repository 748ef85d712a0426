"""The commands about faces at rest: encrypting, decrypting, changing the key; forgetting somebody."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from ostiary.errors import SettingsError
from ostiary.keyring import FolderVault, make_key_file, vault_of
from ostiary.resealing import Done, Shelf, decrypt, encrypt, rotate
from ostiary.settings import Settings

Change = Callable[[FolderVault, Sequence[Shelf]], Done]


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the commands by `add(name, command, help)`."""
    sealing = add("encrypt", _encrypt, "encrypt the faces on the disk with the key in KEY_FILE")
    sealing.add_argument("--new-key", action="store_true", help="make the key file first")
    add("forget", _forget, "erase all that is known of a person, and keep a record of that without the name").add_argument("name")
    add("backup", _backup, "write everything about people to one file").add_argument("file", type=Path)
    restoring = add("restore", _restore, "put back what a backup holds, all of it or nothing")
    restoring.add_argument("file", type=Path)
    restoring.add_argument("--yes", action="store_true", help="replace what is there")
    add("decrypt", _decrypt, "decrypt the faces on the disk again")
    add("rotate-key", _rotate, "encrypt the faces on the disk with a new key, written to KEY_FILE")


def _encrypt(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    file = settings.privacy.key_file
    if file is not None and arguments.new_key:
        _refuse_beside_the_data(file, settings)
        make_key_file(file)
    done = _run(encrypt, settings)
    print(f"everything is encrypted with the key {done.key_id}: keep a copy of {file} elsewhere, without it all faces are lost")
    print("programs that were started without KEY_FILE have to be started anew; deleted copies may linger on the medium until overwritten")
    return 0


def _decrypt(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    _run(decrypt, settings)
    print("everything is decrypted: take KEY_FILE out of the settings, and keep the key for as long as you keep backups made with it")
    return 0


def _rotate(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    done = _run(rotate, settings)
    print(f"everything is encrypted with the new key {done.key_id}: keep a copy of {settings.privacy.key_file} elsewhere")
    print("backups made before can be restored only with a copy of the old key")
    return 0


def _forget(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    from ostiary.assembly.stores import open_engine

    erased = open_engine(settings).forget(arguments.name)
    print(f"erased: {', '.join(f'{count} {kind}' for kind, count in sorted(erased.items()) if count)}")
    print("the log of the system, backups, and what was exported or sent elsewhere are not reached from here")
    return 0


def _backup(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    from ostiary.assembly.backups import back_up

    target: Path = arguments.file
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        print(f"{target} cannot be made: {error.strerror}", file=sys.stderr)
        return 2
    try:
        with os.fdopen(handle, "wb") as file:
            manifest = back_up(settings, file)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    print(f"{len(manifest.files)} files, {target.stat().st_size / 1e6:.1f} MB in {target}")
    key = f" It can only be restored with the key {manifest.key_id}." if manifest.key_id else " It is not encrypted: keep it safe."
    print(f"Not inside: the key, the settings, models.{key}")
    return 0


def _restore(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    from ostiary.assembly.backups import restore

    if not arguments.yes:
        print("this replaces everybody who is enrolled, the history, keys and users by those of the backup: add --yes", file=sys.stderr)
        return 2
    try:
        with arguments.file.open("rb") as file:
            manifest = restore(settings, file)
    except OSError as error:
        print(f"{arguments.file}: {error.strerror}", file=sys.stderr)
        return 2
    made = datetime.fromtimestamp(manifest.made_at).strftime("%Y-%m-%d %H:%M:%S")
    print(f"restored as of {made}: programs that run know the people already; start them anew for the rest")
    return 0


def _run(change: Change, settings: Settings) -> Done:
    from ostiary.assembly.shelves import shelves_of

    vault = vault_of(settings)
    done = change(vault, shelves_of(settings, vault))
    for shelf, count in done.changed.items():
        if count:
            print(f"{shelf}: {count} rewritten")
    return done


def _refuse_beside_the_data(file: Path, settings: Settings) -> None:
    """A key beside what it locks is none: whoever takes the folder has both."""
    for knob, folder in (("DATA_DIR", settings.data.data_dir), ("FACES_DIR", settings.gallery.faces_dir)):
        if file.resolve().is_relative_to(folder.resolve()):
            raise SettingsError("KEY_FILE", str(file), f"lies in {knob}, with what it is to lock: name a place elsewhere")
