"""Databases: opening SQLite and PostgreSQL, bringing their schema up to date, and saying clearly what failed."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import attrs
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as NoConnection

from smpolicy.errors import MissingExtra, Place, Problem, StoreDamaged, StoreUnavailable, shorten, some
from smpolicy.store.tables import METADATA, SCHEMA

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATING = 5_260_126
"""The number of the advisory lock under which PostgreSQL's schema is brought up to date."""
PAUSE = 0.02
"""Seconds between two attempts where SQLite does not wait by itself."""
TURN = 0.002
"""Seconds between two attempts to write where somebody else is writing."""
_ALEMBIC = Lock()  # alembic keeps the migration that is running in a global of its own


def read_url(url: str | Path) -> URL:
    """Return the URL of a database.

    Args:
        url: the file of an SQLite database, `sqlite:///...`, or `postgresql://...`.

    Raises:
        StoreUnavailable: it is neither.
    """
    if isinstance(url, Path) or "://" not in url:
        if str(url) in ("", ":memory:") or "\0" in str(url):
            raise _wrong_url(str(url))
        return URL.create("sqlite", database=str(url))
    try:
        made = make_url(url)
    except (ArgumentError, ValueError):
        made = None
    if made is not None and made.drivername == "sqlite" and made.database not in (None, "", ":memory:"):
        if made.query or made.host or "\0" in str(made.database):
            raise _wrong_url("sqlite://...")
        return made
    if made is not None and made.drivername in ("postgresql", "postgresql+psycopg"):
        return made.set(drivername="postgresql+psycopg")
    raise _wrong_url(url.partition("://")[0] + "://...")  # the rest may hold a password


def _wrong_url(shown: str) -> StoreUnavailable:
    expected = "the name of a file, `sqlite:///FILE` or `postgresql://USER@HOST/DATABASE`"
    return StoreUnavailable(Problem("wrong_url", f"a store cannot be kept in `{shorten(shown)}`", expected=expected))


def make_file(path: Path) -> None:
    """Make an empty file that its owner alone can read, unless it is there; why it cannot be, opening it will say."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError:
        return


def connect(url: URL, wait: float) -> Engine:
    """Return the engine of a database; nothing is opened yet.

    Args:
        url: the database.
        wait: for how many seconds to wait for somebody else's lock.

    Raises:
        MissingExtra: PostgreSQL's driver is not installed.
    """
    if url.drivername == "sqlite":
        arguments: dict[str, Any] = {"timeout": wait, "check_same_thread": False}
        engine = create_engine(url, connect_args=arguments, pool_size=8, max_overflow=-1)
        event.listen(engine, "connect", _prepare_sqlite(wait))
        event.listen(engine, "begin", _begin_sqlite(wait))
        return engine
    own: dict[str, Any] = {"connect_timeout": max(2, int(wait)), "application_name": "smpolicy"}
    arguments = {name: value for name, value in own.items() if name not in url.query}
    try:
        engine = create_engine(url, connect_args=arguments, pool_size=8, pool_timeout=wait, pool_pre_ping=True)
    except (ImportError, NoSuchModuleError) as error:
        help_ = "install the extra `postgresql`: pip install 'smpolicy[postgresql]'"
        raise MissingExtra(
            Problem("missing_extra", f"a store in PostgreSQL needs a driver: {error}", help=help_)
        ) from error
    event.listen(engine, "connect", _prepare_postgresql(wait))
    return engine


def _prepare_postgresql(wait: float) -> Callable[[Any, object], None]:
    def prepare(connection: Any, _: object) -> None:
        """Make a connection safe: nothing is acknowledged before it is on disk, and nobody is waited for for ever."""
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{max(1, int(wait * 1000))}ms"])
            if cursor.execute("SHOW synchronous_commit").fetchone()[0] == "off":
                cursor.execute("SET synchronous_commit = on")
        connection.autocommit = False

    return prepare


def _prepare_sqlite(wait: float) -> Callable[[sqlite3.Connection, object], None]:
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        """Make a connection safe: nothing is acknowledged before it is on disk, and what is deleted is overwritten."""
        connection.isolation_level = None  # transactions are begun by `_begin_sqlite`, not by the driver
        connection.text_factory = _text
        _use_write_ahead_log(connection, wait)
        for pragma in ("synchronous = FULL", "secure_delete = ON", "trusted_schema = OFF"):
            connection.execute(f"PRAGMA {pragma}").close()

    return prepare


def _text(raw: bytes) -> str:
    """Return a text even where it is not UTF-8: such an event was changed, which is for its hash to say."""
    return raw.decode("utf-8", "surrogateescape")


def _use_write_ahead_log(connection: sqlite3.Connection, wait: float) -> None:
    """Have the database keep a write-ahead log, so that who reads never waits for who writes."""
    for left in range(int(wait / PAUSE), -1, -1):
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode = WAL").fetchone()
            return
        except sqlite3.OperationalError as error:  # SQLite does not wait here, lest two wait for each other
            if not left or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(PAUSE)


def forget_deleted(engine: Engine) -> None:
    """Have SQLite empty its write-ahead log, which may still hold what was deleted; others' reading may prevent it."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _begin_sqlite(wait: float) -> Callable[[Connection], None]:
    def begin(connection: Connection) -> None:
        """Begin a transaction; one that writes waits for its turn.

        SQLite itself pauses longer and longer between its attempts, so that of many writers some would hardly ever find
        the moment in which nobody holds the lock. Here all pause equally, and briefly.
        """
        if not connection.get_execution_options().get("writes", False):
            connection.exec_driver_sql("BEGIN")
            return
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA busy_timeout = 0").close()
        try:
            until = time.monotonic() + wait
            while time.monotonic() < until:
                try:
                    driver.execute("BEGIN IMMEDIATE").close()
                    return
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                        break
                    time.sleep(TURN)
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            driver.execute(f"PRAGMA busy_timeout = {int(wait * 1000)}").close()

    return begin


