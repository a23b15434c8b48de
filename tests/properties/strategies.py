"""What only the project's own tests draw: what an engine is given; and which facts an action can say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from smpolicy.analysis.spaces import IDS as LOOKED_UP
from smpolicy.bound_rules import KindRules
from smpolicy.policies import Policy
from smpolicy.testing.agency_tables import AT, values
from smpolicy.vocabulary import GIVEN, Fact, Vocabulary

__all__ = ["LOOKED_UP", "facts", "identities", "sayable"]


def facts(kind_rules: KindRules, *, at: datetime = AT) -> st.SearchStrategy[tuple[Any, ...]]:
    """Return a strategy for what an engine is given: a value for each term of a kind's bound rules, None if unknown."""

    def one(term: Any) -> st.SearchStrategy[Any]:
        fact = kind_rules.vocabulary.facts[term.path]
        return st.none() | (st.integers(-10, 1_900) if term.unit else values(fact, at=at, partly=True))

    return st.tuples(*map(one, kind_rules.terms))


def identities(policy: Policy) -> dict[str, tuple[str, ...]]:
    """Return the ids that an action may name under a policy, by the fact that names them."""
    directory = policy.agency.directory
    people = tuple(directory.people())
    aliases = tuple(getattr(directory, "aliases", ()))
    accounts = tuple(policy.agency.accounts)
    return {"actor.id": people, "access.holder_id": people, "alias.id": aliases, "account.id": accounts}


def sayable(vocabulary: Vocabulary, kind: str) -> dict[str, Fact]:
    """Return the facts that an action of a kind gives itself, ids and the existence of parts left out."""
    given = (fact for fact in vocabulary.facts_of(kind) if fact.owner in GIVEN - {"candidate"})
    return {fact.path: fact for fact in given if fact.path not in LOOKED_UP and fact.name != "exists"}
