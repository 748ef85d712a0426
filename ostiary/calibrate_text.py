"""A calibration in words that say what to do."""

from __future__ import annotations

from collections.abc import Iterator

from ostiary.calibrate import Calibration, Near
from ostiary.encoders import CURVE_PEOPLE, info_of
from ostiary.settings import DecisionSettings

_MOST = 20
_EXPECTED_OF = 1000  # strangers


def text(found: Calibration, decision: DecisionSettings) -> str:
    return "\n".join([*_people(found), *_strangers(found), *_suggestions(found, decision)])


def _people(found: Calibration) -> Iterator[str]:
    rule = found.rule
    yield f"{found.people} people, {found.examples} photos, {found.encoder_id}; in force: threshold {rule.threshold:.3f}, margin {rule.margin:.3f}"
    if found.closest:
        yield f"closest pair: {_pair(found.closest)}"
    yield from _listed("the same person under two names, or twins (unregister one of the two):", [_pair(n) for n in found.duplicates])
    yield from _listed(
        "look-alikes, whom the margin keeps apart (enrol more photos of both; they may be refused as ambiguous):",
        [_pair(near) for near in found.look_alikes],
    )
    yield from _listed(
        "odd photos (look at them; enrol the person anew with --replace):",
        [f"{p.person}, photo {p.number}: {p.problem}" for p in found.odd],
    )
    yield from _listed("who needs a better photo:", [f"{p.person}: {p.problem}" for p in found.better])


def _strangers(found: Calibration) -> Iterator[str]:
    if found.closest_stranger:
        near = found.closest_stranger
        yield f"{found.strangers} stranger{'s' * (found.strangers > 1)} seen; the closest: {_pair(near)}"
    else:
        expected = info_of(found.encoder_id)[1].threshold(found.people, 0.5 / _EXPECTED_OF)
        yield (
            f"no strangers were seen yet; the built-in curve, of {CURVE_PEOPLE:,} people, stands in: of {_EXPECTED_OF:,} strangers it expects "
            f"the closest at {expected:.3f} from somebody (--strangers DIR adds pictures of some)"
        )
    yield from _listed(
        "taken for strangers, but as near as only the person is (not counted; name them if so):",
        [_pair(near) for near in found.residents_seen],
    )


def _suggestions(found: Calibration, decision: DecisionSettings) -> Iterator[str]:
    suggested = found.suggestion
    yield f"threshold for FPIR_TARGET={decision.fpir_target:g}, by the number of people:"
    yield "  " + "  ".join(f"{size}: {threshold:.3f}" for size, threshold in found.by_size)
    why = "as built in"
    if suggested.th_accept < suggested.built_in - 0.001:
        why = f"built in: {suggested.built_in:.3f}"
        if suggested.shift >= 0.0005:
            why += f"; this site's strangers come {suggested.shift:.3f} nearer than expected"
        if suggested.ceiling is not None and suggested.th_accept < suggested.built_in - suggested.shift - 0.001:
            why += f"; the nearest strangers are at {suggested.ceiling:.3f}"
    yield f"suggested: TH_ACCEPT={suggested.th_accept:.3f} ({why})"
    yield f"suggested: MARGIN={found.margin:.3f}"
    if found.tried:
        yield f"with these, {found.kept} of {found.tried} photos would be let in by the person's other photos alone"
    if suggested.th_accept >= suggested.built_in - 0.001 and decision.th_accept is None:
        yield "TH_ACCEPT=auto does the same, and follows the number of people"


def _pair(near: Near) -> str:
    return f"{near.one} and {near.other}, {near.distance:.3f}"


def _listed(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield title
        yield from (f"  {line}" for line in lines[:_MOST])
        if len(lines) > _MOST:
            yield f"  and {len(lines) - _MOST} more"
