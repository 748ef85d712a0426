"""The stage that asks whether a face lives, as LIVENESS and CHALLENGE want it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from ostiary.errors import ModelError, SettingsError
from ostiary.settings import Settings

if TYPE_CHECKING:
    from ostiary.domain import Sighting

log = logging.getLogger(__name__)


def require_landmarks(settings: Settings, encoder: str) -> None:
    """Raises SettingsError where a challenge could not be followed, so that nobody would pass."""
    from ostiary.vision.eyes import detector_for

    if settings.liveness.challenge != "none" and detector_for(settings.vision, encoder) != "yunet":
        raise SettingsError("CHALLENGE", settings.liveness.challenge, "needs DETECTOR=yunet: the others find no eyes, nose and mouth")


def open_liveness_stage(settings: Settings) -> tuple[Callable[..., list[Sighting]], str | None]:
    """The stage that LIVENESS asks for, and what is wrong with it: `warn` goes on without its weights, `enforce` raises ModelError."""
    from ostiary.stream.alive import Examine, unexamined
    from ostiary.vision.liveness import open_liveness

    if settings.liveness.mode == "off":
        return unexamined, None
    try:
        return Examine(open_liveness(settings.data.models_dir, settings.vision.provider, settings.vision.threads)), None
    except ModelError as error:
        if settings.liveness.mode == "enforce":
            raise
        problem = f"LIVENESS=warn sees only what moves as a flat thing: {error}"
        log.error("%s", problem)
        return Examine(None), problem


def open_challenge(settings: Settings, examine: Callable[..., list[Sighting]]) -> Callable[..., list[Sighting]]:
    """`examine`, and what the challenge needs beside it. Raises ModelError where that cannot be had: nobody could pass."""
    if settings.liveness.challenge != "blink":
        return examine
    from ostiary.stream.blink import WithEyes
    from ostiary.vision.eyelids import open_eyelids

    return WithEyes(examine, open_eyelids(settings.data.models_dir, settings.vision.provider, settings.vision.threads))
