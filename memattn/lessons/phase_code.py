"""Which lines of a memory's code run in a phase of the stage: read from the code, so that no memory has to say it."""

import ast
import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from memattn.records import EventKind

OWN = "memattn."
COMES_OF = {"append": "compress"}  # a phase without events of its own: what happens to those of another


class Marked(NamedTuple):
    """A function, and the lines of its source that run in a phase.

    Args:
        function: to be shown.
        lines: from 1, in the order of the source.
        itself: whether the phase is written here, rather than in what these lines call.
    """

    function: Callable[..., Any]
    lines: tuple[int, ...]
    itself: bool


def marked(kind: type, phase: str) -> tuple[Marked, ...]:
    """`update` of a memory, and behind it what it calls in a phase, in the order of the calls."""
    found = _marked(kind, kind.update, phase, ())  # type: ignore[attr-defined]
    if len(found) == 1 and not found[0].lines and phase in COMES_OF:
        return marked(kind, COMES_OF[phase])
    return found


@cache
def _marked(
    kind: type, function: Callable[..., Any], phase: str, above: tuple[Callable[..., Any], ...]
) -> tuple[Marked, ...]:
    """The function, without lines where nothing of the phase happens in it, and behind it what it calls then."""
    lines, itself = set(), False
    called: dict[Callable[..., Any], tuple[Marked, ...]] = {}
    for node in ast.walk(ast.parse(source(function))):
        if _is_event(node, phase):
            lines.add(node.lineno)  # type: ignore[attr-defined]
            itself = True
        elif isinstance(node, ast.Call):
            name, known = _called(kind, function, node.func)
            if known and known is not function and known not in above:
                below = _marked(kind, known, phase, (*above, function))
                if below[0].lines:
                    called.setdefault(known, below)
                    lines.add(node.lineno)
            if name.lstrip("_") == phase:
                lines.add(node.lineno)
                itself = True
    own = Marked(function, tuple(sorted(lines)), itself)
    return tuple(dict.fromkeys([own, *(one for below in called.values() for one in below)]))


def source(function: Callable[..., Any]) -> str:
    """The source as it is shown, from its first line on."""
    return inspect.cleandoc("\n" + inspect.getsource(function))


def _is_event(node: ast.AST, phase: str) -> bool:
    kinds = EventKind.__members__
    match node:
        case ast.Attribute(value=ast.Name(id="EventKind"), attr=attr):
            return attr in kinds and kinds[attr].value == phase
    return False


def _called(kind: type, inside: Callable[..., Any], node: ast.expr) -> tuple[str, Callable[..., Any] | None]:
    """Name and function of a call of the memory's own, of its module, or of a part of it; "" of any other."""
    match node:
        case ast.Name(id=name):
            return _own(name, inspect.unwrap(inside).__globals__.get(name))
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return _own(name, getattr(kind, name, None))
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="self")), attr=name):
            return name, None  # which part that is, the settings decide
    return "", None


def _own(name: str, found: object) -> tuple[str, Callable[..., Any] | None]:
    if inspect.isfunction(found) and found.__module__.startswith(OWN):
        return name, found
    return "", None
