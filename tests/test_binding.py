"""Tests of smpolicy.binding: what an agency's choices make of a ruleset."""

from __future__ import annotations

import pytest

from smpolicy.approvals import Need
from smpolicy.binding import bind_agency
from smpolicy.bound_rules import BoundRule, Duty, KindRules
from smpolicy.language.expressions import Term, to_text
from tests.builders import choice, exception, make_agency, make_ruleset, rule

APPROVALS = '[{ office = "legal" }]'
EFFECT = choice("humor", "effect", '"needs_approval"', "higher")
BY_TOPIC = choice(
    "topics", "effect_by", '{ death = "deny", victim = "allow" }', "higher", members='["death", "victim"]'
)


def bind(rules: str, agency: str = "", kind: str = "publish") -> KindRules:
    """Return the bound rules of a kind."""
    return bind_agency(make_agency(agency, make_ruleset(rules)))[kind]


def only(rules: str, agency: str = "", kind: str = "publish") -> BoundRule:
    """Return the only bound rule of a kind."""
    (found,) = bind(rules, agency, kind).rules
    return found


def texts(bound: KindRules) -> dict[str, str]:
    """Return each bound rule's condition by its id."""
    return {each.id: to_text(each.condition) for each in bound.rules}


class TestEffects:
    def test_fixed(self) -> None:
        """A rule whose effect is fixed is bound as it stands."""
        bound = only(rule())
        assert (bound.id, bound.ruleset, bound.effect, bound.cites) == ("A.1/rule", "example", "deny", ("A.1",))
        assert bound.requirement is None

    @pytest.mark.parametrize("effect", ["needs_approval", "deny"])
    def test_chosen(self, effect: str) -> None:
        """A rule whose effect is a choice has the effect chosen, and asks for approval only where that is it."""
        text = EFFECT + rule(then="choice.humor", approvals=APPROVALS)
        bound = only(text, f'[choices.example]\nhumor = "{effect}"\n')
        assert bound.effect == effect
        assert (bound.requirement is not None) is (effect == "needs_approval")

    def test_default(self) -> None:
        """A choice that is not made has its default."""
        assert only(EFFECT + rule(then="choice.humor", approvals=APPROVALS)).effect == "needs_approval"

    def test_switched_off(self) -> None:
        """A rule that the agency switched off is gone, and its consideration left free."""
        text = EFFECT + rule(then="choice.humor", approvals=APPROVALS)
        bound = bind(text, '[choices.example]\nhumor = "allow"\n')
        assert (bound.rules, bound.left_free, bound.governed) == ((), ("A.1",), True)

    def test_effect_by(self) -> None:
        """A choice of an effect for each member becomes a rule a member, those allowed left out."""
        text = BY_TOPIC + rule("content.humor", "choice.topics", each='"content.humor_topics"', approvals=APPROVALS)
        assert texts(bind(text)) == {"A.1/rule[death]": "content.humor and 'death' in content.humor_topics"}

    def test_duty(self) -> None:
        """A duty is bound with the offices that it names."""
        text = choice("to", "offices", '["command", "legal"]') + rule(
            then=None, oblige='{ do = "Look.", to = "choice.to", when = "after", within = "a day", except = "author" }'
        )
        bound = only(text)
        assert (bound.effect, bound.duty) == ("oblige", Duty("Look.", ("command", "legal"), "after", "a day", "author"))
        assert not bound.restricts

    def test_notice(self) -> None:
        """A notice is bound as it stands."""
        bound = only(rule(None, None, notice='"Take care."'))
        assert (bound.effect, bound.notice, to_text(bound.condition)) == ("notice", "Take care.", "True")

    def test_never_true(self) -> None:
        """A rule whose condition the choices make false is gone."""
        text = choice("strict", "flag", "false", "true") + rule("content.humor and choice.strict")
        assert bind(text).rules == ()


class TestRequirement:
    def test_roles(self) -> None:
        """A requirement names the offices, and the roles that hold them at this agency."""
        approvals = '[{ office = "command", people = 2 }, { office = "legal" }]'
        assert only(rule(then="needs_approval", approvals=approvals)).requirement == (
            Need(("command",), ("chief_or_sheriff", "deputy_chief"), 2),
            Need(("legal",), ("legal_counsel",)),
        )

    def test_offices_choice(self) -> None:
        """A choice of offices asks for people from any of them."""
        text = choice("approvers", "offices", '["legal", "command"]') + rule(
            then="needs_approval", approvals='[{ office = "choice.approvers" }]'
        )
        assert only(text).requirement == (
            Need(("command", "legal"), ("chief_or_sheriff", "deputy_chief", "legal_counsel")),
        )


