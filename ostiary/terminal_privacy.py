"""The commands about faces at rest: encrypting, decrypting, changing the key; forgetting somebody."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
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
