"""Histories of an approval desk: steps that people take in any order and at any time, taken as they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from smpolicy.errors import PolicyError
from smpolicy.policies import Policy
from smpolicy.testing.agency_tables import values
from smpolicy.vocabulary import GIVEN

if TYPE_CHECKING:
    from smpolicy.cases.desk import Desk

PAUSES = (0, 60, 3_600, 6 * 3_600, 86_400, 2 * 86_400, 5 * 86_400)
"""Seconds between one step and the next."""


@frozen(slots=True)
class Step:
    """Something that somebody did, or tried to do, at a desk.

    Attributes:
        verb: the name of the desk's method.
        at: when.
        by: who.
        case: the number of the case, the loan's for `revoke`, or None for `submit` and `delegate`.
        came_to: `done`, or the code of the error by which it was refused.
        allowed: for `submit` and `release` whether the action was allowed; else None.
    """

    verb: str
    at: datetime
    by: str
    case: int | None
    came_to: str
    allowed: bool | None = None


@frozen(slots=True)
class History:
    """What happened at a desk.

    Attributes:
        desk: the desk, as it is afterwards.
        steps: the steps, in order.
    """

    desk: Desk = field(repr=False)
    steps: tuple[Step, ...]


@define(slots=True)
class _Play:
    """A history while it is played: the desk, and what was begun in it.

    Attributes:
        desk: the desk.
        draw: given by Hypothesis.
        actions: gives the strategy for the actions that are submitted.
        now: the present moment of the history.
        cases: the numbers of the cases.
        loans: the numbers of the loans.
    """

    desk: Desk
    draw: st.DrawFn
    actions: Callable[[Policy, datetime], st.SearchStrategy[Any]]
    now: datetime
    cases: list[int] = field(factory=list)
    loans: list[int] = field(factory=list)

    def step(self) -> Step:
        """Take one step."""
        self.now += timedelta(seconds=self.draw(st.sampled_from(PAUSES)))
        policy = self.desk.policies(self.now)
        by = self.draw(st.sampled_from(sorted(policy.agency.directory.people())))
        verbs = ["submit", "delegate", *(["revoke"] if self.loans else []), *(ON_CASES if self.cases else [])]
        verb = self.draw(st.sampled_from(verbs))
        number = None
        if verb == "revoke":
            number = self.draw(st.sampled_from(self.loans))
        elif verb in ON_CASES:
            number = self.draw(st.sampled_from(self.cases))
        try:
            allowed = _TAKEN[verb](self, policy, by, number)
        except PolicyError as error:
            return Step(verb, self.now, by, number, error.code)
        return Step(verb, self.now, by, number, "done", allowed)


def _submit(play: _Play, policy: Policy, by: str, _: int | None) -> bool:
    submitted = play.desk.submit(play.draw(play.actions(policy, play.now)), by=by, at=play.now)
    if submitted.case is not None:
        play.cases.append(submitted.case.id)
    return submitted.decision.allowed


def _delegate(play: _Play, policy: Policy, by: str, _: int | None) -> None:
    people = sorted(policy.agency.directory.people())
    role = play.draw(st.sampled_from(policy.agency.vocabulary.facts["actor.roles"].members))
    until = play.now + timedelta(hours=play.draw(st.integers(1, 24 * 7)))
    to = play.draw(st.sampled_from(people))
    play.loans.append(play.desk.delegate(role, by=by, to=to, until=until, at=play.now))


def _answer(play: _Play, policy: Policy, by: str, number: int | None) -> None:
    assert number is not None
    case = play.desk.case(number, at=play.now)
    facts = policy.agency.vocabulary.facts
    asked = [each.fact for each in case.decision.questions] if case.decision is not None else []
    known = [path for path in asked if facts[path].owner in GIVEN and not path.endswith("id")]
    path = play.draw(st.sampled_from(known or ["content.humor"]))
    play.desk.answer(number, {path: play.draw(values(facts[path], at=play.now))}, by=by, at=play.now)


def _edit(play: _Play, policy: Policy, by: str, number: int | None) -> None:
    assert number is not None
    play.desk.edit(number, play.draw(play.actions(policy, play.now)), by=by, at=play.now)


def _take_back(play: _Play, _: Policy, by: str, number: int | None) -> None:
    assert number is not None
    given = play.desk.case(number, at=play.now).approvals
    approval = play.draw(st.sampled_from([each.number for each in given] or [0]))
    play.desk.take_back(number, approval, by=by, at=play.now)


def _release(play: _Play, _: Policy, by: str, number: int | None) -> bool:
    assert number is not None
    return play.desk.release(number, by=by, at=play.now).decision.allowed


def _plainly(verb: str, **more: Any) -> Callable[[_Play, Policy, str, int | None], None]:
    def take(play: _Play, _: Policy, by: str, number: int | None) -> None:
        getattr(play.desk, verb)(number, by=by, at=play.now, **more)

    return take


_TAKEN: Mapping[str, Callable[[_Play, Policy, str, int | None], bool | None]] = {
    "submit": _submit,
    "delegate": _delegate,
    "revoke": _plainly("revoke"),
    "answer": _answer,
    "attest": _plainly("attest"),
    "edit": _edit,
    "approve": _plainly("approve"),
    "take_back": _take_back,
    "refuse": _plainly("refuse", reason="No."),
    "withdraw": _plainly("withdraw"),
    "review": _plainly("review"),
    "release": _release,
}
"""How each step is taken."""
ON_CASES = tuple(verb for verb in _TAKEN if verb not in ("submit", "delegate", "revoke"))


def played(
    draw: st.DrawFn,
    desk: Desk | Callable[[], Desk],
    kinds: Iterable[str] | None,
    steps: int,
    actions: Callable[..., st.SearchStrategy[Any]],
) -> History:
    """Return a history that is played on a desk as it is drawn; see `strategies.histories`."""
    from smpolicy.cases.desk import Desk

    found: object = desk if isinstance(desk, Desk) or not callable(desk) else desk()
    if not isinstance(found, Desk):
        raise InvalidArgument(f"desk={found!r} is no desk: open one with smpolicy.Desk.open(...)")
    if steps < 1:
        raise InvalidArgument(f"steps={steps!r} must be a number of steps, at least 1")
    wanted = None if kinds is None else list(kinds)

    def of(policy: Policy, at: datetime) -> st.SearchStrategy[Any]:
        return actions(policy, kinds=wanted, at=at)

    with found.store.writing() as writer:
        last = writer.last
    play = _Play(found, draw, of, found.clock() if last is None else max(last.at, found.clock()))
    return History(found, tuple(play.step() for _ in range(draw(st.integers(1, steps)))))
