"""Tests of JSON texts: what is read, what is refused, and where the fault is said to be."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smpolicy.errors import InvalidFile
from smpolicy.loading.json_files import MOST_BYTES, MOST_NESTING, parse_json


def refused(raw: bytes) -> tuple[str, int | None, int | None]:
    """Return the code and the place of what is wrong with a text."""
    with pytest.raises(InvalidFile) as caught:
        parse_json(raw, "action.json")
    (problem,) = caught.value.problems
    assert problem.place is not None
    assert problem.place.file == "action.json"
    return problem.code, problem.place.line, problem.place.column


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


class TestParse:
    @given(TREES, st.booleans(), st.sampled_from([None, 1]))
    def test_reads_whatever_json_holds(self, value: Any, ascii_only: bool, indent: int | None) -> None:
        """Every value that JSON can hold is read as it was written."""
        text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
        assert parse_json(text.encode(), "action.json") == value

    def test_reads_past_a_byte_order_mark(self) -> None:
        """A mark that some editors put first does no harm."""
        assert parse_json(b"\xef\xbb\xbf{}", "action.json") == {}

    def test_same_key_in_different_objects_is_fine(self) -> None:
        """A key may stand in two objects, and inside a value of the same name."""
        text = b'{"a": {"a": [{"a": 1}, {"a": 2}]}, "b": {"a": "\\"a\\": 1, \\"a\\": 2"}}'
        assert parse_json(text, "action.json")["b"] == {"a": '"a": 1, "a": 2'}

    @given(st.binary(max_size=200))
    @example(b'{"a": 1, "a"')
    @example(b'{"":0,"":0}')
    @example(b"-Infinity")
    @example(b"NaNNaN")
    @example(b"1e999x")
    @example(b"[1e999-3]")
    @example(b"99999999999999999999x")
    def test_any_bytes_end_in_a_value_or_an_error(self, raw: bytes) -> None:
        """Whatever the bytes are, nothing but a value or our own error comes of them."""
        with suppress(InvalidFile):
            parse_json(raw, "action.json")

    @given(st.text('{}[]":,\\u0eE-.19 NaInfity\n', max_size=60))
    def test_any_jumble_ends_in_a_value_or_an_error(self, text: str) -> None:
        """So it is with the characters of JSON in any order."""
        with suppress(InvalidFile):
            parse_json(text.encode(), "action.json")


class TestRefusals:
    @pytest.mark.parametrize(
        ("raw", "found"),
        [
            pytest.param(b"", ("not_json", None, None), id="nothing"),
            pytest.param(b'{"a": }', ("not_json", 1, 7), id="a value missing"),
            pytest.param(b'{"a": 1}\n{', ("not_json", 2, 1), id="two values"),
            pytest.param(b'{\n "a": 1,\n "a": 2}', ("duplicate_key", 3, 2), id="a key twice"),
            pytest.param(b'{"\\u0061": 1, "a": 2}', ("duplicate_key", 1, 15), id="a key written in two ways"),
            pytest.param(b'[[0], {"b": {"a": 1, "a": 2}}]', ("duplicate_key", 1, 22), id="a key twice further in"),
            pytest.param(b'{"a": NaN}', ("wrong_number", 1, 7), id="no number"),
            pytest.param(b"[1, -Infinity]", ("wrong_number", 1, 5), id="infinity"),
            pytest.param(b'["NaN", 1e400]', ("wrong_number", 1, 9), id="an overflow"),
            pytest.param(b"[123456789012345678901]", ("wrong_number", 1, 2), id="a huge number"),
            pytest.param(b"[1, NaNs]", ("wrong_number", 1, 5), id="no number, and more"),
            pytest.param(b"[1, 2e999.5]", ("wrong_number", 1, 5), id="an overflow, and more"),
            pytest.param(b'{"a": "\xff"}', ("not_utf8", 1, 8), id="bytes that are no text"),
            pytest.param(b'"\\ud83d"', ("not_utf8", None, None), id="half a character"),
            pytest.param(b"[" * (MOST_NESTING + 1), ("too_deep", 1, MOST_NESTING + 1), id="too deep"),
            pytest.param(b" " * (MOST_BYTES + 1), ("too_large", None, None), id="too large"),
        ],
    )
    def test_is_told_at_its_place(self, raw: bytes, found: tuple[str, int | None, int | None]) -> None:
        """Each fault has its code, and the line and column where it stands."""
        assert refused(raw) == found

    def test_whole_character_in_two_escapes_is_fine(self) -> None:
        """An escape for each half of a character makes the character."""
        assert parse_json(b'"\\ud83d\\ude00"', "action.json") == "\N{GRINNING FACE}"

    def test_deepest_allowed_is_read(self) -> None:
        """Nesting up to the limit is read."""
        assert parse_json(b"[" * MOST_NESTING + b"]" * MOST_NESTING, "action.json")

    @pytest.mark.parametrize(
        "raw",
        [
            pytest.param(b'"' + b"\\\\" * 500_000, id="a string never closed"),
            pytest.param(b"[" * 1_000_000, id="brackets"),
            pytest.param(b'{"a":1,' * 100_000, id="objects never closed"),
            pytest.param(b"9" * 1_000_000, id="digits"),
            pytest.param(b'{"a":0,' + b'"b":0,' * 150_000 + b'"a":0}', id="many keys"),
        ],
    )
    def test_is_refused_quickly(self, raw: bytes) -> None:
        """What is made to take long is refused soon."""
        start = time.perf_counter()
        refused(raw)
        assert time.perf_counter() - start < 5
