"""A report as one HTML page that needs nothing else, with its charts; the charts also as a PNG, the figures as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ostiary import durable
from ostiary.proof.chart import Axis, Chart, Curve, laid_out
from ostiary.proof.metrics import Point, Share
from ostiary.proof.png import save_png
from ostiary.proof.report import FARS, FPIRS, Quorum, Report, Table, summary, tables
from ostiary.proof.svg import svg

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2128; --faint: #d8dde3; --paper: #fff; --soft: #57606a }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --faint: #3a424c; --paper: #15191e; --soft: #9aa4af } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem; margin: 0 auto; padding: 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem } p { margin: .4rem 0 } .note { color: var(--soft); font-size: .9rem }
svg { width: 100%; max-width: 45rem; height: auto; display: block; margin: 1rem 0 } svg text { fill: var(--ink) } svg .grid { stroke: var(--faint) }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--faint); vertical-align: top }
th { color: var(--soft); font-weight: 600 }
"""


def write(report: Report, folder: Path, title: str) -> list[Path]:
    """Writes `report.html`, `report.png`, `report.json` and each chart as SVG into `folder`, readable by their owner alone."""
    drawn = list(charts(report))
    drawings = [laid_out(chart) for chart in drawn]
    files = [folder / f"report.{ending}" for ending in ("html", "png", "json")]
    durable.replace_whole(files[0], page(report, title).encode())
    files[1].touch(mode=0o600)
    save_png(drawings, files[1])
    durable.replace_whole(files[2], json.dumps(figures(report), indent=1, ensure_ascii=False).encode())
    for number, (chart, drawing) in enumerate(zip(drawn, drawings, strict=True), start=1):
        durable.replace_whole(folder / f"report-{number}.svg", svg(drawing, chart.title).encode())
    return files


def page(report: Report, title: str) -> str:
    facts = "\n".join(f"<p>{escape(line)}</p>" for line in summary(report))
    drawn = "\n".join(svg(laid_out(chart), chart.title) for chart in charts(report))
    listed = "\n".join(_html(table) for table in tables(report))
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n<body>\n<h1>{escape(title)}</h1>\n{facts}\n{drawn}\n{listed}\n</body></html>\n"
    )


def charts(report: Report) -> Iterator[Chart]:
    curves = [_open_set(quorum, report.force.threshold) for quorum in report.quorums]
    low = _decade(min((1 / max(len(q.errors.strangers), 1) for q in report.quorums), default=0.1))
    least = _decade(min((y for curve in curves for _, y in [*curve.points, *curve.dots] if y > 0), default=0.1))
    yield Chart(
        "Residents refused, strangers let in (dots: threshold in force)",
        Axis("strangers let in (FPIR; none: at the left border)", low, 1.0),
        Axis("residents refused (FNIR)", least, 1.0),
        curves,
    )
    far, tar = report.verification.curve()
    low = _decade(1 / max(len(report.verification.impostor), 1))
    dots = [(p.false.value, p.right.value) for far_wished in FARS if (p := report.verification.at_far(far_wished))]
    floor = math.floor(min([0.8, *(right for _, right in dots)]) * 5) / 5 if dots else 0.0
    points = [(float(f), float(t)) for f, t in zip(far, tar, strict=True)]
    yield Chart(
        "Two pictures compared (dots: FAR 1e-2, 1e-3, 1e-4)",
        Axis("of two people, taken for one (FAR)", low, 1.0),
        Axis("of one person, recognised (TAR)", floor, 1.0, log=False),
        [Curve("single pictures", points, dots)],
        legend_low=True,
    )


def _open_set(quorum: Quorum, threshold: float) -> Curve:
    fpir, fnir = quorum.errors.curve()
    here = quorum.errors.fpir(threshold).value, quorum.errors.fnir(threshold).value
    label = f"{quorum.frames} frame{'s' * (quorum.frames > 1)}" + (", stand-in strangers" if quorum.stand_ins else "")
    return Curve(label, [(float(x), float(y)) for x, y in zip(fpir, fnir, strict=True)], [here] if not np.isnan(here).any() else [])


def _decade(value: float) -> float:
    return min(0.01, 10.0 ** math.floor(math.log10(value) + 1e-9))


def _html(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.head)
    rows = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    return f'<h2>{escape(table.title)}</h2>\n{note}\n<div class="scroll"><table><tr>{head}</tr>\n{rows}</table></div>'


def figures(report: Report) -> dict[str, Any]:
    """The report for machines."""
    force, threshold = report.force, report.force.threshold
    return {
        "encoder": force.encoder_id,
        "people": force.people,
        "threshold": threshold,
        "margin": force.margin,
        "confirm_frames": force.confirm_frames,
        "files": report.files,
        "not_judged": dict(report.unusable),
        "quorums": [
            {
                "frames": quorum.frames,
                "strangers_are": "residents taken out" if quorum.stand_ins else "strangers",
                "refused": _share(quorum.errors.fnir(threshold)),
                "mistaken": _share(quorum.errors.mistaken(threshold)),
                "strangers_let_in": _share(quorum.errors.fpir(threshold)),
                "let_in_at_fpir": {f"{fpir:g}": _point(quorum.errors.at_fpir(fpir)) for fpir in FPIRS},
            }
            for quorum in report.quorums
        ],
        "verification": {f"{far:g}": _point(report.verification.at_far(far)) for far in FARS},
        "pairs_txt": report.accuracy and {"mean": report.accuracy.mean, "error": report.accuracy.error, "pairs": report.accuracy.pairs},
        "persons": {
            p.name: {"attempts": p.attempts, "passed": p.passed, "distance": p.distance, "nearest_other": p.other} for p in report.persons
        },
        "confusable": [[c.first, c.second, c.distance] for c in report.confusable],
    }


def _share(share: Share) -> dict[str, int]:
    return {"count": share.count, "of": share.of}


def _point(point: Point | None) -> dict[str, float] | None:
    return {"threshold": point.threshold, "share": point.right.value} if point else None
