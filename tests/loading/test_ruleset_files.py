"""Tests of smpolicy.loading.ruleset_files; tests/bad_inputs/rulesets has the rulesets that cannot be loaded."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from smpolicy.errors import InvalidFile, MissingFile
from smpolicy.kinds import CORE
from smpolicy.language.expressions import to_text
from smpolicy.language.lowering import Bindings, bind
from smpolicy.loading.ruleset_files import load_ruleset
from smpolicy.rulesets import Asked, Oblige, Ruleset
from smpolicy.vocabulary import ALL
from tests.builders import HEADER, STATED, choice, exception, make_ruleset, rule

PACK = """
[[fact]]
id       = "shown"
on       = ["publish"]
type     = "bool"
ask      = "Does it show a police dog?"
cite     = "A.1"
harmless = false

[[fact]]
id     = "tricks"
on     = ["publish", "edit"]
type   = "set"
values = ["sit", "stay"]
ask    = "Which tricks does it show?"
cite   = "practice"
owner  = "given"

[[fact]]
id       = "vests"
on       = ["publish"]
type     = "set"
values   = ["light", "heavy"]
ask      = "Which vests does it wear?"
cite     = "practice"
harmless = "all"

[[fact]]
id         = "age"
on         = ["publish"]
type       = "integer"
ask        = "How old is it?"
cite       = "practice"
harmless   = 3
unit       = "years"
least      = 1
most       = 20
always_ask = true
sensitive  = true

