"""What is changed by mutation: an agency's file with its rulesets, or a ruleset alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import attrs
from attrs import field, frozen

from smpolicy.agencies import Agency
from smpolicy.errors import InvalidFile, Place, Problem, some
from smpolicy.language.conditions import Condition, definitions_used, operands
from smpolicy.loading.agency_files import agency_from_data, load_agency
from smpolicy.loading.locations import ruleset_folder
from smpolicy.loading.ruleset_files import load_ruleset
from smpolicy.loading.toml_files import Document, read
from smpolicy.observing import replacing
from smpolicy.policies import bind_policy
from smpolicy.rulesets import Rule, RuleException, Ruleset, choices_of
from smpolicy.testing.mutants import Mutant, agency_mutants, ruleset_mutants

ADOPTION = "adopt_policy"
_ROLE = "chief_or_sheriff"


@frozen(slots=True, eq=False)
class Subject:
    """What is changed.

    Attributes:
        path: the agency's file, or the folder of the ruleset.
        agency: the agency; of a ruleset one that adopts it and says nothing else.
        of_ruleset: whether a ruleset alone is changed.
        documents: every file that may be changed, by its path.
        homes: for each file of a ruleset the id of the ruleset.
        names: the names by which the agency lists its rulesets, by id.
        mutants: the changes, in the order of files and lines.
    """

    path: Path
    agency: Agency
    of_ruleset: bool
    documents: Mapping[Path, Document] = field(repr=False)
    homes: Mapping[Path, str] = field(repr=False)
    names: Mapping[str, str] = field(repr=False)
    mutants: tuple[Mutant, ...] = field(repr=False)

    def changed(self, mutant: Mutant) -> dict[Path, Document]:
        """Return every file with one change made."""
        return {**self.documents, mutant.path: mutant.apply(self.documents[mutant.path])}

    def load(self, mutant: Mutant) -> Agency:
        """Return the agency with one change made, loaded and bound anew.

        Args:
            mutant: the change.

        Raises:
            PolicyError: the loader refuses it.
        """
        home = self.homes.get(mutant.path)
        kept = {self.names[each.id]: each for each in self.agency.rulesets if each.id != home}
        with replacing(self.changed(mutant)):
            if self.of_ruleset:
                ruleset = load_ruleset(self.path)
                agency = _plain_agency(ruleset)
            else:
                agency = load_agency(self.path, rulesets=kept)
        bind_policy(only_kinds(agency, self.kinds(mutant)))
        return agency

    def concerned(self, mutant: Mutant) -> list[Rule | RuleException]:
        """Return the rules and exceptions, as they stand, whose meaning a change may alter."""
        found: list[Rule | RuleException] = []
        home = self.homes.get(mutant.path)
        for ruleset in self.agency.rulesets:
            if mutant.sort in ("rule", "exception", "definition") and ruleset.id != home:
                continue
            every: tuple[Rule | RuleException, ...] = (*ruleset.rules, *ruleset.exceptions)
            found += [each for each in every if _is_concerned(each, mutant)]
        return found

    def kinds(self, mutant: Mutant) -> frozenset[str]:
        """Return the kinds of action on which a change may alter decisions."""
        found = frozenset(kind for each in self.concerned(mutant) for kind in each.on)
        if mutant.sort == "choice":
            limits = [each.choices[mutant.thing].personal_limit for each in self.agency.rulesets
                      if mutant.thing in each.choices]  # fmt: skip
            return found | {ADOPTION} if any(limits) else found
        return found | {ADOPTION} if mutant.operator == "change_fact" else found


def _is_concerned(stated: Rule | RuleException, mutant: Mutant) -> bool:
    conditions = _conditions(stated)
    match mutant.sort:
        case "rule" | "exception":
            return stated.id == mutant.thing
        case "definition":
            return any(mutant.thing in definitions_used(each) for each in conditions)
        case "choice":
            return mutant.thing in choices_of(stated)
    if mutant.operator != "change_fact" or mutant.thing.startswith("account "):
        return True
    return any(each.name == mutant.thing for condition in conditions for each in operands(condition))


def _conditions(stated: Rule | RuleException) -> list[Condition]:
    own = [*stated.each.values()] if isinstance(stated, Rule) else [each.condition for each in stated.instead]
    return [each for each in (stated.condition, *own) if each is not None]


def read_subject(path: Path) -> Subject:
    """Return what is changed: an agency's file and its rulesets, or the folder of a ruleset.

    Args:
        path: the file or the folder.

    Raises:
        MissingFile: there is no such file.
        InvalidFile: with every problem found.
    """
    if (path / "ruleset.toml").is_file():
        documents = _documents(path)
        ruleset = load_ruleset(path)
        if ruleset.needs:
            message = f"`{ruleset.id}` needs {some(ruleset.needs)}, so that it is not tested alone"
            help_ = "name the file of an agency that adopts it and what it needs"
            raise InvalidFile(Problem("missing_ruleset", message, place=Place(str(path)), help=help_))
        return Subject(path, _plain_agency(ruleset), True, documents, dict.fromkeys(documents, ruleset.id),
                       {ruleset.id: ruleset.id}, tuple(ruleset_mutants(documents, ruleset)))  # fmt: skip
    agency, document = load_agency(path), read(path)
    bind_policy(agency)
    found, homes, names, mutants = {path: document}, dict[Path, str](), dict[str, str](), []
    for name in document.data["agency"]["rulesets"]:
        local = path.parent / name
        folder = local if (local / "ruleset.toml").is_file() else ruleset_folder(name)
        files = _documents(folder)
        header = files[folder / "ruleset.toml"].data["ruleset"]["id"]
        found |= files
        homes |= dict.fromkeys(files, header)
        names[header] = name
    for ruleset in agency.rulesets:
        own = {each: found[each] for each, home in homes.items() if home == ruleset.id}
        mutants += ruleset_mutants(own, ruleset)
    return Subject(
        path, agency, False, found, homes, names, (*agency_mutants(path, document, agency.rulesets), *mutants)
    )


def _documents(folder: Path) -> dict[Path, Document]:
    return {each: read(each, within=folder) for each in sorted(folder.glob("*.toml"))}


def _plain_agency(ruleset: Ruleset) -> Agency:
    """Return an agency that adopts a ruleset, has somebody in every office, and says nothing else."""
    header = {"id": "any-agency", "name": "Any agency (fictional)", "time_zone": "UTC", "effective": "2020-01-01"}
    data = {"agency": {**header, "rulesets": [ruleset.id]}, "offices": {office: [_ROLE] for office in ruleset.offices}}
    return agency_from_data(data, {ruleset.id: ruleset})


def only_kinds(agency: Agency, kinds: Iterable[str]) -> Agency:
    """Return an agency whose rulesets have only what works on some kinds of action, which is quicker to bind.

    Args:
        agency: the agency.
        kinds: the kinds.
    """
    wanted = set(kinds)
    return _kept(agency, lambda stated: bool(wanted.intersection(stated.on)))


def only_around(agency: Agency, names: Iterable[str]) -> Agency:
    """Return an agency whose rulesets have only some rules and exceptions, and what lifts or is lifted by them.

    Args:
        agency: the agency.
        names: the ids of the rules and exceptions.
    """
    ids = set(names)
    exceptions = [each for ruleset in agency.rulesets for each in ruleset.exceptions if each.id in ids]
    rules = [
        rule
        for ruleset in agency.rulesets
        for rule in ruleset.rules
        if rule.id in ids or any(each.covers(rule) for each in exceptions)
    ]
    kept = ids | {rule.id for rule in rules}
    return _kept(
        agency,
        lambda stated: (
            stated.id in kept or (isinstance(stated, RuleException) and any(stated.covers(rule) for rule in rules))
        ),
    )


def _kept(agency: Agency, wanted: Callable[[Rule | RuleException], bool]) -> Agency:
    rulesets = tuple(
        attrs.evolve(
            each,
            rules=tuple(filter(wanted, each.rules)),
            exceptions=tuple(filter(wanted, each.exceptions)),
        )
        for each in agency.rulesets
    )
    return attrs.evolve(agency, rulesets=rulesets)
