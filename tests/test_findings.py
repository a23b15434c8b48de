"""Tests of smpolicy.findings: findings of any ruleset, read off the decision on adopting a file."""

from __future__ import annotations

from smpolicy.adoptions import adoption
from smpolicy.findings import findings
from smpolicy.policies import Policy, bind_policy
from tests.builders import AT, choice, exception, make_agency, make_ruleset, rule

ON = '["adopt_policy"]'
WARNS = {"on": ON, "severity": '"warning"', "notice": '"It was found."', "remedy": '"Leave it out."'}
PRACTICES = '[facts.policy]\npage_practices = ["keyword_filters", "hides_without_log"]\n'


def reviewed(rules: str, text: str = PRACTICES) -> Policy:
    """Return the policy of an agency that adopts a ruleset of these rules."""
    return bind_policy(make_agency(text, make_ruleset(rules)))


class TestFindings:
    def test_rule_without_severity_is_none(self) -> None:
        """A rule about adoption that has no severity speaks, and is no finding."""
        policy = reviewed(rule("'keyword_filters' in policy.page_practices", "deny", on=ON, remedy='"Leave it out."'))
        decision = policy.decide(adoption(policy.agency), at=AT)
        assert decision.outcome == "deny"
        assert findings(policy, decision) == ()

    def test_rule_that_is_not_true_is_none(self) -> None:
        """Neither a rule that is false nor one that is open is a finding."""
        for condition in ("'edits_public_comments' in policy.page_practices", "policy.legal_review == 'not_done'"):
            assert findings(reviewed(rule(condition, None, **WARNS))) == ()

    def test_rule_of_a_member_is_one(self) -> None:
        """A rule whose effect is chosen for each member is one finding, however many members speak."""
        made = choice("by", "effect_by", '{ a = "deny", b = "deny" }', "higher", members='["a", "b"]')
        named = (("a", "keyword_filters"), ("b", "hides_without_log"))
        each = ", ".join(f"{name} = \"'{member}' in policy.page_practices\"" for name, member in named)
        keys = {"on": ON, "each": f"{{ {each} }}", "severity": '"error"', "remedy": '"Leave it out."'}
        policy = reviewed(made + rule(None, "choice.by", approvals='[{ office = "legal" }]', **keys))
        assert [each.rule for each in findings(policy)] == ["A.1/rule"]

    def test_what_an_exception_puts_in_its_place_is_one(self) -> None:
        """A finding that an exception makes milder is still found."""
        keys = {"on": ON, "severity": '"error"', "remedy": '"Leave it out."'}
        instead = '[{ about = "A.2", then = "needs_approval", approvals = [{ office = "legal" }] }]'
        rules = rule("'keyword_filters' in policy.page_practices", "deny", **keys)
        rules += exception("'hides_without_log' in policy.page_practices", on=ON, instead=instead)
        assert [each.rule for each in findings(reviewed(rules))] == ["A.1/rule"]

    def test_what_an_exception_lifts_is_none(self) -> None:
        """A finding that an exception lifts is not found."""
        keys = {"on": ON, "severity": '"error"', "remedy": '"Leave it out."'}
        rules = rule("'keyword_filters' in policy.page_practices", "deny", **keys)
        rules += exception("'hides_without_log' in policy.page_practices", on=ON)
        assert findings(reviewed(rules)) == ()

    def test_cites_what_its_definitions_serve(self) -> None:
        """A finding cites its consideration, its further ones, and those of the definitions it uses."""
        defined = (
            '\n[[definition]]\nid = "filters"\nabout = "A.3"\nwhen = "\'keyword_filters\' in policy.page_practices"\n'
        )
        (found,) = findings(reviewed(defined + rule("definition.filters", None, cites='["A.2"]', **WARNS)))
        assert found.cites == ("A.1", "A.2", "A.3")
        assert (found.title, found.message, found.remedy) == ("Number A.1", "It was found.", "Leave it out.")


class TestPlaces:
    def test_only_what_makes_it_true_is_told(self) -> None:
        """Of two alternatives only the one that holds has its place told."""
        condition = "'edits_public_comments' in policy.page_practices or 'hides_without_log' in policy.page_practices"
        policy = reviewed(rule(condition, None, **WARNS))
        (found,) = findings(policy)
        assert found.places == policy.agency.candidate_places["policy.page_practices:hides_without_log"]

    def test_what_is_lacking_is_told_at_its_list(self) -> None:
        """What makes a condition true by not being there has the place of the list in which it is not."""
        policy = reviewed(rule("'edits_public_comments' not in policy.page_practices", None, **WARNS))
        (found,) = findings(policy)
        assert found.places == policy.agency.candidate_places["policy.page_practices"]

    def test_neither_of_two_is_told_at_both(self) -> None:
        """Where a condition is true because each of two is false, both are told."""
        condition = "not (policy.agency_use_statement or policy.conduct_standards_stated)"
        policy = reviewed(rule(condition, None, **WARNS), "[statements]\nparticipation = 'We do.'\n")
        (found,) = findings(policy)
        places = policy.agency.candidate_places
        wanted = (*places["policy.agency_use_statement"], *places["policy.conduct_standards_stated"])
        assert found.places == tuple(dict.fromkeys(wanted))

    def test_choice_that_matters_is_told(self) -> None:
        """A condition that compares with a choice has the choice's place told, too."""
        made = choice("filters", "flag", "false", "true")
        rules = made + rule("choice.filters and 'keyword_filters' in policy.page_practices", None, **WARNS)
        policy = reviewed(rules, PRACTICES + "[choices.example]\nfilters = true\n")
        (found,) = findings(policy)
        assert policy.agency.choices["example"]["filters"].place in found.places

    def test_rule_that_always_holds_has_none(self) -> None:
        """A finding without a condition is about no line."""
        (found,) = findings(reviewed(rule(None, None, **WARNS)))
        assert found.places == ()
