"""The condition language: from text to a checked condition; nothing is ever executed."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from attrs import frozen

from smpolicy.errors import nearest, nearest_path, shorten, some
from smpolicy.language.conditions import (
    Compare,
    Comparison,
    Condition,
    Junction,
    Named,
    Negation,
    Operand,
    ValueType,
    comparisons,
    nesting,
)
from smpolicy.vocabulary import Vocabulary

MOST_CHARACTERS = 4_000
_ODD = re.compile(r"[^ -~\n]")
DEEPEST = 40
MOST_COMPARISONS = 1_000
"""Counted with definitions put in, so that none that use each other twice grow without end."""


class ConditionError(Exception):
    """A condition is not in the language, or its types do not fit.

    Attributes:
        code: the error's code.
        message: what is wrong.
        column: the column in the condition, from 1.
        details: what was expected, the nearest right name, what to do.
    """

    def __init__(self, code: str, message: str, column: int | None = None, **details: str | None) -> None:
        super().__init__(message)
        self.code, self.message, self.column, self.details = code, message, column, details


@frozen(slots=True)
class Scope:
    """The names that a condition may use.

    Attributes:
        vocabulary: the facts.
        choices: for each choice its type and members.
        definition: gives the condition of a definition, or raises KeyError.
        definitions: the names of all definitions.
    """

    vocabulary: Vocabulary
    choices: Mapping[str, tuple[ValueType, tuple[Any, ...]]]
    definition: Callable[[str], Condition]
    definitions: tuple[str, ...] = ()


def parse(text: str, scope: Scope) -> Condition:
    """Return the checked condition that a text stands for; nothing in the text is ever executed.

    Args:
        text: a condition, at most 4,000 ASCII characters.
        scope: the names that it may use.

    Raises:
        ConditionError: the text is not in the language, or its types do not fit.
    """
    if len(text) > MOST_CHARACTERS:
        raise ConditionError(
            "condition_too_long",
            f"a condition of {len(text)} characters is too long",
            help=f"keep it under {MOST_CHARACTERS} characters; name parts of it as definitions",
        )
    if odd := _ODD.search(text):
        raise ConditionError(
            "odd_character",
            f"the character `{shorten(odd[0])}` (U+{ord(odd[0]):04X}) is not allowed in a condition",
            odd.start() + 1,
            help="write it in the letters and signs of plain ASCII, with spaces and line breaks",
        )
    flat = " ".join(text.split("\n"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(flat.strip(), mode="eval")
    except (RecursionError, MemoryError):
        raise _too_deep() from None
    except (SyntaxError, ValueError) as error:
        message = f"`{shorten(text)}` is no condition" if flat.strip() else "the condition is empty"
        help_ = "write, for instance, `media.exists and not content.humor`"
        raise ConditionError("syntax", message, getattr(error, "offset", None), help=help_) from None
    if len(flat) > DEEPEST and _depth(tree) > DEEPEST:
        raise _too_deep()
    condition = _condition(tree.body, scope)
    if len(list(islice(comparisons(condition), MOST_COMPARISONS + 1))) > MOST_COMPARISONS:
        message = f"with its definitions the condition makes more than {MOST_COMPARISONS} comparisons"
        raise ConditionError("condition_too_long", message, help="use each definition once, or say it more briefly")
    if nesting(condition) > DEEPEST:
        message = f"with its definitions the condition is nested more than {DEEPEST} deep"
        raise ConditionError("condition_too_deep", message, help="let definitions use fewer others")
    return condition


def _too_deep() -> ConditionError:
    message = f"the condition is nested more than {DEEPEST} deep"
    return ConditionError("condition_too_deep", message, help="name parts of it as definitions")


def _depth(tree: ast.AST) -> int:
    level, deepest = [tree], 0
    while level and deepest <= DEEPEST:
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        deepest += 1
    return deepest


def _condition(node: ast.expr, scope: Scope) -> Condition:
    match node:
        case ast.BoolOp(op, values):
            return Junction(isinstance(op, ast.And), tuple(_condition(value, scope) for value in values))
        case ast.UnaryOp(ast.Not(), operand):
            return Negation(_condition(operand, scope))
        case ast.Compare(left, [op], [right]):
            return _comparison(op, _operand(left, scope), _operand(right, scope))
        case ast.Compare():
            raise ConditionError(
                "not_in_language",
                "comparisons cannot be chained",
                node.col_offset + 1,
                help="join two comparisons with `and`",
            )
        case ast.Call(ast.Name(name), arguments, []) if name in _FUNCTIONS:
            return _call(node, name, arguments, scope)
        case ast.Attribute(ast.Name("definition"), name):
            return Named(name, _definition(name, node, scope))
        case _:
            stated = _operand(node, scope)
            if stated.type != "bool":
                raise ConditionError(
                    "wrong_type", f"`{_shown(node)}` is no yes or no", stated.column, expected=_compare_with(stated)
                )
            return Compare("true", stated)


_FUNCTIONS = {"overlaps": 2, "within": 2, "includes": 2, "given": 1}


def _call(node: ast.Call, name: str, arguments: list[ast.expr], scope: Scope) -> Condition:
    column = node.col_offset + 1
    if len(arguments) != _FUNCTIONS[name]:
        raise ConditionError(
            "wrong_arguments", f"`{name}` takes {_FUNCTIONS[name]} values, not {len(arguments)}", column
        )
    operands = [_operand(argument, scope) for argument in arguments]
    if name == "given":
        if operands[0].source != "choice" or operands[0].type not in ("text", "period"):
            message = f"`{_shown(arguments[0])}` is no choice of a text or a period"
            raise ConditionError("wrong_type", message, column, help="`given` asks whether a choice has been made")
        return Compare("given", operands[0])
    left, right = operands
    for operand, argument in zip(operands, arguments, strict=True):
        if operand.type != "set":
            raise ConditionError(
                "wrong_type", f"`{_shown(argument)}` is no set", operand.column, help=f"`{name}` compares two sets"
            )
    how: Comparison = "overlaps" if name == "overlaps" else "within" if name == "within" else "includes"
    return _checked(Compare(how, left, right))


def _definition(name: str, node: ast.expr, scope: Scope) -> Condition:
    try:
        return scope.definition(name)
    except KeyError:
        raise ConditionError(
            "unknown_definition",
            f"there is no definition `{shorten(name)}`",
            node.col_offset + 1,
            nearest=nearest(name, scope.definitions),
        ) from None


def _comparison(op: ast.cmpop, left: Operand, right: Operand) -> Condition:
    match op:
        case ast.Eq():
            return _checked(Compare("==", left, right))
        case ast.NotEq():
            return Negation(_checked(Compare("==", left, right)))
        case ast.In():
            return _checked(Compare("in", left, right))
        case ast.NotIn():
            return Negation(_checked(Compare("in", left, right)))
        case ast.Lt():
            return _checked(Compare("<", left, right))
        case ast.LtE():
            return _checked(Compare("<=", left, right))
        case ast.Gt():
            return _checked(Compare(">", left, right))
        case ast.GtE():
            return _checked(Compare(">=", left, right))
        case _:
            raise ConditionError(
                "not_in_language",
                "`is` is not in the language of conditions",
                left.column,
                help="write `==`, or the fact alone where it is a yes or no",
            )


def _operand(node: ast.expr, scope: Scope) -> Operand:
    column = node.col_offset + 1
    match node:
        case ast.Constant(bool() as value):
            return Operand("literal", "", "bool", (), value, column, True)
        case ast.Constant(str() as value):
            return Operand("literal", "", "text", (value,), value, column, True)
        case ast.Constant(int() as value):
            return Operand("literal", "", "integer", (), value, column, True)
        case ast.UnaryOp(ast.USub(), ast.Constant(int() as value)) if not isinstance(value, bool):
            return Operand("literal", "", "integer", (), -value, column, True)
        case ast.Set(items) | ast.List(items) | ast.Tuple(items):
            members = []
            for item in items:
                if not isinstance(item, ast.Constant) or not isinstance(item.value, str):
                    raise ConditionError(
                        "wrong_type",
                        f"`{_shown(item)}` is no member of a set",
                        item.col_offset + 1,
                        expected="text in quotation marks",
                    )
                members.append(item.value)
            return Operand("literal", "", "set", tuple(members), frozenset(members), column, True)
        case ast.Call(ast.Name("age"), [argument], []):
            of = _operand(argument, scope)
            if of.source != "fact" or of.type != "moment":
                raise ConditionError(
                    "wrong_type", f"`{_shown(argument)}` has no age", column, expected="a fact that is a date and time"
                )
            return Operand("age", of.name, "age", (), None, column)
        case ast.Attribute(ast.Name("choice"), name):
            if name not in scope.choices:
                raise ConditionError(
                    "unknown_choice",
                    f"there is no choice `{shorten(name)}`",
                    column,
                    found=name,
                    nearest=nearest(name, scope.choices),
                )
            kind, options = scope.choices[name]
            return Operand("choice", name, kind, options, None, column, True)
        case ast.Attribute(ast.Name(part), name):
            return _fact(f"{part}.{name}", column, scope.vocabulary)
        case ast.Name(name) if name.lower() in ("true", "false"):
            raise ConditionError("unknown_name", f"`{name}` is not in the language", column, nearest=name.capitalize())
        case ast.Name(name):
            paths = [path for path in scope.vocabulary.facts if path.endswith(f".{name}")]
            raise ConditionError(
                "unknown_name",
                f"`{shorten(name)}` is no name of a fact",
                column,
                nearest=paths[0] if paths else nearest(name, scope.vocabulary.facts),
                help="write a fact as `part.fact`, and text in quotation marks",
            )
        case _:
            raise ConditionError(
                "not_in_language",
                f"`{_shown(node)}` is not in the language of conditions",
                column,
                help="the functions are `age`, `given`, `includes`, `overlaps` and `within`"
                if isinstance(node, ast.Call)
                else "see the reference of the condition language",
            )


def _fact(path: str, column: int, vocabulary: Vocabulary) -> Operand:
    fact = vocabulary.facts.get(path)
    if fact is None:
        raise ConditionError(
            "unknown_fact", f"there is no fact `{shorten(path)}`", column, nearest=nearest_path(path, vocabulary.facts)
        )
    return Operand("fact", path, fact.type, fact.members, None, column, fact.owner == "agency")


def _shown(node: ast.AST) -> str:
    try:
        return shorten(ast.unparse(node))
    except ValueError:  # a number with more digits than Python writes out
        return type(node).__name__


def _called(operand: Operand) -> str:
    """Return how a message names an operand."""
    if operand.source == "age":
        return f"age({operand.name})"
    return operand.name or shorten(operand.value)


def _compare_with(operand: Operand) -> str:
    examples = {
        "bool": f"`{operand.name}` or `not {operand.name}`",
        "enum": f"`{operand.name} == '...'` with one of {some(map(str, operand.members))}",
        "set": f"`'...' in {operand.name}` with one of {some(map(str, operand.members))}",
        "moment": f"`age({operand.name}) > choice...`",
    }
    return examples.get(operand.type, "a comparison")


_ORDERED = {"integer": ("integer", "age"), "age": ("integer", "period"), "period": ("age",)}


def _checked(compare: Compare) -> Compare:
    """Return a comparison whose types fit, or raise why they do not."""
    left, right = compare.left, compare.right
    assert right is not None
    if not left.constant and not right.constant:
        raise ConditionError(
            "two_facts",
            f"`{_called(left)}` and `{_called(right)}` are two facts, compared with each other",
            left.column,
            help="compare a fact with a literal or a choice",
        )
    if compare.how == "==":
        _equal(left, right)
    elif compare.how == "in":
        if right.type != "set":
            raise ConditionError(
                "wrong_type", f"`{_called(right)}` is no set", right.column, expected=_compare_with(right)
            )
        if left.type not in ("enum", "text"):
            raise ConditionError(
                "wrong_type",
                f"`{_called(left)}` cannot be a member of a set",
                left.column,
                help="compare two sets with overlaps, within or includes",
            )
        _members_fit(left, right)
    elif compare.how in ("overlaps", "within", "includes"):
        _members_fit(left, right)
    elif right.type not in _ORDERED.get(left.type, ()):
        raise ConditionError(
            "wrong_type",
            f"`{_called(left)}` and `{_called(right)}` have no order between them",
            left.column,
            expected="two numbers, or an age and a period or a number of days",
        )
    return compare


def _equal(left: Operand, right: Operand) -> None:
    same = {left.type, right.type}
    if same in ({"bool"}, {"integer"}, {"text"}):
        return
    if same in ({"enum", "text"}, {"effect", "text"}):
        listed, literal = (left, right) if left.type != "text" else (right, left)
        if literal.source == "literal":
            _is_member(literal, listed)
            return
    raise ConditionError(
        "wrong_type",
        f"`{_called(left)}` ({left.type}) cannot equal `{_called(right)}` ({right.type})",
        left.column,
        help=_compare_with(left),
    )


def _is_member(literal: Operand, listed: Operand) -> None:
    for value in literal.members:
        if listed.members and value not in listed.members:
            raise ConditionError(
                "unknown_member",
                f"`{shorten(value)}` is no member of `{listed.name}`",
                literal.column,
                expected=some(map(str, listed.members)),
                nearest=nearest(value, map(str, listed.members)),
            )


def _members_fit(left: Operand, right: Operand) -> None:
    if left.source == "literal" and right.source != "literal":
        _is_member(left, right)
    elif right.source == "literal" and left.source != "literal":
        _is_member(right, left)
    elif left.members and right.members and not set(left.members) & set(right.members):
        raise ConditionError("wrong_type", f"`{left.name}` and `{right.name}` have no member in common", left.column)
