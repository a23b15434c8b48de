"""Coverage: every consideration witnessed for every act, and failures told where a witness does not hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

import smpolicy
from smpolicy.analysis import coverage as module
from smpolicy.analysis.coverage import CoverageFailed, coverage, without
from smpolicy.analysis.witnesses import read_witnesses
from smpolicy.language.conditions import definitions_used
from smpolicy.rulesets import Ruleset

Rows = list[dict[str, Any]]

RULESET = """
[ruleset]
id = "small"
title = "A small ruleset"
version = "1"
dated = 2026-01-01
source = "a test"

[[office]]
id = "approving_authority"
title = "Authority that approves content"

[[consideration]]
id = "1"
title = "Guilt"
gist = "No word on guilt without approval."
acts = ["publish"]

[[choice]]
id = "guilt"
about = "1"
ask = "May a post speak of guilt?"
type = "effect"
default = "needs_approval"
stricter = "higher"

[[rule]]
id = "1/guilt"
on = ["publish"]
when = "content.guilt_or_innocence"
then = "choice.guilt"
approvals = [{ office = "approving_authority" }]
reason = "The post speaks of guilt."
"""

WITNESS = """
[[witness]]
about = "1"
kind = "publish"
note = "A word on guilt needs approval."
change = "content.guilt_or_innocence"
from = false
to = true
before = { outcome = "allow", reasons = [] }
after = { outcome = "needs_approval", offices = ["approving_authority"], reasons = ["1/guilt"] }
"""

Cover = Callable[..., Rows]


@pytest.fixture(scope="module")
def shipped() -> Ruleset:
    """The shipped ruleset."""
    return smpolicy.load_ruleset("iacp-2019")


@pytest.fixture(scope="module")
def rows(shipped: Ruleset) -> Rows:
    """The coverage of the shipped ruleset."""
    return coverage(shipped)


@pytest.fixture
def cover(tmp_path: Path) -> Cover:
    """Cover a small ruleset, with texts of its files replaced."""

    def run(ruleset: str = RULESET, witness: str = WITNESS) -> Rows:
        (tmp_path / "witnesses").mkdir()
        (tmp_path / "ruleset.toml").write_text(ruleset, encoding="utf-8")
        (tmp_path / "witnesses" / "all.toml").write_text(witness, encoding="utf-8")
        return coverage(tmp_path)

    return run


def failure(cover: Cover, **texts: str) -> CoverageFailed:
    """Return how covering fails."""
    with pytest.raises(CoverageFailed) as caught:
        cover(**texts)
    return caught.value


class TestShippedRuleset:
    def test_has_a_row_for_every_consideration_in_order(self, shipped: Ruleset, rows: Rows) -> None:
        """Each consideration has one row, in the order of the document."""
        assert [row["id"] for row in rows] == list(shipped.considerations)

    def test_witnesses_every_act_of_every_consideration(self, shipped: Ruleset, rows: Rows) -> None:
        """For every kind in a consideration's acts there is a witness."""
        shown = {row["id"]: {witness["kind"] for witness in row["witnesses"]} for row in rows}
        assert all(shown[each.id] == set(each.acts) for each in shipped.considerations.values())

    def test_names_the_rules_that_cite_each(self, rows: Rows) -> None:
        """No consideration is without a rule, an exception or a definition."""
        assert [row["id"] for row in rows if not row["rules"]] == []

    def test_names_each_choice_once_or_more(self, shipped: Ruleset, rows: Rows) -> None:
        """Every choice of the ruleset stands in the row of the consideration that it is about."""
        listed = {row["id"]: row["choices"] for row in rows}
        assert all(choice.id in listed[choice.about] for choice in shipped.choices.values())

    def test_has_the_documented_shape(self, rows: Rows) -> None:
        """Rows and witnesses have the keys that are documented."""
        assert {tuple(row) for row in rows} == {("id", "rules", "choices", "witnesses")}
        witnesses = [witness for row in rows for witness in row["witnesses"]]
        assert {tuple(each) for each in witnesses} == {("kind", "setting", "changed", "before", "after")}
        assert {tuple(each[side]) for each in witnesses for side in ("before", "after")} == {
            ("agency", "action", "decision")
        }

    def test_each_side_can_be_decided_again_from_its_json(self, rows: Rows) -> None:
        """What is printed is enough to decide again, with the public names alone, and to get the same decision."""
        for witness in (witness for row in json.loads(json.dumps(rows)) for witness in row["witnesses"][:2]):
            for side in (witness["before"], witness["after"]):
                agency = smpolicy.agency_from_data(side["agency"], {"iacp-2019": _loaded()})
                policy = smpolicy.bind_policy(agency)
                adopts = witness["kind"] == "adopt_policy"
                action = smpolicy.adoption(agency, by="author") if adopts else policy.action(side["action"])
                decision = policy.decide(action, at=datetime.fromisoformat(side["decision"]["at"]))
                assert json.loads(json.dumps(decision.to_dict())) == side["decision"]

    def test_expects_every_rule_and_exception_somewhere(self, shipped: Ruleset, rows: Rows) -> None:
        """Each rule speaks in a witness, or spares: none could be lost unnoticed."""
        spoke = {
            name
            for row in rows
            for witness in row["witnesses"]
            for side in ("before", "after")
            for name in _spoken(witness[side]["decision"])
        }
        free = {choice.id for choice in shipped.choices.values() if choice.members == ("allow",)}
        silent = {rule.id for rule in shipped.rules if (rule.then or "").removeprefix("choice.") in free}
        stated = ({each.id for each in shipped.rules} | {each.id for each in shipped.exceptions}) - silent
        assert stated - spoke == set()


