"""Mutants of a condition's text: a clause negated or left out, a connective swapped, a threshold shifted."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from smpolicy.errors import shorten

_AT_LIMIT: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
ConditionMutant = tuple[str, str, int, str]
"""An operator, the change in words, the line of the condition from 0, and the changed text."""


def condition_mutants(text: str) -> Iterator[ConditionMutant]:
    """Yield the mutants of a condition.

    Args:
        text: the condition as a file states it, which loads without problems.
    """
    flat = " ".join(text.split("\n"))
    before = len(flat) - len(flat.lstrip())
    tree = ast.parse(flat.strip(), mode="eval")
    for node, new, operator, change in _changes(tree.body):
        line = text.count("\n", 0, before + node.col_offset)
        yield operator, change, line, ast.unparse(_replaced(tree.body, node, new))


def _replaced(tree: ast.expr, old: ast.AST, new: ast.expr) -> ast.expr:
    """Return a copy of a tree in which one node, or one with the same place and type, is another."""
    if tree is old:
        return new
    fields: dict[str, Any] = {}
    for name, value in ast.iter_fields(tree):
        if isinstance(value, list):
            fields[name] = [_replaced(each, old, new) if isinstance(each, ast.expr) else each for each in value]
        else:
            fields[name] = _replaced(value, old, new) if isinstance(value, ast.expr) else value
    made: ast.expr = type(tree)(**fields)
    return ast.copy_location(made, tree)


Change = tuple[ast.expr, ast.expr, str, str]
"""The node that is changed, what stands in its place, the operator, and the change in words."""


def _changes(node: ast.expr) -> Iterator[Change]:
    match node:
        case ast.BoolOp(op, values):
            contrary: ast.boolop = ast.Or() if isinstance(op, ast.And) else ast.And()
            word, other = ("and", "or") if isinstance(op, ast.And) else ("or", "and")
            shown = _shown(node)
            yield node, ast.BoolOp(contrary, values), "swap_connective", f"`{word}` becomes `{other}` in `{shown}`"
            for index, value in enumerate(values):
                kept = values[:index] + values[index + 1 :]
                left = kept[0] if len(kept) == 1 else ast.BoolOp(op, kept)
                yield node, left, "drop_clause", f"`{_shown(value)}` is left out"
            for value in values:
                yield from _changes(value)
        case ast.UnaryOp(ast.Not(), operand) if isinstance(operand, (ast.BoolOp, ast.UnaryOp)):
            yield node, operand, "negate_clause", f"`{_shown(node)}` is negated"
            yield from _changes(operand)
        case ast.UnaryOp(ast.Not(), operand):
            yield node, operand, "negate_clause", f"`{_shown(node)}` is negated"
            yield from _atom(operand)
        case _:
            yield node, ast.UnaryOp(ast.Not(), node), "negate_clause", f"`{_shown(node)}` is negated"
            yield from _atom(node)


def _atom(node: ast.expr) -> Iterator[Change]:
    """Yield the changes within a comparison or a call."""
    if isinstance(node, ast.Compare):
        (op,) = node.ops
        if type(op) in _AT_LIMIT:
            new = ast.Compare(node.left, [_AT_LIMIT[type(op)]()], node.comparators)
            yield node, new, "shift_threshold", f"`{_shown(node)}` becomes `{_shown(new)}`"
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and type(part.value) is int:
            for number in (part.value - 1, part.value + 1):
                yield (
                    part,
                    ast.Constant(number),
                    "shift_threshold",
                    f"{part.value} becomes {number} in `{_shown(node)}`",
                )
        elif isinstance(part, ast.Set) and len(part.elts) > 1:
            for index, member in enumerate(part.elts):
                rest = ast.Set(part.elts[:index] + part.elts[index + 1 :])
                yield part, rest, "drop_member", f"`{_shown(member)}` is left out of `{_shown(node)}`"


def _shown(node: ast.expr) -> str:
    return shorten(ast.unparse(node), 100)
