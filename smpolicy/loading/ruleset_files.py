"""Loading a ruleset: from a folder of rule files to a checked Ruleset, with every problem told at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
from attrs import field, frozen

from smpolicy.choices import make_choice, read_choice_value, with_default
from smpolicy.errors import InvalidAction, InvalidFile, MissingFile, Place, PolicyError, Problem, Report, nearest, some
from smpolicy.language.conditions import Condition
from smpolicy.language.parsing import ConditionError, Scope, parse
from smpolicy.loading.locations import ruleset_folder
from smpolicy.loading.ruleset_checks import check_ruleset
from smpolicy.loading.ruleset_tables import (
    TABLES,
    AskedTable,
    ChoiceTable,
    ExceptionTable,
    FactTable,
    HeaderTable,
    ObligeTable,
    RuleTable,
)
from smpolicy.loading.stacking import check_stacking, read_adjustment, with_facts_of
from smpolicy.loading.structuring import structure
from smpolicy.loading.toml_files import Document, read
from smpolicy.rulesets import (
    Asked,
    Authority,
    Choice,
    Consideration,
    Definition,
    Instead,
    Oblige,
    Override,
    Rule,
    RuleException,
    Ruleset,
)
from smpolicy.values import read_value
from smpolicy.vocabulary import ALL, Fact, FactType, Vocabulary

MOST_FILES = 500
MOST_DEFINITIONS_DEEP = 10


@frozen(slots=True)
class _Located:
    """A structured table with the file and the path that it came from."""

    table: Any
    document: Document
    path: tuple[str | int, ...]

    def place(self, *steps: str | int) -> Place:
        return self.document.place(*self.path, *steps)


@frozen(slots=True)
class _Loader:
    """One run of loading: what has been read so far, and the problems found."""

    report: Report
    tables: dict[str, list[_Located]] = field(factory=lambda: {name: [] for name in TABLES})
    content: dict[str, Any] = field(factory=dict)
    choices: dict[str, Choice] = field(factory=dict)
    definitions: dict[str, Definition | None] = field(factory=dict)
    wrong: set[str] = field(factory=set)


def load_ruleset(
    name: str | Path, loaded: Mapping[str, Ruleset] | None = None, cache: dict[Path, Ruleset] | None = None
) -> Ruleset:
    """Load a ruleset, and those that it needs.

    Args:
        name: the name of a shipped ruleset, such as `iacp-2019`, or of an installed one, or the path of a folder.
        loaded: rulesets that are loaded already, by id; of those that it needs, others are loaded.
        cache: rulesets that were loaded, by their folders; those that are loaded now are put there.

    Raises:
        MissingFile: there is no such ruleset.
        InvalidFile: with every problem found in its files.
    """
    return _load(ruleset_folder(name), loaded or {}, {} if cache is None else cache, ())


def _load(folder: Path, loaded: Mapping[str, Ruleset], cache: dict[Path, Ruleset], loading: tuple[str, ...]) -> Ruleset:
    if folder in cache:
        return cache[folder]
    report = Report()
    loader = _Loader(report)
    header, document = _read_files(folder, loader)
    report.raise_as(InvalidFile)
    assert header is not None
    assert document is not None
    needed = _needed(header, folder, document, loaded, cache, loading, report)
    report.raise_as(InvalidFile)
    known = _with_own_facts(header, loader, with_facts_of(needed.values(), report))
    _read_choices(loader, known)
    scope = _scope(loader, known)
    rules = tuple(_rule(each, loader, scope) for each in loader.tables["rule"])
    exceptions = tuple(_exception(each, loader, scope) for each in loader.tables["exception"])
    for each in loader.tables["definition"]:
        _define(each.table.id, loader, scope)
    ruleset = Ruleset(
        id=header.id,
        title=header.title,
        version=header.version,
        dated=header.dated,
        source=header.source,
        vocabulary=known,
        offices={each.table.id: each.table for each in _once("office", loader)},
        considerations={
            table.id: Consideration(table.id, table.title, table.gist, table.acts, each.place(), table.authorities)
            for each in _once("consideration", loader)
            for table in (each.table,)
        },
        choices=loader.choices,
        definitions={name: each for name, each in loader.definitions.items() if each is not None},
        rules=tuple(rule for rule in rules if rule is not None),
        exceptions=tuple(each for each in exceptions if each is not None),
        content=loader.content,
        adjustments=tuple(
            made
            for each in _once("adjustment", loader)
            if (made := read_adjustment(each.table, needed, each.place, report)) is not None
        ),
        needs=tuple(needed),
        namespace=header.namespace if known.packs and loader.tables["fact"] else None,
        authorities={
            table.id: Authority(table.id, table.citation, table.held, table.confirmed, each.place())
            for each in _once("authority", loader)
            for table in (each.table,)
        },
    )
    check_ruleset(ruleset, needed, report)
    check_stacking(ruleset, needed, report)
    report.problems.sort(key=_order)
    report.raise_as(InvalidFile)
    cache[folder] = ruleset
    return ruleset


def _needed(
    header: HeaderTable,
    folder: Path,
    document: Document,
    loaded: Mapping[str, Ruleset],
    cache: dict[Path, Ruleset],
    loading: tuple[str, ...],
    report: Report,
) -> dict[str, Ruleset]:
    """Return the rulesets that a ruleset needs, by id, those that they need included."""
    found: dict[str, Ruleset] = {}
    for index, name in enumerate(header.needs):
        place = document.place("ruleset", "needs", index)
        if name in (header.id, *loading):
            message, help_ = f"the ruleset `{header.id}` needs `{name}`, which needs it in turn", "break the circle"
            report.add("self_reference", message, place=place, found=name, help=help_)
            continue
        try:
            other = loaded.get(name) or _load(_found(name, folder), loaded, cache, (*loading, header.id))
            known = {each.id: each for each in (*cache.values(), *loaded.values())}
            for each in other.needs:  # those of a ruleset that was given, and not loaded now, may be missing still
                found[each] = known.get(each) or _load(_found(each, folder), loaded, cache, (*loading, header.id))
        except PolicyError as error:
            report.problems.extend(each if each.place else attrs.evolve(each, place=place) for each in error.problems)
            continue
        if other.id != name:
            message, help_ = f"`{name}` holds the ruleset `{other.id}`", "name what is needed by its id"
            report.add("unknown_ruleset", message, place=place, found=name, nearest=other.id, help=help_)
        found[other.id] = other
    return found


def _found(name: str, folder: Path) -> Path:
    """Return the folder of a ruleset that another needs: beside its own folder, or wherever rulesets are found."""
    beside = folder.parent / name
    return beside if (beside / "ruleset.toml").is_file() else ruleset_folder(name)


def _order(problem: Problem) -> tuple[str, int, int]:
    place = problem.place
    return (place.file, place.line or 0, place.column or 0) if place else ("", 0, 0)


def _read_files(folder: Path, loader: _Loader) -> tuple[HeaderTable | None, Document | None]:
    """Read the files of a folder, and return what the ruleset says of itself, with the file that says it."""
    header: HeaderTable | None = None
    stating: Document | None = None
    files = sorted(folder.glob("*.toml"), key=lambda path: (path.name != "ruleset.toml", path.name))
    if len(files) > MOST_FILES:
        loader.report.add("too_many_files", f"`{folder}` holds {len(files)} files", expected=f"at most {MOST_FILES}")
        return None, None
    for path in files:
        try:
            document = read(path, within=folder)
        except (InvalidFile, MissingFile) as error:
            loader.report.problems.extend(error.problems)
            continue
        loader.content[path.name] = document.data
        for key, value in document.data.items():
            if key == "ruleset" and path.name == "ruleset.toml":
                header = structure(HeaderTable, value, document, ("ruleset",), loader.report)
                stating = document
            elif key in TABLES:
                _read_tables(key, value, document, loader)
            else:
                loader.report.add(
                    "unknown_key",
                    f"`{key}` is no table of a rule file",
                    place=document.place(key),
                    expected=some(TABLES),
                    nearest=nearest(key, TABLES),
                )
    if header is None and not loader.report.problems:
        loader.report.add("missing_key", "the table `[ruleset]` is missing", place=Place(str(folder / "ruleset.toml")))
    return header, stating


def _read_tables(key: str, value: object, document: Document, loader: _Loader) -> None:
    for index, table in enumerate(value if isinstance(value, list) else [value]):
        path: tuple[str | int, ...] = (key, index) if isinstance(value, list) else (key,)
        made: Any = structure(TABLES[key], _renamed(table), document, path, loader.report)
        if made is not None:
            loader.tables[key].append(_Located(made, document, path))


def _renamed(table: object) -> object:
    """Return a table whose duties say `excluding` where the file says `except`."""
    if isinstance(table, dict) and isinstance(table.get("oblige"), dict) and "except" in table["oblige"]:
        duty = {("excluding" if key == "except" else key): value for key, value in table["oblige"].items()}
        table = {**table, "oblige": duty}
    if isinstance(table, dict) and isinstance(table.get("instead"), list):
        table = {**table, "instead": [_renamed(each) for each in table["instead"]]}
    return table


def _once(kind: str, loader: _Loader) -> Iterator[_Located]:
    """Yield the first table of each id, and report the others."""
    found: set[str] = set()
    for each in loader.tables[kind]:
        if each.table.id in found:
            message = f"the {kind} `{each.table.id}` is stated twice"
            loader.report.add("duplicate_id", message, place=each.place(), help="rename one of the two, or delete it")
        else:
            found.add(each.table.id)
            yield each


def _with_own_facts(header: HeaderTable, loader: _Loader, vocabulary: Vocabulary) -> Vocabulary:
    located = loader.tables["fact"]
    if not located:
        return vocabulary
    if header.namespace is None or not header.namespace.isidentifier():
        loader.report.add(
            "missing_key",
            "a ruleset with facts of its own needs a `namespace`",
            place=located[0].place(),
            help='add `namespace = "my_pack"` to the table [ruleset]',
        )
        return vocabulary
    facts: list[tuple[Fact, frozenset[str]]] = []
    for each in _once("fact", loader):
        table: FactTable = each.table
        kind: FactType = table.type
        fact = Fact(
            f"{header.namespace}.{table.id}",
            kind,
            table.ask,
            table.cite,
            table.owner,
            members=table.values,
            always_ask=table.always_ask,
            unit=table.unit,
            least=table.least,
            most=table.most,
            sensitive=table.sensitive,
        )
        if not _is_usable(table):
            loader.report.add(
                "wrong_fact",
                f"the fact `{table.id}` has no usable name or values",
                place=each.place(),
                help="give it a name of letters, digits and `_`, and `values` if it is an enum or a set, only then",
            )
            continue
        unknown = [name for name in table.on if name not in vocabulary.kinds]
        for name in unknown:
            loader.report.add(
                "unknown_kind",
                f"there is no kind of action `{name}`",
                place=each.place("on"),
                expected=some(vocabulary.kinds, most=20),
                nearest=nearest(name, vocabulary.kinds),
            )
        facts.append((_with_harmless(fact, table.harmless, each, loader), frozenset(table.on)))
    try:
        return vocabulary.with_pack(header.namespace, facts)
    except InvalidFile as error:
        loader.report.problems.extend(attrs.evolve(each, place=located[0].place()) for each in error.problems)
        return vocabulary


def _is_usable(table: FactTable) -> bool:
    """Return whether a fact's name, members and bounds can be used; numbers must fit into canonical JSON."""
    named = table.id.isidentifier() and (table.type in ("enum", "set")) == bool(table.values)
    return named and -(2**53) < table.least <= table.most < 2**53


