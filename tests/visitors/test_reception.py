from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ostiary.domain import Decision, Detection, Match, Probe, Quality, Reason, Sighting, Status, Track
from ostiary.encoders import ENCODERS
from ostiary.engine import FaceEngine
from ostiary.errors import AlreadyKnown, BadName, Conflict, EncoderMismatch, KeptOut, UnknownChange, UnknownDecision, UnknownVisitor
from ostiary.gallery import codec
from ostiary.gallery.lessons import Face
from ostiary.stream.decide import Decider, Rules
from ostiary.visitors.reception import Reception
from ostiary.visitors.values import Encounter

SFACE = ENCODERS["sface"].id
Make = Callable[..., Encounter]
Vector = Callable[..., np.ndarray]
FACE = Detection((0, 0, 80, 80), 0.9)
GOOD = Quality(True, None, 0.9, 60, 1, 0.5, 0)


def decided(engine: FaceEngine, *looks: np.ndarray) -> Decision:
    """What the door says to somebody who shows these faces, one a frame."""
    decider, gallery = Decider(Rules(3, 2.0)), engine.gallery
    for i, look in enumerate(looks):
        match: Match = gallery.match(look)
        sighting = Sighting(Track(1, "door", FACE, 0, i / 10), Probe(FACE, GOOD, look), match)
        (decision,) = decider.decide([sighting], i / 10, engine.rule(len(gallery)), gallery)
    return decision


def enrolled(engine: FaceEngine, name: str, *rows: np.ndarray) -> None:
    engine.learn(name, [Face(row, None) for row in rows], encoder_id=SFACE)


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_visitor_who_is_named_passes_and_after_the_undo_no_longer(
    reception: Reception, engine: FaceEngine, encounter: Make, vector: Vector
) -> None:
    looks = [vector(1, i) for i in range(50, 53)]
    assert decided(engine, *looks).reason is Reason.UNKNOWN
    reception.store.record(encounter(1), b"a jpeg")
    reception.store.record(encounter(1), b"another jpeg")
    before = reception.store.visitors()
    change = reception.name(1, " Katya ")
    assert (change.kind, change.person, change.words) == ("name", "Katya", "visitor 1 is Katya")
    assert decided(engine, *looks).person == "Katya"
    assert decided(engine, *looks).status is Status.PASS
    assert reception.store.visitors(ignored=True) == []
    assert [p.read_bytes() for p in (engine.settings.gallery.faces_dir / "photos").glob("*.jpg")] == [b"a jpeg"]
    with pytest.raises(Conflict, match="Katya"):
        reception.ignore(1)
    undone = reception.undo(change.id)
    assert undone.undone_at == 5000.0
    assert decided(engine, *looks).reason is Reason.UNKNOWN
    assert engine.names() == []
    assert reception.store.visitors() == before
    assert reception.store.visitor_picture(1) == b"a jpeg"
    assert len(reception.store.strangers(SFACE)[0].encodings) == 5
    with pytest.raises(Conflict, match="already"):
        reception.undo(change.id)


def test_a_visitor_may_be_one_more_sight_of_somebody_enrolled(
    reception: Reception, engine: FaceEngine, encounter: Make, vector: Vector
) -> None:
    enrolled(engine, "katya", vector(1))
    reception.store.record(encounter(2), None)
    change = reception.name(1, "katya")
    assert len(engine.gallery.examples("katya")) == 4
    reception.undo(change.id)
    assert len(engine.gallery.examples("katya")) == 1


def test_a_visitor_who_is_somebody_else_is_not_enrolled_twice(
    reception: Reception, engine: FaceEngine, encounter: Make, vector: Vector
) -> None:
    enrolled(engine, "katya", vector(1))
    reception.store.record(encounter(1), None)
    with pytest.raises(AlreadyKnown, match="katya"):
        reception.name(1, "zero")
    with pytest.raises(BadName):
        reception.name(1, "")
    assert engine.names() == ["katya"]
    assert [v.id for v in reception.store.visitors()] == [1]
    assert reception.store.changes() == []
    reception.name(1, "zero", force=True)
    assert engine.names() == ["katya", "zero"]


