"""Wrong uses of the desk, the journal, their store and the engines, as functions that fail."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import smpolicy
from smpolicy import forward, forward_rules
from smpolicy.engines import checked
from smpolicy.store import Store
from tests.builders import AT
from tests.cases.building import first_policy, open_desk, post

HOUR = timedelta(hours=1)
Use = Callable[[smpolicy.Desk, int], object]


def _case(use: Use, **content: Any) -> Callable[[object], object]:
    """Return what uses a desk with one case wrongly."""

    def run(_: object) -> object:
        with open_desk(Path()) as desk:
            case = desk.submit(post(content or {"humor": True}), by="author-1").case
            assert case is not None
            return use(desk, case.id)

    return run


def _after(*steps: Use) -> Use:
    """Return several steps, of which the last fails."""

    def run(desk: smpolicy.Desk, case: int) -> object:
        for step in steps[:-1]:
            step(desk, case)
        return steps[-1](desk, case)

    return run


def _approve(by: str = "counsel-1", **options: Any) -> Use:
    return lambda desk, case: desk.approve(case, by=by, **options)


def _withdraw(desk: smpolicy.Desk, case: int) -> object:
    return desk.withdraw(case, by="author-1")


def _lend(**changed: Any) -> Use:
    usual: dict[str, Any] = {"role": "legal_counsel", "by": "counsel-1", "to": "clerk-1", "until": AT + HOUR}
    return lambda desk, _: desk.delegate(**(usual | changed))


def _notify_in_vain(_: object) -> object:
    def failing(_: object) -> None:
        raise ConnectionError("the mail server is away")

    with open_desk(Path(), notify=failing) as desk:
        return desk.submit(post({"humor": True}), by="author-1")


def _no_loans(_: object) -> object:
    from tests.builders import AGENCY, make_agency, make_ruleset
    from tests.cases.building import PEOPLE, RULES

    agency = make_agency("\n[desk]\ndelegation_days = 0\n", make_ruleset(RULES), AGENCY, PEOPLE)
    with smpolicy.Desk.open("desk.db", smpolicy.bind_policy(agency), clock=lambda: AT) as desk:
        return _lend()(desk, 0)


def _tampered(*statements: str) -> Callable[[object], object]:
    """Return what looks at a case of a store that was edited behind the desk's back."""

    def run(_: object) -> object:
        with open_desk(Path()) as desk:
            case = desk.submit(post({"humor": True}), by="author-1").case
            desk.comment(desk.cases()[0].id, "One.", by="clerk-1")
            desk.submit(post({"humor": True}), by="author-1")
        database = sqlite3.connect("desk.db")
        with database:
            for each in statements:
                database.execute(each)
        database.close()
        assert case is not None
        with open_desk(Path()) as desk:
            return desk.case(case.id)

    return run


def _other_key(_: object) -> object:
    with open_desk(Path()) as desk:
        desk.submit(post(), by="author-1")
    return open_desk(Path(), key=bytes(32))


def _without_key(_: object) -> object:
    with open_desk(Path()) as desk:
        desk.submit(post(), by="author-1")
    Path("desk.db.key").unlink()
    return open_desk(Path())


def _newer(_: object) -> object:
    open_desk(Path()).close()
    database = sqlite3.connect("desk.db")
    with database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    return open_desk(Path())


def _something_else(_: object) -> object:
    database = sqlite3.connect("desk.db")
    with database:
        database.execute("CREATE TABLE events (id int)")
    database.close()
    return open_desk(Path())


def _no_database(_: object) -> object:
    Path("desk.db").write_bytes(b"This is a letter to the editor, and no database. " * 40)
    return open_desk(Path())


def _nothing_sealed(_: object) -> object:
    with open_desk(Path()) as desk:
        desk.submit(post(), by="author-1")
        desk.journal.redact(1, by="clerk-1", reason="asked for")
        return None


class _Finder:
    """Finds nothing of one name, as if it were not installed."""

    def __init__(self, name: str) -> None:
        self.name = name

    def find_spec(self, name: str, *_: object) -> None:
        if name == self.name:
            raise ModuleNotFoundError(f"No module named '{name}'")


