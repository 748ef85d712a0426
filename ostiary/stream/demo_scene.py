"""What the demo's camera sees at a moment: a door, a gate before it, and who is walking up. Pure: no clock, no I/O."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from ostiary.domain import Box
from ostiary.stream.demo_cast import OUTLINE_HEIGHT, Figure

WIDTH, HEIGHT, FPS = 640, 480, 15
EYE_LEVEL = 205
GATE_TOP = 415
EXPOSURE_S = 1 / 40
"""How long the shutter is open: what moves is smeared along its way in this time."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One person's way through the picture, in seconds after the play's beginning and frame pixels.

    They come nearer over `approach_s` to a place `stand_x` across, `stand_size` pixels tall, stay, and leave to one side.
    """

    figure: int
    begins: float
    ends: float
    stand_x: float
    stand_size: float
    leave_to: float
    approach_s: float = 3.5
    leave_s: float = 1.8
    start_size: float = 275.0


PLAY_S = 34.0
PLAY = (
    Visit(0, 0.7, 8.7, 300, 690, -220),
    Visit(1, 10.0, 18.0, 350, 690, 860),
    Visit(0, 20.5, 29.5, 175, 520, -220),
    Visit(1, 21.3, 30.3, 470, 520, 860),
)
"""The resident, the stranger, both side by side, nobody; then again."""


@dataclass(frozen=True, slots=True)
class _Pose:
    """Where a figure's eyes are, how tall it is, how it leans (degrees) and how bright it is lit."""

    x: float
    y: float
    size: float
    lean: float
    light: float


class Scene:
    """`at(seconds)` draws the picture of a moment; the same moment is always the same picture."""

    def __init__(self, figures: tuple[Figure, ...]):
        self._figures = figures
        self._wall = _draw_wall()
        self._gate = _draw_gate()
        noise = np.random.default_rng(7).normal(0, 3.5, (HEIGHT + 64, WIDTH + 64, 3))
        self._noise = np.clip(noise, -12, 12).astype(np.int16)

    def at(self, seconds: float) -> np.ndarray:
        picture = self._wall.copy()
        moment = seconds % PLAY_S
        present = [visit for visit in PLAY if visit.begins <= moment < visit.ends]
        for visit in sorted(present, key=lambda visit: _pose(visit, moment).size):
            self._paint(picture, visit, moment)
        picture[GATE_TOP:] = self._gate
        return self._with_sensor(picture, seconds)

    def _paint(self, picture: np.ndarray, visit: Visit, moment: float) -> None:
        pose, before = _pose(visit, moment), _pose(visit, moment - EXPOSURE_S)
        layer, (x1, y1, x2, y2) = _place(self._figures[visit.figure], pose)
        if x1 >= x2 or y1 >= y2:
            return
        smear = round(abs(pose.x - before.x))
        if smear > 1:
            layer = cv2.blur(layer, (smear, 1))
        behind = picture[y1:y2, x1:x2]
        see_through = cv2.cvtColor(255 - layer[..., 3], cv2.COLOR_GRAY2BGR)
        cv2.addWeighted(
            cv2.multiply(behind, see_through, scale=1 / 255), 1, np.ascontiguousarray(layer[..., :3]), pose.light, 0, dst=behind
        )

    def _with_sensor(self, picture: np.ndarray, seconds: float) -> np.ndarray:
        """The same light for all, slowly changing, and the sensor's noise."""
        frame = round(seconds * FPS)
        dx, dy = (frame * 37) % 64, (frame * 53) % 61
        gain = 1 + 0.05 * math.sin(2 * math.pi * seconds / 23)
        lit = cv2.convertScaleAbs(picture, alpha=gain)
        return cv2.add(lit, self._noise[dy : dy + HEIGHT, dx : dx + WIDTH], dtype=cv2.CV_8U)


