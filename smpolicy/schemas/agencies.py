"""The schemas of an agency's file and of a directory."""

from __future__ import annotations

from smpolicy.agencies import DESK_BOUNDS, Attesting, DecisionTable, DeskTable
from smpolicy.choices import LONGEST, MOST_TEXT, to_plain
from smpolicy.directories import HeldRole
from smpolicy.loading.agency_files import MOST_DAYS, _Header, _Statements
from smpolicy.loading.candidates import STATED_POLICY_FACTS
from smpolicy.rulesets import EFFECTS, Choice, Ruleset
from smpolicy.schemas.shapes import (
    Schema,
    class_schema,
    described,
    fact_definitions,
    fact_schema,
    head,
    list_of,
    record_properties,
    table,
)
from smpolicy.vocabulary import Vocabulary

ID: Schema = {"type": "string", "pattern": "[^ ]"}

HEADER = {
    "id": "Its name in software.",
    "name": "Its name for people.",
    "time_zone": "The time zone of its calendar, such as `America/Chicago`.",
    "effective": "The first day on which this file is in force.",
    "until": "The first day on which it no longer is.",
    "rulesets": "The rulesets that it adopts: names of shipped or installed ones, or folders beside this file.",
    "directory": "The file with its directory of people, beside this file.",
}
STATEMENTS = {
    "agency_use": "What the agency uses social media for, in its own words.",
    "participation": "That employees may take part in social media, in its own words.",
    "conduct": "That standards of conduct hold there too, in its own words.",
}
HELD = {
    "role": "The role.",
    "since": "The first day on which it is held.",
    "until": "The first day on which it no longer is.",
}


def agency_schema(vocabulary: Vocabulary, rulesets: tuple[Ruleset, ...]) -> Schema:
    """Return the schema of an agency's file.

    Args:
        vocabulary: the facts.
        rulesets: those whose choices and offices are known; a file may adopt others.
    """
    roles = _roles(vocabulary)
    offices = {name: office.title for ruleset in rulesets for name, office in ruleset.offices.items()}
    header = class_schema(_Header, HEADER)
    properties: dict[str, Schema] = {
        "agency": described(header, "The agency, and when this file is in force."),
        "statements": described(
            class_schema(_Statements, STATEMENTS), "Statements on which adopting the policy depends."
        ),
        "facts": described(_facts(vocabulary), "Facts about the agency itself."),
        "offices": {
            "description": "The roles that hold each office, any of which may act for it.",
            "type": "object",
            "properties": {name: described(roles, title) for name, title in offices.items()},
            "additionalProperties": roles,
        },
        "attestation": list_of(_attesting(vocabulary, rulesets), "Who may attest what."),
        "decision": described(_decision(), "How decisions are made."),
        "desk": described(_desk(), "How cases are handled that wait for approval."),
        "account": list_of(_record(vocabulary, "account", "account"), "The register of the agency's accounts."),
        "directory": described(_people(vocabulary), "The directory of people, where it has no file of its own."),
        "choices": {
            "description": "The agency's choices, by ruleset. One that is not made falls to its default.",
            "type": "object",
            "properties": {each.id: _choices(each) for each in rulesets},
            "additionalProperties": {"type": "object"},
        },
    }
    owners = ("agency", "account", "directory")
    facts = [fact for fact in vocabulary.facts.values() if fact.owner in owners or fact.path in STATED_POLICY_FACTS]
    description = "An agency's choices, facts about itself, offices and roles, accounts and dates; a TOML file."
    made = {**head("agency", "An agency's file", description), **table(properties, ("agency",))}
    return {**made, "$defs": fact_definitions(facts)}


def directory_schema(vocabulary: Vocabulary) -> Schema:
    """Return the schema of a directory's file.

    Args:
        vocabulary: the facts.
    """
    description = "Who holds which role when, who is sworn, trained and so on; a TOML file."
    facts = [fact for fact in vocabulary.facts.values() if fact.owner == "directory"]
    made = {**head("directory", "A directory of people", description), **_people(vocabulary)}
    return {**made, "$defs": fact_definitions(facts)}


