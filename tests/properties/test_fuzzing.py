"""Hostile and broken input: it ends in an error of ours, quickly, and nothing of it is executed."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import smpolicy
from smpolicy.errors import PolicyError
from smpolicy.kinds import CORE
from smpolicy.language.parsing import ConditionError, Scope, parse
from smpolicy.loading.locations import rulesets_folder
from smpolicy.testing.tables import to_toml
from tests.properties.small import AGENCY, PACK
from tests.usable import ENGINES

QUICK = 3.0
WORDS = [
    "content.humor",
    "content.tone",
    "content.forms",
    "record.retention_ends",
    "search.retention",
    "actor.id",
    "terms.removal_grounds",
    "choice.x",
    "definition.x",
    "and",
    "or",
    "not",
    "==",
    "!=",
    "<",
    "<=",
    "in",
    "not in",
    "is",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ",",
    "'humorous'",
    "'a'",
    "1",
    "-1",
    "0.5",
    "True",
    "None",
    "age",
    "overlaps",
    "within",
    "includes",
    "given",
    "lambda x:",
    "__import__('os')",
    ".__class__",
    ":=",
    "if",
    "else",
    "for x in",
    "*",
    "**",
    "f'{1}'",
    "await",
    "yield",
    "...",
    "\\",
    "\n",
    "#",
    ";",
    "=",
    "'",
    '"',
    "1e999",
    "0x10",
    "9" * 50,
    "\u00e9",
    "\x00",
]
HOSTILE = [
    "__import__('os').system('echo executed')",
    "().__class__.__bases__[0].__subclasses__()",
    "content.__class__",
    "content.humor.__init__",
    "[exec('1') for x in [1]] == []",
    "(lambda: open('executed', 'w'))()",
    "eval('1')",
    "exec('1')",
    "breakpoint()",
    "content.humor if exec('1') else content.humor",
    "f'{exec(1)}' == 'a'",
    "overlaps(content.forms, __import__('os').listdir())",
    "age(exec('1')) > 1",
    "definition.__class__",
    "choice.__class__",
    "(x := exec('1'))",
    "content.humor and " * 200 + "content.humor",
    "not " * 500 + "content.humor",
    "(" * 150 + "content.humor" + ")" * 150,
    "content.tone == " + "'a'" * 500,
    "9" * 3_900 + " == 1",
    "-" * 1_000 + "1 == 1",
    "[" * 1_000,
    "content" + ".a" * 1_500,
    "content.humor == " + "{" * 90 + "}" * 90,
]
PACK_TEXT, AGENCY_TEXT = to_toml(PACK), to_toml(AGENCY)
SHIPPED = [path.read_text(encoding="utf-8") for path in sorted(rulesets_folder().glob("iacp-2019/*.toml"))]


def scope() -> Scope:
    """Return a scope without choices and definitions."""

    def nothing(name: str) -> Any:
        raise KeyError(name)

    return Scope(CORE, {}, nothing)


def refuse_or_accept(action: Any, *errors: type[Exception]) -> None:
    """Run something, and let nothing but some errors out of it, soon."""
    begun, message = time.process_time(), "accepted"
    try:
        action()
    except errors as error:
        message = str(error)
    assert message
    assert time.process_time() - begun < QUICK


@st.composite
def mutated(draw: st.DrawFn, text: str) -> bytes:
    """Return a strategy for a text of which some pieces are cut out, repeated, or replaced."""
    raw = bytearray(text.encode())
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(len(raw) - 1, 0)))
        stop = min(start + draw(st.integers(0, 30)), len(raw))
        piece = draw(
            st.sampled_from(
                [
                    b"",
                    b"[",
                    b"]",
                    b"[[",
                    b"=",
                    b'"',
                    b"'",
                    b"{",
                    b"}",
                    b"\n",
                    b"#",
                    b"true",
                    b"-1",
                    b"1e9",
                    b"2026-01-01",
                    b"[[rule]]",
                    b"[ruleset]",
                    b"\xff",
                    b"\x00",
                    b"\xe2\x80\xae",
                    b"999999999999",
                    b"{}",
                    b"[]",
                    b"nan",
                    b".",
                ]
            )
            | st.just(bytes(raw[start:stop]) * 2)
            | st.binary(max_size=6)
        )
        raw[start:stop] = piece
    return bytes(raw)


def load_ruleset(*files: bytes) -> None:
    """Load a ruleset of some files' bytes."""
    with tempfile.TemporaryDirectory() as name:
        for number, raw in enumerate(files):
            (Path(name) / ("ruleset.toml" if number == 0 else f"{number}.toml")).write_bytes(raw)
        ruleset = smpolicy.load_ruleset(Path(name))
        ruleset.hash()


