"""The whole way of a frame with 1,000 people enrolled, beside the classic loop on the same frames, on one thread.

The classic loop is what most door projects run: dlib's HOG detector on the full RGB frame, dlib's landmarks and ResNet for
every face of every frame, one `norm` per enrolled person. Ours is the pipeline as the detector runs it, motion gate off.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import dlib
import numpy as np

from bench.faces import MODELS, demo_frames
from bench.timing import compare
from ostiary.assets import fetch
from ostiary.domain import Frame, Outcome
from ostiary.encoders import ENCODERS
from ostiary.gallery.gallery import Gallery
from ostiary.judge import Rule
from ostiary.settings import VisionSettings
from ostiary.stream.decide import Rules
from ostiary.stream.frames import NewestFrames
from ostiary.stream.pipeline import Pipeline, PipelineOptions, Stages
from ostiary.vision.eyes import open_eyes
from ostiary.vision.weights import WEIGHTS

PEOPLE = 1_000
FRAMES = 60
FPS = 15


def measure() -> dict[str, float]:
    frames = demo_frames(FRAMES, every_s=1 / FPS, start_s=3.0)  # a face is in every one
    ours, seen = _ours()
    theirs = _classic()
    mine, other = itertools.cycle(frames), itertools.cycle(frames)
    ours_ms, theirs_ms, ratio = compare(lambda: ours(next(mine)), lambda: theirs(next(other)), FRAMES)
    if not any(outcome.decisions for outcome in seen):
        raise RuntimeError("the pipeline saw no face: the figures would be worthless")
    return {"ours_ms_per_frame": ours_ms, "classic_ms_per_frame": theirs_ms, "times_faster": ratio}


def _people() -> tuple[list[str], np.ndarray]:
    return [f"person {n}" for n in range(PEOPLE)], np.random.default_rng(0).standard_normal((PEOPLE, 128)).astype(np.float32)


class _Seen(list[Outcome]):
    def offer(self, outcome: Outcome) -> None:
        self.append(outcome)


def _ours() -> tuple[Callable[[np.ndarray], None], _Seen]:
    info = ENCODERS["sface"]
    eyes = open_eyes(VisionSettings(threads=1), "sface", MODELS)
    gallery = Gallery.of(info.id, *_people())
    stages = Stages(
        eyes.detect,
        eyes.probe,
        lambda: gallery,
        lambda people: Rule(info.threshold(people, 1e-3), info.margin),
        lambda person, camera, at: True,
    )
    inbox, seen = NewestFrames(), _Seen()
    options = PipelineOptions(Rules(3, 2.0), max_frame_age_s=1e9, max_fps=1e9, motion_gate=False)
    pipeline = Pipeline(inbox, stages, [seen], options)
    numbers = itertools.count()

    def one(image: np.ndarray) -> None:
        number = next(numbers)
        inbox.put(Frame("bench", number, number / FPS, time.time(), image))
        pipeline.step()

    return one, seen


def _classic() -> Callable[[np.ndarray], None]:
    names, rows = _people()
    known = dict(zip(names, rows.astype(np.float64), strict=True))
    detect = dlib.get_frontal_face_detector()
    points = dlib.shape_predictor(str(fetch(WEIGHTS["dlib_landmarks5"].asset, MODELS)))
    encoder = dlib.face_recognition_model_v1(str(fetch(WEIGHTS["dlib_resnet"].asset, MODELS)))

    def one(image: np.ndarray) -> None:
        rgb = np.ascontiguousarray(image[:, :, ::-1])
        for box in detect(rgb, 0):
            encoding = np.array(encoder.compute_face_descriptor(rgb, points(rgb, box)))
            min(known, key=lambda name: np.linalg.norm(known[name] - encoding))

    return one
