"""Stacking: what a pack may change about another ruleset, and what an agency is told of it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from textwrap import dedent

import pytest
from attrs import evolve

from smpolicy.errors import InvalidFile
from smpolicy.loading.agency_files import read_agency
from smpolicy.loading.ruleset_files import load_ruleset
from smpolicy.loading.toml_files import parse
from smpolicy.policies import Policy, bind_policy
from smpolicy.render.bound_rules import rules_text, rules_to_dict
from smpolicy.reviews import review
from smpolicy.rulesets import Ruleset
from tests.builders import AGENCY, AT, DIRECTORY, HEADER, choice, decide, exception, make_ruleset, rule

KNOWN = {"guilt_or_innocence": False, "humor": False, "unverified": False, "tone": "formal"}
GUILT = {"content": KNOWN | {"guilt_or_innocence": True}}
PRESS = {"content": KNOWN | {"humor": True}}
CHOICES = (
    choice("guilt", "effect", '"allow"', "higher")
    + choice("press", "effect", '"deny"', "higher", options='["needs_approval", "deny"]')
    + choice("late", "flag", "false", "true")
    + choice("tones", "subset", '["urgent"]', "more", of='"content.tone"')
    + choice("age", "period", '"none"', "lower", unit='"days"')
    + choice("most", "number", "5", "lower", least="1", most="9")
)
RULES = (
    rule(then="choice.guilt", approvals='[{ office = "legal" }]')
    + rule("content.humor", "choice.press", id='"A.2/press"', approvals='[{ office = "legal" }]')
    + rule("content.unverified and choice.late", id='"A.1.a/late"')
    + rule("content.tone in choice.tones", id='"A.3/tone"')
    + rule("age(actor.training_date) > choice.age", id='"A.3/age"')
    + rule("moderation.seconds > choice.most", id='"A.3/most"', on='["hide"]')
)
SHORT = CHOICES.partition('\n[[choice]]\nid = "most"')[0]
NEEDS = 'needs = ["example"]\n'
CONSIDERED = '\n[[consideration]]\nid = "P.1"\ntitle = "A statute"\ngist = "The state decides."\nacts = ["publish"]\n'
OFFICE = '\n[[office]]\nid = "command"\ntitle = "Command staff"\n'
LIFTING = {"id": '"P.1/lift"', "about": '"P.1"', "overrides": '{ of = "example", authority = "Statute 12." }'}


def base() -> Ruleset:
    """Return the ruleset on which the packs build."""
    return make_ruleset(SHORT + RULES.rpartition("\n[[rule]]")[0])


def narrowing(name: str, mildest: str, more: str = "") -> str:
    """Return the text of an adjustment of the choice `name`."""
    return (
        f'\n[[adjustment]]\nid = "P.1/{name}"\nof = "example"\nchoice = "{name}"\nmildest = {mildest}\n'
        f'reason = "The state says so."\n{more}'
    )


def make_pack(text: str, on: Ruleset, name: str = "pack", header: str = NEEDS, considered: str = "P.1") -> Ruleset:
    """Return a pack that needs another ruleset; `considered` is its one consideration."""
    with tempfile.TemporaryDirectory() as folder:
        stated = HEADER.replace('"example"', f'"{name}"') + header + OFFICE + CONSIDERED + dedent(text)
        stated = stated.replace("P.1", considered)
        Path(folder, "ruleset.toml").write_text(stated, encoding="utf-8")
        return load_ruleset(Path(folder), {on.id: on})


def adopt(*rulesets: Ruleset, text: str = "") -> Policy:
    """Return the policy of an agency that adopts rulesets; `text` are further tables of its file."""
    names = ", ".join(f'"{each.id}"' for each in rulesets)
    document = parse(AGENCY.replace('"example"]', f"{names}]") + text + DIRECTORY, "agency.toml")
    return bind_policy(read_agency(document, Path(), rulesets={each.id: each for each in rulesets}))


class TestNarrowing:
    @pytest.mark.parametrize(
        ("name", "mildest", "holds"),
        [
            ("guilt", '"needs_approval"', "needs_approval"),
            ("late", "true", True),
            ("tones", '["formal"]', frozenset({"formal", "urgent"})),
            ("age", '"30 days"', (30, "days")),
        ],
    )
    def test_raises_the_default(self, name: str, mildest: str, holds: object) -> None:
        """A default that is milder than a pack leaves it is raised to what is left."""
        first = base()
        policy = adopt(first, make_pack(narrowing(name, mildest), first))
        assert policy.agency.choices["example"][name].value == holds

    def test_leaves_a_stricter_default(self) -> None:
        """A default that is stricter than a pack asks stays."""
        first = base()
        policy = adopt(first, make_pack(narrowing("press", '"needs_approval"'), first))
        assert policy.agency.choices["example"]["press"].value == "deny"

    def test_changes_decisions(self) -> None:
        """What the pack does not leave to the agency holds in its decisions."""
        first = base()
        assert decide(adopt(first), GUILT).outcome == "allow"
        assert decide(adopt(first, make_pack(narrowing("guilt", '"deny"'), first)), GUILT).outcome == "deny"

    def test_refuses_a_milder_value(self) -> None:
        """An agency that chooses more mildly is told where, by what, and why."""
        first = base()
        pack = make_pack(narrowing("guilt", '"deny"'), first)
        with pytest.raises(InvalidFile, match=r"agency.toml:\d+:1: `guilt` is milder than `P.1/guilt` leaves it"):
            adopt(first, pack, text='\n[choices.example]\nguilt = "needs_approval"\n')

    def test_refuses_no_limit_at_all(self) -> None:
        """No period at all is milder than any that must not be exceeded."""
        first = base()
        pack = make_pack(narrowing("age", '"30 days"'), first)
        with pytest.raises(InvalidFile, match="narrowed_choice"):
            adopt(first, pack, text='\n[choices.example]\nage = "none"\n')

    def test_takes_a_stricter_value(self) -> None:
        """An agency may choose what is as strict, or stricter."""
        first = base()
        pack = make_pack(narrowing("guilt", '"needs_approval"'), first)
        policy = adopt(first, pack, text='\n[choices.example]\nguilt = "deny"\n')
        assert policy.agency.choices["example"]["guilt"].value == "deny"

    def test_of_several_packs_adds_up(self) -> None:
        """Of two packs the stricter holds, in whatever order they are listed."""
        first = base()
        one = make_pack(narrowing("guilt", '"needs_approval"'), first)
        other = make_pack(narrowing("guilt", '"deny"'), first, "second", considered="Q.1")
        for stack in ((first, one, other), (other, one, first)):
            assert adopt(*stack).agency.choices["example"]["guilt"].value == "deny"


class TestOverriding:
    WIDE = narrowing("press", '"allow"', 'overrides = { authority = "Statute 12." }\n')

    def test_lets_an_agency_choose_more_mildly(self) -> None:
        """A wider choice changes nothing until the agency uses it; then its decisions say so."""
        first = base()
        pack = make_pack(self.WIDE, first)
        assert decide(adopt(first, pack), PRESS).outcome == "deny"
        assert not decide(adopt(first, pack), PRESS).overriding
        used = decide(adopt(first, pack, text='\n[choices.example]\npress = "allow"\n'), PRESS)
        assert used.outcome == "allow"
        assert [each.id for each in used.overriding] == ["P.1/press"]
        assert "P.1/press (pack) overrides press of example: Statute 12." in used.explain()

    def test_lifts_rules(self) -> None:
        """An exception that overrides lifts the rules of the other ruleset, and every decision it touches tells it."""
        first = make_ruleset(rule())
        policy = adopt(first, make_pack(exception("content.humor", **LIFTING), first))
        lifted = decide(policy, {"content": {"guilt_or_innocence": True, "humor": True}})
        assert lifted.outcome == "allow"
        assert lifted.considerations["A.1"].by == "P.1/lift"
        assert lifted.to_dict()["overrides"] == [
            {"by": "P.1/lift", "ruleset": "pack", "of": "example", "what": ["A.1"], "authority": "Statute 12."}
        ]

    def test_is_told_only_where_it_touches(self) -> None:
        """A decision in which the rule, or the exception, cannot hold does not name it; one in which both may, does."""
        first = make_ruleset(rule())
        policy = adopt(first, make_pack(exception("content.humor", **LIFTING), first))
        assert not decide(policy, {"content": {"guilt_or_innocence": True, "humor": False}}).overriding
        assert not decide(policy, {"content": {"guilt_or_innocence": False, "humor": True}}).overriding
        assert decide(policy, {"content": {"guilt_or_innocence": True}}).overriding

    def test_puts_its_own_rule_in_place(self) -> None:
        """What stands in the place of a lifted rule is the pack's own, with its own offices and citations."""
        first = make_ruleset(rule())
        instead = '[{ about = "P.1", then = "needs_approval", approvals = [{ office = "command" }] }]'
        policy = adopt(first, make_pack(exception("content.humor", **LIFTING, instead=instead), first))
        decision = decide(policy, {"content": {"guilt_or_innocence": True, "humor": True}})
        (reason,) = decision.reasons
        assert (reason.ruleset, reason.effect, reason.cites[:2]) == ("pack", "needs_approval", ("P.1", "A.1"))
        assert decision.needed[0].requirement[0].offices == ("command",)

    def test_asks_whom_its_own_choices_name(self) -> None:
        """What it puts in place asks by the pack's choices; the lifted rule asks by those of its own ruleset."""
        stated = choice("who", "offices", '["legal"]') + choice("asked", "effect", '"needs_approval"', "higher")
        first = make_ruleset(stated + rule(then="choice.asked", approvals='[{ office = "choice.who" }]'))
        own = choice("milder", "effect", '"needs_approval"', "higher").replace("A.1", "P.1")
        instead = '[{ about = "P.1", then = "choice.milder", approvals = [{ office = "choice.asking" }] }]'
        own += choice("asking", "offices", '["command"]').replace("A.1", "P.1")
        policy = adopt(first, make_pack(own + exception("content.humor", **LIFTING, instead=instead), first))
        decision = decide(policy, {"content": {"guilt_or_innocence": True, "humor": True}})
        assert decision.needed[0].requirement[0].offices == ("command",)
        kept = decide(policy, {"content": {"guilt_or_innocence": True, "humor": False}})
        assert kept.needed[0].requirement[0].offices == ("legal",)

    def test_shows_in_rules_and_check(self) -> None:
        """The bound rules and the review name it, with its authority."""
        first = make_ruleset(rule())
        policy = adopt(first, make_pack(exception("content.humor", **LIFTING), first))
        assert "loosened by pack, by P.1/lift: Statute 12." in rules_text(policy, ["publish"])
        (found,) = rules_to_dict(policy, ["publish"])["kinds"]["publish"]["rules"]
        assert found["overrides"][0]["authority"] == "Statute 12."
        assert [each.id for each in review(policy, AT).overriding] == ["P.1/lift"]

    def test_that_swallows_a_rule_is_told(self) -> None:
        """Where nothing is left of a rule, whatever the facts, each decision on its kinds tells by what."""
        first = make_ruleset(rule())
        pack = choice("lifted", "flag", "true", "false").replace("A.1", "P.1") + exception("choice.lifted", **LIFTING)
        policy = adopt(first, make_pack(pack, first))
        assert not policy.kinds["publish"].rules
        assert [each.id for each in decide(policy, GUILT).overriding] == ["P.1/lift"]
        assert "loosened by packs" in rules_text(policy, ["publish"])

    def test_leaves_rules_of_its_own_alone(self) -> None:
        """It lifts rules of the ruleset that it overrides, not those of its own that have the same form."""
        first = make_ruleset(rule())
        own = rule("content.humor", id='"P.1/own"')
        lifting = exception("content.humor", **LIFTING)
        policy = adopt(first, make_pack(own + lifting, first))
        assert decide(policy, {"content": {"humor": True}}).outcome == "deny"

    def test_is_needed_even_where_ids_are_nested(self) -> None:
        """A ruleset's own exceptions never lift a pack's rules, even where the pack's ids lie under theirs."""
        first = make_ruleset(rule() + exception("content.humor"))
        pack = make_pack(rule("content.humor", id='"P.1/own"'), first, considered="A.1.p")
        assert decide(adopt(first, pack), {"content": {"guilt_or_innocence": True, "humor": True}}).outcome == "deny"

    def test_cannot_ask_approval_of_nobody(self) -> None:
        """A choice is not widened to an approval which a rule, or what an exception puts in place, lets nobody give."""
        two = choice("strict", "effect", '"deny"', "higher", options='["allow", "deny"]')
        wide = narrowing("strict", '"needs_approval"', 'overrides = { authority = "Statute 12." }\n')
        of_rule = make_ruleset(two + rule(then="choice.strict"))
        instead = '[{ about = "A.2", then = "choice.strict" }]'
        of_exception = make_ruleset(two + rule() + exception("content.humor", instead=instead))
        for first, named in ((of_rule, "A.1/rule"), (of_exception, "A.2/exception")):
            with pytest.raises(InvalidFile, match=f"would let `{named}` need an approval that nobody could give"):
                make_pack(wide, first)


