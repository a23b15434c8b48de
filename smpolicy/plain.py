"""The plain action of a kind: every fact known, and each with its harmless value."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from smpolicy.agencies import Agency
from smpolicy.bound_rules import BoundRule, KindRules
from smpolicy.language.expressions import Expression, Term, Truth, terms, truth
from smpolicy.vocabulary import ALL, DaysAgo, Fact

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def harmless_value(fact: Fact, at: datetime) -> Any:
    """Return the value of a fact under which nothing is restricted.

    Args:
        fact: the fact.
        at: the moment of the decision, for facts that are dates.
    """
    if fact.type == "set":
        return frozenset(fact.members) if fact.harmless is ALL else frozenset(fact.harmless or ())
    if isinstance(fact.harmless, DaysAgo):
        return at - timedelta(days=fact.harmless.days)
    return "none" if fact.harmless is None and fact.type == "text" else fact.harmless


def plain_action_is_restricted(agency: Agency, kind_rules: KindRules) -> list[BoundRule]:
    """Return the rules that restrict the plain action of a kind, known to be harmless in every respect.

    Args:
        agency: the agency, whose own facts are as its file says, and harmless where it does not.
        kind_rules: the bound rules of the kind.
    """
    facts = {term: _plain_term(term, agency) for term in kind_rules.terms}
    return [rule for rule in kind_rules.rules if rule.restricts and truth(rule.condition, facts)]


def plain_truth(condition: Expression, agency: Agency) -> Truth:
    """Return whether a bound condition holds of a plain action.

    Args:
        condition: the condition.
        agency: the agency.
    """
    return truth(condition, {term: _plain_term(term, agency) for term in terms(condition)})


def _plain_term(term: Term, agency: Agency) -> Any:
    fact = agency.vocabulary.facts[term.path]
    if term.unit:
        days = fact.harmless.days if isinstance(fact.harmless, DaysAgo) else 0
        return 2 * days if term.unit == "days" else 2 * (days // 30)
    return harmless_value(fact, LONG_AGO)