@contextmanager
def _missing(name: str) -> Iterator[None]:
    """Let a module be missing for a while."""
    kept = sys.modules.pop(name, None)
    try:
        with patch.object(sys, "meta_path", [_Finder(name), *sys.meta_path]):
            yield
    finally:
        if kept is not None:
            sys.modules[name] = kept


def _without_driver(_: object) -> object:
    with _missing("psycopg"):
        return Store.open("postgresql://desk@127.0.0.1/desk", key=bytes(32))


def _without_library(_: object) -> object:
    with _missing("durable_rules_engine"):
        return forward.library()


def _disagreeing(_: object) -> object:
    rules = first_policy().kinds["publish"]
    return checked.prepare(rules, {"compiled": lambda _: (1, 2), "reference": lambda _: (0, 6)})(())


def _redacted(_: object) -> object:
    with open_desk(Path()) as desk:
        case = desk.submit(post({"humor": True}), by="author-1").case
        assert case is not None
        desk.redact(case.id, by="chief-1", reason="order of the court")
        return desk.release(case.id, by="author-1")


def _damaged_folder(_: object) -> object:
    shutil.rmtree("folder", ignore_errors=True)
    Path("folder").mkdir()
    return Store.open("folder")


DESK_MADE: dict[str, Callable[[Any], object]] = {
    "case_unknown": _case(lambda desk, _: desk.case(99)),
    "case_closed": _case(_after(_withdraw, _approve())),
    "case_redacted": _redacted,
    "case_of_somebody_else": _case(lambda desk, case: desk.withdraw(case, by="clerk-1")),
    "case_answered_twice": _case(lambda desk, case: desk.answer(case, {"content.humor": False}, by="author-1")),
    "case_edited_to_another_matter": _case(lambda desk, case: desk.edit(case, smpolicy.Hide(), by="author-1")),
    "case_approved_by_its_author": _case(_approve("author-1")),
    "case_approved_by_its_submitter": _case(lambda desk, _: desk.approve(_submitted_by_counsel(desk), by="counsel-1")),
    "case_approved_in_a_role_not_asked": _case(_approve("chief-1")),
    "case_approved_in_a_role_not_held": _case(_approve("clerk-1", role="legal_counsel")),
    "case_approval_taken_back_by_another": _case(
        _after(_approve(), lambda desk, case: desk.take_back(case, desk.case(case).approvals[0].number, by="both-1"))
    ),
    "case_reviewed_by_its_author": _case(
        lambda desk, case: desk.review(case, by="author-1"), offends_expectations=True, time_sensitive=True
    ),
    "case_without_a_review": _case(lambda desk, case: desk.review(case, by="chief-1")),
    "clock_moved_back": _case(lambda desk, case: desk.comment(case, "x", by="clerk-1", at=AT - HOUR)),
    "loan_to_oneself": _case(_lend(to="counsel-1")),
    "loan_too_long": _case(_lend(until=AT + timedelta(days=6))),
    "loans_not_made": _no_loans,
    "notification_failed": _notify_in_vain,
    "store_edited": _tampered("UPDATE events SET by = 'both-1' WHERE kind = 'submitted'"),
    "store_with_a_gap": _tampered("DELETE FROM events WHERE kind = 'commented'"),
    "store_head_that_is_none": lambda _: open_desk(Path(), head="5"),
    "store_key_too_short": lambda _: open_desk(Path(), key=b"secret"),
    "store_key_of_another": _other_key,
    "store_key_missing": _without_key,
    "store_of_a_newer_version": _newer,
    "store_that_is_something_else": _something_else,
    "store_that_is_no_database": _no_database,
    "store_elsewhere": lambda _: Store.open("mysql://desk@127.0.0.1/desk", key=bytes(32)),
    "store_without_its_driver": _without_driver,
    "store_with_nothing_sealed": _nothing_sealed,
    "store_in_a_folder": _damaged_folder,
    "engine_without_its_library": _without_library,
    "engine_with_names_that_are_one": lambda _: forward_rules.check_properties({"costarring": bool, "liquid": bool}),
    "engines_that_disagree": _disagreeing,
}


def _submitted_by_counsel(desk: smpolicy.Desk) -> int:
    case = desk.submit(post({"humor": True}), by="counsel-1").case
    assert case is not None
    return case.id
