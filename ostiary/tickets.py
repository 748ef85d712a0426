"""Short leave to join the stream, signed: the broadcast server tells a good one without asking anybody."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from functools import cache

from ostiary.tokens import Signer

LASTS_S = 300.0
"""In which a ticket must be shown; who came in by it stays."""
STAYS_S = 3600.0
"""After which who came in must show a new one: a key that was revoked sees no more than an hour of the stream."""

Clock = Callable[[], float]


class Tickets:
    """`secret` is the house's own. With a `token` (WS_TOKEN) tickets follow from that, so that a hub elsewhere knows them too.

    Leave to publish always follows from the secret: whoever may read, and knows WS_TOKEN, must not make up a PASS.
    """

    def __init__(self, secret: bytes, token: str = "", *, clock: Clock = time.time):
        self._own = Signer(secret)
        self._reading = Signer(_stretched(token)) if token else self._own
        self._clock = clock

    def to_read(self) -> str:
        return self._reading.sign("stream", {}, self._clock(), LASTS_S)

    def to_publish(self) -> str:
        return self._own.sign("publish", {}, self._clock(), LASTS_S)

    def admits(self, shown: str, *, publishes: bool) -> bool:
        signer, use = (self._own, "publish") if publishes else (self._reading, "stream")
        return signer.read(use, shown, self._clock()) is not None


@cache
def _stretched(token: str) -> bytes:
    """A key that follows from a token, and from which a token that people chose is hard to guess."""
    return hashlib.scrypt(token.encode(), salt=b"ostiary stream", n=2**14, r=8, p=1)
