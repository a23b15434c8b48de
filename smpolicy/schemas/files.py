"""The schema of the files that make up a ruleset."""

from __future__ import annotations

from smpolicy.loading.ruleset_tables import (
    AdjustmentTable,
    AskedTable,
    AuthorityTable,
    ChoiceTable,
    CitedAuthorityTable,
    ConsiderationTable,
    DefinitionTable,
    EstablishesTable,
    ExceptionTable,
    FactTable,
    HeaderTable,
    InsteadTable,
    ObligeTable,
    OverridesTable,
    RuleTable,
)
from smpolicy.rulesets import Office
from smpolicy.schemas.shapes import Schema, class_schema, described, head, table
from smpolicy.vocabulary import Vocabulary

HEADER = {
    "id": "Its name in agency files.",
    "title": "What people call it.",
    "version": "Its version.",
    "dated": "The date of what it encodes.",
    "source": "What it encodes.",
    "governs": "Which policies it speaks of.",
    "namespace": "The name under which facts of its own stand.",
    "needs": "The rulesets on which it builds; an agency must adopt them, too.",
}
FACT = {
    "id": "Its name within the namespace.",
    "on": "The kinds of action that have it.",
    "type": "The type of its value.",
    "ask": "The question that a person is asked.",
    "cite": "The clause that it serves, or `practice`.",
    "owner": "Who knows it: the author, or nobody in particular (`given`).",
    "values": "The members of an enumeration or a set.",
    "harmless": (
        'The value under which nothing is restricted; `"all"` for a set that protects. '
        "Only sets and texts may leave it out."
    ),
    "always_ask": "Whether no attestation may answer it.",
    "unit": "The unit of an integer.",
    "least": "The smallest integer allowed.",
    "most": "The largest integer allowed.",
    "sensitive": "Whether its value should be kept from readers of a stored record.",
}
CONSIDERATION = {
    "id": "Its citation, such as `V.A.9.c.i`.",
    "title": "A few words.",
    "gist": "What it asks of an agency.",
    "acts": "The kinds of action on which it can change a decision.",
    "authorities": "The ids of the authorities behind it.",
}
AUTHORITY = {
    "id": "Its name in `authorities`.",
    "citation": "The judgment or statute in full: names, reporter, court and year, or the code and section.",
    "held": "What it decided or says, in your own words.",
    "confirmed": 'Whether the citation was looked up and found; else whatever shows it says "not confirmed".',
}
ESTABLISHES = {
    "fact": "The set, such as `policy.page_practices`.",
    "member": "The member of the set.",
    "values": "The values of the choice that establish it; of a subset, the members any of which does.",
    "lacks": "Of a subset, the members the lack of any of which establishes it.",
    "lacks_all": "Of a subset, the members the lack of all of which establishes it.",
    "where": "Other choices of the ruleset, each of which must have one of these values besides.",
}
CHOICE = {
    "id": "Its name in conditions and agency files.",
    "about": "The consideration.",
    "ask": "The question put to the agency.",
    "type": "The type of its value.",
    "default": "What holds where the agency has not chosen.",
    "stricter": "Which way is stricter.",
    "options": "The effects that may be chosen, where not all may.",
    "members": "The members of an `effect_by`.",
    "of": "What a `subset` is taken from: the path of a fact with members, or a list.",
    "unit": "The unit of a number, or of a period: `days` or `months`.",
    "least": "The smallest number allowed.",
    "most": "The largest number allowed.",
    "note": "A word to whoever chooses.",
    "personal_limit": "The member of `policy.personal_limits` that any value but `allow` or false establishes.",
    "establishes": "What values of it establish of the policy as a candidate for adoption.",
}
DEFINITION = {"id": "Its name in conditions.", "about": "The consideration that it serves.", "when": "The condition."}
ASKED = {
    "office": "An office, or `choice.` and the id of a choice of offices.",
    "people": "How many different people.",
}
OBLIGE = {
    "do": "What must be done.",
    "to": "The office that does it or gets it, `author`, `agency`, or `choice.` and the id of a choice of offices.",
    "when": "Before or after the action, or regardless of whether it is taken.",
    "within": "A time limit in words.",
    "excluding": "Whom it must go around.",
}
RULE = {
    "id": "The consideration that it cites, a slash and a name.",
    "on": "The kinds of action.",
    "when": "The condition under which it speaks; left out, it always does.",
    "then": "An effect, or `choice.` and the id of a choice.",
    "approvals": "Whose approval is asked, where the effect may be `needs_approval`.",
    "oblige": "The duty, in place of an effect.",
    "notice": "The notice, in place of an effect.",
    "cites": "Further considerations.",
    "reason": "What was found, for people.",
    "remedy": "What would clear it.",
    "about": "The consideration that it serves.",
    "severity": "How grave a finding it is; on `adopt_policy` alone.",
}
EXCEPTION = RULE | {
    "of": "The considerations or rules that it lifts; an id covers those under it.",
    "when": "The condition under which it lifts them.",
    "instead": "What milder thing holds then.",
    "reason": "Why, for people.",
    "overrides": "What lets it lift rules of another ruleset; without it, it lifts rules of its own.",
}
OVERRIDES = {
    "of": "The ruleset that is loosened, one of `needs`.",
    "authority": "Why, and by what authority.",
}
ADJUSTMENT = {
    "id": "The consideration that it cites, a slash and a name.",
    "of": "The ruleset whose choice it is, one of `needs`.",
    "choice": "The id of the choice.",
    "mildest": "The mildest value that an agency may still choose.",
    "reason": "Why, for people.",
    "overrides": "What lets it widen the choice; without it, it narrows.",
}
EACH: Schema = {
    "description": "For a choice of an effect by member: the fact whose members they are, or a condition for each.",
    "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}],
}


