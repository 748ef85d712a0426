"""The threshold that a site's own strangers call for: the built-in curve, made stricter by what was seen there. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ostiary.encoders import EncoderInfo

_MEASURED = 0.02  # share of pairs up to which the curve was measured, with some grace; beyond, it says nothing
_DOUBT = 2  # strangers' worth of doubt: so many nearest ones are needed for two thirds of what they say to be believed
_LEAST = 0.05


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`built_in` is the curve's threshold for the people there are, `shift` how much nearer this site's strangers come.

    `ceiling` is the distance that no more strangers than wished have undercut here; None where none were seen.
    """

    th_accept: float
    built_in: float
    shift: float
    ceiling: float | None


def suggest(nearest: Sequence[float], people: int, info: EncoderInfo, fpir_target: float) -> Suggestion:
    """`nearest` holds for each stranger the distance to the nearest of so many `people`."""
    ranked, built_in = sorted(nearest), info.threshold(people, fpir_target)
    shift = shift_of(ranked, people, info)
    wanted = built_in - shift
    allowed = math.floor(fpir_target * len(ranked))
    ceiling = ranked[allowed] if ranked else None
    if ceiling is not None:
        wanted = min(wanted, ceiling - info.margin / 2)
    return Suggestion(max(_LEAST, math.floor(wanted * 1000) / 1000), built_in, shift, ceiling)


def shift_of(ranked: Sequence[float], people: int, info: EncoderInfo) -> float:
    """How much nearer the nearest strangers come than the curve expects of as many; 0 where they keep farther away.

    Of m strangers the i-th nearest is expected where a share of (i - 1/2) / m of strangers is nearer. Only those are
    compared for which the curve was measured, and few are believed less than many. A site never makes the curve looser:
    that strangers kept away so far proves little.
    """
    gaps = []
    for i, distance in enumerate(ranked):
        share = (i + 0.5) / len(ranked)
        if -math.expm1(math.log1p(-share) / max(people, 1)) > _MEASURED:
            break
        gaps.append(info.threshold(people, share) - distance)
    if not gaps:
        return 0.0
    return max(0.0, median(gaps)) * len(gaps) / (len(gaps) + _DOUBT)
