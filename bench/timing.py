"""Comparing two things on a machine that does other things too."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

Run = Callable[[], object]


def compare(ours: Run, theirs: Run, rounds: int) -> tuple[float, float, float]:
    """(our ms, their ms, how many times faster we are): CPU time of this thread's process, medians over `rounds`.

    Ours and theirs alternate, so that what disturbs one disturbs the other; the ratio is the median of neighbours' ratios.
    """
    ours(), theirs()
    pairs = [(cpu_ms(ours), cpu_ms(theirs)) for _ in range(rounds)]
    mine, other = zip(*pairs, strict=True)
    return statistics.median(mine), statistics.median(other), statistics.median(b / a for a, b in pairs)


def median_ms(run: Run, rounds: int) -> float:
    run()
    return statistics.median(cpu_ms(run) for _ in range(rounds))


def cpu_ms(run: Run) -> float:
    start = time.process_time()
    run()
    return (time.process_time() - start) * 1000
