"""`smpolicy journal`: verify and export what is recorded."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from smpolicy.cli.cases import verify_store
from smpolicy.cli.options import HEAD, JSON, KEY
from smpolicy.cli.progress import progress

JOURNAL = click.argument("journal")


@click.group("journal", short_help="Verify and export recorded decisions.")
def command() -> None:
    """Verify and export the decisions that are recorded in a journal.

    JOURNAL is the file of an SQLite database, or the URL of a database.
    """


@command.command("verify", short_help="Verify every event of a journal.")
@JOURNAL
@HEAD
@KEY
@JSON
def verify(journal: str, head: str | None, key: str | None, as_json: bool) -> int:
    """Verify every event: changed, missing or moved ones are told; with a head, a cut-off end too.

    Exit status 1 where something is wrong.
    """
    return verify_store(journal, head, key, as_json)


@command.command("export", short_help="Print every event, and the head of the chain.")
@JOURNAL
@click.option("--with-sensitive", is_flag=True, help="Print what is sealed, too.")
@HEAD
@KEY
@click.option("--json", "as_json", is_flag=True, help="The same: an export is JSON in any case.")
def export(journal: str, with_sensitive: bool, head: str | None, key: str | None, as_json: bool) -> None:  # noqa: ARG001
    """Print every event as a line of JSON, and the head of the chain as the last.

    What is sealed is left out unless it is asked for. Keep the head where whoever can change the journal cannot.
    """
    from smpolicy.journal import Journal

    where = None if key is None else Path(key)
    with Journal.open(journal, key=where, head=head, create=False) as opened, progress("exporting") as show:
        opened.export(sys.stdout, with_sensitive=with_sensitive, progress=show)
