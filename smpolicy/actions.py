"""Proposed actions: facts, a payload, and what people attested; made in Python or read from data."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypeVar, dataclass_transform

import attrs
from attrs import frozen

from smpolicy.errors import InvalidAction, Problem, Report, nearest, nearest_path, shorten, some
from smpolicy.parts.declaring import OptionalPart
from smpolicy.values import read_value
from smpolicy.vocabulary import GIVEN, NONE, Kind, PartType, SomeOf, Vocabulary

C = TypeVar("C", bound=type)
NOTHING: Mapping[str, Any] = MappingProxyType({})
PARTS_OF: dict[str, list[tuple[str, Any]]] = {"": []}
"""For each kind the parts that its actions carry, each with the value that leaves everything unknown."""


@frozen(slots=True)
class Attestation:
    """A person's word that nothing applies beyond what was said.

    Attributes:
        by: the id of the person in the directory.
        parts: the parts covered, or None for every part of the kind.
        facts: the paths of the facts that it answered.
    """

    by: str
    parts: tuple[str, ...] | None = None
    facts: frozenset[str] = frozenset()


@dataclass_transform(frozen_default=True, kw_only_default=True)
def _base(cls: C) -> C:
    """Make the base of all kinds; type checkers then know its fields in every kind, which they too make so."""
    made: C = frozen(slots=True, kw_only=True)(cls)
    return made


_evolve: Any = attrs.evolve


@_base
class Action:
    """Something proposed: the base of every kind of action.

    Attributes:
        payload: the content's bytes, or their SHA-256 as 64 hexadecimal digits; kept as the latter.
        packs: values of the facts that packs add, by namespace and name.
        attestations: what people attested, in order.
    """

    kind: ClassVar[str] = ""
    vocabulary: ClassVar[Vocabulary]

    payload: bytes | str | None = None
    packs: Mapping[str, Mapping[str, Any]] = NOTHING
    attestations: tuple[Attestation, ...] = ()

    def __attrs_post_init__(self) -> None:
        for name, empty in PARTS_OF[self.kind]:
            part = getattr(self, name)
            if part.__class__ is empty.__class__:
                continue
            if part is NONE and isinstance(empty, OptionalPart):
                object.__setattr__(self, name, type(empty)(exists=False))
            elif part is None:
                object.__setattr__(self, name, empty)
            else:
                raise _no_part(name, part, empty)
        if self.payload is not None:
            object.__setattr__(self, "payload", _digest(self.payload))

    def attest(self, by: str, parts: Iterable[str] | None = None, vocabulary: Vocabulary | None = None) -> Self:
        """Return this action with a person's word that nothing applies beyond what was said.

        Still unknown yes/no facts get their harmless value, sets "none of these", and optional parts "does not exist";
        never an enumeration, a number, a date, a text, nor a fact marked to be asked always.

        Args:
            by: the id of the person who attests.
            parts: the parts covered; by default every part of the kind.
            vocabulary: the vocabulary, where packs add facts; by default the core's.

        Raises:
            InvalidAction: a part is not one of the kind's.
        """
        known = vocabulary or self.vocabulary
        covered = known.kinds[self.kind].parts if parts is None else tuple(parts)
        namespaces = {path.partition(".")[0] for path, kinds in known.pack_kinds.items() if self.kind in kinds}
        if parts is None:
            covered += tuple(sorted(namespaces))
        for name in covered:
            if name not in known.kinds[self.kind].parts and name not in namespaces:
                raise InvalidAction(_unknown_part(self.kind, name, known, "$.attestation.parts"))
        answers: dict[str, Any] = {}
        for name in covered:
            answers |= self._attested(known.parts[name], known)
        noted = Attestation(by, None if parts is None else covered, frozenset(answers))
        attested: Self = _evolve(self.answer(answers, known), attestations=(*self.attestations, noted))
        return attested

    def _attested(self, part: PartType, known: Vocabulary) -> dict[str, Any]:
        """Return what an attestation answers in one part."""
        existence = part.facts.get("exists")
        if existence is not None:
            exists = self.get(existence.path)
            if exists is None:
                return {} if existence.always_ask else {existence.path: False}
            if exists is False:
                return {}
        answers: dict[str, Any] = {}
        for fact in part.facts.values():
            value = self.get(fact.path) if fact.attestable and known.has(self.kind, fact.path) else False
            if value is None:
                answers[fact.path] = frozenset() if fact.type == "set" else fact.harmless
            elif isinstance(value, SomeOf):
                answers[fact.path] = value.includes
        return answers

    def answer(self, answers: Mapping[str, Any], vocabulary: Vocabulary | None = None) -> Self:
        """Return this action with further facts.

        Args:
            answers: values by path, such as `{"content.tone": "informative"}`.
            vocabulary: the vocabulary, where packs add facts; by default the core's.

        Raises:
            InvalidAction: a path is not a fact of the kind that an action can say, or a value is none of it.
        """
        known, report = vocabulary or self.vocabulary, Report()
        by_part: dict[str, dict[str, Any]] = {}
        for path, value in answers.items():
            fact = known.facts.get(path)
            if fact is None or not known.has(self.kind, path) or fact.owner not in GIVEN:
                report.problems.append(_unknown_fact(known, self.kind, path, f"$.{shorten(path)}"))
                continue
            try:
                by_part.setdefault(fact.part, {})[fact.name] = read_value(fact, value)
            except InvalidAction as error:
                report.problems.extend(error.problems)
        report.raise_as(InvalidAction)
        changes: dict[str, Any] = {}
        for name, values in by_part.items():
            if name in known.packs:
                merged = changes.get("packs", self.packs)
                changes["packs"] = {**merged, name: {**merged.get(name, NOTHING), **values}}
            elif values.get("exists") is False:
                changes[name] = type(getattr(self, name))(exists=False)
            else:
                exists = {"exists": None} if getattr(getattr(self, name), "exists", None) is False else {}
                changes[name] = attrs.evolve(getattr(self, name), **(exists | values))
        parts = {name: getattr(self, name, None) for name in by_part}
        brought = (f"{name}.exists" for name, part in parts.items() if getattr(part, "exists", None) is False)
        said = frozenset((*answers, *brought))
        if any(said & each.facts for each in self.attestations):
            changes["attestations"] = tuple(attrs.evolve(each, facts=each.facts - said) for each in self.attestations)
        answered: Self = _evolve(self, **changes)
        return answered

    def get(self, path: str) -> Any:
        """Return the value of a fact that the action itself gives, or None where it is unknown.

        Args:
            path: the fact's path; a fact that is looked up elsewhere is unknown here.
        """
        part, _, name = path.partition(".")
        if part in self.packs:
            return self.packs[part].get(name)
        return getattr(getattr(self, part, None), name, None)

    def to_dict(self) -> dict[str, Any]:
        """Return the action as JSON-ready data that `smpolicy.action` reads back, without unknown facts."""
        attested = frozenset[str]().union(*(each.facts for each in self.attestations))
        data: dict[str, Any] = {"kind": self.kind}
        for name in self.vocabulary.kinds[self.kind].parts:
            values = _part_to_dict(name, getattr(self, name, None), attested)
            if values:
                data[name] = values
        for namespace, facts in self.packs.items():
            said = {name: _said(value, f"{namespace}.{name}" in attested) for name, value in facts.items()}
            own = {name: value for name, value in said.items() if value is not None}
            data |= {namespace: own} if own else {}
        if self.payload is not None:
            data["payload"] = {"sha256": self.payload}
        if self.attestations:
            data["attestation"] = [
                {"by": each.by} | ({} if (parts := self._still_attested(each)) is None else {"parts": list(parts)})
                for each in self.attestations
            ]
        return data

    def _still_attested(self, attestation: Attestation) -> tuple[str, ...] | None:
        """Return the parts that an attestation covers, without those in which it would now answer more than it did."""
        known, parts = self.vocabulary, attestation.parts
        own = known.kinds[self.kind].parts
        wider = {name for name in own if self._attested(known.parts[name], known)}
        if parts is None and wider:
            namespaces = {path.partition(".")[0] for path in attestation.facts}.difference(own)
            parts = (*own, *sorted(namespaces))
        return parts if parts is None else tuple(name for name in parts if name not in wider)


def _no_part(name: str, found: object, empty: object) -> InvalidAction:
    absent = ", or `smpolicy.NONE`" if isinstance(empty, OptionalPart) else ""
    return InvalidAction(
        Problem(
            "wrong_type",
            f"`{shorten(found)}` is no value for the part `{name}`",
            path=f"$.{name}",
            expected=f"a `{type(empty).__name__}`{absent}",
            help="make an action of data with `smpolicy.action(...)`",
        )
    )


def _part_to_dict(name: str, part: Any, attested: frozenset[str]) -> Any:
    if part is None:
        return None
    exists = getattr(part, "exists", None)
    if exists is False:
        return None if f"{name}.exists" in attested else "none"
    values = {
        field.name: value
        for field in attrs.fields(type(part))
        if field.name != "exists"
        and (value := _said(getattr(part, field.name), f"{name}.{field.name}" in attested)) is not None
    }
    return {"exists": True} if exists and not values else values


def _said(value: Any, attested: bool) -> Any:
    """Return what was said of a fact, as JSON-ready data: of an attested one only the members known beforehand."""
    if attested:
        return to_json(SomeOf(value)) if isinstance(value, frozenset) and value else None
    return to_json(value)


def to_json(value: Any) -> Any:
    """Return a fact's value as JSON-ready data: sets sorted, moments as ISO text in UTC."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, SomeOf):
        excluded = {"excludes": sorted(value.excludes)} if value.excludes else {}
        return {"includes": sorted(value.includes), **excluded, "complete": False}
    if hasattr(value, "isoformat"):
        return value.isoformat().replace("+00:00", "Z")
    return value


