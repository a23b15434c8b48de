"""Where a case stands at a moment: what its events and the time together come to, in plain Python.

`chaining` draws the same conclusions by forward chaining. Whether a requirement is met is for the judge alone to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple

from attrs import field, frozen

Fact = Mapping[str, int | str]
"""One thing about a case: `is` says what, its other keys are whole numbers (moments in seconds) and texts."""


class Conclusion(NamedTuple):
    """Something that follows from the facts of a case.

    Attributes:
        name: what follows.
        about: what it is about: the number of an approval, a step or a rule; 0 for the case itself.
        loan: the number of the loan by which it follows, or 0.
    """

    name: str
    about: int | str = 0
    loan: int = 0


Conclude = Callable[[Iterable[Fact]], frozenset[Conclusion]]
"""Draws every conclusion from the facts of one case, among them exactly one `now`."""

Status = Literal["open", "released", "in_review", "refused", "withdrawn", "expired"]

FACTS: Mapping[str, tuple[str, ...]] = {
    "case": ("expires",),
    "closed": ("how",),
    "approval": ("number", "by", "role", "given", "expires"),
    "taken_back": ("approval",),
    "loan": ("number", "to", "role", "since", "until"),
    "step": ("step", "due"),
    "review": ("rule", "due"),
    "reviewed": ("rule",),
    "now": ("now",),
}
"""What may be said of a case, with the keys of each."""


@frozen(slots=True)
class Standing:
    """Where a case stands at a moment.

    Attributes:
        status: open, released, in_review (released, and its review afterwards not done), refused, withdrawn or expired.
        approvals: the numbers of the approvals that were not taken back, in order.
        lapsed: those among them whose time is over.
        borrowed: those among them that were given in a role that was lent, each with the numbers of the loans.
        level: how many waits have passed, so that further offices are asked.
        reviews: the rules whose review afterwards is still to be done.
        overdue: those among them that should have been done.
    """

    status: Status
    approvals: tuple[int, ...] = ()
    lapsed: frozenset[int] = frozenset()
    borrowed: Mapping[int, frozenset[int]] = field(factory=dict)
    level: int = 0
    reviews: tuple[str, ...] = ()
    overdue: frozenset[str] = frozenset()


def conclude(facts: Iterable[Fact]) -> frozenset[Conclusion]:
    """Return every conclusion from the facts of one case, by looking at each pair of them.

    Args:
        facts: what is known of the case, and `now`.
    """
    listed = list(facts)
    return frozenset(found for one in listed for other in listed for found in _from(one, other))


def _from(one: Fact, other: Fact) -> Iterable[Conclusion]:
    match one["is"], other["is"]:
        case "case", "now" if _reached(other, one["expires"]):
            yield Conclusion("expired")
        case "closed", _:
            yield Conclusion("closed", one["how"])
        case "approval", "taken_back" if one["number"] == other["approval"]:
            yield Conclusion("taken_back", one["number"])
        case "approval", "now" if _reached(other, one["expires"]):
            yield Conclusion("lapsed", one["number"])
        case "approval", "loan" if _covers(other, one):
            yield Conclusion("borrowed", one["number"], int(other["number"]))
        case "step", "now" if _reached(other, one["due"]):
            yield Conclusion("asked", one["step"])
        case "review", "reviewed" if one["rule"] == other["rule"]:
            yield Conclusion("reviewed", one["rule"])
        case "review", "now" if _reached(other, one["due"]):
            yield Conclusion("overdue", one["rule"])


def _reached(now: Fact, moment: int | str) -> bool:
    return int(now["now"]) >= int(moment)


def _covers(loan: Fact, approval: Fact) -> bool:
    same = loan["to"] == approval["by"] and loan["role"] == approval["role"]
    return same and int(loan["since"]) <= int(approval["given"]) < int(loan["until"])


def stand(facts: Iterable[Fact], conclude: Conclude = conclude) -> Standing:
    """Return where a case stands.

    Args:
        facts: what is known of the case, and `now`.
        conclude: draws the conclusions; both implementations draw the same.
    """
    listed = list(facts)
    about: dict[str, set[int | str]] = {}
    loans: dict[int | str, set[int]] = {}
    for name, what, loan in conclude(listed):
        about.setdefault(name, set()).add(what)
        loans.setdefault(what, set()).update((loan,) if name == "borrowed" else ())
    given = [int(each["number"]) for each in listed if each["is"] == "approval"]
    approvals = tuple(sorted(number for number in given if number not in about.get("taken_back", ())))
    rules = [str(each["rule"]) for each in listed if each["is"] == "review"]
    reviews = tuple(rule for rule in rules if rule not in about.get("reviewed", ()))
    return Standing(
        _status(about, reviews),
        approvals,
        frozenset(number for number in approvals if number in about.get("lapsed", ())),
        {number: frozenset(loans[number]) for number in approvals if loans.get(number)},
        max((int(step) for step in about.get("asked", ())), default=0),
        reviews,
        frozenset(rule for rule in reviews if rule in about.get("overdue", ())),
    )


def _status(about: Mapping[str, set[int | str]], reviews: tuple[str, ...]) -> Status:
    """Return the status: a case that was closed stays as it was closed, however much time has passed."""
    closed = about.get("closed", ())
    if "released" in closed:
        return "in_review" if reviews else "released"
    if "refused" in closed:
        return "refused"
    if "withdrawn" in closed:
        return "withdrawn"
    return "expired" if "expired" in about else "open"
