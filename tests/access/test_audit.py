"""The record of changes: found again, bounded, and without the names of who was forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from ostiary.access import audit as audits
from ostiary.access.store import AccessStore
from ostiary.scopes import ALL, Principal

KATYA = Principal("user", "katya", ALL)


@pytest.fixture
def audit(tmp_path: Path, clock):
    store = AccessStore(tmp_path, audit_days=2, clock=clock)
    yield store.audit
    store.close()


def test_pages_and_filters(audit):
    for number in range(5):
        audit.note(KATYA, "person.enrol", f"person {number}", "one picture", "192.0.2.1")
    audit.note(Principal("key", "door", ALL), "key.revoke", "100%_sure", address="::1")
    assert [entry.target for entry in audit.entries(limit=2)] == ["100%_sure", "person 4"]
    last = audit.entries(limit=2)[-1]
    assert [entry.target for entry in audit.entries(before=last.id, limit=2)] == ["person 3", "person 2"]
    assert [entry.who for entry in audit.entries(action="key.")] == ["door"]
    assert len(audit.entries(who="katya")) == 5
    assert [entry.kind for entry in audit.entries(text="%_")] == ["key"]
    assert audit.entries(text="%") == audit.entries(text="100%_")


def test_what_is_old_goes(audit, clock):
    audit.note(KATYA, "old")
    clock.now += 3 * 86400
    audit.note(KATYA, "new")
    assert [entry.action for entry in audit.entries()] == ["new"]


def test_there_is_a_limit_to_it(audit, clock, monkeypatch):
    monkeypatch.setattr(audits, "MOST_ROWS", 3)
    for number in range(9):
        clock.now += 4000
        audit.note(KATYA, f"change {number}", "x" * 5000, "y" * 5000)
    assert [entry.action for entry in audit.entries()] == ["change 8", "change 7", "change 6"]
    assert len(audit.entries()[0].details) == 1000


def test_who_is_forgotten_is_named_no_more(audit):
    audit.note(KATYA, "person.enrol", "Zero")
    audit.note(KATYA, "visitor.name", "visitor 3", "is Zero from now on")
    audit.note(KATYA, "person.enrol", "Ground Zero")
    audit.forget_person("Zero")
    assert [(entry.target, entry.details) for entry in audit.entries()][1:] == [
        ("visitor 3", "is (forgotten) from now on"), ("(forgotten)", ""),
    ]  # fmt: skip
