"""The commands `face_recognition` and `face_detection`: those tools' own command lines, under ours."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from importlib import import_module

from ostiary.settings import Settings

_TOOLS = {
    "face_recognition": "say who of known people is in pictures, as the tool of that name does",
    "face_detection": "say where faces are in pictures, as the tool of that name does",
}


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the commands by `add(name, command, help)`. What follows a name is parsed by the tool, options and all."""
    for name, help in _TOOLS.items():
        tool = add(name, _run, help)
        tool.prefix_chars = "\0"  # so that nothing looks like an option to this parser
        tool.set_defaults(tool=name)
        tool.add_argument("arguments", nargs="*")


def _run(arguments: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    import click

    from ostiary.face_recognition import networks

    networks.use(networks.Means(settings.data.models_dir, settings.vision.provider, settings.vision.threads))
    main: click.Command = import_module(f"ostiary.face_recognition.{arguments.tool}_cli").main
    try:
        return main.main(arguments.arguments, f"ostiary {arguments.tool}", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
