from __future__ import annotations

import pytest

from ostiary.errors import TooManyAttempts
from ostiary.rates import Limiter, Rate, parse, rate


@pytest.mark.parametrize(("text", "meant"), [("300/minute", Rate(300, 60)), ("5/Second", Rate(5, 1)), ("off", None), ("", None)])
def test_what_rates_are(text, meant):
    assert parse(text) == meant


@pytest.mark.parametrize("text", ["300", "x/minute", "0/minute", "-1/minute", "1/day", "1/minute/"])
def test_what_is_no_rate(text):
    with pytest.raises(ValueError, match="300/minute"):
        rate(text)


def test_so_many_at_once_then_as_they_come_back():
    limiter, now = Limiter(Rate(60, 60)), 1000.0
    for _ in range(60):
        limiter.take("a", now)
    with pytest.raises(TooManyAttempts) as refused:
        limiter.take("a", now)
    assert refused.value.retry_after_s == 1
    limiter.take("b", now)
    limiter.take("a", now + 1)
    with pytest.raises(TooManyAttempts):
        limiter.take("a", now + 1.5)


def test_what_is_remembered_is_bounded():
    limiter = Limiter(Rate(1, 1))
    for number in range(12_000):
        limiter.take(str(number), 0.0)
    assert len(limiter._left) == 10_000