class TestExceptions:
    def test_lifted(self) -> None:
        """An exception becomes a `not` in the conditions of the rules that it covers."""
        bound = only(rule() + exception("content.humor"))
        assert to_text(bound.condition) == "content.guilt_or_innocence and not content.humor"
        assert to_text(bound.base) == "content.guilt_or_innocence"
        assert [(each.exception, each.cites) for each in bound.sparings] == [("A.2/exception", ("A.2",))]

    def test_own_kinds(self) -> None:
        """An exception works on its own kinds of action alone."""
        text = rule(on='["publish", "edit"]') + exception("content.humor")
        assert texts(bind(text, kind="edit")) == {"A.1/rule": "content.guilt_or_innocence"}

    def test_duties_are_not_lifted(self) -> None:
        """An exception lifts only what restricts."""
        text = rule() + rule(then=None, id='"A.1/notice"', notice='"Take care."') + exception("content.humor")
        assert texts(bind(text))["A.1/notice"] == "content.guilt_or_innocence"

    def test_switched_off(self) -> None:
        """An exception that the choices make false is gone, and its stand-ins with it."""
        text = choice("waive", "flag", "false", "false") + rule() + exception("choice.waive and content.humor")
        instead = '\n[[exception.instead]]\nabout = "A.3"\nnotice = "Take care."\n'
        bound = only(text + instead)
        assert (to_text(bound.condition), bound.sparings) == ("content.guilt_or_innocence", ())

    def test_always(self) -> None:
        """An exception that always holds leaves only what it puts in place."""
        text = choice("waive", "flag", "true", "false") + rule() + exception("choice.waive or content.humor")
        instead = '\n[[exception.instead]]\nabout = "A.3"\nnotice = "Take care."\n'
        assert texts(bind(text + instead)) == {"A.1/rule~A.2/exception#1": "content.guilt_or_innocence"}

    def test_instead(self) -> None:
        """What an exception puts in place holds where the rule, the exception and its own condition hold."""
        instead = (
            '\n[[exception.instead]]\nabout = "A.3"\nwhen = "content.known_false"\nthen = "needs_approval"\n'
            f'approvals = {APPROVALS}\nreason = "It is milder."\n'
        )
        stand_in = bind(rule(remedy='"Drop it."') + exception("content.humor", cites='["B.1"]') + instead).rules[1]
        assert stand_in.id == "A.1/rule~A.2/exception#1"
        assert to_text(stand_in.condition) == "content.guilt_or_innocence and content.humor and content.known_false"
        assert (stand_in.effect, stand_in.reason, stand_in.remedy) == ("needs_approval", "It is milder.", "Drop it.")
        assert stand_in.cites == ("A.3", "A.2", "A.1", "B.1")

    def test_lifted_further(self) -> None:
        """What an exception puts in place does not hold where another lifts the rule and puts nothing there."""
        instead = (
            '\n[[exception.instead]]\nabout = "A.3"\nthen = "needs_approval"\n'
            f'approvals = {APPROVALS}\nreason = "It is milder."\n'
        )
        other = exception("content.known_false", id='"A.3/other"')
        stand_in = bind(rule() + exception("content.humor") + instead + other).rules[1]
        expected = "content.guilt_or_innocence and content.humor and not content.known_false"
        assert to_text(stand_in.condition) == expected

    def test_lifted_as_far(self) -> None:
        """Where both exceptions put something as strong in place, both hold."""
        instead = (
            '\n[[exception.instead]]\nabout = "A.3"\nthen = "needs_approval"\n'
            f'approvals = {APPROVALS}\nreason = "It is milder."\n'
        )
        other = exception("content.known_false", id='"A.3/other"') + instead
        bound = bind(rule() + exception("content.humor") + instead + other).rules
        assert [to_text(each.condition) for each in bound[1:]] == [
            "content.guilt_or_innocence and content.humor",
            "content.guilt_or_innocence and content.known_false",
        ]

    def test_never_stronger(self) -> None:
        """What is put in place is never stronger than what it replaces."""
        instead = '\n[[exception.instead]]\nabout = "A.3"\nthen = "deny"\n'
        text = rule(then="needs_approval") + exception("content.humor") + instead
        assert [each.effect for each in bind(text).rules] == ["needs_approval", "needs_approval"]

    def test_weaker_asks_the_same(self) -> None:
        """A denial softened to the approval that it replaces asks for the same people."""
        instead = '\n[[exception.instead]]\nabout = "A.3"\nthen = "deny"\n'
        first, second = bind(rule(then="needs_approval") + exception("content.humor") + instead).rules
        assert second.requirement == first.requirement

    def test_allowed_instead(self) -> None:
        """Where the stand-in's effect is chosen to be allow, nothing stands in."""
        instead = f'\n[[exception.instead]]\nabout = "A.3"\nthen = "choice.humor"\napprovals = {APPROVALS}\n'
        text = choice("humor", "effect", '"allow"', "higher") + rule() + exception("content.known_false") + instead
        assert list(texts(bind(text))) == ["A.1/rule"]

    def test_several(self) -> None:
        """Several exceptions each lift."""
        text = rule() + exception("content.humor") + exception("content.known_false", id='"A.3/other"')
        assert texts(bind(text)) == {
            "A.1/rule": "content.guilt_or_innocence and not content.humor and not content.known_false"
        }

    def test_of_a_member(self) -> None:
        """The rule of a member is lifted like the rule that it comes from."""
        text = BY_TOPIC + rule("content.humor", "choice.topics", each='"content.humor_topics"', approvals=APPROVALS)
        bound = texts(bind(text + exception("content.known_false")))
        assert bound["A.1/rule[death]"].endswith("and not content.known_false")


