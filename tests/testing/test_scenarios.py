"""Portable scenarios: each is decided as it says, by every engine; twins differ in one thing, and in the decision."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from smpolicy.errors import InvalidFile, MissingFile
from smpolicy.kinds import CORE
from smpolicy.loading.ruleset_files import load_ruleset
from smpolicy.testing.scenario_runs import Runner, differences
from smpolicy.testing.scenarios import SUFFIX, Scenario, read_scenarios
from tests.usable import ENGINES

FOLDER = Path(__file__).parents[1] / "scenarios"
FILES = sorted(FOLDER.glob(f"*{SUFFIX}"))
SCENARIOS = {file.name.removesuffix(SUFFIX): read_scenarios(file) for file in FILES}
BY_ID = {each.id: each for scenarios in SCENARIOS.values() for each in scenarios}

SHOWN = ("field-practice", "iacp-2019")
"""The rulesets of which every consideration is shown by scenarios."""

in_each_file = pytest.mark.parametrize("name", SCENARIOS)


@pytest.fixture(scope="module")
def runners() -> dict[str, Runner]:
    """A runner for each engine; they share what is bound, and only while these tests run."""
    first = Runner(ENGINES[0])
    return {engine: first.using(engine) for engine in ENGINES}


class TestShippedScenarios:
    @in_each_file
    @pytest.mark.parametrize("engine", ENGINES)
    def test_every_scenario_is_decided_as_it_says(self, runners: dict[str, Runner], engine: str, name: str) -> None:
        """Each scenario of a file comes out as expected under an engine."""
        found = [
            f"{each.place}: {each.id}: {mismatch}"
            for each in SCENARIOS[name]
            for mismatch in runners[engine].mismatches(each)
        ]
        assert not found, "\n".join(found)

    @in_each_file
    def test_engines_agree_on_everything(self, runners: dict[str, Runner], name: str) -> None:
        """All engines decide each scenario alike, also in what it does not mention."""
        reference, *others = (runners[engine] for engine in ENGINES)
        for each in SCENARIOS[name]:
            wanted = reference.observed(each)
            assert all(other.observed(each) == wanted for other in others), each.id

    @in_each_file
    def test_twins_differ_in_one_thing_and_are_decided_differently(self, runners: dict[str, Runner], name: str) -> None:
        """A twin exists, differs in exactly one thing, and is decided differently."""
        runner, found = runners["compiled"], []
        for each in SCENARIOS[name]:
            if each.twin_of is None:
                continue
            twin = each.twin(BY_ID)
            if twin is None:
                found.append(f"{each.place}: there is no twin `{each.twin_of}`")
            elif len(changed := differences(each, BY_ID[twin])) != 1:
                found.append(f"{each.place}: differs from `{twin}` in {changed}")
            elif runner.observed(each) == runner.observed(BY_ID[twin]):
                found.append(f"{each.place}: is decided as `{twin}` is")
        assert not found, "\n".join(found)

    @in_each_file
    def test_every_scenario_expects_something(self, name: str) -> None:
        """No scenario passes for want of an expectation."""
        for each in SCENARIOS[name]:
            expected = [value for value in attrs.asdict(each.expect, recurse=False).values() if value not in (None, {})]
            assert expected, each.id

    def test_there_are_enough_of_them(self) -> None:
        """At least 320 scenarios, most of them twins, no two of one id."""
        assert len(BY_ID) == sum(len(scenarios) for scenarios in SCENARIOS.values())
        assert len(BY_ID) >= 320
        assert sum(each.twin_of is not None for each in BY_ID.values()) > len(BY_ID) / 2

    def test_they_span_every_kind_of_action_and_every_outcome(self) -> None:
        """All kinds of action occur, and of each that can be restricted all outcomes that are possible."""
        kinds = {each.setting.kind for each in BY_ID.values()}
        assert kinds == set(CORE.kinds)
        for kind in kinds - {"report_violation"}:
            outcomes = {each.expect.outcome for each in BY_ID.values() if each.setting.kind == kind}
            assert outcomes >= {"allow", "needs_approval", "deny"}, kind

    def test_every_consideration_matters_to_each_of_its_acts(self, runners: dict[str, Runner]) -> None:
        """Every consideration is cited by a reason, a duty, a notice or a sparing in a scenario of each of its acts.

        What `us-first-amendment` finds in configurations no scenario of an action can show: its own tests do.
        """
        runner, cited = runners["compiled"], set[tuple[str, str]]()
        for each in BY_ID.values():
            if each.expect.error is None:
                decision = runner.decide(each)
                cites = [found.cites for found in decision.reasons]
                cites += [found.cites for found in decision.duties] + [found.cites for found in decision.notices]
                spared = [(c, str(s.by)) for c, s in decision.considerations.items() if s.status == "spared"]
                cites += [(lifted, exception.partition("/")[0]) for lifted, exception in spared]
                cited.update((consideration, each.setting.kind) for found in cites for consideration in found)
        stated = [each for name in SHOWN for each in load_ruleset(name).considerations.values()]
        assert {(each.id, act) for each in stated for act in each.acts} - cited == set()


AGENCY = """
[agency]
id        = "alder-hollow"
name      = "Alder Hollow (fictional)"
time_zone = "America/Denver"
effective = 2020-01-01
rulesets  = ["iacp-2019"]

