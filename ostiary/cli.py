"""The `ostiary` command: runs the programs, keeps people, checks the installation."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from ostiary import (
    __version__,
    app,
    doctor,
    logs,
    terminal,
    terminal_access,
    terminal_attendance,
    terminal_compreface,
    terminal_events,
    terminal_face_recognition,
    terminal_import,
    terminal_people,
    terminal_privacy,
    terminal_visitors,
)
from ostiary.errors import OstiaryError
from ostiary.launch import START_ME_ANEW, Launch, start_anew, stop_on_signals
from ostiary.memory import give_back_large_blocks
from ostiary.printable import printable
from ostiary.settings import Settings, effective, load
from ostiary.watchdog import notify

Command = Callable[[argparse.Namespace, Settings, Mapping[str, str]], int]


def main(argv: list[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Runs one command. 0 is success, 1 that something asked about is not right, 2 that it could not be done."""
    arguments = _parser().parse_args(argv)
    command: Command = arguments.command
    try:
        settings = load(environ)
        if arguments.serves:
            give_back_large_blocks()
        logs.start(settings.log, quiet=not arguments.serves and "LOG_LEVEL" not in settings.given)
        return command(arguments, settings, environ)
    except OstiaryError as error:
        print("\n".join(map(printable, f"ostiary: {error}".split("\n"))), file=sys.stderr)
        return 2
    except app.Hung as hung:
        logging.getLogger(__name__).critical("%s hangs: the process ends, for its supervisor to start it anew", hung)
        os._exit(3)  # a thread that hangs cannot be joined
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `ostiary watch | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def program(role: str) -> int:
    """What a thin door such as api.py runs."""
    return main([role])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ostiary", description="A face-recognition doorkeeper.")
    parser.add_argument("--version", action="version", version=f"ostiary {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Command, help: str, *, serves: bool = False) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help)
        sub.set_defaults(command=command, serves=serves)
        return sub

    up = add("up", _run({"ws", "detect", "api"}), "run everything in one process", serves=True)
    up.add_argument("--demo-if-no-camera", action="store_true", help="play the built-in demo when no camera was named and none is there")
    add("api", _run({"api"}), "run the API and the page", serves=True)
    add("detect", _run({"detect"}), "run the camera daemon", serves=True)
    add("ws", _run({"ws"}), "run the broadcast server", serves=True)

    register = add("register", _register, "enrol a person from pictures")
    register.add_argument("name")
    register.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    register.add_argument("--replace", action="store_true", help="forget the person's earlier examples")
    register.add_argument(
        "--force", action="store_true", help="enrol although somebody else looks the same, or the person's other pictures do not"
    )
    register_zip = add("register-zip", _register_zip, "enrol everybody in a ZIP (katya.jpg or katya/any.jpg)")
    register_zip.add_argument("file", type=Path)
    add("faces", lambda a, s, e: terminal.faces(s), "list who is enrolled")
    add("unregister", lambda a, s, e: terminal.unregister(s, a.name), "forget a person").add_argument("name")
    recognize = add("recognize", lambda a, s, e: terminal.recognize(s, a.images, a.attributes), "say who is in pictures")
    recognize.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    attributes = (
        "what faces look like, comma-separated: age, gender, expression (guesses about looks), mask, pose, eyes_open, "
        "landmarks5, landmarks68, landmarks468"
    )
    recognize.add_argument("--attributes", type=lambda text: text.split(","), default=[], metavar="NAMES", help=attributes)
    reencode = add("reencode", lambda a, s, e: terminal.reencode(s, drop_lost=a.drop_lost), "encode everybody again from the kept photos")
    reencode.add_argument("--drop-lost", action="store_true", help="go on although people without a usable photo are lost")
    prove = add("prove", _prove, "measure the errors on labelled pictures and clips (NAME/*.jpg, NAME/*.mp4, unknown/*, or LFW's layout)")
    prove.add_argument("folder", type=Path, metavar="DIR")
    prove.add_argument(
        "--enrol", type=_at_least(1), default=1, metavar="N", help="enrol the first N pictures of each person, try with the rest"
    )
    prove.add_argument("--own-gallery", action="store_true", help="enrol nobody: try with the people who are enrolled already")
    prove.add_argument("--jobs", type=_at_least(0), default=0, metavar="N", help="processes; 0: one per core")
    prove.add_argument("--out", type=Path, metavar="DIR", help="where the report goes; default: proof in DATA_DIR")
    calibrate = add("calibrate", _calibrate, "find duplicates, look-alikes and odd photos; suggest a threshold")
    calibrate.add_argument("--strangers", type=Path, metavar="DIR", help="pictures of people who must not pass, one each or a folder each")
    calibrate.add_argument("--jobs", type=_at_least(0), default=0, metavar="N", help="processes; 0: one per core")
    add("watch", lambda a, s, e: terminal.watch(s, stop_on_signals()), "print the stream's events")
    terminal_visitors.add_commands(add("visitors", _visitors, "say who unknown visitors are, and correct decisions"))
    terminal_events.add_commands(add("events", _events, "print the history, or write it to a file"))
    terminal_people.add_commands(add("people", _people, "consent, notes, and from when to when people may pass"))
    terminal_attendance.add_arguments(add("attendance", _attendance, "say who was here when, or write it to a file"))
    terminal_access.add_key_commands(add("keys", _access, "make, list and revoke API keys"))
    terminal_access.add_user_commands(add("users", _access, "add, invite and change the dashboard's users"))
    terminal_privacy.add_commands(add)
    terminal_compreface.add_commands(add("compreface", _compreface, "make and delete CompreFace's services, and show their keys"))
    terminal_face_recognition.add_commands(add)
    terminal_import.add_commands(add("import", terminal_import.run, "take over people from folders, pickles or a CompreFace server"))
    models = add("models", lambda a, s, e: terminal.models(s, fetch=a.fetch), "list the model files, verified")
    models.add_argument("--fetch", action="store_true", help="get and convert what is missing, for use without the internet")
    add("doctor", lambda a, s, e: doctor.report(doctor.checks(s)), "check camera, models, key, databases, access, folders, ports, webhook")
    add("settings", _settings, "print the settings in force, secrets masked")
    return parser


def _at_least(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if (value := int(text)) < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}")
        return value

    return read


def _run(roles: set[str]) -> Command:
    def command(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
        stop = stop_on_signals()
        systemd = environ.get("NOTIFY_SOCKET", "")
        fall_back = getattr(arguments, "demo_if_no_camera", False)

        def tell(message: str) -> None:
            stop.starting = False
            notify(systemd, message)

        launch = Launch(settings, environ, stop.restart, frozenset(roles))
        stop.starting = True
        try:
            app.run(roles, settings, stop, tell=tell, demo_if_no_camera=fall_back, launch=launch)
        except KeyboardInterrupt:
            logging.getLogger(__name__).info("stopped while starting")
        if not stop.again:
            return 0
        logging.getLogger(__name__).info("starting anew")
        if not systemd:  # which knows only a new process to be starting, and not to be asked for a sign of life yet
            start_anew()
        return START_ME_ANEW

    return command


def _register(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    return terminal.register(settings, arguments.name, arguments.images, replace=arguments.replace, force=arguments.force)


def _prove(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    from ostiary import proofs

    return proofs.prove(
        settings, arguments.folder, enrol=arguments.enrol, own_gallery=arguments.own_gallery, jobs=arguments.jobs, out=arguments.out
    )


def _calibrate(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    from ostiary import proofs

    return proofs.calibrate(settings, arguments.strangers, jobs=arguments.jobs)


def _register_zip(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    return terminal.register_zip(settings, arguments.file)


def _visitors(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    return terminal_visitors.run(settings, arguments)


def _events(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    return terminal_events.run(settings, arguments)


def _people(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    return terminal_people.run(settings, arguments)


def _attendance(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    return terminal_attendance.run(settings, arguments)


def _access(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    return terminal_access.run(settings, arguments)


def _compreface(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    return terminal_compreface.run(settings, arguments)


def _settings(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    for shown in effective(settings):
        print(f"{f'{shown.name}={shown.value}':<40} # ({shown.origin}) {shown.meaning}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
