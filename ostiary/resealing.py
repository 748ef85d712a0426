"""Changes the key of everything that is stored: encrypts, decrypts, turns to a new key. Each can be killed and run again.

The order is what makes it safe: first every program can read both ways and writes the new way, then everything stored is
rewritten, piece by piece and each piece whole at any time, then all of it is read back with the new key alone, and only
then the old way ends. Programs may run meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ostiary.errors import KeyUnusable, NotSealed, SettingsError, WrongKey
from ostiary.keyring import FolderVault, Mark, State, new_key, write_keys
from ostiary.vault import PLAIN, Again, KeyVault, Vault, is_sealed, key_id, sealed_with

_ROUNDS = 5
"""How often what running programs wrote the old way in the last moment is looked for."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A place where faces are stored. `reseal` passes each piece through what it is given, and counts those that changed."""

    name: str
    reseal: Callable[[Again], int]


@dataclass(frozen=True, slots=True)
class Done:
    """`changed` pieces of each shelf by name were rewritten; `key_id` is now in force, '' for none."""

    changed: dict[str, int]
    key_id: str


def encrypt(vault: FolderVault, shelves: Sequence[Shelf]) -> Done:
    """Raises VaultError, SettingsError, and whatever the shelves raise; then what was begun is finished by running it again."""
    (file, keys), mark = vault.keys(), vault.mark()
    if mark.state is State.TURNING:
        raise KeyUnusable(file, "a change of keys was interrupted: run 'ostiary rotate-key' first")
    if mark.state in (State.SEALED, State.SEALING):
        _require(mark.key_id, keys)
    now = key_id(keys[0])
    if mark.state is not State.SEALED:
        vault.put_mark(Mark(State.SEALING, now))
    changed = _carry_over(KeyVault(keys, plain=True), KeyVault(keys[:1]), shelves)
    vault.put_mark(Mark(State.SEALED, now))
    return Done(changed, now)


def decrypt(vault: FolderVault, shelves: Sequence[Shelf]) -> Done:
    """Raises as `encrypt` does."""
    mark = vault.mark()
    if mark.state is State.PLAIN:
        raise SettingsError("KEY_FILE", str(vault.key_file or ""), "nothing is encrypted")
    _, keys = vault.keys()
    _require(mark.key_id, keys)
    vault.put_mark(Mark(State.OPENING, mark.key_id))
    changed = _carry_over(KeyVault(keys, plain=True), PLAIN, shelves)
    vault.put_mark(Mark(State.PLAIN))
    return Done(changed, "")


def rotate(vault: FolderVault, shelves: Sequence[Shelf]) -> Done:
    """Turns to a new key, or finishes the turn that was interrupted. Raises as `encrypt` does."""
    (file, keys), mark = vault.keys(), vault.mark()
    if mark.state not in (State.SEALED, State.TURNING):
        raise KeyUnusable(file, f"the data is {mark.state}, not sealed with one key: run 'ostiary encrypt' first")
    _require(mark.key_id, keys)
    if mark.state is State.SEALED and len(keys) == 1:
        keys = [new_key(), *keys]
        write_keys(file, keys)
    now = key_id(keys[0])
    vault.put_mark(Mark(State.TURNING, now))
    changed = _carry_over(KeyVault(keys), KeyVault(keys[:1]), shelves)
    write_keys(file, keys[:1])
    vault.put_mark(Mark(State.SEALED, now))
    return Done(changed, now)


def _require(wanted: str, keys: Sequence[bytes]) -> None:
    if wanted not in (known := [key_id(key) for key in keys]):
        raise WrongKey(wanted, known)


def _carry_over(old: Vault, new: Vault, shelves: Sequence[Shelf]) -> dict[str, int]:
    """Everything is stored by `new` alone afterwards, which was proved by reading it."""
    changed = dict.fromkeys((shelf.name for shelf in shelves), 0)
    for attempt in range(_ROUNDS):
        for shelf in shelves:
            changed[shelf.name] += shelf.reseal(lambda data: None if _is_by(new, data) else new.seal(old.open(data)))
        try:
            for shelf in shelves:
                shelf.reseal(lambda data: _proved(new, data))
            break
        except (NotSealed, WrongKey):  # written by a program at the very moment of the change
            if attempt == _ROUNDS - 1:
                raise
    return changed


def _is_by(vault: Vault, data: bytes) -> bool:
    if isinstance(vault, KeyVault):
        return is_sealed(data) and sealed_with(data) == vault.key_ids[0]
    return not is_sealed(data)


def _proved(vault: Vault, data: bytes) -> None:
    """Raises VaultError where the bytes cannot be read by `vault`."""
    vault.open(data)
