"""Hypothesis strategies for conditions, as text, and for well-typed rulesets, as the tables of their files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from hypothesis import strategies as st

from smpolicy.kinds import CORE
from smpolicy.vocabulary import Fact, Vocabulary

CONSIDERATIONS = ("X.1", "X.1.a", "X.1.a.i", "X.2", "X.3")
OFFICES = ("first_office", "second_office")
PERIODS = {"days": (2, 30, 400), "months": (2, 12, 24)}


def common_facts(vocabulary: Vocabulary, kinds: Iterable[str], *, agency: bool = True) -> list[Fact]:
    """Return the facts that all of some kinds have, and those of the agency, which any condition may read."""
    shared = set.intersection(*({fact.path for fact in vocabulary.facts_of(kind)} for kind in kinds))
    own = {path for path, fact in vocabulary.facts.items() if fact.owner == "agency"}
    return [fact for path, fact in vocabulary.facts.items() if path in (shared | own if agency else shared - own)]


def literal_set(members: Iterable[str]) -> str:
    """Return a set of texts as a condition writes it."""
    return "{" + ", ".join(repr(member) for member in members) + "}"


def some_members(fact: Fact, *, all_too: bool = False) -> st.SearchStrategy[list[str]]:
    """Return a strategy for at least one member of a fact, and, unless said, not all of them."""
    most = len(fact.members) if all_too else max(len(fact.members) - 1, 1)
    return st.lists(st.sampled_from(fact.members), min_size=1, max_size=min(most, 4), unique=True)


def atoms(fact: Fact) -> st.SearchStrategy[str]:
    """Return a strategy for statements about one fact that are neither always true nor always false."""
    path = fact.path
    if fact.type == "bool":
        bare: st.SearchStrategy[str] = st.sampled_from((path, f"{path} == True", f"{path} != True", f"not {path}"))
    elif fact.type == "enum":
        one = st.sampled_from(fact.members).flatmap(lambda m: st.sampled_from((f"{path} == {m!r}", f"{path} != {m!r}")))
        few = some_members(fact).map(literal_set)
        bare = one | few.flatmap(lambda found: st.sampled_from((f"{path} in {found}", f"{path} not in {found}")))
    elif fact.type == "set":
        one = st.sampled_from(fact.members).flatmap(
            lambda m: st.sampled_from((f"{m!r} in {path}", f"{m!r} not in {path}"))
        )
        few = some_members(fact).map(literal_set)
        several = ["overlaps({0}, {1})", "includes({0}, {1})", "overlaps({1}, {0})", "within({1}, {0})"]
        if len(fact.members) > 1:
            several += ["within({0}, {1})", "includes({1}, {0})"]
        bare = one | few.flatmap(lambda found: st.sampled_from([form.format(path, found) for form in several]))
    elif fact.type == "integer":
        number = st.integers(fact.least + 1, min(fact.most - 1, fact.least + 60))
        bare = number.flatmap(lambda n: st.sampled_from([f"{path} {op} {n}" for op in ("<", "<=", ">", ">=")]))
    elif fact.type == "moment":
        number = st.integers(0, 700)
        bare = number.flatmap(lambda n: st.sampled_from([f"age({path}) {op} {n}" for op in ("<", "<=", ">", ">=")]))
    else:
        bare = st.sampled_from((f"{path} == 'alder'", f"{path} in {{'alder', 'hollow'}}", f"{path} != 'hollow'"))
    return bare


def guarded(text: str, fact: Fact, vocabulary: Vocabulary) -> str:
    """Return a statement with the guard that it needs where the part of its fact may not exist."""
    needs = vocabulary.parts[fact.part].optional and fact.name != "exists"
    return f"({fact.part}.exists and {text})" if needs else text


def conditions(
    vocabulary: Vocabulary = CORE,
    kinds: Sequence[str] = ("publish",),
    *,
    definitions: Sequence[str] = (),
    agency: bool = True,
    few: bool = False,
) -> st.SearchStrategy[str]:
    """Return a strategy for well-typed conditions, as text.

    Args:
        vocabulary: the facts.
        kinds: the kinds of action of which every fact must be.
        definitions: the definitions that they may use.
        agency: whether they may read facts of the agency.
        few: whether only few facts are read, so that conditions meet in them.
    """
    found = common_facts(vocabulary, kinds, agency=agency)
    by_type: dict[str, list[Fact]] = {}
    for fact in found:
        by_type.setdefault(fact.type, []).append(fact)
    pools = [each[:2] if few else each for each in by_type.values()]
    leaf: st.SearchStrategy[str] = (
        st.sampled_from(pools)
        .flatmap(st.sampled_from)
        .flatmap(lambda fact: atoms(fact).map(lambda text: guarded(text, fact, vocabulary)))
    )
    if definitions:
        leaf |= st.sampled_from(definitions).map(lambda name: f"definition.{name}")

    def extend(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        several = st.lists(inner, min_size=2, max_size=3)
        joined = st.tuples(st.sampled_from((" and ", " or ")), several).map(lambda each: f"({each[0].join(each[1])})")
        return joined | inner.map(lambda text: f"not ({text})")

    return st.recursive(leaf, extend, max_leaves=6)


@st.composite
def own_facts(draw: st.DrawFn, kinds: Sequence[str]) -> list[dict[str, Any]]:
    """Return a strategy for the facts of a pack, as the data of its file."""
    made = []
    types = draw(st.lists(st.sampled_from(("bool", "enum", "set", "integer", "moment", "text")), max_size=3))
    for number, kind in enumerate(types):
        fact: dict[str, Any] = {"id": f"own_{number}", "type": kind, "ask": "Does it?", "cite": "X.1"}
        fact |= {"on": draw(st.lists(st.sampled_from(kinds), min_size=1, unique=True))}
        fact |= {"owner": draw(st.sampled_from(("author", "given"))), "always_ask": draw(st.booleans())}
        fact |= {"values": ["red", "green", "blue"]} if kind in ("enum", "set") else {}
        harmless = {"bool": False, "enum": "green", "integer": 0}
        fact |= {"harmless": harmless[kind]} if kind in harmless else {}
        fact |= {"most": 50} if kind == "integer" else {}
        if kind != "moment":  # a moment has no harmless value that is the same for every decision
            made.append(fact)
    return made


def with_own_facts(namespace: str, facts: Sequence[Mapping[str, Any]]) -> Vocabulary:
    """Return the core vocabulary with the facts of a pack."""
    if not facts:
        return CORE
    made = [
        (
            Fact(
                f"{namespace}.{each['id']}",
                each["type"],
                each["ask"],
                each["cite"],
                each["owner"],
                members=tuple(each.get("values", ())),
                harmless=each.get("harmless"),
                most=each.get("most", 1_000_000),
            ),
            frozenset(each["on"]),
        )
        for each in facts
    ]
    return CORE.with_pack(namespace, made)


class _Choices:
    """The choices of one generated ruleset, each made where it is used."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw, self.made = draw, list[dict[str, Any]]()

    def add(self, **details: Any) -> str:
        name = f"choice_{len(self.made)}"
        self.made.append({"id": name, "about": self.draw(st.sampled_from(CONSIDERATIONS)), "ask": "Which?", **details})
        return f"choice.{name}"

    def effect(self) -> str:
        default = self.draw(st.sampled_from(("allow", "needs_approval", "deny")))
        return self.add(type="effect", default=default, stricter="higher")

    def office(self) -> str:
        return self.add(type="offices", default=[self.draw(st.sampled_from(OFFICES))], stricter="none")

    def narrow(self, text: str, found: Sequence[Fact], vocabulary: Vocabulary, sign: int = 1) -> str:
        """Return a condition joined with one on a choice; sign is -1 where the condition lifts restrictions."""
        forms: list[Callable[[], str]] = [lambda: self._flag(sign), self._text]
        if sign == 1:
            by_type = {kind: [fact for fact in found if fact.type == kind] for kind in ("enum", "set", "moment")}
            makers = (("enum", self._enum), ("set", self._subset), ("moment", self._period))
            forms += [partial(make, by_type[kind], vocabulary) for kind, make in makers if by_type[kind]]
        return f"({text}) and {self.draw(st.sampled_from(forms))()}"

    def _flag(self, sign: int) -> str:
        stricter = self.draw(st.booleans())
        name = self.add(type="flag", default=self.draw(st.booleans()), stricter="true" if stricter else "false")
        return name if stricter == (sign == 1) else f"not {name}"

    def _text(self) -> str:
        return f"given({self.add(type='text', default='something', stricter='none')})"

    def _enum(self, found: Sequence[Fact], vocabulary: Vocabulary) -> str:
        fact, more = self.draw(st.sampled_from(found)), self.draw(st.booleans())
        default = self.draw(some_members(fact, all_too=True))
        name = self.add(type="subset", of=fact.path, default=default, stricter="more" if more else "fewer")
        return guarded(f"{fact.path} {'in' if more else 'not in'} {name}", fact, vocabulary)

    def _subset(self, found: Sequence[Fact], vocabulary: Vocabulary) -> str:
        fact, more = self.draw(st.sampled_from(found)), self.draw(st.booleans())
        default = self.draw(some_members(fact, all_too=True))
        name = self.add(type="subset", of=fact.path, default=default, stricter="more" if more else "fewer")
        forms = (
            ("overlaps({0}, {1})", "not includes({0}, {1})")
            if more
            else ("not within({0}, {1})", "not overlaps({1}, {0})")
        )
        return guarded(self.draw(st.sampled_from(forms)).format(fact.path, name), fact, vocabulary)

    def _period(self, found: Sequence[Fact], vocabulary: Vocabulary) -> str:
        fact, unit = self.draw(st.sampled_from(found)), self.draw(st.sampled_from(("days", "months")))
        default = f"{self.draw(st.sampled_from(PERIODS[unit]))} {unit}"
        form, stricter = self.draw(
            st.sampled_from((("age({0}) > {1}", "lower"), ("age({0}) <= {1}", "higher"), ("{1} < age({0})", "lower")))
        )
        name = self.add(type="period", unit=unit, default=default, stricter=stricter)
        return guarded(form.format(fact.path, name), fact, vocabulary)