def _roles(vocabulary: Vocabulary) -> Schema:
    return list_of({"$ref": "#/$defs/members.actor.roles"}) if vocabulary.facts["actor.roles"].members else list_of({})


def _people(vocabulary: Vocabulary) -> Schema:
    held = class_schema(HeldRole, HELD)
    held["properties"]["role"] = {"description": HELD["role"], "$ref": "#/$defs/members.actor.roles"}
    person = _record(vocabulary, "actor", "directory")
    person["properties"]["held"] = list_of(held, "Roles held for a time only.")
    return table(
        {
            "person": list_of(person, "The people."),
            "alias": list_of(_record(vocabulary, "alias", "directory"), "The registered aliases."),
        }
    )


def _record(vocabulary: Vocabulary, part: str, owner: str) -> Schema:
    own = {"id": described(ID, "Its id, unique in this list.")}
    return table(own | record_properties(vocabulary, part, owner), ("id",))


def _facts(vocabulary: Vocabulary) -> Schema:
    parts: dict[str, dict[str, Schema]] = {}
    for fact in vocabulary.facts.values():
        if fact.owner == "agency" or fact.path in STATED_POLICY_FACTS:
            parts.setdefault(fact.part, {})[fact.name] = fact_schema(fact, nullable=False)
    return table({name: table(facts, description=vocabulary.parts[name].says) for name, facts in parts.items()})


def _decision() -> Schema:
    made = class_schema(DecisionTable)
    made["properties"]["engines"] |= {"minItems": 2, "maxItems": 2, "uniqueItems": True}
    made["properties"]["approval_days"] |= {"minimum": 1, "maximum": MOST_DAYS}
    return made


def _desk() -> Schema:
    made = class_schema(DeskTable)
    for name, (least, most) in DESK_BOUNDS.items():
        made["properties"][name] |= {"minimum": least, "maximum": most}
    return made


def _attesting(vocabulary: Vocabulary, rulesets: tuple[Ruleset, ...]) -> Schema:
    made = class_schema(Attesting)
    roles = _roles(vocabulary) | {"minItems": 1}
    made["properties"]["roles"] = described(roles, made["properties"]["roles"]["description"])
    known = dict.fromkeys((*vocabulary.parts, *(each.namespace for each in rulesets if each.namespace is not None)))
    other: Schema = {"description": "The namespace of another pack.", "type": "string", "pattern": "^[A-Za-z_]\\w*$"}
    made["properties"]["parts"] |= {"items": {"anyOf": [{"enum": list(known)}, other]}}
    made["properties"]["on"] |= {"items": {"enum": list(vocabulary.kinds)}}
    return made


def _choices(ruleset: Ruleset) -> Schema:
    offices = list(ruleset.offices)
    return table(
        {name: _choice(choice, offices) for name, choice in ruleset.choices.items()}, description=ruleset.title
    )


def _choice(choice: Choice, offices: list[str]) -> Schema:
    value = choice_value(choice, offices)
    reason: Schema = {"description": "Why the agency chose so.", "type": "string"}
    with_reason = table({"value": value, "reason": reason}, ("value",))
    return {
        "description": " ".join((choice.ask, choice.note or "")).strip(),
        "anyOf": [value, with_reason],
        "default": to_plain(choice.default),
    }


def choice_value(choice: Choice, offices: list[str]) -> Schema:
    """Return the schema of a choice's value.

    Args:
        choice: the choice.
        offices: the offices of its ruleset.
    """
    unit = (choice.unit or "").removesuffix("s")
    shapes: dict[str, Schema] = {
        "effect": {"enum": list(choice.members)},
        "effect_by": table({member: {"enum": list(EFFECTS)} for member in choice.members}),
        "flag": {"type": "boolean"},
        "offices": list_of({"enum": offices}) | {"minItems": 1},
        "subset": list_of({"enum": list(choice.members)}),
        "number": {"type": "integer", "minimum": choice.least, "maximum": choice.most},
        "period": {
            "type": "string",
            "pattern": f"^([1-9][0-9]{{0,{len(str(LONGEST.get(choice.unit or '', 1))) - 1}}} {unit}s?|none)$",
        },
        "text": {"type": "string", "maxLength": MOST_TEXT},
    }
    return shapes[choice.type]
