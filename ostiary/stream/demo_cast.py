"""The people of the demo: portraits cut out along drawn outlines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ostiary.errors import SourceError

Outline = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Role:
    """A person in a portrait. The outline is drawn on the picture scaled to `OUTLINE_HEIGHT` rows; `eyes` lies between the eyes."""

    portrait: str
    eyes: tuple[int, int]
    outline: Outline


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A cut-out in several sizes, largest first: BGR weighted by opacity, then opacity, uint8 (h, w, 4)."""

    sizes: tuple[np.ndarray, ...]
    scales: tuple[float, ...]
    eyes: tuple[int, int]


OUTLINE_HEIGHT = 500
"""Rows of the picture that outlines are drawn on."""

LARGEST = 2.0
SOFTNESS = 0.0024
"""Blur of the cut's edge, as a share of the figure's height."""

RESIDENT = Role(
    "obama3.jpg",
    (166, 83),
    (
        *((124, 90), (125, 104), (130, 112), (136, 112), (139, 122), (141, 135), (135, 145), (120, 154), (73, 165), (67, 177)),
        *((62, 197), (60, 217), (53, 243), (51, 260), (55, 287), (63, 303), (85, 303), (78, 327), (72, 353), (60, 403)),
        *((55, 445), (76, 450), (75, 477), (77, 500), (235, 500), (238, 450), (251, 446), (244, 380), (240, 347), (233, 297)),
        *((242, 296), (251, 283), (263, 253), (255, 227), (248, 197), (244, 170), (240, 167), (200, 155), (183, 144), (180, 134)),
        *((187, 129), (193, 117), (197, 99), (196, 80), (194, 66), (187, 56), (174, 48), (164, 47), (150, 52), (140, 60)),
        *((133, 73), (132, 86)),
    ),
)
STRANGER = Role(
    "biden.jpg",
    (132, 75),
    (
        *((123, 22), (147, 25), (162, 38), (170, 57), (169, 77), (163, 90), (157, 112), (144, 129), (147, 138), (160, 148)),
        *((183, 154), (200, 165), (208, 180), (215, 202), (219, 213), (219, 273), (203, 281), (188, 278), (197, 327), (206, 349)),
        *((204, 357), (213, 410), (218, 452), (194, 460), (190, 500), (3, 500), (3, 453), (10, 403), (15, 353), (20, 320)),
        *((25, 285), (15, 263), (10, 230), (9, 200), (10, 157), (15, 145), (33, 138), (67, 133), (88, 123), (95, 115)),
        *((97, 96), (89, 87), (87, 69), (88, 60), (93, 43), (104, 30)),
    ),
)


def cut_out(role: Role, file: Path) -> Figure:
    """The figure of `role` in its portrait."""
    image = cv2.imread(str(file), cv2.IMREAD_COLOR)
    if image is None:
        raise SourceError("demo", f"{file} is no picture")
    scale = min(LARGEST, image.shape[0] / OUTLINE_HEIGHT)
    size = (round(image.shape[1] * OUTLINE_HEIGHT / image.shape[0] * scale), round(OUTLINE_HEIGHT * scale))
    image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    largest = _with_opacity(image, np.array(role.outline) * scale)
    halved = [cv2.resize(largest, None, fx=1 / n, fy=1 / n, interpolation=cv2.INTER_AREA) for n in (1, 2, 4)]
    return Figure(tuple(halved), tuple(scale / n for n in (1, 2, 4)), role.eyes)


def _with_opacity(image: np.ndarray, outline: np.ndarray) -> np.ndarray:
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 255)
    opacity = cv2.GaussianBlur(mask, (0, 0), SOFTNESS * image.shape[0])
    weighted = cv2.multiply(image, cv2.cvtColor(opacity, cv2.COLOR_GRAY2BGR), scale=1 / 255)
    return np.dstack([weighted, opacity])
