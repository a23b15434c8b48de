"""The command line: `smpolicy VERB ...`, one module a verb, each loaded when it is used."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from smpolicy import __version__
from smpolicy.cli.output import open_closed_streams, print_problems
from smpolicy.errors import PolicyError, Problem, nearest, shorten

VERBS = (
    "decide", "explain", "questions", "rules", "check", "coverage", "mutate", "cases", "replay", "journal", "init",
    "new-pack", "rulesets", "schema",
)  # fmt: skip
UNUSABLE = 2
"""The exit status where the input cannot be used."""


class Verbs(click.Group):
    """A group of commands that are loaded when they are used, and whose errors are told without a traceback."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names of all verbs."""
        return list(VERBS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb, or None where there is none of that name."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"smpolicy.cli.{cmd_name.replace('-', '_')}").command
        return command

    def main(self, args: Sequence[str] | None = None, *_: Any, **extra: Any) -> NoReturn:
        """Run a verb and exit."""
        open_closed_streams()
        given = list(sys.argv[1:] if args is None else args)
        as_json = "--json" in given
        extra |= {"standalone_mode": False, "prog_name": "smpolicy"}
        try:
            status = super().main(given, **extra)
        except PolicyError as error:
            print_problems(error.problems, as_json)
            status = UNUSABLE
        except click.UsageError as error:
            status = _tell_usage(error, as_json)
        except click.Abort:
            click.echo("stopped: nothing was answered", err=True)
            status = UNUSABLE
        except (OSError, UnicodeError) as error:
            print_problems([_unreadable(error)], as_json)
            status = UNUSABLE
        sys.exit(status if isinstance(status, int) else 0)


def _tell_usage(error: click.UsageError, as_json: bool) -> int:
    message = error.format_message()
    if as_json:
        print_problems([Problem("usage", f"{message[:1].lower()}{message[1:].rstrip('.')}")], as_json)
    else:
        error.show()
        unknown = nearest(error.message.partition("'")[2].rstrip("'."), VERBS) if "No such command" in message else None
        if unknown:
            click.echo(f"Did you mean '{unknown}'?", err=True)
    return UNUSABLE


def _unreadable(error: OSError | UnicodeError) -> Problem:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    name = getattr(error, "filename", None)
    what = f"`{shorten(str(name))}` cannot be read or written" if name else "something cannot be read or written"
    return Problem("missing_file", f"{what}: {reason[:1].lower()}{reason[1:]}")


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="smpolicy")
def main() -> None:
    """Decide on proposed actions under an agency's social-media policy.

    Exit status: 0 when done (a decision of any outcome is made), 2 when the input cannot be used.
    """
