"""Bad inputs that are made rather than kept: files that an editor would spoil, and wrong calls."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import smpolicy
from smpolicy.loading.json_files import parse_json
from smpolicy.testing import properties
from tests.bad_inputs.made_desk import DESK_MADE
from tests.packs import install_pack

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
GUILT = {"kind": "publish", "content": {"guilt_or_innocence": True}, "payload": {"text": "They did it."}}
Made = Callable[[smpolicy.Ruleset], object]


def _agency(content: bytes) -> Made:
    """Return what loads an agency's file of these bytes."""

    def load(_: smpolicy.Ruleset) -> object:
        Path("hostile.toml").write_bytes(content)
        return smpolicy.load("hostile.toml")

    return load


def _ruleset(rules: str, name: str = "rules.toml") -> Made:
    """Return what loads a ruleset with a file of this text."""

    def load(_: smpolicy.Ruleset) -> object:
        Path("example").mkdir()
        header = (Path(__file__).parent / "ruleset.toml").read_text(encoding="utf-8")
        Path("example/ruleset.toml").write_text(header, encoding="utf-8")
        Path("example", name).write_text(rules, encoding="utf-8")
        return smpolicy.load_ruleset(Path("example"))

    return load


def _json(content: bytes) -> Made:
    """Return what reads a JSON text of these bytes."""
    return lambda _: parse_json(content, "action.json")


def _condition(text: str) -> Made:
    """Return what loads a ruleset with a rule that has this condition."""
    head = '[[rule]]\nid = "A.1/example"\non = ["publish"]\nthen = "deny"\nreason = "For example."\n'
    return _ruleset(f"{head}when = '''{text}'''\n")


def _definitions(count: int, use: str) -> Made:
    """Return what loads a ruleset with definitions each of which uses the one before it."""
    last = "content.humor"
    text = ""
    for number in range(count):
        text += f'[[definition]]\nid = "d{number}"\nabout = "A.1"\nwhen = "{use.format(last)}"\n\n'
        last = f"definition.d{number}"
    rule = '[[rule]]\nid = "A.1/example"\non = ["publish"]\nthen = "deny"\nreason = "For example."\n'
    return _ruleset(f'{text}{rule}when = "{last}"\n')


def _policy(ruleset: smpolicy.Ruleset, **options: Any) -> smpolicy.Policy:
    return smpolicy.load("agency.toml", rulesets={"iacp-2019": ruleset}, **options)


def _decide(action: object, at: datetime = AT) -> Made:
    """Return what decides on an action."""

    def decide(ruleset: smpolicy.Ruleset) -> object:
        policy = _policy(ruleset)
        return policy.decide(action if isinstance(action, smpolicy.Action) else policy.action(action), at=at)

    return decide


def _approve(rule: str, action: dict[str, Any] = GUILT) -> Made:
    """Return what approves an action for a rule."""

    def approve(ruleset: smpolicy.Ruleset) -> object:
        policy = _policy(ruleset)
        decision = policy.decide(policy.action(action), at=AT)
        return decision.approval(rule, by="chief-1", role="chief_or_sheriff")

    return approve


def _linked(_: smpolicy.Ruleset) -> object:
    Path("secret.toml").write_text("password = 1\n", encoding="utf-8")
    Path("example").mkdir()
    header = (Path(__file__).parent / "ruleset.toml").read_text(encoding="utf-8")
    Path("example/ruleset.toml").write_text(header, encoding="utf-8")
    Path("example/rules.toml").symlink_to(Path("../secret.toml"))
    return smpolicy.load_ruleset(Path("example"))


def _folder(spans: dict[str, tuple[str, str]], on: date | None) -> Made:
    """Return what loads a folder of agency files, each in force for a span of days."""

    def load(ruleset: smpolicy.Ruleset) -> object:
        text = Path("agency.toml").read_text(encoding="utf-8")
        Path("files").mkdir()
        for name, (effective, until) in spans.items():
            dated = text.replace("2026-01-01", effective).replace("2027-01-01", until)
            Path("files", name).write_text(dated, encoding="utf-8")
        return smpolicy.load("files", on, rulesets={"iacp-2019": ruleset})

    return load


