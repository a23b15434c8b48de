"""Tests of smpolicy.receipts: canonical, complete, and free of what does not matter."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785

import smpolicy
from smpolicy.receipts import FORMAT, receipt_data
from smpolicy.rulesets import content_hash
from tests.builders import AT, decide, make_policy, rule
from tests.usable import ENGINES

RULES = rule("content.humor and actor.status == 'sworn'") + rule(
    "content.unverified and not terms.published", "needs_approval", id='"A.2/other"'
)
DATA: dict[str, Any] = {"actor": {"id": "sheriff-1"}, "content": {"humor": True}, "payload": {"text": "Ha."}}


class TestReceipt:
    def test_canonical(self) -> None:
        """A receipt is canonical JSON."""
        made = decide(make_policy(RULES), DATA).receipt()
        assert made == rfc8785.dumps(json.loads(made))

    def test_content(self) -> None:
        """A receipt says what was decided, when, on which facts, and under what."""
        policy = make_policy(RULES)
        decision = decide(policy, DATA)
        assert receipt_data(decision) == {
            "format": FORMAT,
            "rulesets": {"example": policy.agency.rulesets[0].hash()},
            "agency": policy.agency.hash(),
            "action": content_hash(decision.action.to_dict()),
            "kind": "publish",
            "facts": {
                "actor.status": {"value": "sworn", "provenance": "directory"},
                "content.humor": {"value": True, "provenance": "given"},
                "content.unverified": {"value": "unknown", "provenance": "unknown"},
                "terms.published": {"value": "unknown", "provenance": "unknown"},
            },
            "at": "2026-06-01T12:00:00Z",
            "approvals": [],
            "delegations": [],
            "true": ["A.1/rule"],
            "unknown": ["A.2/other"],
            "discharged": [],
            "outcome": "deny",
            "settled": True,
        }

    def test_approvals(self) -> None:
        """The approvals presented are there, and which rules they discharged."""
        policy = make_policy(rule(then="needs_approval"))
        data = DATA | {"content": {"guilt_or_innocence": True}}
        given = decide(policy, data).approval("A.1/rule", by="counsel-1", role="legal_counsel")
        made = receipt_data(decide(policy, data, approvals=[given]))
        assert made["approvals"] == [given.to_dict()]
        assert made["discharged"] == ["A.1/rule"]

    @pytest.mark.parametrize("engine", [*ENGINES, "checked"])
    def test_same_by_every_engine(self, engine: str) -> None:
        """No engine, no version and no path is in it."""
        made = decide(make_policy(RULES, engine=engine), DATA).receipt()
        assert made == decide(make_policy(RULES), DATA).receipt()
        for word in (engine, smpolicy.__version__, "/tmp", ".toml"):
            assert word.encode() not in made

    def test_moment(self) -> None:
        """The moment is in it, in UTC."""
        assert json.loads(decide(make_policy(RULES), DATA).receipt())["at"] == AT.isoformat().replace("+00:00", "Z")
