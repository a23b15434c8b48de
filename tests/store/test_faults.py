"""Faults below a store: killed writers, full disks, files that cannot be written, locks, damage. Nothing is lost."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import stat
import tempfile
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from smpolicy.errors import PolicyError, StoreUnavailable
from smpolicy.store import Store
from tests.store.killing import kill_writers
from tests.store.places import AT, Place, fill

LATER = AT + timedelta(days=1)


def in_child(do: Callable[[], object]) -> None:
    """Do something in a forked process, and fail if it fails there."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            do()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def append_large(store: Store, size: int = 100_000) -> None:
    """Append an event of a size."""
    with store.writing() as writer:
        writer.append("said", LATER, data={"a": "x" * size}, secret={"b": "y" * size})


def code_of(do: Callable[[], object], error: type[PolicyError] = StoreUnavailable) -> str:
    """Return the code of the error that something ends in."""
    with pytest.raises(error) as caught:
        do()
    assert caught.value.problems[0].help
    return caught.value.code


class TestKilled:
    def test_killed(self, place: Place) -> None:
        """Killed at any point, a writer leaves all that was acknowledged, nothing half, and a chain that verifies."""
        assert kill_writers(place, 20) > 0


class TestFullDisk:
    def test_database_full(self, file_place: Place) -> None:
        """A database that may not grow says that there is no room; what was there stays, and room makes it go on."""
        with file_place.open() as store:
            fill(store)
            head = store.head()
            limit = [40]

            def limited(connection: sqlite3.Connection, _: object) -> None:
                connection.execute(f"PRAGMA max_page_count = {limit[0]}").close()

            event.listen(store._engine, "connect", limited)
            store._engine.dispose()
            assert code_of(lambda: append_large(store)) == "store_full"
            assert store.head() == head
            assert store.verify(str(head)).sound
            limit[0] = 2**30
            store._engine.dispose()
            append_large(store)
            assert store.head().count == 6

    def test_no_byte_more(self, file_place: Place) -> None:
        """Where the system lets a file not grow, a clear error says so, and nothing half is left."""
        with file_place.open() as store:
            fill(store)
            head = str(store.head())

        def write() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            with file_place.open() as store:
                resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, resource.RLIM_INFINITY))
                assert code_of(lambda: append_large(store)) in ("store_full", "store_unreachable")
                assert str(store.head()) == head
                os._exit(0)  # closing would write, too

        in_child(write)
        with file_place.open() as store:
            assert str(store.head()) == head
            assert store.verify(head).sound
            append_large(store)


class TestReadOnly:
    @pytest.fixture
    def folder(self) -> Iterator[Path]:
        """A folder that other users can enter."""
        with tempfile.TemporaryDirectory() as name:
            Path(name).chmod(0o777)
            yield Path(name)

    def _as_nobody(self, do: Callable[[], object]) -> None:
        def change() -> None:
            if os.geteuid() == 0:  # whom no mode of a file keeps out
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            do()

        in_child(change)

    def test_file(self, folder: Path) -> None:
        """A file that this user cannot write can be read, and an attempt to write to it is a clear error."""
        place = Place(str(folder / "store.db"))
        with place.open() as store:
            fill(store)
            head = str(store.head())
        Path(place.url).chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)

        def use() -> None:
            with place.open() as store:
                assert store.verify(head).sound
                assert code_of(lambda: append_large(store)) == "store_read_only"
                assert str(store.head()) == head

        self._as_nobody(use)

    def test_forbidden(self, folder: Path) -> None:
        """A file that this user cannot even read is a clear error."""
        place = Place(str(folder / "store.db"))
        place.open().close()
        Path(place.url).chmod(0)

        def use() -> None:
            assert code_of(place.open) == "store_unreachable"

        self._as_nobody(use)

    def test_key(self, folder: Path) -> None:
        """A key file that this user cannot read is a clear error."""
        path = str(folder / "store.db")
        with Store.open(path) as store:
            fill(store)
        Path(path).chmod(0o666)
        Path(path + ".key").chmod(0)

        def use() -> None:
            assert code_of(lambda: Store.open(path)) == "missing_key_file"

        self._as_nobody(use)


