"""What a proof found, as values and as text for a terminal."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ostiary.proof.metrics import OpenSet, Point, Roc, Share
from ostiary.proof.pairs import Accuracy

FARS = (1e-2, 1e-3, 1e-4)
FPIRS = (1e-2, 3e-3, 1e-3)


@dataclass(frozen=True, slots=True)
class InForce:
    """The operating point: what the doorkeeper goes by with so many `people` enrolled."""

    encoder_id: str
    people: int
    threshold: float
    margin: float
    confirm_frames: int
    window_s: float


@dataclass(frozen=True, slots=True)
class Quorum:
    """The errors with attempts of so many frames. `stand_ins`: the strangers are residents taken out of the gallery."""

    frames: int
    errors: OpenSet
    stand_ins: bool


@dataclass(frozen=True, slots=True)
class PersonResult:
    """How one resident fared: `passed` of `attempts` with `frames` looks each at the operating point in force.

    `distance` is the median to their own examples, `other` the distance and name of the nearest somebody else.
    """

    name: str
    enrolled: int
    frames: int
    attempts: int
    passed: int
    distance: float | None
    other: tuple[float, str] | None
    unusable: Counter[str]


@dataclass(frozen=True, slots=True)
class Confusable:
    """Two enrolled people and the distance at which they come nearest."""

    first: str
    second: str
    distance: float


@dataclass(frozen=True, slots=True)
class Report:
    force: InForce
    files: int
    unusable: Counter[str]
    residents: int
    strangers: int
    verification: Roc
    accuracy: Accuracy | None
    quorums: tuple[Quorum, ...]
    persons: tuple[PersonResult, ...]
    confusable: tuple[Confusable, ...]

    @property
    def quorum_in_force(self) -> Quorum | None:
        """That of CONFIRM_FRAMES, or the longest shorter one that could be tried."""
        fitting = [quorum for quorum in self.quorums if quorum.frames <= self.force.confirm_frames]
        return fitting[-1] if fitting else None


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` of as many words as `head` has."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def summary(report: Report) -> list[str]:
    force = report.force
    lost = sum(report.unusable.values())
    lines = [
        f"{report.files} files: {force.people} people enrolled, {report.residents} of them try to pass, {report.strangers} strangers too",
        f"in force: {force.encoder_id}, distance at most {force.threshold:.3f}, margin {force.margin:.3f}, {force.confirm_frames} frames "
        f"within {force.window_s:g} s",
    ]
    if lost:
        why = ", ".join(f"{count} {problem}" for problem, count in report.unusable.most_common(5))
        lines.append(f"{lost} files could not be judged, and count neither as passing nor as refused: {why}")
    if quorum := report.quorum_in_force:
        errors, threshold = quorum.errors, force.threshold
        lines.append(
            f"result with {quorum.frames} frame{'s' * (quorum.frames > 1)}: residents refused {shown(errors.fnir(threshold))}, "
            f"taken for somebody else {shown(errors.mistaken(threshold))}, strangers let in {shown(errors.fpir(threshold))}"
        )
    if report.accuracy:
        a = report.accuracy
        skipped = f", {a.skipped} skipped" if a.skipped else ""
        lines.append(f"pairs.txt: {a.mean:.2%} +- {a.error:.2%} of {a.pairs} pairs told rightly{skipped}")
    return lines


def tables(report: Report) -> Iterator[Table]:
    yield _quorums(report)
    yield _verification(report)
    yield _persons(report)
    if report.confusable:
        rows = tuple((c.first, c.second, f"{c.distance:.3f}", _danger(c.distance, report.force)) for c in report.confusable)
        yield Table("People who come nearest to each other", ("one", "other", "distance", ""), rows)


def _quorums(report: Report) -> Table:
    threshold, rows = report.force.threshold, []
    for quorum in report.quorums:
        errors = quorum.errors
        wished = (_right(errors.at_fpir(fpir)) for fpir in FPIRS)
        rows.append(
            (str(quorum.frames), shown(errors.fnir(threshold)), shown(errors.mistaken(threshold)), shown(errors.fpir(threshold)), *wished)
        )
    head = ("frames", "residents refused", "taken for another", "strangers let in", *(f"let in at FPIR {fpir:.1%}" for fpir in FPIRS))
    stand_ins = [str(quorum.frames) for quorum in report.quorums if quorum.stand_ins]
    note = "In brackets: the range that so few attempts leave open, with 95 % confidence. The last columns: residents let in if the "
    note += "threshold were chosen to let in that share of these strangers; a dash: too few strangers to tell."
    if stand_ins:
        note += f" With {', '.join(stand_ins)} frames, residents taken out of the gallery for the moment stand in for strangers."
    return Table("What the quorum does, at the threshold in force", head, tuple(rows), note)


def _verification(report: Report) -> Table:
    roc = report.verification
    rows = []
    for far in FARS:
        point = roc.at_far(far)
        rows.append((f"{far:g}", _right(point), f"{point.threshold:.3f}" if point else "-"))
    note = f"{len(roc.genuine)} pairs of pictures of one person, {len(roc.impostor)} of two"
    if not math.isnan(roc.equal_error()):
        note += f"; equal error rate {roc.equal_error():.2%}"
    return Table("Two pictures compared", ("FAR", "TAR", "at distance"), tuple(rows), f"{note}.")


def _persons(report: Report) -> Table:
    """Who fares worst first."""
    ranked = sorted(report.persons, key=lambda p: (p.passed / p.attempts if p.attempts else 2, p.name))
    rows = tuple(
        (
            p.name,
            str(p.enrolled),
            f"{p.passed} of {p.attempts}" + (f" (with {p.frames})" if p.frames != report.force.confirm_frames and p.attempts else ""),
            "-" if p.distance is None else f"{p.distance:.3f}",
            "-" if p.other is None else f"{p.other[1]} {p.other[0]:.3f}",
            ", ".join(f"{count} {problem}" for problem, count in p.unusable.most_common(2)),
        )
        for p in ranked
    )
    return Table("Person by person", ("name", "enrolled", "let in", "median distance", "nearest other", "not judged"), rows)


def text(report: Report, most_rows: int = 15) -> str:
    """For a terminal: long tables are cut, the page has them whole."""
    lines = summary(report)
    for table in tables(report):
        cells = [table.head, *table.rows[:most_rows]]
        widths = [max(len(row[i]) for row in cells) for i in range(len(table.head))]
        lines += ["", table.title, *("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in cells)]
        if len(table.rows) > most_rows:
            lines.append(f"... and {len(table.rows) - most_rows} more")
    return "\n".join(lines)


def shown(share: Share) -> str:
    """With its interval: `1.2 % (0.4-3.5)`."""
    if not share.of:
        return "-"
    low, high = share.interval
    return f"{share.value * 100:.2f} % ({low * 100:.2f}-{high * 100:.2f}) of {share.of}"


def _right(point: Point | None) -> str:
    return f"{point.right.value * 100:.2f} %" if point else "-"


def _danger(distance: float, force: InForce) -> str:
    if distance <= force.threshold:
        return "either may pass as the other: enrol better photos, or raise MARGIN"
    return "close" if distance <= force.threshold + force.margin else ""
