"""Tests of reading approvals from data."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import smpolicy
from smpolicy.loading.approval_files import read_approvals

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
FACTS = {
    "content.purpose": "other",
    "content.humor": True,
    "content.age": 3,
    "content.forms": ["reply"],
    "content.unknown": None,
    "content.insignia": {"includes": ["badge"], "excludes": [], "complete": False},
}
APPROVAL = smpolicy.Approval(
    "chief-1", "chief_or_sheriff", "S.1/x", "0" * 64, "1" * 64, FACTS, AT, AT + timedelta(days=30)
)

KEYS = st.sampled_from([*APPROVAL.to_dict(), "other"])


def problems(data: object) -> list[tuple[str, str | None]]:
    """Return the code and the place of everything wrong with data."""
    with pytest.raises(smpolicy.InvalidApproval) as caught:
        read_approvals(data)
    return [(problem.code, problem.path) for problem in caught.value.problems]


class TestReadApprovals:
    def test_reads_what_is_written(self) -> None:
        """An approval written as data is read back equal."""
        assert read_approvals([APPROVAL.to_dict()]) == (APPROVAL,)

    def test_reads_one_alone(self) -> None:
        """One approval need not stand in a list."""
        assert read_approvals(APPROVAL.to_dict()) == (APPROVAL,)

    def test_reads_none(self) -> None:
        """An empty list holds none."""
        assert read_approvals([]) == ()

    @pytest.mark.parametrize(
        ("change", "found"),
        [
            ({"by": ""}, [("wrong_type", "$[0].by")]),
            ({"role": 7}, [("wrong_type", "$[0].role")]),
            ({"given_at": "2026-06-01"}, [("wrong_type", "$[0].given_at")]),
            ({"expires_at": None}, [("wrong_type", "$[0].expires_at")]),
            ({"facts": []}, [("wrong_type", "$[0].facts")]),
            ({"facts": {"a": [[]]}}, [("wrong_type", "$[0].facts.a")]),
            ({"facts": {"a": {"includes": 5, "complete": False}}}, [("wrong_type", "$[0].facts.a")]),
            ({"facts": {"a": 2**53}}, [("wrong_type", "$[0].facts.a")]),
            ({"facts": {"a": 1.5}}, [("wrong_type", "$[0].facts.a")]),
            ({"rol": "chief"}, [("unknown_key", "$[0].rol")]),
        ],
    )
    def test_tells_what_is_wrong(self, change: dict[str, Any], found: list[tuple[str, str]]) -> None:
        """Each fault is told at its place."""
        assert problems([APPROVAL.to_dict() | change]) == found

    def test_tells_all_at_once(self) -> None:
        """Every fault of every approval is told."""
        lacking = {key: value for key, value in APPROVAL.to_dict().items() if key not in ("by", "rule")}
        assert problems([lacking, 7]) == [("missing_key", "$[0]"), ("missing_key", "$[0]"), ("wrong_type", "$[1]")]

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(KEYS | st.text(), inner),
            max_leaves=12,
        )
    )
    def test_any_data_is_read_or_refused(self, data: Any) -> None:
        """Whatever the data, nothing but approvals or our own error comes of it."""
        with suppress(smpolicy.InvalidApproval):
            assert isinstance(read_approvals(data), tuple)
