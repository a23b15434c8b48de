"""Conditions about actions, in the language of rules, by which tests name the actions that they mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from smpolicy.decisions import Decision
from smpolicy.errors import InvalidProperty, Place, Problem, nearest, some
from smpolicy.facts import age
from smpolicy.language.conditions import Condition
from smpolicy.language.expressions import TRUE, Expression, Term, terms
from smpolicy.language.lowering import Bindings, bind
from smpolicy.language.parsing import ConditionError, Scope, parse
from smpolicy.policies import Policy


def read_condition(text: str | None, policy: Policy, name: str = "when") -> Expression:
    """Return a condition about an action, bound as the policy's own rules are; without a text one that always holds.

    It may read facts of the action, the agency, its directory and its register, and use choices and definitions of the
    rulesets that the agency adopts.

    Args:
        text: the condition, or None.
        policy: the policy.
        name: what the condition is called in messages.

    Raises:
        InvalidProperty: the text is not in the language, or its types do not fit.
    """
    if text is None:
        return TRUE
    agency = policy.agency
    choices = {name: choice for ruleset in agency.rulesets for name, choice in ruleset.choices.items()}
    definitions = {name: each.condition for ruleset in agency.rulesets for name, each in ruleset.definitions.items()}
    types = {name: (choice.value_type, choice.members) for name, choice in choices.items()}

    def definition(name: str) -> Condition:
        return definitions[name]

    try:
        condition = parse(text, Scope(agency.vocabulary, types, definition, tuple(definitions)))
    except ConditionError as error:
        place = Place(name, 1, error.column)
        details: dict[str, Any] = {key: value for key, value in error.details.items() if value is not None}
        raise InvalidProperty(Problem(error.code, error.message, place=place, **details)) from None
    values = {name: each.value for chosen in agency.choices.values() for name, each in chosen.items()}
    return bind(condition, Bindings(agency.vocabulary, values, agency.facts))


def kinds_of(condition: Expression, policy: Policy, kinds: Iterable[str] | None = None) -> tuple[str, ...]:
    """Return the kinds of action that have every fact which a condition reads.

    Args:
        condition: the condition.
        policy: the policy.
        kinds: the kinds from which to choose; by default every kind of which some rule speaks.

    Raises:
        InvalidProperty: a kind is none, or lacks a fact; or no kind has all of them.
    """
    vocabulary, read = policy.agency.vocabulary, [term.path for term in terms(condition)]
    if isinstance(kinds, str):
        kinds = (kinds,)
    given = None if kinds is None else tuple(kinds)
    for kind in given or ():
        if kind not in vocabulary.kinds:
            raise InvalidProperty(
                Problem("unknown_kind", f"`{kind}` is no kind of action", expected=some(vocabulary.kinds, most=20),
                        nearest=nearest(kind, vocabulary.kinds))
            )  # fmt: skip
        lacking = [path for path in read if not vocabulary.has(kind, path)]
        if lacking:
            raise InvalidProperty(
                Problem("nothing_satisfies", f"an action `{kind}` has no fact `{lacking[0]}`",
                        help="name other kinds of action, or another fact")
            )  # fmt: skip
    found = tuple(
        kind
        for kind in (given if given is not None else policy.kinds)
        if (given is not None or policy.kinds[kind].governed) and all(vocabulary.has(kind, path) for path in read)
    )
    if not found:
        message = f"no kind of action has all of {some(read)}" if read else "no kind of action is named"
        raise InvalidProperty(Problem("nothing_satisfies", message, help="write a condition for each kind of action"))
    return found


class Reading(dict[Term, Any]):
    """The values of the terms of a decided action, looked up when they are asked for."""

    def __init__(self, decision: Decision) -> None:
        super().__init__()
        self.decision = decision

    def get(self, term: Term, default: Any = None) -> Any:
        """Return the value of a term, or None where it is unknown."""
        value = self.decision.value(term.path)
        if not term.unit or value is None:
            return default if value is None else value
        return age(value, self.decision.at, term.unit, self.decision.policy.agency.time_zone)
