"""Tests of smpolicy.language.parsing: which texts are conditions (tests/bad_inputs/conditions has more)."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpolicy.kinds import CORE
from smpolicy.language.conditions import Compare, Condition, Junction, Named, Negation, Operand
from smpolicy.language.parsing import DEEPEST, MOST_CHARACTERS, ConditionError, Scope, parse
from tests.builders import condition

NO_DEFINITIONS: dict[str, Condition] = {}
HUMOR = Operand("fact", "content.humor", "bool")
TONE = Operand("fact", "content.tone", "enum", CORE.facts["content.tone"].members)
FORMS = Operand("fact", "content.forms", "set", CORE.facts["content.forms"].members)


def literal(value: str) -> Operand:
    """Return the operand of a text literal."""
    return Operand("literal", "", "text", (value,), value, constant=True)


def error_of(text: str) -> ConditionError:
    """Return the error of a text that is no condition."""
    with pytest.raises(ConditionError) as caught:
        condition(text)
    return caught.value


class TestLanguage:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("content.humor", Compare("true", HUMOR)),
            ("not content.humor", Negation(Compare("true", HUMOR))),
            ("content.humor == True", Compare("==", HUMOR, Operand("literal", "", "bool", (), True, constant=True))),
            ("content.tone == 'formal'", Compare("==", TONE, literal("formal"))),
            ("'formal' == content.tone", Compare("==", literal("formal"), TONE)),
            ("content.tone != 'formal'", Negation(Compare("==", TONE, literal("formal")))),
            ("'tag' in content.forms", Compare("in", literal("tag"), FORMS)),
            ("'tag' not in content.forms", Negation(Compare("in", literal("tag"), FORMS))),
            (
                "content.humor and not content.humor",
                Junction(True, (Compare("true", HUMOR), Negation(Compare("true", HUMOR)))),
            ),
            (
                "content.humor or content.humor",
                Junction(False, (Compare("true", HUMOR), Compare("true", HUMOR))),
            ),
        ],
    )
    def test_conditions(self, text: str, expected: Condition) -> None:
        """A condition is read as what it says."""
        assert condition(text) == expected

    @pytest.mark.parametrize("brackets", ["['tag', 'reply']", "{'tag', 'reply'}", "('tag', 'reply')"])
    @pytest.mark.parametrize("how", ["overlaps", "within", "includes"])
    def test_sets(self, how: str, brackets: str) -> None:
        """Sets are compared by functions, and written in any brackets."""
        read = condition(f"{how}(content.forms, {brackets})")
        assert isinstance(read, Compare)
        assert (read.how, read.left) == (how, FORMS)
        assert read.right is not None
        assert read.right.value == frozenset({"tag", "reply"})

    @pytest.mark.parametrize("sign", ["<", "<=", ">", ">="])
    def test_numbers(self, sign: str) -> None:
        """Numbers are compared by their order, and may be negative."""
        read = condition(f"search.retention {sign} -7")
        assert isinstance(read, Compare)
        assert read.how == sign
        assert read.right is not None
        assert read.right.value == -7

    @pytest.mark.parametrize("text", ["age(actor.training_date) > 365", "365 <= age(actor.training_date)"])
    def test_age(self, text: str) -> None:
        """The age of a date is compared with a number of days."""
        read = condition(text)
        assert isinstance(read, Compare)
        assert "age" in {read.left.source, read.right and read.right.source}

    @pytest.mark.parametrize(
        "text",
        [
            "age(actor.training_date) > choice.interval",
            "content.tone in choice.tones",
            "overlaps(content.forms, choice.forms)",
            "choice.strict and content.humor",
            "given(choice.handle) and content.humor",
            "choice.humor == 'deny' and content.humor",
            "search.retention > choice.days",
        ],
    )
    def test_choices(self, text: str) -> None:
        """Choices may stand wherever a constant of their type may."""
        condition(
            text,
            {
                "interval": ("period", ()),
                "tones": ("set", CORE.facts["content.tone"].members),
                "forms": ("set", CORE.facts["content.forms"].members),
                "strict": ("bool", ()),
                "handle": ("text", ()),
                "humor": ("effect", ("allow", "needs_approval", "deny")),
                "days": ("integer", ()),
            },
        )

    def test_definition(self) -> None:
        """A definition stands for its condition, and keeps its name."""
        assert condition("definition.funny", funny="content.humor") == Named("funny", Compare("true", HUMOR))

    def test_lines(self) -> None:
        """A condition may run over several lines."""
        assert condition("\n  content.humor\n  and not content.humor\n") == condition(
            "content.humor and not content.humor"
        )

    def test_agency_facts_are_constant(self) -> None:
        """Facts of the agency are constants, so that they may be compared with a fact of the action."""
        read = condition("moderation.ground in terms.removal_grounds")
        assert isinstance(read, Compare)
        assert not read.left.constant
        assert read.right is not None
        assert read.right.constant

    def test_column(self) -> None:
        """An error knows its column, from 1."""
        assert error_of("content.humor and content.humour").column == 19

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("choice.other == 'deny'", "unknown_choice"),
            ("definition.other", "unknown_definition"),
            ("overlaps(content.forms, content.contacts)", "two_facts"),
            ("overlaps(content.forms, terms.monitoring_ways)", "wrong_type"),
            ("moderation.ground in target.author", "two_facts"),
            ("moderation.ground in terms.monitoring_times", "wrong_type"),
        ],
    )
    def test_wrong_names_and_types(self, text: str, code: str) -> None:
        """Names that are not there, and types that do not fit, are errors."""
        assert error_of(text).code == code


class TestBounds:
    def test_longest(self) -> None:
        """A condition of the greatest length is read; one that is longer is not."""
        text = "content.humor".ljust(MOST_CHARACTERS)
        assert condition(text) == condition("content.humor")
        assert error_of(text + " ").code == "condition_too_long"

    def test_deepest(self) -> None:
        """A condition may nest deeply, but not endlessly."""
        condition("not " * (DEEPEST - 6) + "content.humor")
        assert error_of("not " * DEEPEST + "content.humor").code == "condition_too_deep"

    @pytest.mark.parametrize(
        "piece", ["(", "not ", "-", "~", "[", "content.", "'", "(" * 199 + "0", "1 if ", "x:=", "{0:"]
    )
    def test_hostile_repetition(self, piece: str) -> None:
        """Text made to exhaust a parser ends in an error, quickly."""
        started = time.perf_counter()
        error_of((piece * MOST_CHARACTERS)[:MOST_CHARACTERS])
        assert time.perf_counter() - started < 2

    @given(st.text(alphabet="content.humor ()[]'\"=<>!andortifl0189:,+-*{}\\\n", max_size=60))
    def test_odd_text(self, text: str) -> None:
        """Text of any kind is a condition or an error, never anything else."""
        with suppress(ConditionError):
            parse(text, Scope(CORE, {}, NO_DEFINITIONS.__getitem__))

    def test_no_name_is_looked_up(self) -> None:
        """Names of Python mean nothing in a condition."""
        for text in ("print", "__builtins__.open", "content.__init__", "choice.__class__", "definition.__dict__"):
            assert error_of(text).code in ("unknown_name", "unknown_fact", "unknown_choice", "unknown_definition")
