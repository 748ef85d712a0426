"""Commands of a command, such as `ostiary keys list`: each with what it does."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

Act = TypeVar("Act", bound=Callable[..., object])


def adder(parser: argparse.ArgumentParser, metavar: str = "ACTION") -> Callable[[str, Act, str], argparse.ArgumentParser]:
    """Adds a command by name, deed and help, and gives its parser; what was chosen is in the arguments' `act`."""
    commands = parser.add_subparsers(required=True, metavar=metavar)

    def add(name: str, act: Act, help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help)
        sub.set_defaults(act=act)
        return sub

    return add
