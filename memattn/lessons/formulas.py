"""Formulas that every memory has, with the live numbers of a step, and how such numbers are written."""

from typing import TYPE_CHECKING

from memattn.lessons.lesson import Formula, Head, Settings
from memattn.records import Floats, Role, Step, Trace

if TYPE_CHECKING:
    from memattn.lessons.answering import Run

ATTENTION = (
    r"\mathrm{Att}(q_i, \mathrm{Mem}) = \sum_j \alpha_{ij} v_j, \quad "
    r"\alpha_{ij} = \frac{e^{q_i \cdot k_j/\sqrt d}}{\sum_l e^{q_i \cdot k_l/\sqrt d}}"
)
ONE_SOFTMAX = "One softmax over all slots that are read."


def formulas_of(settings: Settings, run: "Run", step: int, head: Head) -> tuple[Formula, ...]:
    """The memory's own formula, its read, and what of full attention it retains, at a step from 0."""
    from memattn.memory import MEMORIES

    now, kind = run.trace.steps[step], MEMORIES[settings.choice.name]
    weights, retained = (rows.mean(axis=0) if head is None else rows[head] for rows in (now.weights, now.retained))
    token = now.index + 1
    lanes = {role: counts(now, role) for role in dict.fromkeys((*now.roles, *now.held_roles))}
    by_role = r",\ ".join(rf"\text{{{role}}}: {change(count)}" for role, count in lanes.items())
    return (
        Formula(kind.formula, by_role, f"{kind.__doc__.splitlines()[0] if kind.__doc__ else ''} Slots by role."),
        attention(kind.reading or ATTENTION, token, weights, f"{ONE_SOFTMAX} {whose(run.trace, head)}."),
        Formula(
            r"\rho_i = \sum_{j\ \mathrm{carried}} \alpha^{\mathrm{full}}_{ij}",
            rf"\rho_{{{token}}} = {100 * retained:.0f}\,\%,\quad "
            rf"{counted(len(now.ids), 'slot')}\ \text{{of}}\ {counted(token, 'token')}",
            "Retained mass: what full attention gives to words that some slot still carries. "
            f"{whose(run.trace, head)}.",
        ),
    )


def attention(latex: str, token: int, weights: Floats, says: str) -> Formula:
    """The read of a token, counted from 1: its weights add up to one, and the largest of them."""
    return Formula(
        latex,
        rf"\sum_j \alpha_{{{token}\,j}} = {weights.sum():.3f}\ \text{{over}}\ {counted(len(weights), 'slot')}, \quad "
        rf"\max_j \alpha_{{{token}\,j}} = {weights.max():.3f}",
        says,
    )


def whose(trace: Trace, head: Head) -> str:
    """Whose attention numbers are, in words."""
    if trace.heads == 1:
        return "One head"
    return f"Mean of {trace.heads} heads" if head is None else f"Head {head + 1} of {trace.heads}"


def counts(now: Step, role: Role) -> tuple[int, int]:
    """Slots of a role when the token reads, and after its update."""
    return sum(one is role for one in now.roles), sum(one is role for one in now.held_roles)


def change(count: tuple[int, int]) -> str:
    """What is before the update of a step, and after it where that is something else."""
    before, after = count
    return str(before) if before == after else rf"{before} \to {after}"


def counted(count: int, what: str) -> str:
    """A number of things in LaTeX: "3 slots"."""
    return rf"{count}\ \text{{{what}}}" if count == 1 else rf"{count}\ \text{{{what}s}}"
