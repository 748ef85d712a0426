"""Which pictures moved in already, so that a move that ended early goes on where it was, and one that is repeated adds only what is new."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from ostiary import folders
from ostiary.durable import replace_whole
from ostiary.errors import AlreadyRunning


class Ledger:
    """A file of one home: a salt, and for each picture its salted hash and the image id that it got there.

    It names nobody. What is in the home no longer, `held` does not tell, is dropped at the next opening: somebody who was forgotten
    moves in again when asked to.
    """

    def __init__(self, folder: Path, home: str):
        self._folder, self._path = folder, folder / f"{home}.log"
        self._salt = b""
        self._known: dict[str, str] = {}
        self._stack = ExitStack()

    def open(self, held: Collection[str]) -> Self:
        """Raises AlreadyRunning and SettingsError."""
        folders.private(self._folder, "DATA_DIR")
        try:
            self._stack.enter_context(FileLock(f"{self._path}.lock", timeout=0, mode=0o600))
        except Timeout:
            raise AlreadyRunning("an import into the same place") from None
        salt, *lines = self._path.read_text("ascii", errors="replace").split("\n") if self._path.exists() else [""]
        pairs = [words for line in lines if len(words := line.split(" ")) == 2]
        self._known = {trace: image_id for trace, image_id in pairs if image_id in held}
        self._salt = bytes.fromhex(salt) if len(salt) == 32 and salt.isalnum() else secrets.token_bytes(16)
        replace_whole(self._path, "".join([f"{self._salt.hex()}\n", *(f"{t} {i}\n" for t, i in self._known.items())]).encode())
        self._file = self._stack.enter_context(self._path.open("ab"))
        return self

    def __contains__(self, key: str) -> bool:
        return self._trace(key) in self._known

    def note(self, key: str, image_id: str) -> None:
        trace = self._trace(key)
        self._known[trace] = image_id
        self._file.write(f"{trace} {image_id}\n".encode())
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _trace(self, key: str) -> str:
        return hmac.digest(self._salt, key.encode("utf-8", "surrogateescape"), hashlib.sha256).hex()[:32]
