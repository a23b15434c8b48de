"""Hypothesis strategies for facts, actions, conditions, agencies and approvals; those for rulesets stand beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from itertools import pairwise
from typing import Any

import attrs
from hypothesis import assume, note
from hypothesis import strategies as st
from hypothesis.vendor import pretty

from smpolicy.actions import Action, to_json
from smpolicy.adoptions import adoption
from smpolicy.approvals import Approval, holds_role
from smpolicy.binding import KindRules
from smpolicy.choices import to_plain
from smpolicy.decisions import Decision
from smpolicy.errors import InvalidFile
from smpolicy.kinds import CORE
from smpolicy.loading.agency_files import STATED_POLICY_FACTS
from smpolicy.policies import Policy
from smpolicy.rulesets import EFFECTS, Choice, Ruleset
from smpolicy.vocabulary import GIVEN, Fact, SomeOf, Vocabulary
from tests.properties.building import policy_from, shipped

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
"""The moment for which generated actions are decided, unless another is given."""

TEXTS = ("alder", "hollow", "Marlow Bend", "caf\u00e9")
ZONES = ("America/Chicago", "UTC", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe")
ROLES = CORE.facts["actor.roles"].members
PEOPLE = ("chief-1", "spokesperson-1", "counsel-1", "officer-1")
LOOKED_UP = frozenset({"actor.id", "account.id", "access.holder_id", "alias.id"})


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


@st.composite
def answers(draw: st.DrawFn, policy: Policy, kind: str, *, at: datetime = AT, complete: bool = False) -> dict[str, Any]:
    """Return a strategy for facts of an action of a kind, by path.

    Args:
        draw: given by Hypothesis.
        policy: says which facts there are, which its rules read, and which ids are registered.
        kind: the kind of action.
        at: the moment near which moments lie.
        complete: whether every fact is known that an action of this kind can give.
    """
    vocabulary = policy.agency.vocabulary
    known: dict[str, Any] = {}
    absent: set[str] = set()
    for name in vocabulary.kinds[kind].parts:
        if vocabulary.parts[name].optional:
            exists = draw(st.booleans() if complete else st.sampled_from((None, False, True)))
            if exists is not None:
                known[f"{name}.exists"] = exists
            if not exists:
                absent.add(name)
    said = {path: fact for path, fact in sayable(vocabulary, kind).items() if fact.part not in absent}
    for path in _chosen(draw, policy, kind, said, complete):
        known[path] = draw(values(said[path], at=at, partly=not complete))
    for path, ids in identities(policy).items():
        part = path.partition(".")[0]
        if ids and vocabulary.has(kind, path) and part not in absent:
            found = draw(st.sampled_from(ids if complete else (None, *ids)))
            known |= {} if found is None else {path: found}
    return known


def _chosen(draw: st.DrawFn, policy: Policy, kind: str, said: Mapping[str, Fact], complete: bool) -> Iterable[str]:
    """Choose the facts to give: all of them, a few of those that rules read, or nearly all of those."""
    if complete or not said:
        return said
    read = sorted({term.path for term in policy.kinds[kind].terms} & set(said)) or sorted(said)
    few = draw(st.sets(st.sampled_from(read)))
    others = draw(st.sets(st.sampled_from(sorted(said)), max_size=3))
    return sorted((few if draw(st.booleans()) else set(read) - few) | others)


@st.composite
def actions(
    draw: st.DrawFn,
    policy: Policy,
    kinds: Iterable[str] | None = None,
    *,
    at: datetime = AT,
    complete: bool = False,
    attested: bool = True,
    payload: bool | None = None,
) -> Action:
    """Return a strategy for actions that a policy can decide.

    Args:
        draw: given by Hypothesis.
        policy: the policy.
        kinds: the kinds of action; by default every kind.
        at: the moment near which moments lie.
        complete: whether every fact is known that an action can give.
        attested: whether some actions are attested, by somebody who may.
        payload: whether the payload is there; by default sometimes.
    """
    vocabulary = policy.agency.vocabulary
    kind = draw(st.sampled_from(tuple(policy.kinds if kinds is None else kinds)))
    with_payload = draw(st.booleans()) if payload is None else payload
    bare = adoption(policy.agency) if kind == "adopt_policy" else vocabulary.kinds[kind].action()
    bare = attrs.evolve(bare, payload=b"content" if with_payload else None)  # type: ignore[misc]
    action: Action = bare.answer(draw(answers(policy, kind, at=at, complete=complete)), vocabulary)
    by = attesters(policy, at)
    if attested and not complete and by and draw(st.booleans()):
        parts = vocabulary.kinds[kind].parts
        covered = draw(st.none() | st.lists(st.sampled_from(parts), min_size=1, max_size=3, unique=True))
        action = action.attest(draw(st.sampled_from(by)), covered, vocabulary)
    return action


def attesters(policy: Policy, at: datetime = AT) -> tuple[str, ...]:
    """Return the people who may attest every part of an action."""
    directory = policy.agency.directory
    roles = {role for each in policy.agency.attesting if not each.parts for role in each.roles}
    return tuple(
        person for person in directory.people() if any(holds_role(directory, person, role, at) for role in roles)
    )


@st.composite
def learned(draw: st.DrawFn, policy: Policy, action: Action, *, at: datetime = AT, complete: bool = False) -> Action:
    """Return a strategy for the same action of which more, or all, is known.

    Args:
        draw: given by Hypothesis.
        policy: the policy.
        action: the action.
        at: the moment near which moments lie.
        complete: whether everything is known then that the action can say.
    """
    vocabulary = policy.agency.vocabulary
    further = draw(answers(policy, action.kind, at=at, complete=complete))
    news: dict[str, Any] = {}
    for path, value in further.items():
        part = path.partition(".")[0]
        if path.endswith(".exists") or action.get(f"{part}.exists") is False:
            continue
        before = action.get(path)
        if before is None and further.get(f"{part}.exists") is not False:
            news[path] = value
        elif isinstance(before, SomeOf):
            news[path] = _more_of(before, value)
    for path in (path for path in further if path.endswith(".exists") and action.get(path) is None):
        news[path] = further[path]
    if complete:
        news |= _rest(draw, policy, action, news, at)
    return action.answer(news, vocabulary)


def _more_of(before: SomeOf, value: Any) -> Any:
    if isinstance(value, SomeOf):
        includes = before.includes | (value.includes - before.excludes)
        return SomeOf(includes, before.excludes | (value.excludes - includes))
    return (value | before.includes) - before.excludes


def _rest(draw: st.DrawFn, policy: Policy, action: Action, news: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Answer what stays unknown since the drawn answers left a part out that this action says exists."""
    rest: dict[str, Any] = {}
    for path, fact in sayable(policy.agency.vocabulary, action.kind).items():
        existence = f"{fact.part}.exists"
        exists = news.get(existence, action.get(existence))
        before = action.get(path)
        if path not in news and exists is not False and (before is None or isinstance(before, SomeOf)):
            value = draw(values(fact, at=at))
            rest[path] = _more_of(before, value) if isinstance(before, SomeOf) else value
    for path, ids in identities(policy).items():
        part = path.partition(".")[0]
        exists = news.get(f"{part}.exists", action.get(f"{part}.exists"))
        if ids and policy.agency.vocabulary.has(action.kind, path) and exists is not False:
            known = news.get(path, action.get(path))
            rest |= {path: draw(st.sampled_from(ids))} if known is None else {}
    return rest


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
def agencies(
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
    chosen = {ruleset.id: draw(_choices(ruleset)) for ruleset in adopted}
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
def _choices(draw: st.DrawFn, ruleset: Ruleset) -> dict[str, Any]:
    """Return a strategy for the choices of an agency: some are made, the others left to their defaults."""
    if not ruleset.choices:
        return {}
    made = draw(st.sets(st.sampled_from(list(ruleset.choices))))
    offices = sorted(ruleset.offices)
    return {name: draw(choice_values(ruleset.choices[name], offices)) for name in sorted(made)}


def _roles() -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(ROLES), max_size=4, unique=True)


