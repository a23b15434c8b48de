"""Tests of smpolicy.loading.toml_files: safe reading, and places."""

from __future__ import annotations

import os
import time
import tomllib
from contextlib import suppress
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from attrs import define, field
from hypothesis import example, given
from hypothesis import strategies as st

from smpolicy.errors import InvalidFile, MissingFile, Place, PolicyError, Problem
from smpolicy.loading.toml_files import MOST_BYTES, MOST_NESTING, Document, parse, read
from smpolicy.loading.toml_places import find_offsets

LARGE = MOST_BYTES // 4
EXAMPLE = dedent(
    """\
    # a comment with [brackets], "quotes" and = signs
    title = "Example"  # trailing

    [agency]
    name = 'Marlow Bend'
    hours.opening = 8
    hours . "closing time" = 17

      [ agency . "front desk" ]
      open = true

    [[rule]]
    id = "first"
    text = \"\"\"
    [not_a_table]
    key = "not a key"
    \"\"\"
    on = [
        "publish", # one
        "edit",
    ]
    approvals = [{ office = "legal" },
                 { office = "chief", people = 2, deep = { x = [1, [2, 3]] } }]

    [[rule]]
    id = "second"
    [[rule.part]]
    a = 1
    [[rule.part]]
    a = 2
    [rule.other]
    'b' = 1979-05-27 07:32:00
    """
)


def problem_of(text: str) -> Problem:
    """Return the one problem that a text has."""
    with pytest.raises(InvalidFile) as caught:
        parse(text, "agency.toml")
    (problem,) = caught.value.problems
    return problem


class TestPlaces:
    @pytest.mark.parametrize(
        ("path", "line", "column"),
        [
            (("title",), 2, 1),
            (("agency",), 4, 2),
            (("agency", "name"), 5, 1),
            (("agency", "hours"), 6, 1),
            (("agency", "hours", "opening"), 6, 7),
            (("agency", "hours", "closing time"), 7, 9),
            (("agency", "front desk"), 9, 14),
            (("agency", "front desk", "open"), 10, 3),
            (("rule",), 12, 3),
            (("rule", 0), 12, 3),
            (("rule", 0, "id"), 13, 1),
            (("rule", 0, "text"), 14, 1),
            (("rule", 0, "on"), 18, 1),
            (("rule", 0, "on", 0), 19, 5),
            (("rule", 0, "on", 1), 20, 5),
            (("rule", 0, "approvals", 0, "office"), 22, 16),
            (("rule", 0, "approvals", 1), 23, 14),
            (("rule", 0, "approvals", 1, "people"), 23, 34),
            (("rule", 0, "approvals", 1, "deep", "x"), 23, 55),
            (("rule", 0, "approvals", 1, "deep", "x", 1, 1), 23, 67),
            (("rule", 1), 25, 3),
            (("rule", 1, "id"), 26, 1),
            (("rule", 1, "part"), 27, 8),
            (("rule", 1, "part", 0, "a"), 28, 1),
            (("rule", 1, "part", 1), 29, 8),
            (("rule", 1, "part", 1, "a"), 30, 1),
            (("rule", 1, "other", "b"), 32, 1),
        ],
    )
    def test_place_of_path(self, path: tuple[str | int, ...], line: int, column: int) -> None:
        """Every table, key and element has the line and column on which it stands."""
        assert parse(EXAMPLE, "x.toml").place(*path) == Place("x.toml", line, column)

    def test_unknown_key_falls_back_to_its_table(self) -> None:
        """A key that is not there has the place of the table around it."""
        assert parse(EXAMPLE, "x.toml").place("rule", 1, "missing", 7) == Place("x.toml", 25, 3)

    def test_unknown_table_falls_back_to_the_file(self) -> None:
        """Where nothing around a path is known, its place is the first line."""
        assert parse(EXAMPLE, "x.toml").place("missing") == Place("x.toml", 1)

    def test_named_header_wins_over_a_passing_mention(self) -> None:
        """A table named in passing by an earlier header has the place of its own header."""
        assert parse("[a.b]\nx = 1\n[a]\ny = 2\n", "x.toml").place("a") == Place("x.toml", 3, 2)

    def test_windows_line_ends(self) -> None:
        """Line ends of two characters count as one."""
        assert parse("a = 1\r\nb = 2\r\n\r\nc = 3\r\n", "x.toml").place("c") == Place("x.toml", 4, 1)

    def test_escaped_key(self) -> None:
        """A key written with escapes is found by what it stands for."""
        assert parse('a = 1\n"\\u00e9t\\u00e9" = 2\n', "x.toml").place("été") == Place("x.toml", 2, 1)

    def test_key_that_looks_like_a_number(self) -> None:
        """A bare key with a dot is two keys."""
        assert parse("a = 1\n3.14 = 2\n", "x.toml").place("3", "14") == Place("x.toml", 2, 3)

    def test_quotes_at_the_end_of_a_long_string(self) -> None:
        """Quotes just before the end of a multi-line string do not confuse what follows."""
        text = 'a = """x"""""\nb = \'\'\'y\'\'\'\'\'\nc = """\\""""\nd = 1\n'
        assert parse(text, "x.toml").place("d") == Place("x.toml", 4, 1)

    @example('"\\q" = 1')
    @given(st.text(alphabet=" \n\t#\"'\\[]{}=.,ab1", max_size=60))
    def test_odd_text_never_crashes_the_search(self, text: str) -> None:
        """Finding places ends without an error for text of any kind."""
        find_offsets(text)


