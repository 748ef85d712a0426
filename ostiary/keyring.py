"""Which keys seal the faces in a data folder, and how far a change of keys has come: one small file says so to all programs.

`DATA_DIR/vault.json` is missing until something was encrypted. It is looked at before every sealing and opening, so that
programs that run while the keys change follow at once and no restart is needed.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ostiary.durable import replace_whole, sync_folder
from ostiary.errors import KeyMissing, KeyUnusable, SettingsError, WrongKey
from ostiary.settings import Settings
from ostiary.vault import KEY_BYTES, PLAIN, KeyVault, Vault, key_id

_REMEDY = "32 random bytes, or their base64 text, are expected; 'ostiary encrypt --new-key' makes such a file"


class State(StrEnum):
    """`SEALING`, `TURNING` (to another key) and `OPENING` are on the way: what is stored may be as before or as afterwards."""

    PLAIN = "plain"
    SEALING = "sealing"
    SEALED = "sealed"
    TURNING = "turning"
    OPENING = "opening"


@dataclass(frozen=True, slots=True)
class Mark:
    """What the folder says of itself. `key_id` tells the key that is in force, or goes out of force while OPENING."""

    state: State
    key_id: str = ""


class FolderVault:
    """The vault of a data folder, whatever state it is in. Safe to use from several threads and processes."""

    def __init__(self, data_dir: Path, key_file: Path | None):
        self.key_file = key_file
        self._mark_file = data_dir / "vault.json"
        self._lock = threading.Lock()
        self._known: tuple[object, Vault] | None = None

    def seal(self, data: bytes) -> bytes:
        return self._vault().seal(data)

    def open(self, data: bytes) -> bytes:
        return self._vault().open(data)

    def check(self) -> None:
        """Whether programs may start with these keys. Raises SettingsError and VaultError, having changed nothing."""
        mark = self.mark()
        if self.key_file is None and mark.state is not State.PLAIN:
            raise KeyMissing(mark.key_id)
        if self.key_file is not None and mark.state is State.PLAIN:
            raise SettingsError(
                "KEY_FILE", str(self.key_file), "nothing is encrypted yet: run 'ostiary encrypt', with --new-key for a new key"
            )
        self._vault()

    def mark(self) -> Mark:
        """Raises KeyUnusable where the file that tells cannot be read."""
        try:
            content = json.loads(self._mark_file.read_text("utf-8"))
            return Mark(State(content["state"]), str(content["key"]))
        except FileNotFoundError:
            return Mark(State.PLAIN)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise KeyUnusable(self._mark_file, f"it cannot be read ({error}); take it from a backup") from None

    def put_mark(self, mark: Mark) -> None:
        """Returns when the disk has it; from then on all programs go by it."""
        self._mark_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_whole(self._mark_file, json.dumps({"state": mark.state.value, "key": mark.key_id}).encode())

    def keys(self) -> tuple[Path, list[bytes]]:
        """The key file and its keys, the one in force first. Raises SettingsError where none is named, and KeyUnusable."""
        if self.key_file is None:
            raise SettingsError("KEY_FILE", "", "let it name the file of the key, best on another medium than the data")
        return self.key_file, read_keys(self.key_file)

    def _vault(self) -> Vault:
        signature = _signature(self._mark_file)
        known = self._known
        if known is None or known[0] != signature:
            with self._lock:
                self._known = known = signature, self._vault_for(self.mark())
        return known[1]

    def _vault_for(self, mark: Mark) -> Vault:
        if mark.state is State.PLAIN:
            return PLAIN
        if self.key_file is None:
            return _Locked(mark.key_id)
        keys = read_keys(self.key_file)
        if mark.key_id not in (known := [key_id(key) for key in keys]):
            raise WrongKey(mark.key_id, known)
        if mark.state is State.OPENING:
            return _Opening(KeyVault(keys, plain=True))
        return KeyVault(keys, plain=mark.state is State.SEALING)


class _Locked:
    """Of a program without the key."""

    def __init__(self, wanted: str):
        self._wanted = wanted

    def seal(self, data: bytes) -> bytes:
        raise KeyMissing(self._wanted)

    def open(self, data: bytes) -> bytes:
        raise KeyMissing(self._wanted)


class _Opening:
    """While everything is being decrypted: nothing is sealed any more."""

    def __init__(self, keys: KeyVault):
        self._keys = keys

    def seal(self, data: bytes) -> bytes:
        return data

    def open(self, data: bytes) -> bytes:
        return self._keys.open(data)


def vault_of(settings: Settings) -> FolderVault:
    return FolderVault(settings.data.data_dir, settings.privacy.key_file)


def read_keys(file: Path) -> list[bytes]:
    """The one in force first, then those that only open. Raises KeyUnusable."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise KeyUnusable(file, f"it cannot be read ({error.strerror})") from None
    if len(data) == KEY_BYTES:
        return [data]
    lines = [line for line in data.split(b"\n") if line.strip() and not line.startswith(b"#")]
    try:
        keys = [base64.b64decode(line.strip(), validate=True) for line in lines]
    except binascii.Error:
        raise KeyUnusable(file, f"it holds no key: {_REMEDY}") from None
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise KeyUnusable(file, f"it holds no key: {_REMEDY}")
    return keys


def write_keys(file: Path, keys: Sequence[bytes]) -> None:
    """Raises KeyUnusable; the file then holds what it held."""
    try:
        replace_whole(Path(os.path.realpath(file)), _text(keys))  # a link stays a link
    except OSError as error:
        raise KeyUnusable(file, f"it cannot be written ({error.strerror})") from None


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def make_key_file(file: Path) -> None:
    """A file with a new key, never over another. Raises KeyUnusable."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as made:
            made.write(_text([new_key()]))
            made.flush()
            os.fsync(made.fileno())
        sync_folder(file.parent)
    except FileExistsError:
        raise KeyUnusable(file, "it is there already and is not overwritten: leave out --new-key to use it") from None
    except OSError as error:
        raise KeyUnusable(file, f"it cannot be made ({error.strerror})") from None


def _text(keys: Sequence[bytes]) -> bytes:
    head = b"# Ostiary: whoever has this file can read the faces. Keep a copy of it elsewhere: without it they are lost.\n"
    return head + b"".join(base64.b64encode(key) + b"\n" for key in keys)


def _signature(file: Path) -> object:
    try:
        stat = file.stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
