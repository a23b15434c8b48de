"""`smpolicy replay`: decide all that is recorded again under another agency file."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smpolicy.cli.inputs import load_policy
from smpolicy.cli.options import ENGINE, JSON, KEY
from smpolicy.cli.output import print_text, write
from smpolicy.cli.progress import progress

if TYPE_CHECKING:
    from smpolicy.replays import Change


@click.command("replay", short_help="Decide all that is recorded again.")
@click.argument("journal")
@click.option("--agency", metavar="FILE", required=True, help="The agency's file under which it is decided again.")
@KEY
@ENGINE
@JSON
def command(journal: str, agency: str, key: str | None, engine: str | None, as_json: bool) -> None:
    """Decide all that is recorded in a journal again under another agency file, and tell what changes.

    Each decision is made for its own moment, with the action and the approvals as they were; the dates of the agency's
    file are lifted. JOURNAL is the file of an SQLite database, or the URL of a database. With --json every change is a
    line, and the summary the last one.
    """
    from smpolicy.journal import Journal
    from smpolicy.render.stores import change_text, replay_text
    from smpolicy.replays import replay

    policy = load_policy(agency, datetime.now(UTC), engine)

    def tell(change: Change) -> None:
        write((json.dumps(change.to_dict()) if as_json else change_text(change)) + "\n")

    with (
        Journal.open(journal, key=None if key is None else Path(key), create=False) as opened,
        progress("replaying") as show,
    ):
        found = replay(opened, policy, tell, show)
    if as_json:
        write(json.dumps({"summary": found.to_dict()}) + "\n")
    else:
        print_text(("\n" if found.changed else "") + replay_text(found))
