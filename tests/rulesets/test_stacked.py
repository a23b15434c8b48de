"""Every shipped ruleset at once, under the large example agency."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

import smpolicy
from smpolicy.loading.locations import rulesets_folder
from smpolicy.render.review import review_text
from smpolicy.reviews import review

LARGE = Path(__file__).parents[2] / "docs" / "examples" / "quillan-county"
AT = datetime(2026, 6, 1, 18, tzinfo=UTC)
MOST_ANSWERS = 8
TIP = {
    "kind": "publish",
    "actor": {"id": "pio-1"},
    "account": {"id": "quillan-sheriff"},
    "content": {"purpose": "crime_prevention_tips"},
    "payload": {"text": "Lock your car, and take the key."},
    "attestation": {"by": "pio-1"},
}
ANSWERS = {"content.audience": "local_residents", "content.tone": "informative", "person.exists": False,
           "incident.exists": False}  # fmt: skip


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> smpolicy.Policy:
    """The large example agency, once it adopts every shipped ruleset and lets its people attest their facts, too."""
    folder = tmp_path_factory.mktemp("stacked")
    names = sorted(each.parent.name for each in rulesets_folder().glob("*/ruleset.toml"))
    text = (LARGE / "agency.toml").read_text(encoding="utf-8")
    text = re.sub(r"^rulesets +=.*", f"rulesets = {json.dumps(names)}", text, flags=re.MULTILINE)
    text = text.replace('"moderation", "page", "access",', '"moderation", "page", "access", "practice",')
    (folder / "agency.toml").write_text(text, encoding="utf-8")
    shutil.copy(LARGE / "directory.toml", folder)
    return smpolicy.load(folder / "agency.toml", engine="compiled")


def test_ordinary_post_needs_few_answers(policy: smpolicy.Policy) -> None:
    """A tip on preventing crimes goes out after one attestation and at most eight answers, each asked for."""
    tip = policy.action(TIP)
    asked = {each.fact for each in policy.decide(tip, at=AT).questions}
    given = sum(len(part) for name, part in TIP.items() if name in ("actor", "account", "content"))
    assert asked == set(ANSWERS)
    assert given + len(asked) <= MOST_ANSWERS
    decision = policy.decide(tip.answer(ANSWERS), at=AT)
    assert (decision.allowed, decision.settled) == (True, True)


def test_adds_to_what_one_ruleset_decides(policy: smpolicy.Policy) -> None:
    """What the document alone denies stays denied, with the same rules."""
    alone = smpolicy.load(LARGE / "agency.toml", engine="compiled")
    data = {**TIP, "content": {"purpose": "crime_prevention_tips", "known_false": True}}
    before, after = (each.decide(each.action(data), at=AT) for each in (alone, policy))
    assert after.outcome == before.outcome == "deny"
    assert {each.rule for each in before.reasons} <= {each.rule for each in after.reasons}


def test_findings_are_told_as_no_advice(tmp_path: Path) -> None:
    """A review that finds something doubtful in law says that it helps to review, and is not legal advice."""
    example = LARGE.with_name("cinder-bay")
    text = (example / "agency.toml").read_text(encoding="utf-8")
    clean = review_text(review(smpolicy.load(example / "agency.toml"), AT))
    doubtful = text.replace("removal_grounds                = [", 'removal_grounds                = ["criticism", ')
    assert doubtful != text
    (tmp_path / "agency.toml").write_text(doubtful, encoding="utf-8")
    shutil.copy(example / "directory.toml", tmp_path)
    told = " ".join(review_text(review(smpolicy.load(tmp_path / "agency.toml"), AT)).split())
    assert "[finding FA.7/criticism]" in told
    assert "It is not legal advice: show it to counsel." in told
    assert "legal advice" not in clean
