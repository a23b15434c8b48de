"""Forward chaining: the one place where the library durable-rules is used, by its C module alone.

What is known to crash it, or to make it silently wrong, cannot be reached from here: rules are built from a few kinds
of tests, properties are declared with their types, what the library holds is bounded, one fact is asserted at a time,
and after any error the rules are built anew.
"""

from __future__ import annotations

import json
import os
import threading
import weakref
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple, NewType

from attrs import define, field

from smpolicy.errors import EngineFailed, EngineUnavailable, Problem, shorten
from smpolicy.forward_rules import (
    ANOTHER_ENGINE,
    MOST_JOINED,
    PRIMER,
    Check,
    Fact,
    Joined,
    Properties,
    Size,
    check_properties,
    check_reads,
    checked,
    guarded,
    refused,
    rule_name,
    to_data,
)

MOST_TOGETHER = 24
"""How many facts are asserted together; of more, each two are looked at in several runs."""
Written = NewType("Written", str)
"""Properties of a fact as the library reads them; `write` makes them."""


class Conclusion(NamedTuple):
    """What one firing of a rule about two facts says.

    Attributes:
        name: the name of the rule.
        facts: the facts for which it fired, as they were given: `a` the first, `b` the second.
    """

    name: str
    facts: Mapping[str, Fact]


@define(slots=True, eq=False)
class _Handle:
    """A set of rules within the library, with the lock under which it is used, in the process that made it.

    Attributes:
        number: the library's number of it.
        process: the process that made it.
        fired: whether its session holds anything since something fired; shared with what deletes it in the end.
        lock: the lock.
        discarded: whether it was thrown away after an error.
    """

    number: int
    process: int
    fired: list[bool]
    lock: threading.Lock = field(factory=threading.Lock)
    discarded: bool = False


@define(slots=True, eq=False)
class _Session:
    """Some rules within the library, and one live session of them.

    Attributes:
        properties: the properties that facts may have.
        definition: the rules, as the library reads them.
    """

    properties: Properties
    definition: str = field(repr=False)
    _library: Any = field(repr=False)
    _handle: _Handle | None = field(default=None, repr=False)

    def write(self, values: Fact) -> Written:
        """Return properties of a fact as the library reads them.

        Raises:
            EngineFailed: one is not declared, or its value is none that the library compares rightly.
        """
        for name, value in values.items():
            if name not in self.properties:
                raise refused(f"`{shorten(name)}` is no declared property of a fact")
            checked(name, value, self.properties[name])
        return Written("".join(f",{_to_json(name)}:{_to_json(value)}" for name, value in values.items()))

    def _assert(self, handle: _Handle, fact: str) -> list[str]:
        """Assert one fact, and return every firing that follows, as the library writes it."""
        library, number = self._library, handle.number
        code, state = library.assert_fact(number, fact)
        if code == NOTHING_FIRED:
            return []
        if code != FIRED:
            raise _Unexpected(f"a fact was answered with the code {code}")
        handle.fired[0] = True
        fired = []
        started = library.start_action_for_state(number, state)
        message = started[1] if started else None
        while message:
            fired.append(message)
            message = library.complete_and_start_action(number, state)
        return fired

    def _live(self) -> _Handle:
        """Return the rules within the library, made anew after an error and in a process that was forked."""
        handle = self._handle
        if handle is None or handle.process != os.getpid():
            try:
                number = self._library.create_ruleset("smpolicy", self.definition)
            except Exception as error:
                raise _failed(error) from error
            handle = self._handle = _Handle(number, os.getpid(), [False])
            weakref.finalize(handle, _delete, self._library, number, handle.process, handle.fired).atexit = False
        return handle

    def _discard(self, handle: _Handle) -> None:
        """Throw rules away of which it is no longer known in what state they are; called under their lock."""
        handle.discarded, handle.fired[0] = True, False  # its session is not touched again
        if self._handle is handle:
            self._handle = None


class SingleRules(_Session):
    """Rules that each test one fact."""

    __slots__ = ()

    def fired(self, written: Iterable[Written]) -> frozenset[str]:
        """Return the names of the rules that fire for one fact.

        Args:
            written: its properties, each written once.

        Raises:
            EngineFailed: the library failed; the next call starts anew.
        """
        fact = f"{START}{''.join(written)}}}"
        while True:
            handle = self._live()
            with handle.lock:
                if handle.discarded:
                    continue  # it failed for another thread meanwhile
                try:
                    fired = self._assert(handle, fact)
                    # A fact for which nothing fires is not kept; of one that is, the id is enough.
                    if fired and self._library.retract_fact(handle.number, RETRACTED)[0] != FIRED:
                        raise _Unexpected("a fact could not be retracted")
                    return frozenset([each[2 : each.index('"', 2)] for each in fired])
                except BaseException as error:  # an interrupt, too, leaves firings behind
                    self._discard(handle)
                    raise _failed(error) if isinstance(error, Exception) else error from error


