"""Generated histories of a desk: steps in any order and at any time, on the real one and on the model of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import smpolicy
from smpolicy.actions import Action
from smpolicy.errors import PolicyError
from tests.builders import AT
from tests.cases.building import policies, post
from tests.cases.model import Model, Refused

PEOPLE = ("author-1", "chief-1", "deputy-1", "both-1", "counsel-1", "clerk-1", "acting-1")
ROLES = ("legal_counsel", "chief_or_sheriff", "deputy_chief")
CONTENT = ("humor", "unverified", "offends_expectations", "time_sensitive", "known_false")
PAUSES = (0, 0, 1, 60, 3600, 6 * 3600, 86_400, 2 * 86_400, 5 * 86_400, -3, -60)
VERBS = (
    "submit", "submit", "answer", "attest", "edit", "approve", "approve", "approve", "approve", "take_back", "refuse",
    "withdraw", "release", "release", "review", "delegate", "delegate", "revoke", "remind",
)  # fmt: skip


def some_post(pick: random.Random) -> Action:
    """Return some post: each fact mostly harmless, now and then known to matter or not known."""
    content = {name: pick.choice((False, False, False, True, True, None)) for name in CONTENT}
    if pick.random() < 0.15:  # an urgent notice that goes out at once
        content = {name: name in ("offends_expectations", "time_sensitive") for name in CONTENT}
    content["known_false"] = pick.choice((False, False, False, False, None, True))
    return post(content, pick.choice(("one", "two")), pick.choice(("author-1", "author-1", "chief-1", "counsel-1")))


class History:
    """One history, made up as it goes along.

    Attributes:
        seen: how often each verb succeeded, and how often it was refused with which code.
    """

    def __init__(self, desk: smpolicy.Desk, seed: int) -> None:
        self.desk, self.model, self.pick = desk, Model(policies), random.Random(seed)
        last = desk.head().count
        self.now = AT if last == 0 else self._last_moment()
        self.model.last = None if last == 0 else self.now
        self.seen: list[str] = []
        self.touched = 0

    def _last_moment(self) -> Any:
        with self.desk.store.writing() as writer:
            assert writer.last is not None
            return writer.last.at

    def run(self, steps: int) -> None:
        """Take some steps, each on both; whatever is seen must be the same."""
        for _ in range(steps):
            self.now += timedelta(seconds=self.pick.choice(PAUSES))
            self.step(self.pick.choice(VERBS))
            if self.model.last is not None and self.now < self.model.last:
                self.now = self.model.last
            if self.touched in self.model.cases:
                self.compare(self.touched)
        for number in self.model.cases:  # and as time goes by without anybody doing anything
            for later in (0, 86_400, 9 * 86_400):
                self.compare(number, later)

    def compare(self, number: int, later: int = 0) -> None:
        """Compare what is seen of a case."""
        now = self.now + timedelta(seconds=later)
        case = self.desk.case(number, at=now)
        decision = case.decision
        found = None
        if decision is not None:
            found = (
                str(decision.outcome),
                decision.settled,
                decision.true,
                decision.unknown,
                decision.discharged,
            )
        level = None if decision is None else case.level
        seen = (case.status, found, level, set(case.overdue), len(case.reviews))
        assert seen == self.model.observe(number, now)

    def step(self, verb: str) -> None:
        """Take one step on both."""
        pick, by = self.pick, self.pick.choice(PEOPLE)
        case = pick.choice(list(self.model.cases)) if self.model.cases else None
        due = [number for number, held in self.model.cases.items() if set(held.due) - held.done]
        if verb == "review" and due:
            case, by = pick.choice(due), pick.choice(("chief-1", "deputy-1", by))
        self.touched = case or 0
        owner = case is not None and pick.random() < 0.7
        own = self.model.cases[case].by if owner and case is not None else by
        desk, model, now = self.desk, self.model, self.now
        if verb == "submit":
            action = some_post(pick)
            by = pick.choice((str(action.get("actor.id")), by))
            self.both(
                verb,
                lambda: desk.submit(action, by=by, at=now),
                lambda done: model.submit(now, action, by, done and done.case and done.case.id),
                lambda done: str(done.decision.outcome),
            )
        elif verb == "delegate":
            role, to, hours = pick.choice(ROLES), pick.choice(PEOPLE), pick.choice((-1, 1, 20, 100, 121))
            until = now + timedelta(hours=hours)
            if model.last is not None and now < model.last <= now + timedelta(seconds=5):
                until = model.last + timedelta(hours=hours)  # the desk reckons from the last event's moment
            self.both(
                verb,
                lambda: desk.delegate(role, by=by, to=to, until=until, at=now),
                lambda done: model.delegate(now, role, by, to, hours, done),
            )
        elif verb == "revoke":
            if model.loans:
                loan = pick.choice(list(model.loans))
                by = pick.choice((model.loans[loan].by, model.loans[loan].to, by))
                self.both(verb, lambda: desk.revoke(loan, by=by, at=now), lambda _: model.revoke(now, loan, by))
        elif verb == "remind":
            if model.last is None or now >= model.last:
                desk.remind(at=now)
                model.last = self._last_moment() if desk.head().count else None
        elif case is not None:
            self.on_case(verb, case, by, own)

    def on_case(self, verb: str, case: int, by: str, own: str) -> None:
        """Take a step that concerns a case."""
        pick, desk, model, now = self.pick, self.desk, self.model, self.now
        if verb == "answer":
            path, value = f"content.{pick.choice(CONTENT)}", pick.random() < 0.3
            self.both(
                verb,
                lambda: desk.answer(case, {path: value}, by=own, at=now),
                lambda _: model.answer(now, case, path, value, own),
            )
        elif verb == "attest":
            by = pick.choice(("chief-1", by))
            self.both(verb, lambda: desk.attest(case, by=by, at=now), lambda _: model.attest(now, case, by))
        elif verb == "edit":
            action = some_post(pick)
            self.both(
                verb,
                lambda: desk.edit(case, action, by=own, at=now),
                lambda _: model.edit(now, case, action, own),
            )
        elif verb == "approve":
            self.both(
                verb,
                lambda: desk.approve(case, by=by, at=now),
                lambda done: model.approve(now, case, by, done and _first_approval(done)),
            )
        elif verb == "take_back":
            grants = [each.number for each in model.cases[case].grants]
            grant = pick.choice(grants) if grants else 0
            giver = next((each.by for each in model.cases[case].grants if each.number == grant), by)
            by = pick.choice((giver, giver, by))
            self.both(
                verb,
                lambda: desk.take_back(case, grant, by=by, at=now),
                lambda _: model.take_back(now, case, grant, by),
            )
        elif verb == "refuse":
            self.both(
                verb, lambda: desk.refuse(case, by=by, reason="No.", at=now), lambda _: model.refuse(now, case, by)
            )
        elif verb == "withdraw":
            self.both(verb, lambda: desk.withdraw(case, by=own, at=now), lambda _: model.withdraw(now, case, own))
        elif verb == "release":
            self.both(
                verb,
                lambda: desk.release(case, by=own, at=now),
                lambda _: model.release(now, case, own),
                lambda done: str(done.decision.outcome),
            )
        else:
            self.both(verb, lambda: desk.review(case, by=by, at=now), lambda _: model.review(now, case, by))

    def both(
        self,
        verb: str,
        really: Callable[[], Any],
        plainly: Callable[[Any], Any],
        shown: Callable[[Any], Any] = lambda _: None,
    ) -> None:
        """Do something on both, and compare what comes of it: what is shown, or the code of the refusal."""
        done: Any = None
        try:
            done = really()
            found = "done", shown(done)
        except PolicyError as error:
            found = "refused", error.code
        try:
            expected = "done", plainly(done)
        except Refused as error:
            expected = "refused", str(error)
        assert found == expected, (verb, found, expected)
        self.seen.append(f"{verb}: {found[0]}{' ' + str(found[1]) if found[1] else ''}")


def _first_approval(case: smpolicy.Case) -> int:
    """Return the number of the first event by which the last approval was given, which may have been several."""
    last = case.approvals[-1].given_at, case.approvals[-1].by
    numbers = [each.number for each in case.events if each.kind == "approved"]
    first = numbers[-1]
    for event in reversed(case.events):
        if event.kind != "approved" or (event.at, event.by) != last or event.number < first - 1:
            break
        first = event.number
    return first