[[fact]]
id   = "name"
on   = ["publish"]
type = "text"
ask  = "What is its name?"
cite = "practice"
"""


def text_of(ruleset: Ruleset, index: int = 0) -> str:
    """Return the bound condition of a rule without choices."""
    condition = ruleset.rules[index].condition
    assert condition is not None
    return to_text(bind(condition, Bindings(ruleset.vocabulary, {}, {})))


class TestFolder:
    def test_shipped(self) -> None:
        """A shipped ruleset is loaded by its name."""
        assert load_ruleset("iacp-2019").id == "iacp-2019"

    def test_path(self, tmp_path: Path) -> None:
        """A ruleset may lie in several files of a folder; other files of the folder are left alone."""
        (tmp_path / "ruleset.toml").write_text(HEADER + STATED, encoding="utf-8")
        (tmp_path / "b.toml").write_text(rule(id='"A.2/b"'), encoding="utf-8")
        (tmp_path / "a.toml").write_text(rule(id='"A.1/a"'), encoding="utf-8")
        (tmp_path / "notes.txt").write_text("not a rule", encoding="utf-8")
        assert [each.id for each in load_ruleset(tmp_path).rules] == ["A.1/a", "A.2/b"]
        assert load_ruleset(str(tmp_path)).id == "example"

    @pytest.mark.parametrize("name", ["", ".", "..", "iacp", "no/such/folder"])
    def test_unknown(self, name: str) -> None:
        """A name that stands for no ruleset is an error that names those there are."""
        with pytest.raises(MissingFile, match=r"expected: .*`iacp-2019`"):
            load_ruleset(name)

    def test_all_files_are_read(self, tmp_path: Path) -> None:
        """The problems of all files are told at once, in the order of the files."""
        (tmp_path / "ruleset.toml").write_text(HEADER + STATED, encoding="utf-8")
        (tmp_path / "b.toml").write_text("[[rule]\n", encoding="utf-8")
        (tmp_path / "a.toml").write_text('[[rule]]\nid = "A.1/a"\n', encoding="utf-8")
        with pytest.raises(InvalidFile) as caught:
            load_ruleset(tmp_path)
        assert [problem.code for problem in caught.value.problems] == ["missing_key", "not_toml"]

    def test_problems_in_order(self, tmp_path: Path) -> None:
        """Problems come in the order of their places, whatever finds them."""
        (tmp_path / "ruleset.toml").write_text(HEADER + STATED + rule(cites='["C"]') + rule("x", id='"A.2/b"'), "utf-8")
        with pytest.raises(InvalidFile) as caught:
            load_ruleset(tmp_path)
        lines = [problem.place.line or 0 for problem in caught.value.problems if problem.place]
        assert lines == sorted(lines)


class TestContent:
    def test_header(self) -> None:
        """A ruleset knows what its header says."""
        made = make_ruleset()
        assert (made.id, made.title, made.version, made.dated) == ("example", "An example", "1", date(2026, 1, 1))
        assert made.source == "none"

    def test_statements(self) -> None:
        """Offices, considerations, choices, definitions, rules and exceptions are kept with their places."""
        made = make_ruleset(
            choice("humor", "effect", '"deny"', "higher")
            + '\n[[definition]]\nid = "funny"\nabout = "A.3"\nwhen = "content.humor"\n'
            + rule("definition.funny", "choice.humor", approvals='[{ office = "legal" }]')
            + exception("content.tone == 'formal'")
        )
        assert list(made.offices) == ["legal", "command"]
        assert made.considerations["A.1"].acts == ("publish",)
        stated = (made.considerations["A"], made.choices["humor"], made.definitions["funny"], made.rules[0])
        for place in (each.place for each in stated):
            assert place is not None
            assert place.line

    def test_rule(self) -> None:
        """A rule says all that its table says."""
        (stated,) = make_ruleset(
            rule(
                then="needs_approval",
                approvals='[{ office = "legal", people = 2 }]',
                cites='["A.2"]',
                remedy='"Drop it."',
            )
        ).rules
        assert stated.approvals == (Asked("legal", 2),)
        assert (stated.cites, stated.reason, stated.remedy) == (("A.2",), "It was found.", "Drop it.")

    def test_duty(self) -> None:
        """A duty says what, to whom, when, within which time, and whom it goes around."""
        duty = '{ do = "Look.", to = "legal", when = "after", within = "a day", except = "command" }'
        (stated,) = make_ruleset(rule(then=None, oblige=duty)).rules
        assert stated.oblige == Oblige("Look.", "legal", "after", "a day", "command")

    def test_duty_of_the_author(self) -> None:
        """A duty may lie on the author or on the agency, and hold always."""
        made = make_ruleset(
            rule(None, None, oblige='{ do = "Look.", to = "author" }')
            + rule(None, None, id='"A.2/b"', oblige='{ do = "Look.", to = "agency" }')
        )
        assert [each.oblige and each.oblige.to for each in made.rules] == ["author", "agency"]
        assert made.rules[0].condition is None

    def test_notice(self) -> None:
        """A rule may give a notice."""
        assert make_ruleset(rule(then=None, notice='"Take care."')).rules[0].notice == "Take care."

    def test_choice_without_when(self) -> None:
        """A rule whose effect is a choice may hold always."""
        made = make_ruleset(
            choice("all", "effect", '"allow"', "higher") + rule(None, "choice.all", approvals='[{ office = "legal" }]')
        )
        assert made.rules[0].condition is None

    def test_offices_choice(self) -> None:
        """Who approves may be a choice of offices."""
        made = make_ruleset(
            choice("approvers", "offices", '["command", "legal"]')
            + rule(then="needs_approval", approvals='[{ office = "choice.approvers" }]')
        )
        assert made.choices["approvers"].default == ("command", "legal")

    def test_instead(self) -> None:
        """An exception may put something milder in place of what it lifts, duties that go around somebody included."""
        instead = (
            '\n[[exception.instead]]\nabout = "A.3"\nwhen = "content.known_false"\nthen = "needs_approval"\n'
            'approvals = [{ office = "legal" }]\nreason = "It is milder."\n'
            '\n[[exception.instead]]\nabout = "A.3"\n'
            'oblige = { do = "Look.", to = "legal", except = "command" }\n'
            '\n[[exception.instead]]\nabout = "A.3"\nnotice = "Take care."\n'
        )
        (made,) = make_ruleset(rule() + exception("content.humor") + instead).exceptions
        first, second, third = made.instead
        assert (first.then, first.approvals, first.reason) == ("needs_approval", (Asked("legal"),), "It is milder.")
        assert second.oblige is not None
        assert second.oblige.excluding == "command"
        assert (third.condition, third.notice) == (None, "Take care.")

    def test_definition_of_definitions(self) -> None:
        """A definition may use others, stated before or after it."""
        made = make_ruleset(
            '[[definition]]\nid = "one"\nabout = "A.1"\nwhen = "definition.two"\n\n'
            '[[definition]]\nid = "two"\nabout = "A.1"\nwhen = "content.humor"\n' + rule("definition.one")
        )
        assert text_of(made) == "content.humor"


class TestPack:
    def test_facts(self) -> None:
        """A ruleset's own facts go under its namespace, and into its conditions."""
        made = make_ruleset(PACK + rule("k9.shown and 'sit' in k9.tricks"), header='namespace = "k9"\n')
        assert text_of(made) == "k9.shown and 'sit' in k9.tricks"
        facts = made.vocabulary.facts
        assert facts["k9.shown"].harmless is False
        assert facts["k9.tricks"].owner == "given"
        assert facts["k9.vests"].harmless is ALL
        assert (facts["k9.age"].least, facts["k9.age"].most, facts["k9.age"].unit) == (1, 20, "years")
        assert facts["k9.age"].always_ask
        assert facts["k9.age"].sensitive
        assert "k9.shown" not in CORE.facts

    def test_kinds(self) -> None:
        """A rule on a kind that lacks the fact is refused."""
        with pytest.raises(InvalidFile, match=r"actions of the kind `edit` have no fact `k9.shown`"):
            make_ruleset(PACK + rule("k9.shown", on='["publish", "edit"]'), header='namespace = "k9"\n')


