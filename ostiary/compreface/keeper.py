"""Which collection is a service's."""

from __future__ import annotations

import threading

from ostiary.compreface.collection import Collection
from ostiary.compreface.door_collection import DoorCollection
from ostiary.compreface.door_shelf import DoorShelf
from ostiary.compreface.own_collection import OwnCollection
from ostiary.compreface.register import Register
from ostiary.compreface.values import Service
from ostiary.encoders import ENCODERS
from ostiary.engine import FaceEngine
from ostiary.vault import PLAIN, Vault


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

    def collection(self, service: Service) -> Collection:
        """Of a recognition service."""
        if service.door:
            return self._door
        with self._making:
            if service.id not in self._own:
                self._own[service.id] = OwnCollection(
                    self.register.database, service.id, lambda: self.encoder_id, vault=self._vault, keep_images=self.keep_images
                )
            return self._own[service.id]
