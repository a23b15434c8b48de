"""Witnesses: for a consideration a setting, one thing changed, and what must be decided before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from attrs import asdict, field, frozen

from smpolicy.actions import to_json
from smpolicy.errors import Place, Problem, Report, nearest
from smpolicy.facts import LOOKED_UP_BY
from smpolicy.loading.candidates import STATED_POLICY_FACTS
from smpolicy.loading.structuring import structure
from smpolicy.loading.toml_files import Document, read
from smpolicy.plain import harmless_value
from smpolicy.rulesets import Choice, Ruleset, sets_limit
from smpolicy.values import read_value
from smpolicy.vocabulary import GIVEN, Fact

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
"""The moment for which every witness is decided."""

IDS = {"actor.id": "author", "access.holder_id": "holder", "alias.id": "alias", "account.id": "main"}
"""The ids under which the agency of a witness registers people, an alias and an account."""

APPROVER, APPROVING_ROLE = "approver", "chief_or_sheriff"
STATEMENTS = {
    "policy.agency_use_statement": ("agency_use", "Social media serves to inform people and to hear from them."),
    "policy.participation_respected": ("participation", "Employees are free to take part in social media."),
    "policy.conduct_standards_stated": ("conduct", "Standards of conduct bind them there too, within the law."),
}
"""For each fact of a candidate that hangs on a statement in its file: the statement's key, and a text."""

Side = Literal["before", "after"]


@frozen(slots=True)
class Expected:
    """What a witness expects of a decision; whatever is None may be anything.

    Attributes:
        outcome: allow, needs_approval or deny.
        offices: the offices asked for approval.
        reasons: the ids of the restricting rules that speak.
        duties: the ids of the rules that lay duties.
        notices: the ids of the rules that give notices.
        spared: the ids of the exceptions that spare.
    """

    outcome: Literal["allow", "needs_approval", "deny"]
    offices: tuple[str, ...] | None = None
    reasons: tuple[str, ...] | None = None
    duties: tuple[str, ...] | None = None
    notices: tuple[str, ...] | None = None
    spared: tuple[str, ...] | None = None


@frozen(slots=True)
class StatedWitness:
    """One witness, as its file states it.

    Attributes:
        about: the consideration.
        kind: the kind of action.
        change: the one thing changed: the path of a fact, or `choice.` and the id of a choice.
        start: its value before.
        end: its value after.
        before: what is expected before.
        after: what is expected after.
        note: what it shows, in words.
        facts: the other facts that are not harmless, by path.
        choices: the choices that matter, by id.
    """

    about: str
    kind: str
    change: str
    start: Any
    end: Any
    before: Expected
    after: Expected
    note: str = ""
    facts: dict[str, Any] = field(factory=dict)
    choices: dict[str, Any] = field(factory=dict)


