"""Patterns: what follows for a decision from which facts are known, whatever the values of the others.

Decisions of one kind repeat a few patterns, so each is worked out once and remembered beside the bound rules.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal

from attrs import frozen

from smpolicy.actions import Action
from smpolicy.approvals import Requirement
from smpolicy.bound_rules import BoundRule, Duty, KindRules
from smpolicy.facts import LOOKED_UP_BY, Facts
from smpolicy.judge import Outcome, Verdict
from smpolicy.language.expressions import terms

MOST_PATTERNS = 1_000

Status = Literal["spoke", "open", "spared", "met", "not applicable", "left free"]


@frozen(slots=True)
class Needed:
    """The approvals that one rule asks for.

    Attributes:
        rule: the id of the bound rule.
        requirement: so many people from each of some offices, all different.
        questions: for an open rule, the facts on which it depends.
    """

    rule: str
    requirement: Requirement
    questions: tuple[str, ...] = ()


@frozen(slots=True)
class GivenDuty:
    """A duty that a rule lays on somebody, with the rule's citations."""

    rule: str
    duty: Duty
    cites: tuple[str, ...]


@frozen(slots=True)
class GivenNotice:
    """A notice that a rule gives, with its citations."""

    rule: str
    notice: str
    cites: tuple[str, ...]


@frozen(slots=True)
class Question:
    """An unknown fact that matters, worded for a person.

    Attributes:
        fact: the fact's path.
        ask: the question.
        cite: the clause behind it.
        asked_of: who knows: the author, the directory, the agency, or anyone (`given`).
        type: the type of the answer.
        members: what it may be, for an enumeration or a set.
        effect: the strongest effect that depends on it.
        rules: the ids of the open rules that it touches.
        attestable: whether one attestation would answer it.
    """

    fact: str
    ask: str
    cite: str
    asked_of: str
    type: str
    members: tuple[str, ...]
    effect: str
    rules: tuple[str, ...]
    attestable: bool


@frozen(slots=True)
class ConsiderationStatus:
    """What became of one consideration in a decision; `by` names the rule that spoke or the exception that spared."""

    status: Status
    by: str | None = None


@frozen(slots=True, eq=False)
class Pattern:
    """What decisions have in common in which the same rules are true, unknown and spared, and the same facts missing.

    Attributes:
        needed: the approvals that true rules ask for and do not have.
        needed_if: the approvals that open rules would ask for, with the facts on which they depend.
        duties: what must be done; on a deny only what must be done regardless.
        possible_duties: what may have to be done, depending on what is not known.
        notices: the notices of true rules.
        possible_notices: the notices that may apply.
        questions: what is not known and matters, in the order in which to ask.
        considerations: what became of each consideration that has a restricting rule for the kind.
    """

    needed: tuple[Needed, ...]
    needed_if: tuple[Needed, ...]
    duties: tuple[GivenDuty, ...]
    possible_duties: tuple[GivenDuty, ...]
    notices: tuple[GivenNotice, ...]
    possible_notices: tuple[GivenNotice, ...]
    questions: tuple[Question, ...]
    considerations: Mapping[str, ConsiderationStatus]

    @cached_property
    def _data(self) -> bytes:
        from smpolicy.render.data import pattern_to_dict

        return marshal.dumps(pattern_to_dict(self))

    def to_dict(self) -> dict[str, Any]:
        """Return the pattern as JSON-ready data, a new copy each time."""
        data: dict[str, Any] = marshal.loads(self._data)  # noqa: S302  (bytes of our own making, never stored)
        return data


def missing_ids(action: Action) -> tuple[str, ...]:
    """Return the facts by which records are looked up and which an action does not give."""
    return tuple([path for part, path in LOOKED_UP_BY.items() if hasattr(action, part) and action.get(path) is None])


def find_pattern(
    kind_rules: KindRules,
    facts: Facts,
    true: int,
    unknown: int,
    discharged: int,
    verdict: Verdict,
    missing: tuple[str, ...],
) -> Pattern:
    """Return the pattern of a decision, remembered from an earlier one where there was one.

    Args:
        kind_rules: the bound rules of the kind.
        facts: the value of each term.
        true: the set of true rules.
        unknown: the set of unknown rules.
        discharged: the set of the rules that have the approval they ask for.
        verdict: what the judge found.
        missing: the ids that are not given, see `missing_ids`.
    """
    left = tuple([kind_rules.left(index, facts) for index, _ in kind_rules.members(unknown & ~discharged)])
    existing = tuple([facts[slot] for slot in kind_rules.existence.values()])
    settled = true | unknown
    spared = tuple([kind_rules.spared_by(index, facts) for index in kind_rules.spareable if not settled >> index & 1])
    key = (true, unknown, discharged, verdict, missing, left, existing, spared)
    found = kind_rules.patterns.get(key)
    if found is None:
        if len(kind_rules.patterns) >= MOST_PATTERNS:
            kind_rules.patterns.clear()
        made = _Making(kind_rules, facts, true, unknown, discharged, verdict, missing)
        found = kind_rules.patterns[key] = made.pattern()
    assert isinstance(found, Pattern)
    return found