@st.composite
def ruleset_tables(
    draw: st.DrawFn, *, id: str = "generated", kinds: Sequence[str] = (), namespace: str = "own", few: bool = True
) -> dict[str, Any]:
    """Return a strategy for well-typed rulesets, as the data of a file.

    Args:
        draw: given by Hypothesis.
        id: the ruleset's id.
        kinds: the kinds of action that rules may be on; by default a few.
        namespace: the name of its own facts.
        few: whether conditions read few facts, so that rules meet in them.
    """
    pool = tuple(kinds) or tuple(
        draw(st.lists(st.sampled_from(sorted(CORE.kinds)), min_size=2, max_size=3, unique=True))
    )
    facts = draw(own_facts(pool))
    vocabulary = with_own_facts(namespace, facts)
    choices = _Choices(draw)
    definitions = [
        {
            "id": f"shared_{kind}",
            "about": draw(st.sampled_from(CONSIDERATIONS)),
            "when": draw(conditions(vocabulary, pool, few=few)),
        }
        for kind in draw(st.sampled_from(((), ("one",))))
    ]
    names = tuple(each["id"] for each in definitions)
    rules = [draw(_rules(number, pool, vocabulary, choices, names, few)) for number in range(draw(st.integers(1, 6)))]
    exceptions = [
        draw(_exceptions(number, rules, vocabulary, choices, names, few)) for number in range(draw(st.integers(0, 2)))
    ]
    header = {"id": id, "title": "Generated", "version": "1", "dated": date(2026, 1, 1), "source": "nowhere"}
    return {
        "ruleset": header | ({"namespace": namespace} if facts else {}),
        "office": [{"id": name, "title": name} for name in OFFICES],
        "fact": facts,
        "consideration": [
            {"id": name, "title": name, "gist": "A gist.", "acts": list(pool)} for name in CONSIDERATIONS
        ],
        "choice": choices.made,
        "definition": definitions,
        "rule": rules,
        "exception": [each for each in exceptions if each],
    }


