"""The desk on PostgreSQL: a thousand histories equal to the model, and eight processes on one desk."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

import smpolicy
from smpolicy.store.events import START
from tests.builders import AT
from tests.cases.building import policies
from tests.cases.crowd import work_together
from tests.cases.histories import History
from tests.store.places import SERVER

HISTORIES = 1_000
PARTS = 10
KEY = bytes(range(32))
EMPTIED = ("TRUNCATE events, keys, cases", f"UPDATE head SET count = 0, hash = '{START}'")

pytestmark = pytest.mark.postgresql


@pytest.fixture
def url() -> Iterator[str]:
    """The URL of a schema of its own on the server."""
    server = os.environ.get(SERVER)
    if not server:
        pytest.fail(f"tests of PostgreSQL were asked for, and {SERVER} names no server")
    import psycopg

    schema = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        yield f"{server}?options=-csearch_path%3D{schema}"
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.mark.parametrize("part", range(PARTS))
def test_histories_equal_the_model(url: str, part: int) -> None:
    """Whatever is done in whatever order comes to what it must, there as in a file."""
    import psycopg

    with (
        smpolicy.Desk.open(url, policies, key=KEY, clock=lambda: AT) as desk,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        for number in range(2_000_000 + part, 2_000_000 + HISTORIES, PARTS):
            for each in EMPTIED:
                connection.execute(each)
            history = History(desk, number)
            try:
                history.run(10)
            except Exception as error:
                error.add_note(f"history {number}, after {history.seen}")
                raise
        assert desk.verify().sound


def test_eight_processes(url: str, tmp_path: Path) -> None:
    """Eight processes lose nothing, double nothing, and release no case twice."""
    assert work_together(url, tmp_path, 1_000) >= 1_000
