"""What each part of a look costs, and what each optional stage adds to a frame and to a track: one thread, the demo's film.

Parts are measured alone. Stages are measured as they run: the whole pipeline with one of them and without, its resident enrolled
among 1,000. A challenge that nobody solves keeps the track undecided, so that every frame is looked at: that is in its figure, as
it is at a door.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench.faces import MODELS, demo_frames, portraits
from bench.timing import cpu_ms, median_ms
from ostiary.domain import Frame, Outcome
from ostiary.encoders import ENCODERS
from ostiary.gallery.gallery import Gallery
from ostiary.judge import Rule
from ostiary.settings import VisionSettings
from ostiary.stream.alive import Examine, LiveRules, unexamined
from ostiary.stream.blink import WithEyes
from ostiary.stream.decide import Rules
from ostiary.stream.demo import ENROLLED
from ostiary.stream.frames import NewestFrames
from ostiary.stream.pipeline import Pipeline, PipelineOptions, Stages
from ostiary.stream.plane import Plane, view
from ostiary.vision import align
from ostiary.vision.eyelids import open_eyelids
from ostiary.vision.eyes import Eyes, open_eyes
from ostiary.vision.image import load
from ostiary.vision.liveness import open_liveness
from ostiary.vision.quality import assess

PEOPLE = 1_000
FRAMES, FPS, START_S = 120, 15, 3.0
ROUNDS, RUNS = 60, 3


@dataclass(frozen=True, slots=True)
class Option:
    """One way of running the pipeline: what is set, and the stage that comes with it."""

    encoder: str = "sface"
    live: LiveRules = LiveRules()
    examine: Callable[..., list] = unexamined


def measure() -> dict[str, float]:
    frames = demo_frames(FRAMES, every_s=1 / FPS, start_s=START_S)
    return {**_parts(frames), **_stages(frames)}


def _parts(frames: list[np.ndarray]) -> dict[str, float]:
    eyes, live, lids = _eyes("sface"), open_liveness(MODELS, threads=1), open_eyelids(MODELS, threads=1)
    looks = [(image, found[0]) for image in frames[:45] if (found := eyes.detect(image))]
    crops = [align.crop(image, face.landmarks) for image, face in looks if face.landmarks is not None]
    each, each_crop, plane, numbers = itertools.cycle(looks), itertools.cycle(crops), Plane(), itertools.count()

    def judged() -> None:
        image, face = next(each)
        assert face.landmarks is not None  # YuNet gives them
        assess(image.shape, face, align.crop(image, face.landmarks), 48)

    def followed() -> None:
        image, face = next(each)
        plane.take_in(view(image, face), face.box, next(numbers) / FPS, 5.0)

    return {
        "look_ms": median_ms(lambda: [eyes.probe(image, [face]) for image, face in [next(each)]], ROUNDS),
        "quality_ms_per_look": median_ms(judged, ROUNDS),
        "encode_ms_per_look": median_ms(lambda: eyes.encoder.encode([next(each_crop)]), ROUNDS),
        "passive_liveness_ms_per_look": median_ms(lambda: live(*next(each)), ROUNDS),
        "plane_ms_per_look": median_ms(followed, ROUNDS),
        "eyelids_ms_per_look": median_ms(lambda: lids(*next(each)), ROUNDS),
    }


def _stages(frames: list[np.ndarray]) -> dict[str, float]:
    lids, live = open_eyelids(MODELS, threads=1), open_liveness(MODELS, threads=1)
    options = {
        "default": Option(),
        "liveness": Option(live=LiveRules("warn"), examine=Examine(live)),
        "challenge_turn": Option(live=LiveRules(challenge="turn")),
        "challenge_blink": Option(live=LiveRules(challenge="blink"), examine=WithEyes(unexamined, lids)),
        "sface_mirrored": Option("sface-mirrored"),
        "fusion": Option("fusion"),
    }
    eyes = {option.encoder: _eyes(option.encoder) for option in options.values()}
    galleries = {encoder: _gallery(encoder, seeing) for encoder, seeing in eyes.items()}
    runs: dict[str, list[float]] = {name: [] for name in options}
    tracks = 0
    for _ in range(RUNS):
        for name, option in options.items():
            spent_ms, tracks = _run(frames, option, eyes[option.encoder], galleries[option.encoder])
            runs[name].append(spent_ms)
    spent = {name: statistics.median(each) for name, each in runs.items()}
    told = {"tracks": float(tracks), "default_ms_per_frame": spent["default"] / FRAMES, "default_ms_per_track": spent["default"] / tracks}
    for name in list(options)[1:]:
        more = spent[name] - spent["default"]
        told |= {f"{name}_adds_ms_per_frame": more / FRAMES, f"{name}_adds_ms_per_track": more / tracks}
    return told


def _run(frames: list[np.ndarray], option: Option, eyes: Eyes, gallery: Gallery) -> tuple[float, int]:
    """(CPU time of all frames, tracks in them). Cooldowns aside, it is what a detector does."""
    info, seen = ENCODERS[option.encoder], _Seen()
    rule = Rule(info.threshold(PEOPLE, 1e-3), info.margin)
    stages = Stages(eyes.detect, eyes.probe, lambda: gallery, lambda people: rule, lambda *_: True, option.examine)
    inbox = NewestFrames()
    rules = Rules(3, 2.0, option.live)
    pipeline = Pipeline(inbox, stages, [seen], PipelineOptions(rules, max_frame_age_s=1e9, max_fps=1e9, motion_gate=False))

    def show() -> None:
        for number, image in enumerate(frames):
            inbox.put(Frame("bench", number, number / FPS, time.time(), image))
            pipeline.step()

    spent_ms = cpu_ms(show)
    if not seen.near:
        raise RuntimeError("nobody came near a PASS: the figures would be worthless")
    return spent_ms, len(seen.tracks)


class _Seen:
    def __init__(self) -> None:
        self.tracks: set[int] = set()
        self.near = False

    def offer(self, outcome: Outcome) -> None:
        self.tracks |= {decision.track_id for decision in outcome.decisions}
        self.near |= any(decision.person == ENROLLED[0] for decision in outcome.decisions)


def _eyes(encoder: str) -> Eyes:
    return open_eyes(VisionSettings(threads=1), encoder, MODELS)


def _gallery(encoder: str, eyes: Eyes) -> Gallery:
    """The demo's resident, and others who are nobody."""
    name, file = ENROLLED
    image = load(portraits()[file], 40e6)
    resident = eyes.encoder.encode([eyes.encoder.align(image, max(eyes.detect_thoroughly(image), key=lambda face: face.area))])
    info = ENCODERS[encoder]
    others = np.random.default_rng(0).standard_normal((PEOPLE - 1, info.dim)).astype(np.float32)
    return Gallery.of(info.id, [name, *(f"person {n}" for n in range(PEOPLE - 1))], np.vstack([resident, others]))
