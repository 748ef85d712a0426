"""Faces are looked at in order, and only usable ones are encoded."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ostiary.domain import Detection, Encoder
from ostiary.vision.detect import Scaled
from ostiary.vision.landmarks import FivePoints
from ostiary.vision.probe import Prober


class Counting:
    """An encoder that counts its calls."""

    def __init__(self, encoder: Encoder):
        self.id, self.dim, self.metric = encoder.id, encoder.dim, encoder.metric
        self.align = encoder.align
        self._encode = encoder.encode
        self.batches: list[int] = []

    def encode(self, crops: list[np.ndarray]) -> np.ndarray:
        self.batches.append(len(crops))
        return self._encode(crops)


def test_usable_faces_are_encoded_in_one_go(sface: Encoder, yunet: Scaled, pictures: dict[str, np.ndarray]) -> None:
    tiles = [cv2.resize(pictures[name][:700], (300, 300), interpolation=cv2.INTER_AREA) for name in ("obama", "biden", "obama")]
    tiles[1] = cv2.GaussianBlur(tiles[1], (0, 0), 8)
    image = np.hstack(tiles)
    faces = sorted(yunet.detect(image), key=lambda face: face.box[0])
    assert len(faces) == 3
    encoder = Counting(sface)
    probes = Prober(encoder, 48).probe(image, faces)
    assert [probe.detection for probe in probes] == faces
    assert [probe.quality.usable for probe in probes] == [True, False, True]
    assert encoder.batches == [2]
    first, blurred, third = (probe.encoding for probe in probes)
    assert blurred is None
    assert first is not None
    assert third is not None
    assert first @ third > 0.95


def test_nobody_costs_nothing(sface: Encoder, yunet: Scaled, pictures: dict[str, np.ndarray]) -> None:
    encoder = Counting(sface)
    assert Prober(encoder, 48).probe(pictures["obama"], []) == []
    (probe,) = Prober(encoder, 1000).probe(pictures["obama"], yunet(pictures["obama"]))
    assert probe.encoding is None
    assert encoder.batches == []


def test_a_score_says_how_clearly_the_encoder_saw(sface: Encoder, yunet: Scaled, pictures: dict[str, np.ndarray]) -> None:
    """The lower half of a face upside down: nothing that is measured beforehand notices, the encoder does."""
    image = cv2.resize(pictures["obama"], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    (face,) = yunet(image)
    assert face.landmarks is not None
    strange, below = image.copy(), slice(int(face.landmarks[2, 1]), face.box[3])
    strange[below] = image[below][::-1]
    plain, odd = (Prober(sface, 48).probe(picture, [face])[0] for picture in (image, strange))
    assert plain.quality.usable
    assert odd.quality.usable
    assert odd.quality.score < plain.quality.score - 0.03


def test_faces_without_points_are_judged_by_those_that_are_looked_up(
    sface: Encoder, yunet: Scaled, pictures: dict[str, np.ndarray]
) -> None:
    image = cv2.resize(pictures["obama"], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    (face,) = yunet(image)
    boxed = replace(face, landmarks=None, score=1.3)
    elsewhere = Detection((0, 0, 60, 60), 1.1)
    prober = Prober(sface, 48, FivePoints(yunet.detect))
    with_points, without, nothing = prober.probe(image, [face, boxed, elsewhere])
    assert without.detection is boxed
    assert without.quality.usable
    assert abs(without.quality.yaw - with_points.quality.yaw) < 10
    assert with_points.encoding is not None
    assert without.encoding is not None
    assert with_points.encoding @ without.encoding > 0.9
    assert nothing.encoding is None
    assert str(nothing.quality.problem).startswith("not clearly a face")
    (blurred,) = prober.probe(cv2.GaussianBlur(image, (0, 0), 8), [boxed])
    assert any(problem.startswith("blurred") for problem in blurred.quality.problems)
