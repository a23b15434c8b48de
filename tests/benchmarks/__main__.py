# ruff: noqa: T201  (a command that prints)
"""Measures what deciding costs, in one run: `python -m tests.benchmarks`.

Every figure is the median of several rounds, and every claim a ratio of two figures taken in turn in the same run, so
that a busy or slow machine does not decide it.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import cattrs
from attrs import frozen

import smpolicy
from smpolicy.analysis.contradictions import contradictions
from smpolicy.engines import NAMES, durable, make_engine
from smpolicy.forward import available
from smpolicy.judge import judge
from smpolicy.kinds import CORE
from smpolicy.loading.locations import rulesets_folder
from smpolicy.reviews import review
from tests.benchmarks.synthetic import synthetic_rules, synthetic_values

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
LARGE = EXAMPLES / "quillan-county" / "agency.toml"
AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
ROUNDS = 15
MOST_DURABLE = 45
"""How many microseconds a decision of the engine `durable` may take."""


@frozen
class Figure:
    """What one thing costs, in microseconds: the median of the rounds."""

    name: str
    microseconds: float


def measure(*things: tuple[str, Callable[[], object]], seconds: float = 0.02) -> list[Figure]:
    """Return what each of several things costs; they are measured in turn, round by round.

    Args:
        things: names and functions.
        seconds: about how long each takes in one round.
    """
    counts = []
    for _, function in things:
        function()
        start = time.perf_counter()
        function()
        counts.append(max(1, int(seconds / max(time.perf_counter() - start, 1e-7))))
    costs: list[list[float]] = [[] for _ in things]
    for _ in range(ROUNDS):
        for index, (_, function) in enumerate(things):
            start = time.perf_counter()
            for _ in range(counts[index]):
                function()
            costs[index].append((time.perf_counter() - start) / counts[index] * 1e6)
    return [Figure(name, statistics.median(cost)) for (name, _), cost in zip(things, costs, strict=True)]


def say(figure: Figure, against: Figure | None = None, most: float | None = None) -> None:
    """Print a figure, and its ratio to another with the ratio aimed at."""
    line = f"  {figure.name:<62}{figure.microseconds:>12,.2f} us"
    if against is not None:
        ratio = figure.microseconds / against.microseconds
        line += f"   {ratio:8.2f} x"
        if most is not None:
            line += f"   aim {most:g} x or less: {'met' if ratio <= most else 'MISSED'}"
    print(line)


def proposal() -> dict[str, Any]:
    """Return a publish action as software would send it, partly answered."""
    return {
        "kind": "publish",
        "actor": {"id": "pio-1"},
        "account": {"id": "quillan-sheriff"},
        "content": {
            "purpose": "missing_or_endangered_person",
            "audience": "general_public",
            "tone": "urgent",
            "time_sensitive": True,
            "guilt_or_innocence": False,
            "pending_prosecution": False,
            "confidential": [],
            "internal_matters": [],
            "humor": False,
        },
        "compliance": {"breaks_law_or_order": False, "legally_doubtful": False},
        "media": {"sources": ["supplied_by_public"]},
        "incident": {"jurisdiction": "inside", "officer_involved": False, "death": "none"},
        "person": {"status": ["missing"], "details": ["name", "image"]},
        "payload": {"sha256": "0" * 64},
    }


def bare_classes() -> dict[str, Any]:
    """Return for `publish` and each of its parts an attrs class with the same fields and nothing else."""
    classes = {"": smpolicy.Publish, **CORE.kinds["publish"].part_classes}
    return {
        name: attrs.make_class(
            f"Bare{cls.__name__}",
            {field.name: attrs.field(default=field.default, type=_plain_type(field)) for field in attrs.fields(cls)},
            frozen=True,
            slots=True,
            kw_only=True,
        )
        for name, cls in classes.items()
    }


def _plain_type(field: Any) -> Any:
    """Return a field's type as cattrs structures it without help: a set is a set of text, and never partly known."""
    return frozenset[str] | None if "SomeOf" in str(field.type) else field.type or Any