_cache: list[Ruleset] = []


def _loaded() -> Ruleset:
    if not _cache:
        _cache.append(smpolicy.load_ruleset("iacp-2019"))
    return _cache[0]


def _spoken(decision: dict[str, Any]) -> set[str]:
    """Return the rules that a decision names, and the exceptions that spare or put something in their place."""
    ids = {each["rule"] for name in ("reasons", "duties", "notices") for each in decision[name]}
    ids |= {each["by"] for each in decision["considerations"].values() if "by" in each}
    return {part for each in ids for part in each.partition("#")[0].partition("[")[0].split("~")}


class TestWitnessThatHolds:
    def test_is_shown_with_its_setting_and_its_decisions(self, cover: Cover) -> None:
        """A witness is printed with what it changes and what is decided before and after."""
        (row,) = cover()
        (witness,) = row["witnesses"]
        assert (row["rules"], row["choices"]) == (["1/guilt"], ["guilt"])
        assert witness["changed"] == {"what": "content.guilt_or_innocence", "from": False, "to": True}
        outcomes = [witness[side]["decision"]["outcome"] for side in ("before", "after")]
        assert outcomes == ["allow", "needs_approval"]

    def test_gives_every_fact_of_the_action(self, cover: Cover) -> None:
        """All facts that are not changed are given with their harmless values, none is left out."""
        (row,) = cover()
        action = row["witnesses"][0]["before"]["action"]
        assert action["content"]["tone"] == "informative"
        assert action["incident"] == "none"
        assert row["witnesses"][0]["before"]["decision"]["settled"]

    def test_may_change_a_choice(self, cover: Cover) -> None:
        """The one thing changed may be a choice of the agency."""
        witness = """
            [[witness]]
            about = "1"
            kind = "publish"
            facts = { "content.guilt_or_innocence" = true }
            change = "choice.guilt"
            from = "allow"
            to = "deny"
            before = { outcome = "allow" }
            after = { outcome = "deny" }
        """
        (row,) = cover(witness=witness)
        assert row["witnesses"][0]["after"]["agency"]["choices"] == {"small": {"guilt": "deny"}}


