"""What verbs are given: agency files, actions, approvals and moments, from files or from standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from smpolicy.errors import MissingFile, OutsideDates, Place, PolicyError, Problem, shorten

if TYPE_CHECKING:
    from smpolicy.actions import Action
    from smpolicy.agencies import Agency
    from smpolicy.approvals import Approval
    from smpolicy.policies import Policy

STANDARD_INPUT = "-"
STANDARD_INPUT_NAME = "<standard input>"


def read_bytes(name: str) -> bytes:
    """Return the content of a file, or of standard input where the name is `-`; what is too large is cut off."""
    from smpolicy.loading.json_files import MOST_BYTES

    if name == STANDARD_INPUT:
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    try:
        with Path(name).open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        missing = isinstance(error, FileNotFoundError)
        message = "there is no such file" if missing else f"the file cannot be read: {reason[:1].lower()}{reason[1:]}"
        raise MissingFile(
            Problem(
                "missing_file",
                message,
                place=Place(shorten(name, 1000)),
                help="check the name, or write `-` for standard input",
            )
        ) from None


def shown(name: str) -> str:
    """Return what messages call a file that was named as an argument."""
    return STANDARD_INPUT_NAME if name == STANDARD_INPUT else shorten(name, 1000)


def only_one_from_standard_input(*names: str | None) -> None:
    """Refuse more than one argument that is to be read from standard input."""
    if sum(name == STANDARD_INPUT for name in names) > 1:
        raise click.UsageError("Only one of the arguments can be '-'.")


@contextmanager
def told_of(name: str) -> Iterator[None]:
    """Say of problems in a document of which file it was."""
    try:
        yield
    except PolicyError as error:
        place = Place(shown(name))
        raise type(error)(
            *(attrs.evolve(each, place=place) if each.path and not each.place else each for each in error.problems)
        ) from None


def read_json(name: str) -> Any:
    """Return the value of a JSON file, or of standard input."""
    from smpolicy.loading.json_files import parse_json

    return parse_json(read_bytes(name), shown(name))


def read_moment_option(text: str | None) -> datetime:
    """Return the moment that an option gives, by default the present one."""
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    from smpolicy.values import read_moment

    moment = read_moment(text)
    if moment is None:
        raise OutsideDates(
            Problem(
                "naive_moment",
                f"`{shorten(text)}` is no moment",
                expected="a date and time with its offset, such as `2026-03-01T09:30:00-05:00`",
                help="write it after `--at`",
            )
        )
    return moment


def load_agency_argument(name: str, at: datetime) -> Agency:
    """Return the agency of a file, of standard input, or of the file of a folder that is in force at a moment."""
    from smpolicy.loading.agency_files import load_agency, read_agency
    from smpolicy.loading.toml_files import parse_bytes

    if name == STANDARD_INPUT:
        return read_agency(parse_bytes(read_bytes(name), STANDARD_INPUT_NAME), Path())
    if not Path(name).is_dir():
        return load_agency(name)
    agency = load_agency(name, at.date())
    local = at.astimezone(agency.time_zone).date()
    return agency if agency.in_force(local) and local == at.date() else load_agency(name, local)


def load_policy(name: str, at: datetime, engine: str | None = None) -> Policy:
    """Return the policy of an agency argument; see `load_agency_argument`."""
    from smpolicy.policies import bind_policy

    return bind_policy(load_agency_argument(name, at), engine)


def read_action_argument(name: str, policy: Policy) -> Action:
    """Return the action of a JSON file or of standard input."""
    data = read_json(name)
    with told_of(name):
        return policy.action(data)


def read_approvals_option(name: str | None) -> tuple[Approval, ...]:
    """Return the approvals of a JSON file, or none."""
    if name is None:
        return ()
    from smpolicy.loading.approval_files import read_approvals

    data = read_json(name)
    with told_of(name):
        return read_approvals(data)
