"""What would silence a rule that spoke: one fact that, were it different, would make its condition false."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from smpolicy.bound_rules import BoundRule
from smpolicy.decisions import Decision
from smpolicy.language.expressions import (
    AtLeast,
    Atom,
    OneOf,
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
    if any(silences(other) for other in _other_values(read)):
        return f"is such that {' and '.join(_contrary(atom, value) for atom in read)}"
    return ""


def _other_set(read: list[Atom], value: frozenset[str] | SomeOf, silences: Callable[[Any], bool]) -> str:
    """Return which members a set would have to lack, or to have."""
    members = frozenset[str]().union(*(atom.members for atom in read if isinstance(atom, Overlaps)))
    has, lacks = (value.includes, value.excludes) if isinstance(value, SomeOf) else (value, members - value)

    def changed(added: frozenset[str], removed: frozenset[str]) -> frozenset[str] | SomeOf:
        present = (has | added) - removed
        return SomeOf(present, (lacks | removed) - added) if isinstance(value, SomeOf) else present

    ways = []
    none, excess, missing = frozenset[str](), members - lacks, members - has
    if members & has and silences(changed(none, excess)):
        ways.append(f"lacks {listed(sorted(excess))}")
    single = [member for member in sorted(missing) if silences(changed(frozenset((member,)), none))]
    if single:
        ways.append(f"has {listed(single, last='or')}")
    elif missing and silences(changed(missing, none)):
        ways.append(f"has {listed(sorted(missing))}")
    return ", or ".join(ways)


def _other_values(read: list[Atom]) -> Iterator[Any]:
    """Yield a value on either side of each comparison of a number, an age or a text."""
    for atom in read:
        if isinstance(atom, AtLeast):
            yield from (atom.number - 1, atom.number)
        elif isinstance(atom, OneOf):
            yield from ("", *sorted(atom.values, key=str))


def _contrary(atom: Atom, value: Any) -> str:
    met = truth(atom, {atom.term: value})
    return to_text(negate(atom) if met else atom)