def _installed(*packs: tuple[str, str, str]) -> Made:
    """Return what loads the ruleset `drones` while distributions offer it, each from a package that it may lack."""

    def load(_: smpolicy.Ruleset) -> object:
        site = Path("site").absolute()
        for distribution, package, stated in packs:
            install_pack(site, distribution, "drones", package, stated=stated)
        sys.path.insert(0, str(site))
        try:
            return smpolicy.load_ruleset("drones")
        finally:
            sys.path.remove(str(site))

    return load


def _pipe(_: smpolicy.Ruleset) -> object:
    os.mkfifo("pipe.toml")
    return smpolicy.load("pipe.toml")


def _many_files(_: smpolicy.Ruleset) -> object:
    Path("example").mkdir()
    for number in range(501):
        Path("example", f"{number:03}.toml").touch()
    Path("example/ruleset.toml").touch()
    return smpolicy.load_ruleset(Path("example"))


def _no_header(_: smpolicy.Ruleset) -> object:
    Path("example").mkdir()
    Path("example/ruleset.toml").touch()
    return smpolicy.load_ruleset(Path("example"))


def _plain_personal_post(_: smpolicy.Ruleset) -> object:
    rules = (
        '[[rule]]\nid = "A.1/employer"\non = ["personal_post"]\nthen = "deny"\nreason = "It is private."\n'
        "when = \"speech.form == 'written'\"\n"
    )
    ruleset = _ruleset(rules)(_)
    assert isinstance(ruleset, smpolicy.Ruleset)
    text = Path("agency.toml").read_text(encoding="utf-8").replace("iacp-2019", "example")
    Path("agency.toml").write_text(text.replace("approving_authority", "# approving_authority"), encoding="utf-8")
    return smpolicy.load("agency.toml", rulesets={"example": ruleset})


def _stacked(adopted: str, choices: str = "") -> Made:
    """Return what loads an agency that adopts rulesets, one of which, `example`, needs and narrows `iacp-2019`."""

    def load(ruleset: smpolicy.Ruleset) -> object:
        Path("example").mkdir()
        text = (Path(__file__).parent / "ruleset.toml").read_text(encoding="utf-8")
        text = text.replace('source  = "none"\n', 'source  = "none"\nneeds   = ["iacp-2019"]\n')
        narrowing = 'id = "A.1/guilt"\nof = "iacp-2019"\nchoice = "guilt_statements"\nmildest = "deny"\n'
        text += f'\n[[adjustment]]\n{narrowing}reason = "The state lets nobody be called guilty."\n'
        Path("example/ruleset.toml").write_text(text, encoding="utf-8")
        agency = Path("agency.toml").read_text(encoding="utf-8")
        agency = agency.replace('rulesets   = ["iacp-2019"]', f"rulesets   = [{adopted}]") + choices
        Path("agency.toml").write_text(agency, encoding="utf-8")
        return smpolicy.load("agency.toml", rulesets={"iacp-2019": ruleset})

    return load


def _circle() -> list[object]:
    circle: list[object] = []
    circle.append(circle)
    return circle


def _pack_fact(ruleset: smpolicy.Ruleset) -> object:
    return _policy(ruleset).decide(smpolicy.Publish(packs={"k9": {"shown": True}}), at=AT)


HEAD = b'[agency]\nid = "alder-hollow"\n'

