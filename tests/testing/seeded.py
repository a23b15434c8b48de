"""Agencies with one seeded fault each, and what of their suites finds it."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from attrs import frozen
from hypothesis import settings

import smpolicy
from smpolicy.loading.ruleset_files import load_ruleset
from smpolicy.policies import Policy
from smpolicy.testing.counterexamples import PromiseBroken
from smpolicy.testing.properties import Property

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
RULESET = "iacp-2019"
TRIED = 200
"""How many actions each promise is tried on."""

settings.register_profile("seeded", deadline=None, max_examples=TRIED, derandomize=True, database=None)


@frozen
class Fault:
    """One realistic mistake.

    Attributes:
        number: its number.
        agency: the agency whose suite must find it.
        file: the file of the agency, or of its ruleset, that holds it.
        mistake: what it is, in words.
        find: the text that is replaced, which the file holds once.
        replace: what stands there instead.
        found_by: a promise of the suite that finds it; empty where none does.
        missed: why none does.
    """

    number: int
    agency: str
    file: str
    mistake: str
    find: str
    replace: str
    found_by: str = ""
    missed: str = ""


@cache
def faults() -> tuple[Fault, ...]:
    """Return every seeded fault."""
    text = (Path(__file__).parent / "faults" / "faults.toml").read_text(encoding="utf-8")
    return tuple(Fault(**table) for table in tomllib.loads(text)["fault"])


@cache
def suite(agency: str) -> dict[str, Property]:
    """Return the promises of an example agency, by name."""
    spec = spec_from_file_location(f"suite_{agency.replace('-', '_')}", EXAMPLES / agency / "test_policy.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: test for name, test in vars(module).items() if name.startswith("test_")}


def original(agency: str) -> Policy:
    """Return the policy of an example agency as it is."""
    return smpolicy.load(EXAMPLES / agency / "agency.toml")


def faulty(fault: Fault, folder: Path) -> Policy:
    """Return the policy of an agency with a fault, its files copied into an empty folder.

    Args:
        fault: the fault.
        folder: where the files are copied to.
    """
    agency, ruleset = folder / fault.agency, folder / RULESET
    shutil.copytree(EXAMPLES / fault.agency, agency)
    shutil.copytree(ROOT / "rulesets" / RULESET, ruleset)
    path = folder / fault.file if fault.file.startswith(f"{RULESET}/") else agency / fault.file
    text = path.read_text(encoding="utf-8")
    assert text.count(fault.find) == 1
    path.write_text(text.replace(fault.find, fault.replace), encoding="utf-8")
    return smpolicy.load(agency / "agency.toml", rulesets={RULESET: load_ruleset(ruleset)})


@contextmanager
def seeded_profile() -> Iterator[None]:
    """Try each promise on as many actions as the claim about the suites says, the same in every run."""
    before = settings.get_current_profile_name()
    settings.load_profile("seeded")
    try:
        yield
    finally:
        settings.load_profile(before)


def finds(policy: Policy, agency: str) -> Iterator[tuple[str, PromiseBroken]]:
    """Yield the promises of an agency that a policy breaks, with how.

    Args:
        policy: the policy.
        agency: the agency.
    """
    with seeded_profile():
        for name, test in suite(agency).items():
            try:
                test(policy)
            except PromiseBroken as error:
                yield name, error