@frozen(slots=True)
class Witness(StatedWitness):
    """A witness with its place.

    Attributes:
        place: where its file states it.
    """

    place: Place | None = field(default=None, eq=False)

    def setting(self, side: Side) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the facts and the choices of one side, the thing changed included."""
        facts, choices = dict(self.facts), dict(self.choices)
        value = self.start if side == "before" else self.end
        if self.change.startswith("choice."):
            choices[self.change.removeprefix("choice.")] = value
        else:
            facts[self.change] = value
        return facts, choices

    def problem(self, message: str) -> Problem:
        """Return the problem that it does not hold."""
        shown = f"the witness of `{self.about}` on `{self.kind}`, changing `{self.change}`, does not hold: {message}"
        return Problem("broken_witness", shown, place=self.place)


def read_witnesses(folder: Path, ruleset: Ruleset, report: Report) -> Iterator[Witness]:
    """Yield the witnesses that the files of a folder state.

    Args:
        folder: the folder.
        ruleset: the ruleset that they are about.
        report: takes the problems.
    """
    for path in sorted(folder.glob("*.toml")):
        document = read(path, within=folder)
        for index, table in enumerate(_tables(document, report)):
            made = structure(StatedWitness, _renamed(table), document, ("witness", index), report)
            if made is not None:
                witness = Witness(**asdict(made, recurse=False), place=document.place("witness", index))
                if _is_usable(witness, ruleset, report):
                    yield witness


def _tables(document: Document, report: Report) -> list[Any]:
    for key in document.data:
        if key != "witness":
            report.add("unknown_key", f"`{key}` is no table of a file of witnesses", place=document.place(key),
                       expected="`[[witness]]`")  # fmt: skip
    tables = document.data.get("witness", [])
    return tables if isinstance(tables, list) else [tables]


def _renamed(table: object) -> object:
    """Return a table with names for `from` and `to`, the first of which is a keyword of Python."""
    names = {"from": "start", "to": "end"}
    return {names.get(key, key): value for key, value in table.items()} if isinstance(table, dict) else table


def _is_usable(witness: Witness, ruleset: Ruleset, report: Report) -> bool:
    """Return whether a witness names only what there is, after reporting what there is not."""
    before = len(report.problems)
    consideration = ruleset.considerations.get(witness.about)
    if consideration is None:
        report.add("unknown_citation", f"`{witness.about}` is no consideration of this ruleset", place=witness.place,
                   nearest=nearest(witness.about, ruleset.considerations))  # fmt: skip
    elif witness.kind not in consideration.acts:
        report.problems.append(witness.problem(f"`{witness.kind}` is none of the consideration's acts"))
    else:
        facts, choices = witness.setting("after")
        for path in facts:
            fact = ruleset.vocabulary.facts.get(path)
            if fact is None or not (ruleset.vocabulary.has(witness.kind, path) or fact.owner == "agency"):
                near = nearest(path, ruleset.vocabulary.facts)
                report.add("unknown_fact", f"an action `{witness.kind}` has no fact `{path}`", place=witness.place,
                           nearest=near)  # fmt: skip
        for name in choices:
            if name not in ruleset.choices:
                report.add("unknown_choice", f"`{name}` is no choice of `{ruleset.id}`", place=witness.place,
                           nearest=nearest(name, ruleset.choices))  # fmt: skip
    return len(report.problems) == before


@frozen(slots=True)
class Situation:
    """One side of a witness: an agency and an action as data, every fact given.

    Attributes:
        agency: in the shape of an agency file.
        action: as `smpolicy.action` takes it; of an adoption, what the agency file must make of it.
        unknown: whether a fact is left unknown on purpose.
    """

    agency: dict[str, Any]
    action: dict[str, Any]
    unknown: bool


def make_situation(kind: str, stated: Mapping[str, Any], choices: Mapping[str, Any], ruleset: Ruleset) -> Situation:
    """Return an agency and an action of a kind as data, every fact given: as stated, or with its harmless value.

    Args:
        kind: the kind of action.
        stated: the values of facts by path, those of the agency, its register and its directory included.
        choices: the choices that the agency makes, by id.
        ruleset: the ruleset that it adopts.

    Raises:
        InvalidAction: a fact is given a value that it cannot have.
    """
    vocabulary = ruleset.vocabulary
    own = {fact.path: fact for fact in vocabulary.facts.values() if fact.owner == "agency"}
    facts = {fact.path: fact for fact in vocabulary.facts_of(kind)} | own
    absent = {part.id for part in vocabulary.parts.values() if part.optional and not _exists(part.id, stated)}
    values: dict[str, Any] = {}
    for path, fact in facts.items():
        if fact.part not in absent and fact.name != "exists":
            values[path] = read_stated(fact, stated[path]) if path in stated else plain_value(fact)
    known = {path: to_json(value) for path, value in values.items() if value is not None}
    action = _action(kind, known, facts, absent, ruleset)
    return Situation(_agency(kind, known, choices, ruleset), action, None in values.values())


def _exists(part: str, stated: Mapping[str, Any]) -> bool:
    existence = stated.get(f"{part}.exists")
    return existence is True or (existence is None and any(path.startswith(f"{part}.") for path in stated))


def plain_value(fact: Fact) -> Any:
    """Return the harmless value of a fact, and for an id the one that is registered."""
    return IDS.get(fact.path) or harmless_value(fact, AT)


def read_stated(fact: Fact, value: object) -> Any:
    """Return a stated value of a fact: `{ unknown = true }` is unknown, `{ days_ago = 30 }` a moment."""
    if value == {"unknown": True}:
        return None
    if isinstance(value, dict) and set(value) == {"days_ago"} and type(value["days_ago"]) is int:
        value = AT - timedelta(days=value["days_ago"])
    return read_value(fact, value)


def _action(
    kind: str, known: Mapping[str, Any], facts: Mapping[str, Fact], absent: set[str], ruleset: Ruleset
) -> dict[str, Any]:
    declared = ruleset.vocabulary.kinds[kind]
    action: dict[str, Any] = {"kind": kind} | {part: "none" for part in declared.parts if part in absent}
    for path, value in known.items():
        fact = facts[path]
        if fact.owner in GIVEN:
            action.setdefault(fact.part, {})[fact.name] = value
    if declared.payload:
        action["payload"] = {"text": "an example"}
    return action


def _agency(kind: str, known: Mapping[str, Any], choices: Mapping[str, Any], ruleset: Ruleset) -> dict[str, Any]:
    vocabulary = ruleset.vocabulary
    facts: dict[str, dict[str, Any]] = {}
    for path, value in known.items():
        if vocabulary.facts[path].owner == "agency":
            facts.setdefault(vocabulary.facts[path].part, {})[vocabulary.facts[path].name] = value
    agency: dict[str, Any] = {
        "agency": {
            "id": "example",
            "name": "An example agency (fictional)",
            "time_zone": "UTC",
            "effective": "2026-01-01",
            "rulesets": [*ruleset.needs, ruleset.id],
        },
        "facts": facts,
        "offices": {office: [APPROVING_ROLE] for office in ruleset.offices},
        "account": [_record("account", "account", "account.id", known, ruleset)],
        "directory": {
            "person": [
                _record("actor", "directory", "actor.id", known, ruleset),
                _record("access", "directory", "access.holder_id", known, ruleset),
                {"id": APPROVER, "roles": [APPROVING_ROLE]},
            ],
            "alias": [_record("alias", "directory", "alias.id", known, ruleset)],
        },
    }
    made = dict(choices)
    if kind == "adopt_policy":
        agency |= _statements(known)
        facts["policy"] = _stated_policy(known, ruleset)
        facts["agency"]["strategy_adopted"] = known["policy.strategy_adopted"]
        made = _limits(known, ruleset) | made
    return agency | {"choices": {ruleset.id: made}}


def _record(part: str, owner: str, by: str, known: Mapping[str, Any], ruleset: Ruleset) -> dict[str, Any]:
    """Return the record of a person, an alias or an account: what is known of it, or else what is harmless."""
    prefix = LOOKED_UP_BY[part].partition(".")[2].removesuffix("id")
    record: dict[str, Any] = {"id": known.get(by, IDS[by])}
    given = any(path.startswith(f"{part}.") for path in known)
    for fact in ruleset.vocabulary.parts[part].facts.values():
        if fact.owner == owner:
            value = known.get(fact.path) if given else to_json(plain_value(fact))
            record |= {} if value is None else {fact.name.removeprefix(prefix): value}
    return record


def _statements(known: Mapping[str, Any]) -> dict[str, Any]:
    return {"statements": {key: text for path, (key, text) in STATEMENTS.items() if known.get(path)}}


def _stated_policy(known: Mapping[str, Any], ruleset: Ruleset) -> dict[str, Any]:
    """Return the facts of a candidate that its file states, without the limits that choices set."""
    stated = {path.partition(".")[2]: value for path, value in known.items() if path in STATED_POLICY_FACTS}
    set_by_choice = {choice.personal_limit for choice in ruleset.choices.values() if sets_limit(choice.default)}
    limits = [limit for limit in stated.pop("personal_limits", ()) if limit not in set_by_choice]
    return stated | ({"personal_limits": limits} if limits else {})


def _limits(known: Mapping[str, Any], ruleset: Ruleset) -> dict[str, Any]:
    """Return the choices without which a candidate would set limits on personal speech that it is not to have."""
    wanted = known.get("policy.personal_limits", ())
    return {
        choice.id: _lifted(choice)
        for choice in ruleset.choices.values()
        if choice.personal_limit is not None and choice.personal_limit not in wanted and sets_limit(choice.default)
    }


def _lifted(choice: Choice) -> Any:
    """Return the value under which a choice limits nothing."""
    if choice.type == "effect_by":
        return dict.fromkeys(choice.members, "allow")
    return False if choice.type == "flag" else "allow"


def check_expected(expected: Expected, found: Mapping[str, Any]) -> Iterator[str]:
    """Yield in words what of a decision is not as expected.

    Args:
        expected: what a witness expects.
        found: the outcome, and the ids found, by the names of `Expected`.
    """
    for name in ("outcome", "offices", "reasons", "duties", "notices", "spared"):
        wanted = getattr(expected, name)
        if isinstance(wanted, tuple):
            wanted = sorted(wanted)
        if wanted is not None and wanted != found[name]:
            yield f"{name} is {found[name]}, not {wanted}"
