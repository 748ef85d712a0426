"""Which collection is a service's."""

from __future__ import annotations

import shutil
import threading

from ostiary.compreface.collection import Collection
from ostiary.compreface.door_collection import DoorCollection
from ostiary.compreface.door_shelf import DoorShelf
from ostiary.compreface.own_collection import OwnCollection
from ostiary.compreface.register import Register
from ostiary.compreface.values import Service
from ostiary.encoders import ENCODERS
from ostiary.engine import FaceEngine
from ostiary.errors import DatabaseUnavailable
from ostiary.vault import PLAIN, Vault

_SPARE_MB = 200  # that clients leave to the door itself, which has to write too


class Keeper:
    """Applications and services, and the collections behind them. Without `keep_images`, pictures are not kept."""

    def __init__(self, register: Register, engine: FaceEngine, *, vault: Vault = PLAIN, keep_images: bool = True):
        self.register, self.engine = register, engine
        self._vault, self.keep_images = vault, keep_images
        self._door = DoorCollection(engine, DoorShelf(register.database, vault=vault), keep_images=keep_images)
        self._own: dict[int, OwnCollection] = {}
        self._making = threading.Lock()

    @property
    def encoder_id(self) -> str:
        """Who makes the embeddings of now; loads no network."""
        return ENCODERS[self.engine.encoder_name].id

    def require_room(self) -> None:
        """For another picture. Raises DatabaseUnavailable."""
        path = self.register.path
        if shutil.disk_usage(path.parent).free < _SPARE_MB * 1_000_000:
            raise DatabaseUnavailable(path, f"less than {_SPARE_MB} MB are free on its disk")

    def collection(self, service: Service) -> Collection:
        """Of a recognition service."""
        with self._making:
            self._let_go()
            if service.door:
                return self._door
            if service.id not in self._own:
                self._own[service.id] = OwnCollection(
                    self.register.database, service.id, lambda: self.encoder_id, vault=self._vault, keep_images=self.keep_images
                )
            return self._own[service.id]

    def _let_go(self) -> None:
        """Of the collections of services that were deleted, by whichever program: they have faces in memory."""
        if self._own:
            there = self.register.service_ids()
            self._own = {service_id: own for service_id, own in self._own.items() if service_id in there}
