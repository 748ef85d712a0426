"""The house's own secret, `DATA_DIR/secret.key`: 32 random bytes that its programs share and nobody else reads.

Beside it lies `locked`, once the house has a key or a user.
"""

from __future__ import annotations

import os
import secrets
from functools import cache
from pathlib import Path

from ostiary.durable import sync_folder, write_through
from ostiary.errors import SettingsError

_BYTES = 32


@cache
def secret_of(data_dir: Path) -> bytes:
    """The secret, drawn at the first time; of several programs that draw at once, one wins and all use its. Raises SettingsError."""
    file = data_dir / "secret.key"
    try:
        if not file.exists():
            _draw(file)
        secret = file.read_bytes()
    except OSError as error:
        raise SettingsError("DATA_DIR", str(data_dir), f"secret.key cannot be read or made: {error.strerror}") from None
    if len(secret) != _BYTES:
        raise SettingsError("DATA_DIR", str(data_dir), "secret.key is damaged: delete it; tokens and some sessions then end")
    return secret


def is_locked(data_dir: Path) -> bool:
    """Whether the house has a key or a user: told without its database, for programs that have no other use for that."""
    return (data_dir / "locked").exists()


def mark_locked(data_dir: Path) -> None:
    """Raises OSError."""
    (data_dir / "locked").touch(mode=0o600)


def _draw(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mine = file.with_name(f".secret.{secrets.token_hex(8)}")
    write_through(mine, secrets.token_bytes(_BYTES))
    try:
        os.link(mine, file)  # never over another's
    except FileExistsError:
        pass
    finally:
        mine.unlink()
    sync_folder(file.parent)
