"""Applications and their services, each with its key, in `compreface.db`. Several processes may share it."""

from __future__ import annotations

import hashlib
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from itertools import chain, count
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, func, insert, select, update

from ostiary.compreface.tables import APPLICATIONS, FACES, METADATA, RETIRED, SERVICES, new_revision
from ostiary.compreface.values import Application, Kind, Service
from ostiary.database import Database
from ostiary.errors import AccessConflict, BadField, DatabaseUnavailable, SettingsError, UnknownApplication, UnknownService, VaultError
from ostiary.vault import PLAIN, Vault

log = logging.getLogger(__name__)

FIRST = "Ostiary"
LONGEST_NAME = 50
_FEWEST_DIGITS = 8  # with the hyphen: hardly a UUID that was made by chance has fewer


class Register:
    """Made at first use, with one application that has a service of each kind.

    `keys` are those of these first services, where they are given; with `door`, the first recognition service serves the
    door's own gallery.
    """

    def __init__(
        self,
        folder: Path,
        *,
        vault: Vault = PLAIN,
        door: bool = True,
        keys: Mapping[Kind, str] | None = None,
        clock: Callable[[], float] = time.time,
    ):
        self.path = folder / "compreface.db"
        self.database = Database(self.path, METADATA)
        self._vault, self._door, self._keys, self._clock = vault, door, dict(keys or {}), clock

    def open(self) -> None:
        """Makes what has to be there from the start. Raises DatabaseUnavailable, VaultError and SettingsError."""
        with self.database.writing() as on:
            if on.execute(select(func.count()).select_from(APPLICATIONS)).scalar_one() == 0:
                first = self._add_application(on, FIRST)
                for kind in Kind:
                    self._add_service(on, first, kind, kind.value, first=True)
            for kind, key in self._keys.items():
                self._give_key(on, kind, key)
                if len(set(key)) < _FEWEST_DIGITS:  # CompreFace's own demo has such a one, and every web page may try it
                    log.warning("%s can be guessed: take a UUID that was made by chance, as uuidgen makes it", KNOB_OF[kind])

    def applications(self) -> list[Application]:
        with self.database.reading() as on:
            return [Application(row.id, row.name) for row in on.execute(select(APPLICATIONS).order_by(APPLICATIONS.c.id))]

    def create_application(self, name: str) -> Application:
        """Raises BadField, and AccessConflict where one is called so."""
        name = _clean(name)
        with self.database.writing() as on:
            _require_free(on, APPLICATIONS, APPLICATIONS.c.name == name, name)
            return Application(self._add_application(on, name), name)

    def rename_application(self, application_id: int, name: str) -> Application:
        """Raises BadField, UnknownApplication and AccessConflict."""
        name = _clean(name)
        with self.database.writing() as on:
            _require_free(on, APPLICATIONS, (APPLICATIONS.c.name == name) & (APPLICATIONS.c.id != application_id), name)
            if not on.execute(update(APPLICATIONS).where(APPLICATIONS.c.id == application_id).values(name=name)).rowcount:
                raise UnknownApplication(application_id)
        return Application(application_id, name)

    def delete_application(self, application_id: int) -> None:
        """With its services and all that they keep; the door's own gallery stays. Raises UnknownApplication."""
        with self.database.writing() as on:
            self._retire(on, (SERVICES.c.application == application_id) & self._not_given)
            if not on.execute(delete(APPLICATIONS).where(APPLICATIONS.c.id == application_id)).rowcount:
                raise UnknownApplication(application_id)
        self.database.settle()

    def services(self, application_id: int | None = None) -> list[Service]:
        """Of one application, or all."""
        chosen = select(SERVICES).order_by(SERVICES.c.application, SERVICES.c.id)
        if application_id is not None:
            chosen = chosen.where(SERVICES.c.application == application_id)
        with self.database.reading() as on:
            return [self._service(row) for row in on.execute(chosen)]

    def service_ids(self) -> frozenset[int]:
        """Of all services there are."""
        with self.database.reading() as on:
            return frozenset(on.execute(select(SERVICES.c.id)).scalars())

    def create_service(self, application_id: int, kind: Kind, name: str, key: str = "", *, door: bool = False) -> Service:
        """With a new key where none is given. With `door`, the one for the door's own gallery, where there is none any more.

        Raises BadField, UnknownApplication and AccessConflict.
        """
        name, key = _clean(name), clean_key(key) if key else ""
        with self.database.writing() as on:
            if on.execute(select(APPLICATIONS.c.id).where(APPLICATIONS.c.id == application_id)).first() is None:
                raise UnknownApplication(application_id)
            _require_free(on, SERVICES, (SERVICES.c.application == application_id) & (SERVICES.c.name == name), name)
            if key:
                _require_free(on, SERVICES, SERVICES.c.trace == _trace(key), "that key")
            if door and kind is not Kind.RECOGNITION:
                raise BadField("door", "only a recognition service can be for the door's own gallery")
            if door and on.execute(select(SERVICES.c.id).where(SERVICES.c.first, SERVICES.c.kind == kind.value)).first() is not None:
                raise AccessConflict("there is a service for the door's own gallery")
            return self._service(self._add_service(on, application_id, kind, name, key, first=door))

    def rename_service(self, service_id: int, name: str) -> Service:
        """Raises BadField, UnknownService and AccessConflict."""
        name = _clean(name)
        with self.database.writing() as on:
            row = _row(on, service_id)
            among = (SERVICES.c.application == row.application) & (SERVICES.c.id != service_id)
            _require_free(on, SERVICES, among & (SERVICES.c.name == name), name)
            on.execute(update(SERVICES).where(SERVICES.c.id == service_id).values(name=name))
            return self._service(_row(on, service_id))

    def change_key(self, service_id: int) -> Service:
        """A new key in place of the one there is, which opens nothing any more: no setting and no backup brings it back.

        Raises UnknownService.
        """
        with self.database.writing() as on:
            _row(on, service_id)
            self._retire(on, SERVICES.c.id == service_id)
            self._put_key(on, service_id, str(uuid.uuid4()))
            return self._service(_row(on, service_id))

    def delete_service(self, service_id: int) -> None:
        """With all that it keeps; the door's own gallery stays. Raises UnknownService."""
        with self.database.writing() as on:
            self._retire(on, (SERVICES.c.id == service_id) & self._not_given)
            if not on.execute(delete(SERVICES).where(SERVICES.c.id == service_id)).rowcount:
                raise UnknownService(service_id)
        self.database.settle()

    def faces_in(self, service_id: int) -> int:
        """How many faces its own collection has, which go with it."""
        with self.database.reading() as on:
            return int(on.execute(select(func.count()).where(FACES.c.service == service_id)).scalar_one())

    def service(self, service_id: int) -> Service:
        """Raises UnknownService."""
        with self.database.reading() as on:
            return self._service(_row(on, service_id))

    def service_of(self, key: str, kind: Kind) -> Service:
        """Found by the key's hash, so that how long it takes tells nothing of other keys. Raises UnknownService."""
        with self.database.reading() as on:
            row = on.execute(select(SERVICES).where(SERVICES.c.trace == _trace(key), SERVICES.c.kind == kind.value)).first()
        if row is None:
            raise UnknownService(f"{kind.value} with that key")
        return self._service(row)

    def lift(self) -> None:
        """Brings the file of an older version to this one. Raises DatabaseUnavailable, for that of a newer one too."""
        self.database.lift()

    def begin_anew(self, present: Register | None) -> None:
        """For a file that is to take the place of `present`: keys that were retired there open nothing here either. Services
        that have others now keep those.
        """
        retired, now = _of_now(present) if present else ([], {})
        with self.database.writing() as on:
            for trace in retired:
                on.execute(insert(RETIRED).prefix_with("OR IGNORE").values(trace=trace))
            for service_id in on.execute(select(SERVICES.c.id).where(SERVICES.c.trace.in_(select(RETIRED.c.trace)))).scalars().all():
                self._put_key(on, service_id, now.get(service_id) or str(uuid.uuid4()))
            for kind, key in self._keys.items():
                self._give_key(on, kind, key)

    def close(self) -> None:
        self.database.close()

    def _add_application(self, on: Connection, name: str) -> int:
        made = insert(APPLICATIONS).values(name=name, made_at=self._clock()).returning(APPLICATIONS.c.id)
        return int(on.execute(made).scalar_one())

    def _add_service(self, on: Connection, application: int, kind: Kind, name: str, key: str = "", *, first: bool = False) -> Row:
        key = key or str(uuid.uuid4())
        made = insert(SERVICES).values(
            application=application,
            kind=kind.value,
            name=name,
            trace=_trace(key),
            key=self._vault.seal(key.encode()),
            first=first,
            revision=new_revision(),
            upheaval=new_revision(),
            made_at=self._clock(),
        )
        return _row(on, on.execute(made.returning(SERVICES.c.id)).scalar_one())

    def _give_key(self, on: Connection, kind: Kind, key: str) -> None:
        """The first service of that kind has the key, or whichever was given it before. Raises SettingsError.

        Where the first one was deleted there is one again, so that others keep their keys. A key that was retired opens nothing.
        """
        holder = on.execute(select(SERVICES.c.kind).where(SERVICES.c.trace == _trace(key))).first()
        if holder is not None:
            if holder.kind != kind.value:
                raise SettingsError(KNOB_OF[kind], "********", f"it is the key of a {holder.kind} service already: give each its own")
            return
        if on.execute(select(RETIRED).where(RETIRED.c.trace == _trace(key))).first() is not None:
            log.error("%s holds a key that was changed since: it opens nothing, give another", KNOB_OF[kind])
            return
        first = on.execute(select(SERVICES.c.id).where(SERVICES.c.kind == kind.value, SERVICES.c.first)).first()
        if first is not None:
            self._put_key(on, first.id, key)
            return
        application = on.execute(select(func.min(APPLICATIONS.c.id))).scalar_one()
        taken = set(on.execute(select(SERVICES.c.name).where(SERVICES.c.application == application)).scalars())
        names = chain([kind.value], (f"{kind.value} {number}" for number in count(2)))
        self._add_service(on, application, kind, next(name for name in names if name not in taken), key, first=True)

    @property
    def _not_given(self) -> ColumnElement[bool]:
        """Of services that no setting makes again."""
        return SERVICES.c.trace.not_in([_trace(key) for key in self._keys.values()])

    def _retire(self, on: Connection, which: ColumnElement[bool]) -> None:
        on.execute(insert(RETIRED).prefix_with("OR IGNORE").from_select(["trace"], select(SERVICES.c.trace).where(which)))

    def _put_key(self, on: Connection, service_id: int, key: str) -> None:
        changed = {"trace": _trace(key), "key": self._vault.seal(key.encode())}
        on.execute(update(SERVICES).where(SERVICES.c.id == service_id).values(**changed))

    def _service(self, row: Row) -> Service:
        kind = Kind(row.kind)
        door = bool(self._door and row.first and kind is Kind.RECOGNITION)
        return Service(row.id, self._vault.open(row.key).decode(), kind, row.application, row.name, door)