def _with_harmless(fact: Fact, value: object, located: _Located, loader: _Loader) -> Fact:
    if value is None and fact.type in ("set", "text"):
        return fact
    if value == "all" and fact.type == "set":
        return attrs.evolve(fact, harmless=ALL)
    try:
        if value is not None:
            return attrs.evolve(fact, harmless=read_value(fact, value))
        message, expected = f"the fact `{fact.name}` declares no harmless value", None
    except InvalidAction as error:
        message, expected = error.problems[0].message, error.problems[0].expected
    place, help_ = located.place("harmless"), "say under which value nothing is restricted"
    loader.report.add("missing_harmless", message, place=place, expected=expected, help=help_)
    return fact


def _read_choices(loader: _Loader, vocabulary: Vocabulary) -> None:
    offices = [each.table.id for each in loader.tables["office"]]
    for each in _once("choice", loader):
        table: ChoiceTable = each.table
        choice = make_choice(table, vocabulary, each.place, loader.report)
        if choice is not None:
            trial = Report()
            default = read_choice_value(choice, table.default, offices, None, trial)
            loader.report.problems.extend(attrs.evolve(found, place=each.place("default")) for found in trial.problems)
            loader.choices[table.id] = with_default(choice, default)


def _scope(loader: _Loader, vocabulary: Vocabulary) -> Scope:
    located = {each.table.id: each for each in _once("definition", loader)}

    reading: list[str] = []

    def definition(name: str) -> Condition:
        if len(reading) >= MOST_DEFINITIONS_DEEP:
            message = f"definitions use each other more than {MOST_DEFINITIONS_DEEP} deep"
            raise ConditionError("condition_too_deep", message, help="let definitions use fewer others")
        reading.append(name)
        try:
            _define(name, loader, scope)
        finally:
            reading.pop()
        found = loader.definitions[name]
        if found is None:
            message = f"the definition `{name}` refers to itself"
            raise ConditionError("self_reference", message, help="break the circle", found=name)
        return found.condition

    choices = {name: (choice.value_type, choice.members) for name, choice in loader.choices.items()}
    scope = Scope(vocabulary, choices, definition, tuple(located))
    return scope