def test_an_ignored_stranger_who_resembles_a_resident_stays_out(
    reception: Reception, engine: FaceEngine, encounter: Make, vector: Vector, between: Callable[..., np.ndarray]
) -> None:
    enrolled(engine, "katya", vector(1, 0, 0))
    lookalike = [between(vector(1, 0, 0), vector(2, i), 0.4) for i in range(8)]
    assert decided(engine, *lookalike[:4]).person == "katya", "the test's premise: the door takes the one for the other"
    reception.store.record(encounter(looks=lookalike[:3]), b"a jpeg")
    change = reception.ignore(1)
    assert decided(engine, *lookalike[4:]).reason is Reason.UNKNOWN
    resident = [vector(1, i) for i in range(3)]
    assert decided(engine, *resident).status is Status.PASS
    assert engine.names() == ["katya"]
    assert reception.store.visitors() == []
    assert [v.ignored for v in reception.store.visitors(ignored=True)] == [True]
    assert reception.store.record(encounter(looks=lookalike[4:7]), None) == 1, "who comes again is still visitor 1"
    reception.undo(change.id)
    assert decided(engine, *lookalike[4:]).person == "katya"
    assert len(engine.gallery.negatives) == 0
    assert [(v.seen, v.ignored) for v in reception.store.visitors()] == [(2, False)]


def test_the_ignored_outlast_every_bound_and_are_not_enrolled_by_mistake(
    reception: Reception, engine: FaceEngine, encounter: Make, vector: Vector
) -> None:
    reception.store.record(encounter(1, at=0), None)
    change = reception.ignore(1)
    with reception.store.transaction() as on:
        on.prune(0, 1e12)
    assert [v.id for v in reception.store.visitors(ignored=True)] == [1]
    with pytest.raises(KeptOut, match="visitor 1"):
        enrolled(engine, "katya", vector(1, 7))
    reception.undo(change.id)
    enrolled(engine, "katya", vector(1, 7))


def test_a_wrong_pass_once_corrected_is_not_repeated_until_the_undo(
    reception: Reception, engine: FaceEngine, encounter: Make, vector: Vector, between: Callable[..., np.ndarray]
) -> None:
    enrolled(engine, "katya", vector(1, 0, 0))
    lookalike = [between(vector(1, 0, 0), vector(2, i), 0.4) for i in range(8)]
    wrong = decided(engine, *lookalike[:3])
    assert (wrong.status, wrong.person) == (Status.PASS, "katya")
    passed = encounter(looks=lookalike[:3], status=Status.PASS, reason=None, person="katya", distance=wrong.distance)
    reception.store.record(passed, b"a jpeg")
    change = reception.correct(passed.decision_id)
    assert (change.words, change.decision) == ("that was not katya", passed.decision_id)
    assert decided(engine, *lookalike[4:]).reason is Reason.UNKNOWN
    assert decided(engine, *[vector(1, i) for i in range(3)]).status is Status.PASS, "katya herself still passes"
    assert reception.store.decisions()[0].corrected_by == change.id
    with pytest.raises(Conflict, match=f"change {change.id}"):
        reception.correct(passed.decision_id)
    reception.undo(change.id)
    assert decided(engine, *lookalike[4:]).person == "katya"
    assert reception.store.decisions()[0].corrected_by is None


def test_a_wrong_name_is_put_right(
    reception: Reception, engine: FaceEngine, encounter: Make, vector: Vector, between: Callable[..., np.ndarray]
) -> None:
    enrolled(engine, "katya", vector(1, 0, 0))
    sister = [between(vector(1, 0, 0), vector(2, i), 0.4) for i in range(8)]
    passed = encounter(looks=sister[:3], status=Status.PASS, reason=None, person="katya", distance=0.3)
    reception.store.record(passed, None)
    with pytest.raises(Conflict, match="already"):
        reception.correct(passed.decision_id, "katya")
    change = reception.correct(passed.decision_id, "ema")
    assert decided(engine, *sister[4:]).person == "ema"
    reception.undo(change.id)
    assert engine.names() == ["katya"]


def test_a_rejected_resident_is_taught_by_the_correction(
    reception: Reception, engine: FaceEngine, encounter: Make, vector: Vector, between: Callable[..., np.ndarray]
) -> None:
    enrolled(engine, "katya", vector(1, 0, 0))
    bearded = [between(vector(1, 0, 0), vector(2, i), 0.7) for i in range(8)]
    assert decided(engine, *bearded[:3]).reason is Reason.UNKNOWN
    rejected = encounter(looks=bearded[:3])
    reception.store.record(rejected, None)
    with pytest.raises(Conflict, match="nobody"):
        reception.correct(rejected.decision_id)
    reception.correct(rejected.decision_id, "katya")
    assert decided(engine, *bearded[4:]).person == "katya"


def test_visitors_are_merged_and_parted_again(reception: Reception, encounter: Make) -> None:
    for person in (1, 2, 3):
        reception.store.record(encounter(person, at=100 * person), b"jpeg %d" % person)
    before = reception.store.visitors()
    first = reception.merge(1, 2)
    second = reception.merge(2, 3)
    (all_one,) = reception.store.visitors()
    assert (all_one.id, all_one.seen, all_one.first_at, all_one.last_at) == (3, 3, 98, 300)
    assert len(reception.store.strangers(SFACE)) == 1
    assert reception.store.record(encounter(1, at=400), None) == 1
    assert [v.seen for v in reception.store.visitors()] == [4]
    with pytest.raises(Conflict, match="one already"):
        reception.merge(1, 3)
    with pytest.raises(Conflict, match=f"change {second.id}"):
        reception.undo(first.id)
    reception.undo(second.id)
    reception.undo(first.id)
    assert {v.id: v.seen for v in reception.store.visitors()} == {1: 2, 2: 1, 3: 1}
    assert len(before) == 3