@st.composite
def policies(
    draw: st.DrawFn,
    *rulesets: Ruleset,
    engine: str = "compiled",
    complete: bool = False,
    unsettled: str | None = None,
) -> Policy:
    """Return a strategy for policies: rulesets, by default the shipped one, under generated agencies.

    Args:
        draw: given by Hypothesis.
        rulesets: the rulesets.
        engine: the engine.
        complete: whether everything is known that the agency should know.
        unsettled: what the agencies say of unsettled decisions; by default anything.
    """
    adopted = rulesets or (shipped(),)
    data = draw(agencies(*adopted, complete=complete, unsettled=unsettled))
    note(f"agency: {data}")
    return bound(data, *adopted, engine=engine)


def bound(data: Mapping[str, Any], *rulesets: Ruleset, engine: str = "compiled") -> Policy:
    """Return the policy of generated data, passing over those that restrict the plain personal post."""
    try:
        return policy_from(data, *rulesets, engine=engine)
    except InvalidFile as error:
        assume(error.code != "restricts_plain_personal_post")
        raise


@st.composite
def approvals(draw: st.DrawFn, decision: Decision, *, sound: bool = True) -> tuple[Approval, ...]:
    """Return a strategy for approvals of what a decision needs, or would need.

    Args:
        draw: given by Hypothesis.
        decision: the decision.
        sound: whether each is given by a person of the directory in a role that is asked for.
    """
    asked = [*decision.needed, *decision.needed_if]
    people = tuple(decision.policy.agency.directory.people())
    if not asked or not people or decision.lacks_payload:
        return ()
    granted = []
    for each in draw(st.lists(st.sampled_from(asked), max_size=6)):
        roles = sorted({role for need in each.requirement for role in need.roles}) if sound else list(ROLES)
        if roles:
            by, role = draw(st.sampled_from(people)), draw(st.sampled_from(roles))
            granted.append(decision.approval(each.rule, by=by, role=role))
    return tuple(granted)


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


def _show(value: object, printer: pretty.RepresentationPrinter, _cycle: bool) -> None:
    """Show an object by its own words, not by everything that hangs on it."""
    printer.text(repr(value))


for _type in (Policy, Decision, Ruleset, KindRules):
    pretty.for_type_by_name(_type.__module__, _type.__name__, _show)
