# ruff: noqa: T201  (a command that prints)
"""Measures the store, the desk, the journal and replays, in one run: `python -m tests.benchmarks.stores`.

Sizes are arguments: `--cases` and `--decisions`; with `--postgresql URL` a server is measured, too, in a schema of its
own. Everything lies in a temporary folder, on the disk that TMPDIR names.
"""

from __future__ import annotations

import argparse
import itertools
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
from sqlalchemy import insert

import smpolicy
from smpolicy.decisions import Decision
from smpolicy.journal import DECIDED, Journal, to_record
from smpolicy.replays import replay
from smpolicy.store import CaseRow, Store
from smpolicy.store.listing import to_values
from smpolicy.store.tables import CASES
from tests.benchmarks.__main__ import LARGE, proposal

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
KEY = bytes(32)
SECONDS = 3.0
BATCH = 1_000


@contextmanager
def schema_of_its_own(server: str) -> Iterator[str]:
    """Yield the URL of a new schema on a server, which is dropped afterwards."""
    import psycopg

    name = f"benchmark_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
        try:
            yield f"{server}?options=-csearch_path%3D{name}"
        finally:
            connection.execute(f"DROP SCHEMA {name} CASCADE")


def rate(do: Callable[[], object], seconds: float = SECONDS) -> float:
    """Return how often a second something can be done."""
    do()
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        do()
        count += 1
    return count / (time.perf_counter() - start)


def appending(url: str, folder: Path) -> None:
    """Measure appending, each transaction on disk before the next begins."""
    with Store.open(url, key=KEY) as store:

        def events(count: int, secret: object = None) -> Callable[[], None]:
            def append() -> None:
                with store.writing() as writer:
                    for _ in range(count):
                        writer.append("said", AT, "writer-1", data={"text": "x" * 200}, secret=secret)

            return append

        disk = rate(lambda: _write_to_disk(folder / "probe"))
        one, sealed, ten = rate(events(1)), rate(events(1, {"a": 1})), rate(events(10))
        print(f"  one event a transaction                {one:10,.0f} events a second")
        print(f"  one with something sealed              {sealed:10,.0f} events a second")
        print(f"  ten events a transaction               {10 * ten:10,.0f} events a second")
        print(f"  the disk alone, 4 KiB written and kept {disk:10,.0f} times a second, {disk / one:.1f} times as often")


