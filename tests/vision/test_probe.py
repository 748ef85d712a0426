"""Faces are looked at in order, and only usable ones are encoded."""

from __future__ import annotations

import cv2
import numpy as np

from ostiary.domain import Encoder
from ostiary.vision.detect import Scaled
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