KNOB_OF = {kind: f"COMPREFACE_{kind.name}_KEY" for kind in Kind}
"""The settings that give the first services their keys."""


def clean_key(key: str) -> str:
    """A key in its one spelling. Raises BadField where it is no UUID."""
    try:
        return str(uuid.UUID(key.strip()))
    except ValueError:
        raise BadField("key", "it must be a UUID, such as 8 - 4 - 4 - 4 - 12 hexadecimal digits") from None


def _of_now(register: Register) -> tuple[list[str], dict[int, str]]:
    """The traces of retired keys, and the keys of services; of a file that cannot be read, none: a backup has to help there."""
    try:
        with register.database.reading() as on:
            retired = list(on.execute(select(RETIRED.c.trace)).scalars())
        return retired, {service.id: service.key for service in register.services()}
    except (DatabaseUnavailable, VaultError) as error:
        log.error("which keys of services were changed since the backup cannot be read, so that it brings those back, too: %s", error)
        return [], {}


def _trace(key: str) -> str:
    return hashlib.sha256(key.lower().encode()).hexdigest()


def _clean(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadField("name", f"1 to {LONGEST_NAME} characters, all of them visible")
    return name


def _row(on: Connection, service_id: int) -> Row:
    row = on.execute(select(SERVICES).where(SERVICES.c.id == service_id)).first()
    if row is None:
        raise UnknownService(service_id)
    return row


def _require_free(on: Connection, table: Table, condition: ColumnElement[bool], name: str) -> None:
    if on.execute(select(table.c.id).where(condition)).first() is not None:
        raise AccessConflict(f"{name} is taken: choose another")