@st.composite
def _asked(draw: st.DrawFn, choices: _Choices) -> list[dict[str, Any]]:
    offices = st.sampled_from((*OFFICES, ""))
    return [
        {"office": draw(offices) or choices.office(), "people": draw(st.integers(1, 2))}
        for _ in range(draw(st.integers(1, 2)))
    ]


@st.composite
def _effects(draw: st.DrawFn, choices: _Choices, *, restricts: bool) -> dict[str, Any]:
    """Draw one of `then`, `oblige` and `notice`."""
    form = draw(st.sampled_from(("deny", "needs_approval", "choice", "oblige", "notice") if restricts else ("oblige",)))
    if form == "deny":
        return {"then": "deny", "reason": "It is so."}
    if form == "oblige":
        when, to = draw(st.sampled_from(("before", "after", "regardless"))), draw(st.sampled_from(("author", *OFFICES)))
        return {"oblige": {"do": "Do it.", "to": to, "when": when}}
    if form == "notice":
        return {"notice": "Take note.", "reason": "It is so."}
    then = choices.effect() if form == "choice" else form
    return {"then": then, "approvals": draw(_asked(choices)), "reason": "It is so."}


@st.composite
def _rules(
    draw: st.DrawFn,
    number: int,
    pool: Sequence[str],
    vocabulary: Vocabulary,
    choices: _Choices,
    definitions: Sequence[str],
    few: bool,
) -> dict[str, Any]:
    on = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=2, unique=True))
    text = draw(conditions(vocabulary, on, definitions=definitions, few=few))
    found = common_facts(vocabulary, on, agency=False)
    if draw(st.booleans()):
        text = choices.narrow(text, found, vocabulary)
    rule = {"id": f"{draw(st.sampled_from(CONSIDERATIONS))}/rule_{number}", "on": on, "when": text}
    rule |= draw(_effects(choices, restricts="report_violation" not in on))
    plain = [fact for fact in found if fact.type in ("enum", "set") and not vocabulary.parts[fact.part].optional]
    if plain and str(rule.get("then")).startswith("choice.") and draw(st.booleans()):
        fact = draw(st.sampled_from(plain))
        choices.made[:] = [each for each in choices.made if f"choice.{each['id']}" != rule["then"]]
        members = list(fact.members)
        default = dict.fromkeys(members, "needs_approval")
        name = f"by_member_{number}"
        choices.made.append(
            {
                "id": name,
                "about": "X.1",
                "ask": "Which?",
                "type": "effect_by",
                "members": members,
                "default": default,
                "stricter": "higher",
            }
        )
        rule |= {"then": f"choice.{name}", "each": fact.path}
    return rule


