"""Tests of smpolicy.parts.declaring: classes of facts, checked as they are made."""

from typing import Literal

import attrs
import pytest

import smpolicy
from smpolicy.errors import InvalidAction
from smpolicy.parts.declaring import OptionalPart, Part, SetOf, declared_facts, fact, part, record
from smpolicy.vocabulary import Fact, SomeOf

Size = Literal["small", "large"]


@part("dog")
class Dog(Part):
    """A police dog."""

    shown: bool | None = fact("Is it shown?", "practice", owner="author", harmless=False)
    size: Size | None = fact("How large is it?", "A.1", also=("A.2",), owner="given", harmless="small")
    tricks: SetOf[Size] = fact("Which tricks?", "practice", owner="author", always_ask=True)
    age: int | None = fact("How old?", "practice", owner="author", harmless=1, unit="years", least=1, most=20)


@part("lead", ask="Is there a lead?", always_ask=True)
class Lead(OptionalPart):
    """A lead."""

    long: bool | None = fact("Is it long?", "A.3", owner="author", harmless=False)


class TestDeclaring:
    def test_facts(self) -> None:
        """A part's facts are its fields, with their types read from the annotations."""
        part_type = Dog.__part__  # type: ignore[attr-defined]
        assert [(each.path, each.type, each.members) for each in part_type.facts.values()] == [
            ("dog.shown", "bool", ()),
            ("dog.size", "enum", ("small", "large")),
            ("dog.tricks", "set", ("small", "large")),
            ("dog.age", "integer", ()),
        ]

    def test_details(self) -> None:
        """A fact carries all that was declared of it."""
        facts = Dog.__part__.facts  # type: ignore[attr-defined]
        assert facts["size"] == Fact(
            "dog.size", "enum", "How large is it?", "A.1", "given", ("A.2",), ("small", "large"), "small"
        )
        assert facts["tricks"].always_ask
        assert (facts["age"].unit, facts["age"].least, facts["age"].most) == ("years", 1, 20)

    def test_existence(self) -> None:
        """An optional part has the fact that it exists first, which cites what the part's first fact cites."""
        existence = next(iter(Lead.__part__.facts.values()))  # type: ignore[attr-defined]
        assert existence == Fact(
            "lead.exists", "bool", "Is there a lead?", "A.3", "given", harmless=False, always_ask=True
        )

    def test_prefix(self) -> None:
        """The facts of a record of somebody else have a prefix."""

        @record
        class Keeper(Part):
            """Who keeps the dog."""

            trained: bool | None = fact("Is the keeper trained?", "practice", owner="directory", harmless=True)

        assert list(declared_facts(Keeper, "dog", "keeper_")) == ["keeper_trained"]

    def test_type_of_no_fact(self) -> None:
        """An annotation that no fact can have is an error of whoever declares it."""
        with pytest.raises(TypeError, match="no fact has the type"):

            @part("cat")
            class Cat(Part):
                """A cat."""

                weight: float | None = fact("How heavy?", "practice", owner="author")


class TestChecking:
    def test_nothing_known(self) -> None:
        """What is not given is unknown."""
        assert Dog() == Dog(shown=None, size=None, tricks=None, age=None)

    def test_canonical(self) -> None:
        """Values are kept in one form."""
        assert Dog(tricks=["small", "small"]).tricks == frozenset({"small"})
        assert Dog(tricks=SomeOf({"small"})).tricks == SomeOf(frozenset({"small"}))

    @pytest.mark.parametrize(
        "values",
        [
            {"shown": "false"},
            {"shown": 1},
            {"size": "huge"},
            {"size": 1},
            {"tricks": "small"},
            {"age": 0},
            {"age": True},
        ],
    )
    def test_wrong(self, values: dict[str, object]) -> None:
        """A wrong value is an error as soon as the part is made."""
        with pytest.raises(InvalidAction):
            Dog(**values)  # type: ignore[arg-type]

    def test_frozen_set_of_no_members(self) -> None:
        """A frozen set is checked like any other collection."""
        with pytest.raises(InvalidAction):
            Dog(tricks=frozenset({"huge"}))  # type: ignore[arg-type]

    def test_changed_copy(self) -> None:
        """A changed copy is checked too."""
        with pytest.raises(InvalidAction):
            attrs.evolve(Dog(), size="huge")  # type: ignore[misc]


class TestExistence:
    def test_made(self) -> None:
        """An optional part that is made exists."""
        assert Lead().exists is True

    def test_fact_given(self) -> None:
        """Giving a fact of a part says that it exists."""
        assert Lead(exists=None, long=True).exists is True

    def test_not_said(self) -> None:
        """Where nobody has said, it is unknown."""
        assert Lead(exists=None).exists is None

    def test_absent(self) -> None:
        """A part may be said not to exist."""
        assert Lead(exists=False).exists is False

    def test_contradiction(self) -> None:
        """A part that does not exist has no facts."""
        with pytest.raises(InvalidAction, match="said not to exist"):
            Lead(exists=False, long=False)

    def test_in_an_action(self) -> None:
        """An action keeps a part that does not exist as such."""
        assert smpolicy.Publish(incident=smpolicy.NONE).incident == smpolicy.Incident(exists=False)


class TestRecords:
    def test_canonical(self) -> None:
        """A record made in Python is checked and kept in one form, as a directory of one's own would make it."""
        assert smpolicy.Member(roles=["moderator"]).roles == frozenset({"moderator"})

    def test_wrong(self) -> None:
        """A wrong value is an error as soon as the record is made."""
        with pytest.raises(InvalidAction, match=r"`boss` is no value for `member.rank`"):
            smpolicy.Member(rank="boss")  # type: ignore[arg-type]
