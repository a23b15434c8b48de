"""Decisions: an outcome with reasons, needed approvals, duties and questions, worked out when looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from attrs import field, frozen

from smpolicy.actions import Action, to_json
from smpolicy.approvals import (
    Approval,
    Delegation,
    approval_moment,
    facts_digest,
    given_facts,
    is_met,
    may_be_author,
    one_person,
    why_not,
)
from smpolicy.bound_rules import BoundRule, KindRules
from smpolicy.errors import AmbiguousTruth, InvalidApproval, Problem, nearest, shorten
from smpolicy.facts import Facts, provenance
from smpolicy.judge import NextStep, Outcome, Verdict
from smpolicy.language.expressions import Term, because
from smpolicy.patterns import (
    ConsiderationStatus,
    GivenDuty,
    GivenNotice,
    Needed,
    Pattern,
    Question,
    find_pattern,
    missing_ids,
)

if TYPE_CHECKING:
    from smpolicy.policies import Policy
    from smpolicy.rulesets import Overriding


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
class PassedOver:
    """An approval that was presented and does not count.

    Attributes:
        approval: the approval.
        why: the reason, one of `approvals.WHY_NOT`.
    """

    approval: Approval
    why: str


@frozen(slots=True, eq=False)
class Decision:
    """What a policy says about one action.

    Attributes:
        policy: the policy that decided.
        action: the action.
        at: the moment of the decision.
        approvals: the approvals that were presented.
        delegations: the roles that were lent.
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
    delegations: tuple[Delegation, ...] = field(repr=False)
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
    def pattern(self) -> Pattern:
        """Return what follows from which facts are known, whatever their values."""
        missing = missing_ids(self.action)
        return find_pattern(
            self.kind_rules, self.facts, self.true, self.unknown, self.discharged, self.verdict, missing
        )

    @property
    def needed(self) -> tuple[Needed, ...]:
        """Return the approvals that true rules ask for and do not have."""
        return self.pattern.needed

    @property
    def needed_if(self) -> tuple[Needed, ...]:
        """Return the approvals that open rules would ask for, with the facts on which they depend."""
        return self.pattern.needed_if

    @cached_property
    def passed_over(self) -> tuple[PassedOver, ...]:
        """Return the approvals that were presented and do not count, each with the reason."""
        granted = Granted(
            self.approvals, self.delegations, self.kind_rules, self.action, self.at, self.policy, self.facts
        )
        return granted.passed_over(self.true | self.unknown)

    @property
    def duties(self) -> tuple[GivenDuty, ...]:
        """Return what must be done; on a deny only what must be done regardless."""
        return self.pattern.duties

    @property
    def possible_duties(self) -> tuple[GivenDuty, ...]:
        """Return what may have to be done, depending on what is not known."""
        return self.pattern.possible_duties

    @property
    def notices(self) -> tuple[GivenNotice, ...]:
        """Return the notices of true rules."""
        return self.pattern.notices

    @property
    def possible_notices(self) -> tuple[GivenNotice, ...]:
        """Return the notices that may apply, depending on what is not known."""
        return self.pattern.possible_notices

    @property
    def questions(self) -> tuple[Question, ...]:
        """Return what is not known and matters: the strongest effect first, then how many rules it touches."""
        return self.pattern.questions

    @property
    def checklist(self) -> tuple[Question, ...]:
        """Return the questions that one attestation would answer."""
        return tuple(each for each in self.questions if each.attestable)

    def asks(self) -> int:
        """Return how many things are asked, a checklist that one attestation answers counting as one."""
        return len(self.questions) - max(len(self.checklist) - 1, 0)

    @property
    def considerations(self) -> Mapping[str, ConsiderationStatus]:
        """Return what became of each consideration that has a restricting rule for this kind of action."""
        return self.pattern.considerations

    @cached_property
    def overriding(self) -> tuple[Overriding, ...]:
        """Return what lets packs loosen, in this decision, rules of other rulesets that speak, or may."""
        return self.kind_rules.overriding(self.facts)

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
            InvalidApproval: no such rule asks for approval here, the content of the action is not known, the role is
                unknown, or the moments are wrong.
            UnknownPerson: nobody of that id is registered.
        """
        asking = self.kind_rules.members((self.true | self.unknown) & self.kind_rules.asking)
        rules = {each.id: each for _, each in asking}
        if rule not in rules:
            denies = any(each.id == rule and each.effect == "deny" for each in self.kind_rules.rules)
            raise InvalidApproval(
                Problem(
                    "no_such_approval",
                    f"the rule `{rule}` denies, and no approval lifts it"
                    if denies
                    else f"no rule `{shorten(rule)}` asks for approval of this action",
                    nearest=nearest(rule, rules),
                    help="see `decision.needed` and `decision.needed_if`",
                )
            )
        needs_payload = self.kind_rules.vocabulary.kinds[self.action.kind].payload
        if self.lacks_payload:
            raise InvalidApproval(
                Problem(
                    "missing_payload",
                    f"an action `{self.action.kind}` cannot be approved while its content is not known",
                    path="$.payload",
                    help="give the content's bytes as `payload`, or their SHA-256",
                )
            )
        bound = rules[rule]
        facts = {} if needs_payload else given_facts(self.action)
        facts |= {path: to_json(self.value(path)) for path in dict.fromkeys(term.path for term in bound.terms)}
        facts = {path: value for path, value in facts.items() if value is not None}
        digest = str(self.action.payload) if needs_payload else facts_digest(self.action.kind, facts)
        given = approval_moment(given_at or self.at)
        days = timedelta(days=self.policy.agency.decision.approval_days)
        end = approval_moment(expires_at or given + days)
        if end <= given:
            message = f"the approval would expire at {to_json(end)}, and be given at {to_json(given)}"
            raise InvalidApproval(Problem("wrong_dates", message, help="give a later `expires_at`, or leave it out"))
        self.policy.check_approver(by, role, given)
        return Approval(by, role, rule, bound.hash, digest, facts, given, end)

    @property
    def lacks_payload(self) -> bool:
        """Return whether the action cannot be approved yet because its content is not known."""
        return self.kind_rules.vocabulary.kinds[self.action.kind].payload and self.action.payload is None

    def to_dict(self) -> dict[str, Any]:
        """Return the decision as JSON-ready data."""
        from smpolicy.render.data import decision_to_dict

        return decision_to_dict(self)

    def explain(self) -> str:
        """Return the decision in words: what spoke and why, what is open, spared or left free, and what would help."""
        from smpolicy.render.explanation import explain

        return explain(self)

    def receipt(self) -> bytes:
        """Return canonical JSON (RFC 8785) that lets anyone decide the same again."""
        from smpolicy.receipts import receipt

        return receipt(self)


@frozen(slots=True)
class Granted:
    """What people granted, seen from one action at one moment under one policy.

    Attributes:
        approvals: the approvals presented.
        delegations: the roles that are lent.
        kind_rules: the bound rules of the action's kind.
        action: the action.
        at: the moment of the decision.
        policy: the policy that decides.
        facts: the value of each term.
    """

    approvals: tuple[Approval, ...]
    delegations: tuple[Delegation, ...]
    kind_rules: KindRules
    action: Action
    at: datetime
    policy: Policy
    facts: Facts

    def discharged(self, rules: int) -> int:
        """Return the set of the rules whose requirement is met by approvals that count.

        Args:
            rules: the rules that are true or unknown.
        """
        author, self_approval = self.action.get("actor.id"), self.policy.agency.decision.self_approval
        found = 0
        for index, rule in self.kind_rules.members(rules & self.kind_rules.asking):
            counting = [each for each in self.approvals if self.why_not(each, rule) is None]
            same = one_person(counting, self.delegations, self.policy.agency.directory)
            if counting and is_met(rule.requirement or (), counting, author, self_approval, same):
                found |= 1 << index
        return found

    def why_not(self, approval: Approval, rule: BoundRule) -> str | None:
        """Return why an approval does not count for a rule, or None where it does."""
        needs_payload = self.kind_rules.vocabulary.kinds[self.action.kind].payload
        directory = self.policy.agency.directory
        return why_not(
            approval, rule.id, rule.hash, self.action, needs_payload, self.at, directory, self._value, self.delegations
        )

    def passed_over(self, rules: int) -> tuple[PassedOver, ...]:
        """Return the approvals that count for none of some rules, each with the reason.

        Args:
            rules: the rules that are true or unknown.
        """
        author, self_approval = self.action.get("actor.id"), self.policy.agency.decision.self_approval
        asking = {rule.id: rule for _, rule in self.kind_rules.members(rules & self.kind_rules.asking)}
        found = []
        for each in self.approvals:
            why = "other_rule" if each.rule not in asking else self.why_not(each, asking[each.rule])
            if why is None and not self_approval:
                same = one_person([each], self.delegations, self.policy.agency.directory)
                why = "is_author" if may_be_author(each, author, same) else None
            if why is not None:
                found.append(PassedOver(each, why))
        return tuple(found)

    def _value(self, path: str) -> Any:
        index = self.kind_rules.slots.get(Term(path))
        return self.policy.value(self.action, path, self.at) if index is None else self.facts[index]
