"""Tests of smpolicy.engines.checked: an answer stands only where two engines find the same."""

from __future__ import annotations

from typing import Any

import pytest

from smpolicy import engines
from smpolicy.agencies import EngineName
from smpolicy.engines import PAIR, SINGLE, checked, make_engine
from smpolicy.errors import EngineFailed, EnginesDisagree
from smpolicy.language.expressions import Is
from smpolicy.policies import bind_policy
from tests.builders import decide, make_agency, make_ruleset, rule
from tests.engines.test_engines import A, B, rules_of
from tests.usable import DURABLE, needs_durable

RULES = rules_of((Is(A), Is(B)), (A, B))
ASKED = rule("content.humor", "needs_approval")


def always(true: int, unknown: int) -> Any:
    """Return an engine that always finds the same."""
    return lambda _: (true, unknown)


class TestChecked:
    def test_same(self) -> None:
        """What both engines find is the answer."""
        assert checked.prepare(RULES, {"one": always(1, 2), "two": always(1, 2)})((None, None)) == (1, 2)

    @pytest.mark.parametrize("other", [(0, 2), (1, 0), (0, 3), (3, 0), (2, 1)])
    def test_different(self, other: tuple[int, int]) -> None:
        """Where they differ, in either set, there is no answer."""
        with pytest.raises(EnginesDisagree):
            checked.prepare(RULES, {"one": always(1, 2), "two": always(*other)})((None, None))

    def test_both_answers(self) -> None:
        """The error carries the kind and what each engine found, by the ids of rules, and says it."""
        with pytest.raises(EngineFailed) as caught:
            checked.prepare(RULES, {"compiled": always(1, 2), "durable": always(0, 3)})((None, None))
        error = caught.value
        assert isinstance(error, EnginesDisagree)
        assert (error.code, error.kind) == ("engines_disagree", "publish")
        assert error.answers == {"compiled": (("A.1/0",), ("A.1/1",)), "durable": ((), ("A.1/0", "A.1/1"))}
        assert "`compiled` finds true: A.1/0, and unknown: A.1/1" in str(error)
        assert "`durable` finds true: none, and unknown: A.1/0, A.1/1" in str(error)

    def test_failing(self) -> None:
        """Where one engine fails there is no answer, whatever the other finds."""

        def fail(_: object) -> Any:
            raise RuntimeError("it broke")

        with pytest.raises(RuntimeError, match="it broke"):
            checked.prepare(RULES, {"one": always(1, 2), "two": fail})((None, None))

    def test_default_pair(self) -> None:
        """Unless others are named, the compiled engine and the reference must agree: both need no library."""
        assert PAIR == ("compiled", "reference")
        assert make_engine("checked", RULES)((True, None)) == (1, 2)

    @needs_durable
    @pytest.mark.parametrize("other", ["compiled", "reference"])
    def test_durable(self, other: str) -> None:
        """The durable engine may be one of the two."""
        assert make_engine("checked", RULES, ("durable", other))((True, None)) == (1, 2)

    def test_names(self) -> None:
        """Agency files may name every engine but this one."""
        assert set(SINGLE) == set(EngineName.__args__)  # type: ignore[attr-defined]
        assert "checked" not in SINGLE


class TestPolicy:
    @pytest.mark.parametrize("named", [("compiled", "reference"), ("reference", "compiled"), ("compiled", "durable")])
    def test_uses_the_named(self, named: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
        """A policy is decided by the two engines that the agency's file names, and no other."""
        used: list[str] = []

        def make(name: str, kind_rules: Any, pair: tuple[str, ...] = PAIR) -> Any:
            if name == "checked":
                return checked.prepare(kind_rules, {each: make(each, kind_rules) for each in pair})
            used.append(name)
            return engines.compiled.prepare(kind_rules)

        from smpolicy.engines import compiled  # noqa: F401  makes it an attribute of the package

        monkeypatch.setattr("smpolicy.policies.make_engine", make)
        agency = make_agency(f"[decision]\nengines = {list(named)}\n", make_ruleset(ASKED))
        decide(bind_policy(agency), {"content": {"humor": True}})
        assert set(used) == set(named)

    def test_no_decision(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Engines that disagree give no decision, let alone an allow."""
        from smpolicy.engines import compiled

        monkeypatch.setattr(compiled, "prepare", lambda _: always(0, 0))
        policy = bind_policy(make_agency("", make_ruleset(ASKED)), "checked")
        with pytest.raises(EnginesDisagree) as caught:
            decide(policy, {"content": {"humor": True}})
        assert caught.value.answers == {"compiled": ((), ()), "reference": (("A.1/rule",), ())}

    def test_same_decision(self) -> None:
        """What is decided is the same, to the receipt's byte, as by one engine alone."""
        agency = make_agency("", make_ruleset(ASKED))
        found = {
            decide(bind_policy(agency, name), {"content": {"humor": True}}).receipt()
            for name in ("checked", *SINGLE)
            if name != "durable" or DURABLE
        }
        assert len(found) == 1
