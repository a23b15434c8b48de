"""Decisions as JSON-ready data, for machines."""

from __future__ import annotations

from typing import Any

from smpolicy.approvals import Requirement
from smpolicy.decisions import Because, Decision, PassedOver, Reason
from smpolicy.patterns import GivenDuty, GivenNotice, Needed, Pattern, Question
from smpolicy.rulesets import Overriding


def decision_to_dict(decision: Decision) -> dict[str, Any]:
    """Return all of a decision but its receipt.

    Args:
        decision: the decision.
    """
    verdict = decision.verdict
    data: dict[str, Any] = {
        "agency": decision.policy.agency.id,
        "kind": decision.action.kind,
        "at": decision.at.isoformat().replace("+00:00", "Z"),
        "outcome": verdict.outcome.value,
        "settled": verdict.settled,
        "next": verdict.next,
        "reasons": [_reason(each) for each in decision.reasons],
        "passed_over": [_passed_over(each) for each in decision.passed_over],
        **decision.pattern.to_dict(),
    }
    overriding = decision.overriding
    if overriding:
        data["overrides"] = [overriding_to_dict(each) for each in overriding]
    if decision.code is not None:
        data["code"] = decision.code
    return data


def overriding_to_dict(each: Overriding) -> dict[str, Any]:
    """Return what loosens another ruleset as JSON-ready data."""
    return {
        "by": each.id,
        "ruleset": each.ruleset,
        "of": each.of,
        "what": list(each.what),
        "authority": each.authority,
    }


def pattern_to_dict(pattern: Pattern) -> dict[str, Any]:
    """Return the part of a decision that does not depend on the values of facts.

    Args:
        pattern: the decision's pattern.
    """
    return {
        "needed": [_needed(each) for each in pattern.needed],
        "needed_if": [_needed(each) for each in pattern.needed_if],
        "duties": [_duty(each) for each in pattern.duties],
        "possible_duties": [_duty(each) for each in pattern.possible_duties],
        "notices": [_notice(each) for each in pattern.notices],
        "possible_notices": [_notice(each) for each in pattern.possible_notices],
        "questions": [_question(each) for each in pattern.questions],
        "checklist": [each.fact for each in pattern.questions if each.attestable],
        "considerations": {
            cited: {"status": each.status} if each.by is None else {"status": each.status, "by": each.by}
            for cited, each in pattern.considerations.items()
        },
    }


def _reason(each: Reason) -> dict[str, Any]:
    return {
        "rule": each.rule,
        "ruleset": each.ruleset,
        "effect": each.effect,
        "cites": list(each.cites),
        "reason": each.reason,
        "remedy": each.remedy,
        "because": [_because(found) for found in each.because],
        "discharged": each.discharged,
    }


def _passed_over(each: PassedOver) -> dict[str, Any]:
    approval = each.approval
    return {"by": approval.by, "role": approval.role, "rule": approval.rule, "why": each.why}


def _because(each: Because) -> dict[str, Any]:
    return {"fact": each.fact, "value": each.value, "provenance": each.provenance}


def _needed(each: Needed) -> dict[str, Any]:
    data: dict[str, Any] = {"rule": each.rule, "requirement": requirement_to_list(each.requirement)}
    if each.questions:
        data["questions"] = list(each.questions)
    return data


def requirement_to_list(requirement: Requirement) -> list[dict[str, Any]]:
    """Return whose approval is asked, as JSON-ready data."""
    return [{"offices": list(need.offices), "roles": list(need.roles), "people": need.people} for need in requirement]


def _duty(each: GivenDuty) -> dict[str, Any]:
    duty = each.duty
    data: dict[str, Any] = {
        "rule": each.rule,
        "do": duty.do,
        "to": list(duty.to),
        "when": duty.when,
        "cites": list(each.cites),
    }
    if duty.within is not None:
        data["within"] = duty.within
    if duty.excluding is not None:
        data["except"] = duty.excluding
    return data


def _notice(each: GivenNotice) -> dict[str, Any]:
    return {"rule": each.rule, "notice": each.notice, "cites": list(each.cites)}


def _question(each: Question) -> dict[str, Any]:
    data: dict[str, Any] = {
        "fact": each.fact,
        "ask": each.ask,
        "cite": each.cite,
        "asked_of": each.asked_of,
        "type": each.type,
        "effect": each.effect,
        "rules": list(each.rules),
        "attestable": each.attestable,
    }
    if each.members:
        data["members"] = list(each.members)
    return data
