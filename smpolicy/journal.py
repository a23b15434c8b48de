"""The journal: decisions recorded as they were made, with sensitive facts sealed, to be shown and made again later."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import rfc8785
from attrs import field, frozen

from smpolicy.actions import Action, to_json
from smpolicy.approvals import Approval, Delegation
from smpolicy.decisions import Decision
from smpolicy.errors import Problem, StoreDamaged, UnknownCase, shorten
from smpolicy.policies import Policy
from smpolicy.receipts import receipt_data
from smpolicy.store import REDACTED, Event, Head, Store, Verification, Writer
from smpolicy.vocabulary import Vocabulary

DECIDED = "decided"
"""The kind of the events that record a decision."""
FORMAT = 1
SEALED = {"sealed": True}
"""What stands in a record where something is sealed."""

Location = tuple[str | int, ...]
"""Where in a record something stands: keys and indices from the outside in."""


def system_clock() -> datetime:
    """Return the present moment, read from the clock."""
    return datetime.now(UTC)


@frozen(slots=True)
class Record:
    """A recorded decision.

    Attributes:
        number: the number of its event.
        at: when it was recorded; for which moment it was made, its receipt says.
        by: who asked for it, or None.
        agency: the agency's id.
        kind: the kind of action.
        outcome: allow, needs_approval or deny.
        settled: whether nothing that was unknown would have changed it.
        spoke: the considerations that spoke.
        open: those that were open.
        receipt: the receipt; where something was redacted, without that.
        action: the action as JSON-ready data; likewise.
        redacted: whether something in it was redacted.
    """

    number: int
    at: datetime
    by: str | None
    agency: str
    kind: str
    outcome: str
    settled: bool
    spoke: tuple[str, ...]
    open: tuple[str, ...]
    receipt: Mapping[str, Any] = field(repr=False)
    action: Mapping[str, Any] = field(repr=False)
    redacted: bool = False


@frozen(slots=True, eq=False)
class Journal:
    """Recorded decisions; a journal and a desk may share a store.

    Attributes:
        store: where the records are.
        clock: gives the present moment.
    """

    store: Store
    clock: Callable[[], datetime] = field(default=system_clock, repr=False)

    @classmethod
    def open(
        cls,
        url: str | Path,
        *,
        key: Path | str | bytes | None = None,
        clock: Callable[[], datetime] = system_clock,
        wait: float = 10.0,
        head: str | None = None,
        create: bool = True,
    ) -> Self:
        """Open a journal; close it, or use it in a `with` statement.

        Args:
            url: the file of its SQLite database, or the URL of a database; see `Store.open`, also for the other
                arguments.
            key: the store's key, or the file that holds it.
            clock: gives the present moment.
            wait: for how many seconds to wait for somebody else who is writing.
            head: a head exported earlier, `COUNT:HASH`, that the store must contain.
            create: whether a new one is made where there is none.

        Raises:
            StoreUnavailable, StoreDamaged: the store cannot be opened or used.
        """
        return cls(Store.open(url, key=key, wait=wait, head=head, create=create), clock)

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def record(self, decision: Decision, *, by: str | None = None) -> int:
        """Record a decision, and return the number of its record.

        Args:
            decision: the decision.
            by: who asked for it.

        Raises:
            StoreUnavailable, StoreDamaged: it could not be recorded.
        """
        with self.store.writing() as writer:
            return self.add(writer, decision, by, writer.moment(self.clock())).number

    def add(self, writer: Writer, decision: Decision, by: str | None, at: datetime) -> Event:
        """Record a decision within a transaction.

        Args:
            writer: the transaction.
            decision: the decision.
            by: who asked for it.
            at: when it is recorded.
        """
        data, secret = to_record(decision)
        return writer.append(DECIDED, at, by, data=data, secret=secret)

    def records(self, after: int = 0) -> Iterator[Record]:
        """Yield every record in order.

        Args:
            after: the number of the last record that is left out.

        Raises:
            StoreDamaged: one of them was changed.
        """
        return map(read_record, self.store.events(after, DECIDED))

    def get(self, number: int) -> Record:
        """Return one record.

        Args:
            number: the number of the record.

        Raises:
            UnknownCase: there is none of that number.
            StoreDamaged: it was changed.
        """
        event = self.store.event(number)
        if event is None or event.kind != DECIDED:
            message = f"the journal has no record `{shorten(number)}`"
            raise UnknownCase(Problem("unknown_case", message, help="see `smpolicy journal export`"))
        return read_record(event)

    def receipt(self, number: int) -> bytes:
        """Return the receipt of a recorded decision, byte for byte as it was.

        Args:
            number: the number of the record.

        Raises:
            UnknownCase: there is none of that number.
            StoreDamaged: it was changed, or something in it was redacted.
        """
        record = self.get(number)
        if record.redacted:
            message = f"something in the record `{number}` was redacted, so that its receipt is not what it was"
            raise StoreDamaged(Problem("case_redacted", message, help="see what is left of it with `journal.get`"))
        return rfc8785.dumps(dict(record.receipt))

    def redact(self, number: int, *, by: str, reason: str) -> None:
        """Make sure that nobody can read again what is sensitive in a record; the rest of it stays.

        Args:
            number: the number of the record.
            by: who does it.
            reason: why.

        Raises:
            StoreDamaged: nothing in it is sealed, or it was redacted already.
        """
        with self.store.writing() as writer:
            writer.redact(number, writer.moment(self.clock()), by, reason)
        self.store.forget_deleted()

    def head(self) -> Head:
        """Return the head of the chain, to be exported and kept elsewhere."""
        return self.store.head()

    def verify(self, head: str | None = None, progress: Callable[[int, int], object] | None = None) -> Verification:
        """Verify the whole chain; see `Store.verify`."""
        return self.store.verify(head, progress)

    def export(
        self,
        stream: IO[str],
        *,
        with_sensitive: bool = False,
        progress: Callable[[int, int], object] | None = None,
    ) -> Head:
        """Write every event of the store as JSON Lines, the head of the chain last, and return the head.

        Args:
            stream: where to write.
            with_sensitive: whether to write what is sealed, too.
            progress: is called now and then with how many events are written, and how many there are.
        """
        head = self.store.head()
        for event in self.store.events():
            if event.number > head.count:
                break
            stream.write(json.dumps(_exported(event, with_sensitive), ensure_ascii=True) + "\n")
            if progress is not None and event.number % 1000 == 0:
                progress(event.number, head.count)
        stream.write(json.dumps({"head": str(head)}) + "\n")
        return head


def _exported(event: Event, with_sensitive: bool) -> dict[str, Any]:
    data = {
        "number": event.number,
        "kind": event.kind,
        "case": event.case,
        "step": event.step,
        "at": to_json(event.at),
        "by": event.by,
        "data": event.data,
        "hash": event.hash,
    }
    if event.secret is not None:
        data["sealed"] = "redacted" if event.secret is REDACTED else "yes"
        if with_sensitive and event.secret is not REDACTED:
            data["secret"] = event.secret
    return data


@frozen(slots=True, eq=False)
class Recording:
    """A policy that records each decision before it returns it.

    Attributes:
        policy: the policy.
        journal: where its decisions are recorded.
        by: who asks, for the records.
    """

    policy: Policy
    journal: Journal
    by: str | None = None

    def action(self, data: object) -> Action:
        """Return the action that JSON-ready data describes; see `Policy.action`."""
        return self.policy.action(data)

    def decide(
        self,
        action: Action,
        *,
        at: datetime,
        approvals: Iterable[Approval] = (),
        delegations: Iterable[Delegation] = (),
    ) -> Decision:
        """Decide on a proposed action and record the decision; see `Policy.decide`.

        Raises:
            StoreUnavailable, StoreDamaged: it could not be recorded; then there is no decision.
        """
        decision = self.policy.decide(action, at=at, approvals=approvals, delegations=delegations)
        self.journal.record(decision, by=self.by)
        return decision

    def decide_now(
        self, action: Action, *, approvals: Iterable[Approval] = (), delegations: Iterable[Delegation] = ()
    ) -> Decision:
        """Decide at the present moment, read from the clock, and record the decision; see `decide`."""
        return self.decide(action, at=datetime.now(UTC), approvals=approvals, delegations=delegations)


def to_record(decision: Decision) -> tuple[dict[str, Any], list[Any] | None]:
    """Return what is recorded of a decision: what stays readable, and what is sealed, each with its location.

    Args:
        decision: the decision.
    """
    statuses = decision.considerations
    data = {
        "format": FORMAT,
        "agency": decision.policy.agency.id,
        "kind": decision.action.kind,
        "outcome": str(decision.outcome),
        "settled": decision.settled,
        "spoke": sorted(cited for cited, each in statuses.items() if each.status == "spoke"),
        "open": sorted(cited for cited, each in statuses.items() if each.status == "open"),
        "receipt": receipt_data(decision),
        "action": decision.action.to_dict(),
    }
    secret = []
    for location in _sensitive(data, decision.kind_rules.vocabulary):
        *outer, last = location
        holder: Any = data
        for key in outer:
            holder = holder[key]
        secret.append([list(location), holder[last]])
        holder[last] = SEALED
    return data, secret or None


def _sensitive(data: Mapping[str, Any], vocabulary: Vocabulary) -> Iterator[Location]:
    """Yield where something sensitive stands: values of facts, and digests from which they could be guessed."""
    receipt, action = data["receipt"], data["action"]
    paths = [path for path, fact in vocabulary.facts.items() if fact.sensitive]
    found = [path for path in paths if _given(action, path)]
    for path in found:
        part, _, name = path.partition(".")
        yield "action", part, name
    for path in paths:
        if receipt["facts"].get(path, {}).get("value", "unknown") != "unknown":
            yield "receipt", "facts", path, "value"
    for index, approval in enumerate(receipt["approvals"]):
        # An approval may name facts of a pack that is gone: nobody can tell any more whether they are sensitive.
        own = [path for path in approval["facts"] if path not in vocabulary.facts or vocabulary.facts[path].sensitive]
        for path in own:
            yield "receipt", "approvals", index, "facts", path
        if own and not vocabulary.kinds[data["kind"]].payload:
            yield "receipt", "approvals", index, "payload"
    if found:
        yield "receipt", "action"


def _given(action: Mapping[str, Any], path: str) -> bool:
    part, _, name = path.partition(".")
    values = action.get(part)
    return isinstance(values, Mapping) and name in values


def read_record(event: Event) -> Record:
    """Return the record that an event of the kind `decided` holds, with what is sealed put back, if its key is there.

    Args:
        event: the event.
    """
    data: Any = event.data
    if isinstance(event.secret, list):
        data = json.loads(json.dumps(data))  # a copy of its own
        for (*outer, last), value in event.secret:
            holder = data
            for key in outer:
                holder = holder[key]
            holder[last] = value
    return Record(
        event.number,
        event.at,
        event.by,
        data["agency"],
        data["kind"],
        data["outcome"],
        data["settled"],
        tuple(data["spoke"]),
        tuple(data["open"]),
        data["receipt"],
        data["action"],
        event.secret is REDACTED,
    )
