"""What a contradiction is: two sides of a configuration that cannot both be meant, each with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from attrs import frozen

from smpolicy.agencies import Agency
from smpolicy.bound_rules import BoundRule
from smpolicy.choices import to_plain
from smpolicy.errors import Place, shorten
from smpolicy.render.agency_file import to_toml
from smpolicy.rulesets import Choice, RuleException, Ruleset

What = Literal["choice", "rule", "exception", "office", "fact", "setting"]

CONTRADICTIONS: Mapping[str, str] = {
    "allowed_yet_denied": "A choice allows what a rule denies in every case: take one of the two back.",
    "asked_of_the_author": "Somebody alone could approve their own actions: give the office to somebody else as well.",
    "asked_but_excluded": "Those who are asked may not do it here: give the office to somebody else as well.",
    "choice_without_effect": "No value of a choice changes any decision: take it out, or change what makes it idle.",
    "exception_swallows_rule": "A rule never speaks, because an exception always lifts it: narrow one of the two.",
    "never_true": "The condition of a rule can never hold: correct it, or the choice that makes it so.",
    "too_few_to_ask": "Nobody, or too few people, hold an office that is asked: give it to more people, or ask fewer.",
}
"""Every code of a contradiction: what it means and what to do."""


@frozen(slots=True)
class Side:
    """One side of a contradiction.

    Attributes:
        what: choice, rule, exception, office, fact or setting.
        id: its id; of a setting the table and key of the agency's file.
        place: where it is said, where that is known.
        value: what it says, as it is written in files, where it has a value.
    """

    what: What
    id: str
    place: Place | None = None
    value: str | None = None

    def __str__(self) -> str:
        return f"`{self.id}`" if self.value is None else f"`{self.id} = {self.value}`"

    def to_dict(self) -> dict[str, Any]:
        """Return the side as JSON-ready data, without what is not known."""
        place = self.place
        data = {
            "what": self.what,
            "id": self.id,
            "value": self.value,
            "file": place.file if place else None,
            "line": place.line if place else None,
            "column": place.column if place else None,
        }
        return {key: value for key, value in data.items() if value is not None}


@frozen(slots=True)
class Contradiction:
    """Two sides of a configuration that cannot both be meant.

    Attributes:
        code: a stable name of this kind of contradiction, one of `CONTRADICTIONS`.
        message: what is contradictory, in lower case, with the names in backticks.
        sides: the two sides.
        help: what to do.
        exact: whether it is shown; else there were too many cases, so that it is not settled.
    """

    code: str
    message: str
    sides: tuple[Side, Side]
    help: str
    exact: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return the contradiction as JSON-ready data."""
        return {
            "code": self.code,
            "message": self.message,
            "sides": [each.to_dict() for each in self.sides],
            "help": self.help,
            "exact": self.exact,
        }


def choice_side(agency: Agency, ruleset: Ruleset, choice: Choice) -> Side:
    """Return a choice as a side: where the agency's file makes it, else where its ruleset states its default."""
    chosen = agency.choices[ruleset.id][choice.id]
    return Side("choice", choice.id, chosen.place or choice.place, _written(to_plain(chosen.value)))


def rule_side(rule: BoundRule) -> Side:
    """Return a rule as a side."""
    return Side("rule", rule.id, rule.place)


def exception_side(exception: RuleException) -> Side:
    """Return an exception as a side."""
    return Side("exception", exception.id, exception.place)


def office_side(agency: Agency, office: str) -> Side:
    """Return an office as a side: where the agency's file gives it to roles."""
    roles = agency.offices.get(office, ())
    return Side("office", office, agency.place_of("offices", office), _written(list(roles)))


def fact_side(agency: Agency, path: str) -> Side:
    """Return a fact of the agency as a side."""
    part, _, name = path.partition(".")
    value = agency.facts.get(path)
    plain = sorted(value) if isinstance(value, frozenset) else value
    shown = _written(plain) if isinstance(plain, (bool, int, str, list)) else None
    return Side("fact", path, agency.place_of("facts", part, name), shown)


def _written(value: Any) -> str:
    return shorten(to_toml(value), 60)


def and_more(rules: Sequence[str]) -> str:
    """Return the first of some rules for a message, and how many there are besides."""
    if len(rules) == 1:
        return f"`{rules[0]}`"
    return f"`{rules[0]}` and {len(rules) - 1} more"


def on_kinds(kinds: Sequence[str]) -> str:
    """Return on which kinds of action something is so, for a message."""
    return f" on `{kinds[0]}`" if len(kinds) == 1 else ""


def not_settled(code: str, question: str, one: Side, other: Side) -> Contradiction:
    """Return that it is not settled whether there is a contradiction."""
    help_ = "there are too many cases to settle it here: look at the two yourself"
    return Contradiction(code, f"it is not settled {question}", (one, other), help_, exact=False)
