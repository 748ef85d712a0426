"""Random secrets and their traces: drawn, hashed, compared."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ostiary.errors import TooManyAttempts, WeakPassword

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 256
_SECRET_BYTES = 32
_AT_ONCE = 2
"""Passwords hashed at the same time: each takes 32 MB, and a small board has other things to do."""
_PATIENCE_S = 2.0

_hasher = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)
_turns = threading.BoundedSemaphore(_AT_ONCE)


def drawn() -> str:
    """A new secret of 256 bits, fit for URLs and headers."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def trace(secret: str) -> str:
    """What is kept of a drawn secret. Never of a password, which could be guessed from it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def same(one: str, other: str) -> bool:
    """Compared in the same time wherever they differ."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def hashed_password(password: str) -> str:
    """Raises WeakPassword and TooManyAttempts."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise WeakPassword(f"it must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    if len(set(password)) < 4:
        raise WeakPassword("it repeats too few characters")
    with _turn():
        return _hasher.hash(password.encode("utf-8", "surrogatepass"))


def is_password(password: str, kept: str | None) -> bool:
    """Takes as long where nothing is kept. Raises TooManyAttempts."""
    with _turn():
        try:
            _hasher.verify(kept or _nobodys(), password[: LONGEST_PASSWORD + 1].encode("utf-8", "surrogatepass"))
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


@cache
def _nobodys() -> str:
    """Checked where there is no such user, so that an answer takes as long as with one."""
    return _hasher.hash(drawn())


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=_PATIENCE_S):
        raise TooManyAttempts(1)
    try:
        yield
    finally:
        _turns.release()
