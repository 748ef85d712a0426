"""The id under which everybody tells what a track came to, so that a history's event finds its decision elsewhere."""

from __future__ import annotations

import hashlib
import secrets


class TrackIds:
    """Track numbers begin anew with every process; the ids made of them never meet."""

    def __init__(self) -> None:
        self._run = secrets.token_bytes(16)

    def of(self, track_id: int) -> str:
        """32 hexadecimal digits, always the same for one track."""
        return hashlib.blake2b(b"%d" % track_id, key=self._run, digest_size=16).hexdigest()
