"""`smpolicy decide`: decide on a proposed action."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from smpolicy.cli.inputs import (
    load_policy,
    only_one_from_standard_input,
    read_action_argument,
    read_approvals_option,
    read_moment_option,
    told_of,
)
from smpolicy.cli.options import ACTION, AGENCY, APPROVALS, AT, ENGINE, JSON
from smpolicy.cli.output import print_json, print_text, write

if TYPE_CHECKING:
    from smpolicy.decisions import Decision

EXIT_STATUS = {"allow": 0, "needs_approval": 3, "deny": 4}
"""The exit status of each outcome, where it is asked for."""


@click.command("decide", short_help="Decide on a proposed action.")
@AGENCY
@ACTION
@AT
@APPROVALS
@ENGINE
@click.option("--exit-code", is_flag=True, help="Exit with 3 where approval is needed, and with 4 on a deny.")
@click.option("--receipt", is_flag=True, help="Print the receipt, as canonical JSON, instead of the decision.")
@JSON
def command(
    agency: str,
    action: str,
    at: str | None,
    approvals: str | None,
    engine: str | None,
    exit_code: bool,
    receipt: bool,
    as_json: bool,
) -> int:
    """Decide on a proposed action.

    AGENCY is an agency's file, or a folder with several. ACTION is a JSON file. Either may be `-`, for standard input.
    """
    decision = decide(agency, action, at, approvals, engine)
    if receipt:
        write(decision.receipt())
        if sys.stdout.isatty():
            write("\n")
    elif as_json:
        print_json(decision.to_dict())
    else:
        from smpolicy.render.explanation import summarize

        print_text(summarize(decision))
    return EXIT_STATUS[decision.outcome.value] if exit_code else 0


def decide(agency: str, action: str, at: str | None, approvals: str | None, engine: str | None) -> Decision:
    """Return the decision on what the arguments name."""
    only_one_from_standard_input(agency, action, approvals)
    moment = read_moment_option(at)
    policy = load_policy(agency, moment, engine)
    proposed, granted = read_action_argument(action, policy), read_approvals_option(approvals)
    with told_of(action):
        return policy.decide(proposed, at=moment, approvals=granted)