def bare_construction() -> Callable[[], object]:
    """Return a function that builds the proposal from bare attrs classes, all of its parts included."""
    classes, action = bare_classes(), smpolicy.action(proposal())
    parts = {
        name: {
            field.name: getattr(getattr(action, name), field.name)
            for field in attrs.fields(type(getattr(action, name)))
        }
        for name in classes
        if name
    }
    given = {name: {key: value for key, value in facts.items() if value is not None} for name, facts in parts.items()}
    whole, kinds = classes[""], [(name, classes[name], facts) for name, facts in given.items()]

    def build() -> object:
        return whole(payload=action.payload, **{name: cls(**facts) for name, cls, facts in kinds})

    return build


def deciding() -> None:
    """Measure one decision under the large example agency."""
    policy = smpolicy.load(LARGE, engine="compiled")
    slow = smpolicy.load(LARGE, engine="reference")
    action = policy.action(proposal())
    rules = policy.kinds["publish"]
    decision = policy.decide(action, at=AT)
    records = policy.records(action, decision.at)
    engine = make_engine("compiled", rules)
    print(
        f"\nOne decision: a prebuilt `publish` under `{policy.agency.id}`, engine compiled, {len(rules.rules)} "
        f"bound rules over {len(rules.terms)} facts,\n"
        f"{sum(value is None for value in decision.facts)} of them unknown; "
        f"{len(decision.questions)} questions; outcome {decision.outcome}"
    )

    def verdict() -> object:
        facts = rules.read(action, records, AT, policy.agency.time_zone)
        true, unknown = engine(facts)
        return judge("publish", true, unknown, rules.denying, rules.asking)

    def everything() -> object:
        return policy.decide(action, at=AT).to_dict()

    def first_time() -> object:
        rules.patterns.clear()
        return policy.decide(action, at=AT).to_dict()

    bare, verdict_, whole, dictionary, first, reference = measure(
        ("one bare attrs construction of that action", bare_construction()),
        ("facts read, masks and outcome (directory facts resolved)", verdict),
        ("policy.decide: people and accounts looked up, dates checked", partial(policy.decide, action, at=AT)),
        ("decide and to_dict()", everything),
        ("decide and to_dict(), nothing remembered from other decisions", first_time),
        ("policy.decide, engine reference", partial(slow.decide, action, at=AT)),
    )
    say(bare)
    say(verdict_, bare, 1)
    say(whole, bare)
    say(dictionary, bare, 10)
    say(first, bare)
    say(reference, whole)


def engines() -> None:
    """Measure what each engine takes for the same facts."""
    policy = smpolicy.load(LARGE, engine="compiled")
    rules, action = policy.kinds["publish"], policy.action(proposal())
    facts = rules.read(action, policy.records(action, AT), AT, policy.agency.time_zone)
    names = [name for name in NAMES if name != "durable" or available()]
    print(
        f"\nThe engines alone: `publish` under `{policy.agency.id}`, {len(rules.rules)} rules (ratios are to compiled)"
    )
    if "durable" in names:
        groups = durable.plan(rules).groups
        held = " and ".join(str(len(group.bits)) for group in groups)
        print(f"  durable: {len(groups)} sets of rules within the library, of {held} rules")
    else:
        print("  durable: left out, because durable-rules cannot be imported")
    made = {name: make_engine(name, rules) for name in names}
    figures = measure(*((f"engine {name}", partial(engine, facts)) for name, engine in made.items()))
    for figure in figures:
        say(figure, figures[0])
        if figure.name == "engine durable":
            print(f"    aim 45 us or less: {'met' if figure.microseconds <= MOST_DURABLE else 'MISSED'}")
    if "durable" in made:
        nothing = (None,) * len(facts)
        (unknown,) = measure(("engine durable, every fact unknown", partial(made["durable"], nothing)))
        say(unknown, figures[0])


def reading() -> None:
    """Measure an action read from a dictionary, against cattrs alone."""
    print("\nAn action from a dictionary (the ratio is to cattrs alone)")
    data = {key: value for key, value in proposal().items() if key != "payload"}
    classes = bare_classes()
    converter = cattrs.Converter(forbid_extra_keys=True)
    parts = {name: attrs.field(default=None, type=cls) for name, cls in classes.items() if name}
    whole = attrs.make_class("Proposal", {"kind": attrs.field(type=str), **parts})
    cattrs_alone, ours = measure(
        ("cattrs alone, into bare classes of the same fields and types", partial(converter.structure, data, whole)),
        ("smpolicy.action, every name and value checked", partial(smpolicy.action, data)),
    )
    say(cattrs_alone)
    say(ours, cattrs_alone, 2)


