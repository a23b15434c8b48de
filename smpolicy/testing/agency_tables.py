"""Hypothesis strategies for the values of facts and choices, and for agencies, as the tables of their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from itertools import pairwise
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from smpolicy.actions import to_json
from smpolicy.choices import raised, read_choice_value, to_plain
from smpolicy.errors import InvalidFile, Report
from smpolicy.kinds import CORE
from smpolicy.loading.candidates import STATED_POLICY_FACTS
from smpolicy.loading.stacking import adjusted
from smpolicy.policies import Policy
from smpolicy.rulesets import EFFECTS, Adjustment, Choice, Ruleset
from smpolicy.testing.tables import policy_from, shipped
from smpolicy.vocabulary import Fact, SomeOf, Vocabulary

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
"""The moment for which generated actions are decided, unless another is given."""

TEXTS = ("alder", "hollow", "Marlow Bend", "caf\u00e9")
ZONES = ("America/Chicago", "UTC", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe")
ROLES = CORE.facts["actor.roles"].members
PEOPLE = ("chief-1", "spokesperson-1", "counsel-1", "officer-1")


@cache
def values(fact: Fact, *, at: datetime = AT, partly: bool = False) -> st.SearchStrategy[Any]:
    """Return a strategy for the known values of a fact, in canonical form.

    Args:
        fact: the fact.
        at: the moment near which moments lie.
        partly: whether a set may be known in part.
    """
    if fact.type == "bool":
        return st.booleans()
    if fact.type == "enum":
        return st.sampled_from(fact.members)
    if fact.type == "set":
        whole = st.frozensets(st.sampled_from(fact.members))
        return whole | partial_sets(fact.members) if partly else whole
    if fact.type == "integer":
        return st.integers(fact.least, min(fact.most, fact.least + 100)) | st.integers(fact.least, fact.most)
    if fact.type == "moment":
        return st.builds(
            lambda days, seconds: at - timedelta(days=days, seconds=seconds),
            st.integers(-5, 900),
            st.integers(0, 86_399) | st.just(0),
        )
    return st.sampled_from(TEXTS)


@st.composite
def partial_sets(draw: st.DrawFn, members: Sequence[str]) -> SomeOf:
    """Return a strategy for sets of which something, but not all, is known."""
    told = draw(st.dictionaries(st.sampled_from(members), st.booleans(), min_size=1, max_size=max(len(members) - 1, 1)))
    assume(len(told) < len(members))
    return SomeOf((name for name, present in told.items() if present), (name for name in told if not told[name]))


def choice_values(choice: Choice, offices: Sequence[str]) -> st.SearchStrategy[Any]:
    """Return a strategy for the values of a choice, as an agency's file writes them."""
    if choice.type == "effect":
        return st.sampled_from(choice.members)
    if choice.type == "effect_by":
        return st.fixed_dictionaries({member: st.sampled_from(EFFECTS) for member in choice.members})
    if choice.type == "flag":
        return st.booleans()
    if choice.type == "offices":
        return st.lists(st.sampled_from(offices), min_size=1, max_size=3, unique=True)
    if choice.type == "subset":
        return st.lists(st.sampled_from(choice.members), unique=True)
    if choice.type == "number":
        return st.integers(choice.least, choice.most)
    if choice.type == "period":
        return st.just("none") | st.builds(lambda number: f"{number} {choice.unit}", st.integers(2, 90))
    return st.sampled_from(("", "something"))


def written(fact: Fact, value: Any) -> Any:
    """Return a value of a fact as a file writes it."""
    return value if fact.type == "moment" else to_json(value)


@st.composite
def agency_tables(
    draw: st.DrawFn, *rulesets: Ruleset, at: datetime = AT, complete: bool = False, unsettled: str | None = None
) -> dict[str, Any]:
    """Return a strategy for agencies, as the data of their files.

    Args:
        draw: given by Hypothesis.
        rulesets: the rulesets that they adopt; by default the shipped one.
        at: the moment near which moments lie.
        complete: whether everything that the agency, its directory and its register should know is known.
        unsettled: what they say of unsettled decisions; by default anything.
    """
    adopted = rulesets or (shipped(),)
    vocabulary = adopted[-1].vocabulary
    offices = sorted({name for ruleset in adopted for name in ruleset.offices})
    parts = {part: dict(_owned(vocabulary, part, "agency")) for part in ("agency", "terms")}
    parts["policy"] = {path.partition(".")[2]: vocabulary.facts[path] for path in STATED_POLICY_FACTS}
    stated = {part: draw(_records(tuple(found.items()), at, complete)) for part, found in parts.items()}
    people = [{"id": name, **draw(_records(_owned(vocabulary, "actor", "directory"), at, complete))} for name in PEOPLE]
    account = {"id": "main", **draw(_records(_owned(vocabulary, "account", "account"), at, complete))}
    alias = {"id": "alias-1", **draw(_records(_owned(vocabulary, "alias", "directory"), at, complete))}
    chosen = {ruleset.id: draw(_choices(ruleset, adopted)) for ruleset in adopted}
    return {
        "agency": {
            "id": "alder-hollow",
            "name": "Alder Hollow Police Department (fictional)",
            "time_zone": draw(st.sampled_from(ZONES)),
            "effective": date(2020, 1, 1),
            "rulesets": [ruleset.id for ruleset in adopted],
        },
        "statements": {"conduct": draw(st.sampled_from(("", "Employees answer for their conduct.")))},
        "facts": stated,
        "offices": {name: draw(_roles()) for name in offices},
        "attestation": [{"roles": list(ROLES)}],
        "decision": {
            "unsettled": unsettled or draw(st.sampled_from(("needs_approval", "deny"))),
            "self_approval": draw(st.booleans()),
        },
        "account": [account],
        "directory": {"person": people, "alias": [alias]},
        "choices": chosen,
    }