MADE: dict[str, Made] = {
    # files
    "file_is_a_pipe": _pipe,
    "file_missing": lambda _: smpolicy.load("agencies.toml"),
    "file_too_large": _agency(b"#" * (1024 * 1024 + 1)),
    "file_not_utf8": _agency(HEAD + "name = 'Café'\n".encode("latin-1")),
    "file_of_another_format": _agency(b'{"agency": {"id": "alder-hollow"}}'),
    "file_is_binary": _agency(b"\x89PNG\r\n\x1a\n\x00\x00"),
    "arrays_nested_deeply": _agency(b"a = " + b"[" * 100_000),
    "tables_nested_deeply": _agency(b"[" + b".".join([b"a"] * 50_000) + b"]"),
    "key_twice": _agency(HEAD + b'name = "Alder Hollow"\nid = "marlow-bend"\n'),
    "table_twice": _agency(HEAD + b"[agency]\n"),
    "direction_turned": _agency(HEAD + 'name = "\u202eeno"\n'.encode()),
    "invisible_character": _agency(HEAD + 'na\u200bme = "Alder Hollow"\n'.encode()),
    "invisible_character_escaped": _agency(HEAD + rb'name = "Alder\u200bHollow"'),
    "null_byte": _agency(HEAD + b'name = "Alder\0Hollow"\n'),
    "number_of_many_digits": _agency(HEAD + b"population = " + b"9" * 10_000),
    "number_that_is_none": _agency(HEAD + b"population = nan\n"),
    "look_alike_key": _agency(HEAD + '"n\u0430me" = "Alder Hollow"\n'.encode()),
    "key_of_many_characters": _agency(HEAD + b"k" * 100_000 + b" = 1\n"),
    "value_with_escapes": _agency(HEAD + rb'time_zone = "America/\u001b[31mChicago"'),
    "time_zone_that_is_a_path": _agency(
        HEAD + b'name = "A"\neffective = 2026-01-01\nrulesets = []\ntime_zone = "../../etc/passwd"\n'
    ),
    "ruleset_that_is_a_path": _agency(
        HEAD + b'name = "A"\neffective = 2026-01-01\ntime_zone = "UTC"\nrulesets = ["../../etc"]\n'
    ),
    "ruleset_linked_out_of_its_folder": _linked,
    "ruleset_unknown": lambda _: smpolicy.load_ruleset("iacp-2091"),
    "ruleset_of_a_pack_without_it": _installed(("some-vendor", "drones", "drones_rules")),
    "ruleset_of_two_packs": _installed(("some-vendor", "drones", "drones"), ("other-vendor", "flights", "flights")),
    "ruleset_of_many_files": _many_files,
    "ruleset_without_header": _no_header,
    "ruleset_file_not_toml": _ruleset('[[rule]]\nid = "A.1/guilt\n'),
    # JSON
    "json_empty": _json(b" \n"),
    "json_unfinished": _json(b'{"kind": "publish"'),
    "json_that_is_toml": _json(b'kind = "publish"'),
    "json_key_twice": _json(b'{"kind": "publish",\n "content": {"humor": false, "humor": true}}'),
    "json_nested_deeply": _json(b"[" * 100_000),
    "json_not_a_number": _json(b'{"search": {"retention": NaN}}'),
    "json_number_of_many_digits": _json(b'{"search": {"retention": ' + b"9" * 10_000 + b"}}"),
    "json_not_utf8": _json('{"actor": {"id": "é"}}'.encode("latin-1")),
    "json_half_a_character": _json(rb'{"actor": {"id": "\ud800"}}'),
    "json_too_large": _json(b" " * (1024 * 1024 + 1)),
    # conditions
    "condition_too_long": _condition("media.exists and " * 1000 + "media.exists"),
    "condition_too_deep": _condition("not " * 60 + "media.exists"),
    "condition_of_many_brackets": _condition("(" * 1500 + "media.exists" + ")" * 1500),
    "condition_of_many_signs": _condition("-" * 3000 + "1 == search.retention"),
    "condition_of_endless_digits": _condition("0x" + "f" * 3900 + " + 1 > search.retention"),
    "condition_of_many_dots": _condition("content" + ".a" * 1500),
    "condition_of_definitions_that_double": _definitions(10, "{0} or content.known_false and {0}"),
    "condition_of_definitions_in_definitions": _definitions(60, "not {0}"),
    # dates and engines
    "moment_without_time_zone": _decide({"kind": "publish"}, datetime(2026, 6, 1, 12)),  # noqa: DTZ001
    "moment_that_is_a_day": _decide({"kind": "publish"}, date(2026, 6, 1)),  # type: ignore[arg-type]
    "moment_before_the_policy": _decide(
        {"kind": "publish"}, datetime(2025, 12, 31, 23, 59, tzinfo=ZoneInfo("America/Chicago"))
    ),
    "moment_after_the_policy": _decide({"kind": "publish"}, datetime(2027, 1, 1, 6, tzinfo=UTC)),
    "day_before_the_file": lambda ruleset: _policy(ruleset, on=date(2025, 12, 31)),
    "day_after_the_file": lambda ruleset: _policy(ruleset, on=date(2027, 1, 1)),
    "folder_without_a_day": _folder({"2026.toml": ("2026-01-01", "2027-01-01")}, None),
    "folder_with_none_in_force": _folder(
        {"2024.toml": ("2024-01-01", "2025-01-01"), "2026.toml": ("2026-01-01", "2027-01-01")}, date(2025, 6, 1)
    ),
    "folder_with_two_in_force": _folder(
        {"a.toml": ("2026-01-01", "2027-01-01"), "b.toml": ("2026-01-01", "2027-01-01")}, date(2026, 6, 1)
    ),
    "folder_without_files": _folder({}, date(2026, 6, 1)),
    "engine_unknown": lambda ruleset: _policy(ruleset, engine="compield"),
    # actions made in Python
    "fact_of_a_wrong_type": lambda _: smpolicy.Content(guilt_or_innocence="false"),  # type: ignore[arg-type]
    "part_that_does_not_exist_with_facts": lambda _: smpolicy.Incident(exists=False, officer_involved=True),
    "payload_of_text": lambda _: smpolicy.Publish(payload="lock your car"),
    "number_without_end": lambda _: smpolicy.Search(retention=10**5000),
    "value_that_holds_itself": lambda _: smpolicy.Content(forms=_circle()),  # type: ignore[arg-type]
    "answer_of_an_unknown_fact": lambda _: smpolicy.Publish().answer({"content.tnoe": "formal"}),
    "attested_part_unknown": lambda _: smpolicy.Publish().attest("spokesperson-1", ["contents"]),
    "pack_fact_unknown": _pack_fact,
    # decisions and approvals
    "decision_as_yes_or_no": lambda ruleset: bool(_decide(GUILT)(ruleset)),
    "approval_of_an_unknown_rule": _approve("V.A.9.c.i/gilt"),
    "approval_of_a_rule_that_denies": _approve("V.A.12.accuracy/false"),
    "approval_without_payload": _approve("V.A.9.c.i/guilt", {key: GUILT[key] for key in ("kind", "content")}),
    "configuration_restricts_personal_use": _plain_personal_post,
}


