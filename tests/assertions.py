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
    return name in _sure(file)


@cache
def _sure(file: str) -> frozenset[str]:
    """Functions at the top of a file that do not end well without an assertion, of their own or of one they call."""
    functions = [node for node in _tree(file).body if isinstance(node, ast.FunctionDef)]
    bare = {one.name for one in functions if not one.decorator_list}  # else it may be kept, and not run again
    sure: frozenset[str] = frozenset()
    while True:  # until no more are found
        found = frozenset(one.name for one in functions if not _yields(one) and _surely(one.body, sure & bare))
        if found == sure:
            return sure
        sure = found


def _yields(function: ast.FunctionDef) -> bool:
    """Whether it is a generator, which does nothing when it is called."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))


def _surely(body: list[ast.stmt], sure: frozenset[str]) -> bool:
    """Whether who has come to the end of these statements has come to an assertion.

    Args:
        body: the statements.
        sure: functions that come to one.
    """
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            continue
        found = list(ast.walk(statement))
        if isinstance(statement, ast.With):
            opened = [node for item in statement.items for node in ast.walk(item.context_expr)]
            if any(_checks(node, sure) for node in opened):
                return True
            if not any(_called(node) == "suppress" for node in opened) and _surely(statement.body, sure):
                return True
        elif isinstance(statement, ast.For) and _runs(statement):
            if _surely(statement.body, sure):
                return True
        elif not isinstance(statement, PERHAPS) and any(_checks(node, sure) for node in found) and not _lazy(statement):
            return True
        if any(isinstance(node, ast.Return) for node in found):
            return False
    return False


def _runs(loop: ast.For) -> bool:
    """Whether a loop runs through at least once: over what stands there, and left by none but its end."""
    leaves = any(isinstance(node, ast.Break | ast.Continue) for node in ast.walk(loop))
    match loop.iter:
        case ast.Tuple(elts=[_, *_] as elements) | ast.List(elts=[_, *_] as elements):
            return not leaves and not all(isinstance(element, ast.Starred) for element in elements)
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


def _checks(node: ast.AST, sure: frozenset[str] = frozenset()) -> bool:
    """Whether it can find something wrong, by itself or in a function of the same file."""
    calls = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
    return isinstance(node, ast.Assert) or _called(node).startswith(CHECKS) or calls in sure
