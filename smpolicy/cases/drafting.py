"""Events to be recorded at the desk, before they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import field, frozen

from smpolicy.actions import Action
from smpolicy.approvals import Delegation
from smpolicy.cases.case import Case
from smpolicy.decisions import Decision
from smpolicy.policies import Policy

CHANGES_THE_ACTION = ("answered", "attested", "edited")
"""The kinds of events by which another version of the action takes the place of the one before."""


@frozen(slots=True)
class Draft:
    """An event to be recorded.

    Attributes:
        kind: its kind.
        data: what anybody may read of it who can read the store.
        secret: what is sealed.
        decision: the decision to be recorded in the journal along with it.
    """

    kind: str
    data: Mapping[str, Any] = field(factory=dict)
    secret: Mapping[str, Any] | None = None
    decision: Decision | None = None


Drafting = Callable[[Case, Policy, Mapping[int, Delegation]], Iterable[Draft]]
"""From an open or closed case, the policy in force and the roles now lent to what is to be recorded.

Raises what is not permitted.
"""


def changed(kind: str, action: Action, data: Mapping[str, Any]) -> Draft:
    """Return the event by which another version of the action takes the place of the one before."""
    return Draft(kind, {**data, "author": action.get("actor.id")}, {"action": to_data(action)})


def to_data(action: Action) -> dict[str, Any]:
    """Return an action as data from which `policy.action` makes it again."""
    data = action.to_dict()
    if action.kind == "adopt_policy":  # the rest of it is computed from the agency's file
        return {key: value for key, value in data.items() if key in ("kind", "actor")}
    return data