def _digest(payload: object) -> str:
    if isinstance(payload, (bytes, bytearray)):
        return hashlib.sha256(payload).hexdigest()
    if isinstance(payload, str) and re.fullmatch("[0-9a-f]{64}", payload):
        return payload
    raise InvalidAction(
        Problem(
            "wrong_payload",
            "the payload is neither bytes nor a SHA-256",
            path="$.payload",
            expected="the content's bytes, or 64 hexadecimal digits",
            help="hash the content as it will be published: hashlib.sha256(content).hexdigest()",
        )
    )


def read_action(data: object, vocabulary: Vocabulary) -> Action:
    """Return the action that JSON-ready data describes.

    Args:
        data: an object with `kind`, a key for each part (an object of facts; `"none"` for an optional part that does
            not exist), and perhaps `payload`, `attestation` and the namespaces of packs. Missing and null are unknown.
        vocabulary: the kinds, parts and facts there are.

    Raises:
        InvalidAction: with every problem found.
    """
    report = Report()
    if not isinstance(data, Mapping):
        report.add("wrong_type", f"`{shorten(data)}` is no action", path="$", expected="an object with `kind`")
        report.raise_as(InvalidAction)
    assert isinstance(data, Mapping)
    kind = vocabulary.kinds.get(data["kind"]) if isinstance(data.get("kind"), str) else None
    if kind is None:
        found = data.get("kind")
        report.add(
            "unknown_kind",
            f"`{shorten(found)}` is no kind of action" if found is not None else "the action has no `kind`",
            path="$.kind",
            expected=some(vocabulary.kinds, most=20),
            nearest=nearest(found, vocabulary.kinds),
        )
        report.raise_as(InvalidAction)
    assert kind is not None
    if kind.id == "adopt_policy":
        report.add(
            "adoption_is_computed",
            "an `adopt_policy` action is computed from a candidate file, never given",
            path="$.kind",
            help="use smpolicy.adoption(candidate), policy.action with `kind` and `actor` alone, or `smpolicy check`",
        )
        report.raise_as(InvalidAction)
    parts: dict[str, Any] = {}
    packs: dict[str, Any] = {}
    for name, values in data.items():
        if name in ("kind", "payload", "attestation"):
            continue
        if name in kind.part_classes:
            read = read_part(kind, vocabulary.parts[name], values, vocabulary, report)
            parts |= {} if read is None else {name: read}
        elif name in kind.parts:
            _given(kind, vocabulary.parts[name], values, vocabulary, report)
        elif isinstance(name, str) and _is_pack_of(vocabulary, kind.id, name):
            given = _given(kind, vocabulary.parts[name], values, vocabulary, report)
            packs[name] = _read_facts(vocabulary.parts[name], given, report)
        else:
            report.problems.append(_unknown_part(kind.id, name, vocabulary, f"$.{shorten(name)}"))
    payload = _read_payload(data.get("payload"), report)
    attestations = _read_attestations(data.get("attestation"), report)
    action: Action = kind.action(payload=payload, packs=packs or NOTHING, **parts)
    for by, covered in attestations:
        try:
            action = action.attest(by, covered, vocabulary)
        except InvalidAction as error:
            report.problems.extend(error.problems)
    report.raise_as(InvalidAction)
    return action


