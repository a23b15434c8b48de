"""Forward chaining: the one place where the library durable-rules is used, by its C module alone.

What is known to crash it, or to make it silently wrong, cannot be reached from here: rules are built from a few kinds
of tests, names come from a fixed list, one fact is asserted at a time, and after any error the rules are built anew.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from smpolicy.errors import EngineFailed, EngineUnavailable, Problem, shorten

MOST_FIRINGS = 48
"""How many firings the rules of one session may cause together; the library fails at 64."""
MOST_RULES = 100
"""How many rules one session takes; the library hangs at some hundreds."""
MOST_TEXT = 20_000
"""How many bytes a text may have; the library compares lengths modulo 65,536."""
RESERVED = ("id", "sid", "$s", "one")
LARGEST = 2**63 - 1

Value = bool | int | str
Fact = Mapping[str, Value]
Test = Mapping[str, Any]
"""A test of one fact, made by the functions below."""


def equals(name: str, value: Value) -> Test:
    """Return the test that a property has a value; false where it is absent."""
    return {name: _checked(name, value)}


def differs(name: str, value: Value) -> Test:
    """Return the test that a property has another value; false where it is absent."""
    return {"$neq": {name: _checked(name, value)}}


def at_least(name: str, number: int) -> Test:
    """Return the test that a number is reached; false where it is absent."""
    return {"$gte": {name: _checked(name, number)}}


def below(name: str, number: int) -> Test:
    """Return the test that a number is not reached; false where it is absent."""
    return {"$lt": {name: _checked(name, number)}}


def absent(name: str) -> Test:
    """Return the test that a property is not there."""
    return {"$nex": {name: 1}}


def every(tests: Iterable[Test]) -> Test:
    """Return the test that all of some tests hold."""
    listed = list(tests)
    return listed[0] if len(listed) == 1 else {"$and": listed}


def some(tests: Iterable[Test]) -> Test:
    """Return the test that at least one of some tests holds."""
    listed = list(tests)
    return listed[0] if len(listed) == 1 else {"$or": listed}


def same(name: str, alias: str, other: str) -> Test:
    """Return the test, in a later pattern, that a property equals one of an earlier pattern's fact."""
    return {name: {alias: other}}


def reaches(name: str, alias: str, other: str) -> Test:
    """Return the test, in a later pattern, that a number is at least one of an earlier pattern's fact."""
    return {"$gte": {name: {alias: other}}}


def is_below(name: str, alias: str, other: str) -> Test:
    """Return the test, in a later pattern, that a number is less than one of an earlier pattern's fact."""
    return {"$lt": {name: {alias: other}}}


@frozen(slots=True)
class Joined:
    """A rule that fires for two facts together.

    Attributes:
        first: the test of the one fact.
        second: the tests of the other, joins with the first among them, which call it `a`.
    """

    first: Test
    second: tuple[Test, ...]


@define(slots=True, eq=False)
class _Handle:
    """A ruleset within the library, with the lock under which it is used, in the process that made it."""

    number: int
    process: int
    library: Any = field(repr=False)
    lock: threading.Lock = field(factory=threading.Lock, repr=False)
    has_state: bool = False

    def __del__(self) -> None:
        if self.process == os.getpid():
            if self.has_state:  # of what never fired none may be deleted
                self.library.delete_state(self.number, SCRATCH)
            self.library.delete_ruleset(self.number)


@define(slots=True, eq=False)
class Session:
    """Some rules within the library.

    Attributes:
        definition: the rules, as the library takes them.
    """

    definition: str
    _library: Any = field(repr=False)
    _handle: _Handle | None = field(default=None, repr=False)

    def fired(self, fact: str) -> set[str]:
        """Return the names of the rules that fire for one fact.

        Args:
            fact: the fact, as `to_fact` writes it.

        Raises:
            EngineFailed: the library failed; the next call starts anew.
        """
        handle = self._live()
        with handle.lock:
            try:
                names = self._assert(handle, fact)
                if self._library.retract_fact(handle.number, GONE)[0] != 0:
                    raise _Unexpected("a fact could not be retracted")
            except Exception as error:
                raise self._failed(handle, error) from error
        return {_name(each) for each in names}

    def conclude(self, facts: Sequence[str]) -> list[tuple[str, Mapping[str, Fact]]]:
        """Return what rules conclude from facts together: the name of each rule that fired, and the facts by alias.

        Args:
            facts: the facts, as `to_fact` writes them, each with an id of its own.

        Raises:
            EngineFailed: the library failed; the next call starts anew.
        """
        handle = self._live()
        with handle.lock:
            try:
                self._assert(handle, PRIMER)  # a session that never fired must not be deleted
                fired = [each for fact in facts for each in self._assert(handle, fact)]
                self._library.delete_state(handle.number, SCRATCH)
                handle.has_state = False
            except Exception as error:
                raise self._failed(handle, error) from error
        return [next(iter(json.loads(each).items())) for each in fired]

    def _assert(self, handle: _Handle, fact: str) -> list[str]:
        """Assert one fact, and return every firing that follows, as the library writes it."""
        code, state = self._library.assert_fact(handle.number, fact)
        if code == NOTHING_FIRED:
            return []
        if code != FIRED:
            raise _Unexpected(f"a fact was answered with the code {code}")
        handle.has_state = True
        number, go_on = handle.number, self._library.complete_and_start_action
        started = self._library.start_action_for_state(number, state)
        message = started[1] if started else None
        fired = []
        while message:
            fired.append(message)
            message = go_on(number, state)
        return fired

    def _live(self) -> _Handle:
        """Return the ruleset within the library, made anew after an error and in a process that was forked."""
        handle = self._handle
        if handle is None or handle.process != os.getpid():
            try:
                number = self._library.create_ruleset("smpolicy", self.definition)
            except Exception as error:
                raise EngineFailed(
                    Problem("engine_failed", f"durable-rules refused some rules: {error}", help=ANOTHER_ENGINE)
                ) from error
            handle = self._handle = _Handle(number, os.getpid(), self._library)
        return handle

    def _failed(self, handle: _Handle, error: Exception) -> EngineFailed:
        """Throw a ruleset away of which it is no longer known in what state it is."""
        handle.has_state = False  # nothing of it is touched again
        if self._handle is handle:
            self._handle = None
        return EngineFailed(Problem("engine_failed", f"durable-rules failed: {error}", help=ANOTHER_ENGINE))


