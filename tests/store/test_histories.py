"""Generated histories of a store, held against a plain list: whatever is written, refused, redacted or reopened."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from smpolicy.errors import ClockMovedBack, InvalidFile, StoreDamaged
from smpolicy.store import NEW, REDACTED, Event, Store
from tests.store.places import AT, KEY, row

NAMES = st.sampled_from(["writer", "chief", "O'Brien", "caf\u00e9"])
SECRETS = st.none() | st.dictionaries(st.text(max_size=3), st.integers(0, 9), max_size=2)


class Histories(RuleBasedStateMachine):
    """A store, and what should be in it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = Store.open(self.folder / "store.db", key=KEY)
        self.expected: list[Event] = []
        self.heads = [str(self.store.head())]
        self.now = AT

    def teardown(self) -> None:
        """Close the store and delete it."""
        self.store.close()
        shutil.rmtree(self.folder)

    @rule(seconds=st.integers(-5, 1_000), by=NAMES, secret=SECRETS, count=st.integers(1, 3))
    def append(self, seconds: int, by: str, secret: Any, count: int) -> None:
        """Append some events without a case in one transaction."""
        at = self.now + timedelta(seconds=seconds)
        with self.store.writing() as writer:
            written = [writer.append("said", at, by, data={"by": by}, secret=secret) for _ in range(count)]
        self.now = max(at, self.now) if self.expected else at  # a clock slightly behind gives the last moment
        assert {event.at for event in written} == {self.now}
        self._add(*written)

    @rule(by=NAMES, secret=SECRETS)
    def begin(self, by: str, secret: Any) -> None:
        """Begin a case."""
        with self.store.writing() as writer:
            event = writer.append("submitted", self.now, by, case=NEW, secret=secret)
            writer.index(row(event.number, author=by))
        self._add(event)

    @precondition(lambda self: any(event.case for event in self.expected))
    @rule(data=st.data(), by=NAMES)
    def go_on(self, data: st.DataObject, by: str) -> None:
        """Append an event to a case."""
        case = data.draw(st.sampled_from(sorted({event.case for event in self.expected if event.case})))
        with self.store.writing() as writer:
            event = writer.append("commented", self.now, by, case=case)
            writer.index(row(case, event.step, status="answered"))
        self._add(event)

    def _add(self, *events: Event) -> None:
        assert [event.number for event in events] == [len(self.expected) + 1 + index for index in range(len(events))]
        self.expected += events
        self.heads.append(str(self.store.head()))

    @rule(unfit=st.sampled_from(["name", "data", "clock"]))
    def refuse(self, unfit: str) -> None:
        """Refuse a transaction whose second event cannot be kept, with its first."""
        if not self.expected:
            return
        by, value, back = {"name": ("\0", 0, 0), "data": ("chief", float("nan"), 0), "clock": ("chief", 0, 6)}[unfit]
        with pytest.raises((InvalidFile, ClockMovedBack)), self.store.writing() as writer:  # noqa: PT012
            writer.append("said", self.now, "chief", secret={"a": 1})
            writer.append("said", self.now - timedelta(seconds=back), by, data={"a": value})

    @precondition(lambda self: self.expected)
    @rule(data=st.data())
    def redact(self, data: st.DataObject) -> None:
        """Redact an event, where there is something to redact."""
        number = data.draw(st.integers(1, len(self.expected)))
        event = self.expected[number - 1]
        if event.secret is None or event.secret is REDACTED:
            with pytest.raises(StoreDamaged) as caught:
                self.store.redact(number, by="chief", at=self.now, reason="asked for")
            assert caught.value.code == "nothing_sealed"
            return
        told = self.store.redact(number, by="chief", at=self.now, reason="asked for")
        self.expected[number - 1] = attrs.evolve(event, secret=REDACTED)
        self._add(told)

    @rule(data=st.data())
    def reopen(self, data: st.DataObject) -> None:
        """Close the store and open it again, against any head that it ever had."""
        self.store.close()
        head = data.draw(st.sampled_from(self.heads))
        self.store = Store.open(self.folder / "store.db", key=KEY, head=head)

    @invariant()
    def holds_what_was_written(self) -> None:
        """The store holds exactly what was written, and verifies against every head that it ever had."""
        assert list(self.store.events()) == self.expected
        for case in {event.case for event in self.expected if event.case}:
            own = tuple(event for event in self.expected if event.case == case)
            assert self.store.case(case) == own
            assert [event.step for event in own] == list(range(1, len(own) + 1))
        for head in {self.heads[0], self.heads[-1], self.heads[len(self.heads) // 2]}:
            found = self.store.verify(head)
            assert (found.sound, found.tail) == (True, "proved")


Histories.TestCase.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
TestHistories = Histories.TestCase