def _is_pack_of(vocabulary: Vocabulary, kind: str, name: str) -> bool:
    return name in vocabulary.packs and any(
        kind in kinds for path, kinds in vocabulary.pack_kinds.items() if path.partition(".")[0] == name
    )


def _given(kind: Kind, part: PartType, values: object, vocabulary: Vocabulary, report: Report) -> dict[str, Any]:
    """Return the facts of a part that data gives, without those left unknown, after reporting what is no such fact."""
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        report.add(
            "wrong_type",
            f"`{shorten(values)}` is no value for the part `{part.id}`",
            path=f"$.{part.id}",
            expected="an object of facts" + (', or "none"' if part.optional else ""),
        )
        return {}
    pack = part.id in vocabulary.packs
    given = {}
    for name, value in values.items():
        path = f"{part.id}.{name}"
        if name not in part.given or (pack and not vocabulary.has(kind.id, path)):
            report.problems.append(_unknown_fact(vocabulary, kind.id, path, f"$.{path}"))
        elif value is not None:
            given[name] = value
    return given


def read_part(kind: Kind, part: PartType, values: object, vocabulary: Vocabulary, report: Report) -> Any:
    """Return a part of an action, or None where nothing is said of it or after reporting what is wrong."""
    given = {"exists": False} if part.optional and values == "none" else _given(kind, part, values, vocabulary, report)
    if not given:
        return None
    unsaid = {"exists": None} if part.optional and "exists" not in given else {}
    try:
        return kind.part_classes[part.id](**unsaid, **given)
    except InvalidAction as error:
        known = len(report.problems)
        _read_facts(part, given, report)
        if len(report.problems) == known:
            report.problems.extend(error.problems)
        return None


