from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, Integer, LargeBinary, MetaData, String, Table, func, insert, select

from ostiary.database import Database, empty_logs
from ostiary.errors import DatabaseUnavailable

TABLES = MetaData()
NOTES = Table("notes", TABLES, Column("id", Integer, primary_key=True), Column("text", String), Column("data", LargeBinary))

OTHER_PROCESS = """
import sys, time
from pathlib import Path
from sqlalchemy import insert
sys.path.insert(0, {tests!r})
from ostiary.database import Database
from test_database import NOTES, TABLES
database = Database(Path(sys.argv[1]), TABLES)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "notes.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = Database(path, TABLES)
    yield database
    database.close()


@pytest.fixture
def another(path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Starts a process that does something with the same file, after which it says so and waits for its end."""
    running: list[subprocess.Popen[str]] = []

    def start(script: str) -> subprocess.Popen[str]:
        program = OTHER_PROCESS.format(tests=str(Path(__file__).parent)) + script
        process = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def write(database: Database, *texts: str) -> None:
    with database.writing() as on:
        on.execute(insert(NOTES), [{"text": text} for text in texts])


def texts(database: Database) -> list[str]:
    with database.reading() as on:
        return list(on.execute(select(NOTES.c.text).order_by(NOTES.c.id)).scalars())


def test_nothing_is_made_before_it_is_used(path: Path) -> None:
    Database(path, TABLES)
    assert not path.parent.exists()


def test_only_its_owner_may_look_into_it(database: Database, path: Path) -> None:
    write(database, "secret")
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in [path.parent, *path.parent.iterdir()]}
    assert modes == {"data": 0o700, "notes.db": 0o600, "notes.db-wal": 0o600, "notes.db-shm": 0o600}


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    write(database, "one")

    def fail() -> None:
        with database.writing() as on:
            on.execute(insert(NOTES).values(text="two"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert texts(database) == ["one"]
    write(database, "three")  # and nobody is locked out
    assert texts(database) == ["one", "three"]


def test_a_reader_sees_one_moment_and_waits_for_nobody(database: Database) -> None:
    write(database, "one")
    with database.reading() as on:
        before = on.execute(select(func.count()).select_from(NOTES)).scalar_one()
        write(database, "two")
        assert on.execute(select(func.count()).select_from(NOTES)).scalar_one() == before == 1
    assert texts(database) == ["one", "two"]


def test_what_a_reader_writes_is_undone(database: Database) -> None:
    with database.reading() as on:
        on.execute(insert(NOTES).values(text="no"))
    assert texts(database) == []


def test_a_crash_within_a_transaction_leaves_what_was_acknowledged(
    database: Database, another: Callable[[str], subprocess.Popen[str]]
) -> None:
    process = another(
        """
with database.writing() as on:
    on.execute(insert(NOTES).values(text="acknowledged"))
with database.writing() as on:
    on.execute(insert(NOTES), [{"text": "half", "data": bytes(10_000)} for _ in range(1000)])
    print("within", flush=True)
    time.sleep(60)
"""
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "within\n"
    assert texts(database) == ["acknowledged"]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert texts(database) == ["acknowledged"]
    write(database, "afterwards")
    assert texts(database) == ["acknowledged", "afterwards"]


def test_two_processes_write_in_turn(database: Database, another: Callable[[str], subprocess.Popen[str]]) -> None:
    script = """
for i in range(60):
    with database.writing() as on:
        on.execute(insert(NOTES).values(text=f"{sys.argv[1][-1]}{i}"))
print("done", flush=True)
"""
    processes = [another(script) for _ in range(2)]
    for i in range(60):
        write(database, f"own {i}")
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"
    assert len(texts(database)) == 180


def test_threads_of_one_process_write_in_turn(database: Database) -> None:
    threads = [threading.Thread(target=lambda i=i: [write(database, f"{i} {j}") for j in range(20)]) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(texts(database))) == 120


def _add_colour(on: Connection) -> None:
    on.exec_driver_sql("ALTER TABLE notes ADD COLUMN colour TEXT")
    on.exec_driver_sql("UPDATE notes SET colour = 'red'")


def _fail(on: Connection) -> None:
    on.exec_driver_sql("UPDATE notes SET text = 'spoilt'")
    raise RuntimeError("no")


def test_an_older_file_is_lifted_and_a_new_one_begins_at_the_latest(path: Path) -> None:
    old = Database(path, TABLES)
    write(old, "one")
    old.close()
    coloured = MetaData()
    Table("notes", coloured, Column("id", Integer, primary_key=True), Column("text", String), Column("colour", String))
    extra = Table("extra", coloured, Column("id", Integer, primary_key=True))
    new = Database(path, coloured, migrations=[_add_colour])
    with new.reading() as on:
        assert on.exec_driver_sql("SELECT text, colour FROM notes").all() == [("one", "red")]
        assert on.execute(select(extra)).all() == []
    new.close()
    again = Database(path, coloured, migrations=[_add_colour])  # not a second time
    with again.reading() as on:
        assert on.exec_driver_sql("PRAGMA user_version").scalar_one() == 2
    again.close()
    fresh = Database(path.with_name("fresh.db"), coloured, migrations=[_fail])
    with fresh.reading() as on:
        assert on.exec_driver_sql("PRAGMA user_version").scalar_one() == 2
    fresh.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    old = Database(path, TABLES)
    write(old, "one")
    old.close()
    failing = Database(path, TABLES, migrations=[_fail])
    with pytest.raises(RuntimeError), failing.reading():
        pass
    failing.close()
    assert texts(old) == ["one"]
    old.close()


def test_a_newer_file_is_refused_and_not_touched(path: Path) -> None:
    new = Database(path, TABLES, migrations=[_add_colour, _add_colour])
    write(new, "one")
    new.close()
    content = path.read_bytes()
    old = Database(path, TABLES)
    with pytest.raises(DatabaseUnavailable, match=r"newer version of Ostiary \(tables 3, known 1\)"):
        texts(old)
    old.close()
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"this is no database" * 1000, b"SQLite format 3\x00" + bytes(4000)])
def test_a_damaged_file_is_told_by_its_name(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    database = Database(path, TABLES)
    for use in (database.reading, database.writing, lambda: pytest.fail("never") if database.used_bytes() else None):
        with pytest.raises(DatabaseUnavailable, match=r"notes\.db"), use():  # type: ignore[operator, attr-defined, union-attr]
            pass
    database.close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseUnavailable, match=r"Not a directory|File exists"):
        texts(Database(tmp_path / "file" / "notes.db", TABLES))


def test_what_was_deleted_leaves_no_bytes_once_it_is_settled(database: Database, path: Path) -> None:
    with database.writing() as on:
        on.execute(insert(NOTES), [{"text": "keep"}, {"text": "forget", "data": b"the secret" * 5000}])
    with database.writing() as on:
        on.execute(NOTES.delete().where(NOTES.c.text == "forget"))
    database.settle()
    files = list(path.parent.iterdir())
    assert len(files) == 3
    assert not any(b"the secret" in file.read_bytes() or b"forget" in file.read_bytes() for file in files)


def test_settling_gives_the_room_back(database: Database, path: Path) -> None:
    with database.writing() as on:
        on.execute(insert(NOTES), [{"data": bytes(100_000)} for _ in range(20)])
    database.settle()
    assert database.used_bytes() <= database.file_bytes() <= 2.2e6
    assert path.stat().st_size > 2e6
    with database.writing() as on:
        on.execute(NOTES.delete())
    used = database.used_bytes()
    assert used < 50_000 < path.stat().st_size
    database.settle()
    assert path.stat().st_size == used


def test_settling_while_somebody_writes_elsewhere_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ostiary.database._BUSY_S", 0.05)
    database = Database(path, TABLES)
    write(database, "one")
    with sqlite3.connect(path, isolation_level=None) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnavailable, match="locked"):
            database.settle()
    holder.close()
    write(database, "two")
    database.close()


