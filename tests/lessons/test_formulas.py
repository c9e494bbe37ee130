"""Every number in a formula is read back out of the LaTeX and held to the trace, for both kinds of formulas."""

import re

import numpy as np
import pytest

from memattn.lessons import compressive, formulas
from memattn.lessons.answering import whereabouts
from memattn.lessons.formulas import formulas_of
from memattn.lessons.lesson import Formula, Settings
from memattn.lessons.memories import Choice
from memattn.lessons.running import Run, run
from memattn.memory import MEMORIES
from memattn.records import EventKind, Role, Step, Trace
from tests.lessons.cases import COMPRESSED, SMALL, settings

NUMBER = r"(\d+(?:\.\d+)?)"
CHANGE = rf"{NUMBER}(?: \\to {NUMBER})?"
STEPS = (0, 13, 24, 44, 60)
every_memory = pytest.mark.parametrize("name", MEMORIES)
every_head = pytest.mark.parametrize("head", [None, 0, 2])


def numbers(pattern: str, text: str) -> list[float]:
    """Those of a text that must read like the pattern, with <n> for a number and <c> for what may change."""
    whole = re.escape(pattern).replace("<n>", NUMBER).replace("<c>", CHANGE)
    found = re.fullmatch(whole, text)
    assert found, f"{text}\nmust read like\n{pattern}"
    before: list[float] = []
    for group in found.groups():
        before.append(float(group) if group else before[-1])  # no arrow: after as before
    return before


def rows(step: Step, head: int | None) -> tuple[np.ndarray, float]:
    """Weights and retained mass of the head whose attention is shown."""
    if head is None:
        return step.weights.mean(axis=0), float(step.retained.mean())
    return step.weights[head], float(step.retained[head])


def held(step: Step, role: Role) -> tuple[int, int]:
    """Slots of a role that the token reads, and those after its update."""
    return step.roles.count(role), step.held_roles.count(role)


def check_attention(formula: Formula, trace: Trace, at: int, head: int | None) -> None:
    token, token_again, slots = at + 1, at + 1, len(trace.steps[at].ids)
    things = "slot" if slots == 1 else "slots"
    said = numbers(
        rf"\sum_j \alpha_{{<n>\,j}} = <n>\ \text{{over}}\ <n>\ \text{{{things}}}, \quad \max_j \alpha_{{<n>\,j}} = <n>",
        formula.numbers,
    )
    weights, _ = rows(trace.steps[at], head)
    assert said == [token, 1.0, slots, token_again, pytest.approx(float(weights.max()), abs=5.1e-4)]
    assert formula.says.endswith("Mean of 4 heads." if head is None else f"Head {head + 1} of 4.")


# --- of every memory ------------------------------------------------------------------------------------------------


@every_memory
@every_head
def test_the_formulas_of_every_memory_say_what_the_trace_says(name: str, head: int | None) -> None:
    own = settings(SMALL[name])
    found = run(own)
    for at in STEPS:
        memory, attention, retained = formulas_of(own, found, at, head)
        step = found.trace.steps[at]
        assert memory.latex == MEMORIES[name].formula
        assert memory.says.startswith((MEMORIES[name].__doc__ or "").splitlines()[0])
        own_reads = ("else } 0" in attention.latex, "z_l" in attention.latex)
        assert own_reads == (name == "nearest", name == "linear")
        check_roles(memory, step)
        check_attention(attention, found.trace, at, head)
        slots, tokens = ("" if count == 1 else "s" for count in (len(step.ids), at + 1))
        said = numbers(
            rf"\rho_{{<n>}} = <n>\,\%,\quad <n>\ \text{{slot{slots}}}\ \text{{of}}\ <n>\ \text{{token{tokens}}}",
            retained.numbers,
        )
        assert said == [at + 1, pytest.approx(100 * rows(step, head)[1], abs=0.51), len(step.ids), at + 1]
        assert retained.says.endswith("Mean of 4 heads." if head is None else f"Head {head + 1} of 4.")


def check_roles(formula: Formula, step: Step) -> None:
    said = {
        role: numbers("<c>", counted)
        for role, counted in re.findall(r"\\text\{(\w+)\}: ([^,]+?)(?:,|$)", formula.numbers)
    }
    there = set(step.roles) | set(step.held_roles)
    assert said == {str(role): list(held(step, role)) for role in there}
    assert sum(before for before, _ in said.values()) == len(step.ids)


def test_what_a_token_changes_is_shown_as_before_and_after() -> None:
    own = settings(SMALL["segments"])  # n_s = 7: the token at 13 fills the second segment
    memory, *_ = formulas_of(own, run(own), 13, None)
    assert memory.numbers == r"\text{recent}: 7 \to 14,\ \text{current}: 7 \to 0"


def test_one_head_is_called_so() -> None:
    own = settings(Choice("window"), "planted")
    assert formulas_of(own, run(own), 9, None)[1].says.endswith("One head.")


@pytest.mark.parametrize(("count", "text"), [(0, r"0\ \text{slots}"), (1, r"1\ \text{slot}"), (7, r"7\ \text{slots}")])
def test_things_are_counted(count: int, text: str) -> None:
    assert formulas.counted(count, "slot") == text


# --- of the compressive memory --------------------------------------------------------------------------------------

N_S, N_M, N_CM = 5, 11, 7
KINDS = {
    "mean": COMPRESSED["mean"],
    "keep": COMPRESSED["keep"],
    "e2e": COMPRESSED["e2e"],
    **{rule: COMPRESSED["mean"].with_settings(remainder=rule) for rule in ("drop", "pad", "partial")},
}


