"""Curves laid out once, painted twice: a chart becomes strokes and words, which `svg` and `png` know how to paint."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT = 720, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 46, 58

COLOURS = ("#2f6fde", "#d9822b", "#2e9e6b", "#b3446c", "#7a5cc0")
INK, FAINT = "#444c56", "#c8ced6"


@dataclass(frozen=True, slots=True)
class Axis:
    """Logarithmic from `low` to `high`, both powers of ten, or linear; of shares, or of distances."""

    label: str
    low: float
    high: float
    log: bool = True
    shares: bool = True

    def place(self, value: float) -> float:
        """0 at `low`, 1 at `high`; what lies outside is at the border."""
        value = min(max(value, self.low), self.high)
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        if self.log:
            decades = round(math.log10(self.high / self.low))
            return [self.low * 10**i for i in range(decades + 1)]
        return [self.low + (self.high - self.low) * i / 5 for i in range(6)]

    def worded(self, value: float) -> str:
        return f"{value * 100:.4g} %" if self.shares else f"{value:.4g}"


@dataclass(frozen=True, slots=True)
class Curve:
    """Steps from point to point, as measured rates go; `dots` are marked, as is the operating point."""

    label: str
    points: Sequence[tuple[float, float]]
    dots: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    x: Axis
    y: Axis
    curves: Sequence[Curve]
    legend_low: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    points: tuple[tuple[float, float], ...]
    colour: str
    width: float


@dataclass(frozen=True, slots=True)
class Dot:
    at: tuple[float, float]
    colour: str
    radius: float = 5.0


@dataclass(frozen=True, slots=True)
class Words:
    """`anchor` is start, middle or end; `at` is on the base line."""

    text: str
    at: tuple[float, float]
    anchor: str = "start"
    size: int = 13
    upwards: bool = False


@dataclass(slots=True)
class Drawing:
    width: int = WIDTH
    height: int = HEIGHT
    marks: list[Stroke | Dot | Words] = field(default_factory=list)


def laid_out(chart: Chart) -> Drawing:
    drawing = Drawing()
    drawing.marks += [*_frame(chart), *_curves(chart), *_legend(chart)]
    return drawing


def _at(chart: Chart, x: float, y: float) -> tuple[float, float]:
    wide, high = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    return round(_LEFT + wide * chart.x.place(x), 1), round(HEIGHT - _BOTTOM - high * chart.y.place(y), 1)


def _frame(chart: Chart) -> Iterator[Stroke | Words]:
    for x in chart.x.ticks():
        low, high = _at(chart, x, chart.y.low), _at(chart, x, chart.y.high)
        yield Stroke((low, high), FAINT, 1)
        yield Words(chart.x.worded(x), (low[0], low[1] + 18), "middle", 12)
    for y in chart.y.ticks():
        left, right = _at(chart, chart.x.low, y), _at(chart, chart.x.high, y)
        yield Stroke((left, right), FAINT, 1)
        yield Words(chart.y.worded(y), (left[0] - 7, left[1] + 4), "end", 12)
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    yield Words(chart.title, (middle, 26), "middle", 16)
    yield Words(chart.x.label, (middle, HEIGHT - 14), "middle")
    yield Words(chart.y.label, (18, (_TOP + HEIGHT - _BOTTOM) / 2), "middle", upwards=True)


def _curves(chart: Chart) -> Iterator[Stroke | Dot]:
    for colour, curve in zip(COLOURS, chart.curves, strict=False):
        places = [_at(chart, x, y) for x, y in curve.points]
        steps = [step for before, after in itertools.pairwise(places) for step in ((after[0], before[1]), after)]
        if places:
            yield Stroke(tuple(_thinned([places[0], *steps])), colour, 2)
        for x, y in curve.dots:
            yield Dot(_at(chart, x, y), colour)


def _thinned(points: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Without repetitions, and without the points that lie on the straight way between their neighbours."""
    different = [point for point, _ in itertools.groupby(points)]
    last = len(different) - 1
    for i, (x, y) in enumerate(different):
        if i in (0, last) or not (different[i - 1][0] == x == different[i + 1][0] or different[i - 1][1] == y == different[i + 1][1]):
            yield x, y


def _legend(chart: Chart) -> Iterator[Stroke | Words]:
    x = _LEFT + 16.0
    y = HEIGHT - _BOTTOM - 10 - 20.0 * len(chart.curves) if chart.legend_low else _TOP + 8.0
    if not chart.legend_low:
        x = WIDTH - _RIGHT - 225.0
    for row, (colour, curve) in enumerate(zip(COLOURS, chart.curves, strict=False)):
        line = y + 12 + 20 * row
        yield Stroke(((x, line - 4), (x + 22, line - 4)), colour, 3)
        yield Words(curve.label, (x + 30, line))
