"""The passive check on real pictures: colours, scaling and crop are right, or it would be useless."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ostiary.domain import Detection
from ostiary.errors import ModelError
from ostiary.vision.detect import Scaled
from ostiary.vision.image import load
from ostiary.vision.liveness import SIDE_PX, Liveness, open_liveness, surroundings
from ostiary.vision.weights import WEIGHTS, Weights


@pytest.fixture(scope="module")
def liveness(with_liveness: Path) -> Liveness:
    return open_liveness(with_liveness, threads=1)


@pytest.mark.parametrize(("name", "alive"), [("image_T1", True), ("image_F1", False), ("image_F2", False)])
def test_a_print_and_a_screen_are_told_from_a_face(liveness: Liveness, yunet: Scaled, shared: Path, name: str, alive: bool) -> None:
    image = load(shared / "testdata" / "spoof" / f"{name}.jpg", 40e6)
    (face,) = yunet(image)
    score = liveness(image, face)
    assert score > 0.9 if alive else score < 0.1


def test_portraits_live(liveness: Liveness, yunet: Scaled, pictures: dict[str, np.ndarray]) -> None:
    for name in ("obama", "obama2", "biden"):
        (face,) = yunet(pictures[name])
        assert liveness(pictures[name], face) > 0.9


def test_the_square_is_mirrored_beyond_the_edge() -> None:
    image = np.arange(200, dtype=np.uint8)[None, :, None].repeat(200, axis=0).repeat(3, axis=2)
    square = surroundings(image, Detection((0, 50, 40, 90), 0.9))  # a side of 60: 10 pixels lie beyond the left edge
    assert square.shape == (SIDE_PX, SIDE_PX, 3)
    row = square[SIDE_PX // 2, :, 0].astype(int)
    assert row.argmin() == pytest.approx(SIDE_PX * 10 / 60, abs=3)
    assert row[0] == pytest.approx(10, abs=2)
    assert row[-1] == pytest.approx(49, abs=2)


@pytest.mark.parametrize("box", [(-300, -300, -200, -200), (500, 10, 600, 90), (10, 10, 10, 10), (-50, -50, 400, 400)])
def test_boxes_beyond_the_picture_do_no_harm(box: tuple[int, int, int, int]) -> None:
    assert surroundings(np.zeros((200, 200, 3), np.uint8), Detection(box, 0.9)).shape == (SIDE_PX, SIDE_PX, 3)


def test_scores_are_probabilities_however_sure_the_network_is() -> None:
    class Sure:
        def run(self, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
            assert inputs["input"].shape == (1, 3, SIDE_PX, SIDE_PX)
            assert inputs["input"].max() <= 1
            return [np.array([[-900.0, 900.0]], np.float32)]

    white = np.full((100, 100, 3), 255, np.uint8)
    assert Liveness(Sure())(white, Detection((20, 20, 80, 80), 0.9)) == pytest.approx(0)


def test_a_wrong_file_in_the_cache_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WEIGHTS, "liveness", Weights(replace(WEIGHTS["liveness"].asset, sources=())))
    (tmp_path / "minifasnetv2se_128_celebaspoof_raiven.onnx").write_bytes(b"something else")
    with pytest.raises(ModelError, match="SHA-256"):
        open_liveness(tmp_path)
