"""The last calibration, left where the dashboard finds it: its figures as JSON, its curve as SVG."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ostiary import durable
from ostiary.calibrate import Calibration
from ostiary.proof.chart import Axis, Chart, Curve, laid_out
from ostiary.proof.svg import svg

FIGURES, CURVES = "calibration.json", "calibration.svg"


def write(found: Calibration, fpir_target: float, folder: Path) -> None:
    """Readable by their owner alone."""
    drawn = chart(found)
    durable.replace_whole(folder / CURVES, svg(laid_out(drawn), drawn.title).encode())
    durable.replace_whole(folder / FIGURES, json.dumps(figures(found, fpir_target), ensure_ascii=False).encode())


def figures(found: Calibration, fpir_target: float) -> dict[str, Any]:
    """The calibration for machines."""
    told = asdict(found)
    for member in ("rule", "suggestion", "own", "other", "outside"):
        del told[member]
    rule, suggestion = found.rule, found.suggestion
    return {
        **told,
        "threshold": rule.threshold,
        "margin": rule.margin,
        "fpir_target": fpir_target,
        "suggested_threshold": suggestion.th_accept,
        "built_in": suggestion.built_in,
        "suggested_margin": found.margin,
    }


def chart(found: Calibration) -> Chart:
    """Which threshold lets in whom: people by their other photos, photos of somebody else, strangers."""
    sets = {"own photos let in": found.own, "photos of somebody else": found.other, "strangers let in": found.outside}
    curves = [_curve(label, distances, found.rule.threshold) for label, distances in sets.items() if distances]
    highest = max([2 * found.rule.threshold, *found.own, *found.other, *found.outside])
    return Chart(
        "Who would be let in at which threshold (dots: in force)",
        Axis("threshold (TH_ACCEPT)", 0.0, math.ceil(highest * 2) / 2, log=False, shares=False),
        Axis("share at or below it", 0.0, 1.0, log=False),
        curves,
    )


def _curve(label: str, distances: Sequence[float], threshold: float) -> Curve:
    ranked = sorted(distances)
    points = [(0.0, 0.0), *((distance, (i + 1) / len(ranked)) for i, distance in enumerate(ranked))]
    return Curve(f"{label} ({len(ranked)})", points, [(threshold, sum(distance <= threshold for distance in ranked) / len(ranked))])