def _read_facts(part: PartType, given: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Return facts in canonical form, after reporting each that has no usable value."""
    read = {}
    for name, value in given.items():
        try:
            read[name] = read_value(part.facts[name], value)
        except InvalidAction as error:
            report.problems.extend(error.problems)
    return read


def _read_payload(value: object, report: Report) -> bytes | str | None:
    if value is None:
        return None
    if isinstance(value, Mapping) and len(value) == 1:
        (form, content) = next(iter(value.items()))
        if form == "text" and isinstance(content, str):
            return content.encode("utf-8", "surrogatepass")
        if form == "sha256" and isinstance(content, str) and re.fullmatch("[0-9a-f]{64}", content):
            return content
    report.add(
        "wrong_payload",
        f"`{shorten(value)}` is no payload",
        path="$.payload",
        expected='{"text": "..."} or {"sha256": "64 hexadecimal digits"}',
    )
    return None


def _read_attestations(value: object, report: Report) -> list[tuple[str, list[str] | None]]:
    given = value if isinstance(value, list) else [] if value is None else [value]
    read: list[tuple[str, list[str] | None]] = []
    for index, each in enumerate(given):
        by = each.get("by") if isinstance(each, Mapping) else None
        parts = each.get("parts") if isinstance(each, Mapping) else None
        names_ok = parts is None or (isinstance(parts, list) and all(isinstance(name, str) for name in parts))
        if isinstance(by, str) and by and names_ok and set(each) <= {"by", "parts"}:
            read.append((by, parts))
            continue
        report.add(
            "wrong_type",
            f"`{shorten(each)}` is no attestation",
            path=f"$.attestation[{index}]" if isinstance(value, list) else "$.attestation",
            expected='{"by": "person id"}, perhaps with "parts": [...]',
        )
    return read


def _unknown_part(kind: str, name: object, vocabulary: Vocabulary, path: str) -> Problem:
    facts = vocabulary.facts_of(kind)
    parts = dict.fromkeys(fact.part for fact in facts if fact.owner in GIVEN)
    return Problem(
        "unknown_part",
        f"an action `{kind}` has no part `{shorten(name)}`",
        path=path,
        expected=some(parts, most=20),
        nearest=nearest(name, parts),
    )


def _unknown_fact(vocabulary: Vocabulary, kind: str, path: str, place: str) -> Problem:
    """Return why an action of a kind cannot say this fact: it is unknown, of another kind, or looked up elsewhere."""
    part = path.partition(".")[0]
    names = [each.path for each in vocabulary.facts_of(kind) if each.owner in GIVEN]
    own = [name for name in names if name.partition(".")[0] == part]
    found_by = next((name for name in own if name.endswith("id")), "")
    sources = {
        "directory": f"leave it out: the directory knows it, and finds it by `{found_by}`",
        "account": "leave it out: the register of accounts knows it, and finds it by `account.id`",
        "agency": "leave it out: the agency's own file says it",
    }
    fact = vocabulary.facts.get(path)
    if fact is not None and vocabulary.has(kind, path):
        return Problem(
            "fact_is_looked_up", f"`{path}` is not given with an action", path=place, help=sources[fact.owner]
        )
    return Problem(
        "unknown_fact",
        f"an action `{kind}` has no fact `{shorten(path)}`",
        path=place,
        expected=some(own) if own else None,
        nearest=nearest_path(path, names),
    )
