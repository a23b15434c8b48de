"""Tests of `smpolicy init`: what it writes loads, is complete, and never replaces anything unasked."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest
from click.testing import CliRunner, Result

import smpolicy
from smpolicy.choices import to_plain
from smpolicy.cli import main
from smpolicy.cli.init import MATTER_MOST as MATTERS
from smpolicy.loading.locations import offered_rulesets
from smpolicy.reviews import review

Run = Callable[..., Result]
MATTER_MOST = MATTERS["iacp-2019"]
PACK = """
[ruleset]
id        = "drones"
title     = "Pictures from drones"
version   = "1"
dated     = 2026-01-01
source    = "Nothing (fictional)"
namespace = "drones"
needs     = ["iacp-2019"]

[[office]]
id    = "flight_officer"
title = "Officer for flights"

[[consideration]]
id    = "D.1"
title = "Pictures from drones"
gist  = "Nothing."
acts  = ["publish"]

[[fact]]
id       = "private_ground"
on       = ["publish"]
type     = "bool"
ask      = "Does it show private ground from a drone?"
cite     = "D.1"
harmless = false

[[choice]]
id       = "drone_pictures"
about    = "D.1"
ask      = "May a post show private ground from a drone?"
type     = "effect"
default  = "needs_approval"
stricter = "higher"

[[rule]]
id        = "D.1/private_ground"
on        = ["publish"]
when      = "drones.private_ground"
then      = "choice.drone_pictures"
approvals = [{ office = "flight_officer" }]
reason    = "The post shows private ground from a drone."

[[adjustment]]
id      = "D.1/guilt"
of      = "iacp-2019"
choice  = "guilt_statements"
mildest = "deny"
reason  = "Footage is not commented on."
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `init` in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def running(*arguments: str, input: str = "") -> Result:
        result = CliRunner().invoke(main, ["init", *arguments], input=input)
        assert isinstance(result.exception, SystemExit | None), result.exc_info
        return result

    return running


@pytest.fixture(scope="module")
def ruleset() -> smpolicy.Ruleset:
    """The shipped ruleset."""
    return smpolicy.load_ruleset("iacp-2019")


def answers(**given: str) -> str:
    """Return what is typed at the prompts: Enter, except where an answer is given, by the prompt's place."""
    order = ("id", "name", "zone", "effective", *MATTER_MOST)
    return "".join(f"{given.get(name, '')}\n" for name in order)