def _define(name: str, loader: _Loader, scope: Scope) -> None:
    """Read one definition, once; while it is being read it stands as None, which tells a circle."""
    if name in loader.definitions:
        return
    each = next((each for each in loader.tables["definition"] if each.table.id == name), None)
    if each is None:
        raise KeyError(name)
    loader.definitions[name] = None
    condition = _condition(each.table.when, each, ("when",), loader, scope)
    if condition is None:
        loader.wrong.add(name)
    else:
        loader.definitions[name] = Definition(name, each.table.about, condition, each.place())


def _condition(
    text: str | None, each: _Located, steps: tuple[str | int, ...], loader: _Loader, scope: Scope
) -> Condition | None:
    if text is None:
        return None
    try:
        return parse(text, scope)
    except ConditionError as error:
        stated, found = [choice.table.id for choice in loader.tables["choice"]], error.details.get("found")
        if (error.code == "unknown_choice" and found in stated) or (
            error.code == "self_reference" and found in loader.wrong
        ):
            return None  # what is wrong with the choice or the definition has been told
        at = f", at column {error.column} of the condition" if error.column else ""
        loader.report.add(error.code, error.message + at, place=each.place(*steps), **error.details)
        return None


def _oblige(table: ObligeTable | None) -> Oblige | None:
    return None if table is None else Oblige(table.do, table.to, table.when, table.within, table.excluding)