def no_store(url: URL) -> StoreUnavailable:
    """Return that there is no store."""
    name = url.database if url.drivername == "sqlite" else url.render_as_string(hide_password=True)
    help_ = "check its name"
    return StoreUnavailable(Problem("missing_file", "there is no such store", place=Place(name or ""), help=help_))


def bring_up_to_date(engine: Engine, url: URL, create: bool = True) -> None:
    """Bring the schema of a database up to date, if it is not; several processes may do so at once.

    Args:
        engine: the database.
        url: its URL.
        create: whether to make a store where there is none.

    Raises:
        StoreUnavailable: there is no store, or the database belongs to a newer version, or to something else.
    """
    with engine.connect() as connection:
        found = _schema(connection)
    if found == SCHEMA:
        return
    if found is None and not create:
        raise no_store(url)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": MIGRATING})
        found = _schema(connection)
        if found == SCHEMA:
            return
        if found is not None and found > SCHEMA:
            raise StoreUnavailable(
                Problem(
                    "newer_store",
                    f"the store has the schema `{shorten(found)}`, and this version knows `{SCHEMA}`",
                    help="use the version of smpolicy that wrote it, or a newer one",
                )
            )
        tables = set(inspect(connection).get_table_names())
        if found is None and (tables & set(METADATA.tables) or (tables and engine.dialect.name == "sqlite")):
            message = f"the database has tables that are no store's: {some(tables)}"
            raise StoreUnavailable(Problem("not_a_store", message, help="use a database of its own"))
        _migrate(connection)


def _schema(connection: Connection) -> str | None:
    """Return the version of the schema, or None where there is none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _migrate(connection: Connection) -> None:
    try:  # slow to import, and seldom needed
        from alembic import command
        from alembic.config import Config
    except ImportError as error:
        help_ = "install the extra `desk`: pip install 'smpolicy[desk]'"
        raise MissingExtra(Problem("missing_extra", f"a new store needs a library: {error}", help=help_)) from error

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with _ALEMBIC:
        command.upgrade(config, "head")


@contextmanager
def told(url: URL) -> Iterator[None]:
    """Tell what failed in a database, as an error of ours.

    Args:
        url: the database.

    Raises:
        StoreUnavailable: it cannot be read or written now.
        StoreDamaged: its file is damaged.
    """
    try:
        yield
    except (DBAPIError, NoConnection, sqlite3.Error) as error:
        raise _told(error, url) from error


def _told(error: Exception, url: URL) -> StoreUnavailable | StoreDamaged:
    original: Any = getattr(error, "orig", None) or error
    name = url.database if url.drivername == "sqlite" else url.render_as_string(hide_password=True)
    place = Place(shorten(name or "", 1000))
    if isinstance(original, sqlite3.Error):
        problem = _SQLITE.get((getattr(original, "sqlite_errorcode", 0) or 0) & 0xFF, _ANYTHING)
    elif isinstance(error, NoConnection):  # all connections of the pool are in use
        problem = _LOCKED
    else:
        state = getattr(original, "sqlstate", None) or ""
        problem = next((each for start, each in _POSTGRESQL.items() if state.startswith(start)), _SERVER)
    detail = " ".join(str(original).split())
    problem = attrs.evolve(problem, message=f"{problem.message}: {shorten(detail, 300)}", place=place)
    return StoreDamaged(problem) if problem.code in ("damaged_store", "broken_chain") else StoreUnavailable(problem)


_LOCKED = Problem(
    "store_locked", "somebody else is writing, and did not finish in time", help="try again; nothing was recorded"
)
_FULL = Problem("store_full", "there is no room left", help="make room, and try again; nothing was recorded")
_READ_ONLY = Problem(
    "store_read_only", "the store cannot be written", help="let this user write it; nothing was recorded"
)
_DAMAGED = Problem(
    "damaged_store", "the file of the store is damaged", help="restore a backup, and verify it against a head"
)
_BROKEN = Problem(
    "broken_chain", "the events do not agree with each other", help="verify the store, and restore a backup"
)
_DISK = Problem("store_unreachable", "the disk below the store failed", help="see what it says; nothing was recorded")
_UNREACHABLE = Problem("store_unreachable", "the store cannot be opened", help="check its name and who may open it")
_ANYTHING = Problem("store_unreachable", "the database refused", help="see what it says; nothing was recorded")
_SERVER = Problem(
    "store_unreachable",
    "the server cannot be used",
    help="check that it runs, and the URL; look at what is recorded before you record again",
)

_SQLITE = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _DISK,
    sqlite3.SQLITE_CONSTRAINT: _BROKEN,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: _UNREACHABLE,
}
_POSTGRESQL = {
    "55P03": _LOCKED,
    "40P01": _LOCKED,
    "53100": _FULL,
    "25006": _READ_ONLY,
    "42501": _READ_ONLY,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
    "23": _BROKEN,
}
