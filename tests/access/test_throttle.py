"""Guessing passwords becomes slow, and nobody is kept out by somebody else's guesses. With numbers for time."""

from __future__ import annotations

import contextlib

import pytest

from ostiary.access.throttle import PATIENCE, Throttle, network_of
from ostiary.errors import TooManyAttempts


def waited(throttle: Throttle, user: str, address: str, now: float, device: str | None = None) -> int:
    try:
        throttle.attempt(user, address, device, now)
    except TooManyAttempts as error:
        return error.retry_after_s
    return 0


@pytest.mark.parametrize("kind", PATIENCE)
def test_the_pause_grows_and_has_an_end(kind: str) -> None:
    pauses = [PATIENCE[kind].pause_s(failures) for failures in range(1, 100)]
    assert pauses[:3] == [0, 0, 0]
    assert pauses == sorted(pauses)
    assert pauses[-1] == PATIENCE[kind].longest_s
    throttle, now = Throttle(), 1000.0
    for _ in range(6):
        throttle.attempt("katya", "192.0.2.1", None, now)
    assert waited(throttle, "katya", "192.0.2.1", now) == 1
    assert waited(throttle, "katya", "192.0.2.1", now + 1) == 0
    assert waited(throttle, "katya", "192.0.2.1", now + 1) == 2


def test_strangers_everywhere_make_a_user_wait_half_a_minute_at_most() -> None:
    throttle, now = Throttle(), 1000.0
    for number in range(200):
        throttle.attempt("katya", f"192.0.2.{number}", None, now)
        now += 60
    assert waited(throttle, "katya", "198.51.100.1", now - 60) == 30
    assert waited(throttle, "zero", "198.51.100.1", now - 60) == 0


def test_a_browser_that_was_in_before_waits_for_no_stranger() -> None:
    throttle, now = Throttle(), 1000.0
    for number in range(20):
        throttle.attempt("katya", f"192.0.2.{number}", None, now + 60 * number)
    assert waited(throttle, "katya", "198.51.100.1", now + 19 * 60, device="mine") == 0
    for _ in range(6):
        waited(throttle, "katya", "198.51.100.2", now, device="stolen")
    assert waited(throttle, "katya", "198.51.100.3", now, device="stolen") > 0  # it is no free pass for guessing


def test_attempts_at_the_same_moment_count_before_they_are_judged() -> None:
    throttle = Throttle()
    tried = sum(waited(throttle, "katya", "192.0.2.1", 1000.0) == 0 for _ in range(1000))
    assert tried <= 10


def test_success_begins_anew_but_not_for_the_address() -> None:
    throttle, guesses = Throttle(), 0
    while guesses < 60 and waited(throttle, "katya", "192.0.2.1", 1000.0) == 0:  # guess at katya's, and log in as oneself in between
        guesses += 1
        with contextlib.suppress(TooManyAttempts):
            throttle.succeeded(throttle.attempt("mallory", "192.0.2.1", None, 1000.0))
    assert guesses <= 10


def test_an_hour_later_all_is_forgotten() -> None:
    throttle = Throttle()
    for number in range(20):
        waited(throttle, "katya", "192.0.2.1", 1000.0 + number)
    assert waited(throttle, "katya", "192.0.2.1", 1000.0 + 5000) == 0
    assert waited(throttle, "katya", "192.0.2.1", 1000.0 + 5000) == 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_whom_an_address_stands_for(address: str, network: str) -> None:
    assert network_of(address) == network


def test_what_is_remembered_is_bounded() -> None:
    throttle = Throttle()
    for number in range(12_000):
        throttle.attempt(f"user{number}", "192.0.2.1", f"device{number}", number * 1e4)
    assert len(throttle._records) <= 10_000