[[directory.person]]
id    = "officer-1"
roles = []
"""
DEFAULTS = """
[defaults]
agency = "agency.toml"
at     = 2026-06-01T12:00:00-06:00
facts  = { "actor.id" = "officer-1", "account.id" = "main" }
"""
POST = '[[scenario]]\nnote = "A post."\nplain = "personal_post"\n'
Reader = Callable[[str], tuple[Scenario, ...]]


@pytest.fixture
def scenarios_of(tmp_path: Path) -> Reader:
    """A reader of scenarios from text, with an agency beside them."""

    def reader(text: str) -> tuple[Scenario, ...]:
        (tmp_path / "agency.toml").write_text(AGENCY)
        file = tmp_path / f"some{SUFFIX}"
        file.write_text(text)
        return read_scenarios(file)

    return reader


class TestReadingScenarios:
    def test_defaults_facts_go_to_plain_actions_that_have_them(self, scenarios_of: Reader) -> None:
        """A default fact that the kind of action lacks is left out."""
        (only,) = scenarios_of(DEFAULTS + POST)
        assert only.setting.facts == {"actor.id": "officer-1"}

    def test_defaults_may_propose_the_action(self, scenarios_of: Reader) -> None:
        """A scenario that proposes nothing takes the default action, with the default facts that it has."""
        plain = DEFAULTS.replace("[defaults]", '[defaults]\nplain = "publish"')
        (only,) = scenarios_of(plain + '[[scenario]]\nnote = "A post."\n')
        assert only.setting.kind == "publish"
        assert only.setting.facts == {"actor.id": "officer-1", "account.id": "main"}

    def test_what_a_scenario_proposes_stands_in_place_of_the_default(self, scenarios_of: Reader) -> None:
        """A scenario with an action of its own takes neither the default kind nor the default facts."""
        plain = DEFAULTS.replace("[defaults]", '[defaults]\nplain = "publish"')
        (only,) = scenarios_of(plain + '[[scenario]]\nnote = "A report."\naction = { kind = "report_violation" }\n')
        assert (only.setting.kind, only.setting.plain, only.setting.facts) == ("report_violation", None, {})

    def test_rows_are_laid_over_their_scenario(self, scenarios_of: Reader) -> None:
        """A row adds to the tables of its scenario and replaces the rest."""
        rows = 'facts = { "content.humor" = true }\nexpect = { outcome = "allow", settled = true }\neach = [\n'
        rows += '  { case = "one", payload = "One.", expect = { outcome = "deny" } },\n'
        rows += '  { case = "two", facts = { "content.humor" = false } },\n]\n'
        one, two = scenarios_of(DEFAULTS + POST + rows)
        assert (one.id, two.id) == ("A post. [one]", "A post. [two]")
        assert (one.setting.payload, two.setting.payload) == ("One.", None)
        assert one.setting.facts["content.humor"] is True
        assert two.setting.facts["content.humor"] is False
        assert (one.expect.outcome, one.expect.settled) == ("deny", True)
        assert two.expect.outcome == "allow"

    def test_a_twin_with_rows_is_the_row_of_the_same_case(self, scenarios_of: Reader) -> None:
        """`twin_of` names a note; where that has rows, the row of the same case is meant."""
        rows = 'each = [{ case = "one" }, { case = "two" }]\n'
        twin = '[[scenario]]\nnote = "Its twin."\ntwin_of = "A post."\nplain = "personal_post"\n'
        scenarios = scenarios_of(DEFAULTS + POST + rows + twin + rows)
        ids = [each.id for each in scenarios]
        assert [each.twin(ids) for each in scenarios] == [None, None, "A post. [one]", "A post. [two]"]

    @pytest.mark.parametrize(
        ("text", "code", "line"),
        [
            (DEFAULTS + POST + "choises = {}\n", "unknown_key", 9),
            (DEFAULTS + POST + 'expect = { outcome = "alow" }\n', "wrong_type", 9),
            (DEFAULTS + POST + "facts = []\n", "wrong_type", 9),
            (DEFAULTS + POST + "at = 2026-06-01\n", "wrong_type", 9),
            (DEFAULTS + '[[scenario]]\nplain = "publish"\n', "missing_key", 6),
            (DEFAULTS + '[[scenario]]\nnote = "A post."\n', "unknown_kind", 6),
            (DEFAULTS + '[[scenario]]\nnote = "A post."\nplain = "post"\n', "unknown_kind", 6),
            (DEFAULTS + POST + POST, "duplicate_id", 9),
            (POST, "missing_key", 1),
        ],
    )
    def test_what_is_wrong_is_told_with_its_place(self, scenarios_of: Reader, text: str, code: str, line: int) -> None:
        """A wrong file ends in an error with a code and the line."""
        with pytest.raises(InvalidFile) as caught:
            scenarios_of(text)
        (problem,) = caught.value.problems
        assert problem.code == code
        assert problem.place is not None
        assert problem.place.line == line

    def test_a_missing_file_is_an_error(self, tmp_path: Path) -> None:
        """A file that is not there is an error."""
        with pytest.raises(MissingFile):
            read_scenarios(tmp_path / f"none{SUFFIX}")


class TestRunningScenarios:
    def test_a_mismatch_tells_what_must_be_and_what_is(self, scenarios_of: Reader) -> None:
        """Each expectation that fails is told in a sentence, and no other."""
        (only,) = scenarios_of(DEFAULTS + POST + 'expect = { outcome = "deny", next = "act", reasons = ["V.B/x"] }\n')
        assert Runner().mismatches(only) == [
            "outcome: must be 'deny', is 'allow'",
            "reasons: must be ['V.B/x'], is []",
        ]

    def test_an_unexpected_error_is_a_mismatch(self, scenarios_of: Reader) -> None:
        """An error where a decision was expected is told with its message."""
        (only,) = scenarios_of(DEFAULTS + POST + 'facts = { "content.humour" = true }\nexpect = { outcome = "deny" }\n')
        (told,) = Runner().mismatches(only)
        assert told.startswith("ended in an error: ")
        assert "content.humour" in told

    def test_facts_change_an_action_that_is_written_out(self, scenarios_of: Reader) -> None:
        """`facts` are laid over `action`, also in a part that the action does not mention."""
        text = '[[scenario]]\nnote = "A report."\naction = { kind = "report_violation" }\n'
        text += 'facts = { "report.implicates" = ["usual_recipient"] }\nexpect = { duties = ["V.B.7/report_around"] }\n'
        (only,) = scenarios_of(DEFAULTS + text)
        assert Runner().mismatches(only) == []

    def test_an_unknown_fact_of_an_agency_that_says_nothing_stays_unknown(self, scenarios_of: Reader) -> None:
        """`unknown` may name a fact that the agency's file does not state anyway."""
        text = 'unknown = ["terms.published"]\nexpect = { outcome = "allow" }\n'
        (only,) = scenarios_of(DEFAULTS + POST + text)
        assert Runner().mismatches(only) == []

    def test_a_missing_error_is_a_mismatch(self, scenarios_of: Reader) -> None:
        """A decision where an error was expected does not pass."""
        (only,) = scenarios_of(DEFAULTS + POST + 'expect = { error = "unknown_person" }\n')
        assert Runner().mismatches(only) == ["error: must be 'unknown_person', is None"]

    def test_a_missing_agency_file_is_an_error(self, scenarios_of: Reader) -> None:
        """An agency that is not there is told like any other error."""
        (only,) = scenarios_of(DEFAULTS + POST + 'agency = "nowhere"\nexpect = { error = "missing_file" }\n')
        assert Runner().mismatches(only) == []

    def test_an_unknown_choice_is_an_error(self, scenarios_of: Reader) -> None:
        """A choice that no ruleset states is told, with the nearest name."""
        (only,) = scenarios_of(
            DEFAULTS + POST + 'choices = { insigna = "deny" }\nexpect = { error = "unknown_choice" }\n'
        )
        assert Runner().mismatches(only) == []

    def test_an_agency_is_bound_once_for_all_that_change_it_alike(self, scenarios_of: Reader) -> None:
        """Scenarios of one agency and the same changes share a policy; engines share the bound rules."""
        rows = 'each = [{ case = "one" }, { case = "two" }, { case = "other", choices = { insignia = "deny" } }]\n'
        one, two, other = scenarios_of(DEFAULTS + POST + rows)
        runner = Runner()
        assert runner.policy(one.setting) is runner.policy(two.setting)
        assert runner.policy(one.setting) is not runner.policy(other.setting)
        reference = runner.using("reference").policy(one.setting)
        assert reference.engine == "reference"
        assert reference.kinds is runner.policy(one.setting).kinds
