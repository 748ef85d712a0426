"""What the commands that measure left behind, and whom it names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_KINDS = ("calibration", "report")


def forget(folder: Path, name: str) -> int:
    """Takes away the last calibration and the last proof where they name the person, and says how many: both can be made again."""
    return sum(_forget(folder, kind) for kind in _KINDS if name in _texts(_read(folder / f"{kind}.json")))


def drop_naming(folder: Path, name: str) -> None:
    """The same for whoever has another name now, so that the old one is not found there once the person is forgotten."""
    forget(folder, name)


def _forget(folder: Path, kind: str) -> bool:
    for file in [*folder.glob(f"{kind}.*"), *folder.glob(f"{kind}-*")]:
        file.unlink(missing_ok=True)
    return True


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None


def _texts(told: Any) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        yield from told
        for part in told.values():
            yield from _texts(part)
    elif isinstance(told, list):
        for part in told:
            yield from _texts(part)
