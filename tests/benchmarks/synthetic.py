"""Synthetic rules: as many as asked for, of one kind, over the facts of the core vocabulary."""

from __future__ import annotations

import random
from typing import Any

from smpolicy.approvals import Need
from smpolicy.bound_rules import BoundRule, KindRules
from smpolicy.facts import Facts
from smpolicy.kinds import CORE
from smpolicy.language.expressions import AtLeast, Expression, Is, Not, OneOf, Overlaps, Term, both, either, terms
from smpolicy.vocabulary import Fact

KIND = "publish"
MOST_FACTS = 48
SHARE_UNKNOWN = 0.15


def synthetic_facts() -> list[Fact]:
    """Return the facts that the rules read: none of an optional part, none that is a text or a date."""
    usable = [
        fact
        for fact in CORE.facts_of(KIND)
        if fact.type in ("bool", "enum", "set") and not CORE.parts[fact.part].optional and fact.owner != "agency"
    ]
    return usable[:MOST_FACTS]


def synthetic_rules(count: int, seed: int = 1) -> KindRules:
    """Return bound rules of one kind: conjunctions of two to four conditions, one in five of which is an alternative.

    Args:
        count: how many.
        seed: of the random choices.
    """
    chance, facts = random.Random(seed), synthetic_facts()
    rules = []
    for index in range(count):
        parts = [_part(chance, facts) for _ in range(chance.randint(2, 4))]
        condition = both(*parts)
        effect = chance.choice(["deny", "needs_approval", "needs_approval", "notice"])
        requirement = (Need(("legal",), ("legal_counsel",)),) if effect == "needs_approval" else None
        rules.append(BoundRule(f"S.{index}/rule", "synthetic", (f"S.{index}",), condition, effect, requirement))  # type: ignore[arg-type]
    read = tuple(dict.fromkeys(term for rule in rules for term in terms(rule.condition)))
    return KindRules(KIND, tuple(rules), read, True, (), CORE)


def _part(chance: random.Random, facts: list[Fact]) -> Expression:
    if chance.random() < 0.2:
        return either(_atom(chance, facts), _atom(chance, facts))
    return _atom(chance, facts)


def _atom(chance: random.Random, facts: list[Fact]) -> Expression:
    fact = chance.choice(facts)
    term = Term(fact.path)
    atom: Is | OneOf | Overlaps | AtLeast
    if fact.type == "bool":
        atom = Is(term)
    elif fact.type == "enum":
        atom = OneOf(term, frozenset(chance.sample(fact.members, 1)))
    else:
        atom = Overlaps(term, frozenset(chance.sample(fact.members, min(2, len(fact.members)))))
    return Not(atom) if chance.random() < 0.15 else atom


def synthetic_values(rules: KindRules, seed: int = 2) -> Facts:
    """Return values for what the rules read, 15% of them unknown and most of the others harmless.

    Args:
        rules: the rules.
        seed: of the random choices.
    """
    chance = random.Random(seed)
    values: list[Any] = []
    for term in rules.terms:
        fact = CORE.facts[term.path]
        if chance.random() < SHARE_UNKNOWN:
            values.append(None)
        elif fact.type == "bool":
            values.append(chance.random() < 0.1)
        elif fact.type == "enum":
            values.append(chance.choice(fact.members))
        else:
            values.append(frozenset(chance.sample(fact.members, chance.choice([0, 0, 1]))))
    return tuple(values)
