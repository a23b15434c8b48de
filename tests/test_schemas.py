"""Tests of the JSON Schemas: sound, shipped as generated, and of one mind with what reads the same data."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import smpolicy
from smpolicy.actions import read_action
from smpolicy.cli.schema import NAMES as COMMAND_NAMES
from smpolicy.kinds import CORE
from smpolicy.loading.locations import rulesets_folder
from smpolicy.schemas import NAMES, schema, shipped_file, to_text, write
from smpolicy.vocabulary import GIVEN, Fact, Vocabulary

jsonschema = pytest.importorskip("jsonschema", reason="validating needs jsonschema, of the extra `test`")

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs" / "examples"
AGENCIES = ROOT / "tests" / "scenarios" / "agencies"
AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
PACK = CORE.with_pack(
    "field_test",
    [
        (
            Fact("field_test.drone", "bool", "Was a drone used?", "practice", "author", harmless=False),
            frozenset({"publish"}),
        )
    ],
)


@cache
def validator(name: str, with_pack: bool = False) -> Any:
    """Return what validates against a schema."""
    return jsonschema.Draft202012Validator(schema(name, PACK if with_pack else None))


def complaints(name: str, data: object, with_pack: bool = False) -> list[str]:
    """Return what a schema has against some data."""
    return [f"{error.json_path}: {error.message[:300]}" for error in validator(name, with_pack).iter_errors(data)]


def as_json(value: Any) -> Any:
    """Return the content of a TOML file as validators see it: dates as text."""
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_json(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def toml(path: Path) -> Any:
    """Return the content of a TOML file."""
    return as_json(tomllib.loads(path.read_text(encoding="utf-8")))


def files(folder: Path, pattern: str) -> list[Any]:
    """Return the files of a folder as parameters."""
    return [pytest.param(path, id=path.relative_to(folder).as_posix()) for path in sorted(folder.rglob(pattern))]


class TestSchemas:
    @pytest.mark.parametrize("name", NAMES)
    def test_is_a_schema(self, name: str) -> None:
        """Each is valid under draft 2020-12."""
        jsonschema.Draft202012Validator.check_schema(schema(name))

    @pytest.mark.parametrize("name", NAMES)
    def test_shipped_file_is_the_generated_one(self, name: str) -> None:
        """The file that is shipped is what would be generated now: `python -m smpolicy.schemas` writes it anew."""
        assert shipped_file(name).read_text(encoding="utf-8") == to_text(schema(name))

    def test_writes_every_file(self, tmp_path: Path) -> None:
        """All schemas are written at once, each to a file of its name."""
        write(tmp_path)
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
            f"{name}.json": shipped_file(name).read_bytes() for name in NAMES
        }

    def test_unknown_name(self) -> None:
        """A schema that there is not is an error that names the nearest one."""
        with pytest.raises(smpolicy.MissingFile, match="did you mean `action`"):
            schema("actoin")

    @pytest.mark.parametrize("name", NAMES)
    def test_refers_only_to_what_it_defines(self, name: str) -> None:
        """Every reference leads to a definition in the same schema."""
        made = schema(name)
        found = list(references(made))
        assert {each.removeprefix("#/$defs/") for each in found} <= set(made.get("$defs", {}))

    @pytest.mark.parametrize("path", [path for path, fact in CORE.facts.items() if fact.owner in GIVEN - {"candidate"}])
    def test_action_asks_each_fact(self, path: str) -> None:
        """In the schema of actions each fact is described by its question."""
        fact = CORE.facts[path]
        (facts,) = (each for each in options(schema("action")["$defs"][f"part.{fact.part}"]) if "properties" in each)
        assert facts["properties"][fact.name]["description"].startswith(fact.ask)


def references(made: Any) -> Any:
    """Yield every reference of a schema."""
    if isinstance(made, dict):
        if isinstance(made.get("$ref"), str):
            yield made["$ref"]
        for each in made.values():
            yield from references(each)
    elif isinstance(made, list):
        for each in made:
            yield from references(each)


def options(made: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the alternatives of a schema."""
    alternatives: list[dict[str, Any]] = made.get("anyOf", [made])
    return alternatives


