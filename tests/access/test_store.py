"""Keys, users, invitations and sessions in a real database, with a clock that the test turns."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from support.clock import Clock

from ostiary.access.store import AccessStore
from ostiary.access.values import Subject
from ostiary.errors import AccessConflict, BadField, BadInvitation, TooManyAttempts, UnknownKey, UnknownUser, WeakPassword, WrongPassword
from ostiary.scopes import ALL, Role, Scope

READ = frozenset({Scope.READ})
PASSWORD = "a long pass phrase"
DAY = 86400.0


@pytest.fixture
def store(tmp_path: Path, clock: Clock):
    store = AccessStore(tmp_path, clock=clock)
    yield store
    store.close()


def owner(store: AccessStore, name: str = "Katya") -> None:
    invitation = store.users.invite_owner()
    assert invitation is not None
    store.users.claim(invitation.token, name, PASSWORD)


def test_one_name_in_many_spellings_is_guessed_at_no_faster(store: AccessStore) -> None:
    owner(store, "viewer")
    wide = [chr(0xFF41 + ord(letter) - ord("a")) for letter in "viewer"]
    spelt = ["".join(wide[:n]) + "viewer"[n:] for n in range(7)]
    for name in spelt[:6]:
        with pytest.raises(WrongPassword):
            store.log_in(name, "wrong", f"192.0.2.{len(name.encode())}")
    with pytest.raises(TooManyAttempts):
        store.log_in(spelt[6], PASSWORD, "192.0.2.200")
    assert store.known_name(spelt[6]) == "viewer"


def test_a_key_is_shown_once_and_kept_as_a_hash(store: AccessStore, tmp_path: Path) -> None:
    made = store.keys.create("door", READ, by="katya")
    found = store.keys.find(made.secret)
    assert (found and found.id, found and found.scopes) == (made.key.id, READ)
    store.close()
    secret = made.secret.split("_", 2)[2].encode()
    assert secret
    assert all(secret not in file.read_bytes() for file in tmp_path.iterdir())
    assert made.secret not in repr(made)


@pytest.mark.parametrize(
    "spoil", [lambda s: s[:-1], lambda s: s + "x", lambda s: s[4:], lambda s: s.upper(), lambda s: "", lambda s: "ost_"]
)
def test_a_key_that_is_not_quite_right(store: AccessStore, spoil) -> None:
    made = store.keys.create("door", READ, by="katya")
    assert store.keys.find(spoil(made.secret)) is None


def test_keys_expire_and_are_revoked(store: AccessStore, clock: Clock) -> None:
    short = store.keys.create("short", READ, by="katya", days=1)
    long = store.keys.create("long", READ, by="katya")
    clock.now += DAY
    assert store.keys.find(short.secret) is None
    assert store.keys.find(long.secret) is not None
    assert store.keys.revoke(long.key.id).revoked_at == clock.now
    assert store.keys.find(long.secret) is None
    assert store.locked  # nobody may ask any more, which does not open the house
    with pytest.raises(UnknownKey):
        store.keys.revoke("nothing")


def test_the_last_use_of_a_key_is_noted_once_a_minute(store: AccessStore, clock: Clock) -> None:
    made = store.keys.create("door", READ, by="katya")
    began = clock.now
    for _ in range(3):
        store.keys.find(made.secret)
        clock.now += 25
    assert store.keys.list()[0].used_at == began
    store.keys.find(made.secret)
    assert store.keys.list()[0].used_at == clock.now


def test_names_of_valid_keys_are_unique(store: AccessStore) -> None:
    first = store.keys.create("door", READ, by="katya")
    with pytest.raises(AccessConflict):
        store.keys.create("door", READ, by="katya")
    store.keys.revoke(first.key.id)
    store.keys.create("door", READ, by="katya")
    with pytest.raises(BadField):
        store.keys.create("none", frozenset(), by="katya")


def test_the_first_credential_locks_the_house_for_every_process(store: AccessStore, tmp_path: Path) -> None:
    other = AccessStore(tmp_path)
    assert not store.locked
    assert not other.locked
    store.users.add("zero", Role.VIEWER)
    store.users.invite_owner()
    assert not other.locked  # invitations are no credentials
    owner(store)
    assert store.locked
    assert other.locked
    other.close()


def test_the_owner_is_whoever_takes_up_the_latest_link(store: AccessStore, clock: Clock) -> None:
    first, second = store.users.invite_owner(), store.users.invite_owner()
    assert first
    assert second
    with pytest.raises(BadInvitation):
        store.users.claim(first.token, "mallory", PASSWORD)
    user = store.users.claim(second.token, " Katya ", PASSWORD)
    assert (user.name, user.role) == ("katya", Role.OWNER)
    assert store.users.invite_owner() is None
    with pytest.raises(BadInvitation):
        store.users.claim(second.token, "mallory", PASSWORD)
    assert store.principal(Subject("user", "katya")).scopes == ALL


def test_an_invitation_expires(store: AccessStore, clock: Clock) -> None:
    invitation = store.users.add("zero", Role.VIEWER)
    clock.now += DAY
    with pytest.raises(BadInvitation):
        store.users.claim(invitation.token, None, PASSWORD)


def test_of_two_who_take_up_one_invitation_at_the_same_time_one_does(store: AccessStore) -> None:
    invitation = store.users.invite_owner()
    together, ends = threading.Barrier(2), []

    def claim(name: str) -> None:
        together.wait()
        try:
            ends.append(store.users.claim(invitation.token, name, PASSWORD).name)
        except BadInvitation:
            ends.append("refused")

    threads = [threading.Thread(target=claim, args=(name,)) for name in ("katya", "mallory")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends)[1:] == ["refused"] or (sorted(ends)[0] == "katya" and "refused" in ends)
    assert len(store.users.list()) == 1


def test_the_owners_link_takes_over_nobody(store: AccessStore) -> None:
    store.users.claim(store.users.add("zero", Role.VIEWER).token, None, PASSWORD)
    invitation = store.users.invite_owner()
    with pytest.raises(AccessConflict):
        store.users.claim(invitation.token, "zero", "another pass phrase")
    assert store.users.check("zero", PASSWORD)
    store.users.claim(invitation.token, "katya", PASSWORD)  # the link was not used up by that


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "x" * 1000, ""])
def test_weak_passwords_are_refused_and_the_link_stays_good(store: AccessStore, password: str) -> None:
    invitation = store.users.invite_owner()
    with pytest.raises(WeakPassword):
        store.users.claim(invitation.token, "katya", password)
    store.users.claim(invitation.token, "katya", PASSWORD)


def test_passwords(store: AccessStore, tmp_path: Path) -> None:
    owner(store)
    assert store.users.check("KATYA", PASSWORD) is not None
    for name, password in (
        ("katya", PASSWORD + "x"),
        ("katya", ""),
        ("zero", PASSWORD),
        ("kat ya", PASSWORD),
        ("", ""),
        ("katya", "\ud800"),
    ):
        assert store.users.check(name, password) is None
    store.close()
    assert all(PASSWORD.encode() not in file.read_bytes() for file in tmp_path.iterdir())


def test_a_new_password_logs_out_whoever_was_in(store: AccessStore) -> None:
    owner(store)
    session = store.sessions.begin(Subject("user", "katya"), "::1")
    invitation = store.users.invite("katya")
    assert store.users.check("katya", PASSWORD)
    assert store.sessions.find(session.token)
    store.users.claim(invitation.token, "somebody else", "another pass phrase")
    assert store.sessions.find(session.token) is None
    assert store.users.check("katya", PASSWORD) is None
    assert store.users.check("katya", "another pass phrase")


def test_a_disabled_user_is_out_at_once(store: AccessStore) -> None:
    owner(store)
    store.users.claim(store.users.add("zero", Role.OPERATOR).token, None, PASSWORD)
    session = store.sessions.begin(Subject("user", "zero"), "::1")
    invitation = store.users.invite("zero")
    store.users.set_disabled("zero", True)
    assert store.sessions.find(session.token) is None
    assert store.principal(Subject("user", "zero")) is None
    assert store.users.check("zero", PASSWORD) is None
    with pytest.raises(BadInvitation):
        store.users.claim(invitation.token, None, PASSWORD)


def test_there_is_always_an_owner(store: AccessStore) -> None:
    owner(store)
    for change in (
        lambda: store.users.remove("katya"),
        lambda: store.users.set_role("katya", Role.ADMINISTRATOR),
        lambda: store.users.set_disabled("katya", True),
    ):
        with pytest.raises(AccessConflict):
            change()
    store.users.claim(store.users.add("zero", Role.OWNER).token, None, PASSWORD)
    store.users.remove("katya")
    assert [user.name for user in store.users.list()] == ["zero"]
    with pytest.raises(UnknownUser):
        store.users.get("katya")


def test_a_role_counts_from_the_moment_it_is_changed(store: AccessStore) -> None:
    owner(store)
    store.users.claim(store.users.add("zero", Role.OPERATOR).token, None, PASSWORD)
    store.users.set_role("zero", Role.VIEWER)
    assert not store.principal(Subject("user", "zero")).may(Scope.ENROL)


def test_sessions_end_idle_and_in_any_case(store: AccessStore, clock: Clock) -> None:
    owner(store)
    idle, busy = (store.sessions.begin(Subject("user", "katya"), "::1") for _ in range(2))
    assert idle.token != busy.token
    assert idle.csrf != busy.csrf
    assert idle.csrf == store.sessions.find(idle.token).csrf != idle.token
    for _ in range(32):
        clock.now += 0.97 * DAY
        alive = store.sessions.find(busy.token)
    assert alive is None  # after 30 days
    assert store.sessions.find(idle.token) is None


def test_logging_in_ends_the_session_that_was_shown(store: AccessStore) -> None:
    old = store.sessions.begin(Subject("user", "katya"), "::1")
    new = store.sessions.begin(Subject("user", "katya"), "::1", instead_of=old.token)
    assert store.sessions.find(old.token) is None
    store.sessions.end(new.token)
    assert store.sessions.find(new.token) is None


def test_what_hangs_on_api_key_ends_when_it_is_changed(store: AccessStore) -> None:
    subject = store.setting_subject("sesame")
    assert "sesame" not in subject.id
    assert store.principal(subject, "sesame").scopes == ALL
    assert store.principal(subject, "changed") is None
    assert store.principal(subject, "") is None