def _write_to_disk(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(b"x" * 4096)
        stream.flush()
        os.fsync(stream.fileno())


def listing(url: str, cases: int) -> None:
    """Measure a page of fifty among many cases."""
    kinds, statuses = ("publish", "edit", "delete"), ("released", "refused", "expired", "withdrawn")
    with Store.open(url, key=KEY) as store:
        with store._engine.connect().execution_options(writes=True) as connection, connection.begin():
            for batch in _parts(cases):
                rows = []
                for number in batch:
                    status = "open" if number % 50 == 0 else statuses[number % 4]
                    opened = AT + timedelta(seconds=number)
                    ends = opened + timedelta(days=30)
                    author = f"author-{number % 997}"
                    rows.append(
                        to_values(
                            CaseRow(
                                number, kinds[number % 3], "a", author, author, status, opened, ends, opened, None, 1
                            )
                        )
                    )
                connection.execute(insert(CASES), rows)
        now = AT + timedelta(seconds=cases // 2, days=30)
        pages: list[tuple[str, dict[str, object]]] = [
            ("the newest", {}),
            ("from the middle", {"after": cases // 2}),
            ("open", {"status": "open", "now": now}),
            ("open, of a kind", {"status": "open", "kind": "edit", "now": now}),
            ("expired", {"status": "expired", "now": now}),
            ("of an author", {"author": "author-5"}),
            ("open, of an author", {"author": "author-5", "status": "open", "now": now}),
            ("of a status that no case has", {"status": "urgent"}),
            ("open, of an author and a kind without any", {"author": "author-5", "status": "open", "kind": "none"}),
        ]
        for name, filters in pages:
            costs = []
            for _ in range(15):
                start = time.perf_counter()
                store.page(now=filters.get("now"), **{k: v for k, v in filters.items() if k != "now"})  # type: ignore[arg-type]
                costs.append((time.perf_counter() - start) * 1e3)
            cost = statistics.median(costs)
            print(f"  {name:<45}{cost:8.2f} ms   aim 50 ms or less: {'met' if cost <= 50 else 'MISSED'}")


def _parts(count: int, size: int = 10_000) -> Iterator[range]:
    return (range(start, min(start + size, count + 1)) for start in range(1, count + 1, size))


def decisions() -> list[Decision]:
    """Return different decisions under the large example agency."""
    policy = smpolicy.load(LARGE, engine="compiled")
    data = proposal()
    answers = [
        {"content.guilt_or_innocence": guilt, "content.humor": humor, "content.purpose": purpose}
        for guilt in (True, False)
        for humor in (True, False)
        for purpose in ("missing_or_endangered_person", "crime_prevention_tips")
    ]
    return [policy.decide(policy.action(data).answer(each), at=AT) for each in answers]


def journalling(url: str) -> None:
    """Measure recording decisions one by one."""
    made = itertools.cycle(decisions())
    with Journal.open(url, key=KEY) as journal:
        each = rate(lambda: journal.record(next(made)))
        print(f"  one decision recorded at a time        {each:10,.0f} a second")


def working(url: str) -> None:
    """Measure a desk: submitting, approving and releasing, each on disk before the next begins."""
    policy = smpolicy.load(LARGE, engine="compiled")
    held = policy.action(proposal()).answer({"compliance.legally_doubtful": True})
    with smpolicy.Desk.open(url, policy, key=KEY, clock=lambda: AT) as desk:
        cases: list[int] = []

        def submit() -> None:
            case = desk.submit(held, by="writer-1").case
            assert case is not None
            cases.append(case.id)

        submits = rate(submit)
        waiting = iter(cases)
        approvals = rate(lambda: desk.approve(next(waiting), by="county-attorney-1"), SECONDS / 2)
        page = 1e3 / rate(desk.cases, SECONDS / 2)
        print(f"  submitted                              {submits:10,.0f} cases a second")
        print(f"  approved                               {approvals:10,.0f} cases a second")
        print(f"  a page of 50 open ones, each decided anew {page:7.1f} ms   aim 50 ms or less")


def replaying(url: str, count: int) -> None:
    """Measure a replay of many recorded decisions, and the memory that it takes."""
    made = itertools.cycle([to_record(each) for each in decisions()])
    with Journal.open(url, key=KEY) as journal:
        start = time.perf_counter()
        for part in _parts(count, BATCH):
            with journal.store.writing() as writer:
                for number in part:
                    data, secret = next(made)
                    writer.append(DECIDED, AT + timedelta(seconds=number), data=data, secret=secret)
        recorded = count / (time.perf_counter() - start)
        print(f"  {count:,} records written, {BATCH} a transaction: {recorded:,.0f} a second")
        if "://" not in url:
            print(f"  their file has {Path(url).stat().st_size / count / 1024:.1f} KiB a decision")
        policy = smpolicy.load(LARGE, engine="compiled")
        stricter = attrs.evolve(policy.agency, decision=attrs.evolve(policy.agency.decision, unsettled="deny"))
        other = smpolicy.bind_policy(stricter, "compiled")
        memory: list[float] = []
        start = time.perf_counter()
        found = replay(journal, other, progress=lambda _: memory.append(_memory()))
        seconds = time.perf_counter() - start
        print(
            f"  replayed: {count / seconds:,.0f} a second, in {seconds:,.1f} s; {found.same:,} the same, "
            f"{found.changed:,} changed, {sum(found.failed.values()):,} failed"
        )
        if len(memory) > 1:
            tenth = memory[max(1, len(memory) // 10)]
            print(f"  memory: {tenth:.1f} MiB after a tenth of them, {memory[-1]:.1f} MiB at the end")
        start = time.perf_counter()
        sound = journal.verify(str(journal.head())).sound
        print(f"  verified: {count / (time.perf_counter() - start):,.0f} events a second; sound: {sound}")


def _memory() -> float:
    """Return how much memory this process has in use, in MiB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000, help="how many cases a page is taken from")
    parser.add_argument("--decisions", type=int, default=10_000, help="how many decisions are replayed")
    parser.add_argument("--postgresql", metavar="URL", help="a server that is measured, too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _measure("SQLite", lambda part: str(folder / f"{part}.db"), folder, given)
        if given.postgresql:
            with ExitStack() as stack:
                _measure(
                    "PostgreSQL",
                    lambda _: stack.enter_context(schema_of_its_own(given.postgresql)),
                    folder,
                    given,
                )


def _measure(database: str, place: Callable[[str], str], folder: Path, given: argparse.Namespace) -> None:
    print(f"\n{database}: appending")
    appending(place("events"), folder)
    print(f"\n{database}: a page of 50 among {given.cases:,} cases")
    listing(place("cases"), given.cases)
    print(f"\n{database}: the desk, engine compiled")
    working(place("desk"))
    print(f"\n{database}: the journal, engine compiled")
    journalling(place("journal"))
    replaying(place("replay"), given.decisions)


if __name__ == "__main__":
    main()
