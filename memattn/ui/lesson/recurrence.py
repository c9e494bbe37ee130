"""Is it recurrent? An update rule, run from the state alone and from everything; a recurrence to work out."""

import inspect

import streamlit as st

from memattn.dials import Dial
from memattn.lessons.rules import RULES, TOKENS, Array, TwoRuns, pairs_of, run_twice
from memattn.lessons.worked import worked, written
from memattn.quantities import rounded
from memattn.ui import controls, link
from memattn.ui.notes import note

SEED = 3  # of the pairs
EXERCISE = Dial(1, 1, 999, "", "", "Another number is another f, with other pairs.", "Exercise", 1, 1)


def tab() -> None:
    """A rule and its two runs, beside an exercise."""
    left, right = st.columns([58, 42], gap="large")
    with left:
        _rule()
    with right:
        _exercise()
    with st.expander("All rules, run both ways", key=link.widget("all_rules"), on_change="rerun") as place:
        if place.open:
            st.markdown(_every_rule())


def _rule() -> None:
    titles = {key: rule.name for key, rule in RULES.items()}
    key = controls.choice("rule", "Update rule", titles, next(iter(titles)), view=True)
    rule = RULES[key]
    st.markdown(f"$${rule.latex}$$")
    st.code(inspect.getsource(rule.update), language="python")
    st.markdown(
        "Can this go on from its state and the new pair alone? Guess first. Then run it twice over the same "
        f"{TOKENS} random pairs: once with the past withheld, once from everything."
    )
    with st.expander("Run it both ways", key=link.widget("both_ways"), on_change="rerun") as place:
        if place.open:
            found = run_twice(rule, pairs_of(SEED))
            note(found.verdict, problem=not found.recurrent)
            st.markdown(_token_by_token(found))


def _token_by_token(found: TwoRuns) -> str:
    lines = ["| token | from the state alone | from everything | difference |", "|--:|:--|:--|--:|"]
    for at, whole in enumerate(found.everything):
        if at < len(found.alone):
            own, far = _numbers(found.alone[at]), rounded(found.differences[at], 1)
        else:
            own, far = "refused" if at == len(found.alone) else "", ""
        lines.append(f"| {at + 1} | {own} | {_numbers(whole)} | {far} |")
    return "\n".join(lines)


def _numbers(value: Array) -> str:
    """The newest row of a memory, its first two numbers."""
    row = value.reshape(-1, value.shape[-1])[-1]
    rows = f", the last of {len(value)}" if value.ndim > 1 and len(value) > 1 else ""
    return f"({', '.join(f'{number:z.3f}'.replace('-', '−') for number in row[:2])}, …){rows}"


def _every_rule() -> str:
    lines = ["| rule | numbers in its state, at first and at last | what came of it |", "|:--|:--|:--|"]
    for rule in RULES.values():
        found = run_twice(rule, pairs_of(SEED))
        numbers = f"{found.numbers[0]} to {found.numbers[-1]}" if found.numbers else "none"
        lines.append(f"| {rule.name} | {numbers} | {found.verdict} |")
    return "\n".join(lines)


def _exercise() -> None:
    st.markdown("#### Work one out")
    number = controls.dial("exercise", EXERCISE, view=True)
    own = worked(int(number))
    pairs = ", ".join(written(pair) for pair in own.pairs)
    st.markdown(
        f"$${own.latex}$$ number by number, with Mem₀ = {written(own.start)} and the pairs (k, v) = {pairs}. "
        "What is the state after the third pair?"
    )
    typed = controls.line("state", "State after three steps: k, v", "", help="Two digits are enough.", view=True)
    if not typed.strip():
        return
    try:
        right, said = own.judge(typed)
    except ValueError as error:
        right, said = False, f"{str(error)[:1].upper()}{str(error)[1:]}."
    note(said, problem=not right)
