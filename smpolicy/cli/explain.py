"""`smpolicy explain`: decide on a proposed action, and say in words why, what is open and what would help."""

from __future__ import annotations

import click

from smpolicy.cli.decide import decide
from smpolicy.cli.options import ACTION, AGENCY, APPROVALS, AT, ENGINE, JSON
from smpolicy.cli.output import print_json, print_text


@click.command("explain", short_help="Say in words why, and what would help.")
@AGENCY
@ACTION
@AT
@APPROVALS
@ENGINE
@JSON
def command(agency: str, action: str, at: str | None, approvals: str | None, engine: str | None, as_json: bool) -> None:
    """Say in words why an action is allowed, needs approval or is denied, and what would help.

    AGENCY is an agency's file, or a folder with several. ACTION is a JSON file. Either may be `-`, for standard input.
    """
    decision = decide(agency, action, at, approvals, engine)
    if as_json:
        print_json({"decision": decision.to_dict(), "explanation": decision.explain()})
    else:
        print_text(decision.explain())
