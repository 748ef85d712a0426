"""Who the faces of one still are: pure rules over distances. Video has its own, in `stream/decide.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ostiary.domain import Match, Probe, Reason, Recognition


@dataclass(frozen=True, slots=True)
class Rule:
    """Accept at a distance of at most `threshold`, and nearer than anybody else by `margin`."""

    threshold: float
    margin: float


def judge(probes: Sequence[Probe], matches: Sequence[Match], rule: Rule) -> list[Recognition]:
    """The verdict on each face, the largest face first. No person is in a picture twice: the nearer face is theirs."""
    verdicts = [_verdict(probe, match, rule) for probe, match in zip(probes, matches, strict=True)]
    nearest: dict[str | None, Recognition] = {}
    for verdict in sorted(verdicts, key=lambda verdict: verdict.distance or 0.0):
        nearest.setdefault(verdict.name, verdict)
    single = [v if v.name is None or nearest[v.name] is v else replace(v, name=None, reason=Reason.AMBIGUOUS) for v in verdicts]
    order = sorted(range(len(probes)), key=lambda i: -probes[i].detection.area)
    return [single[i] for i in order]


def _verdict(probe: Probe, match: Match, rule: Rule) -> Recognition:
    nearest = next((candidate for candidate in match.candidates if not candidate.negative), None)
    runner_up = next((candidate for candidate in match.candidates if candidate is not nearest), None)
    reason = _objection(probe, match, rule)
    return Recognition(
        box=probe.detection.box,
        name=nearest.person if nearest and not reason else None,
        distance=nearest.shown if nearest else None,
        runner_up=runner_up.person if runner_up else None,
        runner_up_distance=runner_up.shown if runner_up else None,
        reason=reason,
        quality=probe.quality,
    )


def _objection(probe: Probe, match: Match, rule: Rule) -> Reason | None:
    if probe.encoding is None:
        return Reason.LOW_QUALITY
    if match.nearest is None or match.nearest.negative or match.nearest.distance > rule.threshold:
        return Reason.UNKNOWN
    if match.runner_up and match.runner_up.distance - match.nearest.distance < rule.margin:
        return Reason.AMBIGUOUS
    return None
