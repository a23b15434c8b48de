"""Findings: what a review of an agency's file finds doubtful in law, each with its authorities and its places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from attrs import frozen

from smpolicy.adoptions import adoption
from smpolicy.agencies import Agency
from smpolicy.decisions import Decision
from smpolicy.errors import Place
from smpolicy.language.conditions import Compare, Condition, Junction, Named, Negation, Operand
from smpolicy.language.expressions import FALSE, TRUE
from smpolicy.language.lowering import Bindings, bind
from smpolicy.policies import Policy
from smpolicy.rulesets import Authority, Rule, Ruleset, Severity
from smpolicy.vocabulary import SomeOf


@frozen(slots=True)
class Finding:
    """A thing in an agency's file that its counsel should see; a review aid, never legal advice.

    Attributes:
        rule: the id of the rule that found it.
        severity: `error`, where it is likely invalid, or `warning`, where counsel should look.
        title: what it is about, in a few words.
        message: what was found.
        cites: the considerations that the rule cites.
        authorities: the judgments and statutes behind it, each confirmed or not.
        places: where the agency's file says what was found, file and line each.
        remedy: the change that would clear it.
    """

    rule: str
    severity: Severity
    title: str
    message: str
    cites: tuple[str, ...]
    authorities: tuple[Authority, ...]
    places: tuple[Place, ...]
    remedy: str

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON-ready data."""
        authorities = [
            {"citation": each.citation, "held": " ".join(each.held.split()), "confirmed": each.confirmed}
            for each in self.authorities
        ]
        places = [{"file": each.file, "line": each.line, "column": each.column} for each in self.places]
        return {
            "rule": self.rule,
            "severity": self.severity,
            "title": self.title,
            "message": self.message,
            "cites": list(self.cites),
            "authorities": authorities,
            "places": places,
            "remedy": self.remedy,
        }


def findings(policy: Policy, adopting: Decision | None = None) -> tuple[Finding, ...]:
    """Return the findings about the agency's file of a policy, the errors first.

    Each is a rule with a severity that is true in the decision on adopting the file. What the file leaves out is no
    finding: the rules that read it are open in that decision, and it is among its questions.

    Args:
        policy: the policy that the file makes.
        adopting: the decision on adopting the file under itself; by default it is made here.
    """
    decision = adopting
    if decision is None:
        decision = policy.decide(adoption(policy.agency), at=policy.agency.span()[0])
    rulesets = {ruleset.id: ruleset for ruleset in policy.agency.rulesets}
    stated = {(each.id, rule.id): rule for each in rulesets.values() for rule in each.rules if rule.severity}
    found = []
    for _, bound in decision.kind_rules.members(decision.true):
        rule = stated.get((bound.ruleset, _stated_id(bound.id)))
        if rule is not None:
            found.append(_finding(policy.agency, rulesets[bound.ruleset], rule))
    return tuple(sorted(dict.fromkeys(found), key=lambda each: each.severity != "error"))


def _stated_id(bound: str) -> str:
    """Return the id of the rule that a bound rule comes from: of a member's, or what an exception put in its place."""
    return bound.partition("~")[0].partition("[")[0]


def _finding(agency: Agency, ruleset: Ruleset, rule: Rule) -> Finding:
    conditions = () if rule.condition is None else (rule.condition,)
    cites = ruleset.cites_of((rule.about, *rule.cites), iter(conditions))
    named = dict.fromkeys(name for cited in cites for name in ruleset.considerations[cited].authorities)
    assert rule.severity is not None
    return Finding(
        rule.id,
        rule.severity,
        ruleset.considerations[rule.about].title,
        " ".join((rule.reason or rule.notice or "").split()),
        cites,
        tuple(ruleset.authorities[name] for name in named),
        tuple(_places(agency, ruleset, rule.condition)),
        " ".join(rule.remedy.split()),
    )


def _places(agency: Agency, ruleset: Ruleset, condition: Condition | None) -> Iterator[Place]:
    """Yield where the agency's file says what makes a true condition true, each place once."""
    if condition is None:
        return
    facts = {**agency.facts, **agency.candidate_facts}
    chosen = agency.choices[ruleset.id]
    bindings = Bindings(agency.vocabulary, {name: each.value for name, each in chosen.items()}, facts)
    found: dict[Place | None, None] = {}
    for compare, wanted in _support(_constant(condition), bindings, wanted=True):
        for key in _keys(compare, wanted, facts):
            found |= dict.fromkeys(agency.candidate_places.get(key, ()))
        for operand in (compare.left, compare.right):
            if operand is not None and operand.source == "choice":
                found[chosen[operand.name].place] = None
    yield from (place for place in found if place is not None)


def _constant(condition: Condition) -> Condition:
    """Return a condition on an agency's file with every fact a constant, as the file gives it."""
    match condition:
        case Compare(_, left, right):
            return attrs.evolve(condition, left=_fixed(left), right=None if right is None else _fixed(right))
        case Negation(part):
            return Negation(_constant(part))
        case Named(_, part):
            return _constant(part)
        case Junction(every, parts):
            return Junction(every, tuple(_constant(part) for part in parts))


def _fixed(operand: Operand) -> Operand:
    return attrs.evolve(operand, constant=True)


def _support(condition: Condition, bindings: Bindings, wanted: bool) -> Iterator[tuple[Compare, bool]]:
    """Yield the comparisons that make a condition true (or, if not wanted, false), each with which it is itself."""
    match condition:
        case Compare():
            yield condition, wanted
        case Negation(part):
            yield from _support(part, bindings, not wanted)
        case Junction(_, parts):
            truth = TRUE if wanted else FALSE
            for part in parts:
                if bind(part, bindings) == truth:
                    yield from _support(part, bindings, wanted)
        case _:
            return


def _keys(compare: Compare, wanted: bool, facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield under which keys of `Agency.candidate_places` it stands what makes a comparison so."""
    sides = (compare.left, compare.right) if compare.right is not None else (compare.left,)
    for operand in sides:
        if operand.source not in ("fact", "age"):
            continue
        value = facts.get(operand.name, frozenset())
        members = value.includes if isinstance(value, SomeOf) else value
        other = compare.right if operand is compare.left else compare.left
        named = _named(other) if wanted else frozenset()
        hits = sorted(members & named) if isinstance(members, frozenset) else []
        yield from [f"{operand.name}:{member}" for member in hits] or [operand.name]


def _named(operand: Operand | None) -> frozenset[Any]:
    if operand is None or operand.value is None:
        return frozenset()
    return frozenset((operand.value,)) if isinstance(operand.value, str) else frozenset(operand.value)