@define
class _Written:
    """A document under construction, with the line on which each path was written."""

    lines: list[str] = field(factory=list)
    places: dict[tuple[str | int, ...], int] = field(factory=dict)

    def add(self, text: str, path: tuple[str | int, ...] | None = None) -> None:
        if path is not None:
            self.places[path] = len(self.lines) + 1
        self.lines += text.split("\n")


KEYS = st.sampled_from(["a", "b-c", "D_1", "2", '"q.u [o]"', "'li=t'", '"e\\"s"', '""'])
VALUES = st.sampled_from(
    [
        "1",
        "-1.5e3",
        "true",
        '"x # [y] = \\"z\\""',
        "'\\'",
        '"""\n[a]\n"b"\n"""',
        "'''\n# \"\"\"\n'''",
        "[]",
        "[ # c\n 1,\n 2 ]",
        "{}",
        "{ x = 1, y.z = [ {} ] }",
        "1979-05-27",
        "07:32:00",
        "[[1], ['a']]",
        '[{ a = "}" }, { b = "]" }]',
    ]
)
NOISE = st.sampled_from(["", "# [no] = \"'''", "  \t", "#"])


def meaning(key: str) -> str:
    """Return what a written key stands for."""
    return next(iter(tomllib.loads(f"{key} = 1")))


@st.composite
def documents(draw: st.DrawFn) -> _Written:
    """Documents with the line of each of their tables and keys."""
    written = _Written()

    def keys_below(path: tuple[str | int, ...], name: str) -> None:
        for key in draw(st.lists(KEYS, unique=True, max_size=3)):
            written.add(draw(NOISE))
            dotted = draw(st.booleans())
            space = draw(st.sampled_from(["", " "]))
            line = f"{name}{key}{space}.{space}sub" if dotted else f"{name}{key}"
            full = (*path, name + meaning(key), *(("sub",) if dotted else ()))
            written.add(f"{space}{line} = {draw(VALUES)}{draw(st.sampled_from(['', '  # end']))}", full)

    keys_below((), "")
    for number, kind in enumerate(draw(st.lists(st.sampled_from(["table", "array", "inner"]), max_size=4))):
        key = draw(KEYS)
        table = f"t{number}"
        if kind == "array":
            for index in range(draw(st.integers(1, 3))):
                written.add(f"[[ {table} . {key} ]]", (table, meaning(key), index))
                keys_below((table, meaning(key), index), "")
                if draw(st.booleans()):
                    written.add(f"[{table}.{key}.inside]", (table, meaning(key), index, "inside"))
                    keys_below((table, meaning(key), index, "inside"), "")
        else:
            written.add(f"[{table}.{key}] # [[no]]" if kind == "inner" else f"[{table}]")
            path: tuple[str | int, ...] = (table, meaning(key)) if kind == "inner" else (table,)
            written.places[path] = len(written.lines)
            keys_below(path, "")
    return written


def value_at(data: Any, path: tuple[str | int, ...]) -> Any:
    """Return the value at a path."""
    for step in path:
        data = data[step]
    return data