def loading() -> None:
    """Measure importing, and loading and binding."""
    print("\nStarting")
    command = "import time; t = time.perf_counter(); import smpolicy; print(time.perf_counter() - t)"
    imports = [
        float(subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True).stdout)
        for _ in range(ROUNDS)
    ]
    (load,) = measure(
        (
            "load and bind the large example agency (aim 150 ms or less)",
            partial(smpolicy.load, LARGE, engine="compiled"),
        )
    )
    say(Figure("import smpolicy, in a new process (aim 60 ms or less)", statistics.median(imports) * 1e6))
    say(load)


def stacked(folder: Path) -> Path:
    """Return the file of the large example agency once it adopts every ruleset that is shipped, in a folder."""
    names = sorted(each.parent.name for each in rulesets_folder().glob("*/ruleset.toml"))
    text = LARGE.read_text(encoding="utf-8")
    alone = 'rulesets  = ["iacp-2019"]'
    assert text.count(alone) == 1
    path = folder / "agency.toml"
    path.write_text(text.replace(alone, f"rulesets  = {json.dumps(names)}"), encoding="utf-8")
    shutil.copy(LARGE.with_name("directory.toml"), folder)
    return path


def stacking() -> None:
    """Measure what the large example agency costs with every shipped ruleset: deciding, loading, checking."""
    with tempfile.TemporaryDirectory() as folder:
        path = stacked(Path(folder))
        policy = smpolicy.load(path, engine="compiled")
        action, rules = policy.action(proposal()), policy.kinds["publish"]
        records, engine = policy.records(action, AT), make_engine("compiled", rules)
        bound = {id(rule) for kind in policy.kinds.values() for rule in kind.rules}
        print(
            f"\nEvery shipped ruleset stacked: {', '.join(each.id for each in policy.agency.rulesets)}; "
            f"{len(bound)} bound rules, {len(rules.rules)} of them on `publish`"
        )

        def verdict() -> object:
            facts = rules.read(action, records, AT, policy.agency.time_zone)
            true, unknown = engine(facts)
            return judge("publish", true, unknown, rules.denying, rules.asking)

        bare, decided = measure(
            ("one bare attrs construction of that action", bare_construction()),
            ("facts read, masks and outcome of a prebuilt `publish`", verdict),
        )
        say(bare)
        say(decided, bare, 2)
        load, found, both = measure(
            ("load and bind (aim 300 ms or less)", partial(smpolicy.load, path, engine="compiled")),
            ("contradictions alone", partial(contradictions, policy, AT)),
            ("load, bind and review, all of `check` but printing (aim 2 s)", lambda: review(smpolicy.load(path), AT)),
        )
        for figure in (load, found, both):
            say(figure)


def growing() -> None:
    """Measure synthetic sets of rules of one kind."""
    print("\nSynthetic rules of one kind, engine compiled, 48 facts, 15% of them unknown (the ratio is to 80 rules)")
    smallest: Figure | None = None
    for count in (80, 800, 8_000):
        rules = synthetic_rules(count)
        engine = make_engine("compiled", rules)
        values = [synthetic_values(rules, seed) for seed in range(50)]

        def all_values(engine: Any = engine, values: Any = values) -> None:
            for each in values:
                engine(each)

        (total,) = measure((f"{count:,} rules", all_values))
        figure = Figure(total.name, total.microseconds / len(values))
        say(figure, smallest, 20)
        smallest = smallest or figure


def generating() -> None:
    """Measure generating and deciding actions, by Hypothesis, for the large example agency."""
    from hypothesis import HealthCheck, Phase, given, settings

    from smpolicy.analysis.moments import default_moment
    from smpolicy.testing import strategies

    print("\nGenerating and deciding 10,000 actions (aim 60 s or less), extra testing")
    policy = smpolicy.load(LARGE)
    at = default_moment(policy)

    @settings(max_examples=10_000, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(strategies.actions(policy))
    def decide(action: Any) -> None:
        policy.decide(action, at=at)

    start = time.perf_counter()
    decide()
    print(f"  {time.perf_counter() - start:.1f} s")


def main() -> None:
    """Run all benchmarks."""
    print(f"Python {sys.version.split()[0]}; medians of {ROUNDS} rounds, measured in turn")
    deciding()
    engines()
    reading()
    loading()
    stacking()
    growing()
    generating()


if __name__ == "__main__":
    main()
