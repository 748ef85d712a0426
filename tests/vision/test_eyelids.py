"""Nobody is enrolled with closed eyes, where that can be told; where it cannot, nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from ostiary.domain import Encoder, Quality
from ostiary.engine import FaceEngine
from ostiary.errors import LowQuality, ModelError
from ostiary.vision.attributes.mesh import open_mesh
from ostiary.vision.detect import Scaled
from ostiary.vision.eyelids import Eyelids, EyelidsAtHand, eyelids_at_hand, open_eyelids
from ostiary.vision.image import load
from ostiary.vision.probe import Prober
from ostiary.vision.quality import EYES_CLOSED, EYES_NARROW, with_eyes
from tests.support.eyelids import with_lids

GOOD = Quality(True, None, 0.9, 60.0, 0.7, 120.0, 0.0)


@pytest.fixture(scope="module")
def weights(obtain: Callable[[str], Path], models_dir: Path) -> Path:
    for network in ("face_mesh", "eye_contour"):
        obtain(network)
    return models_dir


@pytest.fixture(scope="module")
def prober(weights: Path, sface: Encoder) -> Prober:
    return Prober(sface, 48, eyes_open=eyelids_at_hand(weights, threads=1))


@pytest.fixture(scope="module")
def shut(weights: Path, pictures: dict[str, np.ndarray], yunet: Scaled) -> np.ndarray:
    image = cv2.resize(pictures["obama"], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    (seen,) = open_mesh(weights, "cpu", 1)(image, yunet(image))
    assert seen.landmarks468 is not None
    return with_lids(image, seen.landmarks468)


def test_both_eyes_must_be_closed_for_a_problem() -> None:
    closed, narrow = EYES_CLOSED - 0.01, EYES_NARROW - 0.01
    refused = with_eyes(GOOD, (closed, closed / 2))
    assert (refused.usable, refused.problem, refused.hints) == (False, "eyes closed: open your eyes", ())
    assert refused.score < GOOD.score
    for winking in ((closed, 0.3), (0.3, closed), (0.3, 0.3)):
        assert with_eyes(GOOD, winking) == GOOD
    laughing = with_eyes(GOOD, (narrow, closed))
    assert (laughing.usable, laughing.hints) == (True, ("open your eyes wide",))


def test_a_face_with_closed_eyes_is_not_enrolled_but_known_at_the_door(prober: Prober, shut: np.ndarray, yunet: Scaled) -> None:
    faces = yunet(shut)
    (enrolled,), (seen,) = prober.probe_to_enrol(shut, faces), prober.probe(shut, faces)
    assert enrolled.quality.problem == "eyes closed: open your eyes"
    assert enrolled.encoding is None
    assert seen.quality.usable
    assert seen.encoding is not None


@pytest.mark.parametrize("name", ["obama", "obama2", "obama3", "biden"])
def test_open_eyes_change_nothing(name: str, prober: Prober, pictures: dict[str, np.ndarray], yunet: Scaled) -> None:
    face = max(yunet(pictures[name]), key=lambda found: found.area)
    (enrolled,), (seen,) = prober.probe_to_enrol(pictures[name], [face]), prober.probe(pictures[name], [face])
    assert enrolled.quality == seen.quality


@pytest.mark.parametrize("name", ["Dan_LaCoutre", "Salman_Khan", "Daniel_Montenegro"])
def test_real_eyes_that_are_shut(name: str, shared: Path, prober: Prober, yunet: Scaled) -> None:
    image = load(shared / "testdata" / "lfw-dev" / name / f"{name}_0001.jpg", 1e6)
    face = max(yunet(image), key=lambda found: found.area)
    assert prober.probe_to_enrol(image, [face])[0].quality.problem == "eyes closed: open your eyes"


@pytest.mark.parametrize("name", ["Tatsuya_Fuji", "Norodom_Sihanouk", "Will_Ferrell"])
def test_who_laughs_is_only_asked_to_open_them_wider(name: str, shared: Path, prober: Prober, yunet: Scaled) -> None:
    image = load(shared / "testdata" / "lfw-dev" / name / f"{name}_0001.jpg", 1e6)
    quality = prober.probe_to_enrol(image, [max(yunet(image), key=lambda found: found.area)])[0].quality
    assert quality.usable
    assert "open your eyes wide" in quality.hints


def test_the_engine_refuses_closed_eyes(weights: Path, shut: np.ndarray, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").symlink_to(weights)
    from ostiary.settings import load as load_settings

    engine = FaceEngine.from_settings(load_settings({"DATA_DIR": str(tmp_path / "data"), "FACES_DIR": str(tmp_path / "faces")}, tmp_path))
    with pytest.raises(LowQuality, match="open your eyes"):
        engine.register("obama", shut)
    assert engine.names() == []


def test_without_the_weights_nobody_asks_and_nothing_is_fetched(tmp_path: Path, pictures: dict[str, np.ndarray], yunet: Scaled) -> None:
    assert eyelids_at_hand(tmp_path)(pictures["obama"], yunet(pictures["obama"])[0]) is None
    assert list(tmp_path.iterdir()) == []


def test_weights_that_cannot_be_loaded_keep_nobody_out(
    pictures: dict[str, np.ndarray], yunet: Scaled, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Eyelids:
        raise ModelError("face_mesh", "it cannot be converted")

    eyelids = EyelidsAtHand(broken, lambda: True)
    for _ in range(2):
        assert eyelids(pictures["obama"], yunet(pictures["obama"])[0]) is None
    assert caplog.text.count("it cannot be converted") == 1


def test_they_are_loaded_once(weights: Path, pictures: dict[str, np.ndarray], yunet: Scaled) -> None:
    opened: list[Eyelids] = []

    def open_them() -> Eyelids:
        opened.append(open_eyelids(weights, threads=1))
        return opened[0]

    eyelids = EyelidsAtHand(open_them, lambda: True)
    for _ in range(2):
        assert min(eyelids(pictures["obama"], yunet(pictures["obama"])[0]) or (0.0,)) > EYES_NARROW
    assert len(opened) == 1
