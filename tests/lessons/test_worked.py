"""Worked recurrences: the state is that of f applied pair by pair, and each belief is denied by name."""

from fractions import Fraction

import pytest

from memattn.lessons.worked import FORMS, worked, written

SEEDS = range(1, 60)


def test_every_form_comes_and_a_seed_is_always_the_same_exercise() -> None:
    assert {worked(seed).latex for seed in SEEDS} == {latex for latex, _ in FORMS}
    assert worked(7) == worked(7) != worked(8)


def test_the_states_of_an_exercise_reckoned_by_hand() -> None:
    own = worked(1)  # ½ Mem + x from (10, 12), with (2, −4), (2, 3) and (8, 3)
    assert own.latex == r"f(x, \mathrm{Mem}) = \tfrac12 \mathrm{Mem} + x"
    assert (own.start, own.pairs) == ((10, 12), ((2, -4), (2, 3), (8, 3)))
    assert own.states == ((7, 2), (Fraction("5.5"), 4), (Fraction("10.75"), 5))
    assert own.steps == "Mem₁ = (7, 2), Mem₂ = (5.5, 4), Mem₃ = (10.75, 5)"


@pytest.mark.parametrize("typed", ["10.75, 5", "(10.75, 5)", "k = 10.75 and v = 5.0", "10.751 5.001"])
def test_the_right_state_is_right_however_it_is_written(typed: str) -> None:
    right, said = worked(1).judge(typed)
    assert right and said.startswith("Right. Mem₁ = (7, 2)")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("4, 0.67", "plain mean of the three pairs"),
        ("13, 9", "f of the last pair and the state at the beginning"),
        ("9.5, 3.5", "begins with nothing"),
        ("8, 3", "the last pair"),
        ("6.25, -0.25", "from the last pair to the first"),
        ("1, 1", "Step by step"),
    ],
)
def test_a_wrong_state_gets_the_refutation_of_its_belief(typed: str, told: str) -> None:
    right, said = worked(1).judge(typed)
    assert not right and told in said and "Mem₃ = (10.75, 5)" in said


@pytest.mark.parametrize("seed", SEEDS)
def test_no_belief_is_the_answer_and_what_is_written_is_judged_as_meant(seed: int) -> None:
    own = worked(seed)
    assert own.answer not in own.beliefs
    assert own.judge(written(own.answer))[0]
    for belief, told in own.beliefs.items():
        right, said = own.judge(written(belief))
        assert not right and said.startswith(told)


@pytest.mark.parametrize("typed", ["7", "1, 2, 3", "none"])
def test_what_is_no_pair_is_refused_with_what_is_one(typed: str) -> None:
    with pytest.raises(ValueError, match="a state is two numbers"):
        worked(1).judge(typed)
