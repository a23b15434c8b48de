"""Tests of smpolicy.engines.durable: the same two sets as the reference, or an error."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpolicy.bound_rules import KindRules
from smpolicy.engines import durable, reference
from smpolicy.errors import EngineFailed
from smpolicy.facts import Facts
from smpolicy.forward import SingleRules, available
from smpolicy.forward_rules import MOST_FIRINGS, MOST_PROPERTIES, Size
from smpolicy.kinds import CORE
from smpolicy.language.expressions import (
    FALSE,
    TRUE,
    And,
    AtLeast,
    Constant,
    Expression,
    Is,
    Not,
    OneOf,
    Or,
    Overlaps,
    Term,
    Unsettled,
    atoms,
    negate,
)
from smpolicy.vocabulary import SomeOf
from tests.benchmarks.synthetic import synthetic_rules, synthetic_values
from tests.engines.test_engines import ATOMS, NUMBER, TERMS, VALUES, A, B, rules_of
from tests.usable import REQUIRED, needs_durable

UNKNOWN: Facts = (None,) * len(TERMS)
AGE, TEXT = Term("content.date", "days"), Term("account.id")


def test_is_there_where_it_must_be() -> None:
    """A run that must leave nothing out has the library: this fails where it is missing, and tests would be skipped."""
    assert available() or not REQUIRED


def same(kind_rules: KindRules, *given_: Facts) -> bool:
    """Return whether the engine finds what the reference finds."""
    one, other = durable.prepare(kind_rules), reference.prepare(kind_rules)
    return all(one(facts) == other(facts) for facts in given_)


def conditions(most: int = 12) -> st.SearchStrategy[Expression]:
    """Return a strategy for conditions over a few atoms, nested at will, as they are and negated."""
    leaves = st.sampled_from((*ATOMS, TRUE, FALSE))

    def joined(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        parts = st.lists(inner, min_size=1, max_size=5).map(tuple)
        return st.builds(And, parts) | st.builds(Or, parts) | st.builds(Not, inner)

    return st.recursive(leaves, joined, max_leaves=most)


@needs_durable
class TestMeaning:
    @given(
        st.lists(conditions(), min_size=1, max_size=4), st.lists(st.tuples(*map(st.sampled_from, VALUES)), max_size=8)
    )
    def test_generated(self, generated: list[Expression], given_: list[Facts]) -> None:
        """Any conditions, however nested, mean what the reference says; every fact unknown is always tried."""
        assert same(rules_of(tuple(generated)), UNKNOWN, *given_)

    @pytest.mark.parametrize(
        "value", [None, frozenset(), frozenset({"tag"}), SomeOf({"tag"}), SomeOf(excludes={"tag"}), SomeOf({"share"})]
    )
    @pytest.mark.parametrize("members", [{"tag"}, {"tag", "share"}, {"tag", "share", "reply", "follow_up"}])
    def test_sets(self, value: Any, members: set[str]) -> None:
        """A set known in part has one of some members, has none, or it is unknown, as the reference says."""
        atom = Overlaps(TERMS[3], frozenset(members))
        assert same(rules_of((atom, Not(atom))), (None, None, None, value, None))

    @pytest.mark.parametrize("number", [-10, -1, 0, 1, 2, 10_000_000])
    def test_numbers(self, number: int) -> None:
        """Numbers below nought, at a bound and beyond are compared rightly."""
        atoms_ = tuple(AtLeast(NUMBER, each) for each in (-1, 0, 1, 2))
        rules = rules_of((*atoms_, *map(Not, atoms_)))
        assert same(rules, (None, None, None, None, number), UNKNOWN)

    @pytest.mark.parametrize(
        "text", [None, "", "a", 'say "no"', "back\\slash", "a\0b", "\ud800", "x" * 70_000, "\u00e9"]
    )
    def test_texts(self, text: str | None) -> None:
        """Any text is compared rightly, also what the library itself would stumble over."""
        named = OneOf(TEXT, frozenset({"a", 'say "no"', "back\\slash", "x" * 70_000}))
        assert same(rules_of((named, Not(named)), (TEXT,)), (text,))

    def test_ages(self) -> None:
        """The age of a fact is another thing than the fact."""
        rules = rules_of((AtLeast(AGE, 20), Not(AtLeast(AGE, 20))), (AGE,))
        assert same(rules, (19,), (20,), (None,), (-3,))

    def test_constant(self) -> None:
        """Conditions that are settled without facts, and those that only the agency can answer, need no library."""
        rules = rules_of((TRUE, FALSE, Unsettled("terms.published"), Or((Unsettled("terms.published"), TRUE))), ())
        assert durable.plan(rules).groups == ()
        assert durable.prepare(rules)(()) == (0b1001, 0b0100)


@needs_durable
class TestSize:
    @pytest.mark.parametrize(
        "condition",
        [
            pytest.param(
                And(
                    tuple(
                        Or((And((Is(A), AtLeast(NUMBER, each))), And((Is(B), Not(AtLeast(NUMBER, each))))))
                        for each in range(1, 30)
                    )
                ),
                id="alternatives multiplied beyond number",
            ),
            pytest.param(
                Or(tuple(And((Is(A), AtLeast(NUMBER, each), Not(AtLeast(NUMBER, each + 1)))) for each in range(300))),
                id="hundreds of alternatives",
            ),
            pytest.param(And(tuple(AtLeast(NUMBER, each) for each in range(1_000))), id="a thousand parts"),
            pytest.param(
                Or(tuple(AtLeast(NUMBER, each) for each in range(1_000, 2_000))), id="a thousand alternatives"
            ),
        ],
    )
    def test_large(self, condition: Expression) -> None:
        """A condition that no rule of the library could hold is put together from several."""
        given_ = [
            (a, b, None, None, number) for a in (True, None) for b in (False, None) for number in (6, 1_500, None)
        ]
        assert same(rules_of((condition, negate(condition))), *given_)

    def test_deep(self) -> None:
        """Nor does it matter how deeply connectives nest."""
        condition: Expression = Is(A)
        for number in range(60):
            condition = (Or if number % 2 else And)((AtLeast(NUMBER, number), condition, Not(AtLeast(NUMBER, 90))))
        given_ = [(a, None, None, None, number) for a in (True, False, None) for number in (0, 7, 31, 95, None)]
        assert same(rules_of((condition, negate(condition))), *given_)

    def test_many_names(self) -> None:
        """Of an alternative of more values than the library bears in one place, each counts."""
        values = [f"name-{number}" for number in range(1_500)]
        one = OneOf(TEXT, frozenset(values))
        rules = rules_of((one, Not(one)), (TEXT,))
        assert same(rules, *((value,) for value in (*values[::100], values[-1], "other", None)))

    def test_many_properties(self) -> None:
        """A condition that reads more facts than a fact of the library has properties."""
        members = [(path, fact.members) for path, fact in CORE.facts.items() if fact.type == "set"]
        terms = tuple(Term(path) for path, fact in CORE.facts.items() if fact.type == "bool")[:150]
        wide = Or(tuple(Overlaps(Term(path), frozenset({member})) for path, each in members for member in each)[:250])
        read = tuple(dict.fromkeys(atom.term for atom in atoms(wide) if not isinstance(atom, Unsettled | Constant)))
        rules = rules_of((And(tuple(map(Is, terms))), wide), (*terms, *read))
        empty = tuple(frozenset[str]() for _ in read)
        yes = tuple(True for _ in terms)
        assert len(terms) + 250 > MOST_PROPERTIES
        given_ = [(*yes, *empty), (*yes[1:], False, *empty), (*yes[1:], None, *empty[1:], None)]
        assert same(rules, *given_, (None,) * len(rules.terms))

    def test_every_fact_unknown(self) -> None:
        """Hundreds of rules all of which are unknown at once are shared out so that the library bears it."""
        rules = synthetic_rules(400)
        plan = durable.plan(rules)
        assert len(plan.groups) >= 2 * 400 // MOST_FIRINGS
        assert same(rules, (None,) * len(rules.terms), *(synthetic_values(rules, seed) for seed in range(5)))

    def test_shared_out(self) -> None:
        """No set of rules is more than the library bears, and no rule is left out or put in twice."""
        rules = synthetic_rules(200)
        translator, placing = durable.Translator.make(rules), durable.Placing(400)
        for index, rule in enumerate(rules.rules):
            for bit, may in ((index, False), (200 + index, True)):
                test = translator.test(rule.condition, True, may)
                assert not isinstance(test, bool)
                placing.place(test, bit)
        groups = durable.share_out(placing.entries, 200)
        assert sorted(each.bit for group in groups for each in group) == sorted(each.bit for each in placing.entries)
        for group in groups:
            assert Size.of(each.test for each in group).fits()
            assert len({name for each in group for name in each.names}) <= MOST_PROPERTIES


@needs_durable
class TestFailing:
    def test_lost_firing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A rule that is true but, says the library, not possible, shows that it lost a firing: there is no answer."""
        whole = SingleRules.fired
        monkeypatch.setattr(SingleRules, "fired", lambda self, written: whole(self, written) - {"r1"})
        engine = durable.prepare(rules_of((Is(A),), (A,)))
        with pytest.raises(EngineFailed, match="true that it did not find possible"):
            engine((True,))

    def test_odd_value(self) -> None:
        """A value that no number stands for is an error, not a rule that keeps silent."""
        engine = durable.prepare(rules_of((AtLeast(NUMBER, 7),), (NUMBER,)))
        for value in ("8", 8.0, 2**70):
            with pytest.raises(EngineFailed, match="compares rightly"):
                engine((value,))
        assert engine((8,)) == (1, 0)

    def test_forgetting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Only so many values are remembered as they are written; the others are written again."""
        monkeypatch.setattr(durable, "MOST_VALUES", 1)
        engine = durable.prepare(rules_of((AtLeast(NUMBER, 7),), (NUMBER,)))
        assert [engine((number,))[0] for number in (6, 7, 6, 8)] == [0, 1, 0, 1]


FORK = """
import os
from smpolicy.engines import make_engine
from tests.benchmarks.synthetic import synthetic_rules, synthetic_values
rules = synthetic_rules(60)
engine, other = make_engine("durable", rules), make_engine("reference", rules)
values = [synthetic_values(rules, seed) for seed in range(30)]
right = lambda: all(engine(each) == other(each) for each in values)
assert right()
children = [child for _ in range(4) if (child := os.fork()) or os._exit(0 if right() else 1)]
print([os.waitpid(child, 0)[1] for child in children], right())
"""


@needs_durable
class TestSharing:
    def test_threads(self) -> None:
        """Eight threads that share an engine find what the reference finds."""
        rules = synthetic_rules(60)
        engine, other = durable.prepare(rules), reference.prepare(rules)
        given_ = [synthetic_values(rules, seed) for seed in range(100)]
        wanted = [other(each) for each in given_]
        with ThreadPoolExecutor(8) as pool:
            runs = [pool.submit(lambda: [engine(each) for each in given_]) for _ in range(8)]
            assert all(run.result() == wanted for run in runs)

    def test_fork(self) -> None:
        """So do processes that were forked once it was in use."""
        found = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, timeout=120, check=False)
        assert (found.stdout, found.stderr) == ("[0, 0, 0, 0] True\n", "")
