"""`smpolicy cases`: the approval desk, from submission to release."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smpolicy.cli.inputs import read_action_argument, read_moment_option, told_of
from smpolicy.cli.options import ACTION, BY, HEAD, JSON, KEY
from smpolicy.cli.output import print_json, print_text
from smpolicy.cli.progress import progress
from smpolicy.errors import InvalidAction, Problem, nearest_path, shorten

if TYPE_CHECKING:
    from smpolicy.cases.case import Case
    from smpolicy.cases.desk import Desk
    from smpolicy.policies import Policy
    from smpolicy.vocabulary import Vocabulary

STORE = click.argument("store")
DESK_AGENCY = click.argument("agency")
CASE = click.argument("case", type=int)
MOMENT = click.option("--at", metavar="MOMENT", help="The moment, with its offset; by default now, by the clock.")
ROLE = click.option("--role", metavar="ROLE", help="In which role; by default one that is asked and that you hold.")
REASON = click.option("--reason", metavar="TEXT", default="", help="Why, in your own words.")
RULES = click.option("--rule", "rules", metavar="RULE", multiple=True, help="Only for this rule; may be repeated.")
NOT_SOUND = 1
"""The exit status where a store is not sound."""


@click.group("cases", short_help="Submit, approve and release what needs approval.")
def command() -> None:
    """Submit actions that need approval, and answer, approve, refuse and release their cases.

    STORE is the file of an SQLite database, which is made where there is none, or the URL of a database. AGENCY is the
    agency's file, or a folder with several. Each verb says with --by who acts.
    """


def _verb(name: str, help_: str, *options: Callable[[Any], Any]) -> Callable[[Callable[..., Any]], click.Command]:
    """Return what makes a function a verb that works on a desk: on STORE and AGENCY, with `--key`, `--at`, `--json`."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        made: Any = function
        for option in (JSON, MOMENT, KEY, *reversed(options), DESK_AGENCY, STORE):
            made = option(made)
        return command.command(name, short_help=help_.partition(".")[0] + ".", help=help_)(made)

    return decorate


def _open(store: str, agency: str, key: str | None) -> Desk:
    from smpolicy.cases.desk import Desk

    return Desk.open(store, agency, key=None if key is None else Path(key))


def _moment(at: str | None) -> datetime | None:
    return None if at is None else read_moment_option(at)


def _policy(desk: Desk, at: str | None) -> Policy:
    return desk.policies(_moment(at) or desk.clock())


def _print(case: Case, desk: Desk, as_json: bool, at: str | None) -> None:
    if as_json:
        print_json(case.to_dict())
        return
    from smpolicy.render.cases import case_text

    print_text(case_text(case, _policy(desk, at).agency))


@_verb("submit", "Decide on an action; where it needs approval, open a case.", ACTION, BY)
def submit(store: str, agency: str, action: str, by: str, key: str | None, at: str | None, as_json: bool) -> None:
    """Decide on an action; where it needs approval, open a case."""
    with _open(store, agency, key) as desk:
        proposed = read_action_argument(action, _policy(desk, at))
        with told_of(action):
            submitted = desk.submit(proposed, by=by, at=_moment(at))
        if as_json:
            case = None if submitted.case is None else submitted.case.to_dict()
            print_json({"decision": submitted.decision.to_dict(), "case": case})
        elif submitted.case is not None:
            _print(submitted.case, desk, as_json, at)
        else:
            from smpolicy.render.explanation import summarize

            print_text(summarize(submitted.decision))


@_verb(
    "list",
    "Print a page of cases, the newest first.",
    click.option(
        "--status",
        type=click.Choice(("open", "released", "in_review", "refused", "withdrawn", "expired")),
        default="open",
        show_default=True,
        help="Only cases of this status.",
    ),
    click.option("--kind", metavar="KIND", help="Only cases of this kind of action."),
    click.option("--author", metavar="PERSON", help="Only cases of this author."),
    click.option("--after", metavar="CASE", type=int, help="The last case of the page before."),
    click.option("--limit", metavar="NUMBER", type=click.IntRange(1, 1000), default=50, show_default=True,
                 help="How many cases at most."),
)  # fmt: skip
def list_(store: str, agency: str, key: str | None, at: str | None, as_json: bool, **filters: Any) -> None:
    """Print a page of cases, the newest first."""
    with _open(store, agency, key) as desk:
        found = desk.cases(at=_moment(at), **filters)
        if as_json:
            print_json([each.to_dict() for each in found])
            return
        from smpolicy.render.cases import cases_text

        print_text(cases_text(found, _policy(desk, at).agency if found else None))


@_verb("show", "Print a case: where it stands, what is outstanding, and what happened.", CASE)
def show(store: str, agency: str, case: int, key: str | None, at: str | None, as_json: bool) -> None:
    """Print a case."""
    with _open(store, agency, key) as desk:
        _print(desk.case(case, at=_moment(at)), desk, as_json, at)


