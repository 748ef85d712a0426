from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ostiary.domain import Reason, Status
from ostiary.encoders import ENCODERS
from ostiary.errors import UnknownDecision, UnknownVisitor, VisitorsUnavailable
from ostiary.visitors.records import DECISIONS_KEPT
from ostiary.visitors.store import VisitorStore
from ostiary.visitors.values import Encounter

Make = Callable[..., Encounter]
DAY = 86400.0


def test_looking_makes_no_file(store: VisitorStore) -> None:
    assert (store.visitors(), store.decisions(), store.changes(), store.strangers("sface-2021dec")) == ([], [], [], [])
    store.forget_person("katya")
    with pytest.raises(UnknownVisitor):
        store.visitor_picture(1)
    with pytest.raises(UnknownDecision):
        store.decision_picture("event-1")
    assert not store.path.exists()


def test_who_comes_again_is_the_same_visitor_and_others_are_not(store: VisitorStore, encounter: Make) -> None:
    for at, person, camera in [(100, 1, "door"), (200, 2, "door"), (300, 1, "yard"), (400, 1, "door"), (500, 3, "door")]:
        store.record(encounter(person, at=at, camera=camera), b"jpeg %d" % at)
    told = [(v.id, v.label, v.seen, v.first_at, v.last_at, v.camera, v.ignored) for v in VisitorStore(store.path.parent).visitors()]
    assert told == [
        (3, "visitor 3", 1, 498, 500, "door", False),
        (1, "visitor 1", 3, 98, 400, "door", False),
        (2, "visitor 2", 1, 198, 200, "door", False),
    ]


def test_the_best_picture_and_a_few_of_the_best_looks_are_kept(
    store: VisitorStore, encounter: Make, vector: Callable[..., np.ndarray]
) -> None:
    from dataclasses import replace

    for turn, quality in enumerate([0.5, 0.9, 0.7]):
        seen = encounter(1)
        store.record(replace(seen, looks=tuple(replace(look, quality=quality) for look in seen.looks)), b"jpeg %d" % turn)
    assert store.visitor_picture(1) == b"jpeg 1"
    with store.transaction() as on:
        assert [look.quality for _, look in on.looks([1])] == [0.9, 0.9, 0.9, 0.7, 0.7]


def test_encodings_of_another_encoder_are_never_compared(store: VisitorStore, encounter: Make) -> None:
    store.record(encounter(1), None)
    store.record(encounter(1, encoder_id=ENCODERS["dlib"].id), None)
    assert [v.seen for v in store.visitors()] == [1, 1]
    assert [s.label for s in store.strangers(ENCODERS["dlib"].id)] == ["visitor 2"]


def test_decisions_are_kept_and_only_the_unknown_are_visitors(store: VisitorStore, encounter: Make) -> None:
    store.record(encounter(1, at=1, status=Status.PASS, reason=None, person="katya", distance=0.3), b"jpeg")
    store.record(encounter(1, at=2, reason=Reason.AMBIGUOUS, person="katya", distance=0.4), None)
    store.record(encounter(1, at=3), None)
    assert [(d.status, d.reason, d.person, d.visitor) for d in store.decisions()] == [
        (Status.REJECT, Reason.UNKNOWN, None, 1),
        (Status.REJECT, Reason.AMBIGUOUS, "katya", None),
        (Status.PASS, None, "katya", None),
    ]
    assert store.decision_picture("event-1") == b"jpeg"
    assert len(store.visitors()) == 1


def test_visitors_are_bounded_by_count_the_longest_unseen_goes(tmp_path: Path, encounter: Make) -> None:
    store = VisitorStore(tmp_path / "visitors", most=3)
    for at, person in [(1, 1), (2, 2), (3, 3), (4, 1), (5, 4)]:
        store.record(encounter(person, at=at), None)
    assert [v.id for v in store.visitors()] == [4, 1, 3]
    assert store.record(encounter(2, at=6), None) == 5, "a number is never given twice"


def test_visitors_and_decisions_are_bounded_by_age(tmp_path: Path, encounter: Make) -> None:
    store = VisitorStore(tmp_path / "visitors", days=1)
    store.record(encounter(1, at=0), None)
    store.record(encounter(2, at=DAY - 10), None)
    store.record(encounter(3, at=DAY + 10), None)
    assert [v.id for v in store.visitors()] == [3, 2]
    assert len(store.decisions()) == 2


def test_decisions_are_bounded_by_count(store: VisitorStore, encounter: Make) -> None:
    with store.transaction() as on:
        for at in range(DECISIONS_KEPT + 5):
            on.keep_decision(encounter(1, at=at), None, None)
        on.prune(10, 0)
    assert len(store.decisions(10_000)) == DECISIONS_KEPT
    assert store.decisions(1)[0].at == DECISIONS_KEPT + 4


def test_the_file_is_its_owners_alone(store: VisitorStore, encounter: Make) -> None:
    store.record(encounter(1), b"jpeg")
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700
    assert list(store.path.parent.iterdir()) == [store.path]


def test_nothing_is_left_of_a_person_who_is_forgotten(store: VisitorStore, encounter: Make) -> None:
    katya, zero = (encounter(i, status=Status.PASS, reason=None, person=name) for i, name in ((1, "katya"), (2, "zero")))
    store.record(katya, b"picture of katya" * 500)
    store.record(zero, b"picture of zero" * 500)
    store.forget_person("katya")
    left = store.path.read_bytes()
    assert b"picture of katya" not in left
    assert all(look.encoding.tobytes() not in left for look in katya.looks)
    assert zero.looks[0].encoding.tobytes() in left
    store.keep_only(["somebody else"])
    assert b"zero" not in store.path.read_bytes()
    assert store.decisions() == []


def test_a_file_that_is_no_database_is_reported_and_not_overwritten(store: VisitorStore, encounter: Make) -> None:
    store.path.parent.mkdir(parents=True)
    store.path.write_bytes(b"not a database " * 100)
    with pytest.raises(VisitorsUnavailable, match=r"visitors\.db"):
        store.record(encounter(1), None)
    assert store.path.read_bytes() == b"not a database " * 100


def test_who_is_renamed_is_called_so_everywhere(store: VisitorStore, encounter: Make) -> None:
    store.record(encounter(1, person="katya", status=Status.PASS, reason=None), None)
    store.record(encounter(2, person="zero", status=Status.PASS, reason=None), None)
    with store.transaction() as on:
        on.add_change(1.0, "correct", {"words": "that was not katya"}, decision="event-1", person="katya")
    store.rename_person("katya", "Катя")
    assert {d.person for d in store.decisions()} == {"Катя", "zero"}
    assert [(c.person, c.words) for c in store.changes()] == [("Катя", "that was not Катя")]
    store.forget_person("Катя")
    assert [d.person for d in store.decisions()] == ["zero"]
    assert store.changes() == []
