"""Webhooks: each receiver is told of a PASS once, signed, in time or never."""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ostiary.domain import Outcome, PassEvent
from ostiary.mailbox import DropOldest
from ostiary.net import Lookup
from ostiary.service import backoff
from ostiary.settings import WebhookSettings
from ostiary.sinks.journal import Delivery, Journal, Result
from ostiary.sinks.post import Answer, Post, parse_target, signed_headers, signing_key
from ostiary.wire import dump, webhook_body

log = logging.getLogger(__name__)

WAITING_AT_MOST = 256
TURN_S = 0.3
LONGEST_ATTEMPT_S = 10.0


@dataclass
class _Task:
    """An event on its way to the receiver."""

    event: PassEvent
    body: bytes
    attempts: int = 0
    reached: bool = False
    last: Answer = field(default_factory=lambda: Answer(False))
    retry_at: float = 0.0
    pauses: Iterator[float] = field(default_factory=lambda: backoff(0.2, 1.0))


class WebhookSink:
    """One receiver: a sink and a service. Events go out in order, one at a time.

    An attempt lasts at most half the time to live, so that a lost answer leaves time for a second one; that has the
    same `webhook-id`, by which a receiver knows it again. Nothing is sent `ttl_s` after the capture. `close`, from
    another thread, ends an attempt under way and records what still waits as given up.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        ttl_s: float,
        journal: Journal,
        *,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._target, self._key = parse_target(url), signing_key(secret)
        self._ttl_s, self._journal, self._tls, self._clock = ttl_s, journal, tls, clock
        self._lookup = Lookup(self._target.host, self._target.port)
        self._waiting: DropOldest[PassEvent] = DropOldest(WAITING_AT_MOST)
        self._task: _Task | None = None
        self._post: Post | None = None
        self._closing = threading.Event()
        self._turn = threading.Lock()

    @property
    def receiver(self) -> str:
        return self._target.place

    def offer(self, outcome: Outcome) -> None:
        for event in outcome.passes:
            self._waiting.put(event)

    def step(self) -> None:
        """One turn: one attempt, or a short wait for an event or for the next attempt."""
        with self._turn:
            if self._closing.is_set():
                return
            if self._task is None:
                event = self._waiting.take(TURN_S)
                if event is None:
                    return
                self._task = _Task(event, dump(webhook_body(event)).encode())
            self._go_on(self._task)

    def close(self) -> None:
        self._closing.set()
        if self._post is not None:
            self._post.cut()
        with self._turn:
            if self._task is not None:
                self._give_up(self._task, "the program stopped")
            while (event := self._waiting.take(0)) is not None:
                self._give_up(_Task(event, b""), "the program stopped")

    def _go_on(self, task: _Task) -> None:
        now = self._clock()
        left_s = task.event.at + self._ttl_s - now
        if left_s <= 0:
            self._give_up(task, task.last.problem or "too late when its turn came")
        elif now < task.retry_at:
            self._closing.wait(min(task.retry_at - now, left_s, TURN_S))
        else:
            self._attempt(task, left_s)

    def _attempt(self, task: _Task, left_s: float) -> None:
        post = Post(self._target, self._lookup, self._tls, min(left_s, self._ttl_s / 2, LONGEST_ATTEMPT_S))
        self._post = post
        if self._closing.is_set():  # `close` looked for an attempt to cut before this one was there
            return
        task.attempts += 1
        task.last = post.send(signed_headers(self._key, task.event.event_id, int(time.time()), task.body), task.body)
        task.reached |= task.last.reached
        task.retry_at = self._clock() + next(task.pauses)
        if task.last.accepted:
            self._finish(task, Result.DELIVERED, None)

    def _give_up(self, task: _Task, problem: str) -> None:
        self._finish(task, Result.FAILED if task.reached else Result.EXPIRED, problem)

    def _finish(self, task: _Task, result: Result, problem: str | None) -> None:
        self._task = None
        event, last = task.event, task.last
        after_ms = round((self._clock() - event.at) * 1000)
        self._journal.record(
            Delivery(
                result=result,
                event_id=event.event_id,
                name=event.person,
                camera=event.camera,
                receiver=self.receiver,
                attempts=task.attempts,
                status=last.status,
                problem=problem,
                after_ms=after_ms,
                at=time.time(),
            )
        )
        if result is Result.DELIVERED:
            log.info("webhook %s delivered to %s, %d ms after the capture", event.event_id, self.receiver, after_ms)
        else:
            log.warning("webhook %s to %s %s after %d attempts: %s", event.event_id, self.receiver, result, task.attempts, problem)


def open_webhooks(settings: WebhookSettings, journal: Journal) -> list[WebhookSink]:
    """One sink per address. Certificates are verified against the system's own authorities. Raises SettingsError."""
    tls = ssl.create_default_context() if any(url.lower().startswith("https:") for url in settings.urls) else None
    return [WebhookSink(url, settings.secret, settings.ttl_s, journal, tls=tls) for url in settings.urls]
