"""Portable scenarios: files of actions, each with what must be decided; their format, and reading them.

A file `*.scenarios.toml` holds `[defaults]` and `[[scenario]]` tables, whose keys are the fields of the classes here:

    [defaults]
    agency = "marlow-bend"                    # agencies/marlow-bend.toml beside this file, or a path
    at     = 2026-06-01T12:00:00-05:00
    facts  = { "actor.id" = "spokesperson-1" }

    [[scenario]]
    note   = "A post that calls an arrestee guilty needs express approval."
    plain  = "publish"                        # every fact harmless, but for those below
    facts  = { "content.guilt_or_innocence" = true }
    expect = { outcome = "needs_approval", reasons = ["V.A.9.c.i/guilt"], offices = ["approving_authority"] }

    [[scenario]]
    note    = "Where the agency denies such posts, nobody can approve one."
    twin_of = "A post that calls an arrestee guilty needs express approval."
    plain   = "publish"
    facts   = { "content.guilt_or_innocence" = true }
    choices = { guilt_statements = "deny" }
    expect  = { outcome = "deny", next = "stop" }

A scenario with `each` stands for several, one for every row: a row is laid over the scenario, and the scenario over the
defaults. Laid over, a table is merged key by key, and anything else replaces what lay below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

import attrs
from attrs import field, frozen

from smpolicy.errors import InvalidFile, Place, Report, nearest, some
from smpolicy.kinds import CORE
from smpolicy.loading.structuring import structure
from smpolicy.loading.toml_files import Document, read

SUFFIX = ".scenarios.toml"
T = TypeVar("T")


@frozen(slots=True, kw_only=True)
class Presented:
    """An approval that is presented with the action.

    It is granted for the action of its scenario, or for that action as it was earlier: changed by `payload`, `facts`
    and `unknown`, under an agency changed by `choices`.

    Attributes:
        by: the id of the person who grants it.
        role: the role in which the person grants it.
        rule: the id of the bound rule that asks for it.
        given_at: when it was granted; by default at the moment of the decision.
        expires_at: when it no longer counts; by default after the agency's `approval_days`.
        payload: the content when it was granted.
        facts: facts as they were when it was granted, by path.
        unknown: facts that were not known when it was granted.
        choices: choices as they were when it was granted.
    """

    by: str
    role: str
    rule: str
    given_at: datetime | None = None
    expires_at: datetime | None = None
    payload: str | None = None
    facts: dict[str, Any] = field(factory=dict)
    unknown: tuple[str, ...] = ()
    choices: dict[str, Any] = field(factory=dict)


@frozen(slots=True, kw_only=True)
class Attested:
    """A person's word that nothing applies beyond what is said.

    Attributes:
        by: the id of the person.
        parts: the parts covered; by default every part of the kind.
    """

    by: str
    parts: tuple[str, ...] = ()


@frozen(slots=True, kw_only=True)
class Expected:
    """What must be decided; what is left out is not compared.

    Lists of rules, offices and questions are compared as sets: they must be exactly these, unless said otherwise.

    Attributes:
        error: the code of the error that ends it, in place of a decision.
        outcome: the outcome.
        settled: whether nothing that could be learned would change it.
        next: what to do now.
        code: a remark on the decision.
        reasons: the ids of the restricting rules that spoke, discharged ones included.
        discharged: the ids of those whose approvals were presented and count.
        offices: the offices whose approval is needed.
        people: how many approvals are needed altogether.
        offices_if: the offices whose approval would be needed, depending on what is not known.
        duties: the ids of the rules whose duties are given.
        possible_duties: the ids of the rules whose duties may apply.
        notices: the ids of the rules whose notices are given.
        possible_notices: the ids of the rules whose notices may apply.
        questions: the paths of the facts asked for.
        questions_include: some of those paths.
        asks: how many things are asked, a checklist that one attestation answers counting as one.
        spared: for a consideration, the exception that spared it.
        statuses: for a consideration, what became of it.
        outcome_is_not: an outcome that must not come out.
        reasons_exclude: ids of restricting rules that must not have spoken.
        offices_include: some of the offices whose approval is needed.
        duties_include: the ids of some of the rules whose duties are given.
        asks_at_most: as `asks`, how many things may be asked.
    """

    error: str | None = None
    outcome: Literal["allow", "needs_approval", "deny"] | None = None
    settled: bool | None = None
    next: Literal["act", "approve", "answer", "stop"] | None = None
    code: Literal["ungoverned"] | None = None
    reasons: tuple[str, ...] | None = None
    discharged: tuple[str, ...] | None = None
    offices: tuple[str, ...] | None = None
    people: int | None = None
    offices_if: tuple[str, ...] | None = None
    duties: tuple[str, ...] | None = None
    possible_duties: tuple[str, ...] | None = None
    notices: tuple[str, ...] | None = None
    possible_notices: tuple[str, ...] | None = None
    questions: tuple[str, ...] | None = None
    questions_include: tuple[str, ...] | None = None
    asks: int | None = None
    spared: dict[str, str] = field(factory=dict)
    statuses: dict[str, str] = field(factory=dict)
    outcome_is_not: Literal["allow", "needs_approval", "deny"] | None = None
    reasons_exclude: tuple[str, ...] | None = None
    offices_include: tuple[str, ...] | None = None
    duties_include: tuple[str, ...] | None = None
    asks_at_most: int | None = None


@frozen(slots=True, kw_only=True)
class Setting:
    """What is proposed, where and when.

    Attributes:
        agency: the path of an agency file, or the name of one in the folder `agencies` beside the scenario file.
        at: the moment of the decision.
        choices: choices that the agency makes otherwise than in its file, by name.
        agency_facts: facts about the agency that differ from its file, by path.
        statements: statements of the agency that differ from its file.
        decision: keys of the agency's `[decision]` table that differ from its file.
        plain: a kind of action, every fact of which has its harmless value; `adopt_policy` is made of the agency.
        action: an action in the form that `smpolicy.action` takes, in place of `plain`.
        facts: facts that differ, by path.
        unknown: facts, or whole parts, that are not known; `payload` is the content; an agency's facts count too.
        attestation: what people attest.
        payload: the content, as text.
        approvals: approvals that are presented.
    """

    agency: str | None = None
    at: datetime | None = None
    choices: dict[str, Any] = field(factory=dict)
    agency_facts: dict[str, Any] = field(factory=dict)
    statements: dict[str, str] = field(factory=dict)
    decision: dict[str, Any] = field(factory=dict)
    plain: str | None = None
    action: dict[str, Any] = field(factory=dict)
    facts: dict[str, Any] = field(factory=dict)
    unknown: tuple[str, ...] = ()
    attestation: tuple[Attested, ...] = ()
    payload: str | None = None
    approvals: tuple[Presented, ...] = ()

    @property
    def kind(self) -> str:
        """Return the kind of action that is proposed."""
        return self.plain or str(self.action.get("kind", ""))


NO_EXPECTATION = Expected()


@frozen(slots=True, kw_only=True)
class Row(Setting):
    """One of several scenarios that are written as one.

    Attributes:
        case: what sets it apart, in a word or two; unique within its scenario.
        twin_of: as in `ScenarioTable`.
        expect: what must be decided.
    """

    case: str
    twin_of: str | None = None
    expect: Expected = NO_EXPECTATION


@frozen(slots=True, kw_only=True)
class ScenarioTable(Setting):
    """A `[[scenario]]` table.

    Attributes:
        note: one sentence that says what is shown; unique among all scenarios of a folder.
        twin_of: the note of a scenario from which it differs in one thing, and is decided differently. Where that one
            has rows, the row of the same case is meant; `note [case]` names another.
        each: the rows, where it stands for several scenarios.
        expect: what must be decided.
    """

    note: str
    twin_of: str | None = None
    each: tuple[Row, ...] = ()
    expect: Expected = NO_EXPECTATION


@frozen(slots=True, kw_only=True)
class ScenarioFile:
    """A file of scenarios.

    Attributes:
        defaults: what holds for every scenario that says nothing else; its `facts` for each plain action that has them.
        scenario: the scenarios.
    """

    defaults: Setting = field(factory=Setting)
    scenario: tuple[ScenarioTable, ...] = ()


@frozen(slots=True, eq=False)
class Scenario:
    """A portable test: an action and what must be decided.

    Attributes:
        id: its note, and in brackets the case where it is one of several rows.
        setting: what is proposed, where and when.
        expect: what must be decided.
        twin_of: the note or id of its twin, or None.
        place: where its file states it.
    """

    id: str
    setting: Setting
    expect: Expected
    twin_of: str | None
    place: Place = field(repr=False)

    def twin(self, ids: Iterable[str]) -> str | None:
        """Return the id of its twin among ids: the row of the same case, where the twin has rows."""
        known = set(ids)
        case = self.id[self.id.rfind(" [") :] if self.id.endswith("]") else ""
        candidates = () if self.twin_of is None else (f"{self.twin_of}{case}", self.twin_of)
        return next((each for each in candidates if each in known and each != self.id), None)


def read_scenarios(path: Path) -> tuple[Scenario, ...]:
    """Return the scenarios of one file, rows told apart.

    Args:
        path: the file.

    Raises:
        MissingFile: there is no such file.
        InvalidFile: with every problem found.
    """
    document, report = read(path), Report()
    file = structure(ScenarioFile, document.data, document, (), report)
    found = [] if file is None else _expand(file, document, path.parent, report)
    seen: set[str] = set()
    for each in found:
        if each.id in seen:
            report.add("duplicate_id", f"there are two scenarios `{each.id}`", place=each.place)
        seen.add(each.id)
    report.raise_as(InvalidFile)
    return tuple(found)


def _expand(file: ScenarioFile, document: Document, folder: Path, report: Report) -> list[Scenario]:
    found = []
    for index, table in enumerate(file.scenario):
        rows: Sequence[Row | None] = table.each or (None,)
        for number, row in enumerate(rows):
            place = document.place("scenario", index, *(() if row is None else ("each", number)))
            own = table if row is None else _laid_over(table, row, ScenarioTable)
            below = _below(file.defaults, own)
            kind = own.kind or below.kind
            if kind not in CORE.kinds:
                problem = f"`{kind}` is no kind of action" if kind else "the scenario proposes no action"
                near = nearest(kind, CORE.kinds)
                help_ = None if kind else "give `plain`, a kind of action, or `action`"
                report.add(
                    "unknown_kind", problem, place=place, expected=some(CORE.kinds, most=20), nearest=near, help=help_
                )
                continue
            plain = own.plain or below.plain
            fitting = {path: value for path, value in below.facts.items() if plain and _fits(kind, path)}
            setting = _laid_over(attrs.evolve(below, facts=fitting), own, Setting)
            if setting.agency is None or setting.at is None:
                report.add("missing_key", "the scenario needs `agency` and `at`", place=place)
                continue
            setting = attrs.evolve(setting, agency=str(_agency_path(folder, setting.agency)))
            expect = table.expect if row is None else _laid_over(table.expect, row.expect, Expected)
            name = table.note if row is None else f"{table.note} [{row.case}]"
            found.append(Scenario(name, setting, expect, own.twin_of, place))
    return found


def _below(defaults: Setting, own: Setting) -> Setting:
    """Return the defaults for a scenario: what it proposes itself stands in place of what they propose."""
    return attrs.evolve(defaults, plain=None, action={}) if own.kind else defaults


def _laid_over(below: Any, above: Any, cls: type[T]) -> T:
    """Return an object of a class with the fields of two: tables merged, anything else replaced where it is given."""
    values: dict[str, Any] = {}
    for each in attrs.fields(cls):  # type: ignore[arg-type]  # every class here is one of attrs
        low, high = getattr(below, each.name), getattr(above, each.name, None)
        if isinstance(low, Mapping) and isinstance(high, Mapping):
            values[each.name] = {**low, **high}
        else:
            values[each.name] = low if high is None or (high == () and each.default == ()) else high
    return cls(**values)


def _fits(kind: str, path: str) -> bool:
    return CORE.has(kind, path) or path.partition(".")[0] not in CORE.parts


def _agency_path(folder: Path, name: str) -> Path:
    return folder / name if name.endswith(".toml") else folder / "agencies" / f"{name}.toml"
