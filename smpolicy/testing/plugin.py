"""The pytest plugin: fixtures of an agency and its policy, scenario files as tests, and what decisions showed.

smpolicy is imported inside hooks and fixtures alone, so that a measurement of coverage sees every import.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from _pytest._code.code import TerminalRepr
    from _pytest.terminal import TerminalReporter

    from smpolicy.agencies import Agency
    from smpolicy.policies import Policy
    from smpolicy.testing.scenario_runs import Runner
    from smpolicy.testing.scenarios import Scenario
    from smpolicy.testing.seen import Seen

SUFFIX = ".scenarios.toml"
TITLE = "smpolicy: what the decisions showed"


def _percent(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 100:
        raise argparse.ArgumentTypeError(f"`{text}` is no percentage: give a number from 0 to 100")
    return number


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and the setting of the plugin."""
    group = parser.getgroup("smpolicy", "smpolicy: an agency's social-media policy")
    group.addoption(
        "--smpolicy-agency",
        metavar="FILE",
        help="The agency file of the fixtures `agency` and `policy`; overrides the setting `smpolicy_agency`.",
    )
    group.addoption(
        "--smpolicy-cover",
        action="store_true",
        help="Tell after the run which rules, exceptions, choices and clauses were seen true, false and unknown.",
    )
    group.addoption(
        "--smpolicy-cover-missing",
        action="store_true",
        help="The same, and list each of them that was not seen in some state.",
    )
    group.addoption(
        "--smpolicy-cover-min",
        metavar="PERCENT",
        type=_percent,
        help="The same, and fail where less than so much was seen of all states in which they can be.",
    )
    parser.addini("smpolicy_agency", "The agency file of the fixtures `agency` and `policy`, from this file's folder.")


def agency_file(config: pytest.Config) -> Path | None:
    """Return the agency file that the option or the setting names, or None.

    Args:
        config: the configuration of the run.
    """
    option: str | None = config.getoption("--smpolicy-agency")
    if option:
        return config.invocation_params.dir / option
    setting: str = config.getini("smpolicy_agency")
    if not setting:
        return None
    return (config.inipath.parent if config.inipath else config.rootpath) / setting


@pytest.fixture(scope="session")
def agency(request: pytest.FixtureRequest) -> Agency:
    """The agency of `--smpolicy-agency`, or of the setting `smpolicy_agency`."""
    from smpolicy.errors import PolicyError
    from smpolicy.loading.agency_files import load_agency

    file = agency_file(request.config)
    if file is None:
        pytest.fail("no agency file is named: give `--smpolicy-agency FILE`, or set `smpolicy_agency`", pytrace=False)
    try:
        return load_agency(file)
    except PolicyError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def policy(agency: Agency) -> Policy:
    """The policy of the fixture `agency`."""
    from smpolicy.errors import PolicyError
    from smpolicy.policies import bind_policy

    try:
        return bind_policy(agency)
    except PolicyError as error:
        pytest.fail(str(error), pytrace=False)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    """Collect a file of scenarios."""
    if not file_path.name.endswith(SUFFIX):
        return None
    collected: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
    return collected


class ScenarioFile(pytest.File):
    """A file of scenarios, each of which is a test."""

    def collect(self) -> Iterable[ScenarioItem]:
        """Yield the scenarios of the file."""
        from smpolicy.errors import PolicyError
        from smpolicy.testing.scenarios import read_scenarios

        try:
            scenarios = read_scenarios(self.path)
        except PolicyError as error:
            raise self.CollectError(_without_root(str(error), self.config)) from None
        for each in scenarios:
            item: ScenarioItem = ScenarioItem.from_parent(self, name=each.id, scenario=each)
            yield item


class ScenarioFailed(Exception):
    """A scenario is not decided as it says."""