class TestNeeds:
    FACT = '\n[[fact]]\nid = "shown"\non = ["publish"]\ntype = "bool"\nask = "Is it?"\ncite = "P.1"\nharmless = false\n'

    def test_facts_of_a_needed_pack_can_be_read(self) -> None:
        """A pack may read the facts of a pack that it needs."""
        first = base()
        one = make_pack(self.FACT, first, "alder", NEEDS + 'namespace = "alder"\n')
        with tempfile.TemporaryDirectory() as folder:
            head = HEADER.replace('"example"', '"hollow"') + 'needs = ["alder"]\n' + CONSIDERED.replace("P.1", "Q.1")
            text = head + rule("alder.shown", id='"Q.1/shown"')
            Path(folder, "ruleset.toml").write_text(text, encoding="utf-8")
            two = load_ruleset(Path(folder), {"alder": one, "example": first})
        for stack in ((first, one, two), (two, one, first)):
            assert decide(adopt(*stack), {"alder": {"shown": True}}).outcome == "deny"

    def test_what_a_given_pack_needs_is_loaded(self) -> None:
        """A pack that is given loaded may need rulesets that are not: those are found where rulesets are."""
        shipped = load_ruleset("iacp-2019")
        one = make_pack("", shipped, "alder", NEEDS.replace("example", "iacp-2019"))
        with tempfile.TemporaryDirectory() as folder:
            head = HEADER.replace('"example"', '"hollow"') + 'needs = ["alder"]\n' + CONSIDERED.replace("P.1", "Q.1")
            Path(folder, "ruleset.toml").write_text(head + rule(id='"Q.1/rule"'), encoding="utf-8")
            assert set(load_ruleset(Path(folder), {"alder": one}).needs) == {"alder", "iacp-2019"}

    def test_are_named_by_id(self, tmp_path: Path) -> None:
        """A folder beside the pack that holds another ruleset than its name says is refused, with the right name."""
        for folder, header in (
            ("beside", HEADER),
            ("pack", HEADER.replace("example", "pack") + 'needs = ["beside"]\n'),
        ):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "ruleset.toml").write_text(header + OFFICE, encoding="utf-8")
        with pytest.raises(InvalidFile, match="`beside` holds the ruleset `example`"):
            load_ruleset(tmp_path / "pack")

    def test_must_be_adopted(self) -> None:
        """A pack without the ruleset that it needs is refused."""
        pack = make_pack("", base())
        with pytest.raises(InvalidFile, match="`pack` needs the ruleset `example`, which the file does not adopt"):
            adopt(pack)

    def test_same_considerations_are_refused(self) -> None:
        """Two rulesets that state one consideration cannot be adopted together."""
        first = base()
        with pytest.raises(InvalidFile, match="both state the consideration"):
            adopt(first, make_pack("", first), make_pack("", first, "second"))

    def test_same_namespaces_are_refused(self) -> None:
        """Two packs cannot have one namespace, even where neither knows the other."""
        first = base()
        header = NEEDS + 'namespace = "alder"\n'
        other = make_pack(self.FACT, first, "second", header)
        with pytest.raises(InvalidFile, match="namespace_taken"):
            adopt(first, make_pack(self.FACT, first, "pack", header), other)

    def test_other_titles_of_offices_are_refused(self) -> None:
        """An office that two rulesets name must have one title."""
        first, other = base(), make_ruleset(stated=OFFICE.replace("Command staff", "Commanders"))
        with pytest.raises(InvalidFile, match="redefined"):
            adopt(first, evolve(other, id="other"))
