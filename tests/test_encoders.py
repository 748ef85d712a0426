from __future__ import annotations

import math

import pytest

from ostiary.encoders import ENCODERS, EncoderInfo, info_of

STRAIGHT = EncoderInfo("x", 2, "cosine", 0.0, ((1e-6, 0.3), (1e-4, 0.5), (1e-2, 0.6)))


def test_the_threshold_reads_the_curve_at_one_persons_share() -> None:
    assert STRAIGHT.threshold(1, 1e-4) == pytest.approx(0.5)
    assert STRAIGHT.threshold(1, 1e-3) == pytest.approx(0.55)
    assert STRAIGHT.threshold(100, 1 - (1 - 1e-6) ** 100) == pytest.approx(0.3)
    assert STRAIGHT.threshold(1, 1e-7) == pytest.approx(0.2)  # the last slope goes on


@pytest.mark.parametrize("info", ENCODERS.values(), ids=ENCODERS)
def test_more_people_or_a_stricter_wish_never_loosen_the_threshold(info: EncoderInfo) -> None:
    by_size = [info.threshold(10**n, 1e-3) for n in range(6)]
    by_wish = [info.threshold(100, 10.0**-n) for n in range(1, 6)]
    assert by_size == sorted(by_size, reverse=True)
    assert by_wish == sorted(by_wish, reverse=True)
    assert all(0 < d < 2 and math.isfinite(d) for d in by_size + by_wish)


def test_nobody_enrolled_is_no_special_case() -> None:
    assert ENCODERS["sface"].threshold(0, 1e-3) == ENCODERS["sface"].threshold(1, 1e-3)


def test_an_encoder_is_found_by_its_id() -> None:
    assert info_of("dlib-resnet-v1") == ("dlib", ENCODERS["dlib"])
    with pytest.raises(KeyError):
        info_of("sface-1999")
