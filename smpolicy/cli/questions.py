"""`smpolicy questions`: what is not known about a proposed action and matters."""

from __future__ import annotations

import click

from smpolicy.cli.decide import decide
from smpolicy.cli.options import ACTION, AGENCY, APPROVALS, AT, ENGINE, JSON
from smpolicy.cli.output import print_json, print_text


@click.command("questions", short_help="Print what is not known and matters.")
@AGENCY
@ACTION
@AT
@APPROVALS
@ENGINE
@JSON
def command(agency: str, action: str, at: str | None, approvals: str | None, engine: str | None, as_json: bool) -> None:
    """Print the open questions about an action, grouped by who is asked; the checklist stands together.

    AGENCY is an agency's file, or a folder with several. ACTION is a JSON file. Either may be `-`, for standard input.
    """
    decision = decide(agency, action, at, approvals, engine)
    if as_json:
        data = decision.to_dict()
        kept = ("agency", "kind", "at", "outcome", "settled", "next", "questions", "checklist")
        print_json({key: data[key] for key in kept} | {"asks": decision.asks()})
    else:
        from smpolicy.render.questions import questions_text

        print_text(questions_text(decision))