class TestFiles:
    @pytest.mark.parametrize("path", files(EXAMPLES, "agency.toml"))
    def test_agency(self, path: Path) -> None:
        """The file of each example agency is valid."""
        assert complaints("agency", toml(path)) == []

    @pytest.mark.parametrize("path", files(EXAMPLES, "directory.toml"))
    def test_directory(self, path: Path) -> None:
        """The directory of each example agency is valid."""
        assert complaints("directory", toml(path)) == []

    @pytest.mark.parametrize("path", files(EXAMPLES, "actions/*.json"))
    def test_action_and_decision(self, path: Path) -> None:
        """Each example action is valid, and so is what is decided about it."""
        data = json.loads(path.read_text(encoding="utf-8"))
        assert complaints("action", data) == []
        policy = loaded(path.parent.parent)
        decision = policy.decide(policy.action(data), at=AT)
        assert complaints("decision", json.loads(json.dumps(decision.to_dict()))) == []

    @pytest.mark.parametrize(
        "path",
        [*files(rulesets_folder(), "*.toml"), *files(AGENCIES, "*/*.toml"), *files(EXAMPLES, "larkspur_*/*.toml")],
    )
    def test_ruleset(self, path: Path) -> None:
        """Each file of a shipped ruleset is valid, and so is each of the packs of scenarios and examples."""
        if path.parent.name != "witnesses":
            assert complaints("ruleset", toml(path)) == []

    @pytest.mark.parametrize("path", files(ROOT / "tests" / "scenarios", "*.scenarios.toml"))
    def test_scenarios(self, path: Path) -> None:
        """Each file of portable scenarios is valid."""
        assert complaints("scenario", toml(path)) == []

    @pytest.mark.parametrize("kind", [kind for kind in CORE.kinds if kind != "adopt_policy"])
    def test_decision_on_a_bare_action(self, kind: str) -> None:
        """What is decided about an action of which nothing is known is valid."""
        decision = loaded(EXAMPLES / "marlow-bend").decide(smpolicy.action({"kind": kind}), at=AT)
        assert complaints("decision", json.loads(json.dumps(decision.to_dict()))) == []

    def test_decision_on_adopting(self) -> None:
        """What is decided about adopting a policy is valid."""
        policy = loaded(EXAMPLES / "marlow-bend")
        decision = policy.decide(smpolicy.adoption(policy.agency), at=AT)
        assert complaints("decision", json.loads(json.dumps(decision.to_dict()))) == []


def test_command_offers_every_schema() -> None:
    """`smpolicy schema` prints every schema there is."""
    assert COMMAND_NAMES == NAMES


@cache
def loaded(folder: Path) -> smpolicy.Policy:
    """Return the policy of an example agency."""
    return smpolicy.load(folder / "agency.toml")


class TestWhatSchemasReject:
    @pytest.mark.parametrize(
        ("name", "data"),
        [
            pytest.param("agency", {}, id="agency without a header"),
            pytest.param("agency", {"agncy": {}}, id="agency with an unknown table"),
            pytest.param("directory", {"person": [{"roles": []}]}, id="person without an id"),
            pytest.param("directory", {"person": [{"id": "a", "roles": ["king"]}]}, id="person with an unknown role"),
            pytest.param("ruleset", {"rule": [{"id": "V.A/x", "on": ["publish"]}]}, id="rule without an effect"),
            pytest.param(
                "ruleset", {"rule": [{"id": "V.A/x", "on": ["publsh"], "then": "deny"}]}, id="rule on an unknown kind"
            ),
            pytest.param("scenario", {"scenario": [{"plain": "publish"}]}, id="scenario without a note"),
            pytest.param("decision", {"outcome": "perhaps"}, id="decision with an unknown outcome"),
        ],
    )
    def test_rejected(self, name: str, data: object) -> None:
        """What the reader of such a file would refuse is not valid."""
        assert complaints(name, data) != []

    def test_choice_of_a_shipped_ruleset(self) -> None:
        """A value that a choice does not have is not valid in an agency's file."""
        data = toml(EXAMPLES / "marlow-bend" / "agency.toml")
        data.setdefault("choices", {}).setdefault("iacp-2019", {})["guilt_statements"] = "maybe"
        assert complaints("agency", data) != []


# --- the schema of actions and the reader of actions, held against each other ---

SCALARS = st.sampled_from(
    [None, True, False, 0, 1, 7, 40_000, "", " ", "none", "false", "informative", [], ["words"], {}, {"exists": False}]
)
MOMENTS = st.sampled_from(
    ["2026-03-01T09:30:00Z", "2026-02-28 09:30+05:30", "2026-03-01", "2026-13-01T00:00Z", "2026-04-31T00:00Z",
     "2026-03-01T24:00Z", "0000-01-01T00:00Z", "2026-03-01T09:30:00", "2026-03-01T09:30:00Z\n"]
)  # fmt: skip
TEXTS = st.sampled_from(["spokesperson-1", " ", "a\nb", "a\u00a0b", "\u00e9", "x" * 2_000, "x" * 2_001])


def fact_values(fact: Fact) -> st.SearchStrategy[Any]:
    """Return a strategy for values of a fact, right and wrong ones."""
    if fact.type in ("enum", "set"):
        member = st.sampled_from(fact.members) | st.just("nothing_of_the_kind")
        if fact.type == "enum":
            return member | SCALARS
        members = st.lists(member, max_size=3)
        partly = st.fixed_dictionaries(
            {}, optional={"includes": members, "excludes": members, "complete": st.sampled_from([True, False, 1, None])}
        )
        return members | partly | SCALARS
    right = {"moment": MOMENTS, "text": TEXTS, "integer": st.integers(-1, 40_000), "bool": st.booleans()}
    return right[fact.type] | SCALARS


