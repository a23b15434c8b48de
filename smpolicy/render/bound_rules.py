"""The bound policy in words and as data: every rule of each kind of action, as the agency has chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from smpolicy.agencies import Agency
from smpolicy.bound_rules import BoundRule, KindRules
from smpolicy.language.expressions import TRUE, to_text
from smpolicy.policies import Policy
from smpolicy.render.data import overriding_to_dict, requirement_to_list
from smpolicy.render.explanation import overriding_lines
from smpolicy.render.words import EFFECTS, cited, counted, listed, offices_in_words, wrapped


def rules_text(policy: Policy, kinds: Iterable[str]) -> str:
    """Return the bound rules of some kinds of action, as plain text; each condition stands on one line.

    Args:
        policy: the policy.
        kinds: the kinds.
    """
    agency = policy.agency
    lines = [f"{agency.name}, from {agency.effective}" + (f" until {agency.until}" if agency.until else "")]
    lines += [f"{ruleset.title} [{ruleset.id} {ruleset.version}]" for ruleset in agency.rulesets]
    for kind in kinds:
        lines += ["", *_kind_lines(policy.kinds[kind], agency)]
    return "\n".join(lines) + "\n"


def _kind_lines(kind_rules: KindRules, agency: Agency) -> Iterator[str]:
    if not kind_rules.governed:
        yield f"{kind_rules.kind.upper()}: no ruleset speaks of this kind of action, so none can go ahead"
        return
    yield f"{kind_rules.kind.upper()}: {counted(len(kind_rules.rules), 'rule')}"
    for rule in kind_rules.rules:
        yield from _rule_lines(rule, agency)
    if kind_rules.overridden:
        yield ""
        yield "  loosened by packs, so that no rule is left"
        yield from (f"  {line}" for line in overriding_lines(kind_rules.overridden))
    if kind_rules.left_free:
        yield ""
        yield from wrapped(f"left free: {cited(kind_rules.left_free, agency)}", "  ", "    ")


def _rule_lines(rule: BoundRule, agency: Agency) -> Iterator[str]:
    yield ""
    yield f"  {rule.id}: {EFFECTS[rule.effect]}"
    yield f"    when     {'always' if rule.condition == TRUE else to_text(rule.condition)}"
    for need in rule.requirement or ():
        roles = f"role {listed(need.roles, last='or')}" if need.roles else "held by no role"
        people = counted(need.people, "person", "people")
        yield from wrapped(f"{people} from: {offices_in_words(need.offices, agency)} ({roles})", "    approval ")
    if rule.duty is not None:
        within = f", within {rule.duty.within}" if rule.duty.within else ""
        to = offices_in_words(rule.duty.to, agency)
        yield from wrapped(f"{rule.duty.when}{within} - {to}: {rule.duty.do}", "    duty     ")
    if rule.notice is not None:
        yield from wrapped(rule.notice, "    notice   ")
    if rule.sparings:
        yield from wrapped(listed((each.exception for each in rule.sparings), 20), "    spared   by ")
    for each in rule.sparings:
        if each.overriding is not None:
            text = f"{each.overriding.ruleset}, by {each.exception}: {each.overriding.authority}"
            yield from wrapped(text, "    loosened by ", "             ")
    yield from wrapped(cited(rule.cites, agency), "    cites    ")


def rules_to_dict(policy: Policy, kinds: Iterable[str]) -> dict[str, Any]:
    """Return the bound rules of some kinds of action as JSON-ready data.

    Args:
        policy: the policy.
        kinds: the kinds.
    """
    agency = policy.agency
    return {
        "agency": agency.id,
        "effective": agency.effective.isoformat(),
        "until": None if agency.until is None else agency.until.isoformat(),
        "rulesets": {ruleset.id: ruleset.version for ruleset in agency.rulesets},
        "kinds": {
            kind: {
                "governed": policy.kinds[kind].governed,
                "rules": [_rule(each) for each in policy.kinds[kind].rules],
                "left_free": list(policy.kinds[kind].left_free),
                "overrides": [overriding_to_dict(each) for each in policy.kinds[kind].overridden],
            }
            for kind in kinds
        },
    }


def _rule(rule: BoundRule) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": rule.id,
        "ruleset": rule.ruleset,
        "effect": rule.effect,
        "when": to_text(rule.condition),
        "cites": list(rule.cites),
        "hash": rule.hash,
    }
    if rule.requirement is not None:
        data["approvals"] = requirement_to_list(rule.requirement)
    if rule.duty is not None:
        duty = rule.duty
        data["duty"] = {"do": duty.do, "to": list(duty.to), "when": duty.when}
        data["duty"] |= {} if duty.within is None else {"within": duty.within}
        data["duty"] |= {} if duty.excluding is None else {"except": duty.excluding}
    if rule.notice is not None:
        data["notice"] = rule.notice
    if rule.reason:
        data["reason"] = rule.reason
    if rule.remedy:
        data["remedy"] = rule.remedy
    if rule.sparings:
        data["spared_by"] = [each.exception for each in rule.sparings]
    overriding = [each.overriding for each in rule.sparings if each.overriding is not None]
    if overriding:
        data["overrides"] = [overriding_to_dict(each) for each in overriding]
    return data
