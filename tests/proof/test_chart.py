from __future__ import annotations

import itertools

from ostiary.proof.chart import Axis, Chart, Curve, Dot, Stroke, Words, laid_out
from ostiary.proof.svg import svg

SQUARE = Chart(
    "errors", Axis("x", 0.01, 1.0), Axis("y", 0.0, 1.0, log=False), [Curve("one", [(0.01, 1.0), (0.1, 0.5), (1.0, 0.5)], [(0.1, 0.5)])]
)


def drawn(chart: Chart) -> Stroke:
    (stroke,) = (mark for mark in laid_out(chart).marks if isinstance(mark, Stroke) and mark.width == 2)
    return stroke


def test_measured_rates_go_in_steps() -> None:
    (left, top), corner, (middle, half), (right, end) = drawn(SQUARE).points
    assert corner == (middle, top)
    assert half == end
    assert left < middle < right
    assert top < half


def test_no_step_is_ever_slanted() -> None:
    points = [(0.001, 0.9), (0.01, 0.9), (0.01, 0.7), (0.01, 0.7), (0.05, 0.7), (0.05, 0.2), (0.5, 0.1)]
    path = drawn(Chart("", SQUARE.x, SQUARE.y, [Curve("", points)])).points
    assert all(a[0] == b[0] or a[1] == b[1] for a, b in itertools.pairwise(path))
    assert len(set(path)) == len(path)


def test_decades_are_evenly_spaced_and_what_is_outside_is_at_the_border() -> None:
    axis = Axis("x", 0.001, 1.0)
    assert [round(axis.place(value), 6) for value in (0.001, 0.01, 0.1, 1.0)] == [0, 0.333333, 0.666667, 1]
    assert axis.place(0.0) == 0
    assert [round(tick, 6) for tick in axis.ticks()] == [0.001, 0.01, 0.1, 1.0]


def test_the_operating_point_lies_on_its_curve() -> None:
    (dot,) = (mark for mark in laid_out(SQUARE).marks if isinstance(mark, Dot))
    assert dot.at in drawn(SQUARE).points


def test_words_are_escaped_in_svg() -> None:
    drawing = laid_out(SQUARE)
    drawing.marks.append(Words("<script>", (1, 1)))
    painted = svg(drawing, 'a "label"')
    assert "&lt;script&gt;" in painted
    assert "<script>" not in painted
    assert 'aria-label="a &quot;label&quot;"' in painted
