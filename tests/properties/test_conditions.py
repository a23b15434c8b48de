"""Conditions from text to bound rules: what binding leaves means what the text says."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from smpolicy.kinds import CORE
from smpolicy.language.expressions import Term, Unsettled, atoms, terms, truth
from smpolicy.language.lowering import Bindings, bind
from smpolicy.language.parsing import Scope, parse
from smpolicy.testing.agency_tables import values
from smpolicy.testing.ruleset_tables import common_facts, conditions
from smpolicy.vocabulary import Fact
from tests.properties.oracle import Reading, as_number
from tests.properties.trying import MANY

KINDS = ("publish", "personal_post", "hide", "investigate", "discipline", "grant_access")
ENUMERATIONS = [fact for fact in CORE.facts.values() if fact.type == "enum"]
SETS = [fact for fact in CORE.facts.values() if fact.type == "set"]
MOMENTS = [fact for fact in CORE.facts.values() if fact.type == "moment"]


def nothing(name: str) -> Any:
    """Find no definition."""
    raise KeyError(name)


@st.composite
def readings(draw: st.DrawFn, facts: list[Fact], choices: dict[str, Any]) -> Reading:
    """Return a strategy for what is known: facts, ages and agency facts; each may be unknown."""
    known = {each.path: draw(st.none() | values(each, partly=True)) for each in facts}
    ages = {
        (each.path, unit): draw(st.integers(-2, 1_600))
        for each in facts
        if each.type == "moment" and known[each.path] is not None
        for unit in ("days", "months")
    }
    agency = {each.path: known[each.path] for each in facts if each.owner == "agency"}
    return Reading(CORE, known, ages, choices, {path: value for path, value in agency.items() if value is not None})


def bound_truth(text: str, scope: Scope, reading: Reading) -> float:
    """Return the truth of a condition once it is bound, and simplified."""
    expression = bind(parse(text, scope), Bindings(CORE, reading.choices, reading.agency))
    facts = {term: _value(term, reading) for term in terms(expression)}
    return as_number(truth(expression, facts))


def _value(term: Term, reading: Reading) -> Any:
    return reading.ages.get((term.path, term.unit)) if term.unit else reading.facts.get(term.path)


class TestBinding:
    @MANY
    @given(st.data(), st.sampled_from(KINDS))
    def test_keeps_the_meaning_of_the_text(self, data: st.DataObject, kind: str) -> None:
        """A bound condition means what its text says, read without any simplification."""
        text = data.draw(conditions(CORE, (kind,), few=data.draw(st.booleans())))
        scope = Scope(CORE, {}, nothing)
        found = [fact for fact in common_facts(CORE, (kind,)) if fact.path in text]
        reading = data.draw(readings(found, {}))
        assert bound_truth(text, scope, reading) == reading.of(parse(text, scope))

    @MANY
    @given(st.data())
    def test_puts_the_members_of_a_choice_in(self, data: st.DataObject) -> None:
        """A comparison with a chosen subset, of none, some or all members, means what it says."""
        fact = data.draw(st.sampled_from(ENUMERATIONS + SETS))
        chosen = data.draw(st.frozensets(st.sampled_from(fact.members)) | st.just(frozenset(fact.members)))
        forms = ["{0} in {1}", "{0} not in {1}"]
        if fact.type == "set":
            names = ("overlaps", "within", "includes")
            forms = [f"{no}{name}({first}, {second})" for no in ("", "not ") for name in names
                     for first, second in (("{0}", "{1}"), ("{1}", "{0}"))]  # fmt: skip
        text = data.draw(st.sampled_from(forms)).format(fact.path, "choice.members")
        scope = Scope(CORE, {"members": ("set", fact.members)}, nothing)
        reading = data.draw(readings([fact], {"members": chosen}))
        assert bound_truth(text, scope, reading) == reading.of(parse(text, scope))

    @MANY
    @given(st.data())
    def test_puts_periods_in(self, data: st.DataObject) -> None:
        """A comparison of an age with a period, or with none, means what it says, whichever side it stands on."""
        fact = data.draw(st.sampled_from(MOMENTS))
        period = data.draw(st.none() | st.tuples(st.integers(1, 800), st.sampled_from(("days", "months"))))
        operator = data.draw(st.sampled_from(("<", "<=", ">", ">=")))
        sides = data.draw(st.permutations((f"age({fact.path})", "choice.period")))
        text = f"{sides[0]} {operator} {sides[1]}"
        scope = Scope(CORE, {"period": ("period", ())}, nothing)
        reading = data.draw(readings([fact], {"period": period}))
        assert bound_truth(text, scope, reading) == reading.of(parse(text, scope))

    @MANY
    @given(st.data())
    def test_reads_integers_on_either_side(self, data: st.DataObject) -> None:
        """A comparison with a number, within its bounds, at them or beyond, means what it says."""
        fact = CORE.facts["search.retention"]
        number = data.draw(st.sampled_from((-1, 0, 1, 30, fact.most - 1, fact.most, fact.most + 1)))
        operator = data.draw(st.sampled_from(("<", "<=", ">", ">=", "==")))
        sides = data.draw(st.permutations((fact.path, str(number))))
        text = f"{sides[0]} {operator} {sides[1]}"
        scope = Scope(CORE, {}, nothing)
        reading = data.draw(readings([fact], {}))
        wanted = reading.of(parse(text, scope))
        assert bound_truth(text, scope, reading) == wanted or (operator == "==" and reading.facts[fact.path] is None)

    @MANY
    @given(st.data())
    def test_leaves_open_what_a_partly_known_set_of_the_agency_leaves_open(self, data: st.DataObject) -> None:
        """A set of the agency of which some members are not known settles what the known ones settle, and no more."""
        fact = CORE.facts["terms.removal_grounds"]
        ground = data.draw(st.sampled_from(fact.members))
        text = data.draw(
            st.sampled_from(
                (
                    "moderation.ground in terms.removal_grounds",
                    "moderation.ground not in terms.removal_grounds",
                    f"{ground!r} in terms.removal_grounds",
                    f"overlaps(terms.removal_grounds, {{{ground!r}, 'fraud'}})",
                    f"within(terms.removal_grounds, {{{ground!r}, 'fraud'}})",
                    f"not includes(terms.removal_grounds, {{{ground!r}, 'fraud'}})",
                )
            )
        )
        reading = data.draw(readings([fact, CORE.facts["moderation.ground"]], {}))
        scope = Scope(CORE, {}, nothing)
        assert bound_truth(text, scope, reading) == reading.of(parse(text, scope))

    @MANY
    @given(st.data())
    def test_leaves_agency_facts_open_that_the_agency_does_not_state(self, data: st.DataObject) -> None:
        """A missing fact of the agency stays unknown, and stated ones are constants."""
        text = data.draw(conditions(CORE, ("hide",)))
        condition = parse(text, Scope(CORE, {}, nothing))
        own = [fact for fact in CORE.facts.values() if fact.owner == "agency"]
        stated = {fact.path: data.draw(values(fact)) for fact in own if data.draw(st.booleans())}
        expression = bind(condition, Bindings(CORE, {}, stated))
        assert not any(CORE.facts[term.path].owner == "agency" for term in terms(expression))
        assert not any(isinstance(atom, Unsettled) and atom.path in stated for atom in atoms(expression))
