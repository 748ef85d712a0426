"""What the owner says about visitors and decisions, done in the gallery and noted so that it can be undone.

A change of the gallery and its note belong together: where the note fails, the gallery is put back. So does what the
history says of a corrected decision. Faces are in one
place at a time: naming a visitor moves their looks into the gallery, undoing moves them back.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Protocol

from ostiary.domain import Status
from ostiary.errors import Conflict, UnknownChange
from ostiary.gallery.gallery import counter_label
from ostiary.gallery.lessons import Face, TakenBack
from ostiary.gallery.names import clean_name
from ostiary.visitors.records import Row, Transaction
from ostiary.visitors.store import VisitorStore
from ostiary.visitors.values import Change, Look, label_of


class Teacher(Protocol):
    """What learns, and forgets again: a `FaceEngine`. Whatever returned is on disk."""

    def learn(
        self, name: str, faces: Sequence[Face], *, encoder_id: str, force: bool = False, mistaken_for: str | None = None
    ) -> tuple[str, ...]: ...

    def keep_out(self, label: str, faces: Sequence[Face], *, encoder_id: str) -> tuple[str, ...]: ...

    def negatives_of(self, label: str) -> tuple[str, ...]: ...

    def take_back(self, face_ids: Sequence[str]) -> TakenBack: ...


Corrected = Callable[[Change, str | None], None]
"""Is told of a correction and who it was, None where nobody says, and of its undoing. Where it raises, that is not done."""


class Reception:
    def __init__(
        self, store: VisitorStore, teacher: Teacher, clock: Callable[[], float] = time.time, *, corrected: Corrected | None = None
    ):
        self.store = store
        self._teacher, self._clock = teacher, clock
        self._corrected: Corrected = corrected or (lambda change, was: None)

    def name(self, visitor: int, name: str, *, force: bool = False) -> Change:
        """The visitor is `name`, enrolled from now on, or enrolled already.

        Raises UnknownVisitor, BadName, EncoderMismatch, Conflict; AlreadyKnown and KeptOut unless `force`.
        """
        name = clean_name(name)
        with self._changing() as (on, undoing):
            group = on.group(visitor)
            self._require_new(on, group[0])
            looks = on.looks(group)
            faces = _faces([look for _, look in looks], on.best_picture(group))
            learned = self._teacher.learn(name, faces, encoder_id=on.row(group[0])["encoder"], force=force)
            undoing.callback(self._teacher.take_back, learned)
            on.empty(group)
            on.run("UPDATE visitors SET state = 'named', person = ? WHERE id = ?", name, group[0])
            origin = [[face_id, owner, look.quality] for face_id, (owner, look) in zip(learned, looks, strict=True)]
            words = f"{label_of(group[0])} is {name}"
            return on.add_change(self._clock(), "name", {"words": words, "looks": origin}, visitor=group[0], person=name)

    def merge(self, visitor: int, into: int) -> Change:
        """Both are one person, known as `into`. Raises UnknownVisitor and Conflict."""
        with self.store.transaction() as on:
            one, other = on.group(visitor)[0], on.group(into)[0]
            self._require_new(on, one)
            self._require_new(on, other)
            if one == other:
                raise Conflict(f"{label_of(visitor)} and {label_of(into)} are one already")
            if on.row(one)["encoder"] != on.row(other)["encoder"]:
                raise Conflict(f"{label_of(one)} and {label_of(other)} were encoded by different encoders and cannot be compared")
            on.run("UPDATE visitors SET parent = ? WHERE id = ?", other, one)
            return on.add_change(
                self._clock(), "merge", {"words": f"{label_of(one)} is {label_of(other)}"}, visitor=one, into=other
            )  # fmt: skip

    def ignore(self, visitor: int) -> Change:
        """The visitor is to be nobody, for ever. Raises UnknownVisitor, EncoderMismatch and Conflict."""
        with self._changing() as (on, undoing):
            group = on.group(visitor)
            self._require_new(on, group[0])
            faces = _faces([look for _, look in on.looks(group)], on.best_picture(group))
            learned = self._teacher.keep_out(label_of(group[0]), faces, encoder_id=on.row(group[0])["encoder"])
            undoing.callback(self._teacher.take_back, learned)
            on.run("UPDATE visitors SET state = 'ignored' WHERE id = ?", group[0])
            words = f"{label_of(group[0])} is ignored"
            return on.add_change(self._clock(), "ignore", {"words": words, "face_ids": learned}, visitor=group[0])

    def forget(self, visitor: int) -> None:
        """Nothing is left of the visitor, here or in the gallery. This cannot be undone. Raises UnknownVisitor and Conflict."""
        with self.store.transaction() as on:
            group = on.group(visitor)
            main = on.row(group[0])
            if main["state"] == "named":
                raise Conflict(f"{label_of(group[0])} is {main['person']} now: unregister {main['person']}")
            face_ids = [face_id for member in group for face_id in self._teacher.negatives_of(label_of(member))]
            if face_ids:
                self._teacher.take_back(face_ids)
            on.delete(group)

    def correct(self, decision: str, name: str | None = None, *, force: bool = False) -> Change:
        """The decision was wrong: the face is that of `name`; or, without, it is not that of whom the decision named.

        Raises UnknownDecision, BadName, EncoderMismatch, Conflict; AlreadyKnown and KeptOut unless `force`.
        """
        with self._changing() as (on, undoing):
            row = on.decision_row(decision)
            if (earlier := on.correction_of(decision)) is not None:
                raise Conflict(f"change {earlier} has corrected this decision: undo it first")
            faces = _faces(on.decision_looks(decision), on.decision_picture(decision))
            person = clean_name(name) if name is not None else row["person"]
            if person is None:
                raise Conflict("this decision named nobody: say who it was")
            if name is not None and row["status"] == Status.PASS and row["person"] == person:
                raise Conflict(f"this decision said {person} already")
            if name is not None:
                learned = self._teacher.learn(person, faces, encoder_id=row["encoder"], force=force, mistaken_for=row["person"])
            else:
                learned = self._teacher.keep_out(counter_label(person), faces, encoder_id=row["encoder"])
            undoing.callback(self._teacher.take_back, learned)
            words = f"it was {person}" if name is not None else f"that was not {person}"
            change = on.add_change(self._clock(), "correct", {"words": words, "face_ids": learned}, decision=decision, person=person)
            self._corrected(change, person if name is not None else None)
            undoing.callback(self._corrected, replace(change, undone_at=change.at), None)
            return change

    def undo(self, change: int) -> Change:
        """As if the change had never been made. Raises UnknownChange and Conflict."""
        with self.store.transaction() as on:
            row = on.change_row(change)
            if row is None:
                raise UnknownChange(change)
            if row["undone_at"] is not None:
                raise Conflict(f"change {change} is undone already")
            if (later := on.later_change(row)) is not None:
                raise Conflict(f"change {later} builds on it: undo that first")
            details = json.loads(row["details"])
            if row["kind"] == "merge":
                on.run("UPDATE visitors SET parent = NULL WHERE id = ?", row["visitor"])
            elif row["kind"] == "name":
                self._unname(on, row, details)
            else:
                self._teacher.take_back(details["face_ids"])
                on.run("UPDATE visitors SET state = 'new' WHERE id = ?", row["visitor"])
            undone = on.mark_undone(change, self._clock())
            if row["kind"] == "correct":
                self._corrected(undone, None)
            return undone

    def _unname(self, on: Transaction, row: Row, details: dict[str, Any]) -> None:
        """Moves the looks back. Where the gallery was encoded anew meanwhile, so are they."""
        taken = self._teacher.take_back([face_id for face_id, _, _ in details["looks"]])
        if taken.encoder_id is None:
            raise Conflict(f"{row['person']} has none of these examples any more")
        for face_id, owner, quality in details["looks"]:
            if face_id in taken.faces:
                face = taken.faces[face_id]
                on.add_looks(owner, [Look(face.encoding, quality)], face.picture)
                on.run("UPDATE visitors SET encoder = ? WHERE id = ?", taken.encoder_id, owner)
        on.run("UPDATE visitors SET state = 'new', person = NULL, encoder = ? WHERE id = ?", taken.encoder_id, row["visitor"])

    @contextmanager
    def _changing(self) -> Iterator[tuple[Transaction, ExitStack]]:
        """A transaction, and what is done where it fails, to undo what was done outside of it."""
        with ExitStack() as undoing:
            with self.store.transaction() as on:
                yield on, undoing
            undoing.pop_all()

    def _require_new(self, on: Transaction, visitor: int) -> None:
        row = on.row(visitor)
        if row["state"] == "named":
            raise Conflict(f"{label_of(visitor)} is {row['person']} now")
        if row["state"] == "ignored":
            raise Conflict(f"{label_of(visitor)} is ignored: undo that first")


def _faces(looks: Sequence[Look], picture: bytes | None) -> list[Face]:
    """`looks` with the best first; the picture is of that one."""
    return [Face(look.encoding, picture if i == 0 else None) for i, look in enumerate(looks)]