def part_values(name: str, kind: str, vocabulary: Vocabulary) -> st.SearchStrategy[Any]:
    """Return a strategy for what stands under a part: facts with values, and at times something else."""
    part = vocabulary.parts[name]
    known = [fact for fact in part.facts.values() if vocabulary.has(kind, fact.path)]
    one = st.sampled_from(known).flatmap(lambda fact: st.tuples(st.just(fact.name), fact_values(fact)))
    wrong = st.tuples(st.just("nothing_of_the_kind"), SCALARS)
    facts = st.lists(st.one_of(*[one] * 9, wrong), max_size=4).map(dict)
    return st.one_of(*[facts] * 9, SCALARS)


ATTESTATIONS = st.sampled_from(
    [
        None,
        [],
        {},
        "a",
        [None],
        {"by": ""},
        {"by": "a"},
        [{"by": "a"}, {"by": "b", "parts": None}],
        {"by": "a", "parts": ["content"]},
        {"by": "a", "parts": ["nothing"]},
        {"by": "a", "parts": "content"},
        {"by": "a", "role": "b"},
    ]
)
PAYLOADS = st.sampled_from(
    [None, {"text": ""}, {"sha256": "0" * 64}, {"sha256": "0" * 64 + "\n"}, {"sha256": "A" * 64}, {}, "text",
     {"text": "a", "sha256": "0" * 64}, {"text": 1}]
)  # fmt: skip


@st.composite
def actions_as_data(draw: st.DrawFn, vocabulary: Vocabulary = CORE) -> Any:
    """Return a strategy for data that looks like an action, and is one or nearly so."""
    kind = draw(st.sampled_from([*vocabulary.kinds]))
    packs = {path.partition(".")[0] for path, kinds in vocabulary.pack_kinds.items() if kind in kinds}
    names = st.sampled_from([*vocabulary.kinds[kind].parts, *packs])
    data: dict[str, Any] = {"kind": kind}
    for name in draw(st.lists(names, max_size=4, unique=True)):
        data[name] = draw(part_values(name, kind, vocabulary))
    for name, extra in (("attestation", ATTESTATIONS), ("payload", PAYLOADS), ("nothing", SCALARS)):
        if draw(st.integers(0, 7)) == 0:
            data[name] = draw(extra)
    return data


def is_read(data: object, vocabulary: Vocabulary) -> bool:
    """Return whether data is taken for an action."""
    adopts = isinstance(data, dict) and data.get("kind") == "adopt_policy"
    try:
        if adopts:
            loaded(EXAMPLES / "marlow-bend").action(data)
        else:
            read_action(data, vocabulary)
    except smpolicy.InvalidAction:
        return False
    return True


class TestActionSchema:
    @given(actions_as_data())
    @settings(max_examples=1_500)
    def test_has_the_verdict_of_the_reader(self, data: Any) -> None:
        """The schema accepts exactly what `smpolicy.action` accepts."""
        assert is_read(data, CORE) == (complaints("action", data) == []), complaints("action", data)

    def test_has_the_facts_of_a_pack(self) -> None:
        """A fact that a pack adds may be given with the kinds of action that have it, and no others."""
        flight = {"field_test": {"drone": True}}
        assert complaints("action", {"kind": "publish", **flight}, with_pack=True) == []
        assert complaints("action", {"kind": "hide", **flight}, with_pack=True) != []
        assert complaints("action", {"kind": "publish", **flight}) != []

    @given(actions_as_data(PACK))
    @settings(max_examples=300)
    def test_has_it_with_a_pack(self, data: Any) -> None:
        """So it does where a pack adds facts of its own."""
        assert is_read(data, PACK) == (complaints("action", data, with_pack=True) == [])

    @given(SCALARS | st.fixed_dictionaries({"kind": SCALARS}))
    def test_has_it_of_anything(self, data: Any) -> None:
        """So it does of what is no action at all."""
        assert is_read(data, CORE) == (complaints("action", data) == [])

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(
                {"kind": "publish", "incident": {"exists": False, "juvenile_involved": True}}, id="contradiction"
            ),
            pytest.param({"kind": "publish", "incidnt": None}, id="misspelt part that is null"),
            pytest.param({"kind": "publish", "actor": {"trained": True}}, id="fact of the directory"),
            pytest.param({"kind": "adopt_policy", "policy": {"legal_review": "recorded"}}, id="computed fact"),
            pytest.param({}, id="no kind"),
        ],
    )
    def test_both_refuse(self, data: Any) -> None:
        """What is no action is refused by the schema and by the reader."""
        assert not is_read(data, CORE)
        assert complaints("action", data) != []
