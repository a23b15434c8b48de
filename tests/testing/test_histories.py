"""Tests of the strategy for histories of a desk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

import smpolicy
from smpolicy.testing import strategies
from smpolicy.testing.histories import History
from tests.builders import AT
from tests.cases.building import first_policy

PLAYED = settings(max_examples=40, database=None, suppress_health_check=list(HealthCheck), deadline=None)


@pytest.fixture
def opening(tmp_path: Path) -> Iterator[Callable[[], smpolicy.Desk]]:
    """Opens a desk on a new store each time."""
    with ExitStack() as stack:
        count = iter(range(10_000))

        def open_new() -> smpolicy.Desk:
            place = tmp_path / f"{next(count)}.db"
            return stack.enter_context(smpolicy.Desk.open(place, first_policy(), clock=lambda: AT))

        yield open_new


class TestHistories:
    def test_play_every_verb(self, opening: Callable[[], smpolicy.Desk]) -> None:
        """In some histories every verb is tried, much is done, and what is refused is told by its code."""
        seen: Counter[str] = Counter()

        @settings(PLAYED, derandomize=True)
        @given(strategies.histories(opening, kinds=["publish"], steps=12))
        def play(history: History) -> None:
            seen.update(f"{each.verb} {each.came_to}" for each in history.steps)
            assert history.desk.verify().sound

        play()
        verbs = {each.partition(" ")[0] for each in seen}
        assert {"submit", "approve", "release", "delegate", "withdraw", "edit", "answer"} <= verbs
        assert "submit done" in seen
        assert any(not each.endswith(" done") for each in seen)

    def test_nothing_is_released_twice(self, opening: Callable[[], smpolicy.Desk]) -> None:
        """Over all histories a case is released only where the decision was an allow, and never twice."""

        @PLAYED
        @given(strategies.histories(opening, kinds=["publish"]))
        def play(history: History) -> None:
            released = [each.case for each in history.steps if each.verb == "release" and each.allowed]
            assert len(released) == len(set(released))
            for number in released:
                assert number is not None
                assert history.desk.case(number, at=history.steps[-1].at).status == "released"

        play()

    def test_shared_desk(self, opening: Callable[[], smpolicy.Desk]) -> None:
        """On a shared desk each history goes on where the one before it ended."""
        ends = [AT]

        @settings(PLAYED, max_examples=5)
        @given(strategies.histories(opening(), kinds=["publish"], steps=4))
        def play(history: History) -> None:
            moments = [each.at for each in history.steps]
            assert moments == sorted(moments)
            assert moments[0] >= AT
            ends.append(moments[-1])

        play()
        assert len(ends) > 1

    @pytest.mark.parametrize(("desk", "steps"), [("desk.db", 3), (None, 0)])
    def test_bad_arguments(self, opening: Callable[[], smpolicy.Desk], desk: object, steps: int) -> None:
        """What is no desk, or no number of steps, is told when the strategy is drawn from."""

        @settings(PLAYED, max_examples=1)
        @given(st.data())
        def draw(data: st.DataObject) -> None:
            with pytest.raises(InvalidArgument):
                data.draw(strategies.histories(desk or opening, steps=steps))  # type: ignore[arg-type]

        draw()
