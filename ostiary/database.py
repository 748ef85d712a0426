"""One SQLite file behind SQLAlchemy Core: WAL, one writer at a time, schema versions, private to its owner.

Several processes may share a file. Tables are declared as SQLAlchemy metadata, so that another database can serve later.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, create_engine, event, inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool, QueuePool

from ostiary.errors import DatabaseUnavailable
from ostiary.service import Deadline

log = logging.getLogger(__name__)

_BUSY_S = 15.0
_AGAIN_S = 0.02
_READERS_MS = 500  # how long emptying the log waits for whoever reads

Migration = Callable[[Connection], None]
"""Brings a file from one version of its tables to the next, within the transaction that opens it."""


def empty_logs(folder: Path) -> None:
    """Moves what the logs beside all databases below `folder` hold into them, so that nothing deleted is left to be read there.

    Waits a little for whoever reads just now; where somebody reads on and on, DatabaseUnavailable is raised.
    """
    for log in sorted(folder.rglob("*.db-wal")):
        path = log.with_name(log.name.removesuffix("-wal"))
        engine = create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args={"timeout": _BUSY_S})
        try:
            with engine.connect() as connection:
                busy = _empty_log(connection)
        except SQLAlchemyError as error:
            raise DatabaseUnavailable(path, _words(error)) from error
        finally:
            engine.dispose()
        if busy:
            raise DatabaseUnavailable(path, f"somebody reads it for longer than {_BUSY_S:g} s, so that its log could not be emptied")


def _empty_log(connection: Connection) -> bool:
    """Whether somebody was in the way all the time. SQLite itself waits for readers, and not at all for whoever empties the log, too."""
    deadline = Deadline(_BUSY_S)
    while busy := bool(connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()):
        if not deadline.left():
            break
        time.sleep(_AGAIN_S)
    return busy


def snapshot(path: Path, target: Path) -> None:
    """Writes the database as it is at this moment to `target`, a new file; nobody has to wait."""
    with _plain(path) as connection:
        connection.exec_driver_sql("VACUUM INTO ?", (str(target),))


def require_whole(path: Path) -> None:
    """Raises DatabaseUnavailable where the file is damaged."""
    with _plain(path) as connection:
        found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
    if found != "ok":
        raise DatabaseUnavailable(path, f"it is damaged: {found}")


def copy_into(source: Path, target: Path) -> None:
    """Makes the content of `source` that of `target`, in one transaction: programs that have it open see the new content."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(target, os.O_RDWR | os.O_CREAT, 0o600))
    with _plain(source) as reading, _plain(target) as writing:
        reading_driver: Any = reading.connection.driver_connection
        reading_driver.backup(writing.connection.driver_connection)


