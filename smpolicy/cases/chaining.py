"""Where a case stands at a moment, concluded by forward chaining: the same as `standing.conclude`, with joins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from smpolicy import forward
from smpolicy.cases.standing import Conclude, Conclusion, Fact, conclude
from smpolicy.forward import JoinedRules, joined
from smpolicy.forward_rules import Check, Joined, Properties, equals, is_below, reaches, same

NOW = "now"


def _is(what: str) -> Check:
    return equals("is_", what)


RULES = {
    "expired": Joined(_is("case"), (_is("now"), reaches("now", "a", "expires"))),
    "closed": Joined(_is("closed"), (_is("now"),)),
    "taken_back": Joined(_is("approval"), (_is("taken_back"), same("approval", "a", "number"))),
    "lapsed": Joined(_is("approval"), (_is("now"), reaches("now", "a", "expires"))),
    "borrowed": Joined(
        _is("loan"),
        (
            _is("approval"),
            same("by", "a", "to"),
            same("role", "a", "role"),
            reaches("given", "a", "since"),
            is_below("given", "a", "until"),
        ),
    ),
    "asked": Joined(_is("step"), (_is("now"), reaches("now", "a", "due"))),
    "reviewed": Joined(_is("review"), (_is("reviewed"), same("rule", "a", "rule"))),
    "overdue": Joined(_is("review"), (_is("now"), reaches("now", "a", "due"))),
}
"""What follows from each two facts: the first is called `a`."""

ABOUT = {"closed": ("a", "how"), "taken_back": ("a", "number"), "lapsed": ("a", "number"), "borrowed": ("b", "number"),
         "asked": ("a", "step"), "reviewed": ("a", "rule"), "overdue": ("a", "rule")}  # fmt: skip
"""What each conclusion is about."""


TEXTS = ("is_", "how", "by", "role", "to", "rule")
NUMBERS = ("number", "approval", "step", "given", "expires", "since", "until", "due", "now")
PROPERTIES: Properties = dict.fromkeys(TEXTS, str) | dict.fromkeys(NUMBERS, int)
"""Every key of a fact, with the type of its values."""


def chaining() -> Conclude:
    """Return what draws every conclusion by forward chaining.

    Raises:
        EngineUnavailable: durable-rules cannot be imported.
    """
    session = joined(RULES, PROPERTIES)

    def by_chaining(facts: Iterable[Fact]) -> frozenset[Conclusion]:
        return _conclude(session, facts)

    return by_chaining


def best_conclude() -> Conclude:
    """Return what draws conclusions by forward chaining where that is possible, else in plain Python."""
    return chaining() if forward.available() else conclude


def _conclude(session: JoinedRules, facts: Iterable[Fact]) -> frozenset[Conclusion]:
    written = [{"is_" if key == "is" else key: value for key, value in fact.items()} for fact in facts]
    return frozenset(_conclusion(name, matched) for name, matched in session.conclude(written))


def _conclusion(name: str, matched: Any) -> Conclusion:
    alias, key = ABOUT.get(name, ("", ""))
    loan = int(matched["a"]["number"]) if name == "borrowed" else 0
    return Conclusion(name, matched[alias][key] if alias else 0, loan)