def ruleset_schema(vocabulary: Vocabulary) -> Schema:
    """Return the schema of the files of a ruleset: `ruleset.toml`, and any file beside it.

    Args:
        vocabulary: the kinds of action.
    """
    kinds: Schema = {"enum": list(vocabulary.kinds)}
    rule, exception, fact = (
        class_schema(RuleTable, RULE),
        class_schema(ExceptionTable, EXCEPTION),
        class_schema(FactTable, FACT),
    )
    consideration, choice = class_schema(ConsiderationTable, CONSIDERATION), class_schema(ChoiceTable, CHOICE)
    for made in (rule, exception, fact):
        made["properties"]["on"] |= {"items": kinds}
    consideration["properties"]["acts"] |= {"items": kinds}
    rule["properties"]["each"] = EACH
    rule["oneOf"] = [{"required": [key]} for key in ("then", "oblige", "notice")]
    choice["properties"]["of"] |= {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    _refer(rule, ("approvals", "oblige"))
    _refer(choice, ("establishes",))
    _refer(exception, ("instead", "overrides"))
    adjustment = class_schema(AdjustmentTable, ADJUSTMENT)
    adjustment["properties"]["overrides"] = described(class_schema(AuthorityTable, OVERRIDES), ADJUSTMENT["overrides"])
    tables: dict[str, Schema] = {
        "office": described(class_schema(Office), "A function that rules name, such as legal counsel."),
        "fact": described(fact, "A fact of the ruleset's own."),
        "authority": described(
            class_schema(CitedAuthorityTable, AUTHORITY), "A judgment or a statute that considerations rest on."
        ),
        "consideration": described(consideration, "One cited item of the source."),
        "choice": described(choice, "What an agency decides about a consideration."),
        "definition": described(class_schema(DefinitionTable, DEFINITION), "A named condition that rules share."),
        "rule": described(rule, "On these kinds of action, when this condition holds, this effect."),
        "exception": described(exception, "What lifts the rules of named considerations when a condition holds."),
        "adjustment": described(adjustment, "The mildest value that is left of a choice of another ruleset."),
    }
    instead = class_schema(InsteadTable, RULE)
    _refer(instead, ("approvals", "oblige"))
    properties: dict[str, Schema] = {
        "ruleset": described(class_schema(HeaderTable, HEADER), "The ruleset; in `ruleset.toml`.")
    }
    properties |= {name: _one_or_many(made) for name, made in tables.items()}
    description = "Considerations, choices, definitions, rules and exceptions; TOML files in one folder."
    return {
        **head("ruleset", "A file of a ruleset", description),
        **table(properties),
        "$defs": {
            "approvals": class_schema(AskedTable, ASKED),
            "establishes": class_schema(EstablishesTable, ESTABLISHES),
            "oblige": class_schema(ObligeTable, OBLIGE, {"excluding": "except"}),
            "instead": instead,
            "overrides": class_schema(OverridesTable, OVERRIDES),
        },
    }


def _refer(made: Schema, keys: tuple[str, ...]) -> None:
    """Let keys refer to a definition of their own name."""
    for key in keys:
        stated, reference = made["properties"][key], {"$ref": f"#/$defs/{key}"}
        is_list = stated.get("type") == "array"
        made["properties"][key] = described(
            {"type": "array", "items": reference} if is_list else reference, stated.get("description")
        )


def _one_or_many(made: Schema) -> Schema:
    said = made["description"]
    return {"description": said, "anyOf": [{"type": "array", "items": made}, made]}
