"""Decisions: an outcome with its reasons, needed approvals, duties, notices and questions, worked out when looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from attrs import field, frozen

from smpolicy.actions import Action, to_json
from smpolicy.approvals import Approval, Requirement, granted, is_met, payload_digest
from smpolicy.binding import BoundRule, Duty, KindRules
from smpolicy.errors import AmbiguousTruth, InvalidApproval, Problem, nearest
from smpolicy.expressions import Term, because, unknown_paths
from smpolicy.facts import LOOKED_UP_BY, Facts, provenance
from smpolicy.judge import NextStep, Outcome, Verdict

if TYPE_CHECKING:
    from smpolicy.policies import Policy

Status = Literal["spoke", "open", "spared", "met", "not applicable", "left free"]


@frozen(slots=True)
class Because:
    """A fact that made a rule speak.

    Attributes:
        fact: the fact's path, or `age(...)` of one.
        value: its value, as JSON-ready data; of an age the moment from which it was reckoned.
        provenance: where the value comes from.
    """

    fact: str
    value: Any
    provenance: str


@frozen(slots=True)
class Reason:
    """One rule that spoke.

    Attributes:
        rule: the id of the bound rule.
        ruleset: the ruleset that states it.
        effect: deny or needs_approval.
        cites: the considerations that it cites.
        reason: what was found.
        remedy: what would clear it.
        because: the facts that made it speak.
        discharged: whether approvals that count have met what it asks.
    """

    rule: str
    ruleset: str
    effect: str
    cites: tuple[str, ...]
    reason: str
    remedy: str
    because: tuple[Because, ...]
    discharged: bool


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


_STRENGTH = {"deny": 0, "needs_approval": 1, "oblige": 2, "notice": 3}


@frozen(slots=True, eq=False)
class Decision:
    """What a policy says about one action.

    Attributes:
        policy: the policy that decided.
        action: the action.
        at: the moment of the decision.
        approvals: the approvals that were presented.
        kind_rules: the bound rules of the action's kind.
        facts: the value of each term of those rules.
        true: the set of the rules that are true.
        unknown: the set of the rules that are unknown.
        discharged: the set of the rules that asked for approval and have it.
        verdict: what the judge found.
    """

    policy: Policy = field(repr=False)
    action: Action = field(repr=False)
    at: datetime
    approvals: tuple[Approval, ...] = field(repr=False)
    kind_rules: KindRules = field(repr=False)
    facts: Facts = field(repr=False)
    true: int = field(repr=False)
    unknown: int = field(repr=False)
    discharged: int = field(repr=False)
    verdict: Verdict = field(repr=False)

    def __bool__(self) -> NoReturn:
        raise AmbiguousTruth(
            Problem(
                "ambiguous_decision", "a decision is no yes or no", help="ask `decision.allowed` or `decision.outcome`"
            )
        )

    @property
    def outcome(self) -> Outcome:
        """Return allow, needs_approval or deny."""
        return self.verdict.outcome

    @property
    def allowed(self) -> bool:
        """Return whether the outcome is allow."""
        return self.verdict.outcome is Outcome.ALLOW

    @property
    def settled(self) -> bool:
        """Return whether nothing that could be learned would change the outcome."""
        return self.verdict.settled

    @property
    def next(self) -> NextStep:
        """Return what to do now: act, approve, answer or stop."""
        return self.verdict.next

    @property
    def code(self) -> str | None:
        """Return `ungoverned` where no ruleset speaks of this kind of action, else None."""
        return "ungoverned" if self.verdict.ungoverned else None

    @cached_property
    def reasons(self) -> tuple[Reason, ...]:
        """Return every restricting rule that is true, in order."""
        return tuple(
            Reason(
                rule.id,
                rule.ruleset,
                rule.effect,
                rule.cites,
                rule.reason,
                rule.remedy,
                self._because(rule),
                bool(self.discharged >> index & 1),
            )
            for index, rule in self.kind_rules.members(self.true & self.kind_rules.restricting)
        )

    @cached_property
    def needed(self) -> tuple[Needed, ...]:
        """Return the approvals that true rules ask for and do not have."""
        asking = self.verdict.live & self.kind_rules.asking
        return tuple(Needed(rule.id, rule.requirement or ()) for _, rule in self.kind_rules.members(asking))

    @cached_property
    def needed_if(self) -> tuple[Needed, ...]:
        """Return the approvals that open rules would ask for, with the facts on which they depend."""
        asking = self.verdict.open & self.kind_rules.asking
        return tuple(
            Needed(rule.id, rule.requirement or (), tuple(sorted(self._asked_for(rule))))
            for _, rule in self.kind_rules.members(asking)
        )

    @cached_property
    def duties(self) -> tuple[GivenDuty, ...]:
        """Return what must be done; on a deny only what must be done regardless."""
        return tuple(
            each
            for each in self._duties(self.true)
            if self.outcome is not Outcome.DENY or each.duty.when == "regardless"
        )

    @cached_property
    def possible_duties(self) -> tuple[GivenDuty, ...]:
        """Return what may have to be done, depending on what is not known."""
        return tuple(self._duties(self.unknown))

    @cached_property
    def notices(self) -> tuple[GivenNotice, ...]:
        """Return the notices of true rules."""
        return tuple(self._notices(self.true))

    @cached_property
    def possible_notices(self) -> tuple[GivenNotice, ...]:
        """Return the notices that may apply, depending on what is not known."""
        return tuple(self._notices(self.unknown))

    def _duties(self, rules: int) -> Iterator[GivenDuty]:
        for _, rule in self.kind_rules.members(rules & ~self.kind_rules.restricting):
            if rule.duty is not None:
                yield GivenDuty(rule.id, rule.duty, rule.cites)

    def _notices(self, rules: int) -> Iterator[GivenNotice]:
        for _, rule in self.kind_rules.members(rules & ~self.kind_rules.restricting):
            if rule.notice is not None:
                yield GivenNotice(rule.id, rule.notice, rule.cites)

    @cached_property
    def _by_term(self) -> dict[Term, Any]:
        return dict(zip(self.kind_rules.terms, self.facts, strict=True))

    def _because(self, rule: BoundRule) -> tuple[Because, ...]:
        found = because(rule.condition, self._by_term.get)
        return tuple(
            Because(str(term), to_json(value := self.value(term.path)), self._provenance(term.path, value))
            for term in found
        )

    def _provenance(self, path: str, value: Any) -> str:
        return provenance(path, value, self.action, self.kind_rules.vocabulary)

    def value(self, path: str) -> Any:
        """Return the value of a fact when this was decided, or None where it was unknown.

        Args:
            path: the fact's path.
        """
        index = self.kind_rules.slots.get(Term(path))
        return self.policy.value(self.action, path, self.at) if index is None else self.facts[index]

    @cached_property
    def _left(self) -> dict[int, frozenset[str]]:
        """Return for each unknown rule, by index, the unknown facts left in it once the known ones are put in."""
        return {
            index: unknown_paths(rule.condition, self._by_term.get)[1]
            for index, rule in self.kind_rules.members(self.unknown)
            if not self.discharged >> index & 1
        }

    def _asked_for(self, rule: BoundRule) -> set[str]:
        return {self._asked_path(path) for path in unknown_paths(rule.condition, self._by_term.get)[1]}

    def _asked_path(self, path: str) -> str:
        """Return what to ask for an unknown fact: whether its part exists, or whose record knows it, where that is unknown."""
        part = path.partition(".")[0]
        existence = Term(f"{part}.exists")
        if existence in self.kind_rules.slots and self._by_term[existence] is None:
            return existence.path
        owner = self.kind_rules.vocabulary.facts[path].owner
        if owner in ("directory", "account") and self.action.get(LOOKED_UP_BY[part]) is None:
            return LOOKED_UP_BY[part]
        return path

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Return what is not known and matters: the strongest effect first, then how many rules it touches."""
        rules: dict[str, list[BoundRule]] = {}
        for index, paths in self._left.items():
            rule = self.kind_rules.rules[index]
            for path in {self._asked_path(path) for path in paths}:
                rules.setdefault(path, []).append(rule)
        return tuple(sorted((self._question(path, found) for path, found in rules.items()), key=_order))

    def _question(self, path: str, rules: list[BoundRule]) -> Question:
        fact = self.kind_rules.vocabulary.facts[path]
        strongest = min((rule.effect for rule in rules), key=_STRENGTH.__getitem__)
        ids = tuple(rule.id for rule in rules)
        asked_of = "agency" if fact.owner in ("agency", "account", "candidate") else fact.owner
        return Question(path, fact.ask, fact.cite, asked_of, fact.type, fact.members, strongest, ids, fact.attestable)

    @cached_property
    def checklist(self) -> tuple[Question, ...]:
        """Return the questions that one attestation would answer."""
        return tuple(each for each in self.questions if each.attestable)

    def asks(self) -> int:
        """Return how many things are asked, a checklist that one attestation answers counting as one."""
        return len(self.questions) - max(len(self.checklist) - 1, 0)

    @cached_property
    def considerations(self) -> Mapping[str, ConsiderationStatus]:
        """Return what became of each consideration that has a restricting rule for this kind of action."""
        found: dict[str, ConsiderationStatus] = {}
        for about in self.kind_rules.left_free:
            found[about] = ConsiderationStatus("left free")
        for index, rule in self.kind_rules.members(self.kind_rules.restricting):
            status = self._status(index, rule)
            about = rule.id.partition("/")[0]
            cites = rule.cites if status.status in ("spoke", "open") else (about,)
            for cited in cites:
                present = found.get(cited)
                if present is None or _RANK[status.status] < _RANK[present.status]:
                    found[cited] = status
        return found

    def _status(self, index: int, rule: BoundRule) -> ConsiderationStatus:
        if self.true >> index & 1:
            return ConsiderationStatus("spoke", rule.id)
        if self.unknown >> index & 1:
            return ConsiderationStatus("open", rule.id)
        for sparing in rule.sparings:
            if (
                unknown_paths(rule.base, self._by_term.get)[0]
                and unknown_paths(sparing.condition, self._by_term.get)[0]
            ):
                return ConsiderationStatus("spared", sparing.exception)
        absent = any(self._by_term.get(Term(f"{term.path.partition('.')[0]}.exists")) is False for term in rule.terms)
        return ConsiderationStatus("not applicable" if absent else "met")

    def approval(
        self, rule: str, *, by: str, role: str, given_at: datetime | None = None, expires_at: datetime | None = None
    ) -> Approval:
        """Return the approval that a person grants for one rule of this decision.

        It binds to the rule's hash, to the content, and to the facts known now; present it with `policy.decide(...,
        approvals=[...])`. Whether it counts is decided there.

        Args:
            rule: the id of the bound rule, as in `needed` or `needed_if`.
            by: the id of the person who approves.
            role: the role in which the person approves.
            given_at: when; by default the moment of this decision.
            expires_at: when it no longer counts; by default after the agency's `approval_days`.

        Raises:
            InvalidApproval: no such rule asks for approval here, or the content of the action is not known.
        """
        asking = self.kind_rules.members((self.true | self.unknown) & self.kind_rules.asking)
        rules = {each.id: each for _, each in asking}
        if rule not in rules:
            raise InvalidApproval(
                Problem(
                    "no_such_approval",
                    f"no rule `{rule}` asks for approval of this action",
                    nearest=nearest(rule, rules),
                    help="see `decision.needed` and `decision.needed_if`",
                )
            )
        digest = self.payload_digest
        if digest is None:
            raise InvalidApproval(
                Problem(
                    "missing_payload",
                    f"an action `{self.action.kind}` cannot be approved while its content is not known",
                    path="$.payload",
                    help="give the content's bytes as `payload`, or their SHA-256",
                )
            )
        bound = rules[rule]
        read = {path: to_json(self.value(path)) for path in dict.fromkeys(term.path for term in bound.terms)}
        given = given_at or self.at
        end = expires_at or given + timedelta(days=self.policy.agency.decision.approval_days)
        return Approval(by, role, rule, bound.hash, digest, read, given, end)

    @property
    def payload_digest(self) -> str | None:
        """Return what approvals of this action are bound to, or None while its content is not known."""
        return payload_digest(self.action, self.kind_rules.vocabulary.kinds[self.action.kind].payload)

    def to_dict(self) -> dict[str, Any]:
        """Return the decision as JSON-ready data."""
        from smpolicy.render.data import decision_to_dict

        return decision_to_dict(self)

    def explain(self) -> str:
        """Return the decision in words: what spoke and why, what is open, what was spared or left free, what would help."""
        from smpolicy.render.explanation import explain

        return explain(self)

    def receipt(self) -> bytes:
        """Return canonical JSON (RFC 8785) that lets anyone decide the same again."""
        from smpolicy.receipts import receipt

        return receipt(self)