class TestChecks:
    @pytest.mark.parametrize(
        ("type", "stricter", "condition", "members"),
        [
            ("flag", "true", "content.humor and choice.x", None),
            ("flag", "false", "content.humor and not choice.x", None),
            ("flag", "none", "content.humor and not choice.x", None),
            ("subset", "fewer", "content.tone not in choice.x", '"content.tone"'),
            ("subset", "more", "content.tone in choice.x", '"content.tone"'),
            ("number", "lower", "search.retention > choice.x", None),
            ("number", "higher", "search.retention < choice.x", None),
            ("flag", "true", "content.humor and choice.x == True", None),
        ],
    )
    def test_polarity(self, type: str, stricter: str, condition: str, members: str | None) -> None:
        """A choice that is stricter the way in which a rule uses it is sound; the other way round is not."""
        default = {"flag": "true", "subset": "[]", "number": "7"}[type]
        more = {} if members is None else {"of": members}
        on = '["investigate"]' if "search" in condition else '["publish"]'
        make_ruleset(choice("x", type, default, stricter, **more) + rule(condition, on=on))
        other = {
            "true": "false",
            "false": "true",
            "fewer": "more",
            "more": "fewer",
            "lower": "higher",
            "higher": "lower",
        }
        if stricter != "none":
            with pytest.raises(InvalidFile, match="the other way round"):
                make_ruleset(choice("x", type, default, other[stricter], **more) + rule(condition, on=on))

    def test_polarity_both_ways(self) -> None:
        """A choice that has an order is not compared for equality with a number, which cuts both ways."""
        text = rule("search.retention == choice.x", on='["investigate"]')
        make_ruleset(choice("x", "number", "7", "none") + text)
        with pytest.raises(InvalidFile, match="the other way round"):
            make_ruleset(choice("x", "number", "7", "higher") + text)

    def test_polarity_of_effects(self) -> None:
        """A rule that speaks because a milder effect was chosen uses the choice the wrong way round."""
        with pytest.raises(InvalidFile, match="the other way round"):
            make_ruleset(choice("x", "effect", '"deny"', "higher") + rule("content.humor and choice.x == 'allow'"))

    def test_exception_that_lifts_too_little(self) -> None:
        """Each id that an exception names must cover something, not only one of them."""
        with pytest.raises(InvalidFile, match=r"`A\.3` names no restricting rule"):
            make_ruleset(rule() + exception("content.humor", of='A.1", "A.3'))

    def test_too_many_exceptions(self) -> None:
        """Exceptions that would multiply with the rules without end are an error."""
        many = "".join(rule(id=f'"A.1/r{n}"') + exception("content.humor", id=f'"A.2/e{n}"') for n in range(150))
        with pytest.raises(InvalidFile, match="lift more than 20000 rules"):
            make_ruleset(many)

    def test_polarity_of_exceptions(self) -> None:
        """What lifts a rule works the other way round, and what an exception puts in its place does not."""
        lifting = rule() + exception("choice.x and content.humor")
        make_ruleset(choice("x", "flag", "true", "false") + lifting)
        with pytest.raises(InvalidFile, match="the other way round"):
            make_ruleset(choice("x", "flag", "true", "true") + lifting)
        instead = '\n[[exception.instead]]\nabout = "A.3"\nwhen = "choice.x and content.humor"\nthen = "deny"\n'
        make_ruleset(choice("x", "flag", "true", "true") + rule() + exception("content.humor") + instead)

    def test_polarity_of_duties(self) -> None:
        """A duty restricts nothing, so that a choice in it has no stricter way."""
        duty = '{ do = "Look.", to = "legal" }'
        make_ruleset(choice("x", "flag", "true", "false") + rule("choice.x and content.humor", None, oblige=duty))

    def test_use_in_a_duty(self) -> None:
        """A choice of offices is used where a duty names it."""
        duty = '{ do = "Look.", to = "choice.x" }'
        make_ruleset(choice("x", "offices", '["legal"]') + rule(then=None, oblige=duty))

    def test_agency_facts_everywhere(self) -> None:
        """A fact of the agency may be read on every kind: it is bound before anything is decided."""
        make_ruleset(rule("content.humor and not terms.published"))

    def test_guards(self) -> None:
        """A fact of an optional part may be read where its existence is required."""
        make_ruleset(rule("incident.exists and incident.critical"))

    def test_shipped_ruleset(self) -> None:
        """The shipped ruleset states all considerations of the source, with rules and exceptions."""
        made = load_ruleset("iacp-2019")
        assert len(made.considerations) == 91
        assert made.rules
        assert made.exceptions
