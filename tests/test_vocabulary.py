"""Tests of smpolicy.vocabulary, and of what must hold of every fact of the core."""

from __future__ import annotations

from typing import Any

import pytest

from smpolicy.errors import InvalidFile
from smpolicy.kinds import CORE
from smpolicy.loading.ruleset_files import load_ruleset
from smpolicy.vocabulary import ALL, NONE, DaysAgo, Fact, SomeOf

FACTS = list(CORE.facts.values())
SHOWN = Fact("k9.shown", "bool", "Does it show a police dog?", "practice", "author", harmless=False)
PUBLISH = frozenset({"publish"})


@pytest.fixture(scope="module")
def considerations() -> frozenset[str]:
    """The ids of all considerations of the shipped ruleset."""
    return frozenset(load_ruleset("iacp-2019").considerations)


class TestFacts:
    @pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.path)
    def test_question(self, fact: Fact) -> None:
        """Every fact has a question for a person."""
        assert fact.ask.endswith("?")
        assert fact.ask[0].isupper()

    @pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.path)
    def test_citation(self, fact: Fact, considerations: frozenset[str]) -> None:
        """Every fact cites considerations that exist, or practice."""
        assert {fact.cite, *fact.also} <= considerations | {"practice"}

    @pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.path)
    def test_harmless_value(self, fact: Fact) -> None:
        """Every fact declares a harmless value that it may have; of a set or a text it may be the empty one."""
        match fact.type:
            case "bool":
                assert isinstance(fact.harmless, bool)
            case "enum":
                assert fact.harmless in fact.members
            case "set":
                assert fact.harmless in (None, ALL) or set(fact.harmless) <= set(fact.members)
            case "integer":
                assert fact.least <= fact.harmless <= fact.most
            case "moment":
                assert isinstance(fact.harmless, DaysAgo)
            case "text":
                assert fact.harmless is None

    @pytest.mark.parametrize("fact", [each for each in FACTS if each.attestable], ids=lambda fact: fact.path)
    def test_attestable(self, fact: Fact) -> None:
        """What an attestation may answer is harmless when nothing applies: no for a yes/no, none for a set."""
        if fact.type == "bool":
            assert fact.harmless is False

    @pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.path)
    def test_members(self, fact: Fact) -> None:
        """Enumerations and sets have members, each once; nothing else has any."""
        assert bool(fact.members) == (fact.type in ("enum", "set"))
        assert len(set(fact.members)) == len(fact.members)

    @pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.path)
    def test_path(self, fact: Fact) -> None:
        """A fact's path is the name of its part and its own."""
        assert fact.path == f"{fact.part}.{fact.name}"
        assert CORE.parts[fact.part].facts[fact.name] is fact

    @pytest.mark.parametrize(
        ("owner", "type", "always_ask", "expected"),
        [
            ("author", "bool", False, True),
            ("given", "set", False, True),
            ("author", "bool", True, False),
            ("author", "enum", False, False),
            ("author", "moment", False, False),
            ("author", "integer", False, False),
            ("author", "text", False, False),
            ("directory", "bool", False, False),
            ("agency", "bool", False, False),
            ("account", "set", False, False),
            ("candidate", "bool", False, False),
        ],
    )
    def test_what_an_attestation_may_answer(self, owner: Any, type: Any, always_ask: bool, expected: bool) -> None:
        """Only yes/no facts and sets that the author or nobody owns, and that are not marked, may be attested."""
        assert Fact("x.y", type, "Is it?", "practice", owner, always_ask=always_ask).attestable is expected


class TestParts:
    @pytest.mark.parametrize("part", CORE.parts.values(), ids=lambda part: part.id)
    def test_existence(self, part: Any) -> None:
        """An optional part, and no other, has the fact that it exists, which is harmless when it does not."""
        assert ("exists" in part.facts) is part.optional
        if part.optional:
            assert part.facts["exists"].harmless is False

    @pytest.mark.parametrize("part", CORE.parts.values(), ids=lambda part: part.id)
    def test_description(self, part: Any) -> None:
        """Every part says what it groups."""
        assert part.says.endswith(".")

    @pytest.mark.parametrize("part", CORE.parts)
    def test_used(self, part: str) -> None:
        """Every part belongs to a kind."""
        assert any(part in kind.parts for kind in CORE.kinds.values())


class TestSomeOf:
    @pytest.mark.parametrize(
        ("excluded", "members", "expected"),
        [({"a", "b"}, {"a"}, True), ({"a"}, {"a", "b"}, False), (set(), {"a"}, False)],
    )
    def test_isdisjoint(self, excluded: set[str], members: set[str], expected: bool) -> None:
        """A set of which only some members are known surely has none of those that are known to be absent."""
        assert SomeOf(excludes=excluded).isdisjoint(frozenset(members)) is expected


class TestMarks:
    def test_texts(self) -> None:
        """The marks for no part and for all members show themselves by name."""
        assert (repr(NONE), repr(ALL)) == ("NONE", "ALL")


class TestPack:
    def test_facts_of_a_pack(self) -> None:
        """A pack's facts belong to the kinds that it names, and to no other."""
        known = CORE.with_pack("k9", [(SHOWN, PUBLISH)])
        assert known.facts_of("publish")[-1] is SHOWN
        assert SHOWN not in known.facts_of("edit")
        assert known.has("publish", "k9.shown")
        assert not known.has("edit", "k9.shown")

    def test_core_is_left_alone(self) -> None:
        """Adding a pack makes a new vocabulary."""
        CORE.with_pack("k9", [(SHOWN, PUBLISH)])
        assert "k9.shown" not in CORE.facts

    @pytest.mark.parametrize("namespace", ["content", "choice", "kind", "payload", "policy"])
    def test_namespace_taken(self, namespace: str) -> None:
        """A pack cannot take the name of a part, or one that means something else."""
        with pytest.raises(InvalidFile, match=f"the namespace `{namespace}` is taken"):
            CORE.with_pack(namespace, [])

    def test_facts_in_order(self) -> None:
        """The facts of a kind come in the order of its parts."""
        parts = [fact.part for fact in CORE.facts_of("publish")]
        assert list(dict.fromkeys(parts)) == list(CORE.kinds["publish"].parts)
