"""YuNet: faces with five points, found at any size of input.

The network by Wei Wu, Hanyang Peng and Shiqi Yu (2023); the decoding follows OpenCV's FaceDetectorYN.
"""

from __future__ import annotations

import numpy as np

from ostiary.domain import Detection, Session

_STRIDES = (8, 16, 32)
_MULTIPLE = 32


class YuNet:
    """Finds faces of about 10 pixels and more. `score` and `nms` are OpenCV's two thresholds."""

    def __init__(self, session: Session, score: float = 0.6, nms: float = 0.3):
        self._session = session
        self._score = score
        self._nms = nms

    def __call__(self, image: np.ndarray) -> list[Detection]:
        blob = _blob(image)
        outputs = self._session.run({"input": blob})
        found = np.concatenate(
            [_decoded(outputs[level::3], stride, blob.shape[3] // stride, self._score) for level, stride in enumerate(_STRIDES)]
        )
        return [_detection(row) for row in _without_doubles(found, self._nms)]


def _blob(image: np.ndarray) -> np.ndarray:
    """Float BGR planes, padded with black on the right and below."""
    height, width = image.shape[:2]
    blob = np.zeros((1, 3, -(-height // _MULTIPLE) * _MULTIPLE, -(-width // _MULTIPLE) * _MULTIPLE), np.float32)
    blob[0, :, :height, :width] = image.transpose(2, 0, 1)
    return blob


def _decoded(outputs: list[np.ndarray], stride: int, columns: int, least: float) -> np.ndarray:
    """(n, 15) of one stride: x1, y1, x2, y2, five points, score."""
    classes, objectness, boxes, points = (output[0] for output in outputs)
    score = np.sqrt(np.clip(classes[:, 0], 0, 1) * np.clip(objectness[:, 0], 0, 1))
    (cells,) = np.nonzero(score >= least)
    cell = np.stack([cells % columns, cells // columns], axis=1).astype(np.float32)
    centre = (boxes[cells, :2] + cell) * stride
    half = np.exp(boxes[cells, 2:]) * stride / 2
    places = (points[cells].reshape(-1, 5, 2) + cell[:, None]) * stride
    return np.concatenate([centre - half, centre + half, places.reshape(-1, 10), score[cells, None]], axis=1)


def _without_doubles(found: np.ndarray, overlap: float) -> list[np.ndarray]:
    """The best of each heap of boxes that share more than `overlap` of their union; best first."""
    found = found[np.argsort(-found[:, -1], kind="stable")]
    kept = []
    while len(found):
        best, found = found[0], found[1:]
        kept.append(best.copy())  # else each would hold all that were left when it was found
        found = found[_iou(best, found) <= overlap]
    return kept


def _iou(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    inner = np.clip(np.minimum(box[2:4], others[:, 2:4]) - np.maximum(box[:2], others[:, :2]), 0, None).prod(axis=1)
    return inner / ((box[2:4] - box[:2]).prod() + (others[:, 2:4] - others[:, :2]).prod(axis=1) - inner)


def _detection(row: np.ndarray) -> Detection:
    x1, y1, x2, y2 = (round(float(value)) for value in row[:4])
    return Detection((x1, y1, x2, y2), float(row[14]), row[4:14].reshape(5, 2).astype(np.float32))