class TestFiles:
    @given(st.binary(max_size=200))
    def test_of_any_bytes_are_refused(self, raw: bytes) -> None:
        """Any bytes as a ruleset's file end in an error of ours."""
        refuse_or_accept(lambda: load_ruleset(raw), PolicyError)

    @given(mutated(PACK_TEXT))
    def test_of_rules_that_are_damaged(self, raw: bytes) -> None:
        """A damaged ruleset file loads, or ends in an error of ours."""
        refuse_or_accept(lambda: load_ruleset(raw), PolicyError)

    @given(st.sampled_from(SHIPPED).flatmap(mutated))
    def test_of_shipped_rules_that_are_damaged(self, raw: bytes) -> None:
        """A damaged file of the shipped ruleset loads, or ends in an error of ours."""
        refuse_or_accept(lambda: load_ruleset(PACK_TEXT.encode(), raw), PolicyError)

    @given(st.integers(0, 2**32))
    def test_of_an_agency_that_are_damaged(self, seed: int) -> None:
        """A damaged agency file loads, or ends in an error of ours."""
        raw = _damaged(AGENCY_TEXT, seed)
        refuse_or_accept(lambda: load_policy(raw), PolicyError)

    @given(st.integers(0, 2**32))
    def test_with_tables_of_other_shapes(self, seed: int) -> None:
        """A ruleset in which some value is of another type loads, or ends in an error of ours."""
        chance = random.Random(seed)
        refuse_or_accept(lambda: load_ruleset(to_toml(_other_shapes(PACK, chance)).encode()), PolicyError)

    @given(st.integers(0, 2**32))
    def test_of_an_agency_with_tables_of_other_shapes(self, seed: int) -> None:
        """An agency in which some value is of another type loads, or ends in an error of ours."""
        chance = random.Random(seed)
        refuse_or_accept(lambda: load_policy(to_toml(_other_shapes(AGENCY, chance)).encode()), PolicyError)

    @pytest.mark.parametrize("depth", [8, 30, 300])
    def test_with_definitions_inside_each_other(self, depth: int) -> None:
        """Definitions that each use the one before twice, or very deeply, load or end in an error, and soon."""
        for form in (
            "definition.d{0} and content.humor or definition.d{0} and content.unverified",
            "(definition.d{0} and content.humor) or content.unverified",
        ):
            pack = {
                **PACK,
                "fact": [],
                "choice": [],
                "definition": [
                    {"id": "d0", "about": "X.1", "when": "content.time_sensitive"},
                    *({"id": f"d{n}", "about": "X.1", "when": form.format(n - 1)} for n in range(1, depth)),
                ],
                "rule": [
                    {
                        "id": "X.1/deep",
                        "on": ["publish"],
                        "when": f"definition.d{depth - 1}",
                        "then": "deny",
                        "reason": "Deep.",
                    }
                ],
            }
            pack["ruleset"] = {key: value for key, value in PACK["ruleset"].items() if key != "namespace"}
            call = f"load_policy({AGENCY_TEXT!r}.encode(), {to_toml(pack)!r}.encode())"
            run = run_python(f"from tests.properties.test_fuzzing import load_policy\n{call}")
            assert run.returncode == 0 or "\nsmpolicy.errors.InvalidFile: " in run.stderr, run.stderr[-2_000:]


def load_policy(raw: bytes, pack: bytes = PACK_TEXT.encode()) -> None:
    """Load an agency's file with the small pack beside it, bind it, and decide something with every engine."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "small-pack").mkdir()
        (Path(name) / "small-pack" / "ruleset.toml").write_bytes(pack)
        (Path(name) / "agency.toml").write_bytes(raw)
        for engine in (*ENGINES, None):
            policy = smpolicy.load(Path(name) / "agency.toml", engine=engine)
            decision = policy.decide(policy.action({"kind": "publish"}), at=policy.agency.span()[0])
            decision.receipt()
            decision.to_dict()


def run_python(script: str) -> subprocess.CompletedProcess[str]:
    """Run a script in another interpreter, for at most a minute."""
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=60, check=False
    )


def _damaged(text: str, seed: int) -> bytes:
    """Return a text with some pieces cut out, repeated or replaced."""
    chance, raw = random.Random(seed), bytearray(text.encode())
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(raw))
        stop = start + chance.randint(0, 30)
        raw[start:stop] = chance.choice(
            [
                b"",
                b"[",
                b"]",
                b"=",
                b'"',
                b"{",
                b"}",
                b"\n",
                b"true",
                b"-1",
                b"1e9",
                b"[]",
                b"{}",
                b"\xff",
                raw[start:stop] * 2,
            ]
        )
    return bytes(raw)


def _other_shapes(data: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return data some values of which are of another type, or left out."""
    return {key: _other_shape(value, chance) for key, value in data.items() if chance.random() > 0.02}


