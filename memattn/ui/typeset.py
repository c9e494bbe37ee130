"""LaTeX → HTML, as much of it as the lessons write: for formulas that are drawn anew with every move of a control.

Streamlit typesets by KaTeX in the browser, each time from the source, into hundreds of nodes: measured, four rows of
formulas cost a move as much as all other elements of a lesson. Where nothing moves, KaTeX is the better hand.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape

THIN = "\u2009"
LETTERS = {"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "lambda": "λ", "mu": "μ", "rho": "ρ", "sigma": "σ"}
RELATIONS = {"cdot": "·", "le": "≤", "ge": "≥", "leftarrow": "←", "to": "→", "cup": "∪", "in": "∈"}
OPERATORS = {"sum": "∑", "max": "max", "min": "min", "arg": "arg"}
FENCES = {"lvert": "|", "rvert": "|", "lfloor": "⌊", "rfloor": "⌋", "{": "{", "}": "}"}
BLANKS = {"quad": "\u2003", ",": THIN, ";": "\u2004", " ": "\u00a0", "big": "", "Big": "", "bigl": "", "bigr": ""}
SIGNS = RELATIONS | OPERATORS | FENCES | BLANKS
SPACED = frozenset("=<>+−").union(RELATIONS.values())  # TeX ignores blanks and puts its own around these
UPRIGHT = frozenset(("mathrm", "text", "operatorname", "mathop"))
TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|\s+|.", re.DOTALL)
MATH = re.compile(r"\$([^$]+)\$")


def with_formulas(text: str) -> str:
    """HTML of a plain sentence with formulas between dollars.

    Raises:
        ValueError: see `typeset`.
    """
    parts = MATH.split(text)
    return "".join(typeset(part) if at % 2 else escape(part) for at, part in enumerate(parts))


@lru_cache(maxsize=1024)
def typeset(latex: str) -> str:
    r"""HTML of a formula.

    Raises:
        ValueError: a command that is not known here, or a brace without its partner.
    """
    html = _group(iter(TOKEN.findall(latex)), latex).replace("</i><i>", "")
    return f'<span class="ma-math">{html}</span>'


def _group(tokens: Iterator[str], latex: str, closed: bool = False, upright: bool = False) -> str:
    html, operator = "", False
    for token in tokens:
        if token == "}" and closed:
            return html
        if token == "}":
            break
        if operator and token not in "_^" and not token.isspace():  # an operator with its indices stands apart
            html, operator = f"{html}{THIN}", False
        operator = operator or token[1:] in OPERATORS
        html += _atom(token, tokens, latex, upright)
    else:
        if not closed:
            return html
    raise ValueError(f"braces must come in pairs, got {latex!r}")


def _atom(token: str, tokens: Iterator[str], latex: str, upright: bool = False) -> str:
    """What a token, with its arguments if it has any, looks like."""
    if token == "{":
        return _group(tokens, latex, closed=True, upright=upright)
    if token in "_^":
        tag = "sub" if token == "_" else "sup"
        return f"<{tag}>{_argument(tokens, latex)}</{tag}>"
    if token.startswith("\\"):
        return _command(token[1:], tokens, latex)
    if token.isspace():
        return " " if upright else ""
    if token.isalpha() and not upright:
        return f"<i>{token}</i>"
    return escape(token) if upright else _sign({"-": "−", "'": "′"}.get(token, token))


def _command(name: str, tokens: Iterator[str], latex: str) -> str:
    if name in UPRIGHT:
        return _argument(tokens, latex, upright=True)
    if name in ("frac", "tfrac"):
        above, below = _argument(tokens, latex), _argument(tokens, latex)
        return f'<span class="ma-frac"><span>{above}</span><span>{below}</span></span>'
    if name == "sqrt":
        return f'√<span class="ma-root">{_argument(tokens, latex)}</span>'
    if name in LETTERS:
        return f"<i>{LETTERS[name]}</i>"
    if name not in SIGNS:
        raise ValueError(f"the command \\{name} cannot be typeset here, got {latex!r}")
    return _sign(SIGNS[name])


def _argument(tokens: Iterator[str], latex: str, upright: bool = False) -> str:
    """The group or the single token that follows."""
    token = next((token for token in tokens if not token.isspace()), None)
    if token is None:
        raise ValueError(f"a command or an index wants something behind it, got {latex!r}")
    return _atom(token, tokens, latex, upright)


def _sign(sign: str) -> str:
    if sign == ",":
        return f",{THIN}"
    return f"\u2005{escape(sign)}\u2005" if sign in SPACED else escape(sign)
