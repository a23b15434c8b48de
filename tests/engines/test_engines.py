"""Tests of smpolicy.engines: each against what rules mean; tests/properties has generated ones."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from smpolicy.approvals import Need
from smpolicy.bound_rules import BoundRule, KindRules
from smpolicy.engines import NAMES, compiled, durable, indexed, make_engine, reference
from smpolicy.errors import EngineUnavailable
from smpolicy.kinds import CORE
from smpolicy.language.expressions import (
    FALSE,
    TRUE,
    And,
    AtLeast,
    Expression,
    Is,
    Not,
    OneOf,
    Or,
    Overlaps,
    Term,
    Unsettled,
    truth,
    unknown_paths,
)
from smpolicy.language.writing import Writer
from smpolicy.vocabulary import SomeOf
from tests.usable import needs_durable

A, B, C = Term("content.humor"), Term("content.known_false"), Term("content.tone")
SET, NUMBER = Term("content.forms"), Term("search.retention")
TERMS = (A, B, C, SET, NUMBER)
VALUES: tuple[tuple[Any, ...], ...] = (
    (True, False, None),
    (True, False, None),
    ("formal", "urgent", None),
    (
        frozenset(),
        frozenset({"tag"}),
        frozenset({"share"}),
        SomeOf({"tag"}),
        SomeOf(excludes={"tag"}),
        SomeOf({"share"}),
        None,
    ),
    (6, 7, None),
)
FORMAL, TAG, BOTH = (
    OneOf(C, frozenset({"formal"})),
    Overlaps(SET, frozenset({"tag"})),
    Overlaps(SET, frozenset({"tag", "share"})),
)
ATOMS: tuple[Expression, ...] = (Is(A), FORMAL, TAG, BOTH, AtLeast(NUMBER, 7), Unsettled("terms.published"))
LITERALS = (*ATOMS, *(Not(atom) for atom in ATOMS if not isinstance(atom, Unsettled)))
CONDITIONS: tuple[Expression, ...] = (
    TRUE,
    FALSE,
    *LITERALS,
    *(node((Is(B), literal)) for node in (And, Or) for literal in LITERALS),
    *(node((Or((Is(A), TAG)), And((Not(FORMAL), Is(B))))) for node in (And, Or)),
    And((Or((Is(A), Unsettled("terms.published"))), Or((Is(B), FORMAL, Not(FORMAL))))),
    Or((And((Is(A), TAG)), And((Is(B), FORMAL)), And((Not(Is(A)), Not(Is(B)), AtLeast(NUMBER, 7))))),
    Or(tuple(And((Is(A), Is(B), each)) for each in LITERALS)),
    And((Is(A), Is(A))),
)


def rules_of(conditions: tuple[Expression, ...], terms: tuple[Term, ...] = TERMS) -> KindRules:
    """Return bound rules with these conditions."""
    rules = tuple(
        BoundRule(f"A.1/{index}", "example", ("A.1",), condition, "needs_approval", (Need(("legal",), ()),))
        for index, condition in enumerate(conditions)
    )
    return KindRules("publish", rules, terms, True, (), CORE)


@pytest.mark.parametrize(
    "prepare",
    [compiled.prepare, reference.prepare, indexed.prepare, pytest.param(durable.prepare, marks=needs_durable)],
)
class TestEveryEngine:
    def test_meaning(self, prepare: Any) -> None:
        """For all values, known wholly, partly or not at all, the sets are those of what the conditions mean."""
        engine = prepare(rules_of(CONDITIONS))
        for facts in product(*VALUES):
            known = dict(zip(TERMS, facts, strict=True))
            found = [truth(condition, known) for condition in CONDITIONS]
            true = sum((each is True) << index for index, each in enumerate(found))
            unknown = sum((each is None) << index for index, each in enumerate(found))
            assert engine(facts) == (true, unknown), facts

    def test_no_rules(self, prepare: Any) -> None:
        """Without rules both sets are empty."""
        assert prepare(rules_of((), ()))(()) == (0, 0)

    def test_one_term(self, prepare: Any) -> None:
        """One term is read like several."""
        assert prepare(rules_of((Is(A),), (A,)))((True,)) == (1, 0)


class TestCompiled:
    def test_many_rules(self) -> None:
        """Many rules are decided by index, with the same sets."""
        conditions = tuple(CONDITIONS[index % len(CONDITIONS)] for index in range(compiled.MOST_BRANCHES + 20))
        many, few = compiled.prepare(rules_of(conditions)), reference.prepare(rules_of(conditions))
        for facts in list(product(*VALUES))[::7]:
            assert many(facts) == few(facts)


class TestIndexed:
    def test_forgetting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Only so many values are remembered; the others are worked out again."""
        monkeypatch.setattr(indexed, "MOST_VALUES", 1)
        engine = indexed.prepare(rules_of((AtLeast(NUMBER, 7),)))
        assert [engine((None, None, None, None, number))[0] for number in (6, 7, 6, 8)] == [0, 1, 0, 1]


class TestMaking:
    @pytest.mark.parametrize(
        "name", [pytest.param(name, marks=needs_durable if name == "durable" else ()) for name in NAMES]
    )
    def test_names(self, name: str) -> None:
        """Every engine that is named can be made."""
        assert make_engine(name, rules_of((Is(A),)))((True, None, None, None, None)) == (1, 0)

    def test_unknown(self) -> None:
        """Any other name is an error."""
        with pytest.raises(EngineUnavailable, match="there is no engine `quick`"):
            make_engine("quick", rules_of(()))


class TestWriter:
    @pytest.mark.parametrize("condition", CONDITIONS)
    def test_left(self, condition: Expression) -> None:
        """What is left unknown in an unknown condition is what its meaning says."""
        kind_rules = rules_of((condition,))
        for facts in list(product(*VALUES))[::5]:
            state, left = unknown_paths(condition, dict(zip(TERMS, facts, strict=True)).get)
            if state is None:
                found = kind_rules.left(0, facts)
                assert {path for path, bit in kind_rules.bits.items() if found & bit} == left

    @pytest.mark.parametrize("method", ["may", "surely"])
    def test_not_normal(self, method: str) -> None:
        """Only conditions whose negations stand at the atoms can be written."""
        with pytest.raises(TypeError, match="negation normal form"):
            getattr(Writer({A: 0}), method)(Not(And((Is(A), Is(A)))))