class TestGeneratedDocuments:
    @given(documents(), st.sampled_from(["\n", "\r\n"]))
    def test_known_lines(self, written: _Written, end: str) -> None:
        """Every path of a generated document has the line on which it was written."""
        document = parse(end.join(written.lines), "x.toml")
        assert {path: document.place(*path).line for path in written.places} == written.places

    @given(documents())
    def test_places_only_of_what_is_there(self, written: _Written) -> None:
        """The search finds no path that the parsed document lacks."""
        text = "\n".join(written.lines)
        data = parse(text, "x.toml").data
        for path in find_offsets(text).starts:
            value_at(data, path)


class TestHostileText:
    @given(st.text(max_size=200))
    @example("\x00")
    @example("a = " + "9" * 5000)
    @example("\ud800 = 1")
    def test_any_text_parses_or_is_refused(self, text: str) -> None:
        """Text of any kind yields a document or one of our errors."""
        with suppress(PolicyError):
            assert parse(text, "x.toml").place("a", 0, "b").file == "x.toml"

    @given(st.text(alphabet=" \n\"'\\[]{}=.,a1#-:", max_size=80))
    def test_any_near_toml_parses_or_is_refused(self, text: str) -> None:
        """Text of TOML's own characters yields a document or one of our errors."""
        with suppress(PolicyError):
            assert parse(text, "x.toml").place("a", 0, "b").line

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("a = " + "[" * 100_000, id="arrays"),
            pytest.param("a = " + "{ a = " * 100_000, id="inline tables"),
            pytest.param("a" + ".a" * 200_000 + " = 1", id="dotted key"),
            pytest.param("[" + "a." * 200_000 + "a]", id="dotted header"),
            pytest.param("[" + "a." * 20 + "a]\n" + "b." * 20 + "b = 1", id="header and key"),
            pytest.param("a = " + "[" * 20 + "{ a." + "a." * 20 + "b = 1 }" + "]" * 20, id="key in arrays"),
        ],
    )
    def test_deep_nesting_is_refused(self, text: str) -> None:
        """Nesting of every form ends in one error, whatever lies beneath."""
        assert problem_of(text).code == "too_deep"

    def test_deepest_allowed_nesting(self) -> None:
        """As many levels as allowed are accepted."""
        text = "a = " + "[" * (MOST_NESTING - 1) + "]" * (MOST_NESTING - 1)
        assert parse(text, "x.toml").data

    def test_many_decimal_points_are_no_nesting(self) -> None:
        """A long row of numbers with decimal points is not taken for a dotted key."""
        assert parse("a = [" + "1.5, " * 100 + "]", "x.toml").data["a"][99] == 1.5

    def test_brackets_in_strings_and_comments_are_no_nesting(self) -> None:
        """Brackets count only where they open something."""
        text = f"a = '{'[' * 99}' # {'[' * 99}\nb = \"{'{' * 99}\\\"[\"\nc = '''\n{'[' * 99}'''\n"
        assert set(parse(text, "x.toml").data) == {"a", "b", "c"}

    def test_too_large_text(self) -> None:
        """Text of more than a mebibyte is refused, in bytes and not in characters."""
        assert problem_of("#" + "é" * (MOST_BYTES // 2)).code == "too_large"

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param('\\"""x"' * (LARGE // 6 - 1), id="strings that never close"),
            pytest.param('a = """' + '\\"""' * (LARGE // 4 - 3), id="escaped quotes"),
            pytest.param("a = [" + "1," * (LARGE // 2 - 10) + "]", id="long array"),
            pytest.param("[[a]]\n" * (LARGE // 6 - 1), id="many tables"),
            pytest.param("a = " + "9" * (LARGE - 10), id="long number"),
        ],
    )
    def test_large_text_takes_little_time(self, text: str) -> None:
        """Large text ends soon, whether it is accepted or refused."""
        started = time.process_time()
        with suppress(PolicyError):
            parse(text, "x.toml").place("a", 0)
        assert time.process_time() - started < 10

    @pytest.mark.parametrize(
        "character", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u200b", "\u202e", "\u2066", "\ufeff"]
    )
    @pytest.mark.parametrize("text", ["a = 1\nb = 'x{}'", "a = 1\n# x{}", "a = 1\nbb{} = 2"])
    def test_hidden_character(self, text: str, character: str) -> None:
        """A character that cannot be seen is refused anywhere, at its place, by its number."""
        problem = problem_of(text.format(character))
        assert (problem.code, problem.place and problem.place.line) == ("hidden_character", 2)
        assert f"U+{ord(character):04X}" in problem.message

    def test_hidden_character_in_an_escape(self) -> None:
        """A hidden character written as an escape is refused at its key's place."""
        problem = problem_of('a = 1\n[b]\nc = ["x", "\\u202E"]')
        assert (problem.code, problem.place) == ("hidden_character", Place("agency.toml", 3, 11))

    def test_hidden_character_in_an_escaped_key(self) -> None:
        """A hidden character in a key is refused too."""
        assert problem_of('"\\u0000" = 1').code == "hidden_character"

    def test_ordinary_unicode_is_welcome(self) -> None:
        """Letters of any script and emoji are accepted."""
        assert parse("a = 'Señor Žižek, 東京 ⚠️'", "x.toml").data == {"a": "Señor Žižek, 東京 ⚠️"}


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "key", "line", "column", "first"),
        [
            ("a = 1\nb = 2\na = 3\n", "a", 3, 1, 1),
            ("[a]\n[b]\n[a]\n", "a", 3, 2, 1),
            ("[a]\nb.c = 1\n\nb.c = 2\n", "a.b.c", 4, 3, 2),
            ("[[r]]\nx = 1\n[[r]]\nx = 1\n'x' = 2\n", "r.x", 5, 1, 4),
            ("x = { a = 1, b = 2, a = 3 }\n", "x.a", 1, 21, 1),
        ],
    )
    def test_duplicate_key(self, text: str, key: str, line: int, column: int, first: int) -> None:
        """A key that stands there twice is an error at the second, naming the line of the first."""
        problem = problem_of(text)
        assert problem.code == "duplicate_key"
        assert problem.message == f"the key `{key}` stands here a second time"
        assert problem.place == Place("agency.toml", line, column)
        assert problem.help == f"keep one of the two: the first is on line {first}"

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("a = 1\nb = yes\n", 2),
            ("a = 1\n\nb\n", 3),
            ("a = [1,\n2\n", 3),
            ('a = "x\n', 1),
            ("a = 1\n[a.b]\n", 2),
            ("a = [{}]\n[[a]]\n", 2),
            ("a = 2023-02-30\n", 1),
            ("a = 1\rb = 2\n", 1),
        ],
    )
    def test_syntax(self, text: str, line: int) -> None:
        """Text that is no TOML is an error on its line."""
        problem = problem_of(text)
        assert (problem.code, problem.place and problem.place.line) == ("not_toml", line)
        assert problem.message.startswith("this is not valid TOML: ")

    def test_message_has_no_place_of_its_own(self) -> None:
        """The parser's own words about the place are left out of the message."""
        assert "line" not in problem_of("a = 1\nb = yes\n").message

    @pytest.mark.parametrize("number", ["9223372036854775808", "-9223372036854775809", "0x" + "f" * 17, "9" * 5000])
    def test_large_number(self, number: str) -> None:
        """A whole number of more than 64 bits is refused on its line."""
        problem = problem_of(f"a = 1\nb = {number}")
        assert (problem.code, problem.place and problem.place.line) == ("wrong_number", 2)

    @pytest.mark.parametrize("number", ["inf", "-inf", "nan", "1e999"])
    def test_number_that_is_not_finite(self, number: str) -> None:
        """Infinity and its like are refused."""
        assert problem_of(f"a = 1\nb = {number}").code == "wrong_number"


class TestRead:
    def test_data_and_name(self, tmp_path: Path) -> None:
        """A file is read under the name that was given."""
        path = tmp_path / "agency.toml"
        path.write_text("a = 'é'\n", encoding="utf-8")
        document = read(path)
        assert (document.name, document.data) == (str(path), {"a": "é"})

    def test_byte_order_mark(self, tmp_path: Path) -> None:
        """The mark that some editors put before the text is not part of it."""
        path = tmp_path / "agency.toml"
        path.write_bytes(b"\xef\xbb\xbfa = 1\r\n")
        assert read(path).place("a") == Place(str(path), 1, 1)

    def test_not_utf8(self, tmp_path: Path) -> None:
        """Bytes that are not UTF-8 are an error at their place."""
        path = tmp_path / "agency.toml"
        path.write_bytes(b"a = 1\r\nb = '\xc3\xa9t\xe9'\r\n")
        with pytest.raises(InvalidFile) as caught:
            read(path)
        assert caught.value.code == "not_utf8"
        assert caught.value.problems[0].place == Place(str(path), 2, 8)

    def test_too_large_file(self, tmp_path: Path) -> None:
        """A file of more than a mebibyte is refused."""
        path = tmp_path / "agency.toml"
        path.write_bytes(b"#" * (MOST_BYTES + 1))
        with pytest.raises(InvalidFile, match="larger than 1024 KiB"):
            read(path)

    def test_largest_file(self, tmp_path: Path) -> None:
        """A file of just a mebibyte is read."""
        path = tmp_path / "agency.toml"
        path.write_bytes(b"#" * MOST_BYTES)
        assert read(path).data == {}

    def test_missing_file(self, tmp_path: Path) -> None:
        """A file that is not there is an error that callers can catch as they are used to."""
        with pytest.raises(FileNotFoundError, match="there is no such file"):
            read(tmp_path / "agency.toml")

    @pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
    def test_impossible_name(self, tmp_path: Path, name: str) -> None:
        """A name that no file can have is a missing file."""
        with pytest.raises(MissingFile):
            read(tmp_path / name, within=tmp_path)

    def test_folder(self, tmp_path: Path) -> None:
        """A folder is no TOML file."""
        with pytest.raises(InvalidFile, match="not a regular file"):
            read(tmp_path)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    def test_named_pipe(self, tmp_path: Path) -> None:
        """A named pipe is refused rather than waited for."""
        os.mkfifo(tmp_path / "pipe.toml")
        with pytest.raises(InvalidFile, match="not a regular file"):
            read(tmp_path / "pipe.toml")

    @given(content=st.binary(max_size=100))
    def test_any_bytes_are_read_or_refused(self, tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
        """Bytes of any kind yield a document or one of our errors."""
        path = tmp_path_factory.getbasetemp() / "any.toml"
        path.write_bytes(content)
        with suppress(PolicyError):
            assert isinstance(read(path), Document)


class TestLinks:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """A folder beside a file that is not meant for it."""
        (tmp_path / "outside.toml").write_text("secret = 1\n")
        (tmp_path / "rules").mkdir()
        return tmp_path / "rules"

    def link(self, at: Path, to: Path) -> Path:
        """Make a symbolic link, or skip the test where this system has none for us."""
        try:
            at.symlink_to(to)
        except OSError:  # pragma: no cover
            pytest.skip("symbolic links cannot be made here")
        return at

    def test_link_out_of_the_folder(self, folder: Path) -> None:
        """A link to a file outside the folder is refused."""
        path = self.link(folder / "a.toml", folder.parent / "outside.toml")
        with pytest.raises(InvalidFile) as caught:
            read(path, within=folder)
        assert caught.value.code == "outside_folder"

    def test_path_out_of_the_folder(self, folder: Path) -> None:
        """A path that climbs out of the folder is refused."""
        with pytest.raises(InvalidFile, match="outside the folder"):
            read(folder / ".." / "outside.toml", within=folder)

    def test_link_inside_the_folder(self, folder: Path) -> None:
        """A link from one file of the folder to another is followed."""
        (folder / "b.toml").write_text("b = 1\n")
        assert read(self.link(folder / "a.toml", folder / "b.toml"), within=folder).data == {"b": 1}

    def test_folder_that_is_a_link_itself(self, folder: Path) -> None:
        """A folder that is reached by a link counts as what it leads to."""
        (folder / "b.toml").write_text("b = 1\n")
        alias = self.link(folder.parent / "alias", folder)
        assert read(alias / "b.toml", within=alias).data == {"b": 1}

    def test_link_to_itself(self, folder: Path) -> None:
        """A link that leads nowhere but to itself is an unreadable file."""
        path = self.link(folder / "a.toml", folder / "a.toml")
        with pytest.raises(MissingFile):
            read(path, within=folder)
