"""Bearer tokens: bounded, revocable, renewed once, and a stolen one that ends the grant."""

from __future__ import annotations

import threading
from pathlib import Path

import jwt
import pytest
from support.clock import Clock

from ostiary.access.store import AccessStore
from ostiary.access.values import Subject
from ostiary.errors import Unauthorized
from ostiary.scopes import ALL, Scope

READ = frozenset({Scope.READ})


@pytest.fixture
def store(tmp_path: Path, clock: Clock):
    store = AccessStore(tmp_path, clock=clock)
    yield store
    store.close()


@pytest.fixture
def key(store: AccessStore):
    return store.keys.create("door", frozenset({Scope.READ, Scope.ENROL}), by="katya").key


@pytest.fixture
def subject(key) -> Subject:
    return Subject("key", key.id)


def test_a_token_is_short_lived_and_bounded(store: AccessStore, subject: Subject, clock: Clock) -> None:
    pair = store.grants.issue(subject, frozenset({Scope.READ, Scope.STREAM}))
    principal = store.by_token(pair.access)
    assert (principal.kind, principal.name, principal.scopes) == ("token", "door", READ)  # not more than the key
    clock.now += 15 * 60
    assert store.by_token(pair.access) is None
    assert pair.access not in repr(pair)


def test_tokens_of_one_use_are_none_of_another(store: AccessStore, subject: Subject) -> None:
    pair = store.grants.issue(subject, READ)
    assert store.by_token(pair.refresh) is None
    with pytest.raises(Unauthorized):
        store.grants.refresh(pair.access)


def test_tokens_made_elsewhere(store: AccessStore, subject: Subject, tmp_path: Path) -> None:
    pair = store.grants.issue(subject, READ)
    claims = jwt.decode(pair.access, options={"verify_signature": False})
    other = AccessStore(tmp_path / "other")
    other.keys.create("x", READ, by="x")
    assert other.by_token(pair.access) is None
    other.close()
    for forged in (
        jwt.encode(claims, None, algorithm="none"),
        jwt.encode(claims, b"k" * 32, algorithm="HS256"),
        pair.access[:-2],
        "a.b.c",
        "..",
    ):
        assert store.by_token(forged) is None


def test_what_it_hangs_on_ends_it(store: AccessStore, subject: Subject, key) -> None:
    pair, given_back = store.grants.issue(subject, READ), store.grants.issue(subject, READ)
    store.grants.revoke(given_back.access)
    assert store.by_token(given_back.access) is None
    assert store.by_token(pair.access)
    store.keys.revoke(key.id)
    assert store.by_token(pair.access) is None
    with pytest.raises(Unauthorized):
        store.grants.refresh(pair.refresh)


def test_changing_api_key_ends_its_tokens(store: AccessStore) -> None:
    pair = store.grants.issue(store.setting_subject("sesame"), ALL)
    assert store.by_token(pair.access, "sesame")
    assert store.by_token(pair.access, "changed") is None


def test_a_refresh_token_shown_again_ends_the_grant(store: AccessStore, subject: Subject, clock: Clock) -> None:
    first = store.grants.issue(subject, READ)
    second, _ = store.grants.refresh(first.refresh)
    clock.now += 60
    with pytest.raises(Unauthorized):
        store.grants.refresh(first.refresh)
    assert store.by_token(second.access) is None
    with pytest.raises(Unauthorized):
        store.grants.refresh(second.refresh)


def test_an_exchange_sent_twice_ends_nothing(store: AccessStore, subject: Subject, clock: Clock) -> None:
    first = store.grants.issue(subject, READ)
    second, _ = store.grants.refresh(first.refresh)
    clock.now += 5
    with pytest.raises(Unauthorized):
        store.grants.refresh(first.refresh)
    store.grants.refresh(second.refresh)


def test_of_many_at_once_one_gets_the_next_pair(store: AccessStore, subject: Subject) -> None:
    pair = store.grants.issue(subject, READ)
    together, got = threading.Barrier(4), []

    def refresh() -> None:
        together.wait()
        try:
            got.append(store.grants.refresh(pair.refresh)[0])
        except Unauthorized:
            got.append(None)

    threads = [threading.Thread(target=refresh) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [bool(one) for one in got].count(True) == 1


def test_a_grant_ends_where_nobody_renews_it(store: AccessStore, subject: Subject, clock: Clock) -> None:
    pair = store.grants.issue(subject, READ)
    clock.now += 30 * 86400
    with pytest.raises(Unauthorized):
        store.grants.refresh(pair.refresh)
