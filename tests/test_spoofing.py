"""The real networks and the pipeline: a picture of a resident does not open the door, the resident does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.prints import moving_print

from ostiary import app
from ostiary.assets import Url
from ostiary.domain import Frame, Outcome, Reason, Status
from ostiary.engine import FaceEngine
from ostiary.errors import ModelError, SettingsError
from ostiary.lookout import Lookout
from ostiary.settings import load
from ostiary.stream.alive import Examine, LiveRules
from ostiary.stream.decide import Rules
from ostiary.stream.frames import NewestFrames
from ostiary.stream.pipeline import Pipeline, PipelineOptions, Stages
from ostiary.vision.image import load as load_image
from ostiary.vision.liveness import open_liveness
from ostiary.vision.weights import WEIGHTS, Weights

FPS = 15


@pytest.fixture
def engine(with_liveness: Path, tmp_path: Path) -> FaceEngine:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").symlink_to(with_liveness)
    folders = {"DATA_DIR": str(tmp_path / "data"), "FACES_DIR": str(tmp_path / "faces"), "MIN_FACE": "32"}
    return FaceEngine.from_settings(load(folders, tmp_path))


def shown(engine: FaceEngine, frames: Iterable[np.ndarray], mode: str, challenge: str = "none") -> list[Outcome]:
    """What the door makes of `frames`."""
    outcomes: list[Outcome] = []

    class Log:
        def offer(self, outcome: Outcome) -> None:
            outcomes.append(outcome)

    lookout, now = Lookout(engine), 100.0
    engine.watcher.refresh()
    examine = Examine(open_liveness(engine.settings.data.models_dir, threads=1))
    stages = Stages(lookout.detect, lookout.probe, lookout.gallery, lookout.rule, lambda *_: True, examine)
    rules = Rules(3, 2.0, LiveRules(mode, 0.5, challenge))
    inbox = NewestFrames()
    pipeline = Pipeline(inbox, stages, [Log()], PipelineOptions(rules, 1.0, 100, motion_gate=False), clock=lambda: now)
    for number, frame in enumerate(frames):
        now = 100 + number / FPS
        inbox.put(Frame("door", number, now, 1.7e9 + now, frame))
        pipeline.step()
    return outcomes


@pytest.mark.parametrize("mode", ["enforce", "warn"])
def test_a_portrait_moved_as_a_print(engine: FaceEngine, portraits: dict[str, Path], mode: str) -> None:
    engine.register("obama", portraits["obama.jpg"])
    photo = load_image(portraits["obama2.jpg"], 40e6)
    (face,) = engine.detect(photo)
    outcomes = shown(engine, moving_print(photo, face, 3 * FPS), mode)
    decisions = [decision for outcome in outcomes for decision in outcome.decisions]
    passes = [event for outcome in outcomes for event in outcome.passes]
    if mode == "enforce":
        assert {d.status for d in decisions} == {Status.REJECT}
        assert passes == []
        assert (decisions[-1].reason, decisions[-1].person, decisions[-1].liveness) == (Reason.SPOOF, "obama", 0.0)
    else:
        assert passes[-1].spoof


def test_the_living_person_in_a_film_passes(engine: FaceEngine, shared: Path) -> None:
    def film() -> Iterator[np.ndarray]:
        video = cv2.VideoCapture(str(shared / "testdata" / "clip" / "short_hamilton_clip.mp4"))
        for number in count():
            there, frame = video.read()
            if not there:
                return
            if number % 2 == 0:
                yield frame

    name = "lin-manuel-miranda"
    engine.register(name, shared / "testdata" / "portraits" / f"{name}.png")
    outcomes = shown(engine, film(), "enforce")
    events = [event for outcome in outcomes for event in outcome.passes]
    assert {event.person for event in events} == {name}
    assert all(event.liveness and event.liveness > 0.8 for event in events)
    assert Reason.SPOOF not in {decision.reason for outcome in outcomes for decision in outcome.decisions}


def test_a_print_does_not_solve_the_challenge(engine: FaceEngine, portraits: dict[str, Path]) -> None:
    engine.register("obama", portraits["obama.jpg"])
    photo = load_image(portraits["obama2.jpg"], 40e6)
    (face,) = engine.detect(photo)
    outcomes = shown(engine, moving_print(photo, face, 8 * FPS, tilt=25), "off", "turn")
    decisions = [decision for outcome in outcomes for decision in outcome.decisions]
    assert any(d.challenge for d in decisions)
    assert Status.PASS not in {d.status for d in decisions}


def test_a_challenge_without_landmarks_is_refused(tmp_path: Path) -> None:
    for knobs, encoder in (({"DETECTOR": "hog"}, "sface"), ({"DETECTOR": "cnn"}, "sface"), ({}, "dlib")):
        with pytest.raises(SettingsError, match=r"CHALLENGE.*DETECTOR=yunet"):
            app._require_landmarks(load({"CHALLENGE": "turn", **knobs}, tmp_path), encoder)
        app._require_landmarks(load(knobs, tmp_path), encoder)
    app._require_landmarks(load({"CHALLENGE": "turn"}, tmp_path), "sface")


def test_without_its_weights_enforce_refuses_and_warn_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = replace(WEIGHTS["liveness"].asset, sources=(Url("http://127.0.0.1:9/model.onnx"),))
    monkeypatch.setitem(WEIGHTS, "liveness", Weights(nowhere))
    with pytest.raises(ModelError, match="connect this machine"):
        app._open_liveness(load({"LIVENESS": "enforce", "DATA_DIR": str(tmp_path)}, tmp_path))
    _, problem = app._open_liveness(load({"LIVENESS": "warn", "DATA_DIR": str(tmp_path)}, tmp_path))
    assert problem
    assert "127.0.0.1" in problem
    assert app._open_liveness(load({}, tmp_path))[1] is None
