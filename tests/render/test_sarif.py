"""SARIF logs keep to the structural rules of SARIF 2.1.0, and name no place by a path of the machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import smpolicy
from smpolicy.errors import InvalidFile, Place, Problem
from smpolicy.loading.locations import rulesets_folder
from smpolicy.render.sarif import sarif
from smpolicy.review_items import ITEMS, Item, items_of_problems
from smpolicy.reviews import review
from tests.builders import AT

SCHEMA = json.loads(Path(__file__).with_name("sarif.json").read_text("utf-8"))
ROOT = Path(__file__).parents[2]
EXAMPLES = ("alder-hollow", "marlow-bend", "quillan-county")


def check(log: dict[str, Any]) -> dict[str, Any]:
    """Return the run of a log, once it keeps to the rules: the schema, and what no schema says."""
    Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({each["id"] for each in rules}) == len(rules)
    for each in run["results"]:
        descriptor = rules[each["ruleIndex"]]["id"]
        assert each["ruleId"] == descriptor or each["ruleId"].startswith(f"{descriptor}/")
        places = (*each.get("locations", ()), *each.get("relatedLocations", ()))
        used = {place["physicalLocation"]["artifactLocation"].get("uriBaseId") for place in places}
        assert used - {None} <= set(run["originalUriBaseIds"])
    assert str(ROOT) not in json.dumps(log)
    found: dict[str, Any] = run
    return found


def item(file: str, line: int | None = 3) -> Item:
    """Return a finding in a file, and a further place in the same."""
    related = (("the rule", Place(file)),)
    return Item("warning", "finding", "something", Place(file, line, 2), "do it", "FA.1/x", related)


class TestSarif:
    @pytest.mark.parametrize("agency", EXAMPLES)
    def test_keeps_to_the_rules_for_every_example(self, agency: str) -> None:
        """Whatever is found in an example agency makes a valid log, an item a result."""
        found = review(smpolicy.load(ROOT / "docs" / "examples" / agency / "agency.toml"), AT)
        run = check(sarif(found.items, "1", ROOT))
        assert [each["level"] for each in run["results"]] == [each.severity for each in found.items]
        assert run["invocations"] == [{"executionSuccessful": True}]
        uris = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]}
        assert f"docs/examples/{agency}/agency.toml" in uris

    def test_keeps_to_the_rules_for_every_code(self) -> None:
        """Every code of an item, and each of a problem, has a description and makes a valid result."""
        items = [Item(severity, code, "something", Place("a.toml", 1, 1)) for code, (severity, _) in ITEMS.items()]
        run = check(sarif(items, "1", ROOT))
        assert [each["id"] for each in run["tool"]["driver"]["rules"]] == list(ITEMS)

    def test_problems_are_errors(self, tmp_path: Path) -> None:
        """A file that cannot be used is told as errors with their places, and the run as unsuccessful."""
        path = tmp_path / "agency.toml"
        path.write_text('[agency]\nid = "x"\nnam = "y"\n', encoding="utf-8")
        with pytest.raises(InvalidFile) as caught:
            smpolicy.load(path)
        run = check(sarif(items_of_problems(caught.value.problems), "1", tmp_path, usable=False))
        assert {each["level"] for each in run["results"]} == {"error"}
        assert run["invocations"] == [{"executionSuccessful": False}]
        regions = [each["locations"][0]["physicalLocation"] for each in run["results"]]
        assert {"artifactLocation": {"uri": "agency.toml"}, "region": {"startLine": 3, "startColumn": 1}} in regions

    @pytest.mark.parametrize(
        ("file", "expected"),
        [
            ("agency.toml", {"uri": "agency.toml"}),
            ("sub folder/a#b.toml", {"uri": "sub%20folder/a%23b.toml"}),
            (str(ROOT / "docs" / "agency.toml"), {"uri": "docs/agency.toml"}),
            (str(ROOT.parent / "beside" / "agency.toml"), {"uri": "../beside/agency.toml"}),
        ],
    )
    def test_place_is_told_from_the_folder(self, file: str, expected: dict[str, str]) -> None:
        """A file is named relative to the folder, with what a URI cannot hold escaped."""
        (result,) = check(sarif([item(file)], "1", ROOT))["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"] == expected

    def test_shipped_ruleset_has_a_base_of_its_own(self, tmp_path: Path) -> None:
        """A rule of a shipped ruleset is named from the folder of rulesets, wherever that is installed."""
        file = str(rulesets_folder() / "iacp-2019" / "V.A.08-devices.toml")
        (result,) = check(sarif([item(file)], "1", tmp_path))["results"]
        expected = {"uri": "iacp-2019/V.A.08-devices.toml", "uriBaseId": "RULESETS"}
        assert result["locations"][0]["physicalLocation"]["artifactLocation"] == expected
        assert result["relatedLocations"][0]["physicalLocation"] == {"artifactLocation": expected}

    @pytest.mark.parametrize("place", [None, Place("<standard input>", 3, 1)])
    def test_without_a_file_there_is_no_location(self, place: Place | None) -> None:
        """What came from standard input, or stands nowhere, has no location; it is told all the same."""
        (result,) = check(sarif(items_of_problems([Problem("not_toml", "wrong", place)]), "1", ROOT))["results"]
        assert "locations" not in result

    def test_fingerprint_does_not_depend_on_the_line(self) -> None:
        """An item that moves to another line keeps its fingerprint, so that a code host knows it again."""
        results = [check(sarif([item("a.toml", line)], "1", ROOT))["results"][0] for line in (3, 30)]
        assert results[0]["partialFingerprints"] == results[1]["partialFingerprints"]
