"""Tests of smpolicy.forward: what durable-rules gets wrong, or crashes at, is out of reach."""

from __future__ import annotations

import gc
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import smpolicy
from smpolicy import forward, forward_rules
from smpolicy.errors import EngineFailed, EngineUnavailable
from smpolicy.forward import SingleRules, joined, library, single
from smpolicy.forward_rules import (
    LARGEST,
    MOST_ALTERNATIVES,
    MOST_CONNECTIVES,
    MOST_FIRINGS,
    MOST_JOINED,
    MOST_PROPERTIES,
    MOST_TESTS,
    MOST_TEXT,
    RESERVED,
    Check,
    Fact,
    Joined,
    Properties,
    at_least,
    below,
    check_properties,
    contrary,
    differs,
    equals,
    every,
    hash_of,
    is_below,
    reaches,
    same,
    some,
)
from tests.usable import needs_durable

PROPERTIES: Properties = {"flag": bool, "other": bool, "count": int, "size": int, "word": str}
VALUES: Mapping[str, tuple[Any, ...]] = {
    "flag": (True, False),
    "other": (True, False),
    "count": (-LARGEST, -1, 0, 1, 2, LARGEST),
    "size": (0, 1, 2),
    "word": ("", "true", "1", 'say "no"', "back\\slash", "caf\u00e9", "line\nbreak", "\U0001f989"),
}


def holds(test: Check, fact: Fact, first: Fact | None = None) -> bool:
    """Return whether a test holds of a fact: the meaning, in plain Python; absent properties hold of nothing."""
    if test.parts:
        return (all if test.operator == "$and" else any)(holds(part, fact, first) for part in test.parts)
    ((name, value),) = test.written.items()
    operator, (name, value) = (name, *value.items()) if name.startswith("$") else ("$eq", (name, value))
    if isinstance(value, dict):
        assert first is not None
        value = first.get(value["a"])
    if name not in fact or value is None:
        return False
    found: Any = fact[name]
    meaning: dict[str, Callable[[], bool]] = {
        "$eq": lambda: found == value,
        "$neq": lambda: found != value,
        "$gte": lambda: found >= value,
        "$lt": lambda: found < value,
    }
    return meaning[operator]()


def fired(rules: SingleRules, fact: Fact) -> frozenset[str]:
    """Return which rules fire for a fact."""
    return rules.fired([rules.write(fact)])


def leaves() -> st.SearchStrategy[Check]:
    """Return a strategy for tests of one property."""

    def of(name: str) -> st.SearchStrategy[Check]:
        values = st.sampled_from(VALUES[name])
        plain = st.builds(equals, st.just(name), values) | st.builds(differs, st.just(name), values)
        if PROPERTIES[name] is not int:
            return plain
        return plain | st.builds(at_least, st.just(name), values) | st.builds(below, st.just(name), values)

    return st.sampled_from(sorted(PROPERTIES)).flatmap(of)


def trees() -> st.SearchStrategy[Check]:
    """Return a strategy for tests that join others, as large as one rule may be."""
    deep = st.recursive(
        leaves(), lambda inner: st.builds(every, few(inner)) | st.builds(some, few(inner)), max_leaves=8
    )
    return deep.filter(lambda test: test.firings <= 8 and test.connectives <= MOST_CONNECTIVES)


def few(inner: st.SearchStrategy[Check]) -> st.SearchStrategy[list[Check]]:
    """Return a strategy for one to four of something."""
    return st.lists(inner, min_size=1, max_size=4)


