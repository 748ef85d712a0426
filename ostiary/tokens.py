"""Signed tokens (JWT, HS256) that the house's programs understand without asking anybody. Each use has a key of its own."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

import jwt

_ISSUER = "ostiary"


class Signer:
    """`secret` has at least 32 random bytes. Time is an argument: seconds since 1970."""

    def __init__(self, secret: bytes):
        self._secret = secret

    def sign(self, use: str, claims: Mapping[str, Any], now: float, lasts_s: float) -> str:
        told = {**claims, "iss": _ISSUER, "aud": use, "iat": int(now), "exp": int(now + lasts_s)}
        return jwt.encode(told, self._key(use), algorithm="HS256")

    def read(self, use: str, token: str, now: float) -> Mapping[str, Any] | None:
        """The claims of a token made for `use` that is still in force, or None."""
        options: Any = {"require": ["exp", "aud", "iss"], "verify_exp": False, "verify_iat": False, "verify_nbf": False}
        try:
            claims: dict[str, Any] = jwt.decode(token, self._key(use), algorithms=["HS256"], audience=use, issuer=_ISSUER, options=options)
        except (jwt.PyJWTError, ValueError):
            return None
        expires_at = claims["exp"]
        return claims if isinstance(expires_at, int) and now < expires_at else None

    def _key(self, use: str) -> bytes:
        return hmac.new(self._secret, f"ostiary {use}".encode(), "sha256").digest()