def _pose(visit: Visit, moment: float) -> _Pose:
    since, left = moment - visit.begins, visit.ends - moment
    nearness = _ease(since / visit.approach_s)
    size = visit.start_size * (visit.stand_size / visit.start_size) ** nearness
    away = _ease(1 - left / visit.leave_s) if left < visit.leave_s else 0.0
    x = WIDTH / 2 + (visit.stand_x - WIDTH / 2) * nearness + (visit.leave_to - visit.stand_x) * away
    step = math.sin(2 * math.pi * 0.9 * moment)
    walking = 1 - 0.75 * nearness * (1 - away)
    return _Pose(
        x=x + size * 0.012 * step * (0.4 + walking),
        y=EYE_LEVEL + size * 0.008 * abs(step) * walking + size * 0.004 * math.sin(1.7 * moment),
        size=size,
        lean=2.2 * step * walking + 1.8 * math.sin(1.1 * moment + visit.figure) - 5 * away,
        light=0.82 + 0.16 * nearness + 0.06 * math.sin(2.3 * moment + 2 * visit.figure),
    )


def _ease(share: float) -> float:
    """0 to 1, slow at both ends."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


def _place(figure: Figure, pose: _Pose) -> tuple[np.ndarray, Box]:
    """The figure turned and scaled, on a transparent layer, and the part of the frame that the layer covers."""
    wanted = pose.size / OUTLINE_HEIGHT
    index = max((i for i, scale in enumerate(figure.scales) if scale >= wanted), default=0)
    scale = figure.scales[index]
    eyes = (figure.eyes[0] * scale, figure.eyes[1] * scale)
    matrix = cv2.getRotationMatrix2D(eyes, pose.lean, wanted / scale)
    half = 0.7 * figure.sizes[index].shape[1] * wanted / scale  # wide enough for a leaning figure
    covered = (max(0, int(pose.x - half)), max(0, int(pose.y - 0.3 * pose.size)), min(WIDTH, int(pose.x + half)), GATE_TOP)
    matrix[:, 2] += np.array((pose.x - eyes[0] - covered[0], pose.y - eyes[1] - covered[1]))
    size = (max(1, covered[2] - covered[0]), covered[3] - covered[1])
    return cv2.warpAffine(figure.sizes[index], matrix, size, flags=cv2.INTER_LINEAR), covered


def _draw_wall() -> np.ndarray:
    """A plastered wall with a wooden door that stands open on a dim corridor."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    shade = 1 - 0.18 * np.hypot((columns - 250) / WIDTH, (rows - 150) / HEIGHT)
    wall = np.array([168, 186, 196], np.float32) * shade[..., None]
    wall += np.random.default_rng(3).normal(0, 2.5, (HEIGHT, WIDTH, 1))
    picture = np.clip(wall, 0, 255).astype(np.uint8)
    cv2.rectangle(picture, (168, 26), (472, HEIGHT), (52, 78, 104), -1)
    cv2.rectangle(picture, (190, 48), (450, HEIGHT), (96, 104, 108), -1)
    for depth in range(60):
        grey = 96 - depth // 2
        cv2.rectangle(picture, (190 + depth, 48 + depth), (450 - depth, HEIGHT), (grey, grey + 7, grey + 10), -1)
    cv2.rectangle(picture, (500, 190), (548, 262), (118, 126, 130), -1)
    cv2.circle(picture, (524, 212), 9, (60, 66, 70), -1)
    return cv2.GaussianBlur(picture, (0, 0), 1.4)


def _draw_gate() -> np.ndarray:
    """The top of a closed gate, nearest to the camera."""
    gate = np.full((HEIGHT - GATE_TOP, WIDTH, 3), (70, 74, 76), np.uint8)
    for x in range(0, WIDTH, 32):
        cv2.rectangle(gate, (x, 14), (x + 9, HEIGHT), (46, 50, 52), -1)
    cv2.rectangle(gate, (0, 0), (WIDTH, 12), (104, 110, 114), -1)
    cv2.line(gate, (0, 1), (WIDTH, 1), (150, 156, 160), 1)
    return cv2.GaussianBlur(gate, (0, 0), 0.8)
