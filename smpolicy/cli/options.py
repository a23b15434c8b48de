"""The arguments and options that verbs share."""

from __future__ import annotations

import click

AGENCY = click.argument("agency")
ACTION = click.argument("action")
AT = click.option(
    "--at", metavar="MOMENT", help="The moment for which it is decided, with its offset; by default now, by the clock."
)
ON = click.option(
    "--at", metavar="MOMENT", help="Where AGENCY is a folder: take the file in force at this moment; by default now."
)
APPROVALS = click.option("--approvals", metavar="FILE", help="A JSON list of the approvals that people granted.")
ENGINE = click.option(
    "--engine",
    metavar="NAME",
    help="The engine that finds which rules are true; by default compiled, or checked where AGENCY names two.",
)
BY = click.option("--by", metavar="PERSON", required=True, help="The id of the person who does it.")
HEAD = click.option("--head", metavar="COUNT:HASH", help="A head exported before: proves that the end is there.")
KEY = click.option(
    "--key", metavar="FILE", help="The file with the store's key; by default the one beside an SQLite database."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines; problems too.")