@frozen(slots=True)
class _Making:
    """One making of a pattern; the arguments are those of `find_pattern`."""

    kind_rules: KindRules
    facts: Facts
    true: int
    unknown: int
    discharged: int
    verdict: Verdict
    missing: tuple[str, ...]

    def pattern(self) -> Pattern:
        asked, asking = self.asked(), self.kind_rules.asking
        denied = self.verdict.outcome is Outcome.DENY
        return Pattern(
            needed=tuple(self.needed(self.verdict.live & asking, {})),
            needed_if=tuple(self.needed(self.verdict.open & asking, asked)),
            duties=tuple(each for each in self.duties(self.true) if not denied or each.duty.when == "regardless"),
            possible_duties=tuple(self.duties(self.unknown)),
            notices=tuple(self.notices(self.true)),
            possible_notices=tuple(self.notices(self.unknown)),
            questions=self.questions(asked),
            considerations=self.considerations(),
        )

    def needed(self, rules: int, asked: Mapping[int, tuple[str, ...]]) -> Iterator[Needed]:
        for index, rule in self.kind_rules.members(rules):
            yield Needed(rule.id, rule.requirement or (), asked.get(index, ()))

    def duties(self, rules: int) -> Iterator[GivenDuty]:
        for _, rule in self.kind_rules.members(rules & ~self.kind_rules.restricting):
            if rule.duty is not None:
                yield GivenDuty(rule.id, rule.duty, rule.cites)

    def notices(self, rules: int) -> Iterator[GivenNotice]:
        for _, rule in self.kind_rules.members(rules & ~self.kind_rules.restricting):
            if rule.notice is not None:
                yield GivenNotice(rule.id, rule.notice, rule.cites)

    def asked(self) -> dict[int, tuple[str, ...]]:
        """Return for each unknown rule, by index, what to ask for it."""
        bits = self.kind_rules.bits.items()
        left = {
            index: self.kind_rules.left(index, self.facts)
            for index, _ in self.kind_rules.members(self.unknown & ~self.discharged)
        }
        return {
            index: tuple(dict.fromkeys(self.asked_path(path) for path, bit in bits if facts & bit))
            for index, facts in left.items()
        }

    def asked_path(self, path: str) -> str:
        """Return what to ask for an unknown fact: that its part exists, or whose record knows it, comes first."""
        fact = self.kind_rules.vocabulary.facts[path]
        existence = self.kind_rules.existence.get(fact.part)
        if existence is not None and self.facts[existence] is None:
            return f"{fact.part}.exists"
        looked_up = LOOKED_UP_BY.get(fact.part, "") if fact.owner in ("directory", "account") else ""
        return looked_up if looked_up in self.missing else path

    def questions(self, asked: Mapping[int, tuple[str, ...]]) -> tuple[Question, ...]:
        rules: dict[str, list[BoundRule]] = {}
        for index, paths in asked.items():
            for path in paths:
                rules.setdefault(path, []).append(self.kind_rules.rules[index])
        return tuple(sorted((self.question(path, found) for path, found in rules.items()), key=_order))

    def question(self, path: str, rules: list[BoundRule]) -> Question:
        fact = self.kind_rules.vocabulary.facts[path]
        strongest = min((rule.effect for rule in rules), key=_STRENGTH.__getitem__)
        asked_of = "agency" if fact.owner in ("agency", "account", "candidate") else fact.owner
        touched = tuple(rule.id for rule in rules)
        return Question(
            path, fact.ask, fact.cite, asked_of, fact.type, fact.members, strongest, touched, fact.attestable
        )

    def considerations(self) -> dict[str, ConsiderationStatus]:
        found = {about: ConsiderationStatus("left free") for about in self.kind_rules.left_free}
        found |= {about: ConsiderationStatus("met") for about in self.kind_rules.met}
        for index, rule in self.kind_rules.members(self.kind_rules.restricting):
            status = self.status(index, rule)
            for cited in rule.cites if status.status in ("spoke", "open") else rule.cites[:1]:
                present = found.get(cited)
                if present is None or _RANK[status.status] < _RANK[present.status]:
                    found[cited] = status
        return found

    def status(self, index: int, rule: BoundRule) -> ConsiderationStatus:
        if self.true >> index & 1:
            return ConsiderationStatus("spoke", rule.id)
        if self.unknown >> index & 1:
            return ConsiderationStatus("open", rule.id)
        exception = self.kind_rules.spared_by(index, self.facts) if rule.sparings else None
        if exception is not None:
            return ConsiderationStatus("spared", exception)
        existence = (self.kind_rules.existence.get(term.path.partition(".")[0]) for term in terms(rule.base))
        absent = any(slot is not None and self.facts[slot] is False for slot in existence)
        return ConsiderationStatus("not applicable" if absent else "met")


def _order(question: Question) -> tuple[int, int, str, str]:
    return _STRENGTH[question.effect], -len(question.rules), question.cite, question.fact


_STRENGTH = {"deny": 0, "needs_approval": 1, "oblige": 2, "notice": 3}
_RANK: dict[Status, int] = {"spoke": 0, "open": 1, "spared": 2, "met": 3, "not applicable": 4, "left free": 5}
