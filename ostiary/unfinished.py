"""What was begun and must come to its end, kept on the disk: a program that is killed meanwhile has it finished by the next one."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ostiary.durable import replace_whole

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A note in a file of its own, for as long as the thing is not done."""

    told: dict[str, Any]
    file: Path

    def done(self) -> None:
        self.file.unlink(missing_ok=True)


class Notes:
    """The notes in a folder, which is made for the first one. Several programs may write there."""

    def __init__(self, folder: Path):
        self._folder = folder

    def begin(self, told: dict[str, Any]) -> Unfinished:
        """On the disk when it returns. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._folder / f"{secrets.token_hex(8)}.json"
        replace_whole(file, json.dumps(told).encode())
        return Unfinished(told, file)

    def all(self) -> Iterator[Unfinished]:
        """What is not done yet, by whomever it was begun."""
        for file in sorted(self._folder.glob("*.json")):
            try:
                yield Unfinished(dict(json.loads(file.read_text("utf-8"))), file)
            except FileNotFoundError:
                continue
            except (OSError, ValueError, TypeError) as error:
                log.error("%s cannot be read (%s)", file, error)