def test_naming_a_merged_visitor_teaches_all_sides_and_undoes_in_order(
    reception: Reception, engine: FaceEngine, encounter: Make, vector: Vector
) -> None:
    for person in (1, 2):
        reception.store.record(encounter(person), None)
    merged = reception.merge(1, 2)
    named = reception.name(1, "katya")
    for person in (1, 2):
        assert decided(engine, *[vector(person, i) for i in range(3)]).person == "katya"
    with pytest.raises(Conflict):
        reception.undo(merged.id)
    reception.undo(named.id)
    reception.undo(merged.id)
    assert sorted(len(s.encodings) for s in reception.store.strangers(SFACE)) == [3, 3]
    assert reception.store.record(encounter(1), None) == 1


def test_visitors_of_two_encoders_are_not_merged_and_not_learned(reception: Reception, engine: FaceEngine, encounter: Make) -> None:
    reception.store.record(encounter(1), None)
    reception.store.record(encounter(2, encoder_id=ENCODERS["dlib"].id), None)
    with pytest.raises(Conflict, match="encoder"):
        reception.merge(1, 2)
    with pytest.raises(EncoderMismatch):
        reception.name(2, "katya")
    reception.ignore(1)
    with pytest.raises(EncoderMismatch):
        reception.ignore(2)
    assert [v.id for v in reception.store.visitors()] == [2]


def test_nothing_is_left_of_a_visitor_who_is_forgotten(reception: Reception, engine: FaceEngine, encounter: Make, tmp_path: Path) -> None:
    gone, stays = encounter(1), encounter(2)
    reception.store.record(gone, b"picture of visitor one" * 300)
    reception.store.record(stays, b"picture of visitor two" * 300)
    reception.ignore(1)
    assert gone.looks[0].encoding.tobytes() in engine.store.path.read_bytes()
    reception.forget(1)
    left = bytes_of(tmp_path)
    assert b"visitor one" not in left
    assert all(look.encoding.tobytes() not in left for look in gone.looks)
    assert stays.looks[0].encoding.tobytes() in left
    assert len(engine.gallery.negatives) == 0
    assert reception.store.changes() == []
    with pytest.raises(UnknownVisitor):
        reception.forget(1)


def test_forgetting_finds_negatives_that_no_note_tells_of(reception: Reception, engine: FaceEngine, encounter: Make) -> None:
    """A program that is killed between the gallery's change and its note leaves some."""
    reception.store.record(encounter(1), None)
    engine.keep_out("visitor 1", [Face(look.encoding, None) for look in encounter(1).looks], encoder_id=SFACE)
    reception.forget(1)
    assert len(engine.gallery.negatives) == 0


def test_who_was_named_is_forgotten_by_unregistering(reception: Reception, engine: FaceEngine, encounter: Make, tmp_path: Path) -> None:
    seen = encounter(1)
    reception.store.record(seen, b"picture of katya" * 300)
    change = reception.name(1, "katya")
    passed = encounter(1, status=Status.PASS, reason=None, person="katya")
    reception.store.record(passed, b"picture of katya" * 300)
    reception.correct(passed.decision_id)
    with pytest.raises(Conflict, match="unregister"):
        reception.forget(1)
    engine.unregister("katya")
    left = bytes_of(tmp_path)
    assert b"katya" not in left
    assert all(look.encoding.tobytes() not in left for look in (*seen.looks, *passed.looks))
    with pytest.raises(UnknownChange):
        reception.undo(change.id)


def test_what_is_unknown_is_told(reception: Reception) -> None:
    with pytest.raises(UnknownVisitor):
        reception.name(1, "katya")
    with pytest.raises(UnknownVisitor):
        reception.merge(1, 2)
    with pytest.raises(UnknownDecision):
        reception.correct("no such")
    with pytest.raises(UnknownChange):
        reception.undo(1)


def test_where_the_note_fails_the_gallery_is_put_back(reception: Reception, engine: FaceEngine, encounter: Make) -> None:
    reception.store.record(encounter(1), None)
    with reception.store.transaction() as on:
        on.run("CREATE TRIGGER full BEFORE INSERT ON changes BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(Exception, match="disk full"):
        reception.ignore(1)
    assert len(codec.decode(engine.store.path.read_bytes()).negatives) == 0
    assert [v.ignored for v in reception.store.visitors()] == [False]
