"""Tests that notice changes: scenario files, a ruleset's witnesses, and pytest tests; each run in this process."""

from __future__ import annotations

import importlib.util
import io
import json
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import attrs
from attrs import define, field, frozen

from smpolicy.adoptions import adoption
from smpolicy.agencies import Agency
from smpolicy.analysis.coverage import summary
from smpolicy.analysis.witnesses import (
    AT,
    IDS,
    Side,
    Situation,
    Witness,
    check_expected,
    make_situation,
    read_witnesses,
)
from smpolicy.decisions import Decision
from smpolicy.errors import InvalidFile, MissingExtra, PolicyError, Problem, Report
from smpolicy.loading.agency_files import agency_from_data
from smpolicy.observing import replacing, watching
from smpolicy.policies import bind_policy
from smpolicy.rulesets import Ruleset
from smpolicy.testing.mutants import Mutant
from smpolicy.testing.scenario_runs import Runner
from smpolicy.testing.scenarios import SUFFIX, Scenario, read_scenarios
from smpolicy.testing.subjects import Subject, only_around, only_kinds

Ids = frozenset[str]


@frozen(slots=True, eq=False)
class Changed:
    """A change that the loader takes, for tests to notice.

    Attributes:
        subject: what is changed.
        mutant: the change.
        agency: the changed agency, loaded.
        kinds: the kinds of action on which it may alter decisions.
        concerned: the ids of the rules and exceptions that it may alter.
    """

    subject: Subject
    mutant: Mutant
    agency: Agency
    kinds: Ids
    concerned: Ids

    @property
    def in_rules_alone(self) -> bool:
        """Return whether rules, exceptions and definitions alone differ, and nothing that an agency's file says."""
        return self.mutant.sort in ("rule", "exception", "definition")

    def put_into(self, agency: Agency) -> Agency:
        """Return an agency with the changed rulesets, as far as they concern these kinds of action."""
        changed = {each.id: each for each in self.agency.rulesets}
        rulesets = tuple(changed.get(each.id, each) for each in agency.rulesets)
        return only_kinds(attrs.evolve(agency, rulesets=rulesets), self.kinds)

    def around(self, agency: Agency) -> Agency:
        """Return an agency with nothing but what the change concerns, as it is without the change."""
        return only_around(agency, self.concerned)

    def put_around(self, agency: Agency) -> Agency:
        """Return an agency with nothing but what the change concerns, and the change in it."""
        return only_around(self.put_into(agency), self.concerned)


@define(slots=True, eq=False)
class ScenarioSuite:
    """Scenarios; those come first whose rules a change concerns.

    Attributes:
        scenarios: the scenarios.
    """

    scenarios: tuple[Scenario, ...]
    _runner: Runner = field(factory=Runner, init=False)
    _reached: dict[str, Ids] = field(factory=dict, init=False)
    _expected: dict[str, str] = field(factory=dict, init=False)
    _around: tuple[Ids, Runner, dict[str, Any]] = field(factory=lambda: (Ids(), Runner(), {}), init=False)

    def failing(self) -> Iterator[str]:
        """Yield the scenarios that fail as things stand, noting which rules each reaches."""
        for each in self.scenarios:
            spoke: set[str] = set()

            def note(decision: Decision, spoke: set[str] = spoke) -> None:
                found = decision.kind_rules.members(decision.true | decision.unknown)
                spoke.update(name for _, rule in found for name in _stated_ids(rule.id))

            with watching(note):
                wrong = self._runner.mismatches(each)
            self._reached[self._key(each)], self._expected[self._key(each)] = frozenset(spoke), repr(each.expect)
            if wrong:
                yield f"{each.place}: {each.id}: {wrong[0]}"

    def notices(self, changed: Changed) -> str | None:
        """Return the scenario that notices a change, or None.

        Args:
            changed: the change.
        """
        reached = [each for each in self.scenarios if each.setting.kind in changed.kinds]
        reached.sort(key=lambda each: self._distance(each, changed))
        if changed.in_rules_alone:
            runner = self._runner.changing(changed.put_into)
            waiting: Iterable[Scenario] = self._differing(reached, changed)
        else:
            names = changed.subject.names
            runner = Runner(rulesets={names[each.id]: each for each in changed.agency.rulesets})
            waiting = reached
            if not changed.subject.of_ruleset and changed.mutant.path == changed.subject.path:
                file = changed.subject.path.resolve()
                waiting = [each for each in reached if Path(each.setting.agency or "").resolve() == file]
        with replacing(changed.subject.changed(changed.mutant)):
            return next((f"{each.place}: {each.id}" for each in waiting if runner.mismatches(each)), None)

    def _differing(self, scenarios: Iterable[Scenario], changed: Changed) -> Iterator[Scenario]:
        """Yield the scenarios that might notice a change: those where what it concerns is decided otherwise.

        Each is decided with nothing but the rules and exceptions that the change concerns, before and after, which is
        far quicker than to decide it with all. One that presents approvals is always yielded: they may be for others.
        """
        if self._around[0] != changed.concerned:
            self._around = changed.concerned, self._runner.changing(changed.around).using("reference"), {}
        _, before, known = self._around
        after = self._runner.changing(changed.put_around).using("reference")
        for each in scenarios:
            key = self._key(each)
            if not each.setting.approvals:
                if key not in known:
                    known[key] = before.observed(each)
                if "error" not in known[key] and known[key] == after.observed(each):
                    continue
            yield each

    def _key(self, scenario: Scenario) -> str:
        return f"{scenario.place.file}: {scenario.id}"

    def _distance(self, scenario: Scenario, changed: Changed) -> int:
        expected = self._expected.get(self._key(scenario), "")
        if any(each in expected for each in changed.concerned):
            return 0
        return 1 if self._reached.get(self._key(scenario), Ids()) & changed.concerned else 2


