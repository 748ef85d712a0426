"""Paints a drawing as SVG, for a page. Words and grid take the page's colours, so that it may be dark."""

from __future__ import annotations

from html import escape

from ostiary.proof.chart import FAINT, Dot, Drawing, Stroke, Words


def svg(drawing: Drawing, label: str) -> str:
    marks = "\n".join(_mark(mark) for mark in drawing.marks)
    size = f'viewBox="0 0 {drawing.width} {drawing.height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(label)}">\n{marks}\n</svg>'


def _mark(mark: Stroke | Dot | Words) -> str:
    match mark:
        case Stroke(points, colour, width):
            path = " ".join(f"{x:g},{y:g}" for x, y in points)
            paint = 'class="grid"' if colour == FAINT else f'stroke="{colour}"'
            return f'<polyline points="{path}" fill="none" {paint} stroke-width="{width:g}"/>'
        case Dot((x, y), colour, radius):
            return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{colour}" stroke="#fff" stroke-width="1.5"/>'
        case Words(text, (x, y), anchor, size, upwards):
            turn = f' transform="rotate(-90 {x:g} {y:g})"' if upwards else ""
            return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}"{turn}>{escape(text)}</text>'
