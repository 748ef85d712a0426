"""The `ostiary keys` and `ostiary users` commands: whoever has the data folder may do all of it, and it is noted."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from ostiary import folders
from ostiary.scopes import ALL, Principal, Role, scopes_from
from ostiary.settings import Settings
from ostiary.subcommands import adder

if TYPE_CHECKING:  # the command's parser must not load what only its commands need
    from ostiary.access.store import AccessStore
    from ostiary.access.values import Invitation

Act = Callable[["AccessStore", argparse.Namespace, Settings], None]


def add_key_commands(parser: argparse.ArgumentParser) -> None:
    """Fills the parser of `ostiary keys`; what it parses goes to `run`."""
    add = adder(parser)
    add("list", _list_keys, "list the API keys")
    create = add("create", _create_key, "make a key; it is shown once")
    create.add_argument("name")
    create.add_argument("scopes", nargs="+", type=_scope, metavar="SCOPE", help="admin, enrol, recognise, read, stream")
    create.add_argument("--days", type=float, help="days until it ends; without, never")
    add("revoke", _revoke_key, "end a key at once").add_argument("id")


def add_user_commands(parser: argparse.ArgumentParser) -> None:
    """Fills the parser of `ostiary users`; what it parses goes to `run`."""
    add = adder(parser)
    add("list", _list_users, "list the dashboard's users")
    new = add("add", _add_user, "add a user, and print the link that sets the password")
    new.add_argument("name")
    new.add_argument("role", type=Role, choices=list(Role), metavar="ROLE", help="owner, administrator, operator, viewer")
    for name in ("invite", "reset"):
        add(name, _invite_user, "print a new link that sets a user's password").add_argument("name")
    role = add("role", _set_role, "give a user another role")
    role.add_argument("name")
    role.add_argument("role", type=Role, choices=list(Role), metavar="ROLE")
    add("disable", lambda s, a, _: _able(s, a.name, disabled=True), "lock a user out at once").add_argument("name")
    add("enable", lambda s, a, _: _able(s, a.name, disabled=False), "undo that").add_argument("name")
    add("remove", _remove_user, "remove a user").add_argument("name")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    act: Act = arguments.act
    with _store(settings) as store:
        act(store, arguments, settings)
    return 0


@contextmanager
def _store(settings: Settings) -> Iterator[AccessStore]:
    from ostiary.access.store import AccessStore

    store = AccessStore(folders.private(settings.data.data_dir, "DATA_DIR"), audit_days=settings.access.audit_days)
    try:
        yield store
    finally:
        store.close()


def _list_keys(store: AccessStore, arguments: argparse.Namespace, settings: Settings) -> None:
    for key in store.keys.list():
        end = f"revoked {_day(key.revoked_at)}" if key.revoked_at else f"until {_day(key.expires_at)}" if key.expires_at else "for ever"
        used = f"last used {_day(key.used_at)}" if key.used_at else "never used"
        print(f"{key.id}  {key.name:20} {','.join(sorted(key.scopes)):30} {end}, {used}")


def _create_key(store: AccessStore, arguments: argparse.Namespace, settings: Settings) -> None:
    scopes = scopes_from(arguments.scopes)
    made = store.keys.create(arguments.name, scopes, by=me().name, days=arguments.days)
    _note(store, "key.create", made.key.name, f"{made.key.id}: {', '.join(sorted(scopes))}")
    print(made.secret)


def _revoke_key(store: AccessStore, arguments: argparse.Namespace, settings: Settings) -> None:
    key = store.keys.revoke(arguments.id)
    _note(store, "key.revoke", key.name, key.id)
    print(f"{key.name} is revoked")


def _list_users(store: AccessStore, arguments: argparse.Namespace, settings: Settings) -> None:
    for user in store.users.list():
        state = "disabled" if user.disabled else "invited" if user.invited else "active"
        print(f"{user.name:30} {user.role.value:14} {state:9} last log-in {_day(user.seen_at)}")


def _add_user(store: AccessStore, arguments: argparse.Namespace, settings: Settings) -> None:
    invitation = store.users.add(arguments.name, arguments.role)
    _note(store, "user.add", invitation.user or "", arguments.role.value)
    _print_link(invitation, settings)


def _invite_user(store: AccessStore, arguments: argparse.Namespace, settings: Settings) -> None:
    invitation = store.users.invite(arguments.name)
    _note(store, "user.invite", invitation.user or "")
    _print_link(invitation, settings)


def _set_role(store: AccessStore, arguments: argparse.Namespace, settings: Settings) -> None:
    user = store.users.set_role(arguments.name, arguments.role)
    _note(store, "user.change", user.name, user.role.value)
    print(f"{user.name} is {user.role.value} now")


def _able(store: AccessStore, name: str, *, disabled: bool) -> None:
    user = store.users.set_disabled(name, disabled)
    _note(store, "user.change", user.name, "disabled" if disabled else "enabled")
    print(f"{user.name} is {'disabled' if disabled else 'enabled'} now")


def _remove_user(store: AccessStore, arguments: argparse.Namespace, settings: Settings) -> None:
    store.users.remove(arguments.name)
    _note(store, "user.remove", arguments.name)
    print(f"{arguments.name} is removed")


def _note(store: AccessStore, action: str, target: str, details: str = "") -> None:
    store.audit.note(me(), action, target, details, "terminal")


def note(settings: Settings, action: str, target: str, details: str = "") -> None:
    """Puts a change that another command made into the audit log."""
    with _store(settings) as store:
        _note(store, action, target, details)


def me() -> Principal:
    """Whoever sits at the terminal."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        name = "terminal"
    return Principal("terminal", name, ALL)


def _print_link(invitation: Invitation, settings: Settings) -> None:
    api = settings.api
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(api.host, api.host)
    place = f"{'https' if settings.access.tls_cert else 'http'}://{f'[{host}]' if ':' in host else host}:{api.port}/"
    print(f"{place}#/welcome?token={invitation.token}")
    print("good once, within 24 hours; elsewhere, with this machine's name in place of the address")


def _scope(text: str) -> str:
    try:
        scopes_from([text])
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _day(at: float | None) -> str:
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M") if at else "never"