class TestFailure:
    def test_of_a_wrong_expectation_says_what_was_found(self, cover: Cover) -> None:
        """A witness that expects another outcome fails, with the outcome found and the place of the witness."""
        wrong = WITNESS.replace('outcome = "needs_approval"', 'outcome = "deny"')
        found = failure(cover, witness=wrong)
        assert found.code == "broken_witness"
        assert "after the change, outcome is needs_approval, not deny" in str(found)
        assert found.problems[0].place is not None
        assert found.problems[0].place.line == 2

    def test_of_a_changed_rule_is_noticed(self, cover: Cover) -> None:
        """A rule whose condition was turned round breaks its witness."""
        turned = RULESET.replace('"content.guilt_or_innocence"', '"not content.guilt_or_innocence"')
        assert failure(cover, ruleset=turned).code == "broken_witness"

    def test_of_an_act_without_a_witness_names_it(self, cover: Cover) -> None:
        """An act that no witness shows is a failure."""
        found = failure(cover, ruleset=RULESET.replace('acts = ["publish"]', 'acts = ["publish", "edit"]'))
        assert [each.code for each in found.problems] == ["missing_witness"]
        assert "on `edit`" in str(found)

    def test_of_a_witness_that_changes_nothing_is_noticed(self, cover: Cover) -> None:
        """A witness between whose sides nothing that is decided differs shows nothing."""
        same = """
            [[witness]]
            about = "1"
            kind = "publish"
            change = "content.pending_prosecution"
            from = false
            to = true
            before = { outcome = "allow" }
            after = { outcome = "allow" }
        """
        assert "nothing that is decided differs" in str(failure(cover, witness=same))

    def test_of_a_difference_that_another_rule_makes_is_noticed(self, cover: Cover) -> None:
        """A difference that stays when all that cites the consideration is deleted is not its own."""
        second = """
            [[consideration]]
            id = "2"
            title = "Another"
            gist = "Another."
            acts = ["publish"]
        """
        borrowed = WITNESS.replace('about = "1"', 'about = "2"')
        found = failure(cover, ruleset=RULESET + second, witness=WITNESS + borrowed)
        assert "the difference stays when all that cites it is deleted" in str(found)

    def test_keeps_the_rows_that_hold(self, cover: Cover) -> None:
        """What does hold is still there to be printed."""
        found = failure(cover, ruleset=RULESET.replace('acts = ["publish"]', 'acts = ["publish", "edit"]'))
        assert len(found.rows[0]["witnesses"]) == 1

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ("content.guilt_or_innocence", "content.gilt", "unknown_fact"),
            ('about = "1"', 'about = "3"', "unknown_citation"),
            ('kind = "publish"', 'kind = "edit"', "broken_witness"),
            ('note = "', 'choices = { gilt = "deny" }\nnote = "', "unknown_choice"),
            ('note = "', 'notes = "', "unknown_key"),
            ("to = true", 'to = "true"', "broken_witness"),
            ("[[witness]]", "[[witnesses]]", "unknown_key"),
        ],
    )
    def test_of_an_unusable_witness_says_why(self, cover: Cover, old: str, new: str, code: str) -> None:
        """A witness that names what there is not, or gives a value that cannot be, is told and not passed over."""
        assert failure(cover, witness=WITNESS.replace(old, new)).code == code

    def test_of_engines_that_disagree_is_noticed(self, cover: Cover, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every engine decides each side, and all must find the same."""
        monkeypatch.setattr("smpolicy.engines.reference.truth", lambda *_: None)
        assert "the engines disagree" in str(failure(cover))

    @pytest.mark.parametrize("rule", ["V.A.9.c.i/guilt", "V.B.1.c/discipline", "V.B.3.c/others_notice"])
    def test_follows_from_deleting_a_shipped_rule(
        self, shipped: Ruleset, rule: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without one of its rules, the shipped ruleset is no longer covered."""
        only = {rule.partition("/")[0]}
        monkeypatch.setattr(module, "read_witnesses", _about(only, read_witnesses))
        rules = tuple(each for each in shipped.rules if each.id != rule)
        exceptions = tuple(each for each in shipped.exceptions if each.id != rule)
        with pytest.raises(CoverageFailed) as caught:
            coverage(attrs.evolve(shipped, rules=rules, exceptions=exceptions))
        assert any(each.code == "broken_witness" for each in caught.value.problems)


def _about(only: set[str], read: Any) -> Any:
    return lambda *given: (each for each in read(*given) if each.about in only)


class TestNeeds:
    PACK = """
        [[consideration]]
        id = "P.1"
        title = "Jokes"
        gist = "No joke without approval."
        acts = ["publish"]

        [[rule]]
        id = "P.1/humor"
        on = ["publish"]
        when = "content.humor"
        then = "deny"
        reason = "The post jokes."

        [[adjustment]]
        id = "P.1/guilt"
        of = "small"
        choice = "guilt"
        mildest = "deny"
        reason = "No word on guilt."
    """
    WITNESS = """
        [[witness]]
        about = "P.1"
        kind = "publish"
        change = "content.humor"
        from = false
        to = true
        before = { outcome = "allow" }
        after = { outcome = "deny", reasons = ["P.1/humor"] }
    """

    @pytest.fixture
    def pack(self, tmp_path: Path) -> Path:
        """A pack that needs the small ruleset, which lies beside it."""
        header = RULESET.partition("[[office]]")[0].replace('id = "small"', 'id = "pack"\nneeds = ["small"]')
        for name, text in (("small", RULESET), ("pack", header + self.PACK)):
            (tmp_path / name).mkdir()
            (tmp_path / name / "ruleset.toml").write_text(text, encoding="utf-8")
        (tmp_path / "pack" / "witnesses").mkdir()
        (tmp_path / "pack" / "witnesses" / "jokes.toml").write_text(self.WITNESS, encoding="utf-8")
        return tmp_path / "pack"

    def test_witness_is_decided_with_what_the_pack_needs(self, pack: Path) -> None:
        """The agency of a witness adopts the pack and the rulesets that it needs, wherever they lie."""
        (row,) = coverage(pack)
        (witness,) = row["witnesses"]
        assert witness["before"]["agency"]["agency"]["rulesets"] == ["small", "pack"]
        assert (witness["before"]["decision"]["outcome"], witness["after"]["decision"]["outcome"]) == ("allow", "deny")

    def test_names_what_narrows_a_choice(self, pack: Path) -> None:
        """An adjustment stands among what encodes the consideration that it cites."""
        (row,) = coverage(pack)
        assert row["rules"] == ["P.1/humor", "P.1/guilt"]


class TestWithout:
    def test_deletes_what_uses_a_definition_of_it(self, shipped: Ruleset) -> None:
        """Deleting a definition's consideration deletes every rule and exception that uses the definition."""
        left = without(shipped, "III.speech")
        conditions = [*(each.condition for each in left.rules), *(each.condition for each in left.exceptions)]
        used = {name for condition in conditions if condition is not None for name in definitions_used(condition)}
        assert "expression" not in used

    def test_keeps_an_exception_whose_substitute_alone_cites_it(self, shipped: Ruleset) -> None:
        """What an exception puts in place is deleted by itself where only that cites the consideration."""
        left = next(each for each in without(shipped, "V.B.1.c").exceptions if each.id == "V.B.1/protected")
        assert [each.about for each in left.instead] == ["V.B.1.a", "V.B.1.b", "V.B.1.d", "V.B.1.e"]


class TestAgencyFromData:
    def test_reads_dates_from_text(self) -> None:
        """JSON has no dates: their text is taken wherever an agency file takes a date."""
        agency = smpolicy.agency_from_data(
            {
                "agency": {
                    "id": "alder-hollow",
                    "name": "Alder Hollow (fictional)",
                    "time_zone": "UTC",
                    "effective": "2026-01-01",
                    "until": "2027-01-01",
                    "rulesets": [],
                },
                "directory": {
                    "person": [{"id": "chief-1", "held": [{"role": "chief_or_sheriff", "since": "2026-03-01"}]}]
                },
            }
        )
        assert str(agency.until) == "2027-01-01"
        person = agency.directory.person("chief-1", datetime.fromisoformat("2026-04-01T00:00:00Z"))
        assert person is not None
        assert person.roles == {"chief_or_sheriff"}

    @pytest.mark.parametrize("effective", ["tomorrow", 20260101, None])
    def test_refuses_what_is_no_date(self, effective: object) -> None:
        """A date that cannot be read is a problem of its key."""
        header = {"id": "a", "name": "A", "time_zone": "UTC", "effective": effective, "rulesets": []}
        with pytest.raises(smpolicy.InvalidFile, match="effective"):
            smpolicy.agency_from_data({"agency": header})

    @pytest.mark.parametrize("data", [[], "agency", None, {1: 2}, {"agency": 3}])
    def test_refuses_what_is_no_agency(self, data: Any) -> None:
        """Data of another shape ends in an error that says so."""
        with pytest.raises(smpolicy.InvalidFile):
            smpolicy.agency_from_data(data)