def test_settling_while_somebody_reads_is_a_best_effort(database: Database) -> None:
    write(database, "one")
    with database.reading() as on:
        on.execute(select(NOTES)).all()
        write(database, "two")
        database.settle()
    assert texts(database) == ["one", "two"]


def test_several_who_empty_the_logs_at_once_wait_for_each_other(database: Database, path: Path) -> None:
    def write_and_empty(_: int) -> None:
        for number in range(4):
            with database.writing() as on:
                on.execute(insert(NOTES).values(text=str(number), data=bytes(20_000)))
            empty_logs(path.parent)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write_and_empty, range(4)))
    with database.reading() as on:
        assert on.execute(select(func.count()).select_from(NOTES)).scalar_one() == 16


def test_a_closed_one_opens_again(database: Database) -> None:
    write(database, "one")
    database.close()
    assert texts(database) == ["one"]


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_how_surely_it_is_written(path: Path, durable: bool, level: int) -> None:
    database = Database(path, TABLES, durable=durable)
    with database.reading() as on:
        told = {pragma: on.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() for pragma in ("synchronous", "journal_mode", "foreign_keys")}
    assert told == {"synchronous": level, "journal_mode": "wal", "foreign_keys": 1}
    database.close()


def test_a_file_that_is_locked_for_long_is_told(database: Database, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(database, "one")
    monkeypatch.setattr("ostiary.database._BUSY_S", 0.05)
    impatient = Database(path, TABLES)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable, match="locked"):
        write(impatient, "two")
    holder.close()
    impatient.close()
    assert texts(database) == ["one"]


def test_where_the_file_was_moved_or_replaced_what_is_there_now_is_used(
    database: Database, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with database.writing() as on:
        on.execute(insert(NOTES).values(text="before"))
    for file in path.parent.glob("notes.db*"):
        file.rename(file.with_name(f"moved-{file.name}"))
    with database.writing() as on:
        on.execute(insert(NOTES).values(text="after"))
    assert "moved or replaced" in caplog.text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    fresh = Database(path, TABLES)
    with fresh.reading() as on:
        assert [row.text for row in on.execute(select(NOTES))] == ["after"]
    fresh.close()
