"""How much detail an aligned face shows, whatever its size was: a spectrum of the face, looked at in four directions.

A face that is blurred, smeared, or was small and has been enlarged lacks the fine detail that its coarse features would
lead one to expect. What counts is the direction that lacks most, since a smear spares the one across it. Noise looks like
detail: it is estimated where a face has none, and taken off. Enlarged by repeating pixels, a face has edges, but they
enclose flat blocks: the share of pixels that equal their neighbours gives that away.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

SIDE = 112
"""Of the aligned crop, in which the eyes are 35 pixels apart."""

_PART = (slice(24, 104), slice(16, 96))  # face whatever the hair
_INNER = (slice(28, 106), slice(20, 92))
_COARSE = (0.035, 0.07)  # cycles per pixel of the crop: the shapes of eyes, nose and mouth
_FINE = (0.07, 0.1, 0.14, 0.2)  # lids, pupils, lips: from 14 to 5 pixels
_EMPTY = ((0.28, 0.4), (0.4, 0.5))  # where faces show next to nothing and noise all of its power
_DIRECTIONS = 4
_FEATURELESS = 1.0  # the power of a surface without any shape
_NONE, _ALL = -12.0, -3.0  # in powers of two, fine to coarse: nothing left, and more than the crispest photographs have
_BLOCKY = 0.38  # the share of pixels that hardly differ from their neighbours; 98 % of photographs have less than 0.36
_BLOCKS_COST = 13.0


def sharpness(grey: np.ndarray) -> float:
    """0 to 1 for an aligned crop of `SIDE` pixels, grey; below 0.5 a face is too blurred to be judged."""
    face = grey[_PART].astype(np.float32)
    power = np.abs(np.fft.rfft2((face - face.mean()) * _WINDOW)).ravel() ** 2
    bands = _BANDS @ power
    coarse, noise = float(bands[0]), min(bands[1], bands[2])
    if coarse < _FEATURELESS:
        return 0.0
    fine = np.maximum(bands[3:] - 2 * noise, 1e-3).reshape(_DIRECTIONS, -1)
    detail = float(np.log2(fine).mean(axis=1).min() - np.log2(coarse))
    detail -= _BLOCKS_COST * max(0.0, _flatness(grey[_INNER]) - _BLOCKY)
    return min(1.0, max(0.0, (detail - _NONE) / (_ALL - _NONE)))


def _flatness(face: np.ndarray) -> float:
    """The share of steps between neighbours, along one axis, that are small beside the mean step; of the flatter axis."""
    steps = [np.abs(np.diff(face.astype(np.float32), axis=axis)) for axis in (0, 1)]
    return max(float((step < 0.25 * step.mean()).mean()) for step in steps)


def _bands() -> np.ndarray:
    """A row for each band, which takes its mean power out of a flat spectrum: coarse, the empty ones, fine by direction."""
    size = _PART[0].stop - _PART[0].start
    down, across = np.meshgrid(np.fft.fftfreq(size), np.fft.rfftfreq(size), indexing="ij")
    frequency, angle = np.hypot(down, across), np.mod(np.arctan2(down, across), np.pi)
    masks = [(frequency >= low) & (frequency < high) for low, high in (_COARSE, *_EMPTY)]
    for k in range(_DIRECTIONS):
        off = np.abs(np.mod(angle - k * np.pi / _DIRECTIONS + np.pi / 2, np.pi) - np.pi / 2)
        near = off < np.pi / _DIRECTIONS / 2
        masks += [near & (frequency >= low) & (frequency < high) for low, high in pairwise(_FINE)]
    return np.stack([mask.ravel() / mask.sum() for mask in masks]).astype(np.float32)


_WINDOW = np.outer(np.hanning(80), np.hanning(80)).astype(np.float32)
_BANDS = _bands()
