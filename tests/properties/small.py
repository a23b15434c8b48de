"""A small pack that goes through everything: facts of its own of each type, and rules that read them."""

from __future__ import annotations

from datetime import date
from typing import Any

KINDS = ["publish", "hide"]


def fact(id: str, type: str, **details: Any) -> dict[str, Any]:
    """Return a fact of the pack, as its file states it."""
    return {"id": id, "type": type, "on": KINDS, "ask": f"What of {id}?", "cite": "X.1", **details}


def rule(id: str, when: str, then: str = "deny", **details: Any) -> dict[str, Any]:
    """Return a rule of the pack, as its file states it."""
    asks = {"approvals": [{"office": "legal"}]} if then == "needs_approval" else {}
    return {
        "id": f"X.1/{id}",
        "on": KINDS,
        "when": when,
        "then": then,
        "reason": f"Because of {id}.",
        **asks,
        **details,
    }


PACK: dict[str, Any] = {
    "ruleset": {"id": "small-pack", "title": "A small pack", "version": "1", "dated": date(2026, 1, 1),
                "source": "A memorandum", "namespace": "small"},
    "office": [{"id": "legal", "title": "Legal counsel"}, {"id": "records", "title": "Records"}],
    "fact": [
        fact("flagged", "bool", harmless=False),
        fact("sworn_to", "bool", harmless=True, always_ask=True, owner="given"),
        fact("colour", "enum", values=["red", "green"], harmless="green"),
        fact("marks", "set", values=["north", "south", "east"]),
        fact("copies", "integer", harmless=0, most=50),
        fact("label", "text"),
        fact("only_hiding", "bool", harmless=False, on=["hide"]),
    ],
    "consideration": [{"id": "X.1", "title": "One", "gist": "One thing.", "acts": KINDS}],
    "choice": [
        {"id": "wrong_marks", "about": "X.1", "ask": "Which marks?", "type": "subset", "of": "small.marks",
         "default": ["north"], "stricter": "more"},
    ],
    "rule": [
        rule("flagged", "small.flagged", "needs_approval"),
        rule("sworn_to", "not small.sworn_to", "needs_approval"),
        rule("colour", "small.colour == 'red'"),
        rule("marks", "overlaps(small.marks, choice.wrong_marks)"),
        rule("copies", "small.copies > 10", "needs_approval", approvals=[{"office": "legal", "people": 2}]),
        rule("label", "small.label in {'secret', 'private'}"),
        rule("only_hiding", "small.only_hiding", on=["hide"]),
        {"id": "X.1/duty", "on": KINDS, "when": "small.copies >= 1",
         "oblige": {"do": "File a copy.", "to": "records", "when": "after"}},
    ],
}  # fmt: skip

AGENCY: dict[str, Any] = {
    "agency": {"id": "alder-hollow", "name": "Alder Hollow Police Department (fictional)",
               "time_zone": "America/Chicago", "effective": date(2026, 1, 1), "rulesets": ["small-pack"]},
    "offices": {"legal": ["legal_counsel", "deputy_chief"], "records": ["supervisor"]},
    "attestation": [{"roles": ["spokesperson"]}],
    "directory": {"person": [
        {"id": "spokesperson-1", "roles": ["spokesperson", "legal_counsel"]},
        {"id": "counsel-1", "roles": ["legal_counsel"]},
        {"id": "counsel-2", "roles": ["legal_counsel", "deputy_chief"]},
        {"id": "officer-1", "roles": []},
        {"id": "chief-1", "held": [{"role": "deputy_chief", "since": date(2026, 5, 1), "until": date(2026, 5, 20)}]},
    ]},
}  # fmt: skip
