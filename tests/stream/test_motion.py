from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from ostiary.stream.motion import HOLD_S, MotionGate

FPS = 15
NOISE = np.random.default_rng(1)
SIZES = [(480, 640), (1080, 1920), (120, 160)]


def scene(size: tuple[int, int] = (480, 640), walker_at: float | None = None, light: float = 1.0) -> np.ndarray:
    """A noisy still picture; with a head of a tenth of the width at a place given as a share of the width."""
    height, width = size
    image = np.full((height, width, 3), 110, np.uint8)
    cv2.rectangle(image, (width // 4, height // 5), (width // 2, height), (150, 140, 120), -1)
    if walker_at is not None:
        cv2.circle(image, (int(walker_at * width), height // 2), width // 20, (90, 120, 180), -1)
    return np.clip(image * light + NOISE.normal(0, 6, image.shape), 0, 255).astype(np.uint8)


def rested(gate: MotionGate, images: list[np.ndarray], start: float = 0.0, following: bool = False) -> list[bool]:
    return [gate.rests(image, start + i / FPS, following) for i, image in enumerate(images)]


def calm(size: tuple[int, int] = (480, 640)) -> tuple[MotionGate, float]:
    """A gate that has come to rest, and the time."""
    gate = MotionGate()
    rested(gate, [scene(size)] * 3)
    frames = round((HOLD_S + 1) * FPS)
    rested(gate, [scene(size) for _ in range(6)] * (frames // 6), start=3 / FPS)
    return gate, (frames + 3) / FPS


@pytest.mark.parametrize("size", SIZES)
def test_a_noisy_still_scene_rests_but_is_looked_at_every_second(size: tuple[int, int]) -> None:
    gate, now = calm(size)
    pictures = [scene(size) for _ in range(8)]
    rests = rested(gate, [pictures[i % 8] for i in range(10 * FPS)], start=now)
    looks = [i for i, resting in enumerate(rests) if not resting]
    assert 10 <= len(looks) <= 12
    assert all(b - a <= FPS for a, b in itertools.pairwise(looks)), "more than a second without a look"


@pytest.mark.parametrize("size", SIZES)
def test_a_head_that_comes_in_ends_the_rest_at_once(size: tuple[int, int]) -> None:
    gate, now = calm(size)
    assert not gate.rests(scene(size, walker_at=0.1), now, False)


def test_who_stops_moving_is_searched_for_a_while() -> None:
    gate, now = calm()
    rests = rested(gate, [scene(walker_at=0.7)] * round(HOLD_S * FPS), start=now)
    assert not any(rests)


def test_a_slow_walker_never_rests() -> None:
    gate, now = calm()
    walk = [scene(walker_at=0.1 + 0.01 * i) for i in range(60)]
    assert not any(rested(gate, walk, start=now))


def test_the_creeping_sun_does_not_wake_it() -> None:
    gate, now = calm()
    dusk = [scene(light=1 - 0.0005 * i) for i in range(10 * FPS)]
    assert sum(rested(gate, dusk, start=now)) > 0.8 * len(dusk)


def test_it_never_rests_while_a_face_is_followed() -> None:
    gate, now = calm()
    assert not any(rested(gate, [scene()] * FPS, start=now, following=True))


def test_switched_off_it_never_rests() -> None:
    assert not any(rested(MotionGate(enabled=False), [scene()] * 5 * FPS))


def test_a_noisy_night_rests_and_wakes_too() -> None:
    night = [
        np.clip(image.astype(int) + NOISE.normal(0, 12, image.shape), 0, 255).astype(np.uint8) for image in (scene() for _ in range(6))
    ]
    gate = MotionGate()
    rests = rested(gate, [night[i % 6] for i in range(8 * FPS)])
    assert sum(rests[4 * FPS :]) > 0.8 * 4 * FPS
    walker = np.clip(scene(walker_at=0.6).astype(int) + NOISE.normal(0, 12, night[0].shape), 0, 255).astype(np.uint8)
    assert not any(gate.rests(walker, 8 + i / FPS, False) for i in range(3))


def test_a_light_switched_on_wakes_it() -> None:
    gate, now = calm()
    assert not gate.rests(scene(light=1.4), now, False)


def test_a_change_of_size_does_no_harm() -> None:
    gate, now = calm()
    for size in ((240, 320), (97, 131), (3, 5), (480, 640)):
        gate.rests(scene(size), now, False)