class JoinedRules(_Session):
    """Rules that each test two facts together."""

    __slots__ = ()

    def conclude(self, facts: Sequence[Fact]) -> list[Conclusion]:
        """Return what rules conclude from facts, each two of them together.

        Args:
            facts: the facts.

        Raises:
            EngineFailed: a fact is none that the library reads rightly, or the library failed; the next call starts
                anew.
        """
        written = [
            f'{{"id":"{number}","sid":"{SCRATCH}","one":1{self.write(fact)}}}' for number, fact in enumerate(facts)
        ]
        found: dict[tuple[str, int, int], Conclusion] = {}
        for together in _in_turn(written):
            for message in self._run(together):
                ((name, by_alias),) = json.loads(message).items()
                if name != PRIMER:
                    first, second = int(by_alias["a"]["id"]), int(by_alias["b"]["id"])
                    found[name, first, second] = Conclusion(name, {"a": facts[first], "b": facts[second]})
        return list(found.values())

    def _run(self, facts: Sequence[str]) -> list[str]:
        while True:
            handle = self._live()
            with handle.lock:
                if handle.discarded:
                    continue  # it failed for another thread meanwhile
                try:
                    # A session that never fired must not be deleted: one rule fires first, for a fact of its own.
                    primed = self._assert(handle, PRIMING)
                    fired = [each for fact in facts for each in self._assert(handle, fact)]
                    if not primed:
                        raise _Unexpected("a session could not be begun")
                    self._library.delete_state(handle.number, SCRATCH)
                    handle.fired[0] = False
                except BaseException as error:
                    self._discard(handle)
                    raise _failed(error) if isinstance(error, Exception) else error from error
                return fired


class _Unexpected(Exception):
    """The library answered something that it should not."""


FIRED, NOTHING_FIRED = 0, 1
SCRATCH = "s"
START = f'{{"id":"fact","sid":"{SCRATCH}","one":1'
RETRACTED = f'{{"id":"fact","sid":"{SCRATCH}"}}'
PRIMING = f'{{"id":"{PRIMER}","sid":"{SCRATCH}","one":1,"{PRIMER}":1}}'


def _in_turn(facts: Sequence[str]) -> Iterable[Sequence[str]]:
    """Yield few facts at once, such that each two come together: many would fire more rules than the library bears."""
    if len(facts) <= MOST_TOGETHER:
        yield facts
        return
    half = MOST_TOGETHER // 2
    for one, other in combinations([facts[start : start + half] for start in range(0, len(facts), half)], 2):
        yield [*one, *other]


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


def single(rules: Mapping[str, Check], properties: Properties) -> SingleRules:
    """Return rules that each test one fact.

    Args:
        rules: the test of each rule, by its name.
        properties: every property that facts may have, with its type.

    Raises:
        EngineUnavailable: the library cannot be imported.
        EngineFailed: the rules are more than the library bears, or two names are one to it.
    """
    check_properties(properties)
    size = Size.of(rules.values())
    if not size.fits():
        raise refused(f"the rules are too many or too large for one set of durable-rules: {size}")
    for name, test in rules.items():
        if test.joins:
            raise refused(f"the rule `{shorten(name)}` joins two facts")
        check_reads(test, properties)
    definition = {rule_name(name): {"all": [{"m": guarded(test)}]} for name, test in rules.items()}
    return SingleRules(properties, _to_json(definition), library())


def joined(rules: Mapping[str, Joined], properties: Properties) -> JoinedRules:
    """Return rules that each test two facts together.

    Args:
        rules: the tests of each rule, by its name.
        properties: every property that facts may have, with its type.

    Raises:
        EngineUnavailable: the library cannot be imported.
        EngineFailed: the rules are more than the library bears, or two names are one to it.
    """
    check_properties(properties)
    tests = [test for rule in rules.values() for test in (rule.first, *rule.second)]
    if len(rules) > MOST_JOINED or any(test.alternatives for test in tests) or not Size.of(tests).fits():
        raise refused("rules about two facts are too many or too large, or one of their tests has alternatives")
    definition: dict[str, Any] = {PRIMER: {"all": [{"m": {"$and": [{"one": 1}, {PRIMER: 1}]}}]}}
    for name, rule in rules.items():
        if rule.first.joins:
            raise refused(f"the first fact of the rule `{shorten(name)}` joins another")
        for test in (rule.first, *rule.second):
            check_reads(test, properties)
        # Tests of the second fact alone come first. The last join must be one that always holds: one that fails there
        # corrupts the library's memory.
        second = [to_data(test) for test in sorted(rule.second, key=lambda test: test.joins)]
        patterns = [{"a": guarded(rule.first)}, {"b": {"$and": [{"one": 1}, *second, {"one": {"a": "one"}}]}}]
        definition[rule_name(name)] = {"all": patterns}
    return JoinedRules(properties, _to_json(definition), library())


def _delete(library: Any, number: int, process: int, fired: list[bool]) -> None:
    """Delete rules that nobody uses any longer; those of a process that was forked are left alone."""
    if process == os.getpid():
        if fired[0]:  # a session in which nothing fired must not be deleted; one in which something did holds memory
            library.delete_state(number, SCRATCH)
        library.delete_ruleset(number)


def _failed(error: Exception) -> EngineFailed:
    return EngineFailed(Problem("engine_failed", f"durable-rules failed: {error}", help=ANOTHER_ENGINE))


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
