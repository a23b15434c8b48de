"""Tests of smpolicy.directories: who is known, and who holds which role when."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import smpolicy
from smpolicy.directories import HeldRole, ListedDirectory, Person, read_directory
from smpolicy.errors import InvalidFile, MissingFile
from smpolicy.kinds import CORE
from smpolicy.vocabulary import SomeOf
from tests.builders import AT

CHICAGO = ZoneInfo("America/Chicago")
ACTING = HeldRole("chief_or_sheriff", date(2026, 3, 1), date(2026, 5, 1))


def roles(person: Person, at: datetime) -> object:
    """Return the roles of a person at a moment."""
    found = ListedDirectory({"p-1": person}, time_zone=CHICAGO).person("p-1", at)
    assert found is not None
    return found.roles


class TestPerson:
    def test_unregistered(self) -> None:
        """Nobody is found under an id that is not registered."""
        assert ListedDirectory().person("p-1", AT) is None

    def test_always(self) -> None:
        """Roles without dates are held always; where nothing is said, they are unknown."""
        assert roles(Person(smpolicy.Member(roles=["moderator"])), AT) == {"moderator"}
        assert roles(Person(smpolicy.Member()), AT) is None

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (datetime(2026, 3, 1, 5, 59, tzinfo=UTC), set()),
            (datetime(2026, 3, 1, 6, 0, tzinfo=UTC), {"chief_or_sheriff"}),
            (datetime(2026, 5, 1, 4, 59, tzinfo=UTC), {"chief_or_sheriff"}),
            (datetime(2026, 5, 1, 5, 0, tzinfo=UTC), set()),
        ],
    )
    def test_held_for_a_time(self, at: datetime, expected: set[str]) -> None:
        """A role is held from its first day to before its last, by the agency's calendar."""
        assert roles(Person(smpolicy.Member(), (ACTING,)), at) == expected

    def test_both(self) -> None:
        """A role held for a time is held beside the others."""
        person = Person(smpolicy.Member(roles=["moderator"]), (HeldRole("investigator", date(2026, 1, 1)),))
        assert roles(person, AT) == {"moderator", "investigator"}

    def test_partly_known(self) -> None:
        """Beside roles of which only some are known, a role held for a time leaves the others unknown."""
        known = SomeOf({"moderator"}, {"investigator", "supervisor"})
        person = Person(smpolicy.Member(roles=known), (HeldRole("investigator", date(2026, 1, 1)),))
        assert roles(person, AT) == SomeOf({"moderator", "investigator"}, {"supervisor"})

    def test_people(self) -> None:
        """A directory lists its people."""
        assert list(ListedDirectory({"p-1": Person(smpolicy.Member())}).people()) == ["p-1"]


class TestAlias:
    def test_alias(self) -> None:
        """An alias is found by its id, or is not registered."""
        known = smpolicy.RegisteredAlias(last_reviewed=AT)
        directory = ListedDirectory(aliases={"night-owl": known})
        assert directory.alias("night-owl") is known
        assert directory.alias("grey-heron") is None


class TestFile:
    def test_read(self, tmp_path: Path) -> None:
        """A directory file tells of people and aliases."""
        path = tmp_path / "directory.toml"
        path.write_text(
            '[[person]]\nid = "p-1"\nroles = ["moderator"]\nstatus = "sworn"\ntraining_date = 2026-01-02T12:00:00Z\n'
            'held = [{ role = "investigator", since = 2026-03-01, until = 2026-05-01 }]\n\n'
            '[[person]]\nid = "p-2"\nroles = { includes = ["moderator"], complete = false }\n\n'
            '[[alias]]\nid = "night-owl"\nlast_reviewed = 2026-02-01T12:00:00Z\n',
            encoding="utf-8",
        )
        read = read_directory(path, CORE, CHICAGO)
        assert read.persons["p-1"].held == (HeldRole("investigator", date(2026, 3, 1), date(2026, 5, 1)),)
        assert read.persons["p-1"].member.training_date == datetime(2026, 1, 2, 12, tzinfo=UTC)
        assert read.persons["p-2"].member.roles == SomeOf(frozenset({"moderator"}))
        assert read.aliases["night-owl"].last_reviewed == datetime(2026, 2, 1, 12, tzinfo=UTC)
        assert read.time_zone is CHICAGO

    def test_empty(self, tmp_path: Path) -> None:
        """A directory may be empty."""
        (tmp_path / "directory.toml").touch()
        assert list(read_directory(tmp_path / "directory.toml", CORE, CHICAGO).people()) == []

    def test_missing(self, tmp_path: Path) -> None:
        """A directory file that is not there is an error."""
        with pytest.raises(MissingFile):
            read_directory(tmp_path / "directory.toml", CORE, CHICAGO)

    def test_all_problems(self, tmp_path: Path) -> None:
        """All problems of a directory are told at once."""
        path = tmp_path / "directory.toml"
        path.write_text('[[person]]\nid = "p-1"\nrank = "boss"\n[[person]]\nid = "p-1"\n[[alias]]\n', encoding="utf-8")
        with pytest.raises(InvalidFile) as caught:
            read_directory(path, CORE, CHICAGO)
        assert [problem.code for problem in caught.value.problems] == ["unknown_member", "duplicate_id", "missing_key"]