@contextmanager
def _plain(path: Path) -> Iterator[Connection]:
    """A connection for a moment, to a file whose tables do not matter."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args={"timeout": _BUSY_S, "isolation_level": None})
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise DatabaseUnavailable(path, _words(error)) from error
    finally:
        engine.dispose()


class Database:
    """Opened at first use. `migrations[n]` lifts a file of version n to n + 1; a new file begins at the latest.

    With `durable` an acknowledged write survives a power cut; without, the last moments may be lost, never the file.
    """

    def __init__(self, path: Path, tables: MetaData, *, migrations: Sequence[Migration] = (), durable: bool = True):
        self.path, self._tables, self._migrations, self._durable = path, tables, tuple(migrations), durable
        self._opening = threading.Lock()
        self._writing = threading.Lock()  # so that the threads of this process wait in line, not in SQLite's back-off
        self._ready = False
        self._file: object = None  # what tells the very file that is open from another of its name
        self._engine = create_engine(
            f"sqlite:///{path}", poolclass=QueuePool, pool_size=4, max_overflow=8, connect_args={"timeout": _BUSY_S}
        )
        event.listen(self._engine, "connect", self._on_connect)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is alone in writing: all of it happens, or nothing. Raises DatabaseUnavailable."""
        with self._worded():
            self._open()
            with self._writing, self._engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.commit()
                except BaseException:
                    connection.rollback()
                    raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A look at one moment. Raises DatabaseUnavailable."""
        with self._worded():
            self._open()
            with self._engine.connect() as connection:
                connection.exec_driver_sql("BEGIN")
                try:
                    yield connection
                finally:
                    connection.rollback()

    def lift(self) -> None:
        """Brings the file of an older version to this one. Raises DatabaseUnavailable, for that of a newer one too."""
        with self._worded():
            self._open()

    def used_bytes(self) -> int:
        """What the tables take; the file itself may be larger, by pages that are free for what comes. Raises DatabaseUnavailable."""
        with self.reading() as on:
            pages, free, size = (
                int(on.exec_driver_sql(f"PRAGMA {what}").scalar_one()) for what in ("page_count", "freelist_count", "page_size")
            )
        return (pages - free) * size

    def file_bytes(self) -> int:
        """What the file and the log beside it take on the disk."""
        files = (self.path, *(self.path.with_name(self.path.name + suffix) for suffix in ("-wal", "-shm")))
        return sum(file.stat().st_size for file in files if file.exists())

    def settle(self) -> None:
        """Gives free pages back to the disk and empties the log, where what was deleted is still to be read.

        A best effort: while another process reads, the log stays a little longer. Raises DatabaseUnavailable.
        """
        with self._worded():
            self._open()
            with self._writing, self._engine.connect() as connection:
                driver: Any = connection.connection.driver_connection
                try:
                    driver.executescript("PRAGMA incremental_vacuum")  # `execute` would give back a single page
                    driver.execute(f"PRAGMA busy_timeout = {_READERS_MS}")
                    driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                except driver.Error as error:  # which SQLAlchemy does not see
                    raise DatabaseUnavailable(self.path, str(error)) from error
                finally:
                    driver.execute(f"PRAGMA busy_timeout = {round(_BUSY_S * 1000)}")

    def close(self) -> None:
        """Gives the file back; used again, it is opened again."""
        with self._opening:
            self._ready = False
            self._engine.dispose()

    def _open(self) -> None:
        with self._opening:
            if self._ready and self._file == _identity(self.path):
                return
            if self._ready:  # what were written on would be lost, without anybody being told
                log.error("%s was moved or replaced while it was in use: what is there now is opened", self.path)
                self._engine.dispose()
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            with self._engine.connect() as connection:
                if not self._is_latest(connection):  # else nothing is written, and whoever writes just now is not waited for
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                    self._lift(connection)
                    connection.commit()
            self._ready, self._file = True, _identity(self.path)

    def _is_latest(self, connection: Connection) -> bool:
        """Whether all tables are there as they are now. Raises DatabaseUnavailable where they are newer than that."""
        latest, version = len(self._migrations) + 1, _version(connection)
        if version > latest:
            raise DatabaseUnavailable(self.path, f"it was written by a newer version of Ostiary (tables {version}, known {latest})")
        return version == latest and set(self._tables.tables) <= set(inspect(connection).get_table_names())

    def _lift(self, connection: Connection) -> None:
        """Makes or migrates the tables. The version counts from 1, since a file without tables says 0."""
        latest, version = len(self._migrations) + 1, _version(connection)
        for migration in self._migrations[version - 1 :] if version else ():
            migration(connection)
        self._tables.create_all(connection)
        connection.exec_driver_sql(f"PRAGMA user_version = {latest}")

    def _on_connect(self, connection: Any, _: object) -> None:
        connection.isolation_level = None  # transactions are begun here, not by the driver's guess
        if not self.path.stat().st_size:  # it holds from the first page on; later, saying it again would write
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        for pragma in (
            "journal_mode = WAL",
            f"synchronous = {'FULL' if self._durable else 'NORMAL'}",
            "foreign_keys = ON",
            "secure_delete = ON",  # what is forgotten is overwritten
        ):
            connection.execute(f"PRAGMA {pragma}")

    @contextmanager
    def _worded(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise DatabaseUnavailable(self.path, _words(error)) from error
        except OSError as error:
            raise DatabaseUnavailable(self.path, error.strerror or str(error)) from error


def _identity(path: Path) -> object:
    """None where there is no such file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _version(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def _words(error: SQLAlchemyError) -> str:
    """What SQLite said, without the statement around it."""
    return str(getattr(error, "orig", None) or error)