def _other_shape(value: Any, chance: random.Random) -> Any:
    """Return data in which now and then a value is replaced by one of another type, or left out."""
    if chance.random() < 0.02:
        return chance.choice(
            [True, 0, -1, 2**62, "", "x", [], {}, [[]], [{}], {"value": {}}, ["x"], [1], AGENCY["agency"]]
        )
    if isinstance(value, dict):
        return {key: _other_shape(each, chance) for key, each in value.items() if chance.random() > 0.01}
    return [_other_shape(each, chance) for each in value] if isinstance(value, list) else value


class TestConditions:
    @given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=60))
    @example("content.humor" + " and content.humor" * 250)
    def test_of_any_text(self, text: str) -> None:
        """Any text is a condition, or is told what is wrong with it."""
        refuse_or_accept(lambda: parse(text, scope()), ConditionError)

    @pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
    def test_that_are_hostile_in_a_file(self, text: str) -> None:
        """A hostile condition in a file ends in an error of ours with its place, or is harmless."""
        rule = {"id": "X.1/hostile", "on": ["publish"], "when": text, "then": "deny", "reason": "Because."}
        refuse_or_accept(lambda: load_ruleset(to_toml({**PACK, "rule": [*PACK["rule"], rule]}).encode()), PolicyError)

    def test_execute_nothing(self) -> None:
        """While hostile conditions are read, nothing is executed, imported, opened or started."""
        script = """
import sys
from tests.properties.test_fuzzing import HOSTILE, ConditionError, parse, scope
for text in ("content.humor", "nonsense", "(", "content.humr", *HOSTILE):
    try: parse(text, scope())
    except ConditionError: pass
seen = []
def hook(event, arguments):
    if event.split(".")[0] in ("exec", "import", "open", "os", "subprocess", "socket", "shutil", "ctypes", "marshal"):
        seen.append((event, repr(arguments)[:80]))
sys.addaudithook(hook)
for text in HOSTILE:
    try: parse(text, scope())
    except ConditionError: pass
print(len(seen), seen[:5])
"""
        run = run_python(script)
        assert run.stdout.startswith("0 "), (run.stdout, run.stderr[-2_000:])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["none", "publish", "2026-01-01T00:00:00Z", "humorous", 10**400]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["includes", "complete", "exists", "by", "parts", "text", "sha256", "tone"])
            | st.text(max_size=4),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


class TestActions:
    @given(JSON)
    def test_of_any_json(self, data: Any) -> None:
        """Any JSON is an action, or is told what is wrong with it."""
        refuse_or_accept(lambda: smpolicy.action(data), PolicyError)

    @given(st.sampled_from(sorted(CORE.kinds)), st.data())
    def test_of_any_json_in_the_right_places(self, kind: str, data: st.DataObject) -> None:
        """Any JSON where parts and facts stand is an action, or is told what is wrong with it."""
        document: dict[str, Any] = {"kind": kind}
        for part in CORE.kinds[kind].parts:
            names = st.sampled_from(sorted(CORE.parts[part].facts))
            document[part] = data.draw(JSON | st.dictionaries(names, JSON, max_size=3))
        document |= data.draw(st.dictionaries(st.sampled_from(["payload", "attestation", "small"]), JSON, max_size=2))
        refuse_or_accept(lambda: smpolicy.action(document).to_dict(), PolicyError)

    @pytest.mark.parametrize("depth", [100, 900, 50_000])
    @pytest.mark.parametrize("where", ["kind", "content", "tone", "attestation", "payload"])
    def test_however_deep(self, depth: int, where: str) -> None:
        """JSON nested however deep is told what is wrong with it."""
        deep: Any = []
        for _ in range(depth):
            deep = [deep]
        document = {"kind": "publish", "content": {"tone": deep} if where == "tone" else None, where: deep}
        with pytest.raises(PolicyError):
            smpolicy.action(document)
        while deep:
            deep = deep.pop()

    @pytest.mark.parametrize("number", [10**5_000, -(10**5_000), float("nan"), float("inf"), 1e300], ids=range(5))
    def test_however_large(self, number: float) -> None:
        """A number however large is told what is wrong with it."""
        with pytest.raises(PolicyError):
            smpolicy.action({"kind": number})
        with pytest.raises(PolicyError):
            smpolicy.action({"kind": "investigate", "search": {"retention": number}})

    def test_with_text_that_is_no_text(self) -> None:
        """A lone half of a surrogate pair in a text is refused, or taken, but breaks nothing."""
        broken = json.loads('"\\ud800"')
        for document in (
            {"kind": broken},
            {"kind": "publish", "actor": {"id": broken}},
            {"kind": "publish", broken: {}},
        ):
            refuse_or_accept(lambda document=document: smpolicy.action(document), PolicyError)
        action = smpolicy.action({"kind": "publish", "payload": {"text": broken}})
        assert isinstance(action.payload, str)
