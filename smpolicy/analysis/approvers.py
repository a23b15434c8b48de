"""Who is asked in vain: offices that too few people hold, and people who may not do here what is asked of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs
from attrs import frozen

from smpolicy.agencies import Agency
from smpolicy.analysis.grounds import Grounds
from smpolicy.analysis.sides import Contradiction, Side, and_more, not_settled, office_side, rule_side
from smpolicy.approvals import Requirement, can_meet
from smpolicy.bound_rules import BoundRule
from smpolicy.errors import some
from smpolicy.facts import age
from smpolicy.language.expressions import Term
from smpolicy.parts.people import Member
from smpolicy.plain import plain_truth
from smpolicy.vocabulary import SomeOf

People = Mapping[str, Member]
"""What the directory knows of each person."""


@frozen(slots=True)
class _Lack:
    """Why those who are asked cannot all be found.

    Attributes:
        code: the code of the contradiction.
        offices: the offices that are asked.
        message: what is lacking, in words; `{rules}` stands for the rules that ask.
        help: what to do.
        authors: the people whose own actions alone it concerns; empty where it concerns everybody's.
    """

    code: str
    offices: tuple[str, ...]
    message: str
    help: str
    authors: tuple[str, ...] = ()


def asked_in_vain(grounds: Grounds, at: datetime) -> Iterator[Contradiction]:
    """Yield each lack of people to approve or to do a duty, with the rules that can ask for them.

    Args:
        grounds: the policy.
        at: the moment for which it is looked up who holds which role.
    """
    agency = grounds.policy.agency
    people = _people(agency, at)
    known = {person: _known(grounds, member, at) for person, member in people.items()}
    asking: dict[_Lack, list[BoundRule]] = {}
    open_: dict[_Lack, list[BoundRule]] = {}
    for rule, kinds in grounds.bound:
        for lack in _lacks(rule, agency, people):
            who = lack.authors or (None,)
            answers = {
                author: _can_matter(grounds, rule, kinds, None if author is None else known[author]) for author in who
            }
            if None in answers.values():
                open_.setdefault(lack, []).append(rule)
            elif any(answers.values()):
                others = (known[person] for person in people if person not in lack.authors)
                hopeless = all(_can_matter(grounds, rule, kinds, each) is False for each in others)
                lacking = attrs.evolve(lack, authors=tuple(each for each in lack.authors if answers[each]))
                if lack.authors and hopeless:
                    lacking = attrs.evolve(lacking, code="asked_but_excluded")
                asking.setdefault(lacking, []).append(rule)
    yield from _told_by_author(agency, asking)
    for lack, rules in asking.items():
        if lack.code != "asked_of_the_author":
            yield _told(agency, lack, rules)
    for lack, rules in open_.items():
        question = f"whether {and_more([each.id for each in rules])} can ask for those who are lacking"
        yield not_settled(lack.code, question, *_sides(agency, lack, rules[0]))
    yield from _around(grounds, people)


def _can_matter(
    grounds: Grounds, rule: BoundRule, kinds: tuple[str, ...], known: Mapping[Term, Any] | None
) -> bool | None:
    """Return whether a rule can be true of an action, perhaps of one person, that no other rule denies."""
    answers = []
    for kind in kinds:
        answers.append(grounds.can_matter(rule, kind, known))
        if answers[-1]:
            return True
    return None if None in answers else False


def _people(agency: Agency, at: datetime) -> People:
    directory = agency.directory
    found = {person: directory.person(person, at) for person in directory.people()}
    return {person: member for person, member in found.items() if member is not None}


def _roles(member: Member) -> frozenset[str]:
    roles: Any = member.roles
    return frozenset(roles.includes if isinstance(roles, SomeOf) else roles or ())


def _holding(people: People, roles: Iterable[str]) -> list[str]:
    wanted = frozenset(roles)
    return [person for person, member in people.items() if wanted & _roles(member)]


def _known(grounds: Grounds, member: Member, at: datetime) -> dict[Term, Any]:
    """Return what the directory says of an author, by the terms that rules read."""
    agency, found = grounds.policy.agency, dict[Term, Any]()
    for term, _ in grounds.situations.index:
        fact = agency.vocabulary.facts[term.path]
        if fact.part == "actor" and fact.owner == "directory":
            value = getattr(member, fact.name)
            found[term] = age(value, at, term.unit, agency.time_zone) if term.unit and value is not None else value
    return found


def _lacks(rule: BoundRule, agency: Agency, people: People) -> Iterator[_Lack]:
    if rule.requirement:
        yield from _lacking_approvers(rule.requirement, people, agency.decision.self_approval)
    if rule.duty is not None and not {"author", "agency"} & set(rule.duty.to):
        roles = [role for office in rule.duty.to for role in agency.offices.get(office, ())]
        if rule.duty.to and not _holding(people, roles):
            yield _too_few(rule.duty.to, [], 1)


def _lacking_approvers(requirement: Requirement, people: People, self_approval: bool) -> Iterator[_Lack]:
    offices = tuple(dict.fromkeys(office for need in requirement for office in need.offices))
    holders = [_holding(people, need.roles) for need in requirement]
    short = [
        (need, found) for need, found in zip(requirement, holders, strict=True) if len(found) < need.people
    ]  # fmt: skip
    if short:
        yield from (_too_few(need.offices, found, need.people) for need, found in short)
        return
    roles = {person: _roles(people[person]) for found in holders for person in found}
    if not can_meet(requirement, roles):
        message = f"{{rules}} asks for different people of {some(offices)}, and only {some(roles)} can be asked"
        yield _Lack("asked_but_excluded", offices, message, "give one of the offices to somebody else as well")
        return
    authors = tuple(
        author
        for author in roles
        if not self_approval
        and not can_meet(requirement, {person: held for person, held in roles.items() if person != author})
    )
    if authors:
        message = (
            f"{{rules}} asks for {some(offices)}, but only {some(authors)} may propose that action, and nobody "
            "approves an own one"
        )
        help_ = f"give {some(offices)} to somebody else as well, or let others propose it"
        yield _Lack("asked_of_the_author", offices, message, help_, authors)


def _too_few(offices: tuple[str, ...], holders: list[str], people: int) -> _Lack:
    if holders:
        verb = "holds" if len(holders) == 1 else "hold"
        message = f"{{rules}} asks for {people} people of {some(offices)}, which only {some(holders)} {verb}"
        help_ = f"give {some(offices)} to more people, or ask fewer"
        return _Lack("too_few_to_ask", offices, message, help_)
    message = f"{{rules}} asks for {some(offices)}, which nobody holds"
    return _Lack("too_few_to_ask", offices, message, f"give {some(offices)} to a role that somebody has")


def _told(agency: Agency, lack: _Lack, rules: list[BoundRule]) -> Contradiction:
    message = lack.message.replace("{rules}", and_more([each.id for each in rules]))
    if len(rules) > 1:
        message = message.replace("more asks for", "more ask for")
    return Contradiction(lack.code, message, _sides(agency, lack, rules[0]), lack.help)


def _told_by_author(agency: Agency, asking: Mapping[_Lack, list[BoundRule]]) -> Iterator[Contradiction]:
    """Yield for each person who could approve only own actions what is asked of nobody else."""
    of_author: dict[str, dict[str, list[BoundRule]]] = {}
    for lack, rules in asking.items():
        for author in lack.authors if lack.code == "asked_of_the_author" else ():
            for office in lack.offices:
                of_author.setdefault(author, {}).setdefault(office, []).extend(rules)
    for author, offices in of_author.items():
        first, rules = next(iter(offices.items()))
        message = (
            f"nobody could approve what `{author}` proposes where {some(offices)} is asked: too few others hold that, "
            "and nobody approves an own action"
        )
        help_ = "give it to somebody else as well, or say `self_approval = true` under [decision]"
        yield Contradiction("asked_of_the_author", message, (office_side(agency, first), rule_side(rules[0])), help_)


def _sides(agency: Agency, lack: _Lack, rule: BoundRule) -> tuple[Side, Side]:
    return office_side(agency, lack.offices[0]), rule_side(rule)


def _around(grounds: Grounds, people: People) -> Iterator[Contradiction]:
    """Yield duties that must go around their usual people, yet go to nobody else.

    Of two duties that cite the same consideration and never hold together, each of which must go around somebody, the
    usual one is that of the plain action. Whoever gets the other must not be only those who get the usual one.
    """
    agency = grounds.policy.agency
    duties = [(rule, kinds) for rule, kinds in grounds.bound if rule.duty is not None and rule.duty.excluding]
    for usual, kinds in duties:
        for other, kinds_of_other in duties:
            if (
                usual.cites[:1] != other.cites[:1]
                or set(kinds).isdisjoint(kinds_of_other)
                or plain_truth(usual.condition, agency) is not True
                or plain_truth(other.condition, agency) is True
                or grounds.can_hold(usual.condition, other.condition) is not False
            ):
                continue
            first, second = (_getting(agency, people, each) for each in (usual, other))
            if second and second <= first:
                assert other.duty is not None
                office = office_side(agency, other.duty.to[0])
                message = (
                    f"`{other.id}` goes around whoever gets what `{usual.id}` says, yet {some(other.duty.to)} is held "
                    f"only by {some(second)}, who gets that too"
                )
                help_ = f"give {some(other.duty.to)} to somebody else"
                yield Contradiction("asked_but_excluded", message, (office, rule_side(other)), help_)


def _getting(agency: Agency, people: People, rule: BoundRule) -> frozenset[str]:
    assert rule.duty is not None
    return frozenset(_holding(people, (role for office in rule.duty.to for role in agency.offices.get(office, ()))))
