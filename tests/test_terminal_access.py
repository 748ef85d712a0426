"""`ostiary keys` and `ostiary users` as a person types them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ostiary.access.store import AccessStore
from ostiary.scopes import Role, Scope


@pytest.fixture
def store(tmp_path: Path):
    store = AccessStore(tmp_path / "data")
    yield store
    store.close()


def test_keys(ostiary, store):
    made = ostiary("keys", "create", "door", "read", "stream", "--days", "2")
    assert made.returncode == 0, made.stderr
    secret = made.stdout.strip()
    assert store.keys.find(secret).scopes == {Scope.READ, Scope.STREAM}
    listed = ostiary("keys", "list").stdout
    assert "door" in listed
    assert secret not in listed
    assert ostiary("keys", "revoke", store.keys.list()[0].id).returncode == 0
    assert store.keys.find(secret) is None
    assert [entry.action for entry in store.audit.entries()] == ["key.revoke", "key.create"]
    assert {entry.kind for entry in store.audit.entries()} == {"terminal"}
    refused = ostiary("keys", "create", "other", "everything")
    assert refused.returncode == 2
    assert "everything" in refused.stderr


def test_users(ostiary, store):
    added = ostiary("users", "add", "Katya", "owner", API_HOST="0.0.0.0", API_PORT="5050")
    token = re.search(r"^http://127\.0\.0\.1:5050/#/welcome\?token=(\S+)$", added.stdout, re.MULTILINE)[1]
    again = ostiary("users", "reset", "katya").stdout
    assert store.users.claim(re.search(r"token=(\S+)", again)[1], None, "a long pass phrase").role is Role.OWNER
    assert token not in again
    assert "katya" in ostiary("users", "list").stdout
    for refused in (("disable", "katya"), ("remove", "katya"), ("role", "katya", "viewer"), ("role", "katya", "king"), ("invite", "zero")):
        assert ostiary("users", *refused).returncode == 2
    ostiary("users", "add", "zero", "owner")
    assert store.users.get("zero").invited