class TestLocked:
    def test_locked(self, place: Place) -> None:
        """While another process holds the lock nobody writes, who reads goes on, and then all goes on."""
        with place.open() as store:
            fill(store)
        reading, writing = os.pipe()
        done_reading, done_writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                with place.open() as store, store.writing():
                    os.write(writing, b"x")
                    os.read(done_reading, 1)
            finally:
                os._exit(0)
        os.read(reading, 1)
        with place.open(wait=0.3) as store:
            assert code_of(lambda: append_large(store)) == "store_locked"
            assert store.head().count == 5
            os.write(done_writing, b"x")
            os.waitpid(child, 0)
            append_large(store)
            assert store.head().count == 6


class TestDamagedFile:
    def test_any_page(self, file_place: Place) -> None:
        """Whichever page is damaged, only errors of ours come of it, and nothing is read that was not written."""
        with file_place.open() as store:
            fill(store, 60)
            written = list(store.events())
        path = Path(file_place.url)
        whole = path.read_bytes()
        size = 4096
        codes = []
        for start in range(0, len(whole), size):
            path.write_bytes(whole[:start] + b"\xa5" * size + whole[start + size :])
            codes.append(self._read(file_place, written))
            for end in ("-wal", "-shm"):
                Path(file_place.url + end).unlink(missing_ok=True)
        assert codes.count("damaged_store") >= len(codes) // 2
        path.write_bytes(whole)
        with file_place.open() as store:
            assert list(store.events()) == written
            assert store.verify().sound

    def _read(self, place: Place, written: list[Any]) -> str:
        try:
            with place.open() as store:
                found = store.verify()
                if found.sound:
                    assert list(store.events()) == written
                return "sound" if found.sound else "flaws"
        except PolicyError as error:
            return error.code

    def test_cut(self, file_place: Place) -> None:
        """A file that was cut short is told as what it is."""
        with file_place.open() as store:
            fill(store, 60)
        path = Path(file_place.url)
        path.write_bytes(path.read_bytes()[: 4096 * 5])
        with pytest.raises(PolicyError) as caught, file_place.open() as store:
            store.verify()
        assert caught.value.code == "damaged_store"


@pytest.mark.postgresql
class TestServer:
    @pytest.fixture
    def server_place(self, place: Place) -> Place:
        """A place on the server."""
        if place.is_file:
            pytest.fail("only on a server")
        return place

    @pytest.mark.parametrize("place", ["postgresql"], indirect=True)
    def test_gone(self, server_place: Place) -> None:
        """A connection that the server ends is a clear error, nothing is written, and the next one works."""
        with server_place.open() as store:
            fill(store)

            def write() -> None:
                with store.writing() as writer:
                    writer.append("said", LATER)
                    own = writer._connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
                    server_place.tamper(f"SELECT pg_terminate_backend({own})")
                    writer.append("said", LATER)

            assert code_of(write) == "store_unreachable"
            assert store.head().count == 5
            append_large(store)

    @pytest.mark.parametrize("place", ["postgresql"], indirect=True)
    def test_read_only(self, server_place: Place) -> None:
        """A server that takes no writing is a clear error."""
        server_place.open().close()
        url = server_place.url + "%20-cdefault_transaction_read_only%3Don"
        with Place(url).open() as store:
            assert code_of(lambda: append_large(store)) == "store_read_only"

    @pytest.mark.parametrize("place", ["postgresql"], indirect=True)
    def test_durable(self, server_place: Place) -> None:
        """Nothing is acknowledged before the server has it on disk, whatever its default is."""
        url = server_place.url + "%20-csynchronous_commit%3Doff"
        with Place(url).open() as store, store._engine.connect() as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
