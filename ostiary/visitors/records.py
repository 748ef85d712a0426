"""The SQL of this room: what can be asked and done within one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np

from ostiary.domain import Reason, Status
from ostiary.errors import UnknownDecision, UnknownVisitor
from ostiary.vault import Again, Vault, at
from ostiary.visitors.cluster import LOOKS_KEPT, belonging
from ostiary.visitors.values import Change, Encounter, Look, RecordedDecision, Stranger, Visitor, label_of

DECISIONS_KEPT = 500
CHANGES_KEPT = 1000

Row = sqlite3.Row


class Transaction:
    """Made by `VisitorStore.transaction`; of no use after it. Pictures and encodings are sealed by `vault`."""

    def __init__(self, db: sqlite3.Connection, vault: Vault):
        self._db, self._vault = db, vault

    def run(self, statement: str, *values: object) -> sqlite3.Cursor:
        return self._db.execute(statement, values)

    def receive(self, seen: Encounter, picture: bytes | None) -> int:
        """Who the encounter shows: an earlier visitor who now was seen once more, or a new one."""
        visitor = belonging(seen.looks, seen.encoder_id, self._known(seen.encoder_id))
        if visitor is None:
            made = self.run(
                "INSERT INTO visitors (encoder, first_at, last_at, camera) VALUES (?, ?, ?, ?)",
                seen.encoder_id, seen.first_at, seen.last_at, seen.camera,
            )  # fmt: skip
            visitor = int(made.lastrowid or 0)
        self.run(
            "UPDATE visitors SET seen = seen + 1, last_at = max(last_at, ?), camera = ? WHERE id = ?", seen.last_at, seen.camera, visitor
        )
        self.add_looks(visitor, seen.looks, picture)
        return visitor

    def add_looks(self, visitor: int, looks: Sequence[Look], picture: bytes | None) -> None:
        """Keeps the best few of these and the earlier ones; `picture` is of the best of these."""
        for look in looks:
            self.run("INSERT INTO looks (visitor, quality, encoding) VALUES (?, ?, ?)", visitor, look.quality, self._packed(look.encoding))
        surplus = "SELECT id FROM looks WHERE visitor = ? ORDER BY quality DESC, id DESC LIMIT -1 OFFSET ?"
        self.run(f"DELETE FROM looks WHERE id IN ({surplus})", visitor, LOOKS_KEPT)
        best = max((look.quality for look in looks), default=-1.0)
        if picture is not None:
            self.run(
                "UPDATE visitors SET picture = ?, picture_quality = ? WHERE id = ? AND picture_quality < ?",
                self._vault.seal(picture), best, visitor, best,
            )  # fmt: skip

    def keep_decision(self, seen: Encounter, picture: bytes | None, visitor: int | None) -> None:
        """A track that came to something twice, as after a long pause between frames, came to the latter."""
        self.run(
            "INSERT OR REPLACE INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            seen.decision_id, seen.last_at, seen.camera, seen.status.value, seen.reason.value if seen.reason else None,
            seen.person, seen.distance, seen.encoder_id, visitor, None if picture is None else self._vault.seal(picture),
        )  # fmt: skip
        for look in seen.looks:
            self.run(
                "INSERT INTO looks (decision, quality, encoding) VALUES (?, ?, ?)",
                seen.decision_id, look.quality, self._packed(look.encoding),
            )  # fmt: skip

    def prune(self, most: int, oldest_at: float) -> None:
        """Lets go of who was last seen before `oldest_at`, and of the longest unseen beyond `most`."""
        new = self.visitors(ignored=False)
        for visitor in [*new[most:], *(v for v in new[:most] if v.last_at < oldest_at)]:
            self.delete(self.group(visitor.id))
        self.run("DELETE FROM decisions WHERE at < ?", oldest_at)
        self.run("DELETE FROM decisions WHERE rowid IN (SELECT rowid FROM decisions ORDER BY at DESC LIMIT -1 OFFSET ?)", DECISIONS_KEPT)
        # Who is ignored stays so for ever, and for as long that can be undone.
        old = "SELECT id FROM changes WHERE kind != 'ignore' OR undone_at IS NOT NULL ORDER BY id DESC LIMIT -1 OFFSET ?"
        self.run(f"DELETE FROM changes WHERE id IN ({old})", CHANGES_KEPT)

    def visitors(self, *, ignored: bool) -> list[Visitor]:
        groups: dict[int, list[Row]] = {}
        rows = self.run("SELECT id, parent, state, encoder, seen, first_at, last_at, camera FROM visitors").fetchall()
        roots = _roots({row["id"]: row["parent"] for row in rows})
        for row in rows:
            groups.setdefault(roots[row["id"]], []).append(row)
        states = ("new", "ignored") if ignored else ("new",)
        told = [_visitor(root, group) for root, group in groups.items() if next(r for r in group if r["id"] == root)["state"] in states]
        return sorted(told, key=lambda visitor: (-visitor.last_at, -visitor.id))

    def group(self, visitor: int) -> list[int]:
        """The visitor, and those merged into them: the ids, the main one first. Raises UnknownVisitor."""
        roots = _roots({row["id"]: row["parent"] for row in self.run("SELECT id, parent FROM visitors")})
        if visitor not in roots:
            raise UnknownVisitor(visitor)
        root = roots[visitor]
        return [root, *(key for key, its_root in roots.items() if its_root == root and key != root)]

    def row(self, visitor: int) -> Row:
        found: Row | None = self.run("SELECT * FROM visitors WHERE id = ?", visitor).fetchone()
        if found is None:
            raise UnknownVisitor(visitor)
        return found

    def looks(self, group: Collection[int]) -> list[tuple[int, Look]]:
        """The looks of all of a group, each with whose it is, the best first."""
        rows = self.run(f"SELECT * FROM looks WHERE visitor IN ({_marks(group)}) ORDER BY quality DESC, id", *group)
        return [(row["visitor"], Look(self._unpacked(row["encoding"]), row["quality"])) for row in rows]

    def best_picture(self, group: Collection[int]) -> bytes | None:
        query = f"SELECT picture FROM visitors WHERE id IN ({_marks(group)}) AND picture IS NOT NULL ORDER BY picture_quality DESC LIMIT 1"
        row = self.run(query, *group).fetchone()
        return self._vault.open(row["picture"]) if row else None

    def empty(self, group: Collection[int]) -> None:
        """Takes looks and pictures away: they live elsewhere now."""
        self.run(f"DELETE FROM looks WHERE visitor IN ({_marks(group)})", *group)
        self.run(f"UPDATE visitors SET picture = NULL, picture_quality = -1 WHERE id IN ({_marks(group)})", *group)

    def delete(self, group: Collection[int]) -> None:
        """Forgets visitors, the decisions about them and what was said of them."""
        self.run(f"DELETE FROM changes WHERE visitor IN ({_marks(group)}) OR into_visitor IN ({_marks(group)})", *group, *group)
        self.run(f"DELETE FROM visitors WHERE id IN ({_marks(group)})", *group)

    def decision_row(self, decision: str) -> Row:
        found: Row | None = self.run("SELECT * FROM decisions WHERE id = ?", decision).fetchone()
        if found is None:
            raise UnknownDecision(decision)
        return found

    def decision_picture(self, decision: str) -> bytes | None:
        """Raises UnknownDecision."""
        sealed = self.decision_row(decision)["picture"]
        return None if sealed is None else self._vault.open(sealed)

    def decision_looks(self, decision: str) -> list[Look]:
        rows = self.run("SELECT * FROM looks WHERE decision = ? ORDER BY quality DESC, id", decision)
        return [Look(self._unpacked(row["encoding"]), row["quality"]) for row in rows]

    def decisions(self, count: int) -> list[RecordedDecision]:
        corrected = "SELECT max(id) FROM changes WHERE decision = decisions.id AND undone_at IS NULL"
        rows = self.run(f"SELECT *, ({corrected}) AS corrected_by FROM decisions ORDER BY at DESC, rowid DESC LIMIT ?", count)
        return [_decision(row) for row in rows]

    def add_change(
        self, at: float, kind: str, details: dict[str, Any], *,
        visitor: int | None = None, into: int | None = None, decision: str | None = None, person: str | None = None,
    ) -> Change:  # fmt: skip
        made = self.run(
            "INSERT INTO changes (at, kind, visitor, into_visitor, decision, person, details) VALUES (?, ?, ?, ?, ?, ?, ?)",
            at, kind, visitor, into, decision, person, json.dumps(details),
        )  # fmt: skip
        return _change(self.run("SELECT * FROM changes WHERE id = ?", made.lastrowid).fetchone())

    def change_row(self, change: int) -> Row | None:
        found: Row | None = self.run("SELECT * FROM changes WHERE id = ?", change).fetchone()
        return found

    def later_change(self, row: Row) -> int | None:
        """A change in force that builds on this one: it is about the same visitors."""
        both = [key for key in (row["visitor"], row["into_visitor"]) if key is not None]
        query = (
            f"SELECT max(id) FROM changes WHERE id > ? AND undone_at IS NULL "
            f"AND (visitor IN ({_marks(both)}) OR into_visitor IN ({_marks(both)}))"
        )
        found: int | None = self.run(query, row["id"], *both, *both).fetchone()[0]
        return found

    def mark_undone(self, change: int, at: float) -> Change:
        self.run("UPDATE changes SET undone_at = ? WHERE id = ?", at, change)
        return _change(self.run("SELECT * FROM changes WHERE id = ?", change).fetchone())

    def changes(self, count: int) -> list[Change]:
        return [_change(row) for row in self.run("SELECT * FROM changes ORDER BY id DESC LIMIT ?", count)]

    def correction_of(self, decision: str) -> int | None:
        query = "SELECT max(id) FROM changes WHERE decision = ? AND undone_at IS NULL"
        found: int | None = self.run(query, decision).fetchone()[0]
        return found

    def strangers(self, encoder_id: str) -> list[Stranger]:
        roots = _roots({row["id"]: row["parent"] for row in self.run("SELECT id, parent FROM visitors")})
        rows: dict[int, list[np.ndarray]] = {}
        for visitor, encoding in self._known(encoder_id):
            rows.setdefault(roots[visitor], []).append(encoding)
        return [Stranger(label_of(root), np.stack(each)) for root, each in rows.items()]

    def people_named(self) -> set[str]:
        rows = self.run("SELECT person FROM decisions UNION SELECT person FROM visitors UNION SELECT person FROM changes")
        return {row["person"] for row in rows if row["person"] is not None}

    def forget_people(self, names: Iterable[str]) -> int:
        """How many entries there were."""
        before = self._db.total_changes
        for name in names:
            named = [row["id"] for row in self.run("SELECT id FROM visitors WHERE person = ?", name)]
            self.delete([key for visitor in named for key in self.group(visitor)])
            self.run("DELETE FROM decisions WHERE person = ?", name)
            self.run("DELETE FROM changes WHERE person = ?", name)
        return self._db.total_changes - before

    def rename_person(self, old: str, new: str) -> None:
        for row in self.run("SELECT id, details FROM changes WHERE person = ?", old).fetchall():
            details = json.loads(row["details"])
            details["words"] = f"{details['words'].removesuffix(old)}{new}"  # all that is said of a person ends with the name
            self.run("UPDATE changes SET details = ? WHERE id = ?", json.dumps(details), row["id"])
        for table in ("visitors", "decisions", "changes"):
            self.run(f"UPDATE {table} SET person = ? WHERE person = ?", new, old)

    def _known(self, encoder_id: str) -> list[tuple[int, np.ndarray]]:
        query = "SELECT visitor, encoding FROM looks JOIN visitors ON looks.visitor = visitors.id WHERE encoder = ? ORDER BY looks.id"
        return [(row["visitor"], self._unpacked(row["encoding"])) for row in self.run(query, encoder_id)]

    def reseal(self, again: Again) -> int:
        """Passes every picture and encoding through `again`; how many had to be changed."""
        changed = 0
        for table, column in (("visitors", "picture"), ("decisions", "picture"), ("looks", "encoding")):
            for key in [row[0] for row in self.run(f"SELECT rowid FROM {table} WHERE {column} IS NOT NULL")]:
                with at(f"the {column} {key} in the table {table} of visitors.db"):
                    new = again(self.run(f"SELECT {column} FROM {table} WHERE rowid = ?", key).fetchone()[0])
                if new is not None:
                    self.run(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", new, key)
                    changed += 1
        return changed

    def _packed(self, encoding: np.ndarray) -> bytes:
        return self._vault.seal(np.asarray(encoding, "<f4").tobytes())

    def _unpacked(self, data: bytes) -> np.ndarray:
        return np.frombuffer(self._vault.open(data), "<f4")


def _roots(parents: dict[int, int | None]) -> dict[int, int]:
    """For each visitor the one that all of their group were merged into."""

    def root(key: int) -> int:
        while (parent := parents[key]) is not None:
            key = parent
        return key

    return {key: root(key) for key in parents}


def _visitor(root: int, group: Sequence[Row]) -> Visitor:
    latest = max(group, key=lambda row: row["last_at"])
    main = next(row for row in group if row["id"] == root)
    seen, first_at = sum(row["seen"] for row in group), min(row["first_at"] for row in group)
    return Visitor(root, seen, first_at, latest["last_at"], latest["camera"], main["state"] == "ignored", main["encoder"])


def _decision(row: Row) -> RecordedDecision:
    reason = Reason(row["reason"]) if row["reason"] else None
    return RecordedDecision(
        row["id"], row["at"], row["camera"], Status(row["status"]), reason, row["person"], row["distance"], row["visitor"],
        row["corrected_by"], row["encoder"],
    )  # fmt: skip


def _change(row: Row) -> Change:
    words = str(json.loads(row["details"]).get("words", ""))
    return Change(row["id"], row["at"], row["kind"], row["visitor"], row["decision"], row["person"], row["undone_at"], words)


def _marks(values: Collection[object]) -> str:
    return ",".join("?" * len(values))
