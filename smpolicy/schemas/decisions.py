"""The schema of decisions as data."""

from __future__ import annotations

from typing import get_args

from smpolicy.approvals import WHY_NOT, Need
from smpolicy.bound_rules import Duty
from smpolicy.decisions import Because, Reason
from smpolicy.judge import NextStep, Outcome
from smpolicy.patterns import Needed, Question, Status
from smpolicy.rulesets import When
from smpolicy.schemas.shapes import MOMENT, Schema, attribute_texts, described, head, list_of, table
from smpolicy.vocabulary import FactType, Vocabulary

STRING: Schema = {"type": "string"}
STRINGS: Schema = list_of(STRING)
BOOLEAN: Schema = {"type": "boolean"}
CITES: Schema = list_of(STRING, "The considerations that the rule cites.")
RULE: Schema = {"description": "The id of the bound rule.", "type": "string"}


def decision_schema(vocabulary: Vocabulary) -> Schema:
    """Return the schema of `decision.to_dict()`.

    Args:
        vocabulary: the kinds of action.
    """
    properties: dict[str, Schema] = {
        "agency": {"description": "The agency's id.", "type": "string"},
        "kind": {"description": "The kind of action.", "enum": list(vocabulary.kinds)},
        "at": described(MOMENT, "The moment of the decision."),
        "outcome": {"description": "What the policy says.", "enum": [str(each) for each in Outcome]},
        "settled": {"description": "Whether nothing that could be learned would change it.", "type": "boolean"},
        "next": {"description": "What to do now.", "enum": list(get_args(NextStep))},
        "code": {"description": "Given where no ruleset speaks of this kind.", "const": "ungoverned"},
        "reasons": list_of(_reason(), "Every restricting rule that is true."),
        "passed_over": list_of(_passed_over(), "The approvals that were presented and do not count."),
        "overrides": list_of(_overriding(), "What lets packs loosen rules of other rulesets here, where they do."),
        "needed": list_of(_needed(), "The approvals that true rules ask for and do not have."),
        "needed_if": list_of(_needed(), "The approvals that open rules would ask for."),
        "duties": list_of(_duty(), "What must be done; on a deny only what must be done regardless."),
        "possible_duties": list_of(_duty(), "What may have to be done, depending on what is not known."),
        "notices": list_of(_notice(), "Notices of true rules."),
        "possible_notices": list_of(_notice(), "Notices that may apply, depending on what is not known."),
        "questions": list_of(_question(), "What is not known and matters, the weightiest first."),
        "checklist": list_of(STRING, "The facts among them that one attestation would answer."),
        "considerations": {
            "description": "What became of each consideration that restricts this kind of action.",
            "type": "object",
            "additionalProperties": table(
                {
                    "status": {"enum": list(get_args(Status))},
                    "by": {"description": "The rule that spoke, or the exception that spared.", "type": "string"},
                },
                ("status",),
            ),
        },
    }
    description = "What a policy says about one action, as `decision.to_dict()` and `smpolicy decide --json` give it."
    required = [name for name in properties if name not in ("code", "overrides")]
    return {**head("decision", "A decision", description), **table(properties, required)}


def _from(cls: type, properties: dict[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    """Return the schema of an object that shows a class, with what the class says of its attributes."""
    said = attribute_texts(cls)
    made = {name: described(each, each.get("description") or said.get(name)) for name, each in properties.items()}
    return table(made, [name for name in properties if name not in optional])


def _passed_over() -> Schema:
    who = {
        "by": described(STRING, "The id of the person who approved."),
        "role": described(STRING, "The role in which the person approved."),
        "rule": RULE,
    }
    why: Schema = {"description": "Why it does not count.", "enum": list(WHY_NOT)}
    return table({**who, "why": why}, (*who, "why"))


def _overriding() -> Schema:
    said = {
        "by": "The id of the exception or adjustment that loosens.",
        "ruleset": "The pack that states it.",
        "of": "The ruleset that is loosened.",
        "authority": "Why, and by what authority.",
    }
    properties: dict[str, Schema] = {name: described(STRING, text) for name, text in said.items()}
    properties["what"] = list_of(STRING, "The considerations and rules that are lifted, or the choice that is widened.")
    return table(properties, tuple(properties))


def _reason() -> Schema:
    because = _from(Because, {"fact": STRING, "value": {}, "provenance": STRING})
    effect: Schema = {"enum": ["deny", "needs_approval"]}
    return _from(
        Reason,
        {
            "rule": RULE,
            "ruleset": STRING,
            "effect": effect,
            "cites": STRINGS,
            "reason": STRING,
            "remedy": STRING,
            "because": list_of(because),
            "discharged": BOOLEAN,
        },
    )


def _needed() -> Schema:
    people: Schema = {"type": "integer", "minimum": 1}
    need = _from(Need, {"offices": STRINGS, "roles": STRINGS, "people": people})
    return _from(Needed, {"rule": RULE, "requirement": list_of(need), "questions": STRINGS}, ("questions",))


def _duty() -> Schema:
    excluding = attribute_texts(Duty)["excluding"]
    return _from(
        Duty,
        {
            "rule": RULE,
            "do": STRING,
            "to": STRINGS,
            "when": {"enum": list(get_args(When))},
            "cites": CITES,
            "within": STRING,
            "except": described(STRING, excluding),
        },
        ("within", "except"),
    )


def _notice() -> Schema:
    return table({"rule": RULE, "notice": STRING, "cites": CITES}, ("rule", "notice", "cites"))


def _question() -> Schema:
    asked_of: Schema = {"enum": ["author", "given", "directory", "agency"]}
    effect: Schema = {"enum": ["deny", "needs_approval", "oblige", "notice"]}
    return _from(
        Question,
        {
            "fact": STRING,
            "ask": STRING,
            "cite": STRING,
            "asked_of": asked_of,
            "type": {"enum": list(get_args(FactType))},
            "effect": effect,
            "rules": STRINGS,
            "attestable": BOOLEAN,
            "members": STRINGS,
        },
        ("members",),
    )
