"""The demo's camera, judged by the real engine: the resident passes, the stranger never does."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from ostiary.domain import Decision, Frame, Outcome, Status
from ostiary.encoders import ENCODERS
from ostiary.gallery.gallery import Gallery
from ostiary.judge import Rule
from ostiary.stream.capture import Capture
from ostiary.stream.decide import Rules
from ostiary.stream.demo import ENROLLED, load_scene
from ostiary.stream.demo_scene import FPS, HEIGHT, PLAY, PLAY_S, WIDTH, Scene
from ostiary.stream.frames import NewestFrames
from ostiary.stream.pipeline import Pipeline, PipelineOptions, Stages
from ostiary.stream.source import SourceOptions, open_source
from ostiary.vision.detect import open_detector
from ostiary.vision.encode import open_encoder
from ostiary.vision.image import load
from ostiary.vision.probe import Prober


@pytest.fixture(scope="module")
def portraits_dir(portraits: dict[str, Path]) -> Path:
    return portraits[ENROLLED[1]].parent


@pytest.fixture(scope="module")
def scene(portraits_dir: Path) -> Scene:
    return load_scene(portraits_dir)


class Played:
    """What a pipeline with the real engine said of the moments that were shown to it."""

    def __init__(self, scene: Scene, portrait: Path, models_dir: Path):
        detect, encoder, info = open_detector("yunet", models_dir), open_encoder("sface", models_dir), ENCODERS["sface"]
        image = load(portrait, 40e6)
        gallery = Gallery.of(encoder.id, [ENROLLED[0]], encoder.encode([encoder.align(image, detect(image)[0])]))
        stages = Stages(
            detect=detect,
            probe=Prober(encoder, 48).probe,
            gallery=lambda: gallery,
            rule=lambda people: Rule(info.threshold(people, 0.001), info.margin),
            spend=self._spend,
        )
        self._now = 0.0
        self._spent_at = -100.0
        self._scene, self._frames = scene, NewestFrames()
        options = PipelineOptions(Rules(3, 2.0), max_frame_age_s=1, max_fps=15, motion_gate=True)
        self.pipeline = Pipeline(self._frames, stages, [self], options, clock=lambda: self._now)
        self.outcomes: list[Outcome] = []

    def offer(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def show(self, begin: float, end: float, fps: float) -> None:
        for number, moment in enumerate(np.arange(begin, end, 1 / fps)):
            self._now = float(moment)
            self._frames.put(Frame("demo", number, self._now, self._now, self._scene.at(self._now)))
            self.pipeline.step()

    def decisions(self) -> list[Decision]:
        return [decision for outcome in self.outcomes for decision in outcome.decisions]

    def _spend(self, person: str, camera: str, at: float) -> bool:
        free = self._now - self._spent_at >= 5
        if free:
            self._spent_at = self._now
        return free


def test_the_resident_passes_and_the_stranger_never_does(scene: Scene, portraits: dict[str, Path], models_dir: Path) -> None:
    played = Played(scene, portraits[ENROLLED[1]], models_dir)
    played.show(1.8, 4.0, fps=5)
    passes = [event for outcome in played.outcomes for event in outcome.passes]
    assert [event.person for event in passes] == [ENROLLED[0]]
    played.outcomes.clear()
    played.show(11.0, 15.0, fps=5)
    stranger = played.decisions()
    assert {decision.status for decision in stranger} == {Status.REJECT}
    assert {decision.person for decision in stranger} == {None}
    assert sum(decision.reason == "unknown" for decision in stranger) > len(stranger) / 2


def test_side_by_side_only_the_resident_passes(scene: Scene, portraits: dict[str, Path], models_dir: Path) -> None:
    played = Played(scene, portraits[ENROLLED[1]], models_dir)
    played.show(24.0, 26.5, fps=5)
    last = played.outcomes[-1].decisions
    assert len(last) == 2
    by_side = sorted(last, key=lambda decision: decision.detection.box[0])
    assert [(d.status, d.person) for d in by_side] == [(Status.PASS, ENROLLED[0]), (Status.REJECT, None)]
    assert sum(len(outcome.passes) for outcome in played.outcomes) == 1


def test_the_detector_rests_when_everybody_has_left(scene: Scene, portraits: dict[str, Path], models_dir: Path) -> None:
    played = Played(scene, portraits[ENROLLED[1]], models_dir)
    played.show(30.4, PLAY_S, fps=FPS)
    assert played.pipeline.status.rested > 0
    assert played.decisions() == []


def test_everybody_is_shown_within_twenty_seconds() -> None:
    assert {visit.figure for visit in PLAY if visit.begins + visit.approach_s < 20} == {0, 1}


def test_a_moment_is_always_the_same_picture_and_the_next_another(scene: Scene) -> None:
    for moment in (0.0, 3.0, 14.0, 25.0, 33.0):
        picture = scene.at(moment)
        assert (picture.shape, picture.dtype) == ((HEIGHT, WIDTH, 3), np.uint8)
        assert np.array_equal(picture, scene.at(moment))
        assert not np.array_equal(picture, scene.at(moment + 1 / FPS))


def test_the_play_has_no_jumps(scene: Scene) -> None:
    """Nobody appears or vanishes in the middle: two pictures a frame apart differ little, also where the play begins anew."""
    for moment in [*np.arange(0, PLAY_S, 1.0), *(visit.begins - 0.03 for visit in PLAY), *(visit.ends - 0.03 for visit in PLAY)]:
        a, b = scene.at(float(moment)).astype(int), scene.at(float(moment) + 1 / FPS).astype(int)
        assert np.abs(a - b).mean() < 16, f"a jump at {moment:.2f} s"


def test_it_is_a_live_camera_that_never_sends_a_frame_of_the_past(portraits_dir: Path) -> None:
    frames, stop = NewestFrames(), threading.Event()
    options = SourceOptions(portraits_dir=portraits_dir)
    capture = Capture("demo", "demo", frames, stop, open_source=lambda spec: open_source(spec, options), freeze_timeout_s=10)
    stamps = []
    for _ in range(6):
        before = time.monotonic()
        capture.step()
        frame = frames.take(0)
        assert frame is not None
        assert frame.at >= before
        stamps.append(frame.at)
    capture.close()
    assert capture.status().state == "live"
    assert stamps[-1] - stamps[0] >= 4 / FPS, "faster than a camera"