class TestCites:
    def test_definitions(self) -> None:
        """A bound rule cites the considerations of the definitions that it uses."""
        definition = '\n[[definition]]\nid = "funny"\nabout = "A.3"\nwhen = "content.humor"\n'
        assert only(definition + rule("definition.funny", cites='["A.2"]')).cites == ("A.1", "A.2", "A.3")


class TestKindRules:
    def test_sets(self) -> None:
        """The sets of rules have one bit a rule, in order."""
        bound = bind(
            rule() + rule(then="needs_approval", id='"A.2/b"') + rule(then=None, id='"A.3/c"', notice='"Take care."')
        )
        assert (bound.denying, bound.asking, bound.restricting) == (0b001, 0b010, 0b011)
        assert [index for index, _ in bound.members(0b101)] == [0, 2]

    def test_terms(self) -> None:
        """What is read is what the rules read, and whether the optional parts among it exist."""
        bound = bind(rule("content.humor and incident.exists and incident.critical"))
        assert bound.terms == (Term("content.humor"), Term("incident.exists"), Term("incident.critical"))
        assert bound.slots[Term("incident.critical")] == 2
        assert bound.existence == {"incident": 1}

    def test_terms_of_what_is_spared(self) -> None:
        """What an exception reads is read even where its rule is gone for other reasons."""
        bound = bind(rule() + exception("content.humor"))
        assert Term("content.humor") in bound.terms
        assert bound.spareable == (0,)

    def test_ungoverned(self) -> None:
        """A kind of which no rule speaks is not governed; one with only a duty is."""
        assert not bind(rule(), kind="edit").governed
        assert bind(rule(then=None, notice='"Take care."')).governed

    def test_order(self) -> None:
        """Rules come in the order in which they are stated."""
        assert list(texts(bind(rule(id='"A.3/a"') + rule(id='"A.1/b"')))) == ["A.3/a", "A.1/b"]

    def test_left_free_only_if_all_are_off(self) -> None:
        """A consideration with a rule left is not free."""
        text = EFFECT + rule(then="choice.humor", approvals=APPROVALS) + rule(id='"A.1/other"')
        assert bind(text, '[choices.example]\nhumor = "allow"\n').left_free == ()


class TestHash:
    def test_meaning(self) -> None:
        """A bound rule's hash is that of what it means: its words for people and its place change nothing."""
        plain = only(rule())
        assert only("# moved\n\n" + rule(reason='"It was seen."', remedy='"Drop it."')).hash == plain.hash
        assert only(rule("content.guilt_or_innocence and content.humor")).hash != plain.hash
        assert only(rule(id='"A.1/other"')).hash != plain.hash
        assert only(rule(cites='["A.2"]')).hash != plain.hash
        assert only(rule(then="needs_approval")).hash != plain.hash

    def test_requirement(self) -> None:
        """Whom a rule asks for is part of what it means, the roles that hold the office included."""
        plain = only(rule(then="needs_approval"))
        assert only(rule(then="needs_approval", approvals='[{ office = "legal", people = 2 }]')).hash != plain.hash

    def test_duty(self) -> None:
        """So is what it obliges to."""
        one, other = (only(rule(then=None, oblige=f'{{ do = "{do}", to = "legal" }}')) for do in ("Look.", "Listen."))
        assert one.hash != other.hash