def _order(question: Question) -> tuple[int, int, str, str]:
    return _STRENGTH[question.effect], -len(question.rules), question.cite, question.fact


_RANK: dict[str, int] = {"spoke": 0, "open": 1, "spared": 2, "met": 3, "not applicable": 4, "left free": 5}


def discharged_rules(
    kind_rules: KindRules,
    rules: int,
    approvals: tuple[Approval, ...],
    action: Action,
    at: datetime,
    policy: Policy,
    facts: Facts,
) -> int:
    """Return the set of the rules, true or unknown, whose requirement is met by approvals that count.

    Args:
        kind_rules: the bound rules of the action's kind.
        rules: the rules that are true or unknown.
        approvals: the approvals presented.
        action: the action.
        at: the moment of the decision.
        policy: the policy that decides.
        facts: the value of each term.
    """
    digest = payload_digest(action, kind_rules.vocabulary.kinds[action.kind].payload)
    author = action.get("actor.id")

    def value_of(path: str) -> Any:
        index = kind_rules.slots.get(Term(path))
        return policy.value(action, path, at) if index is None else facts[index]

    discharged = 0
    for index, rule in kind_rules.members(rules & kind_rules.asking):
        counting = granted(approvals, rule.id, rule.hash, digest, at, policy.agency.directory, value_of)
        if counting and is_met(rule.requirement or (), counting, author, policy.agency.decision.self_approval):
            discharged |= 1 << index
    return discharged
