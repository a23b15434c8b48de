"""Equivalence: whether two versions of an agency's rules are shown to mean the same, whatever is proposed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from math import prod
from typing import Any

import attrs

from smpolicy.agencies import Agency, Chosen
from smpolicy.binding import bind_agency
from smpolicy.bound_rules import BoundRule, KindRules
from smpolicy.language.conditions import Condition, operands
from smpolicy.language.expressions import (
    AtLeast,
    Atom,
    Expression,
    Is,
    OneOf,
    Overlaps,
    Term,
    Unsettled,
    atoms,
    truth,
)
from smpolicy.rulesets import EFFECTS, Choice, Rule, RuleException, Ruleset, choices_of
from smpolicy.vocabulary import SomeOf, Vocabulary

MOST_ASSIGNMENTS = 60_000
"""Above so many assignments of values to the facts of two conditions they are not held against each other."""
MOST_AGENCIES = 1_500
"""Above so many ways in which an agency can choose, two versions of a ruleset are not held against each other."""
MOST_MEMBERS = 5
"""A set, of which more members than these matter, is not enumerated."""

_OTHER = "\0another value"


def same_policy(one: Agency, other: Agency) -> bool:
    """Return whether two agencies are shown to decide alike.

    Args:
        one: an agency, bound without problems.
        other: another version of it.
    """
    if (one.decision, one.attesting, one.accounts, one.candidate_facts) != (
        other.decision, other.attesting, other.accounts, other.candidate_facts,
    ):  # fmt: skip
        return False
    first, second = bind_agency(one), bind_agency(other)
    return all(_same_rules(first[kind], second[kind], one.vocabulary) for kind in first)


def _same_rules(one: KindRules, other: KindRules, vocabulary: Vocabulary) -> bool:
    if (one.governed, one.left_free, one.met) != (other.governed, other.left_free, other.met):
        return False
    return len(one.rules) == len(other.rules) and all(
        _same_rule(a, b, vocabulary) for a, b in zip(one.rules, other.rules, strict=True)
    )


def _same_rule(one: BoundRule, other: BoundRule, vocabulary: Vocabulary) -> bool:
    if one == other:
        return True
    aligned = attrs.evolve(other, condition=one.condition, base=one.base, sparings=one.sparings)
    if aligned != one or [each.exception for each in one.sparings] != [each.exception for each in other.sparings]:
        return False
    pairs = [(one.condition, other.condition), (one.base, other.base)]
    pairs += [(a.condition, b.condition) for a, b in zip(one.sparings, other.sparings, strict=True)]
    return all(same_meaning(first, second, vocabulary) for first, second in pairs)


def same_meaning(one: Expression, other: Expression, vocabulary: Vocabulary) -> bool:
    """Return whether two bound conditions are shown to be true, false and unknown together.

    They are held against each other under every assignment of values that the atoms can tell apart, unknown included;
    where these are too many, nothing is shown.

    Args:
        one: a condition.
        other: another one.
        vocabulary: the facts.
    """
    if one == other:
        return True
    of: dict[Term, list[Atom]] = {}
    for atom in (*atoms(one), *atoms(other)):
        if isinstance(atom, Unsettled):
            return False
        of.setdefault(atom.term, []).append(atom)
    values = [_values(term, found, vocabulary) for term, found in of.items()]
    if any(not each for each in values) or prod(map(len, values)) > MOST_ASSIGNMENTS:
        return False
    assignments = (dict(zip(of, each, strict=True)) for each in product(*values))
    return all(truth(one, facts) is truth(other, facts) for facts in assignments)


def _values(term: Term, found: Iterable[Atom], vocabulary: Vocabulary) -> list[Any]:
    """Return one value of each sort that the atoms over a term tell apart, and None; empty where they are too many."""
    named: set[Any] = set()
    numbers: set[int] = set()
    members: set[str] = set()
    for atom in found:
        match atom:
            case Is():
                named |= {True, False}
            case OneOf(_, some):
                named |= some
            case AtLeast(_, number):
                numbers |= {number - 1, number}
            case Overlaps(_, some):
                members |= some
    if members:
        return _sets(sorted(members)) if len(members) <= MOST_MEMBERS else []
    if named - {True, False}:
        possible = vocabulary.facts[term.path].members
        named |= set([each for each in possible if each not in named][:1]) if possible else {_OTHER}
    return [None, *sorted(named, key=repr), *sorted(numbers)]


def _sets(members: list[str]) -> list[Any]:
    """Return every set in which each member is present, absent or unknown."""
    found = []
    for states in product((True, False, None), repeat=len(members)):
        present = [each for each, state in zip(members, states, strict=True) if state]
        absent = [each for each, state in zip(members, states, strict=True) if state is False]
        found.append(SomeOf(present, absent) if None in states else frozenset(present))
    return found


def same_under_every_choice(one: Agency, other: Agency, changed: Iterable[Rule | RuleException], ruleset: str) -> bool:
    """Return whether two versions of a ruleset are shown to decide alike under every agency.

    Args:
        one: an agency that adopts the ruleset as it stands.
        other: the same agency with the other version.
        changed: the rules and exceptions, as they stand, whose meaning may differ.
        ruleset: the id of the ruleset.
    """
    loaded = next(each for each in one.rulesets if each.id == ruleset)
    rules = _concerned(changed, loaded)
    stated: list[Rule | RuleException] = [
        *rules, *(each for each in loaded.exceptions if any(map(each.covers, rules)))
    ]  # fmt: skip
    choices = list(dict.fromkeys(name for each in stated for name in choices_of(each)))
    facts = sorted({path for each in stated for condition in _conditions(each) for path in _agency_facts(condition)})
    options = [_options(loaded.choices[name]) for name in choices] + [_fact_options(p, loaded) for p in facts]
    if any(not each for each in options) or prod(map(len, options)) > MOST_AGENCIES:
        return False
    kept = {each.id for each in stated}
    first, second = _reduced(one, kept), _reduced(other, kept)
    for values in product(*options):
        chosen = dict(zip(choices, values, strict=False))
        known = {path: value for path, value in zip(facts, values[len(choices) :], strict=True) if value is not None}
        if not same_policy(*(_choosing(each, ruleset, chosen, known) for each in (first, second))):
            return False
    return True


def _concerned(changed: Iterable[Rule | RuleException], ruleset: Ruleset) -> list[Rule]:
    found = {each.id for each in changed}
    exceptions = [each for each in ruleset.exceptions if each.id in found]
    return [rule for rule in ruleset.rules if rule.id in found or any(each.covers(rule) for each in exceptions)]


def _reduced(agency: Agency, kept: set[str]) -> Agency:
    rulesets = tuple(
        attrs.evolve(
            each,
            rules=tuple(rule for rule in each.rules if rule.id in kept),
            exceptions=tuple(exception for exception in each.exceptions if exception.id in kept),
        )
        for each in agency.rulesets
    )
    return attrs.evolve(agency, rulesets=rulesets)


def _choosing(agency: Agency, ruleset: str, chosen: Mapping[str, Any], facts: Mapping[str, Any]) -> Agency:
    made = {name: Chosen(value, True) for name, value in chosen.items()}
    return attrs.evolve(
        agency, choices={**agency.choices, ruleset: {**agency.choices[ruleset], **made}}, facts=dict(facts)
    )


def _conditions(stated: Rule | RuleException) -> Iterator[Condition]:
    own = [*stated.each.values()] if isinstance(stated, Rule) else [each.condition for each in stated.instead]
    yield from (each for each in (stated.condition, *own) if each is not None)


def _agency_facts(condition: Condition) -> Iterator[str]:
    yield from (each.name for each in operands(condition) if each.source == "fact" and each.constant)


def _options(choice: Choice) -> list[Any]:
    """Return every value of a choice that binding can tell apart; empty where they are too many."""
    match choice.type:
        case "effect":
            return list(choice.members)
        case "effect_by":
            effects = product(EFFECTS, repeat=len(choice.members)) if len(choice.members) <= MOST_MEMBERS else ()
            return [dict(zip(choice.members, each, strict=True)) for each in effects]
        case "flag":
            return [True, False]
        case "subset":
            return _subsets(choice.members)
        case "offices":
            return [choice.default]
        case "text":
            return ["", "something"]
        case "number" if choice.most - choice.least < 50:
            return list(range(choice.least, choice.most + 1))
    return []


def _subsets(members: tuple[str, ...]) -> list[Any]:
    if len(members) > MOST_MEMBERS:
        return []
    picks = product((True, False), repeat=len(members))
    return [frozenset(m for m, taken in zip(members, pick, strict=True) if taken) for pick in picks]


def _fact_options(path: str, ruleset: Ruleset) -> list[Any]:
    fact = ruleset.vocabulary.facts[path]
    if fact.type == "bool":
        return [None, True, False]
    if fact.type == "enum":
        return [None, *fact.members]
    return [None, *_subsets(fact.members)] if fact.type == "set" and len(fact.members) <= MOST_MEMBERS else []
