"""Faces that are encrypted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ostiary.errors.base import OstiaryError


class VaultError(OstiaryError):
    """`where` tells what it is about, once somebody knows."""

    code = "locked"
    where: str | Path | None = None

    @property
    def problem(self) -> str:
        return "it cannot be opened"

    def __str__(self) -> str:
        return self.problem if self.where is None else f"{self.where}: {self.problem}"


class KeyMissing(VaultError):
    def __init__(self, key_id: str):
        super().__init__(key_id)
        self.key_id = key_id

    @property
    def problem(self) -> str:
        return f"it is encrypted with the key {self.key_id}, and no key is set: let KEY_FILE name the file of that key"


class WrongKey(VaultError):
    def __init__(self, key_id: str, known: Sequence[str]):
        super().__init__(key_id, known)
        self.key_id, self.known = key_id, tuple(known)

    @property
    def problem(self) -> str:
        return f"it is encrypted with the key {self.key_id}, and KEY_FILE holds {' and '.join(self.known)}: nothing was changed"


class NotSealed(VaultError):
    @property
    def problem(self) -> str:
        return "it is not encrypted, although everything here has to be: if you put it there yourself, run 'ostiary encrypt'"


class SealBroken(VaultError):
    def __init__(self, key_id: str):
        super().__init__(key_id)
        self.key_id = key_id

    @property
    def problem(self) -> str:
        return f"it was encrypted with the right key {self.key_id}, and is damaged or was changed since: take it from a backup"


class KeyUnusable(VaultError):
    def __init__(self, file: Path, problem: str):
        super().__init__(file, problem)
        self.where, self._problem = file, problem

    @property
    def problem(self) -> str:
        return self._problem