def _owned(vocabulary: Vocabulary, part: str, owner: str) -> tuple[tuple[str, Fact], ...]:
    found = vocabulary.parts[part].facts.items()
    return tuple((name, fact) for name, fact in found if fact.owner == owner and fact.name == name)


@cache
def _records(found: tuple[tuple[str, Fact], ...], at: datetime, complete: bool) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for a record of facts; where it need not be complete, few are left out, or few are there."""
    made = {name: values(fact, at=at).map(partial(written, fact)) for name, fact in found}
    if complete or not made:
        return st.fixed_dictionaries(made)
    some = st.sets(st.sampled_from(list(made)))
    chosen = some | some.map(lambda left_out: set(made) - left_out)
    return chosen.flatmap(lambda names: st.fixed_dictionaries({name: made[name] for name in sorted(names)}))


@st.composite
def _choices(draw: st.DrawFn, ruleset: Ruleset, adopted: Sequence[Ruleset]) -> dict[str, Any]:
    """Return a strategy for the choices of an agency: some are made, the others left to their defaults."""
    if not ruleset.choices:
        return {}
    made, offices = draw(st.sets(st.sampled_from(list(ruleset.choices)))), sorted(ruleset.offices)
    return {name: draw(_left(*adjusted(ruleset.choices[name], ruleset, adopted), offices)) for name in sorted(made)}


def _left(choice: Choice, narrowing: Sequence[Adjustment], offices: Sequence[str]) -> st.SearchStrategy[Any]:
    """Return a strategy for the values that packs leave of a choice, as an agency's file writes them."""

    def raise_(value: Any) -> Any:
        canonical = read_choice_value(choice, value, offices, None, Report())
        if choice.type == "effect_by":
            canonical = {**choice.default, **canonical}
        for each in narrowing:
            canonical = raised(choice, canonical, each.mildest)
        return to_plain(canonical)

    return choice_values(choice, offices).map(raise_) if narrowing else choice_values(choice, offices)


def _roles() -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(ROLES), max_size=4, unique=True)


def bound(data: Mapping[str, Any], *rulesets: Ruleset, engine: str = "compiled") -> Policy:
    """Return the policy of generated data, passing over those that restrict the plain personal post."""
    try:
        return policy_from(data, *rulesets, engine=engine)
    except InvalidFile as error:
        assume(error.code != "restricts_plain_personal_post")
        raise


def ordered_pairs(choice: Choice) -> list[tuple[Any, Any]]:
    """Return pairs of values of an ordered choice, the looser one first, as an agency's file writes them."""
    if choice.type == "effect":
        effects = [effect for effect in EFFECTS if effect in choice.members]
        return list(pairwise(effects))
    if choice.type == "effect_by":
        base = dict(to_plain(choice.default))
        return [
            ({**base, member: low}, {**base, member: high})
            for member in choice.members
            for low, high in pairwise(EFFECTS)
        ]
    if choice.stricter == "none":
        return []
    if choice.type == "flag":
        loose = choice.stricter == "false"
        return [(loose, not loose)]
    if choice.type == "subset":
        steps: list[Any] = [[], *([each] for each in choice.members[:3]), list(choice.members)]
        pairs = [(low, high) for low, high in pairwise(steps) if set(low) <= set(high)]
        pairs += [([each for each in choice.members if each != left], list(choice.members)) for left in choice.members]
    elif choice.type == "number":
        numbers = sorted({choice.least, min(choice.least + 1, choice.most), choice.default, choice.most})
        pairs = list(pairwise(numbers))
    else:
        periods = [f"2 {choice.unit}", f"12 {choice.unit}", f"80 {choice.unit}", "none"]
        pairs = list(pairwise(periods))
    return pairs if choice.stricter in ("more", "higher") else [(high, low) for low, high in pairs]