@st.composite
def _exceptions(
    draw: st.DrawFn,
    number: int,
    rules: Sequence[Mapping[str, Any]],
    vocabulary: Vocabulary,
    choices: _Choices,
    definitions: Sequence[str],
    few: bool,
) -> dict[str, Any]:
    restricting = [rule for rule in rules if "then" in rule]
    if not restricting:
        return {}
    target = draw(st.sampled_from(restricting))
    on = draw(st.lists(st.sampled_from(target["on"]), min_size=1, unique=True))
    text = draw(conditions(vocabulary, on, definitions=definitions, few=few))
    if draw(st.booleans()):
        text = choices.narrow(text, [], vocabulary, sign=-1)
    about = target["id"].partition("/")[0]
    instead = []
    for _ in range(draw(st.integers(0, 2))):
        made = {"about": draw(st.sampled_from(CONSIDERATIONS)), **draw(_effects(choices, restricts=True))}
        if draw(st.booleans()):
            made["when"] = draw(conditions(vocabulary, on, few=few))
        instead.append(made)
    return {
        "id": f"{draw(st.sampled_from(CONSIDERATIONS))}/exception_{number}",
        "about": draw(st.sampled_from(CONSIDERATIONS)),
        "on": on,
        "of": [draw(st.sampled_from((target["id"], about)))],
        "when": text,
        "instead": instead,
        "reason": "It is excepted.",
    }
