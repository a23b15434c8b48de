"""Databases: opening SQLite and PostgreSQL, bringing their schema up to date, and saying clearly what failed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from smpolicy.errors import MissingExtra, Place, Problem, StoreDamaged, StoreUnavailable, shorten
from smpolicy.store.tables import SCHEMA

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATING = 5_260_126
"""The number of the advisory lock under which PostgreSQL's schema is brought up to date."""


def read_url(url: str | Path) -> URL:
    """Return the URL of a database.

    Args:
        url: the file of an SQLite database, `sqlite:///...`, or `postgresql://...`.

    Raises:
        StoreUnavailable: it is neither.
    """
    if isinstance(url, Path) or "://" not in url:
        return URL.create("sqlite", database=str(url))
    try:
        made = make_url(url)
    except ArgumentError:
        made = None
    if made is not None and made.drivername == "sqlite" and made.database not in (None, "", ":memory:"):
        return made
    if made is not None and made.drivername in ("postgresql", "postgresql+psycopg"):
        return made.set(drivername="postgresql+psycopg")
    scheme = url.partition("://")[0]
    raise StoreUnavailable(
        Problem(
            "wrong_url",
            f"a store cannot be kept in `{shorten(scheme)}://...`",
            expected="the name of a file, `sqlite:///FILE` or `postgresql://USER@HOST/DATABASE`",
        )
    )


def connect(url: URL, wait: float) -> Engine:
    """Return the engine of a database; nothing is opened yet.

    Args:
        url: the database.
        wait: for how many seconds to wait for somebody else's lock.

    Raises:
        MissingExtra: PostgreSQL's driver is not installed.
    """
    if url.drivername == "sqlite":
        engine = create_engine(url, connect_args={"timeout": wait, "check_same_thread": False}, pool_size=8)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options = f"-c lock_timeout={int(wait * 1000)}"
    arguments = {"connect_timeout": max(2, int(wait)), "options": options, "application_name": "smpolicy"}
    try:
        return create_engine(url, connect_args=arguments, pool_size=8, pool_pre_ping=True)
    except (ImportError, NoSuchModuleError) as error:
        help_ = "install the extra `postgresql`: pip install 'smpolicy[postgresql]'"
        raise MissingExtra(Problem("missing_extra", f"PostgreSQL needs a driver: {error}", help=help_)) from error


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    """Make a connection safe: nothing is acknowledged before it is on disk, and what is deleted is overwritten."""
    connection.isolation_level = None  # transactions are begun by `_begin_sqlite`, not by the driver
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "trusted_schema = OFF"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def bring_up_to_date(engine: Engine) -> None:
    """Bring the schema of a database up to date, if it is not; several processes may do so at once.

    Args:
        engine: the database.

    Raises:
        StoreUnavailable: it belongs to a newer version, or to something else.
    """
    with engine.connect() as connection:
        found = _schema(connection)
    if found == SCHEMA:
        return
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
        if found is None and inspect(connection).has_table("events"):
            message = "the database has a table `events` that is no store's"
            raise StoreUnavailable(Problem("not_a_store", message, help="use a database of its own"))
        _migrate(connection)


def _schema(connection: Connection) -> str | None:
    """Return the version of the schema, or None where there is none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
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
    except DBAPIError as error:
        raise _told(error, url) from error


def _told(error: DBAPIError, url: URL) -> StoreUnavailable | StoreDamaged:
    original: Any = error.orig
    name = url.database if url.drivername == "sqlite" else url.render_as_string(hide_password=True)
    place = Place(shorten(name or "", 1000))
    if isinstance(original, sqlite3.Error):
        code, message, help_ = _SQLITE.get((getattr(original, "sqlite_errorcode", 0) or 0) & 0xFF, _ANYTHING)
    else:
        state = getattr(original, "sqlstate", None) or ""
        code, message, help_ = next((each for start, each in _POSTGRESQL.items() if state.startswith(start)), _SERVER)
    detail = " ".join(str(original).split())
    problem = Problem(code, f"{message}: {shorten(detail, 300)}", place=place, help=help_)
    return StoreDamaged(problem) if code == "damaged_store" else StoreUnavailable(problem)


_LOCKED = ("store_locked", "somebody else is writing, and did not finish in time", "try again; nothing was recorded")
_FULL = ("store_full", "there is no room left", "make room, and try again; nothing was recorded")
_READ_ONLY = ("store_read_only", "the store cannot be written", "let this user write it; nothing was recorded")
_DAMAGED = ("damaged_store", "the file of the store is damaged", "restore a backup, and verify it against a head")
_UNREACHABLE = ("store_unreachable", "the store cannot be opened", "check its name and who may open it")
_ANYTHING = ("store_unreachable", "the database refused", "see what it says; nothing was recorded")
_SERVER = ("store_unreachable", "the server cannot be used", "check that it runs, and the URL; nothing was recorded")

_SQLITE = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: _UNREACHABLE,
}
_POSTGRESQL = {"55P03": _LOCKED, "53100": _FULL, "25006": _READ_ONLY, "42501": _READ_ONLY, "XX001": _DAMAGED}
