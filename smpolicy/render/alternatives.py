"""What would silence a rule that spoke: one fact that, were it different, would make its condition false."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from smpolicy.binding import BoundRule
from smpolicy.decisions import Decision
from smpolicy.expressions import (
    AtLeast,
    Atom,
    Overlaps,
    Term,
    Unsettled,
    atoms,
    because,
    negate,
    to_text,
    truth,
)
from smpolicy.render.words import listed
from smpolicy.vocabulary import Fact, SomeOf


def alternatives(rule: BoundRule, decision: Decision) -> list[str]:
    """Return, in words, each single fact that would have to be different for a rule not to speak.

    Args:
        rule: a rule that is true in the decision.
        decision: the decision.
    """
    facts = dict(zip(decision.kind_rules.terms, decision.facts, strict=True))
    found = {}
    for term in because(rule.condition, facts.get):
        words = _alternative(rule, term, facts, decision.kind_rules.vocabulary.facts[term.path])
        if words:
            found[term.path] = f"{term.path} {words}"
    own = [words for path, words in found.items() if not path.endswith(".exists")]
    return own or list(found.values())


def _alternative(rule: BoundRule, term: Term, facts: Mapping[Term, Any], fact: Fact) -> str:
    """Return how one term would have to be different, or nothing where that alone would not do."""

    def silences(value: Any) -> bool:
        return truth(rule.condition, {**facts, term: value}) is False

    read = [atom for atom in atoms(rule.condition) if not isinstance(atom, Unsettled) and atom.term == term]
    value = facts[term]
    if fact.type == "bool" and not term.unit:
        return f"is {'no' if value else 'yes'}" if silences(not value) else ""
    if fact.type == "enum":
        others = [member for member in fact.members if silences(member)]
        speaking = [member for member in fact.members if member not in others]
        if len(speaking) < len(others):
            return f"is other than {listed(speaking, last='or')}"
        return f"is {listed(others, last='or')}" if others else ""
    if fact.type == "set":
        return _other_set(read, value, silences)
    if any(silences(number) for number in _other_numbers(read)):
        return f"is such that {' and '.join(_contrary(atom, value) for atom in read)}"
    return ""


def _other_set(read: list[Atom], value: Any, silences: Any) -> str:
    members = frozenset[str]().union(*(atom.members for atom in read if isinstance(atom, Overlaps)))
    present = value.includes if isinstance(value, SomeOf) else value
    absent = members - present
    without = SomeOf(present - members, value.excludes | members) if isinstance(value, SomeOf) else present - members
    if present & members and silences(without):
        return f"lacks {listed(sorted(present & members), last='and')}"
    with_all = SomeOf(present | members, value.excludes - members) if isinstance(value, SomeOf) else present | members
    if absent and silences(with_all):
        one = [member for member in sorted(absent) if silences(present | {member})]
        return f"has {listed(one, last='or')}" if one else f"has {listed(sorted(absent), last='and')}"
    return ""


def _other_numbers(read: list[Atom]) -> Iterator[int]:
    for atom in read:
        if isinstance(atom, AtLeast):
            yield from (atom.number - 1, atom.number)


def _contrary(atom: Atom, value: Any) -> str:
    met = truth(atom, {atom.term: value})
    return to_text(negate(atom) if met else atom)
