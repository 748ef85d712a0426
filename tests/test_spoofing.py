"""The real networks and the pipeline: a picture of a resident does not open the door, the resident does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.eyelids import with_lids
from support.prints import moving_print

from ostiary.assembly import liveness
from ostiary.assets import Url
from ostiary.domain import Frame, Outcome, Reason, Status
from ostiary.engine import FaceEngine
from ostiary.errors import ModelError, SettingsError
from ostiary.lookout import Lookout
from ostiary.settings import load
from ostiary.stream.alive import Examine, LiveRules, unexamined
from ostiary.stream.blink import CLOSED, OPEN, WithEyes
from ostiary.stream.decide import Rules
from ostiary.stream.frames import NewestFrames
from ostiary.stream.pipeline import Pipeline, PipelineOptions, Stages
from ostiary.vision.attributes.mesh import open_mesh
from ostiary.vision.eyelids import Eyelids, open_eyelids
from ostiary.vision.image import load as load_image
from ostiary.vision.liveness import open_liveness
from ostiary.vision.weights import WEIGHTS, Weights

FPS = 15
SLOW_FPS = 8
"""Enough for either challenge."""


@pytest.fixture
def engine(with_liveness: Path, tmp_path: Path) -> FaceEngine:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").symlink_to(with_liveness)
    folders = {"DATA_DIR": str(tmp_path / "data"), "FACES_DIR": str(tmp_path / "faces"), "MIN_FACE": "32"}
    return FaceEngine.from_settings(load(folders, tmp_path))


@pytest.fixture
def eyelids(engine: FaceEngine, obtain: Callable[[str], Path]) -> Eyelids:
    for network in ("face_mesh", "eye_contour"):
        obtain(network)
    return open_eyelids(engine.settings.data.models_dir, threads=1)


def shown(
    engine: FaceEngine, frames: Iterable[np.ndarray], mode: str, challenge: str = "none", eyelids: Eyelids | None = None, fps: float = FPS
) -> list[Outcome]:
    """What the door makes of `frames`."""
    outcomes: list[Outcome] = []

    class Log:
        def offer(self, outcome: Outcome) -> None:
            outcomes.append(outcome)

    lookout, now = Lookout(engine), 100.0
    engine.watcher.refresh()
    examine = Examine(open_liveness(engine.settings.data.models_dir, threads=1))
    stage = WithEyes(examine, eyelids) if eyelids else examine
    stages = Stages(lookout.detect, lookout.probe, lookout.gallery, lookout.rule, lambda *_: True, stage)
    rules = Rules(3, 2.0, LiveRules(mode, 0.5, challenge))
    inbox = NewestFrames()
    pipeline = Pipeline(inbox, stages, [Log()], PipelineOptions(rules, 1.0, 100, motion_gate=False), clock=lambda: now)
    for number, frame in enumerate(frames):
        now = 100 + number / fps
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


@pytest.mark.parametrize("fps", [5, 3, 1])
def test_nor_at_the_pace_of_a_slow_board(engine: FaceEngine, portraits: dict[str, Path], fps: int) -> None:
    engine.register("obama", portraits["obama.jpg"])
    photo = load_image(portraits["obama2.jpg"], 40e6)
    (face,) = engine.detect(photo)
    outcomes = shown(engine, moving_print(photo, face, max(6, 3 * fps), fps=fps), "enforce", fps=fps)
    assert [event for outcome in outcomes for event in outcome.passes] == []
    assert outcomes[-1].decisions[0].reason is Reason.SPOOF


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
    outcomes = shown(engine, moving_print(photo, face, 8 * SLOW_FPS, tilt=25, fps=SLOW_FPS), "off", "turn", fps=SLOW_FPS)
    decisions = [decision for outcome in outcomes for decision in outcome.decisions]
    assert any(d.challenge for d in decisions)
    assert Status.PASS not in {d.status for d in decisions}


@pytest.mark.parametrize(("tilt", "jerks"), [(25, False), (60, False), (40, True)])
def test_a_print_does_not_blink(engine: FaceEngine, eyelids: Eyelids, portraits: dict[str, Path], tilt: float, jerks: bool) -> None:
    engine.register("obama", portraits["obama.jpg"])
    photo = load_image(portraits["obama2.jpg"], 40e6)
    (face,) = engine.detect(photo)
    film = moving_print(photo, face, 5 * SLOW_FPS, tilt=tilt, fps=SLOW_FPS)
    if jerks:  # up and down, so that it smears now and then
        film = (cv2.blur(frame, (1, 9)) if n % 8 < 3 else frame for n, frame in enumerate(film))
    decisions = [decision for outcome in shown(engine, film, "off", "blink", eyelids, SLOW_FPS) for decision in outcome.decisions]
    assert any(d.challenge == "blink" for d in decisions)
    assert Status.PASS not in {d.status for d in decisions}


@pytest.mark.parametrize(("closed", "opens"), [(6, True), (1, False)])
def test_a_face_that_blinks_when_asked_passes(
    engine: FaceEngine, eyelids: Eyelids, portraits: dict[str, Path], closed: int, opens: bool
) -> None:
    """Painted lids on a picture that is not still: a door that does not ask for LIVENESS as well can be fooled so."""
    engine.register("obama", portraits["obama.jpg"])
    photo = cv2.resize(load_image(portraits["obama2.jpg"], 40e6), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    (face,) = engine.detect(photo)
    (mesh,) = open_mesh(engine.settings.data.models_dir, "cpu", 1)(photo, [face])
    assert mesh.landmarks468 is not None
    shut = with_lids(photo, mesh.landmarks468)
    noise = np.random.default_rng(3)
    film = [*[photo] * 12, *[shut] * closed, *[photo] * 12]
    noisy = (
        np.clip(np.roll(frame, n % 3, axis=1) + noise.normal(0, 4, frame.shape), 0, 255).astype(np.uint8) for n, frame in enumerate(film)
    )
    decisions = [decision for outcome in shown(engine, noisy, "off", "blink", eyelids) for decision in outcome.decisions]
    asked = [d.challenge for d in decisions]
    assert "blink" in asked[:12]
    passes = [n for n, d in enumerate(decisions) if d.status is Status.PASS]
    assert passes == (list(range(12 + closed, len(film))) if opens else [])


def test_real_eyes_that_are_closed(engine: FaceEngine, eyelids: Eyelids, shared: Path) -> None:
    """Photographs of the same people: the first with open eyes, the second closed, the third open."""
    for person, numbers in {"Ray_Allen": (1, 2, 3), "Gunter_Pleuger": (1, 2, 3), "Igor_Ivanov": (2, 5, 6)}.items():
        eyes = []
        for number in numbers:
            photo = load_image(shared / "testdata" / "lfw-dev" / person / f"{person}_{number:04}.jpg", 40e6)
            face = min(engine.detect(photo), key=lambda found: abs(found.box[0] + found.box[2] - 250))
            eyes.append(np.array(eyelids(photo, face)))
        usual, closed, again = eyes
        assert max(closed / usual) < CLOSED, person
        assert min(again / usual) > OPEN, person


def test_without_its_networks_the_door_does_not_open_for_blinks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = replace(WEIGHTS["eye_contour"].asset, sources=(Url("http://127.0.0.1:9/model.tflite"),))
    for name in ("face_mesh", "eye_contour"):
        monkeypatch.setitem(WEIGHTS, name, Weights(nowhere))
    with pytest.raises(ModelError, match="connect this machine"):
        liveness.open_challenge(load({"CHALLENGE": "blink", "DATA_DIR": str(tmp_path)}, tmp_path), unexamined)
    assert liveness.open_challenge(load({"CHALLENGE": "turn"}, tmp_path), unexamined) is unexamined


def test_a_challenge_without_landmarks_is_refused(tmp_path: Path) -> None:
    for knobs, encoder in (({"DETECTOR": "hog"}, "sface"), ({"DETECTOR": "cnn"}, "sface"), ({}, "dlib")):
        with pytest.raises(SettingsError, match=r"CHALLENGE.*DETECTOR=yunet"):
            liveness.require_landmarks(load({"CHALLENGE": "turn", **knobs}, tmp_path), encoder)
        liveness.require_landmarks(load(knobs, tmp_path), encoder)
    liveness.require_landmarks(load({"CHALLENGE": "turn"}, tmp_path), "sface")


def test_without_its_weights_enforce_refuses_and_warn_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = replace(WEIGHTS["liveness"].asset, sources=(Url("http://127.0.0.1:9/model.onnx"),))
    monkeypatch.setitem(WEIGHTS, "liveness", Weights(nowhere))
    with pytest.raises(ModelError, match="connect this machine"):
        liveness.open_liveness_stage(load({"LIVENESS": "enforce", "DATA_DIR": str(tmp_path)}, tmp_path))
    _, problem = liveness.open_liveness_stage(load({"LIVENESS": "warn", "DATA_DIR": str(tmp_path)}, tmp_path))
    assert problem
    assert "127.0.0.1" in problem
    assert liveness.open_liveness_stage(load({}, tmp_path))[1] is None