class TestDefaults:
    def test_writes_what_loads(self, run: Run) -> None:
        """The file and the directory beside it make a policy that decides."""
        assert run("agency.toml", "--defaults").exit_code == 0
        policy = smpolicy.load("agency.toml")
        assert policy.decide(smpolicy.Publish(), at=policy.agency.span()[0]).outcome == "needs_approval"

    def test_makes_every_choice_as_proposed(self, run: Run, ruleset: smpolicy.Ruleset) -> None:
        """Every choice has its default, written out."""
        run("agency.toml", "--defaults")
        data = tomllib.loads(Path("agency.toml").read_text(encoding="utf-8"))
        assert data["choices"]["iacp-2019"] == {name: to_plain(each.default) for name, each in ruleset.choices.items()}

    def test_every_choice_is_commented(self, run: Run, ruleset: smpolicy.Ruleset) -> None:
        """Above each choice stand its question, its options, its default and its clause."""
        run("agency.toml", "--defaults")
        text = Path("agency.toml").read_text(encoding="utf-8")
        words = " ".join(re.sub(r"^# ", "", text, flags=re.MULTILINE).split())
        for choice in ruleset.choices.values():
            assert f"{choice.ask} [{choice.about}]" in words
            for member in choice.members:
                assert member in words
        assert words.count("Default: ") == len(ruleset.choices)

    def test_every_office_is_held(self, run: Run, ruleset: smpolicy.Ruleset) -> None:
        """Every office has roles, and the example people hold them."""
        run("agency.toml", "--defaults")
        policy = smpolicy.load("agency.toml")
        assert set(policy.agency.offices) == set(ruleset.offices)
        assert review(policy, datetime.now(UTC)).unheld_offices == ()

    def test_somebody_else_can_approve_what_a_spokesperson_posts(self, run: Run) -> None:
        """No office is held by the example spokesperson alone, whose own approval does not count."""
        run("agency.toml", "--defaults")
        people = tomllib.loads(Path("directory.toml").read_text(encoding="utf-8"))["person"]
        held = {role for each in people if each["id"] != "spokesperson-1" for role in each["roles"]}
        offices = smpolicy.load_agency("agency.toml").offices
        assert [office for office, roles in offices.items() if held.isdisjoint(roles)] == []

    def test_every_fact_of_the_agency_is_there_to_fill_in(self, run: Run) -> None:
        """Each fact that the file may state stands in it, commented, and none is claimed."""
        run("agency.toml", "--defaults")
        text = Path("agency.toml").read_text(encoding="utf-8")
        agency = smpolicy.load_agency("agency.toml")
        for fact in agency.vocabulary.facts.values():
            if fact.owner in ("agency", "account"):
                assert f"\n# {fact.name} = " in text
        assert not agency.facts
        assert list(agency.accounts) == ["main"]

    def test_loads_with_every_comment_taken_away(self, run: Run) -> None:
        """Whoever takes the # from the proposed lines gets a file that loads."""
        run("agency.toml", "--defaults")
        text = Path("agency.toml").read_text(encoding="utf-8")
        Path("agency.toml").write_text(re.sub(r"^# (?=\w+ = )", "", text, flags=re.MULTILINE), encoding="utf-8")
        assert smpolicy.load_agency("agency.toml").facts["agency.strategy_adopted"] is True

    def test_takes_a_folder(self, run: Run) -> None:
        """A name that is no TOML file is a folder, made where it is not there."""
        assert run("new/agency", "--defaults").exit_code == 0
        assert {path.name for path in Path("new/agency").iterdir()} == {"agency.toml", "directory.toml"}

    def test_json_names_the_files(self, run: Run) -> None:
        """With --json it tells which files it wrote."""
        result = run("agency.toml", "--defaults", "--json")
        assert json.loads(result.stdout) == {"agency": "agency.toml", "directory": "directory.toml"}

    @pytest.mark.parametrize("name", ["agency.toml", "directory.toml"])
    def test_overwrites_nothing(self, run: Run, name: str) -> None:
        """Where a file is there already, nothing is written."""
        Path(name).write_text("mine", encoding="utf-8")
        result = run("agency.toml", "--defaults")
        assert result.exit_code == 2
        assert f"{name}: the file is there already [file_exists]" in result.stderr
        assert [path.read_text(encoding="utf-8") for path in Path().iterdir()] == ["mine"]

    def test_overwrites_when_forced(self, run: Run) -> None:
        """With --force it is replaced."""
        Path("agency.toml").write_text("mine", encoding="utf-8")
        assert run("agency.toml", "--defaults", "--force").exit_code == 0
        assert smpolicy.load_agency("agency.toml").id == "my-agency"


class TestShippedRulesets:
    NAMES: ClassVar = [each.name for each in offered_rulesets() if each.distribution is None]

    def test_file_of_all_is_complete(self, run: Run) -> None:
        """A file for every shipped ruleset makes each choice, and gives each office to somebody."""
        assert run("agency.toml", "--defaults", *(f"--ruleset={name}" for name in self.NAMES)).exit_code == 0
        policy = smpolicy.load("agency.toml")
        assert sorted(each.id for each in policy.agency.rulesets) == sorted(self.NAMES)
        assert policy.agency.undecided() == []
        assert review(policy, datetime.now(UTC)).unheld_offices == ()

    def test_long_values_stand_on_several_lines(self, run: Run) -> None:
        """An effect for each of many members has a line for each, made or proposed, so that each can be read."""
        run("made.toml", "--defaults", "--ruleset", "field-practice")
        assert '\nscene_images.human_remains = "deny"\n' in Path("made.toml").read_text(encoding="utf-8")
        run("asked.toml", "--force", "--ruleset", "field-practice", input="\n" * 60)
        assert '\n# scene_images.human_remains = "deny"\n' in Path("asked.toml").read_text(encoding="utf-8")

    @pytest.mark.parametrize("name", MATTERS)
    def test_what_is_asked_first_are_choices(self, name: str) -> None:
        """Each of the choices that are asked first is one of the ruleset, in the order in which they are asked."""
        choices = list(smpolicy.load_ruleset(name).choices)
        assert [each for each in choices if each in MATTERS[name]] == list(MATTERS[name])

    def test_few_are_asked(self, run: Run) -> None:
        """For all shipped rulesets together, no more is asked than somebody has patience for."""
        run("agency.toml", *(f"--ruleset={name}" for name in self.NAMES), input="\n" * 60)
        agency = smpolicy.load_agency("agency.toml")
        assert 20 < sum(each.decided for table in agency.choices.values() for each in table.values()) <= 40