def _approval_that_ends_before_it_begins(ruleset: smpolicy.Ruleset) -> object:
    policy = _policy(ruleset)
    decision = policy.decide(policy.action(GUILT), at=AT)
    end = AT - timedelta(days=1)
    return decision.approval("V.A.9.c.i/guilt", by="chief-1", role="chief_or_sheriff", expires_at=end)


def _approval_without_time_zone(ruleset: smpolicy.Ruleset) -> object:
    policy = _policy(ruleset)
    decision = policy.decide(policy.action(GUILT), at=AT)
    given = datetime(2026, 6, 1)  # noqa: DTZ001
    return decision.approval("V.A.9.c.i/guilt", by="chief-1", role="chief_or_sheriff", given_at=given)


def _approval_by_nobody_known(ruleset: smpolicy.Ruleset) -> object:
    policy = _policy(ruleset)
    decision = policy.decide(policy.action(GUILT), at=AT)
    return decision.approval("V.A.9.c.i/guilt", by="chief-2", role="chief_or_sheriff")


def _approval_in_an_unknown_role(ruleset: smpolicy.Ruleset) -> object:
    policy = _policy(ruleset)
    decision = policy.decide(policy.action(GUILT), at=AT)
    return decision.approval("V.A.9.c.i/guilt", by="chief-1", role="chief_or_sherif")


MADE |= {
    "approval_that_ends_before_it_begins": _approval_that_ends_before_it_begins,
    "approval_without_time_zone": _approval_without_time_zone,
    "approval_by_nobody_known": _approval_by_nobody_known,
    "approval_in_an_unknown_role": _approval_in_an_unknown_role,
}


def _promise_about_nothing(ruleset: smpolicy.Ruleset) -> object:
    promise = properties.never_allows(when="content.humor and not content.humor", kinds=["publish"], examples=5)
    return promise(_policy(ruleset))


MADE |= {"promise_about_nothing": _promise_about_nothing}
MADE |= {
    "choice_that_a_pack_narrows": _stacked(
        '"iacp-2019", "example"', '\n[choices.iacp-2019]\nguilt_statements = "needs_approval"\n'
    ),
    "pack_without_the_ruleset_it_needs": _stacked('"example"'),
}
MADE |= DESK_MADE
