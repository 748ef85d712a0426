"""CompreFace's applications, services and collections, beside the engine."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ostiary.assembly.stores import own_data
from ostiary.errors import DatabaseUnavailable, OstiaryError, VaultError
from ostiary.keyring import vault_of
from ostiary.settings import Settings

if TYPE_CHECKING:
    import numpy as np

    from ostiary.assembly.house import House
    from ostiary.compreface.keeper import Keeper
    from ostiary.compreface.reencoding import Progress, Reencoded
    from ostiary.compreface.register import Register
    from ostiary.domain import GalleryChange
    from ostiary.engine import FaceEngine
    from ostiary.vault import Vault

log = logging.getLogger(__name__)


def register_of(settings: Settings, folder: Path | None = None, vault: Vault | None = None) -> Register:
    """Not opened yet. `folder` and `vault`, where given, stand for the house's own."""
    from ostiary.compreface.register import Register
    from ostiary.compreface.values import Kind

    wanted = settings.compreface
    given = {Kind.RECOGNITION: wanted.recognition_key, Kind.DETECTION: wanted.detection_key, Kind.VERIFICATION: wanted.verification_key}
    keys = {kind: key for kind, key in given.items() if key}
    return Register(folder or own_data(settings), vault=vault or vault_of(settings), door=wanted.door, keys=keys)


def open_keeper(house: House) -> Keeper:
    """For the API. Raises SettingsError."""
    from ostiary.compreface.keeper import Keeper

    settings = house.settings
    register = register_of(settings)
    house.stack.callback(register.close)
    try:
        register.open()
    except (DatabaseUnavailable, VaultError) as error:
        log.error("CompreFace's API cannot be served: %s", error)  # the rest of the API works without
    return Keeper(register, house.engine, vault=vault_of(settings), keep_images=settings.gallery.keep_photos)


@contextmanager
def keeper_of(engine: FaceEngine) -> Iterator[Keeper]:
    """For a single command. Raises DatabaseUnavailable, VaultError and SettingsError."""
    from ostiary.compreface.keeper import Keeper

    settings = engine.settings
    register = register_of(settings)
    try:
        register.open()
        yield Keeper(register, engine, vault=vault_of(settings), keep_images=settings.gallery.keep_photos)
    finally:
        register.close()


def follow_door(engine: FaceEngine, settings: Settings) -> None:
    """Has what is kept beside the door's gallery go with the faces and people that it belongs to."""
    from ostiary.compreface.door_collection import known_images
    from ostiary.compreface.door_shelf import DoorShelf

    shelf = DoorShelf(register_of(settings).database, vault=vault_of(settings))

    def forget(name: str) -> Counter[str]:
        return Counter(
            {"pictures as they came": shelf.sweep(lambda: known_images(engine)), "names without faces": shelf.drop_subject(name)}
        )

    def rename(old: str, new: str) -> None:
        for name in (old, new):  # who has faces is no name alone
            shelf.drop_subject(name)

    def sweep(change: GalleryChange) -> None:
        try:
            shelf.sweep(lambda: known_images(engine))
        except OstiaryError as error:  # the change itself is done, and the next one sweeps again
            log.error("pictures of examples that are gone could not be deleted yet: %s", error)

    engine.when_forgotten.append(forget)
    engine.when_renamed.append(rename)
    engine.when_changed.append(sweep)


def reencode_services(engine: FaceEngine, progress: Progress = iter, *, drop_lost: bool = False) -> Reencoded:
    """Encodes the faces of services with collections of their own again, with the encoder in force."""
    from ostiary.compreface.reencoding import reencode
    from ostiary.compreface.seeing import Seeing, Wish

    settings, seeing = engine.settings, Seeing(engine)
    register = register_of(settings)

    def encode(picture: bytes) -> np.ndarray:
        return seeing.look(picture, Wish(limit=1, encode=True)).faces[0].embedding

    try:
        return reencode(register.database, engine.eyes.encoder.id, encode, vault=vault_of(settings), progress=progress, drop_lost=drop_lost)
    finally:
        register.close()