def facts(least: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for facts, with some of the properties."""
    each = {name: st.sampled_from(values) for name, values in VALUES.items()}
    return st.fixed_dictionaries({}, optional=each).filter(lambda fact: len(fact) >= least)


class Failing:
    """The library, but one of its functions fails when it is told to.

    Attributes:
        wrong: the function and what happens instead of it.
        deleted: the rules that were deleted.
    """

    def __init__(self) -> None:
        self.library, self.wrong = library(), dict[str, Callable[[], Any]]()
        self.created: list[int] = []
        self.deleted: list[int] = []

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.library, name)

        def call(*arguments: Any) -> Any:
            if name in self.wrong:
                return self.wrong.pop(name)()
            found = real(*arguments)
            if name == "create_ruleset":
                self.created.append(found)
            if name == "delete_ruleset":
                self.deleted.append(arguments[0])
            return found

        return call


def failing(error: BaseException) -> Callable[[], Any]:
    """Return what raises an error."""

    def fail() -> Any:
        raise error

    return fail


class TestOneTest:
    @pytest.mark.parametrize("join", [every, some])
    def test_nothing_joined(self, join: Any) -> None:
        """A connective of no tests, which the library takes for true, is refused."""
        with pytest.raises(EngineFailed, match="joins no tests"):
            join([])

    @pytest.mark.parametrize(
        "value",
        [
            pytest.param(None, id="null differs from nothing"),
            pytest.param(1.5, id="a fraction"),
            pytest.param({"a": "b"}, id="an object is read as a join"),
            pytest.param([1], id="a list"),
            pytest.param(2**63, id="numbers from 2**63 are all equal"),
            pytest.param(-(2**63), id="so is the lowest one left out"),
            pytest.param("x" * (MOST_TEXT + 1), id="lengths of texts are compared by 16 bits"),
            pytest.param("\u00e9" * (MOST_TEXT // 2 + 1), id="of bytes"),
            pytest.param("a\0b", id="a text ends at its first null"),
            pytest.param("\ud800", id="half a character"),
        ],
    )
    @pytest.mark.parametrize("make", [equals, differs])
    def test_values(self, make: Any, value: object) -> None:
        """A value that the library compares wrongly is refused."""
        with pytest.raises(EngineFailed, match="compares rightly"):
            make("word", value)

    @pytest.mark.parametrize("make", [at_least, below])
    @pytest.mark.parametrize("value", [True, "2026-01-01"])
    def test_order(self, make: Any, value: object) -> None:
        """Only numbers have an order: dates as texts would be misordered."""
        with pytest.raises(EngineFailed, match="compares rightly"):
            make("count", value)

    @given(trees())
    def test_one_key(self, test: Check) -> None:
        """No condition ever has two keys, of which the library would ignore one."""
        listed: list[Any] = [forward_rules.to_data(test)]
        while listed:
            each = listed.pop()
            if isinstance(each, list):
                listed += each
            elif isinstance(each, Mapping):
                assert len(each) == 1
                listed += each.values()

    @given(leaves(), facts())
    def test_contrary(self, test: Check, fact: Fact) -> None:
        """Of a property that is there the contrary of a test holds exactly where the test does not."""
        if test.reads[0] in fact:
            assert holds(contrary(test), fact) is not holds(test, fact)

    def test_contrary_of_several(self) -> None:
        """What joins several tests has no contrary that is one test."""
        with pytest.raises(EngineFailed, match="only the contrary of a test of one property"):
            contrary(every([equals("flag", True), equals("other", True)]))


class TestProperties:
    def test_collision(self) -> None:
        """Two names that are one to the library are refused."""
        assert hash_of("costarring") == hash_of("liquid")
        with pytest.raises(EngineFailed, match="`liquid` and `costarring` are one"):
            check_properties({"costarring": int, "liquid": int})

    @pytest.mark.parametrize("name", RESERVED)
    def test_reserved(self, name: str) -> None:
        """Names of the library's own, joining on which crashes it, are refused."""
        with pytest.raises(EngineFailed):
            check_properties({name: str})

    @pytest.mark.parametrize("name", ["$forward", "$foo", "a.b", "", "caf\u00e9", 'a"b'])
    def test_plain(self, name: str) -> None:
        """Names that the library takes for something else are refused, among them the one that switches `or` off."""
        with pytest.raises(EngineFailed, match="no plain name"):
            check_properties({name: bool})

    def test_many(self) -> None:
        """More properties than a fact takes are refused."""
        with pytest.raises(EngineFailed, match="more than a fact takes"):
            check_properties({f"p{number}": int for number in range(MOST_PROPERTIES + 1)})

    @pytest.mark.parametrize(
        "test",
        [
            pytest.param(equals("missing", 1), id="not declared"),
            pytest.param(equals("flag", 1), id="1 equals true"),
            pytest.param(equals("flag", "true"), id="so does the text"),
            pytest.param(differs("word", True), id="and the other way round"),
            pytest.param(every([equals("count", 1), at_least("word", 1)]), id="somewhere within"),
        ],
    )
    def test_types(self, test: Check) -> None:
        """A test that takes a property for what it is not declared to be is refused."""
        with pytest.raises(EngineFailed, match="not declared to be"):
            single({"rule": test}, PROPERTIES)

    @pytest.mark.parametrize("name", ["pri-or", "a b", "", 'r"', "primer", "one", "r$all"])
    def test_rules(self, name: str) -> None:
        """Names of rules that could not be read back, or mean something to the library, are refused."""
        with pytest.raises(EngineFailed, match="no plain name of a rule"):
            single({name: equals("flag", True)}, PROPERTIES)


@needs_durable
class TestFacts:
    @pytest.mark.parametrize("name", ["$forward", "id", "sid", "missing", "one"])
    def test_undeclared(self, name: str) -> None:
        """A fact has no property that is not declared: none that switches rules off, no id of its own."""
        with pytest.raises(EngineFailed, match="no declared property"):
            single({"rule": equals("flag", True)}, PROPERTIES).write({name: 1})

    @pytest.mark.parametrize(
        ("name", "value"),
        [("flag", 1), ("flag", "true"), ("flag", None), ("count", True), ("count", 1.0), ("word", 1), ("count", 2**63)],
    )
    def test_types(self, name: str, value: Any) -> None:
        """A property is never of another type than it is declared to have."""
        with pytest.raises(EngineFailed, match="compares rightly"):
            single({"rule": equals("flag", True)}, PROPERTIES).write({name: value})


@needs_durable
class TestSingle:
    @given(st.lists(trees(), min_size=1, max_size=5), st.lists(facts(), min_size=1, max_size=6))
    def test_meaning(self, tests: list[Check], given_: list[Fact]) -> None:
        """Exactly the rules fire whose tests hold, whatever was asserted before."""
        rules = single({f"r{index}": test for index, test in enumerate(tests)}, PROPERTIES)
        for fact in given_:
            assert fired(rules, fact) == {f"r{index}" for index, test in enumerate(tests) if holds(test, fact)}

    def test_again(self) -> None:
        """The same fact fires the same rules again, though its id is the same."""
        rules = single({"rule": equals("flag", True)}, PROPERTIES)
        assert [fired(rules, {"flag": True}) for _ in range(3)] == [{"rule"}] * 3

    def test_nothing_known(self) -> None:
        """For a fact without properties no rule fires, not even one that only rules something out."""
        assert fired(single({"rule": differs("flag", True)}, PROPERTIES), {}) == frozenset()

    def test_alternatives(self) -> None:
        """A rule of which several alternatives hold is named once."""
        rules = single({"rule": some([equals("flag", True), equals("other", True)])}, PROPERTIES)
        assert fired(rules, {"flag": True, "other": True}) == {"rule"}

    @pytest.mark.parametrize(
        "tests",
        [
            pytest.param([equals("flag", True)] * (MOST_FIRINGS + 1), id="firings"),
            pytest.param([some([equals("size", each) for each in range(MOST_FIRINGS + 1)])], id="firings of one rule"),
            pytest.param(
                [every([some([equals("flag", True), equals("other", True)])] * 6)], id="alternatives multiplied"
            ),
            pytest.param(
                [every([some([at_least("size", each)] * 2, True) for each in range(MOST_CONNECTIVES)])],
                id="connectives",
            ),
            pytest.param(
                [
                    every([some([equals("size", each), equals("size", -each)], True) for each in range(1, 13)])
                    for _ in range(MOST_ALTERNATIVES // 12 + 1)
                ],
                id="alternatives",
            ),
            pytest.param(
                [every([equals("size", each) for each in range(MOST_TESTS // 2 + 1)]) for _ in range(2)], id="tests"
            ),
        ],
    )
    def test_too_much(self, tests: list[Check]) -> None:
        """Rules that are more than the library bears are refused before it sees them."""
        with pytest.raises(EngineFailed, match="too many or too large"):
            single({f"r{index}": test for index, test in enumerate(tests)}, PROPERTIES)

    def test_no_joins(self) -> None:
        """A rule about one fact joins no other."""
        with pytest.raises(EngineFailed, match="joins two facts"):
            single({"rule": same("count", "a", "size")}, PROPERTIES)


@needs_durable
class TestLimits:
    """What is let through up to each limit is decided rightly: the limits are not too high."""

    def test_firings(self) -> None:
        """As many rules as may fire at once do, again and again."""
        rules = single({f"r{number}": at_least("size", number) for number in range(MOST_FIRINGS)}, PROPERTIES)
        for size in (MOST_FIRINGS, 3, MOST_FIRINGS, 0):
            assert len(fired(rules, {"size": size})) == min(MOST_FIRINGS, size + 1)

    def test_same_rules(self) -> None:
        """Many rules of one and the same test all fire."""
        rules = single({f"r{number}": equals("flag", True) for number in range(MOST_FIRINGS)}, PROPERTIES)
        assert len(fired(rules, {"flag": True})) == MOST_FIRINGS

    def test_chain(self) -> None:
        """A rule in which connectives nest as deeply as they may, each of them needed."""
        test = equals("size", 0)
        for number in range(1, MOST_CONNECTIVES + 1):
            other = equals("size", number)
            test = some([other, test], exclusive=True) if number % 2 else every([differs("count", number), test])
        assert test.connectives == MOST_CONNECTIVES
        rules = single({"rule": test}, PROPERTIES)
        for size in range(-1, MOST_CONNECTIVES + 2):
            for count in range(MOST_CONNECTIVES + 2):
                fact = {"size": size, "count": count}
                assert (fired(rules, fact) == {"rule"}) is holds(test, fact)

    def test_tests(self) -> None:
        """As many tests of one property as there may be, all in one place."""
        names = [f"r{number}" for number in range(MOST_FIRINGS)]
        share = MOST_TESTS // MOST_FIRINGS
        rules = single(
            {
                name: some([equals("count", index * share + each) for each in range(share)], exclusive=True)
                for index, name in enumerate(names[:12])
            }
            | {
                "rest": some([equals("count", -each) for each in range(1, MOST_TESTS - 12 * share + 1)], exclusive=True)
            },
            PROPERTIES,
        )
        for count in range(-(MOST_TESTS - 12 * share), 12 * share):
            assert fired(rules, {"count": count}) == {f"r{count // share}" if count >= 0 else "rest"}

    def test_alternatives(self) -> None:
        """As many alternatives as there may be, all in one place."""
        both = [every([some([equals("size", number), equals("count", 1)], True)] * 2) for number in range(MOST_FIRINGS)]
        assert MOST_ALTERNATIVES - 4 <= sum(each.alternatives for each in both) <= MOST_ALTERNATIVES
        rules = single({f"r{number}": test for number, test in enumerate(both)}, PROPERTIES)
        assert fired(rules, {"size": 7, "count": 0}) == {"r7"}
        assert len(fired(rules, {"size": -1, "count": 1})) == MOST_FIRINGS

    def test_properties(self) -> None:
        """As many properties as a fact may have."""
        names = [f"p{number}" for number in range(MOST_PROPERTIES)]
        rules = single({"rule": every([equals(name, 1) for name in names])}, dict.fromkeys(names, int))
        assert fired(rules, dict.fromkeys(names, 1)) == {"rule"}
        assert fired(rules, dict.fromkeys(names, 1) | {names[50]: 0}) == frozenset()

    def test_long_texts(self) -> None:
        """The longest texts that are let through differ where they differ."""
        long = "x" * MOST_TEXT
        rules = single({"rule": equals("word", long)}, PROPERTIES)
        assert fired(rules, {"word": long}) == {"rule"}
        assert fired(rules, {"word": long[:-1]}) == fired(rules, {"word": long[:-1] + "y"}) == frozenset()


@needs_durable
class TestFailures:
    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> Failing:
        """A library that fails when it is told to."""
        made = Failing()
        monkeypatch.setattr(forward, "library", lambda: made)
        return made

    @pytest.mark.parametrize(
        "name", ["assert_fact", "start_action_for_state", "complete_and_start_action", "retract_fact"]
    )
    def test_single(self, broken: Failing, name: str) -> None:
        """After any error there is no answer, the rules are thrown away, and the next call starts anew."""
        rules = single({"rule": equals("flag", True)}, PROPERTIES)
        fired(rules, {"flag": True})
        broken.wrong[name] = failing(RuntimeError("it broke"))
        with pytest.raises(EngineFailed, match="it broke"):
            fired(rules, {"flag": True})
        gc.collect()
        assert broken.deleted == broken.created[:1]
        assert fired(rules, {"flag": False}) == frozenset()
        assert fired(rules, {"flag": True}) == {"rule"}
        assert len(broken.created) == 2

    @pytest.mark.parametrize("name", ["assert_fact", "start_action_for_state", "delete_state"])
    def test_joined(self, broken: Failing, name: str) -> None:
        """The same where facts are joined."""
        rules = joined({"rule": Joined(equals("flag", True), (same("count", "a", "count"),))}, PROPERTIES)
        pair = [{"flag": True, "count": 1}, {"flag": False, "count": 1}]
        wanted = rules.conclude(pair)
        broken.wrong[name] = failing(RuntimeError("it broke"))
        with pytest.raises(EngineFailed, match="it broke"):
            rules.conclude(pair)
        assert rules.conclude(pair) == wanted != []
        assert len(broken.created) == 2

    @pytest.mark.parametrize("code", [2, 3, 303])
    def test_odd_answer(self, broken: Failing, code: int) -> None:
        """An answer that the library should never give is an error, not an empty set."""
        rules = single({"rule": equals("flag", True)}, PROPERTIES)
        broken.wrong["assert_fact"] = lambda: (code, 0)
        with pytest.raises(EngineFailed, match=f"the code {code}"):
            fired(rules, {"flag": True})

    def test_not_retracted(self, broken: Failing) -> None:
        """A fact that could not be retracted is an error."""
        rules = single({"rule": equals("flag", True)}, PROPERTIES)
        broken.wrong["retract_fact"] = lambda: (1, 0)
        with pytest.raises(EngineFailed, match="could not be retracted"):
            fired(rules, {"flag": True})

    def test_interrupt(self, broken: Failing) -> None:
        """An interrupt passes, and leaves no firing behind for the next fact."""
        rules = single({"rule": equals("flag", True), "other": equals("other", True)}, PROPERTIES)
        broken.wrong["complete_and_start_action"] = failing(KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            fired(rules, {"flag": True, "other": True})
        assert fired(rules, {"other": True}) == {"other"}

    def test_not_created(self, broken: Failing) -> None:
        """Rules that the library refuses are an error, whenever they are used."""
        rules = single({"rule": equals("flag", True)}, PROPERTIES)
        broken.wrong["create_ruleset"] = failing(RuntimeError("no room"))
        with pytest.raises(EngineFailed, match="no room"):
            fired(rules, {"flag": True})
        assert fired(rules, {"flag": True}) == {"rule"}

    def test_leftovers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Were the limit of firings passed, the library's error would surface, and its leftovers would not."""
        monkeypatch.setattr(forward_rules, "MOST_FIRINGS", 1_000)
        rules = single({f"r{number}": at_least("size", number) for number in range(80)}, PROPERTIES)
        with pytest.raises(EngineFailed, match="303"):
            fired(rules, {"size": 100})
        assert fired(rules, {"size": 2}) == {"r0", "r1", "r2"}

    def test_another_thread_waiting(self, broken: Failing) -> None:
        """A thread that waits while the rules fail for another one does not use those thrown away."""
        rules = single({"rule": equals("flag", True)}, PROPERTIES)
        fired(rules, {"flag": True})
        inside, go_on, found = threading.Event(), threading.Event(), list[frozenset[str]]()

        def fail_slowly() -> Any:
            inside.set()
            assert go_on.wait(30)
            raise RuntimeError("it broke")

        def fail() -> None:
            with pytest.raises(EngineFailed):
                fired(rules, {"flag": True})

        broken.wrong["assert_fact"] = fail_slowly
        first = threading.Thread(target=fail)
        first.start()
        assert inside.wait(30)
        second = threading.Thread(target=lambda: found.append(fired(rules, {"flag": True})))
        second.start()
        go_on.set()
        first.join(30)
        second.join(30)
        assert found == [{"rule"}]
        assert len(broken.created) == 2

    def test_deleted(self, broken: Failing) -> None:
        """Rules that nobody holds any longer are deleted from the library, which would keep a megabyte of each."""
        rules: SingleRules | None = single({"rule": equals("flag", True)}, PROPERTIES)
        assert rules is not None
        fired(rules, {"flag": True})
        rules = None
        gc.collect()
        assert broken.deleted == broken.created != []


FORK = """
import os, sys
from smpolicy.forward import single, joined
from smpolicy.forward_rules import Joined, at_least, same
rules = single({f"r{n}": at_least("size", n) for n in range(20)}, {"size": int})
pairs = joined({"pair": Joined(at_least("size", 0), (same("size", "a", "size"),))}, {"size": int})
def answers():
    found = [sorted(rules.fired([rules.write({"size": n % 25})])) for n in range(200)]
    return repr((found, [len(pairs.conclude([{"size": 1}] * n)) for n in range(4)]))
before = answers()
lock = rules._handle.lock
lock.acquire()  # as another thread would hold it at the moment of the fork
children = []
for _ in range(3):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"same" if answers() == before and rules._handle.process == os.getpid() else b"other")
        os._exit(0)
    os.close(writing)
    children.append((child, reading))
lock.release()
for child, reading in children:
    os.waitpid(child, 0)
    print(os.read(reading, 10).decode())
print("same" if answers() == before else "other")
"""


@needs_durable
class TestSharing:
    def test_threads(self) -> None:
        """Eight threads that share rules all get what one gets alone."""
        rules = single({f"r{number}": at_least("size", number) for number in range(20)}, PROPERTIES)
        wanted = [fired(rules, {"size": number % 25}) for number in range(300)]
        with ThreadPoolExecutor(8) as pool:
            runs = [
                pool.submit(lambda: [fired(rules, {"size": number % 25}) for number in range(300)]) for _ in range(8)
            ]
            assert all(run.result() == wanted for run in runs)

    def test_fork(self) -> None:
        """A process that was forked, even while the rules were in use, makes its own, and gets the same answers."""
        found = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, timeout=120, check=False)
        assert (found.stdout.split(), found.stderr) == (["same"] * 4, "")


MOMENTS = st.integers(0, 6)
PEOPLE, ROLES = st.sampled_from(("ada", "bo", 'c"d', "\u00e9")), st.sampled_from(("chief", "counsel"))
HISTORY: Properties = {
    "is_": str, "number": int, "by": str, "role": str, "given": int, "expires": int, "approval": int, "to": str,
    "since": int, "until": int, "due": int, "now": int,
}  # fmt: skip
DESK = {
    "taken_back": Joined(equals("is_", "approval"), (equals("is_", "taken_back"), same("approval", "a", "number"))),
    "lapsed": Joined(equals("is_", "approval"), (equals("is_", "now"), reaches("now", "a", "expires"))),
    "waited": Joined(equals("is_", "step"), (reaches("now", "a", "due"), equals("is_", "now"))),
    "borrowed": Joined(
        equals("is_", "loan"),
        (
            equals("is_", "approval"),
            same("by", "a", "to"),
            same("role", "a", "role"),
            reaches("given", "a", "since"),
            is_below("given", "a", "until"),
        ),
    ),
}


def histories() -> st.SearchStrategy[list[Fact]]:
    """Return a strategy for what may be known of a case, in any order."""
    kinds: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "approval": {"number": MOMENTS, "by": PEOPLE, "role": ROLES, "given": MOMENTS, "expires": MOMENTS},
        "taken_back": {"approval": MOMENTS},
        "loan": {"to": PEOPLE, "role": ROLES, "since": MOMENTS, "until": MOMENTS},
        "step": {"due": MOMENTS},
        "now": {"now": MOMENTS},
    }
    each = [st.fixed_dictionaries({"is_": st.just(kind), **keys}) for kind, keys in kinds.items()]
    return st.lists(st.one_of(each), max_size=12)


def pairs(rules: Mapping[str, Joined], given_: Sequence[Fact]) -> list[tuple[str, str, str]]:
    """Return what rules conclude of each two facts, in plain Python."""
    found = [
        (name, json.dumps(one), json.dumps(other))
        for name, rule in rules.items()
        for index, one in enumerate(given_)
        for number, other in enumerate(given_)
        if index != number and holds(rule.first, one) and all(holds(test, other, one) for test in rule.second)
    ]
    return sorted(found)


def concluded(rules: forward.JoinedRules, given_: Sequence[Fact]) -> list[tuple[str, str, str]]:
    """Return what the library concludes of each two facts."""
    return sorted(
        (name, json.dumps(by_alias["a"]), json.dumps(by_alias["b"])) for name, by_alias in rules.conclude(given_)
    )


@pytest.fixture(scope="module")
def desk() -> forward.JoinedRules:
    """Rules such as the approval desk has."""
    return joined(DESK, HISTORY)


@needs_durable
class TestJoined:
    @settings(max_examples=500)
    @given(given_=histories())
    def test_histories(self, desk: forward.JoinedRules, given_: list[Fact]) -> None:
        """Taking back by number, expiry, a wait, and a loan by person, role and time: concluded as in plain Python."""
        assert concluded(desk, given_) == pairs(DESK, given_)

    def test_nothing(self, desk: forward.JoinedRules) -> None:
        """Of no facts, and of facts for which nothing fires, nothing follows, again and again."""
        several: list[list[Fact]] = [[], [{"is_": "now", "now": 3}], [], [{}]]
        for given_ in several:
            assert desk.conclude(given_) == []

    def test_many(self, desk: forward.JoinedRules) -> None:
        """Of so many facts that hundreds of rules would fire at once each is concluded, and once."""
        given_: list[Fact] = [
            {"is_": "approval", "number": each, "by": "ada", "role": "chief", "given": 3, "expires": 4}
            for each in range(70)
        ]
        given_ += [
            {"is_": "loan", "number": each, "to": "ada", "role": "chief", "since": 0, "until": 9} for each in range(40)
        ]
        given_.append({"is_": "now", "now": 5})
        found = concluded(desk, given_)
        assert found == pairs(DESK, given_)
        assert len(found) == 70 + 70 * 40

    def test_given_back(self, desk: forward.JoinedRules) -> None:
        """The facts of a conclusion are those that were given."""
        case: Fact = {"is_": "step", "due": 1}
        now: Fact = {"is_": "now", "now": 1}
        ((name, by_alias),) = desk.conclude([now, case])
        assert (name, by_alias["a"] is case, by_alias["b"] is now) == ("waited", True, True)

    @pytest.mark.parametrize(
        ("rule", "message"),
        [
            (Joined(same("now", "a", "due"), (equals("now", 1),)), "the first fact"),
            (Joined(equals("now", 1), (same("now", "a", "id"),)), "not declared"),
            (Joined(equals("now", 1), (same("id", "a", "now"),)), "not declared"),
            (Joined(equals("now", 1), (same("now", "a", "sid"),)), "not declared"),
            (Joined(equals("now", 1), (same("now", "a", "by"),)), "not declared"),
            (Joined(equals("now", 1), (reaches("by", "a", "to"),)), "not declared"),
            (Joined(some([equals("now", 1), equals("due", 1)]), (equals("now", 1),)), "has alternatives"),
        ],
    )
    def test_refused(self, rule: Joined, message: str) -> None:
        """Joins that crash the library, or that compare what cannot be compared, are refused."""
        with pytest.raises(EngineFailed, match=message):
            joined({"rule": rule}, HISTORY)

    @pytest.mark.parametrize("make", [same, reaches, is_below])
    def test_alias(self, make: Any) -> None:
        """A join names the first fact, and nothing else."""
        with pytest.raises(EngineFailed, match="no earlier fact `b`"):
            make("now", "b", "due")

    @pytest.mark.parametrize("join", [every, some])
    def test_under_a_connective(self, join: Any) -> None:
        """No join stands under a connective, where one that fails corrupts memory."""
        with pytest.raises(EngineFailed, match="under another connective"):
            join([equals("now", 1), same("now", "a", "due")])

    def test_last_join(self, desk: forward.JoinedRules) -> None:
        """The last join of every rule is one that always holds, and tests of one fact stand before joins."""
        for name in DESK:
            second = json.loads(desk.definition)[name]["all"][1]["b"]["$and"]
            are_joins = ['"a":' in json.dumps(each, separators=(",", ":")) for each in second]
            assert second[-1] == {"one": {"a": "one"}}
            assert are_joins == sorted(are_joins)

    def test_too_many(self) -> None:
        """More rules than one set takes are refused."""
        rule = Joined(equals("now", 1), (equals("due", 1),))
        with pytest.raises(EngineFailed, match="too many or too large"):
            joined({f"r{number}": rule for number in range(MOST_JOINED + 1)}, HISTORY)


class TestLibrary:
    def test_absent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the library cannot be imported, the error names it and the other engines."""
        monkeypatch.setitem(sys.modules, "durable_rules_engine", None)
        assert not forward.available()
        with pytest.raises(EngineUnavailable, match="durable-rules, which cannot be imported") as caught:
            single({"rule": equals("flag", True)}, PROPERTIES)
        assert caught.value.problems[0].expected == "`compiled` or `reference`, which need no library"

    def test_only_the_adapter_imports_it(self) -> None:
        """No other module of the package names the library's modules, and this one none but its C module."""
        package = Path(smpolicy.__file__).parent
        importing = re.compile(r"^\s*(import|from) +durable", re.MULTILINE)
        found = [str(path) for path in package.rglob("*.py") if importing.search(path.read_text(encoding="utf-8"))]
        assert found == [forward.__file__]
