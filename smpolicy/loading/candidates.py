"""What adopting an agency's file depends on: the facts of its policy as a candidate, and where the file says them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import field, frozen

from smpolicy.agencies import Chosen
from smpolicy.errors import Place
from smpolicy.jurisdictions import circuit_of, state_of
from smpolicy.loading.toml_files import Document
from smpolicy.parts.pages import RegisteredAccount
from smpolicy.rulesets import Choice, Ruleset, sets_limit
from smpolicy.values import read_value
from smpolicy.vocabulary import SomeOf, Vocabulary

STATED_POLICY_FACTS = (
    "policy.legal_review",
    "policy.bargaining_review",
    "policy.protections",
    "policy.page_practices",
    "policy.oversight_practices",
    "policy.personal_limits",
)
"""The facts of a candidate that its file states; the others are computed from the rest of it."""

SAID_IN = {
    "policy.agency_use_statement": ("statements", "agency_use"),
    "policy.participation_respected": ("statements", "participation"),
    "policy.conduct_standards_stated": ("statements", "conduct"),
    "policy.strategy_adopted": ("facts", "agency", "strategy_adopted"),
    "policy.state": ("facts", "agency", "state"),
    "policy.circuit": ("facts", "agency", "state"),
}
"""Where a file says the facts of a candidate that are computed from something else in it."""

Places = Mapping[str, tuple[Place, ...]]


@frozen(slots=True)
class _Established:
    """What a file establishes of the sets of a candidate beyond what it states.

    Attributes:
        places: where, for each set and member.
        denied: what it surely does not establish.
        doubted: what it may establish.
    """

    places: dict[tuple[str, str], list[Place]] = field(factory=dict)
    denied: set[tuple[str, str]] = field(factory=set)
    doubted: set[tuple[str, str]] = field(factory=set)

    def add(self, key: tuple[str, str], holds: bool | None, place: Place) -> None:
        if holds:
            self.places.setdefault(key, []).append(place)
        else:
            (self.doubted if holds is None else self.denied).add(key)


def candidate(
    document: Document,
    facts: Mapping[str, Any],
    statements: Mapping[str, str],
    adopted: tuple[Ruleset, ...],
    vocabulary: Vocabulary,
    choices: Mapping[str, Mapping[str, Chosen]],
    accounts: Mapping[str, RegisteredAccount],
) -> tuple[dict[str, Any], Places]:
    """Return the facts of a candidate by path, and the places of these and of the agency's own facts.

    A place stands under the path of a fact, and under `path:member` for each member of a set.

    Args:
        document: the agency's file.
        facts: the facts that it states, by path.
        statements: what its policy says in prose, by key.
        adopted: the rulesets that it adopts.
        vocabulary: the facts that there are.
        choices: its choices, by ruleset and id.
        accounts: its register of accounts, by id.
    """
    established = _Established()
    _by_choices(document, adopted, choices, established)
    _by_accounts(document, accounts, established)
    state = state_of(facts.get("agency.state"))
    found = {path: facts[path] for path in STATED_POLICY_FACTS if path in facts}
    found |= {path: bool(statements[place[1]].strip()) for path, place in SAID_IN.items() if place[0] == "statements"}
    found |= {
        "policy.strategy_adopted": facts.get("agency.strategy_adopted"),
        "policy.state": state,
        "policy.circuit": circuit_of(state),
    }
    # Limits on personal speech are what the file says and its choices set: one that is nowhere is not there.
    found.setdefault("policy.personal_limits", frozenset())
    for path in dict.fromkeys(path for path, _ in (*established.places, *established.denied, *established.doubted)):
        value = read_value(vocabulary.facts[path], _merged(path, found.get(path), established))
        if value is not None:
            found[path] = value
    return found, _places(document, vocabulary, facts, established)


def _merged(path: str, stated: Any, established: _Established) -> Any:
    """Return what is known of a set: its stated members and those established, each of the others as far as known."""
    includes = frozenset(member for of, member in established.places if of == path)
    denied = frozenset(member for of, member in established.denied if of == path)
    doubted = frozenset(member for of, member in established.doubted if of == path) - includes
    if isinstance(stated, frozenset):
        return stated | includes
    if stated is None:
        stated = SomeOf()
    includes |= stated.includes
    return SomeOf(includes, (denied | stated.excludes) - includes - doubted)


def _by_choices(
    document: Document,
    adopted: tuple[Ruleset, ...],
    choices: Mapping[str, Mapping[str, Chosen]],
    established: _Established,
) -> None:
    """Add what the values of choices establish; a default stands where the file adopts its ruleset."""
    by_default = document.place("agency", "rulesets")
    for ruleset in adopted:
        chosen = choices[ruleset.id]
        for name, choice in ruleset.choices.items():
            for key, holds in _of_choice(choice, chosen):
                established.add(key, holds, chosen[name].place or by_default)


def _of_choice(choice: Choice, chosen: Mapping[str, Chosen]) -> Iterator[tuple[tuple[str, str], bool]]:
    """Yield each member that a choice may establish, and whether it does, beside the other choices of its ruleset."""
    value = chosen[choice.id].value
    if choice.personal_limit is not None:
        yield ("policy.personal_limits", choice.personal_limit), sets_limit(value)
    for each in choice.establishes:
        besides = all(chosen[name].value in values for name, values in each.where.items())
        yield (each.fact, each.member), besides and each.holds(value)


def _by_accounts(document: Document, accounts: Mapping[str, RegisteredAccount], established: _Established) -> None:
    """Add whether an account mixes official and personal use without telling them apart."""
    key = ("policy.page_practices", "unlabeled_mixed_accounts")
    for index, each in enumerate(accounts.values()):
        holds = None if each.type is None or each.labeled is None else each.type == "mixed" and not each.labeled
        if each.labeled or each.type not in (None, "mixed"):
            holds = False
        established.add(key, holds, document.place("account", index))


def _places(document: Document, vocabulary: Vocabulary, facts: Mapping[str, Any], established: _Established) -> Places:
    found: dict[str, list[Place]] = {}
    for fact in vocabulary.facts.values():
        if fact.owner == "agency" or fact.part == "policy":
            steps = SAID_IN.get(fact.path, ("facts", fact.part, fact.name))
            found[fact.path] = [document.place(*steps)]
            if fact.type == "set" and fact.path in facts:
                for member, place in _members(document, fact.part, fact.name):
                    found.setdefault(f"{fact.path}:{member}", []).append(place)
    for (path, member), places in established.places.items():
        found.setdefault(f"{path}:{member}", []).extend(places)
    return {key: tuple(dict.fromkeys(places)) for key, places in found.items()}


def _members(document: Document, part: str, name: str) -> Iterator[tuple[str, Place]]:
    """Yield each member that a file lists of a set, with its place."""
    raw, steps = document.data["facts"][part][name], [name]
    if isinstance(raw, Mapping):
        raw, steps = raw.get("includes", ()), [name, "includes"]
    for index, member in enumerate(raw):
        yield str(member), document.place("facts", part, *steps, index)