def _asked(tables: tuple[AskedTable, ...]) -> tuple[Asked, ...]:
    return tuple(Asked(each.office, each.people) for each in tables)


def _rule(each: _Located, loader: _Loader, scope: Scope) -> Rule | None:
    table: RuleTable = each.table
    condition = _condition(table.when, each, ("when",), loader, scope)
    if table.when is not None and condition is None:
        return None
    members = _each(table, each, loader, scope)
    return Rule(
        table.id,
        table.on,
        condition,
        table.then,
        members,
        _asked(table.approvals),
        _oblige(table.oblige),
        table.notice,
        table.cites,
        table.reason,
        table.remedy,
        each.place(),
        table.severity,
    )


def _each(table: RuleTable, each: _Located, loader: _Loader, scope: Scope) -> Mapping[str, Condition]:
    """Return the condition of each member: written out in a table, or membership in a fact."""
    choice = loader.choices.get((table.then or "").removeprefix("choice."))
    members = choice.members if choice is not None and choice.type == "effect_by" else ()
    if table.each is None and not members:
        return {}
    written: dict[str, Any] = {}
    if isinstance(table.each, str):
        fact = scope.vocabulary.facts.get(table.each)
        how = "{!r} in {}" if fact is not None and fact.type == "set" else "{1} == {0!r}"
        written = {member: how.format(member, table.each) for member in members}
    elif isinstance(table.each, dict):
        written = table.each
    if not members or set(written) != set(members) or not all(isinstance(text, str) for text in written.values()):
        loader.report.add(
            "wrong_each",
            "`each` does not give one condition for each member of the choice"
            if members
            else "`each` stands in a rule whose effect is not chosen for each member",
            place=each.place("each"),
            expected=f"the fact that has these members, or a table with {some(members)}" if members else None,
            help=None if members else "delete it, or let `then` be a choice of type `effect_by`",
        )
        return {}
    read = {member: _condition(text, each, ("each",), loader, scope) for member, text in written.items()}
    return {member: condition for member, condition in read.items() if condition is not None}


def _exception(each: _Located, loader: _Loader, scope: Scope) -> RuleException | None:
    table: ExceptionTable = each.table
    condition = _condition(table.when, each, ("when",), loader, scope)
    instead = []
    for index, item in enumerate(table.instead):
        own = _condition(item.when, each, ("instead", index, "when"), loader, scope)
        if item.when is not None and own is None:
            continue
        duty = _oblige(item.oblige)
        instead.append(Instead(item.about, own, item.then, _asked(item.approvals), duty, item.notice, item.reason))
    if condition is None:
        return None
    override = None if table.overrides is None else Override(table.overrides.of, table.overrides.authority)
    return RuleException(
        table.id,
        table.about,
        table.on,
        table.of,
        condition,
        tuple(instead),
        table.cites,
        table.reason,
        override,
        each.place(),
    )