class _Unexpected(Exception):
    """The library answered something that it should not."""


FIRED, NOTHING_FIRED = 0, 1
SCRATCH = "s"
PRIMER = json.dumps({"id": "primer", "sid": SCRATCH, "one": 1, "primer": 1}, separators=(",", ":"))
GONE = json.dumps({"id": "f", "sid": SCRATCH}, separators=(",", ":"))
"""What retracts a fact: its id is enough."""
ANOTHER_ENGINE = "decide with the engine `compiled` or `reference`, and report this"


def _name(fired: str) -> str:
    return fired[2 : fired.index('"', 2)]


def library() -> Any:
    """Return the C module of durable-rules.

    Raises:
        EngineUnavailable: it cannot be imported.
    """
    try:
        import durable_rules_engine
    except ImportError as error:
        raise EngineUnavailable(
            Problem(
                "engine_unavailable",
                f"the engine `durable` needs the library durable-rules, which cannot be imported: {error}",
                expected="`compiled` or `reference`, which need no library",
                help="install the extra `durable` with a C compiler, on a Python before 3.13",
            )
        ) from error
    return durable_rules_engine


def available() -> bool:
    """Return whether durable-rules can be imported."""
    try:
        library()
    except EngineUnavailable:
        return False
    return True


def single(rules: Mapping[str, Test], names: Iterable[str]) -> Session:
    """Return a session of rules that each test one fact.

    Args:
        rules: the test of each rule, by its name.
        names: every property that the tests read.

    Raises:
        EngineUnavailable: the library cannot be imported.
        EngineFailed: there are too many rules, or two names are one to the library.
    """
    check_names(names)
    _check_count(rules)
    definition = {check_rule_name(name): {"all": [{"m": {"$and": [{"one": 1}, test]}}]} for name, test in rules.items()}
    return Session(_to_json(definition), library())


def joined(rules: Mapping[str, Joined], names: Iterable[str]) -> Session:
    """Return a session of rules that each test two facts together.

    Args:
        rules: the tests of each rule, by its name.
        names: every property that the tests read.

    Raises:
        EngineUnavailable: the library cannot be imported.
        EngineFailed: there are too many rules, or two names are one to the library.
    """
    check_names((*names, "primer"))
    _check_count(rules)
    definition: dict[str, Any] = {"primer": {"all": [{"m": {"$and": [{"one": 1}, {"primer": 1}]}}]}}
    for name, rule in rules.items():
        first = {"a": {"$and": [{"one": 1}, rule.first]}}
        # The last join must be one that always holds: one that fails there corrupts the library's memory.
        second = {"b": {"$and": [*rule.second, {"one": {"a": "one"}}]}}
        definition[check_rule_name(name)] = {"all": [first, second]}
    return Session(_to_json(definition), library())


def to_fact(values: Fact, id: str = "f", session: str = SCRATCH) -> str:
    """Return a fact as the library takes it.

    Args:
        values: its properties.
        id: its id; facts that are asserted together have different ones.
        session: the session.
    """
    return _to_json(
        {"id": id, "sid": session, "one": 1} | {name: _checked(name, each) for name, each in values.items()}
    )


def check_names(names: Iterable[str]) -> None:
    """Refuse names of properties that the library cannot tell apart, which knows them by a 32-bit hash alone.

    Raises:
        EngineFailed: two have the same hash, or one is reserved or no plain name.
    """
    seen = {_hash(name): name for name in RESERVED}
    for name in dict.fromkeys(names):
        if not name.isidentifier() or not name.isascii():
            raise _refused(f"`{shorten(name)}` is no plain name of a property")
        other = seen.setdefault(_hash(name), name)
        if other != name or name in RESERVED:
            raise _refused(f"the properties `{shorten(name)}` and `{shorten(other)}` are one to durable-rules")


def check_rule_name(name: str) -> str:
    """Return the name of a rule, which is read back from what the library writes."""
    if not name.isidentifier() or not name.isascii():
        raise _refused(f"`{shorten(name)}` is no plain name of a rule")
    return name


def _check_count(rules: Mapping[str, object]) -> None:
    if len(rules) > MOST_RULES:
        raise _refused(f"{len(rules)} rules are more than one session takes")


def _checked(name: str, value: object) -> Value:
    """Return a value that the library compares rightly."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) <= LARGEST:
        return value
    if isinstance(value, str) and len(value.encode("utf-8", "replace")) <= MOST_TEXT and "\0" not in value:
        return value
    raise _refused(f"`{shorten(value)}` is no value of `{name}` that durable-rules compares rightly")


def _refused(message: str) -> EngineFailed:
    return EngineFailed(Problem("engine_failed", message, help=ANOTHER_ENGINE))


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _hash(name: str) -> int:
    """Return the 32-bit FNV-1a hash by which the library knows a name."""
    found = 0x811C9DC5
    for byte in name.encode():
        found = (found ^ byte) * 0x01000193 % 2**32
    return found
