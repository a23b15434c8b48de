"""`smpolicy rules`: the bound policy, which is what is left of the rulesets once the agency has chosen."""

from __future__ import annotations

import click

from smpolicy.cli.inputs import load_policy, read_moment_option
from smpolicy.cli.options import AGENCY, JSON, ON
from smpolicy.cli.output import print_json, print_text
from smpolicy.errors import InvalidAction, Problem, nearest, shorten, some


@click.command("rules", short_help="Print the bound policy.")
@AGENCY
@click.option("--kind", metavar="KIND", help="Only the rules of this kind of action.")
@ON
@JSON
def command(agency: str, kind: str | None, at: str | None, as_json: bool) -> None:
    """Print the agency's policy: for each kind of action the rules, with effect, condition, approvals and citations.

    AGENCY is an agency's file, or a folder with several, or `-` for standard input.
    """
    from smpolicy.render.bound_rules import rules_text, rules_to_dict

    policy = load_policy(agency, read_moment_option(at))
    if kind is not None and kind not in policy.kinds:
        raise InvalidAction(
            Problem(
                "unknown_kind",
                f"`{shorten(kind)}` is no kind of action",
                expected=some(policy.kinds, most=20),
                nearest=nearest(kind, policy.kinds),
            )
        )
    kinds = list(policy.kinds) if kind is None else [kind]
    if as_json:
        print_json(rules_to_dict(policy, kinds))
    else:
        print_text(rules_text(policy, kinds))
