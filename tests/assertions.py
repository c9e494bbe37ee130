"""Where a test can find something wrong, read from its source."""

import ast
from functools import cache
from pathlib import Path

CHECKS = ("assert", "raises", "warns", "fail")  # how calls begin that can fail a test
PERHAPS = (ast.If, ast.For, ast.While, ast.Try, ast.Match)  # what stands in these may be left out


@cache
def lines(file: str) -> frozenset[int]:
    """Lines of a test file on which something can be found wrong."""
    nodes = ast.walk(_tree(file))
    return frozenset(line for node in nodes if _checks(node) for line in range(node.lineno, node.end_lineno + 1))


@cache
def in_any_case(file: str, name: str) -> bool:
    """Whether a test that passes has come to an assertion, whichever way it took.

    Args:
        file: of the test.
        name: of its function, at the top of the file.
    """
    return any(
        isinstance(node, ast.FunctionDef) and node.name == name and _surely(node.body) for node in _tree(file).body
    )


def _surely(body: list[ast.stmt]) -> bool:
    """Whether who has come to the end of these statements has come to an assertion."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            continue
        found = list(ast.walk(statement))
        if isinstance(statement, ast.With):
            opened = [node for item in statement.items for node in ast.walk(item.context_expr)]
            if any(_checks(node) for node in opened):
                return True
            if not any(_called(node) == "suppress" for node in opened) and _surely(statement.body):
                return True
        elif not isinstance(statement, PERHAPS) and any(map(_checks, found)) and not _lazy(statement):
            return True
        if any(isinstance(node, ast.Return) for node in found):
            return False
    return False


def _lazy(statement: ast.stmt) -> bool:
    """Whether a part of it may be left out or comes later."""
    lazy = (ast.Lambda, ast.IfExp, ast.BoolOp, ast.comprehension)
    return not isinstance(statement, ast.Assert) and any(isinstance(node, lazy) for node in ast.walk(statement))


def _tree(file: str) -> ast.Module:
    return ast.parse(Path(file).read_text(encoding="utf-8"))


def _called(node: ast.AST) -> str:
    """Name of what is called, without what it belongs to."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _checks(node: ast.AST) -> bool:
    return isinstance(node, ast.Assert) or _called(node).startswith(CHECKS)
