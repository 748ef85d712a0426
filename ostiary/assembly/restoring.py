"""Whether a restore is under way: asked by every program, of which most have nothing else to do with backups."""

from __future__ import annotations

from pathlib import Path

from ostiary.settings import Settings


def plan_of(settings: Settings) -> Path:
    """Where it stands what a restore is about to do, from its beginning to its end."""
    return settings.data.data_dir / "restoring.json"


def being_restored(settings: Settings) -> str | None:
    """Why nobody may pass while people, dates and keys are of two times; None where they are of one."""
    return "a backup is being restored" if plan_of(settings).exists() else None
