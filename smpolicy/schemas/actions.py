"""The schema of proposed actions: it accepts what `policy.action` accepts."""

from __future__ import annotations

from smpolicy.schemas.shapes import UNKNOWN, Schema, described, fact_definitions, fact_schema, head, list_of, table
from smpolicy.vocabulary import GIVEN, Fact, Kind, PartType, Vocabulary

COMPUTED = "adopt_policy"
"""The kind whose facts are computed from the agency's own file: no more than the actor is given."""

PAYLOAD: Schema = {
    "description": "The content, or its SHA-256: what approvals are bound to.",
    "anyOf": [
        table({"text": {"type": "string"}}, ("text",), "The content as text."),
        table(
            {"sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$(?!\\n)"}}, ("sha256",), "The content's SHA-256."
        ),
        UNKNOWN,
    ],
}


def action_schema(vocabulary: Vocabulary) -> Schema:
    """Return the schema of actions.

    Args:
        vocabulary: the kinds, parts and facts.
    """
    kinds = list(vocabulary.kinds.values())
    names = dict.fromkeys(part for kind in kinds for part in kind.parts)
    parts = [vocabulary.parts[name] for name in names]
    given = [fact for part in parts for fact in _given(part)]
    given += [vocabulary.facts[path] for path in vocabulary.pack_kinds]
    return {
        **head(
            "action",
            "A proposed action",
            "What somebody proposes to do. Whatever is missing or null is not known. An action "
            f"`{COMPUTED}` names its actor at most: the rest is computed from the agency's file.",
        ),
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"description": "The kind of action.", "enum": [kind.id for kind in kinds]}},
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": kind.id}}, "required": ["kind"]},
                "then": {"$ref": f"#/$defs/kind.{kind.id}"},
            }
            for kind in kinds
        ],
        "$defs": {
            **{f"kind.{kind.id}": _kind(kind, vocabulary) for kind in kinds},
            **{f"part.{part.id}": _part(part) for part in parts},
            "payload": PAYLOAD,
            **fact_definitions(given),
        },
    }


def _given(part: PartType) -> list[Fact]:
    return [fact for fact in part.facts.values() if fact.owner in GIVEN]


def _kind(kind: Kind, vocabulary: Vocabulary) -> Schema:
    if kind.id == COMPUTED:
        return table({"kind": {"const": kind.id}, "actor": {"$ref": "#/$defs/part.actor"}}, ("kind",), kind.says)
    packs: dict[str, dict[str, Schema]] = {}
    for path, kinds in vocabulary.pack_kinds.items():
        if kind.id in kinds:
            fact = vocabulary.facts[path]
            packs.setdefault(fact.part, {})[fact.name] = fact_schema(fact)
    own = {name: {"anyOf": [table(facts), UNKNOWN]} for name, facts in sorted(packs.items())}
    properties: dict[str, Schema] = {
        "kind": {"const": kind.id},
        **{name: {"$ref": f"#/$defs/part.{name}"} for name in kind.parts},
        **own,
        "payload": {"$ref": "#/$defs/payload"},
        "attestation": _attestation([*kind.parts, *own]),
    }
    return table(properties, ("kind",), kind.says)


def _attestation(parts: list[str]) -> Schema:
    one = table(
        {
            "by": {"description": "The id of the person who attests.", "type": "string", "minLength": 1},
            "parts": {
                "description": "The parts covered; without it every part of the kind.",
                "anyOf": [list_of({"enum": parts}), UNKNOWN],
            },
        },
        ("by",),
    )
    said = "A person's word that nothing applies beyond what was said; or several."
    return {"description": said, "anyOf": [one, list_of(one), UNKNOWN]}


def _part(part: PartType) -> Schema:
    given = _given(part)
    facts = table({fact.name: fact_schema(fact) for fact in given})
    if not part.optional:
        says = part.says if given else f"{part.says} Its facts stand in the agency's file; none is given here."
        return described({"anyOf": [facts, UNKNOWN]}, says)
    facts |= {
        "if": {"properties": {"exists": {"const": False}}, "required": ["exists"]},
        "then": {"properties": {fact.name: UNKNOWN for fact in given if fact.name != "exists"}},
    }
    absent: Schema = {"description": "There is none.", "const": "none"}
    return described({"anyOf": [facts, absent, UNKNOWN]}, f"{part.says} It may not exist.")
