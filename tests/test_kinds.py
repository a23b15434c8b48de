"""Tests of smpolicy.kinds: the kinds of action, and the core vocabulary that they make up."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import pytest

import smpolicy
from smpolicy.kinds import CORE, PART_CLASSES, action
from smpolicy.vocabulary import NONE, Kind

CONTENT = {"publish", "edit", "publish_page", "personal_post", "public_statement"}
OF_THE_AGENCY = {"agency", "terms"}
KINDS = list(CORE.kinds.values())


def ids(kinds: Iterable[Kind]) -> set[str]:
    """Return the ids of kinds."""
    return {kind.id for kind in kinds}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
class TestEveryKind:
    def test_class(self, kind: Kind) -> None:
        """A kind has a class of the public face, made without arguments, of which nothing is known."""
        assert getattr(smpolicy, kind.action.__name__) is kind.action
        made = kind.action()
        assert made.kind == kind.id
        assert all(made.get(fact.path) is None for fact in CORE.facts_of(kind.id))

    def test_parts(self, kind: Kind) -> None:
        """The parts of a kind are the fields of its class, in order, and those that the agency's file knows."""
        own = [field.name for field in attrs.fields(kind.action)][3:]
        assert [part for part in kind.parts if part not in OF_THE_AGENCY] == own

    def test_says(self, kind: Kind) -> None:
        """A kind says in a sentence what somebody does."""
        assert kind.says.endswith(".")

    def test_parts_as_declared(self, kind: Kind) -> None:
        """Each part of an action is of the class that declares it."""
        made = kind.action()
        for name in set(kind.parts) - OF_THE_AGENCY:
            assert type(getattr(made, name)).__part__.id == name

    def test_optional_parts(self, kind: Kind) -> None:
        """An optional part may be said not to exist."""
        for name in kind.parts:
            if CORE.parts[name].optional:
                assert kind.action(**{name: NONE}).get(f"{name}.exists") is False

    def test_frozen(self, kind: Kind) -> None:
        """An action cannot be changed."""
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            kind.action().actor = None

    def test_data(self, kind: Kind) -> None:
        """An action of which nothing is known is read from data that names its kind; adopting is computed instead."""
        if kind.id == "adopt_policy":
            with pytest.raises(smpolicy.InvalidAction):
                action({"kind": kind.id})
        else:
            assert action({"kind": kind.id}) == kind.action()


class TestCore:
    def test_kinds(self) -> None:
        """There are seventeen kinds."""
        assert len(CORE.kinds) == 17

    def test_content(self) -> None:
        """The kinds that cannot be approved without their content are those that make something public."""
        assert ids(kind for kind in KINDS if kind.payload) == CONTENT

    def test_actor(self) -> None:
        """Whatever the kind, somebody proposes it."""
        assert all("actor" in kind.parts for kind in KINDS)

    def test_part_classes(self) -> None:
        """Every part is declared by one class."""
        assert sorted(each.__part__.id for each in PART_CLASSES) == sorted(CORE.parts)

    def test_records(self) -> None:
        """Facts of records belong to the parts that name them by id; a holder's are told apart from the actor's."""
        assert CORE.facts["actor.trained"].owner == "directory"
        assert CORE.facts["access.holder_trained"].owner == "directory"
        assert CORE.facts["alias.last_reviewed"].owner == "directory"
        assert CORE.facts["account.archived"].owner == "account"

    def test_action_knows_the_vocabulary(self) -> None:
        """Actions know the core vocabulary."""
        assert smpolicy.Publish().vocabulary is CORE


class TestParts:
    def test_none_is_unknown(self) -> None:
        """A part given as None is one of which nothing is known."""
        assert smpolicy.Publish(media=None, content=None) == smpolicy.Publish()  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("part", "value"), [("content", {"humor": True}), ("content", smpolicy.NONE), ("media", [])]
    )
    def test_anything_else_is_refused(self, part: str, value: object) -> None:
        """Data in place of a part, or the absence of a part that always exists, is refused where the action is made."""
        with pytest.raises(smpolicy.InvalidAction, match="is no value for the part"):
            smpolicy.Publish(**{part: value})  # type: ignore[arg-type]
