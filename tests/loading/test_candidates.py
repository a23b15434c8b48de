"""Tests of smpolicy.loading.candidates: what adopting a file depends on, and where the file says so."""

from __future__ import annotations

from typing import Any

import pytest

from smpolicy.agencies import Agency
from smpolicy.vocabulary import SomeOf
from tests.builders import choice, make_agency, make_ruleset, rule

PRACTICES = "policy.page_practices"


def agency(establishes: str, text: str = "", type: str = "effect", default: str = '"deny"') -> Agency:
    """Return an agency that adopts a ruleset with one choice, which establishes something."""
    order, condition, then, further = "higher", "content.humor", "choice.which", {"approvals": '[{ office = "legal" }]'}
    if type == "subset":
        order, condition, then, further = "none", "content.audience in choice.which", "deny", {}
    if type == "flag":
        order, condition, then, further = "true", "choice.which and content.humor", "deny", {}
    keys = {"of": '["general_public", "youth"]'} if type == "subset" else {}
    made = choice("which", type, default, order, establishes=f"[{{ {establishes} }}]", **keys)
    return make_agency(text, make_ruleset(made + rule(condition, then, **further)))


def lines(agency: Agency, key: str) -> list[int | None]:
    """Return the lines on which the file says something."""
    return [each.line for each in agency.candidate_places.get(key, ())]


class TestEstablished:
    @pytest.mark.parametrize(
        ("type", "default", "when", "value", "holds"),
        [
            ("effect", '"deny"', 'values = ["allow"]', '"allow"', True),
            ("effect", '"deny"', 'values = ["allow"]', '"needs_approval"', False),
            ("effect", '"deny"', 'values = ["allow", "needs_approval"]', '"needs_approval"', True),
            ("flag", "false", "values = [true]", "true", True),
            ("flag", "false", "values = [true]", "false", False),
            ("subset", "[]", 'values = ["youth"]', '["youth"]', True),
            ("subset", "[]", 'values = ["youth"]', '["general_public"]', False),
            ("subset", "[]", 'lacks = ["youth", "general_public"]', '["youth"]', True),
            ("subset", "[]", 'lacks = ["youth"]', '["youth"]', False),
            ("subset", "[]", 'lacks_all = ["youth", "general_public"]', '["youth"]', False),
            ("subset", "[]", 'lacks_all = ["youth"]', '["general_public"]', True),
        ],
    )
    def test_by_values_of_a_choice(self, type: str, default: str, when: str, value: str, holds: bool) -> None:
        """The values that a choice names, and no others, establish the member; so it is known either way."""
        member = f'fact = "{PRACTICES}", member = "keyword_filters", {when}'
        made = agency(member, f"[choices.example]\nwhich = {value}\n", type, default)
        found = made.candidate_facts[PRACTICES]
        assert isinstance(found, SomeOf)
        assert ("keyword_filters" in found.includes, "keyword_filters" in found.excludes) == (holds, not holds)

    def test_joins_what_the_file_states(self) -> None:
        """What choices establish is there besides what the file states, whose list stays complete."""
        text = '[facts.policy]\npage_practices = ["hides_without_log"]\n[choices.example]\nwhich = "allow"\n'
        made = agency(f'fact = "{PRACTICES}", member = "keyword_filters", values = ["allow"]', text)
        assert made.candidate_facts[PRACTICES] == {"hides_without_log", "keyword_filters"}

    def test_leaves_the_rest_of_an_incomplete_list_open(self) -> None:
        """Beside a list that is not complete, what no choice settles stays unknown."""
        text = '[facts.policy]\npage_practices = { includes = ["hides_without_log"], complete = false }\n'
        made = agency(f'fact = "{PRACTICES}", member = "keyword_filters", values = ["allow"]', text)
        found = made.candidate_facts[PRACTICES]
        assert found == SomeOf({"hides_without_log"}, {"keyword_filters", "unlabeled_mixed_accounts"})

    def test_stated_member_is_not_denied_by_a_choice(self) -> None:
        """A member that the file states stays, whatever the choice comes to."""
        text = '[facts.policy]\npage_practices = { includes = ["keyword_filters"], complete = false }\n'
        made = agency(f'fact = "{PRACTICES}", member = "keyword_filters", values = ["allow"]', text)
        assert "keyword_filters" in made.candidate_facts[PRACTICES].includes

    @pytest.mark.parametrize(
        ("account", "known"),
        [
            ('type = "mixed"\nlabeled = false', True),
            ('type = "mixed"\nlabeled = true', False),
            ('type = "official"\nlabeled = false', False),
            ('type = "official"', False),
            ("labeled = true", False),
            ('type = "mixed"', None),
            ("labeled = false", None),
        ],
    )
    def test_by_the_register_of_accounts(self, account: str, known: bool | None) -> None:
        """A mixed account without labels is a practice; one of which that is not known leaves it open."""
        made = make_agency(f'[[account]]\nid = "other"\n{account}\n')
        found: Any = made.candidate_facts.get(PRACTICES, SomeOf())
        member = "unlabeled_mixed_accounts"
        assert (member in found.includes, member in found.excludes) == (known is True, known is False)


class TestState:
    def test_is_read_off_the_file(self) -> None:
        """State and circuit follow from what the file says of the agency."""
        found = make_agency('[facts.agency]\nstate = "TX"\n').candidate_facts
        assert (found["policy.state"], found["policy.circuit"]) == ("texas", "fifth")

    def test_is_never_unknown(self) -> None:
        """Where the file leaves it out, it is known to be left out."""
        found = make_agency().candidate_facts
        assert (found["policy.state"], found["policy.circuit"]) == ("not_stated", "not_stated")


class TestPlaces:
    def test_choice_stands_where_it_is_made(self) -> None:
        """What a choice establishes stands at the choice's line."""
        text = '[choices.example]\nwhich = "allow"\n'
        made = agency(f'fact = "{PRACTICES}", member = "keyword_filters", values = ["allow"]', text)
        place = made.choices["example"]["which"].place
        assert made.candidate_places[f"{PRACTICES}:keyword_filters"] == (place,)

    def test_both_places_are_told(self) -> None:
        """What is stated and established besides stands at both places, the statement first."""
        text = '[facts.policy]\npage_practices = ["keyword_filters"]\n[choices.example]\nwhich = "allow"\n'
        made = agency(f'fact = "{PRACTICES}", member = "keyword_filters", values = ["allow"]', text)
        stated, chosen = lines(made, f"{PRACTICES}:keyword_filters")
        assert stated is not None
        assert chosen == stated + 2

    def test_statement_stands_at_its_key(self) -> None:
        """A fact that hangs on a statement stands where the statement does."""
        made = make_agency('[statements]\nagency_use = "We inform."\n')
        statement, table = lines(made, "policy.agency_use_statement"), lines(made, "policy.conduct_standards_stated")
        assert statement == [table[0] + 1 if table[0] else None]

    def test_what_is_left_out_stands_at_its_table(self) -> None:
        """A fact that the file leaves out stands at the table in which it would be, or at the first line."""
        made = make_agency("[facts.terms]\npublished = true\n")
        published, left_out = lines(made, "terms.published"), lines(made, "terms.removal_grounds")
        assert published == [left_out[0] + 1 if left_out[0] else None]
        assert lines(made, "policy.protections") == lines(made, "policy.legal_review")
