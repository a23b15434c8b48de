"""The strategies: every state that a rule can reach is reached, bad arguments are refused, and examples shrink."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from smpolicy.actions import Action
from smpolicy.agencies import Agency
from smpolicy.analysis.moments import default_moment
from smpolicy.analysis.nodes import evaluate
from smpolicy.analysis.spaces import make_space
from smpolicy.errors import InvalidProperty
from smpolicy.language.expressions import AtLeast, atoms
from smpolicy.policies import Policy
from smpolicy.rulesets import Ruleset
from smpolicy.testing import strategies
from smpolicy.testing.conditions import read_condition
from smpolicy.vocabulary import SomeOf
from tests.builders import exception, make_policy, rule
from tests.testing.enumerating import TooMany, can_be
from tests.testing.seeded import original
from tests.testing.unreachable import AGENCIES, PAGE, page

EXAMPLES = 500
SEARCH = settings(
    max_examples=EXAMPLES,
    database=None,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
UNSHRUNK = settings(QUICK, max_examples=5, phases=[Phase.generate])
GUILT = rule("content.guilt_or_innocence") + exception("content.attributed_reshare")

State = tuple[int, str, str]


@cache
def example(agency: str) -> Policy:
    """Return the policy of an example agency."""
    return original(agency)


def reached(policy: Policy, kind: str) -> set[State]:
    """Return the states of rules that 500 generated actions bring about: rule, state, and what spares."""
    found: set[State] = set()
    rules, at = policy.kinds[kind], default_moment(policy)

    @SEARCH
    @given(strategies.actions(policy, kinds=[kind]))
    def look(action: Action) -> None:
        decision = policy.decide(action, at=at)
        for index in range(len(rules.rules)):
            if decision.true >> index & 1:
                found.add((index, "true", ""))
            elif decision.unknown >> index & 1:
                found.add((index, "unknown", ""))
            else:
                spared = rules.spared_by(index, decision.facts)
                found.update([(index, "spared", spared)] if spared else [])

    look()
    return found


@pytest.mark.parametrize("agency", AGENCIES)
@pytest.mark.parametrize("kind", sorted(example(AGENCIES[0]).kinds))
def test_every_state_that_can_be_reached_is_reached(agency: str, kind: str) -> None:
    """Each bound rule is seen true, unknown and spared by each exception, or it is shown that it cannot be.

    The solver shows it, which searches the whole space; where that is small enough, plain enumeration shows it as well.
    """
    policy = example(agency)
    space = make_space(policy, kind, default_moment(policy))
    goals = {(goal.rule, goal.state, goal.exception): goal for goal in space.goals}
    found = reached(policy, kind)
    missing = [state for state in goals if state not in found]
    assert [state for state in missing if space.solve(goals[state].wants, space.domains) is not None] == []
    for state in missing:
        with suppress(TooMany):
            assert not can_be(space, goals[state].wants), state
    assert found <= set(goals)


def test_states_that_cannot_be_reached_are_listed() -> None:
    """The page of the documentation lists exactly the states that no action reaches."""
    assert PAGE.read_text(encoding="utf-8") == page()


class TestSolver:
    @pytest.mark.parametrize("agency", AGENCIES)
    def test_finds_what_enumeration_finds(self, agency: str) -> None:
        """The solver and the enumeration agree on every state of every rule, on kinds of which the latter is quick."""
        policy = example(agency)
        for kind in ("background_search", "grant_access", "investigate", "report_violation"):
            space = make_space(policy, kind, default_moment(policy))
            for goal in space.goals:
                assert (space.solve(goal.wants, space.domains) is not None) is can_be(space, goal.wants)

    def test_tells_of_kleenes_connectives_what_they_mean(self) -> None:
        """Whatever is wanted of `and` and `or` over two facts is found just where some values bring it about."""
        policy = make_policy(rule("content.humor and content.known_false"))
        for joined in ("and", "or"):
            text = f"content.humor {joined} content.known_false"
            space = make_space(policy, "publish", default_moment(policy), (read_condition(text, policy),))
            node = space.node(read_condition(text, policy))
            indices = [i for i, slot in enumerate(space.slots) if slot.path in ("content.humor", "content.known_false")]
            truths = set()
            for values in product(range(3), repeat=2):
                choice = [0] * len(space.slots)
                for index, value in zip(indices, values, strict=True):
                    choice[index] = value
                truths.add(evaluate(node, choice))
            for wanted in range(1, 8):
                assert (space.solve(((node, wanted),), space.domains) is not None) is any(t & wanted for t in truths)


class TestActions:
    def test_shrink_to_the_fewest_facts(self) -> None:
        """Of the actions that break a rule the smallest says the one fact that matters, and nothing else."""
        policy = make_policy(GUILT)
        at = default_moment(policy)
        smallest = find(
            strategies.actions(policy, kinds=["publish"]),
            lambda action: bool(policy.decide(action, at=at).reasons),
            settings=settings(QUICK, max_examples=500),
        )
        assert smallest.to_dict() == {
            "kind": "publish",
            "content": {"guilt_or_innocence": True, "attributed_reshare": False},
        }

    @pytest.mark.parametrize(("limit", "unit"), [(30, "days"), (1, "days")])
    def test_take_both_sides_of_an_age(self, limit: int, unit: str) -> None:
        """Of an age that a rule asks for, the last second before it and the first at which it is reached occur."""
        policy = make_policy(rule(f"age(target.posted_at) >= {limit}", on='["delete"]'))
        at, seen = default_moment(policy), set[timedelta]()

        @settings(QUICK, max_examples=200)
        @given(strategies.actions(policy, kinds=["delete"]))
        def look(action: Action) -> None:
            posted = action.get("target.posted_at")
            if posted is not None:
                seen.add(at - posted)

        look()
        assert unit == "days"
        assert {timedelta(days=limit), timedelta(days=limit) - timedelta(seconds=1)} <= seen

    def test_satisfy_a_condition(self) -> None:
        """Every action satisfies the condition that is asked for, none is passed over."""
        policy = example("marlow-bend")
        condition = "content.humor and person.exists and 'victim' in person.status"
        made = 0

        @QUICK
        @given(strategies.actions(policy, kinds=["publish"], when=condition))
        def look(action: Action) -> None:
            nonlocal made
            made += 1
            status = action.get("person.status")
            assert action.get("content.humor") is True
            assert "victim" in (status.includes if isinstance(status, SomeOf) else status)

        look()
        assert made >= 60

    @QUICK
    @given(st.data())
    def test_can_be_wholly_known(self, data: st.DataObject) -> None:
        """With `known="all"` no question is left that the action itself could answer."""
        policy = example("quillan-county")
        action = data.draw(strategies.actions(policy, known="all"))
        asked = policy.decide(action, at=default_moment(policy)).questions
        assert [each.fact for each in asked if each.asked_of in ("author", "given")] == []

    @QUICK
    @given(st.data())
    def test_can_be_known_in_part(self, data: st.DataObject) -> None:
        """The facts named as known are known."""
        policy = example("marlow-bend")
        paths = ["content.purpose", "incident.jurisdiction"]
        action = data.draw(strategies.actions(policy, kinds=["publish"], known=paths))
        assert None not in [action.get(path) for path in paths]

    @pytest.mark.parametrize(
        "options",
        [
            {"policy": "agency.toml"},
            {"kinds": "publish"},
            {"kinds": 3},
            {"known": "some"},
            {"known": 1},
            {"at": datetime(2026, 6, 1)},  # noqa: DTZ001  (what is refused)
        ],
        ids=str,
    )
    def test_refuse_bad_arguments_when_drawn_from(self, options: dict[str, Any]) -> None:
        """A strategy can be made of anything, and says what is wrong once it is drawn from."""
        with pytest.raises(InvalidArgument):
            find(strategies.actions(**options), lambda _: True, settings=QUICK)

    @pytest.mark.parametrize(
        ("options", "code"),
        [
            ({"kinds": ["publich"]}, "unknown_kind"),
            ({"when": "content.humour"}, "unknown_fact"),
            ({"when": "content.humor and not content.humor"}, "nothing_satisfies"),
            ({"kinds": ["hide"], "when": "content.humor"}, "nothing_satisfies"),
        ],
        ids=str,
    )
    def test_refuse_conditions_that_mean_nothing(self, options: dict[str, Any], code: str) -> None:
        """A condition or a kind that there is not, or that nothing satisfies, is an error with a code."""
        with pytest.raises(InvalidProperty) as caught:
            find(strategies.actions(example("marlow-bend"), **options), lambda _: True, settings=QUICK)
        assert caught.value.code == code


class TestMoments:
    def test_favour_the_turn_of_a_training(self) -> None:
        """The first moment at which somebody's training is too old occurs, and the second before it."""
        policy = example("marlow-bend")
        seen = set[datetime]()

        @settings(QUICK, max_examples=200)
        @given(strategies.moments(policy))
        def look(at: datetime) -> None:
            seen.add(at)

        look()
        trained = policy.agency.directory.person("detective-1", default_moment(policy))
        assert trained is not None
        assert trained.training_date is not None
        zone = policy.agency.time_zone
        due = trained.training_date.astimezone(zone).replace(year=2027)
        turn = due.astimezone(UTC) + timedelta(seconds=1)
        assert {turn, turn - timedelta(seconds=1)} <= seen
        assert any(isinstance(a, AtLeast) for r in policy.kinds["publish"].rules for a in atoms(r.condition))

    def test_refuse_what_is_no_policy(self) -> None:
        """Something else than a policy is refused when drawn from."""
        with pytest.raises(InvalidArgument):
            find(strategies.moments("agency.toml"), lambda _: True, settings=QUICK)  # type: ignore[arg-type]