@_verb(
    "answer",
    "Answer open questions of a case. Write FACT=VALUE: yes or no, one of the members, or several with commas (none "
    "for none of them).",
    CASE,
    click.argument("answers", nargs=-1, required=True, metavar="FACT=VALUE..."),
    BY,
)
def answer(
    store: str,
    agency: str,
    case: int,
    answers: tuple[str, ...],
    by: str,
    key: str | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Answer open questions of a case."""
    with _open(store, agency, key) as desk:
        given = read_answers(answers, _policy(desk, at).agency.vocabulary)
        _print(desk.answer(case, given, by=by, at=_moment(at)), desk, as_json, at)


@_verb(
    "attest",
    "Give one's word that nothing applies beyond what was said.",
    CASE,
    click.option("--part", "parts", metavar="PART", multiple=True, help="Only this part; may be repeated."),
    BY,
)
def attest(
    store: str, agency: str, case: int, parts: tuple[str, ...], by: str, key: str | None, at: str | None, as_json: bool
) -> None:
    """Give one's word that nothing applies beyond what was said."""
    with _open(store, agency, key) as desk:
        _print(desk.attest(case, by=by, parts=parts or None, at=_moment(at)), desk, as_json, at)


@_verb("edit", "Put another version of the action in the place of the one before.", CASE, ACTION, BY)
def edit(
    store: str, agency: str, case: int, action: str, by: str, key: str | None, at: str | None, as_json: bool
) -> None:
    """Put another version of the action in the place of the one before."""
    with _open(store, agency, key) as desk:
        proposed = read_action_argument(action, _policy(desk, at))
        with told_of(action):
            _print(desk.edit(case, proposed, by=by, at=_moment(at)), desk, as_json, at)


@_verb(
    "approve",
    "Approve what a case is about, as it is now.",
    CASE,
    BY,
    ROLE,
    RULES,
    click.option("--expires", metavar="MOMENT", help="When it no longer counts; by default as the agency's file says."),
)
def approve(
    store: str,
    agency: str,
    case: int,
    by: str,
    role: str | None,
    rules: tuple[str, ...],
    expires: str | None,
    key: str | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Approve what a case is about, as it is now."""
    with _open(store, agency, key) as desk:
        ends = _moment(expires)
        found = desk.approve(case, by=by, role=role, rules=rules or None, expires_at=ends, at=_moment(at))
        _print(found, desk, as_json, at)


@_verb(
    "take-back",
    "Take an own approval back.",
    CASE,
    click.argument("approval", type=int),
    BY,
    REASON,
)
def take_back(
    store: str,
    agency: str,
    case: int,
    approval: int,
    by: str,
    reason: str,
    key: str | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Take an own approval back."""
    with _open(store, agency, key) as desk:
        _print(desk.take_back(case, approval, by=by, reason=reason, at=_moment(at)), desk, as_json, at)


@_verb("refuse", "Refuse a case: it is closed.", CASE, BY, ROLE, REASON)
def refuse(
    store: str,
    agency: str,
    case: int,
    by: str,
    role: str | None,
    reason: str,
    key: str | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Refuse a case: it is closed."""
    with _open(store, agency, key) as desk:
        _print(desk.refuse(case, by=by, reason=reason, role=role, at=_moment(at)), desk, as_json, at)


@_verb("withdraw", "Withdraw a case: it is closed.", CASE, BY, REASON)
def withdraw(
    store: str, agency: str, case: int, by: str, reason: str, key: str | None, at: str | None, as_json: bool
) -> None:
    """Withdraw a case: it is closed."""
    with _open(store, agency, key) as desk:
        _print(desk.withdraw(case, by=by, reason=reason, at=_moment(at)), desk, as_json, at)


@_verb("comment", "Write a comment on a case.", CASE, click.argument("text"), BY)
def comment(
    store: str, agency: str, case: int, text: str, by: str, key: str | None, at: str | None, as_json: bool
) -> None:
    """Write a comment on a case."""
    with _open(store, agency, key) as desk:
        _print(desk.comment(case, text, by=by, at=_moment(at)), desk, as_json, at)


@_verb(
    "release",
    "Decide once more, with all that is there; where it is allowed, let the action go, once.",
    CASE,
    BY,
    click.option("--exit-code", is_flag=True, help="Exit with 3 where approval is needed, and with 4 on a deny."),
)
def release(
    store: str, agency: str, case: int, by: str, exit_code: bool, key: str | None, at: str | None, as_json: bool
) -> int:
    """Decide once more; where it is allowed, let the action go, once."""
    from smpolicy.cli.decide import EXIT_STATUS

    with _open(store, agency, key) as desk:
        done = desk.release(case, by=by, at=_moment(at))
        if as_json:
            print_json({"decision": done.decision.to_dict(), "case": done.case.to_dict()})
        else:
            _print(done.case, desk, as_json, at)
        return EXIT_STATUS[done.decision.outcome.value] if exit_code else 0


@_verb(
    "review",
    "Record the review of what went out urgently.",
    CASE,
    BY,
    ROLE,
    RULES,
    click.option("--text", metavar="TEXT", default="", help="What was found, in your own words."),
)
def review(
    store: str,
    agency: str,
    case: int,
    by: str,
    role: str | None,
    rules: tuple[str, ...],
    text: str,
    key: str | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Record the review of what went out urgently."""
    with _open(store, agency, key) as desk:
        found = desk.review(case, by=by, role=role, rules=rules or None, text=text, at=_moment(at))
        _print(found, desk, as_json, at)


@_verb(
    "delegate",
    "Lend a role to somebody else, to approve in it for a time.",
    click.argument("role"),
    BY,
    click.option("--to", metavar="PERSON", required=True, help="Who may approve in it meanwhile."),
    click.option("--until", metavar="MOMENT", required=True, help="The first moment at which it is no longer lent."),
    click.option("--since", metavar="MOMENT", help="The first moment at which it is; by default now."),
)
def delegate(
    store: str,
    agency: str,
    role: str,
    by: str,
    to: str,
    until: str,
    since: str | None,
    key: str | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Lend a role to somebody else, to approve in it for a time."""
    with _open(store, agency, key) as desk:
        ends = read_moment_option(until)
        number = desk.delegate(role, by=by, to=to, until=ends, since=_moment(since), at=_moment(at))
        _tell(as_json, {"loan": number}, f"Loan {number}: {by} lends the role {role} to {to}.")


@_verb("revoke", "End a loan of a role before its time.", click.argument("loan", type=int), BY)
def revoke(store: str, agency: str, loan: int, by: str, key: str | None, at: str | None, as_json: bool) -> None:
    """End a loan of a role before its time."""
    with _open(store, agency, key) as desk:
        desk.revoke(loan, by=by, at=_moment(at))
        _tell(as_json, {"loan": loan, "ended": True}, f"Loan {loan} is ended.")


@_verb("remind", "Tell what time alone brought about: further offices asked, cases expired, reviews overdue.")
def remind(store: str, agency: str, key: str | None, at: str | None, as_json: bool) -> None:
    """Tell what time alone brought about."""
    from smpolicy.render.cases import HAPPENED

    with _open(store, agency, key) as desk:
        told = desk.remind(at=_moment(at))
        data = [{"case": each.case, "what": each.what, "people": list(each.people)} for each in told]
        lines = [f"Case {each.case}: {HAPPENED[each.what]}." for each in told]
        _tell(as_json, data, "\n".join(lines) or "Nothing new.")


@command.command("verify", short_help="Verify every event of a store.")
@STORE
@HEAD
@KEY
@JSON
def verify(store: str, head: str | None, key: str | None, as_json: bool) -> int:
    """Verify every event of a store: changed, missing or moved ones are told; with a head, a cut-off end too.

    Exit status 1 where something is wrong.
    """
    return verify_store(store, head, key, as_json)


def verify_store(store: str, head: str | None, key: str | None, as_json: bool) -> int:
    """Verify a store, print what was found, and return the exit status."""
    from smpolicy.store import Store

    with (
        Store.open(store, key=None if key is None else Path(key), create=False) as opened,
        progress("verifying") as show,
    ):
        found = opened.verify(head, show)
    if as_json:
        print_json(found.to_dict())
    else:
        from smpolicy.render.stores import verification_text

        print_text(verification_text(found))
    return 0 if found.sound else NOT_SOUND


def _tell(as_json: bool, data: Any, text: str) -> None:
    if as_json:
        print_json(data)
    else:
        print_text(text)


def read_answers(answers: Iterable[str], vocabulary: Vocabulary) -> Mapping[str, Any]:
    """Return answers that were written as FACT=VALUE.

    Args:
        answers: the texts.
        vocabulary: says of which type each fact is.

    Raises:
        InvalidAction: one of them is not so written, or names no fact.
    """
    found: dict[str, Any] = {}
    problems = []
    for text in answers:
        path, equals, value = text.partition("=")
        fact = vocabulary.facts.get(path)
        if not equals or fact is None:
            message = f"`{shorten(path)}` is no fact" if equals else f"`{shorten(text)}` is no answer"
            near = nearest_path(path, vocabulary.facts) if equals else None
            expected = "FACT=VALUE, such as content.humor=no"
            problems.append(Problem("unknown_fact", message, expected=expected, nearest=near))
            continue
        found[path] = _value(fact.type, value.strip())
    if problems:
        raise InvalidAction(*problems)
    return found


def _value(type_: str, text: str) -> Any:
    """Return what an answer says; what it cannot say is told where it is used."""
    if type_ == "bool":
        return {"yes": True, "true": True, "no": False, "false": False}.get(text.lower(), text)
    if type_ == "set":
        return [] if text == "none" else [part.strip() for part in text.split(",")]
    if type_ == "integer" and text.lstrip("-").isdigit() and text.isascii() and len(text) < 19:
        return int(text)
    return text