class ScenarioItem(pytest.Item):
    """One scenario.

    Attributes:
        scenario: the scenario.
    """

    def __init__(self, *, scenario: Scenario, **rest: Any) -> None:
        super().__init__(**rest)
        self.scenario = scenario

    def runtest(self) -> None:
        """Decide the scenario, and compare."""
        from smpolicy.errors import PolicyError
        from smpolicy.render.explanation import explain
        from smpolicy.testing.scenario_runs import compare, observe

        runner, decided = _runner(self.config), None
        try:
            decided = runner.decide(self.scenario)
            observed = observe(decided)
        except PolicyError as error:
            observed = {"error": error.code, "message": str(error)}
        found = compare(self.scenario.expect, observed)
        if found:
            lines = [f"{self.scenario.place}: {self.scenario.id}", *(f"  {each}" for each in found)]
            if decided is not None:
                lines += ["", "What is decided:", *(f"  {line}".rstrip() for line in explain(decided).splitlines())]
            raise ScenarioFailed("\n".join(lines))

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: Any = None,
    ) -> str | TerminalRepr:
        """Return how the decision differs, without a traceback."""
        if isinstance(excinfo.value, ScenarioFailed):
            return _without_root(str(excinfo.value), self.config)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the scenario stands."""
        line = self.scenario.place.line
        return self.path, None if line is None else line - 1, self.name


def _without_root(text: str, config: pytest.Config) -> str:
    return text.replace(f"{config.rootpath}/", "")


_RUNNER = pytest.StashKey["Runner"]()
_SEEN = pytest.StashKey["Seen"]()
_OPEN = pytest.StashKey[ExitStack]()


def _runner(config: pytest.Config) -> Runner:
    """Return the runner of the test run, which binds each agency once."""
    from smpolicy.testing.scenario_runs import Runner

    return config.stash.setdefault(_RUNNER, Runner())


def _covers(config: pytest.Config) -> bool:
    return bool(
        config.getoption("--smpolicy-cover")
        or config.getoption("--smpolicy-cover-missing")
        or config.getoption("--smpolicy-cover-min") is not None
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin to watch decisions, where that is asked for."""
    if _covers(session.config):
        from smpolicy.observing import watching
        from smpolicy.testing.seen import Seen

        seen, stack = Seen(), ExitStack()
        stack.enter_context(watching(seen.watch))
        session.config.stash[_SEEN], session.config.stash[_OPEN] = seen, stack


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what a worker of xdist has seen."""
    data = getattr(node, "workeroutput", {}).get("smpolicy_seen")
    if data is not None:
        node.config.stash[_SEEN].add_data(data)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop watching; a worker of xdist hands over what it has seen, and too little fails the run."""
    config = session.config
    if _SEEN not in config.stash:
        return
    config.stash[_OPEN].close()
    if hasattr(config, "workeroutput"):
        config.workeroutput["smpolicy_seen"] = config.stash[_SEEN].to_data()
        return
    config.stash[_SEEN] = _of_agency(config.stash[_SEEN], config)
    if session.exitstatus == pytest.ExitCode.OK and any(_too_little(config)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _of_agency(seen: Seen, config: pytest.Config) -> Seen:
    """Return what was seen of the rulesets of the agency that the run names, where it names one."""
    from smpolicy.errors import PolicyError
    from smpolicy.policies import load

    file = agency_file(config)
    if file is None:
        return seen
    try:
        policy = load(file)
    except PolicyError:
        return seen  # whatever is wrong with it, the fixtures tell
    seen.expect(policy)
    return seen.limited_to(each.id for each in policy.agency.rulesets)


def _too_little(config: pytest.Config) -> Iterator[str]:
    from smpolicy.testing.seen import percent

    least, found = config.getoption("--smpolicy-cover-min"), percent(config.stash[_SEEN])
    if least is not None and found < least:
        yield f"only {found:.1f}% was seen, less than the {least:g}% of --smpolicy-cover-min"


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Tell what was seen."""
    if _SEEN not in config.stash:
        return
    from smpolicy.testing.seen import percent, seen_text

    seen = config.stash[_SEEN]
    terminalreporter.section(TITLE)
    list_missing = bool(config.getoption("--smpolicy-cover-missing"))
    terminalreporter.write_line(seen_text(seen, list_missing=list_missing))
    terminalreporter.write_line("")
    terminalreporter.write_line(f"{percent(seen):.1f}% was seen of all states in which they can be")
    for message in _too_little(config):
        terminalreporter.write_line(f"FAILED: {message}", red=True)