class TestOthers:
    @pytest.mark.parametrize("type_", [Action, Agency, Policy, Ruleset])
    def test_are_registered_for_their_types(self, type_: type) -> None:
        """Hypothesis finds a strategy for each type by itself."""
        assert isinstance(find(st.from_type(type_), lambda _: True, settings=UNSHRUNK), type_)

    @pytest.mark.parametrize("make", [strategies.policies, strategies.agencies])
    def test_refuse_what_is_no_ruleset(self, make: Callable[..., st.SearchStrategy[Any]]) -> None:
        """A ruleset's name in place of a loaded one is refused when drawn from."""
        with pytest.raises(InvalidArgument):
            find(make(rulesets=["iacp-2019"]), lambda _: True, settings=QUICK)

    @QUICK
    @given(st.data())
    def test_approvals_are_sound(self, data: st.DataObject) -> None:
        """No approval is passed over for its role; they may still be the author's own, or too few."""
        policy = example("marlow-bend")
        action = data.draw(strategies.actions(policy, kinds=["publish"], payload=True))
        given_ = data.draw(strategies.approvals(action, policy=policy))
        decision = policy.decide(action, at=default_moment(policy), approvals=given_)
        assert {each.why for each in decision.passed_over} <= {"is_author"}

    @QUICK
    @given(st.data())
    def test_learned_forgets_nothing(self, data: st.DataObject) -> None:
        """Of an action of which more is learned, all that was known is as it was."""
        policy = example("quillan-county")
        action = data.draw(strategies.actions(policy, kinds=["publish", "delete"], attested=False))
        later = data.draw(strategies.learned(action, policy=policy))
        for fact in policy.agency.vocabulary.facts_of(action.kind):
            before, after = action.get(fact.path), later.get(fact.path)
            if isinstance(before, SomeOf):
                includes = after.includes if isinstance(after, SomeOf) else after
                assert before.includes <= includes
                assert not before.excludes & includes
            elif before is not None:
                assert after == before


def test_importing_smpolicy_imports_no_hypothesis() -> None:
    """Neither the package nor its testing subpackage imports Hypothesis or pytest by itself."""
    code = "import sys, smpolicy.testing; smpolicy.load; print(sorted({'hypothesis', 'pytest'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