def _stated_ids(bound: str) -> Iterator[str]:
    yield bound.partition("~")[0].partition("[")[0]
    if "~" in bound:
        yield bound.partition("~")[2].partition("#")[0]


@define(slots=True, eq=False)
class WitnessSuite:
    """A ruleset's own witnesses.

    Attributes:
        ruleset: the ruleset.
        witnesses: the witnesses.
    """

    ruleset: Ruleset
    witnesses: tuple[Witness, ...]
    _agencies: dict[str, Agency] = field(factory=dict, init=False)

    def failing(self) -> Iterator[str]:
        """Yield the witnesses that do not hold as things stand."""
        for each in self.witnesses:
            if not self._holds(each, self.ruleset, None):
                yield f"{each.place}: {each.note or each.about}"

    def notices(self, changed: Changed) -> str | None:
        """Return the witness that no longer holds after a change, or None."""
        (ruleset,) = (each for each in changed.agency.rulesets if each.id == self.ruleset.id)
        reached = [each for each in self.witnesses if each.kind in changed.kinds]
        reached.sort(key=lambda each: not any(name.startswith(f"{each.about}/") for name in changed.concerned))
        broken = (each for each in reached if not self._holds(each, ruleset, changed))
        return next((f"{each.place}: {each.note or each.about}" for each in broken), None)

    def _holds(self, witness: Witness, ruleset: Ruleset, changed: Changed | None) -> bool:
        sides: tuple[Side, ...] = ("before", "after")
        return all(self._as_expected(witness, side, ruleset, changed) for side in sides)

    def _as_expected(self, witness: Witness, side: Side, ruleset: Ruleset, changed: Changed | None) -> bool:
        situation = make_situation(witness.kind, *witness.setting(side), ruleset)
        try:
            if changed is None:
                found = self._found(only_kinds(self._agency(situation.agency), [witness.kind]), witness, situation)
            elif changed.in_rules_alone:
                agency = self._agency(situation.agency)
                near = [self._found(make(agency), witness, situation) for make in (changed.around, changed.put_around)]
                if near[0] == near[1]:
                    return True  # what the change concerns is decided as before
                found = self._found(changed.put_into(agency), witness, situation)
            else:
                agency = agency_from_data(situation.agency, {ruleset.id: ruleset})
                found = self._found(only_kinds(agency, changed.kinds), witness, situation)
        except PolicyError:
            return False
        return not list(check_expected(witness.before if side == "before" else witness.after, found))

    def _found(self, agency: Agency, witness: Witness, situation: Situation) -> dict[str, Any]:
        policy = bind_policy(agency, "reference")
        by_candidate = witness.kind == "adopt_policy"
        action: Any = adoption(agency, by=IDS["actor.id"]) if by_candidate else policy.action(situation.action)
        return summary(policy.decide(action, at=AT))

    def _agency(self, data: dict[str, Any]) -> Agency:
        key = json.dumps(data, sort_keys=True, default=str)
        if key not in self._agencies:
            self._agencies[key] = agency_from_data(data, {self.ruleset.id: self.ruleset})
        return self._agencies[key]


class _Recorder:
    """A plugin for one run of pytest in this process: which tests decide on which kinds of action, and which fail."""

    def __init__(self, wanted: Collection[str] | None) -> None:
        import pytest

        self.wanted = wanted
        self.kinds: dict[str, set[str]] = {}
        self.failed: list[str] = []
        self._pytest = pytest
        self._now: set[str] = set()

    def decided(self, decision: Decision) -> None:
        self._now.add(decision.action.kind)

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        from smpolicy.testing.plugin import ScenarioItem

        kept = [each for each in items if not isinstance(each, ScenarioItem)]
        items[:] = [each for each in kept if self.wanted is None or each.nodeid in self.wanted]

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._now = self.kinds.setdefault(nodeid, set())

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


