"""The `ostiary compreface` command: applications, services and their keys."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from ostiary.settings import Settings
from ostiary.subcommands import adder

if TYPE_CHECKING:  # the command's parser must not load what only its commands need
    from ostiary.compreface.register import Register

Act = Callable[["Register", argparse.Namespace, Settings], None]

_KINDS = ("recognition", "detection", "verification")


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Fills the parser of `ostiary compreface`; what it parses goes to `run`."""
    add = adder(parser)
    listing = add("services", _list, "list applications and their services, with the service's numbers")
    listing.add_argument("--keys", action="store_true", help="with their keys; whoever has a key may use the service")
    create = add("create", _create, "make a service, and the application where there is none of that name; print its key")
    create.add_argument("application")
    create.add_argument("kind", choices=_KINDS, metavar="KIND", help=", ".join(_KINDS))
    create.add_argument("name", help="what the service is called")
    create.add_argument("--door", action="store_true", help="for the door's own gallery, where its service was deleted")
    delete = add("delete", _delete, "delete a service with all the faces in its own collection")
    delete.add_argument("service", type=int, help="its number")
    delete.add_argument("--yes", action="store_true", help="do it, though it has faces")
    key = add("key", _key, "print a service's key")
    key.add_argument("service", type=int, help="its number")
    key.add_argument("--new", action="store_true", help="make a new one first: the old key opens nothing any more")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    from ostiary.assembly.compreface import register_of
    from ostiary.assembly.stores import prepared

    register = register_of(prepared(settings))
    try:
        register.open()
        act: Act = arguments.act
        act(register, arguments, settings)
    finally:
        register.close()
    return 0


def _list(register: Register, arguments: argparse.Namespace, settings: Settings) -> None:
    if arguments.keys:
        _note(settings, "service.key.shown", "all services", "")
    for application in register.applications():
        print(application.name)
        for service in register.services(application.id):
            about = "the door's own gallery" if service.door else ""
            print(f"  {service.id:3}  {service.kind.value:12} {service.name:24} {service.key if arguments.keys else about}".rstrip())


def _create(register: Register, arguments: argparse.Namespace, settings: Settings) -> None:
    from ostiary.compreface.values import Kind

    found = next((each for each in register.applications() if each.name == arguments.application.strip()), None)
    application = found or register.create_application(arguments.application)
    service = register.create_service(application.id, Kind(arguments.kind), arguments.name, door=arguments.door)
    _note(settings, "service.create", f"{application.name}: {service.name}", service.kind.value)
    print(service.key)


def _delete(register: Register, arguments: argparse.Namespace, settings: Settings) -> None:
    from ostiary.errors import AccessConflict

    service = register.service(arguments.service)
    faces = register.faces_in(service.id)
    if faces and not arguments.yes:
        raise AccessConflict(f"{service.name} has {faces} face{'s' * (faces != 1)}, which go with it: add --yes")
    register.delete_service(service.id)
    _note(settings, "service.delete", service.name, service.kind.value)
    print(f"{service.name} is deleted" + (f", and with it {faces} face{'s' * (faces != 1)}" if faces else ""))


def _key(register: Register, arguments: argparse.Namespace, settings: Settings) -> None:
    service = register.change_key(arguments.service) if arguments.new else register.service(arguments.service)
    _note(settings, "service.key.changed" if arguments.new else "service.key.shown", service.name, service.kind.value)
    print(service.key)


def _note(settings: Settings, action: str, target: str, details: str) -> None:
    from ostiary.terminal_access import note

    note(settings, action, target, details)
