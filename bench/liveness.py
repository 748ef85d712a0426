"""What LIVENESS costs each look that is near a PASS, beside the look itself, on one thread."""

from __future__ import annotations

import itertools

from bench.faces import MODELS, demo_frames
from bench.timing import median_ms
from ostiary.settings import VisionSettings
from ostiary.stream.plane import Plane, view
from ostiary.vision.eyes import open_eyes
from ostiary.vision.liveness import open_liveness

FPS = 15
ROUNDS = 60


def measure() -> dict[str, float]:
    eyes, score = open_eyes(VisionSettings(threads=1), "sface", MODELS), open_liveness(MODELS, threads=1)
    looks = [(frame, found[0]) for frame in demo_frames(45, every_s=1 / FPS, start_s=4.0) if (found := eyes.detect(frame))]
    plane, numbers = Plane(), itertools.count()

    def follow() -> None:
        number = next(numbers)
        image, face = looks[number % len(looks)]
        plane.take_in(view(image, face), face.box, number / FPS, 5.0)

    each = itertools.cycle(looks)
    return {
        "look_ms": median_ms(lambda: [eyes.probe(image, [face]) for image, face in [next(each)]], ROUNDS),
        "passive_ms_per_look": median_ms(lambda: score(*next(each)), ROUNDS),
        "plane_ms_per_look": median_ms(follow, ROUNDS),
    }
