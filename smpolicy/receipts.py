"""Receipts: what was decided, on what, as canonical JSON that lets anyone decide the same again."""

from __future__ import annotations

from typing import Any

import rfc8785

from smpolicy.actions import to_json
from smpolicy.decisions import Decision
from smpolicy.facts import provenance
from smpolicy.rulesets import content_hash

FORMAT = 1


def receipt_data(decision: Decision) -> dict[str, Any]:
    """Return a receipt as JSON-ready data.

    Args:
        decision: the decision.
    """
    kind_rules, action, agency = decision.kind_rules, decision.action, decision.policy.agency
    paths = sorted({*kind_rules.bits, *(term.path for term in kind_rules.terms)})
    facts = {}
    for path in paths:
        value = decision.value(path)
        origin = provenance(path, value, action, kind_rules.vocabulary)
        facts[path] = {"value": "unknown" if value is None else to_json(value), "provenance": origin}
    return {
        "format": FORMAT,
        "rulesets": {ruleset.id: ruleset.hash() for ruleset in agency.rulesets},
        "agency": agency.hash(),
        "action": content_hash(action.to_dict()),
        "kind": action.kind,
        "facts": facts,
        "at": to_json(decision.at),
        "approvals": [each.to_dict() for each in decision.approvals],
        "delegations": [each.to_dict() for each in decision.delegations],
        "true": [rule.id for _, rule in kind_rules.members(decision.true)],
        "unknown": [rule.id for _, rule in kind_rules.members(decision.unknown)],
        "discharged": [rule.id for _, rule in kind_rules.members(decision.discharged)],
        "outcome": str(decision.outcome),
        "settled": decision.settled,
    }


def receipt(decision: Decision) -> bytes:
    """Return a receipt as canonical JSON (RFC 8785).

    Args:
        decision: the decision.
    """
    return rfc8785.dumps(receipt_data(decision))