@define(slots=True, eq=False)
class PytestSuite:
    """Tests in Python. Test modules are imported anew for each change, so that it reaches what they load then.

    Attributes:
        paths: the files and folders.
        agency: the agency file of the plugin's fixtures, or None.
    """

    paths: tuple[Path, ...]
    agency: Path | None
    _kinds: dict[str, Ids] = field(factory=dict, init=False)

    def failing(self) -> Iterator[str]:
        """Yield the tests that fail as things stand, noting on which kinds of action each decides."""
        recorder = self._run(None, ())
        self._kinds = {name: frozenset(kinds) for name, kinds in recorder.kinds.items()}
        yield from recorder.failed

    def notices(self, changed: Changed) -> str | None:
        """Return the test that notices a change, or None. Tests that decide on nothing are always run."""
        wanted = [name for name, kinds in self._kinds.items() if not kinds or kinds & changed.kinds]
        if not wanted:
            return None
        with replacing(changed.subject.changed(changed.mutant)):
            return next(iter(self._run(wanted, ("-x",)).failed), None)

    def _run(self, wanted: Collection[str] | None, options: Iterable[str]) -> _Recorder:
        import pytest

        recorder = _Recorder(wanted)
        arguments = [*map(str, self.paths), "-q", "--assert=plain", "-p", "no:cacheprovider", *options]
        arguments += ["--smpolicy-cover-min=0"]
        arguments += [] if self.agency is None else [f"--smpolicy-agency={self.agency.resolve()}"]
        arguments += ["-n0"] if importlib.util.find_spec("xdist") else []
        arguments += ["--no-cov"] if importlib.util.find_spec("pytest_cov") else []
        before = set(sys.modules)
        try:
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as told, watching(recorder.decided):
                status = pytest.main(arguments, plugins=[recorder])
        finally:
            _forget(before, self.paths)
        if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
            recorder.failed.append(f"pytest ended with status {int(status)}: {told.getvalue().strip()[-300:]}")
        return recorder


def _forget(before: set[str], paths: Iterable[Path]) -> None:
    """Forget the modules imported since, as far as they lie beside or below the tests, or above in their project."""
    roots = {path.resolve() if path.is_dir() else path.resolve().parent for path in paths} | {Path.cwd()}
    here = Path(__file__).resolve().parents[1]
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        lies = Path(file).resolve() if file else here
        ours = lies.is_relative_to(here) or "site-packages" in lies.parts
        if not ours and any(lies.is_relative_to(root) for root in roots):
            del sys.modules[name]


Suite = ScenarioSuite | WitnessSuite | PytestSuite


def find_suites(subject: Subject, tests: Iterable[Path]) -> list[Suite]:
    """Return the tests that lie at some paths, the quickest first; of a ruleset its witnesses besides.

    Args:
        subject: what is changed.
        tests: files and folders.

    Raises:
        MissingFile: there is no such file or folder.
        InvalidFile: a file of scenarios cannot be used.
        MissingExtra: there are tests in Python, and pytest is not installed.
    """
    paths = tuple(tests)
    suites: list[Suite] = []
    scenarios = tuple(each for file in _files(paths, f"*{SUFFIX}") for each in read_scenarios(file))
    suites += [ScenarioSuite(scenarios)] if scenarios else []
    folder = subject.path / "witnesses"
    if subject.of_ruleset and folder.is_dir():
        report, (ruleset,) = Report(), subject.agency.rulesets
        witnesses = tuple(read_witnesses(folder, ruleset, report))
        report.raise_as(InvalidFile)
        suites += [WitnessSuite(ruleset, witnesses)] if witnesses else []
    if any(True for _ in _files(paths, "*.py")):
        if importlib.util.find_spec("pytest") is None:
            message = "the tests are in Python, and pytest is not installed"
            raise MissingExtra(Problem("missing_extra", message, help="install the extra `test`: smpolicy[test]"))
        suites.append(PytestSuite(paths, None if subject.of_ruleset else subject.path))
    return suites


def _files(paths: Iterable[Path], pattern: str) -> list[Path]:
    """Return the files of a pattern at some paths, each once; hidden folders are passed over."""
    found: dict[Path, None] = {}
    for path in paths:
        for each in sorted(path.rglob(pattern)) if path.is_dir() else [path]:
            inner = each.relative_to(path).parts if path.is_dir() else ()
            wanted = each.match(pattern) and not any(part.startswith((".", "_")) for part in inner[:-1])
            if wanted and (pattern != "*.py" or each.name.startswith("test_") or each.stem.endswith("_test")):
                found[each] = None
    return list(found)


def test_files(paths: Iterable[Path]) -> list[Path]:
    """Return every file on which the tests at some paths may depend: scenarios, agencies, Python, data.

    Args:
        paths: files and folders.
    """
    return [
        file
        for path in paths
        for file in (sorted(path.rglob("*")) if path.is_dir() else [path])
        if file.is_file() and file.suffix in (".toml", ".py", ".json") and "__pycache__" not in file.parts
    ]


Progress = Callable[[int, int, int], object]
"""Is told how many changes are done, of how many, and how many of them survive."""