TO, FROM = r"\ \text{to}\ ", r"\ \text{tokens from}\ "
REACH = {  # by hand at c = 3: what is added up, what a window would reach, what is said beside it
    "carry": (rf"11 + 0{TO}2 + 3 \cdot 7 = 32{TO}34{FROM}18{TO}20\ \text{{slots}}", "18 to 20", ""),
    "drop": (
        rf"11 + 3 \cdot 7 = 32{FROM}18\ \text{{slots}}",  # a slot of 3 per segment of 5
        "18",
        "Of every segment 2 pairs went into no slot: the oldest lies 46 tokens back. ",  # 11 + 7 segments
    ),
    **dict.fromkeys(  # slots of 3 and 2 in turn, the newest of 2: 3 · 5 + 2
        ("pad", "partial"),
        (rf"11 + 17 = 28{FROM}18\ \text{{slots}}", "18", "The last slot of a segment stands for 2 pairs alone. "),
    ),
}


def compressing(choice: Choice) -> tuple[Settings, Run, int]:
    """A run, and a step at which something is compressed and something dropped."""
    own = settings(choice)
    found = run(own)
    at = next(
        step.index
        for step in found.trace.steps
        if {EventKind.COMPRESS, EventKind.DROP} <= {event.kind for event in step.events}
        and any(slot < 0 for event in step.events if event.kind is EventKind.DROP for slot in event.slots)
    )
    return own, found, at


@pytest.mark.parametrize("kind", KINDS)
@every_head
def test_the_formulas_of_the_lesson_say_what_the_trace_says(kind: str, head: int | None) -> None:
    own, found, busy = compressing(KINDS[kind])
    trace, rate = found.trace, int(own.choice["rate"])
    for at in (*STEPS, busy):
        mem, cmem, attention, reach = compressive.formulas(own, found, at, head)
        step = trace.steps[at]
        assert numbers(
            r"\lvert\mathrm{Mem}\rvert = <c>\ \ (n_m = <n>), \quad \lvert S_{kv}\rvert = <c>\ \text{of}\ n_s = <n>",
            mem.numbers,
        ) == [*held(step, Role.RECENT), N_M, *held(step, Role.CURRENT), N_S]
        assert numbers(
            r"n_s / c = <n> / <n> = <n>\ \text{slots per segment}, \quad "
            r"\lvert\mathrm{CMem}\rvert = <c>\ \ (n_{cm} = <n>)",
            cmem.numbers,
        ) == [N_S, rate, pytest.approx(N_S / rate, rel=5e-3), *held(step, Role.COMPRESSED), N_CM]
        made = numbers_said("Slots made so far", cmem.says)
        assert made == [count_made(trace, at), count_made(trace, at + 1)]
        check_attention(attention, trace, at, head)
        summands, window, further = REACH[str(own.choice["remainder"])]
        assert reach.numbers == summands
        assert reach.says.startswith(f"A plain window of as many slots would reach {window} tokens back.")
        assert f"n_s to both. {further}Words lost" in reach.says
        assert numbers_said("Words lost so far", reach.says) == [lost(trace, at), lost_after(trace, at)]


def numbers_said(what: str, says: str) -> list[int]:
    """Before and after the token."""
    found = re.search(rf"{what}: (\d+)(?:, after this token (\d+))?\.$", says)
    assert found
    return [int(found[1]), int(found[2] or found[1])]


def count_made(trace: Trace, before: int) -> int:
    """Slots of CMem that came about before a token's update: their numbers count up from -1."""
    there = {slot for step in trace.steps[:before] for slot in step.held_ids if slot < 0}
    return max((-slot for slot in there), default=0)


def lost(trace: Trace, at: int) -> int:
    return len(whereabouts(trace, trace.steps[at], range(at + 1)).lost)


def lost_after(trace: Trace, at: int) -> int:
    held_ids = trace.steps[at].held_ids
    carried = {source for slot in held_ids for source in trace.shares(slot, at).sources}
    return len(set(range(at + 1)) - carried)


@pytest.mark.parametrize(("kind", "rate"), [("mean", 3), ("e2e", 3)])
def test_the_counts_by_hand_where_the_rest_is_carried(kind: str, rate: int) -> None:
    own, found, busy = compressing(KINDS[kind])
    for at in (0, 9, 14, 33, busy):
        mem, cmem, _, reach = compressive.formulas(own, found, at, None)
        segments = at // N_S  # full ones before this token reads
        made = max(0, segments * N_S - N_M) // rate
        raw, running = at + 1 - made * rate, at % N_S + 1
        assert mem.numbers.startswith(rf"\lvert\mathrm{{Mem}}\rvert = {raw - running}")
        assert numbers_said("Slots made so far", cmem.says)[0] == made
        assert numbers_said("Words lost so far", reach.says)[0] == max(0, made - N_CM) * rate


def test_pairs_that_wait_for_their_group_are_counted() -> None:
    own, found, _ = compressing(KINDS["mean"])
    waits = {at: compressive.formulas(own, found, at, None)[0].says for at in range(len(own.words))}
    # after 3, 4 and 5 segments: 15 - 11 = 4, 9 and 14 pairs beyond n_m, less whole groups of 3
    assert [waits[at].endswith(" 1 more waits for a group of c.") for at in (14, 19, 24)] == [True, False, False]
    assert waits[24].endswith(" 2 more wait for a group of c.")
    assert waits[19].endswith("the oldest first.")


def test_a_step_is_among_those_tried_at_which_slots_are_made_and_lost() -> None:
    for kind in ("mean", "keep", "e2e"):
        own, found, busy = compressing(KINDS[kind])
        _, cmem, _, reach = compressive.formulas(own, found, busy, None)
        made, gone = numbers_said("Slots made so far", cmem.says), numbers_said("Words lost so far", reach.says)
        assert made[1] > made[0]
        assert gone[1] > gone[0]
