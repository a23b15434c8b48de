"""Mutation: which changes to an agency's file and rulesets its tests would not notice."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from attrs import field, frozen

from smpolicy.errors import MissingFile, Place, PolicyError, Problem, UnusableTests, some
from smpolicy.testing.equivalence import same_policy, same_under_every_choice
from smpolicy.testing.mutants import Mutant
from smpolicy.testing.subjects import Subject, only_kinds, read_subject
from smpolicy.testing.suites import Changed, Progress, Suite, find_suites, test_files

Fate = Literal["noticed", "refused", "equivalent", "survived"]
FATES: dict[Fate, str] = {
    "noticed": "A test fails.",
    "refused": "The loader notices: the changed files cannot be used.",
    "equivalent": "It is shown that the change makes no difference to any decision.",
    "survived": "No test fails.",
}
"""What can become of a change."""
MOST_TOLD = 10


@frozen(slots=True)
class Result:
    """What became of one change.

    Attributes:
        mutant: the change.
        fate: one of `FATES`.
        by: the test that noticed it, or the code of the loader's problem.
    """

    mutant: Mutant
    fate: Fate
    by: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        mutant = self.mutant
        return {
            "id": mutant.id,
            "operator": mutant.operator,
            "sort": mutant.sort,
            "thing": mutant.thing,
            "change": mutant.change,
            "file": mutant.place.file,
            "line": mutant.place.line,
            "fate": self.fate,
            "by": self.by,
        }


@frozen(slots=True)
class Mutation:
    """What became of all changes.

    Attributes:
        results: one for each change, in the order of files and lines.
    """

    results: tuple[Result, ...] = field(repr=False)

    def count(self, fate: Fate) -> int:
        """Return how many changes came to that."""
        return Counter(each.fate for each in self.results)[fate]

    @property
    def survivors(self) -> tuple[Result, ...]:
        """Return those that no test noticed."""
        return tuple(each for each in self.results if each.fate == "survived")

    @property
    def score(self) -> float:
        """Return how many percent were noticed or refused, of those not shown to make no difference."""
        counted = len(self.results) - self.count("equivalent")
        return 100 * (counted - self.count("survived")) / counted if counted else 100.0

    @property
    def noticed_by_tests(self) -> float:
        """Return how many percent tests noticed, of those that the loader takes and that make a difference."""
        counted = self.count("noticed") + self.count("survived")
        return 100 * self.count("noticed") / counted if counted else 100.0

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return {
            "score": round(self.score, 2),
            "noticed_by_tests": round(self.noticed_by_tests, 2),
            "mutants": len(self.results),
            **{fate: self.count(fate) for fate in FATES},
            "survivors": [each.to_dict() for each in self.survivors],
            "results": [each.to_dict() for each in self.results],
        }


def mutate(
    path: str | Path,
    tests: Sequence[str | Path] = (),
    *,
    only: Collection[str] = (),
    one_in: int = 1,
    state: str | Path | None = None,
    progress: Progress | None = None,
) -> Mutation:
    """Change rule files and agency files one place at a time, in memory, and run the tests against each change.

    Args:
        path: an agency's file, which is changed with the rulesets that it adopts; or the folder of a ruleset.
        tests: files and folders with scenario files and pytest tests; by default the folder of an agency's file. A
            ruleset's own witnesses are run besides.
        only: changes only what has an id that begins so: of a rule, an exception, a definition or a choice.
        one_in: takes one change in so many, always the same ones.
        state: a file that remembers what became of each change; what is remembered there for the same files and tests
            is not tried again.
        progress: is told how far it has come.

    Raises:
        MissingFile: there is no such file.
        InvalidFile: a file cannot be used as it stands.
        UnusableTests: there are no tests, or they fail before anything is changed.
        MissingExtra: there are tests in Python, and pytest is not installed.
    """
    subject = read_subject(Path(path))
    paths = tuple(map(Path, tests)) or (() if subject.of_ruleset else (subject.path.parent,))
    for test in paths:
        if not test.exists():
            message, help_ = "there is no such file or folder", "name files or folders with tests"
            raise MissingFile(Problem("missing_file", message, place=Place(str(test)), help=help_))
    chosen = [each for each in subject.mutants if not only or each.thing.startswith(tuple(only))]
    chosen = [each for each in chosen if one_in == 1 or _number(each.id) % one_in == 0]
    memory = _Memory(None if state is None else Path(state), _digest(subject, paths))
    results = {each.id: found for each in chosen if (found := memory.recall(each)) is not None}
    waiting = [each for each in chosen if each.id not in results]
    suites = _passing(find_suites(subject, paths), subject) if waiting else []
    survived = sum(each.fate == "survived" for each in results.values())
    for each in waiting:
        if progress is not None:
            progress(len(results), len(chosen), survived)
        found = results[each.id] = _try(subject, each, suites)
        survived += found.fate == "survived"
        memory.remember(found)
    if progress is not None:
        progress(len(results), len(chosen), survived)
    return Mutation(tuple(results[each.id] for each in chosen))


def _passing(suites: list[Suite], subject: Subject) -> list[Suite]:
    """Return tests after having run them as things stand."""
    if not suites:
        message = f"there are no tests of `{subject.path}`"
        raise UnusableTests(Problem("no_tests", message, help="name scenario files or pytest tests with `--tests`"))
    failing = [name for suite in suites for name in suite.failing()]
    if failing:
        message = f"{len(failing)} tests fail before anything is changed: {some(failing, MOST_TOLD)}"
        raise UnusableTests(Problem("tests_fail", message, help="let all tests pass first"))
    return suites


def _try(subject: Subject, mutant: Mutant, suites: Iterable[Suite]) -> Result:
    """Return what becomes of one change."""
    try:
        agency = subject.load(mutant)
    except PolicyError as error:
        return Result(mutant, "refused", error.code)
    concerned = subject.concerned(mutant)
    kinds = subject.kinds(mutant)
    changed = Changed(subject, mutant, agency, kinds, frozenset({each.id for each in concerned} | {mutant.thing}))
    for suite in suites:
        by = suite.notices(changed)
        if by is not None:
            return Result(mutant, "noticed", by)
    if subject.of_ruleset:
        (ruleset,) = subject.agency.rulesets
        same = mutant.sort != "choice" and same_under_every_choice(subject.agency, agency, concerned, ruleset.id)
    else:
        before, after = (only_kinds(each, kinds) for each in (subject.agency, agency))
        same = same_policy(before, after)
    return Result(mutant, "equivalent" if same else "survived")


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])


def _digest(subject: Subject, paths: Iterable[Path]) -> str:
    """Return the SHA-256 of all on which the results depend: the files that are changed, and the tests."""
    found = hashlib.sha256()
    for document in subject.documents.values():
        found.update(document.text.encode() + b"\0")
    for file in test_files((*paths, *([subject.path / "witnesses"] if subject.of_ruleset else []))):
        found.update(file.read_bytes() + b"\0")
    return found.hexdigest()


@frozen(slots=True)
class _Memory:
    """A file that remembers results: a line that says of which files and tests, then one for each change."""

    path: Path | None
    digest: str
    results: dict[str, tuple[Fate, str | None]] = field(init=False)

    @results.default
    def _results(self) -> dict[str, tuple[Fate, str | None]]:
        if self.path is None:
            return {}
        lines = list(self._lines())
        if lines[:1] != [{"of": self.digest}]:
            self.path.write_text(json.dumps({"of": self.digest}) + "\n", encoding="utf-8")
            return {}
        return {each["id"]: (each["fate"], each["by"]) for each in lines if each.keys() == {"id", "fate", "by"}}

    def _lines(self) -> Iterator[dict[str, Any]]:
        """Yield the lines that can be read; one that was cut off in the middle is passed over."""
        assert self.path is not None
        if self.path.exists():
            for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    found = json.loads(line)
                except ValueError:
                    continue
                if isinstance(found, dict):
                    yield found

    def recall(self, mutant: Mutant) -> Result | None:
        known = self.results.get(mutant.id)
        return None if known is None else Result(mutant, *known)

    def remember(self, result: Result) -> None:
        if self.path is not None:
            line = json.dumps({"id": result.mutant.id, "fate": result.fate, "by": result.by})
            with self.path.open("a", encoding="utf-8", newline="\n") as stream:
                stream.write(line + "\n")
