"""Search: one probe among 1,000, 10,000 and 100,000 people, beside one `norm` per person as the classic loop does."""

from __future__ import annotations

from functools import partial

import numpy as np

from bench.timing import compare
from ostiary.encoders import ENCODERS
from ostiary.gallery.gallery import Gallery


def measure() -> dict[str, float]:
    figures = {}
    for people, rounds in ((1_000, 40), (10_000, 20), (100_000, 5)):
        random = np.random.default_rng(people)
        rows = random.standard_normal((people, 128)).astype(np.float32)
        names = [f"person {n}" for n in range(people)]
        probe = random.standard_normal(128).astype(np.float32)
        gallery = Gallery.of(ENCODERS["sface"].id, names, rows)
        known = {name: row.astype(np.float64) for name, row in zip(names, rows, strict=True)}
        ours, theirs, ratio = compare(partial(gallery.match, probe), partial(_classic, known, probe), rounds)
        figures |= {f"{people}_ms": ours, f"{people}_loop_ms": theirs, f"{people}_times_faster": ratio}
    return figures


def _classic(known: dict[str, np.ndarray], probe: np.ndarray) -> str:
    return min(known, key=lambda name: np.linalg.norm(known[name] - probe))