class TestRulesets:
    @pytest.fixture
    def pack(self, run: Run) -> str:  # noqa: ARG002  (it goes to the folder)
        """A pack that needs the shipped ruleset, in a folder of its own."""
        Path("packs/drones").mkdir(parents=True)
        Path("packs/drones/ruleset.toml").write_text(PACK, encoding="utf-8")
        return "packs/drones"

    def test_needed_rulesets_are_adopted_as_well(self, run: Run, pack: str) -> None:
        """What a pack needs stands before it, and a pack in a folder by the path from the file."""
        assert run("here/agency.toml", "--defaults", "--ruleset", pack).exit_code == 0
        data = tomllib.loads(Path("here/agency.toml").read_text(encoding="utf-8"))
        assert data["agency"]["rulesets"] == ["iacp-2019", "../packs/drones"]
        assert {each.id for each in smpolicy.load_agency("here/agency.toml").rulesets} == {"iacp-2019", "drones"}

    def test_ruleset_named_twice_is_adopted_once(self, run: Run, pack: str) -> None:
        """The order in which they are named, and naming one twice, does no harm."""
        run("agency.toml", "--defaults", "--ruleset", pack, "--ruleset", "iacp-2019", "--ruleset", f"./{pack}")
        data = tomllib.loads(Path("agency.toml").read_text(encoding="utf-8"))
        assert data["agency"]["rulesets"] == ["iacp-2019", "packs/drones"]

    def test_every_choice_of_each_is_made(self, run: Run, pack: str) -> None:
        """No choice of any of them is left undecided, and each stands under its ruleset."""
        run("agency.toml", "--defaults", "--ruleset", pack)
        agency = smpolicy.load_agency("agency.toml")
        assert agency.undecided() == []
        assert agency.choices["drones"]["drone_pictures"].value == "needs_approval"

    def test_offices_of_all_are_merged(self, run: Run, pack: str) -> None:
        """Every office of each ruleset stands in the one table, once, with roles."""
        run("agency.toml", "--defaults", "--ruleset", pack)
        agency = smpolicy.load_agency("agency.toml")
        assert set(agency.offices) == {office for each in agency.rulesets for office in each.offices}
        assert "flight_officer" in agency.offices

    def test_narrowed_choice_is_proposed_as_it_is_left(self, run: Run, pack: str) -> None:
        """The file proposes the mildest value that a pack leaves, and says which pack left it and why."""
        run("agency.toml", "--defaults", "--ruleset", pack)
        text = Path("agency.toml").read_text(encoding="utf-8")
        assert 'guilt_statements = "deny"' in text
        assert '# D.1/guilt leaves "deny" or stricter: Footage is not commented on.' in text

    def test_narrowed_choice_is_asked_again(self, run: Run, pack: str) -> None:
        """An answer that is milder than a pack leaves is told so, and asked again."""
        result = run("agency.toml", "--ruleset", pack, input=answers(guilt_statements="allow\ndeny") + "\n")
        assert result.exit_code == 0
        assert 'Error: D.1/guilt leaves "deny" or stricter' in result.stderr
        assert smpolicy.load_agency("agency.toml").choices["iacp-2019"]["guilt_statements"].value == "deny"

    def test_every_choice_of_a_pack_is_asked(self, run: Run, pack: str) -> None:
        """Of a pack all choices are asked: it has few, and whoever adopts it has chosen to decide them."""
        result = run("agency.toml", "--ruleset", pack, input=answers() + "deny\n")
        assert "Pictures from drones: 1 choice.\n" in result.stderr
        assert smpolicy.load_agency("agency.toml").choices["drones"]["drone_pictures"].value == "deny"

    def test_part_of_a_pack_can_be_attested(self, run: Run, pack: str) -> None:
        """The parts that may be attested are listed with those of the packs."""
        run("agency.toml", "--defaults", "--ruleset", pack)
        text = Path("agency.toml").read_text(encoding="utf-8")
        assert re.search(r"^# Parts: (.*\n# )*.*\bdrones\.$", text, re.MULTILINE)

    def test_unknown_ruleset_writes_nothing(self, run: Run) -> None:
        """Where a ruleset is not there, the nearest is told, and nothing is written."""
        result = run("agency.toml", "--defaults", "--ruleset", "iacp-2091")
        assert (result.exit_code, list(Path().iterdir())) == (2, [])
        assert "did you mean `iacp-2019`?" in result.stderr


