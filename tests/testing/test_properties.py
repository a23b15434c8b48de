"""The properties: one that ought to fail fails, with a counterexample to keep; one that ought to hold holds."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import pytest

import smpolicy
from smpolicy.errors import InvalidProperty
from smpolicy.policies import Policy
from smpolicy.testing import guarantees, properties
from smpolicy.testing.counterexamples import PromiseBroken, pytest_test, scenario
from smpolicy.testing.scenario_runs import Runner
from smpolicy.testing.scenarios import read_scenarios
from tests.builders import choice, exception, make_policy, make_ruleset, rule
from tests.loading.test_stacking import NEEDS, adopt, make_pack
from tests.testing.seeded import EXAMPLES, original

TRIED = 60


@cache
def example() -> Policy:
    """Return the policy of an example agency."""
    return original("marlow-bend")


def policy(rules: str = "", agency: str = "") -> Policy:
    """Return the policy of a small agency with rules of its own."""
    return make_policy(rules, agency)


def broken(test: properties.Property, by: Policy) -> PromiseBroken:
    """Return how a policy breaks a promise, which it must."""
    with pytest.raises(PromiseBroken) as caught:
        test(by)
    return caught.value


GUILT = rule("content.guilt_or_innocence", "needs_approval")
DENY = rule("content.guilt_or_innocence")
HUMOR = rule("content.humor", id='"A.1/other"')
DUTY = rule("content.humor", None, id='"A.2/duty"', oblige='{ do = "Keep it.", to = "command", when = "after" }')

KEPT_AND_BROKEN: list[tuple[str, dict[str, Any], str, str]] = [
    ("never_allows", {"when": "content.guilt_or_innocence"}, GUILT, HUMOR),
    ("always_denies", {"when": "content.guilt_or_innocence"}, DENY, GUILT),
    ("always_allows", {"when": "content.guilt_or_innocence"}, HUMOR, GUILT),
    ("always_needs", {"office": "legal", "when": "content.guilt_or_innocence"}, GUILT, HUMOR),
    ("always_obliges", {"about": "A.2", "when": "content.humor"}, DUTY + DENY, GUILT),
    ("denies_only_for", {"considerations": ["A.1/other"]}, HUMOR, HUMOR + DENY.replace("A.1/rule", "A.2/rule")),
    (
        "answers_within",
        {"questions": 1, "kinds": ["publish"]},
        GUILT,
        GUILT + rule("content.purpose == 'other'", id='"A.3/x"'),
    ),
]


@pytest.mark.parametrize(("name", "options", "kept", "breaking"), KEPT_AND_BROKEN, ids=lambda value: str(value)[:20])
class TestStatements:
    def test_hold_where_they_are_kept(self, name: str, options: dict[str, Any], kept: str, breaking: str) -> None:
        """A policy that keeps the promise passes."""
        assert kept != breaking
        getattr(properties, name)(**options, examples=TRIED)(policy(kept))

    def test_fail_where_they_are_broken(self, name: str, options: dict[str, Any], kept: str, breaking: str) -> None:
        """A policy that breaks it fails, and says what was promised and what happened."""
        assert kept != breaking
        test = getattr(properties, name)(**options, examples=TRIED)
        shown = str(broken(test, policy(breaking)))
        for heading in (
            "PROMISED",
            "WHAT HAPPENED",
            "THE SMALLEST ACTION FOUND",
            "THE DECISION",
            "AS A SCENARIO",
            "AS A TEST",
        ):
            assert f"\n{heading}" in shown


class TestComparisons:
    def test_find_a_weaker_policy(self) -> None:
        """A policy that asks where another denies is not as strict; the other way round it is."""
        strict, mild = policy(DENY), policy(GUILT)
        properties.at_least_as_strict_as(mild, examples=TRIED)(strict)
        assert "A.1/rule" in broken(properties.at_least_as_strict_as(strict, examples=TRIED), mild).broken.happened

    def test_packs_can_be_compared(self) -> None:
        """A policy that adopts a pack, with facts of its own, can be held against one that does not."""
        base = make_ruleset(DENY)
        text = (
            '\n[[fact]]\nid = "shown"\non = ["publish"]\ntype = "bool"\nask = "Is it?"\ncite = "P.1"\n'
            "harmless = false\n"
        )
        pack = make_pack(text + rule("own.shown", id='"P.1/shown"'), base, header=NEEDS + 'namespace = "own"\n')
        with_, without = adopt(base, pack), adopt(base)
        properties.at_least_as_strict_as(without, kinds=["publish"], examples=TRIED)(with_)
        properties.same_as(without, except_for="own.shown", kinds=["publish"], when="not own.shown", examples=TRIED)(
            with_
        )
        found = broken(properties.same_as(without, kinds=["publish"], examples=TRIED), with_)
        assert "own.shown" in found.broken.happened

    def test_find_what_differs_but_for_what_may(self) -> None:
        """A difference is found, unless it lies where the two may differ."""
        one, two = policy(DENY), policy(GUILT)
        broken(properties.same_as(two, examples=TRIED), one)
        properties.same_as(two, except_for="content.guilt_or_innocence", examples=TRIED)(one)
        properties.same_as(policy(DENY), examples=TRIED)(one)


class TestGuarantees:
    @pytest.mark.parametrize("make", properties.GUARANTEES, ids=lambda make: make.__name__)
    def test_hold_of_an_example(self, make: Any) -> None:
        """Whatever must hold of every policy holds of an example agency's."""
        make(examples=25)(example())

    def test_find_an_engine_that_is_wrong(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where an engine takes unknown for false, engines do not agree, and what is allowed does not stay so."""
        from smpolicy.engines import compiled

        right = compiled.prepare
        monkeypatch.setattr(compiled, "prepare", lambda rules: lambda facts: (right(rules)(facts)[0], 0))
        wrong = policy(DENY)
        broken(properties.engines_agree(examples=TRIED), wrong)
        broken(properties.allowed_stays_allowed(examples=TRIED), wrong)
        broken(properties.settled_stays_settled(examples=TRIED), wrong)

    def test_find_a_choice_that_works_the_other_way(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A choice whose stricter values weaken is found."""
        loosening = choice("limit", "effect", '"needs_approval"', "higher")
        made = policy(
            loosening + rule("content.guilt_or_innocence", "choice.limit", approvals='[{ office = "legal" }]')
        )
        monkeypatch.setattr(guarantees, "_stricter", lambda _: [("example", "limit", "allow")])
        broken(properties.stricter_choices_never_weaken(examples=TRIED), made)

    def test_find_an_exception_that_strengthens(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An exception under which an outcome is stronger than without it is found."""
        made = policy(GUILT + exception("content.attributed_reshare"))
        mild = policy(HUMOR)
        monkeypatch.setattr(guarantees, "_without_exception", lambda *_: (mild, "the exception"))
        broken(properties.exceptions_only_soften(examples=TRIED), made)

    def test_find_a_judge_for_whom_approvals_lift_a_deny(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Approvals that turn a deny into an allow are found."""
        from smpolicy import policies

        right = vars(policies)["judge"]

        def lenient(kind: str, true: int, unknown: int, denying: int, asking: int, discharged: int, *rest: Any) -> Any:
            return right(kind, true, unknown, 0 if discharged else denying, asking, discharged, *rest)

        monkeypatch.setattr(policies, "judge", lenient)
        both = GUILT + rule("content.guilt_or_innocence", id='"A.3/deny"')
        broken(properties.approvals_never_strengthen(kinds=["publish"], examples=300), policy(both))


class TestConditions:
    @pytest.mark.parametrize(
        ("when", "code"),
        [
            ("content.guilt", "unknown_fact"),
            ("content.purpose == 'crime'", "unknown_member"),
            ("content.humor ==", "syntax"),
            ("content.humor and not content.humor", "nothing_satisfies"),
            ("content.humor and moderation.viewpoint_based", "nothing_satisfies"),
        ],
    )
    def test_that_mean_nothing_are_errors(self, when: str, code: str) -> None:
        """A condition that cannot be read, or that no action satisfies, is an error and never a pass."""
        with pytest.raises(InvalidProperty) as caught:
            properties.never_allows(when=when)(example())
        assert caught.value.code == code

    def test_of_which_everything_is_denied_do_not_pass(self) -> None:
        """A promise about approvals does not pass where every action that it is about is denied."""
        with pytest.raises(InvalidProperty) as caught:
            properties.always_needs("legal", when="content.guilt_or_innocence", examples=TRIED)(policy(DENY))
        assert caught.value.code == "nothing_satisfies"

    def test_name_offices_and_considerations_that_there_are(self) -> None:
        """An office or a consideration that the rulesets do not name is an error."""
        with pytest.raises(InvalidProperty, match="unknown_office"):
            properties.always_needs("lawyers", when="content.humor", examples=TRIED)(example())
        with pytest.raises(InvalidProperty, match="unknown_citation"):
            properties.denies_only_for(["Z.9"], examples=TRIED)(example())

    def test_are_asked_of_policies_alone(self) -> None:
        """Something else than a policy is refused."""
        with pytest.raises(InvalidProperty, match="wrong_type"):
            properties.never_allows(when="content.humor")("agency.toml")  # type: ignore[arg-type]


class TestCounterexamples:
    def found(self) -> PromiseBroken:
        """Return a promise that an example agency breaks."""
        test = properties.always_needs("legal", when="content.guilt_or_innocence", kinds=["publish"], examples=TRIED)
        return broken(test, example())

    def test_are_as_small_as_can_be(self) -> None:
        """The action says the one fact that the promise is about; what else it needs, one attestation says."""
        test = properties.never_allows(when="content.humor", kinds=["publish"], examples=TRIED)
        smallest = broken(test, policy(GUILT)).subject.action.to_dict()
        assert smallest["content"] == {"humor": True}
        assert set(smallest) == {"kind", "content", "attestation"}

    def test_fail_as_a_scenario(self, tmp_path: Path) -> None:
        """Kept as a scenario beside the agency's file, it runs, and says what is wrong."""
        error = self.found()
        for path in (EXAMPLES / "marlow-bend").glob("*.toml"):
            (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
        kept = tmp_path / "found.scenarios.toml"
        kept.write_text(scenario(error.promise, error.subject, error.broken), encoding="utf-8")
        (made,) = read_scenarios(kept)
        mismatches = Runner().mismatches(made)
        assert len(mismatches) == 1
        assert "offices: must include ['legal']" in mismatches[0]

    def test_fail_as_a_test(self, tmp_path: Path) -> None:
        """Kept as a test for pytest, it runs and fails, telling the decision."""
        error = self.found()
        kept = tmp_path / "test_found.py"
        kept.write_text(pytest_test(error.promise, error.subject, error.broken), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(kept)]
        run = subprocess.run(command, cwd=EXAMPLES.parents[1], capture_output=True, text=True, check=False)
        assert run.returncode == 1
        assert "NEEDS APPROVAL" in run.stdout
        assert "1 failed" in run.stdout

    def test_cite_the_rules(self) -> None:
        """Rules about the facts that are promised, and what became of them, are told."""
        assert "V.A.9.c.i/guilt speaks." in str(self.found())

    def test_of_a_choice_name_it(self) -> None:
        """Where a choice switches the rule off, it is named."""
        agency = example().agency
        chosen = {**agency.choices["iacp-2019"]}
        chosen["guilt_statements"] = attrs.evolve(chosen["guilt_statements"], value="allow")
        loose = smpolicy.bind_policy(attrs.evolve(agency, choices={"iacp-2019": chosen}))
        test = properties.never_allows(when="content.guilt_or_innocence", kinds=["publish"], examples=TRIED)
        shown = " ".join(str(broken(test, loose)).split())
        assert "V.A.9.c.i/guilt would speak, but the agency's choice `guilt_statements` switches it off." in shown
