"""Faces at rest: bytes sealed with a key before they are stored, and opened again. AES-256-GCM, or no key at all.

Sealed bytes are `ostvault`, one byte of version, eight that tell the key, twelve that are never used twice, and what
the cipher made. Nobody without the key can read them, nor change them unnoticed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ostiary.durable import replace_whole
from ostiary.errors import KeyMissing, NotSealed, SealBroken, VaultError, WrongKey

KEY_BYTES = 32

_MAGIC = b"ostvault\x01"
_ID_BYTES = 8
_NONCE_BYTES = 12
_HEADER_BYTES = len(_MAGIC) + _ID_BYTES + _NONCE_BYTES


Again = Callable[[bytes], bytes | None]
"""What stored bytes become when keys change; None where they stay as they are. Raises a VaultError."""


class Vault(Protocol):
    def seal(self, data: bytes) -> bytes:
        """`data` as it may be stored."""

    def open(self, data: bytes) -> bytes:
        """What was stored. Raises KeyMissing, WrongKey, NotSealed and SealBroken; all are a VaultError."""


class PlainVault:
    """Stores bytes as they are, where no key is set; refuses what was sealed with one."""

    def seal(self, data: bytes) -> bytes:
        return data

    def open(self, data: bytes) -> bytes:
        if is_sealed(data):
            raise KeyMissing(sealed_with(data))
        return data


PLAIN = PlainVault()


class KeyVault:
    """Seals with the first key, opens with any. With `plain`, bytes that were never sealed are opened too."""

    def __init__(self, keys: Sequence[bytes], *, plain: bool = False):
        self.key_ids = tuple(key_id(key) for key in keys)
        self._plain = plain
        self._ciphers = {name: AESGCM(key) for name, key in zip(self.key_ids, keys, strict=True)}

    def seal(self, data: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        header = _MAGIC + bytes.fromhex(self.key_ids[0]) + nonce
        return header + self._ciphers[self.key_ids[0]].encrypt(nonce, data, header)

    def open(self, data: bytes) -> bytes:
        if not is_sealed(data):
            if self._plain:
                return data
            raise NotSealed
        key = sealed_with(data)
        if key not in self._ciphers:
            raise WrongKey(key, self.key_ids)
        header, nonce = data[:_HEADER_BYTES], data[_HEADER_BYTES - _NONCE_BYTES : _HEADER_BYTES]
        try:
            return self._ciphers[key].decrypt(nonce, data[_HEADER_BYTES:], header)
        except (InvalidTag, ValueError):  # the latter where it is shorter than a header
            raise SealBroken(key) from None


def reseal_file(path: Path, again: Again) -> bool:
    """Whether the file had to be changed. At any time it is whole; one that is gone is nobody's any more."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return False
    with at(path):
        new = again(data)
    if new is not None:
        replace_whole(path, new)
    return new is not None


@contextmanager
def at(where: str | Path) -> Iterator[None]:
    """A VaultError raised within tells where."""
    try:
        yield
    except VaultError as error:
        error.where = error.where or where
        raise


def key_id(key: bytes) -> str:
    """Sixteen hexadecimal digits that tell a key from others and say nothing of it."""
    return hashlib.blake2s(key, digest_size=_ID_BYTES, person=b"ostkeyid").hexdigest()


def is_sealed(data: bytes) -> bool:
    return data.startswith(_MAGIC)


def sealed_with(data: bytes) -> str:
    """The id of the key of sealed bytes."""
    return data[len(_MAGIC) : len(_MAGIC) + _ID_BYTES].hex()