class TestAsking:
    def test_takes_the_answers(self, run: Run) -> None:
        """What is answered stands in the file as the agency's own choice."""
        typed = answers(
            id="alder-hollow",
            name="Alder Hollow Village Police",
            zone="America/New_York",
            effective="2026-03-01",
            humor="deny",
            prior_approval_for="arrest_or_charge, other",
            use_in_background_investigations="yes",
            training_interval="12 months",
        )
        assert run("agency.toml", input=typed).exit_code == 0
        agency = smpolicy.load_agency("agency.toml")
        assert (agency.id, agency.name) == ("alder-hollow", "Alder Hollow Village Police")
        assert (str(agency.time_zone), str(agency.effective)) == ("America/New_York", "2026-03-01")
        chosen = agency.choices["iacp-2019"]
        assert chosen["humor"].value == "deny"
        assert chosen["prior_approval_for"].value == {"arrest_or_charge", "other"}
        assert chosen["use_in_background_investigations"].value is True
        assert chosen["training_interval"].value == (12, "months")

    def test_what_is_not_asked_stays_undecided(self, run: Run) -> None:
        """Only choices that were asked are made; the others stand in the file as comments."""
        run("agency.toml", input=answers())
        agency = smpolicy.load_agency("agency.toml")
        decided = {name for name, each in agency.choices["iacp-2019"].items() if each.decided}
        assert decided == set(MATTER_MOST)
        assert len(agency.undecided()) == len(agency.choices["iacp-2019"]) - len(MATTER_MOST)

    def test_asks_for_everything_when_told(self, run: Run) -> None:
        """With --all every choice is asked, and Enter takes the default."""
        assert run("agency.toml", "--all", input="\n" * 500).exit_code == 0
        agency = smpolicy.load_agency("agency.toml")
        assert agency.undecided() == []
        ruleset = agency.rulesets[0]
        assert {name: each.value for name, each in agency.choices["iacp-2019"].items()} == {
            name: each.default for name, each in ruleset.choices.items()
        }

    def test_asks_again_after_a_wrong_answer(self, run: Run) -> None:
        """A wrong answer is told what was expected, and asked again."""
        typed = answers(zone="America/Chicgo\nAmerica/Chicago", effective="tomorrow\n2026-01-01", humor="alow\nallow")
        result = run("agency.toml", input=typed)
        assert result.exit_code == 0
        assert "there is no time zone 'America/Chicgo'" in result.stderr
        assert "write a day such as 2026-01-01" in result.stderr
        assert "did you mean 'allow'?" in result.stderr
        assert smpolicy.load_agency("agency.toml").choices["iacp-2019"]["humor"].value == "allow"

    def test_blank_and_hidden_answers_are_asked_again(self, run: Run) -> None:
        """An answer of blanks, or with characters that nobody can see, is asked again."""
        result = run("agency.toml", input=answers(id="  \nalder\x07\nalder-hollow"))
        assert result.exit_code == 0
        assert "write something" in result.stderr
        assert "write letters that can be seen" in result.stderr

    def test_quotation_marks_do_no_harm(self, run: Run) -> None:
        """A name with quotation marks and backslashes is kept as it is."""
        run("agency.toml", input=answers(name='The "Old" Police \\ Fire'))
        assert smpolicy.load_agency("agency.toml").name == 'The "Old" Police \\ Fire'

    def test_questions_go_to_standard_error(self, run: Run) -> None:
        """What is asked does not mix with what is printed."""
        result = run("agency.toml", "--json", input=answers())
        assert json.loads(result.stdout) == {"agency": "agency.toml", "directory": "directory.toml"}

    def test_end_of_input_writes_nothing(self, run: Run) -> None:
        """Where the answers end early, nothing is written."""
        result = run("agency.toml", input="alder-hollow\n")
        assert result.exit_code == 2
        assert list(Path().iterdir()) == []
