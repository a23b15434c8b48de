"""Tests of mutants: for each operator the changes that it makes, and where."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import attrs
import pytest

from smpolicy.choices import make_choice
from smpolicy.errors import Report
from smpolicy.kinds import CORE
from smpolicy.loading.agency_files import load_agency
from smpolicy.loading.locations import rulesets_folder
from smpolicy.loading.ruleset_files import load_ruleset
from smpolicy.loading.ruleset_tables import ChoiceTable
from smpolicy.loading.toml_files import parse, read
from smpolicy.testing.condition_mutants import condition_mutants
from smpolicy.testing.mutants import OPERATORS, Mutant, agency_mutants, ruleset_mutants
from tests.builders import HEADER, STATED, choice, exception, make_ruleset, rule

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def made(rules: str) -> list[Mutant]:
    """Return the mutants of a ruleset of these rules."""
    return ruleset_mutants({Path("ruleset.toml"): parse(HEADER + STATED + rules, "ruleset.toml")}, make_ruleset(rules))


def changes(rules: str, operator: str) -> list[str]:
    """Return in words what an operator changes."""
    return [each.change for each in made(rules) if each.operator == operator]


def conditions(text: str, operator: str) -> list[str]:
    """Return the conditions that an operator makes of one."""
    return [changed for found, _, _, changed in condition_mutants(text) if found == operator]


def structured(table: dict[str, Any]) -> ChoiceTable:
    """Return the table of a choice, as the loader takes it."""
    return ChoiceTable(**table)


BOTH = "content.humor and not content.unverified"
GROUP = "content.humor and (content.unverified or content.known_false)"
ROLES = "overlaps(actor.roles, {'spokesperson', 'moderator'})"


class TestConditions:
    @pytest.mark.parametrize(
        ("operator", "text", "expected"),
        [
            ("negate_clause", BOTH, [
                "not content.humor and (not content.unverified)",
                "content.humor and content.unverified",
            ]),
            ("drop_clause", BOTH, ["not content.unverified", "content.humor"]),
            ("swap_connective", BOTH, ["content.humor or not content.unverified"]),
            ("swap_connective", GROUP, [
                "content.humor or (content.unverified or content.known_false)",
                "content.humor and (content.unverified and content.known_false)",
            ]),
            ("drop_member", ROLES, ["overlaps(actor.roles, {'moderator'})", "overlaps(actor.roles, {'spokesperson'})"]),
            ("shift_threshold", "a.b >= 5", ["a.b > 5", "a.b >= 4", "a.b >= 6"]),
            ("shift_threshold", "age(a.b) < choice.c", ["age(a.b) <= choice.c"]),
            ("negate_clause", "content.tone == 'formal'", ["not content.tone == 'formal'"]),
            ("negate_clause", "not (a.b or a.c)", ["a.b or a.c", "not (not a.b or a.c)", "not (a.b or not a.c)"]),
        ],
    )  # fmt: skip
    def test_each_clause_is_changed_alone(self, operator: str, text: str, expected: list[str]) -> None:
        """Every mutant of a condition differs from it in one place."""

        def plain(condition: str) -> str:
            return ast.unparse(ast.parse(condition, mode="eval"))

        assert [plain(each) for each in conditions(text, operator)] == [plain(each) for each in expected]

    def test_line_is_that_of_the_clause(self) -> None:
        """In a condition of several lines the change stands on its own line."""
        text = "(\n    content.humor\n    and content.unverified\n)"
        assert [line for operator, _, line, _ in condition_mutants(text) if operator == "negate_clause"] == [1, 2]


class TestRules:
    def test_effect_is_flipped_with_its_approvals(self) -> None:
        """A denial becomes a need of approval by somebody, and the other way round by nobody."""
        for then, other in (("deny", "needs_approval"), ("needs_approval", "deny")):
            (flipped,) = (each for each in made(rule(then=then)) if each.operator == "flip_effect")
            document = parse(HEADER + STATED + rule(then=then), "ruleset.toml")
            (changed,) = flipped.apply(document).data["rule"]
            assert changed["then"] == other
            assert ("approvals" in changed) is (other == "needs_approval")

    def test_requirement_loses_an_office_or_changes_people(self) -> None:
        """Each office of several is left out once; each number of people changes."""
        asked = rule(then="needs_approval", approvals='[{ office = "legal" }, { office = "command", people = 3 }]')
        assert changes(asked, "drop_office") == ["`legal` is not asked", "`command` is not asked"]
        assert changes(asked, "change_people") == ["1 of `legal` becomes 2", "3 of `command` becomes 2"]
        assert changes(asked, "change_office") == ["`legal` becomes `command`", "`command` becomes `legal`"]

    def test_kinds_are_dropped_one_by_one(self) -> None:
        """A rule on one kind keeps it; one on several loses each once."""
        assert changes(rule(), "drop_kind") == []
        found = changes(rule(on='["publish", "edit"]'), "drop_kind")
        assert found == ["not on `publish` any more", "not on `edit` any more"]

    def test_exception_is_dropped_and_lifts_less(self) -> None:
        """An exception is left out, loses what it puts in place, and each thing that it lifts of several."""
        instead = '[{ about = "A.2", when = "content.humor", then = "deny" }]'
        text = rule() + exception("content.unverified", of='A.1", "A.1/rule', instead=instead)
        for operator, count in (("drop_exception", 1), ("drop_instead", 1), ("drop_covered", 2)):
            assert len(changes(text, operator)) == count

    @pytest.mark.parametrize(
        ("type_", "default", "more", "expected"),
        [
            ("effect", '"needs_approval"', {}, ["becomes `allow`", "becomes `deny`"]),
            ("effect", '"deny"', {}, ["becomes `needs_approval`"]),
            ("flag", "true", {}, ["becomes `false`"]),
            ("number", "3", {}, ["becomes `2`", "becomes `4`"]),
            ("number", "0", {}, ["becomes `1`"]),
            ("period", '"12 months"', {"unit": '"months"'}, ["becomes `11 months`", "becomes `13 months`"]),
            ("period", '"none"', {"unit": '"days"'}, ["becomes `1 days`"]),
            ("subset", '["x"]', {"of": '["x", "y"]'}, ["is left out", 'becomes `["x", "y"]`']),
            ("offices", '["legal"]', {}, ["becomes `command`"]),
            ("text", '"a"', {}, ["becomes ``"]),
        ],
    )
    def test_default_of_a_choice_gets_another_value(
        self, type_: str, default: str, more: dict[str, str], expected: list[str]
    ) -> None:
        """Each type of choice has values near to its own."""
        document = parse(choice("c", type_, default, **more), "rules.toml")
        (stated,) = document.data["choice"]
        made_of = make_choice(structured(stated), CORE, document.place, Report())
        assert made_of is not None
        ruleset = attrs.evolve(make_ruleset(), choices={"c": made_of})
        found = ruleset_mutants({Path("rules.toml"): document}, ruleset)
        assert [each.change.split("` ", 1)[1] for each in found] == expected

    def test_change_leaves_the_original_alone(self) -> None:
        """What is not changed is shared, and the original content stays as it is."""
        text = HEADER + STATED + rule() + exception("content.humor")
        document = parse(text, "ruleset.toml")
        for each in made(rule() + exception("content.humor")):
            assert each.apply(document).data != document.data
        assert document.data == parse(text, "ruleset.toml").data

    def test_place_is_that_of_the_change(self) -> None:
        """A mutant says in which file and line its change is."""
        text = (HEADER + STATED + rule(BOTH)).split("\n")
        for each in made(rule(BOTH)):
            assert each.place.file == "ruleset.toml"
            if each.operator == "negate_clause":
                assert each.place.line is not None
                assert "content.humor" in text[each.place.line - 1]


class TestAgencies:
    @pytest.fixture
    def mutants(self) -> list[Mutant]:
        """The mutants of an example agency's file."""
        path = EXAMPLES / "marlow-bend" / "agency.toml"
        return agency_mutants(path, read(path), load_agency(path).rulesets)

    def test_facts_are_inverted_or_left_out(self, mutants: list[Mutant]) -> None:
        """A fact that is a yes becomes a no; members of a set are left out; others are no longer said."""
        found = {each.change for each in mutants if each.thing in ("terms.published", "terms.monitoring_times")}
        assert found == {"`published` becomes false", "`monitoring_times` is no longer said"}

    def test_offices_lose_roles(self, mutants: list[Mutant]) -> None:
        """An office that several roles hold loses each once."""
        dropped = [each for each in mutants if each.operator == "drop_office"]
        found = [each.change for each in dropped if each.thing == "approving_authority"]
        roles = ("chief_or_sheriff", "deputy_chief", "public_information_officer")
        assert found == [f"`{role}` no longer holds `approving_authority`" for role in roles]

    def test_attestations_are_dropped(self, mutants: list[Mutant]) -> None:
        """Each table of those who may attest is left out once."""
        path = EXAMPLES / "marlow-bend" / "agency.toml"
        assert sum(each.operator == "drop_attestation" for each in mutants) == len(read(path).data["attestation"])

    def test_decision_table_changes(self) -> None:
        """Each key of `[decision]` gets another value."""
        document = parse('[decision]\nunsettled = "deny"\nself_approval = true\napproval_days = 3\n', "agency.toml")
        assert [each.change for each in agency_mutants(Path("agency.toml"), document, ())] == [
            "`unsettled` becomes `needs_approval`",
            "`self_approval` becomes `false`",
            "`approval_days` becomes `2`",
            "`approval_days` becomes `4`",
        ]


def test_every_operator_finds_something_to_change() -> None:
    """The shipped ruleset and an example agency give every operator work, and all ids differ."""
    folder = rulesets_folder() / "iacp-2019"
    found = ruleset_mutants({path: read(path) for path in sorted(folder.glob("*.toml"))}, load_ruleset(folder))
    for name in ("marlow-bend", "quillan-county", "alder-hollow"):
        path = EXAMPLES / name / "agency.toml"
        found += agency_mutants(path, read(path), load_agency(path).rulesets)
    assert {each.operator for each in found} | {"change_decision"} == set(OPERATORS)
    assert len({(each.path, each.id) for each in found}) == len(found)
