"""Is it recurrent? Every verdict is that of two runs; what is withheld cannot be had."""

import numpy as np
import pytest

from memattn.lessons.rules import RULES, TOKENS, WINDOW, Past, PastWithheldError, Rule, pairs_of, run_twice
from memattn.lessons.segments import LESSON
from memattn.quantities import rounded

SEEDS = (3, 17)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_refuses_what_differs_what_grows_and_what_is_recurrent(seed: int) -> None:
    found = {key: run_twice(rule, pairs_of(seed)) for key, rule in RULES.items()}
    assert {key for key, own in found.items() if own.recurrent} == {
        "cumulative",
        "window",
        "maximum",
        "learned",
        "second",
    }
    refused = {key: (len(own.alone), own.refused) for key, own in found.items() if own.refused is not None}
    assert refused == {"moving": (WINDOW, 0), "median": (1, 0), "anew": (1, 0)}
    assert {key: own.differs_at for key, own in found.items() if own.differs_at is not None} == {"guess": WINDOW}
    assert [key for key, own in found.items() if own.grows] == ["kept"]
    assert len(RULES) >= 7


@pytest.mark.parametrize("key", RULES)
def test_with_the_past_at_hand_a_rule_does_what_its_definition_says(key: str) -> None:
    rule, pairs = RULES[key], pairs_of(5)
    state = rule.start
    for at, pair in enumerate(pairs):
        state = rule.update(pair, state, Past(pairs[:at], withheld=False))
        same = np.allclose(rule.value(state), rule.definition(pairs[: at + 1]), atol=1e-9, rtol=0)
        assert same == (key != "guess" or at < WINDOW), at


def test_the_mean_computed_anew_is_the_cumulative_average_and_only_one_of_them_is_recurrent() -> None:
    one, other = (run_twice(RULES[key], pairs_of(3)) for key in ("cumulative", "anew"))
    np.testing.assert_array_equal(one.everything, other.everything)
    assert (one.recurrent, other.recurrent) == (True, False)


@pytest.mark.parametrize("ask", [len, iter, lambda past: past[0], lambda past: past[-1]])
def test_nothing_about_a_withheld_past_can_be_had(ask: object) -> None:
    with pytest.raises(PastWithheldError):
        ask(Past(np.ones((3, 2)), withheld=True))  # type: ignore[operator]
    assert ask(Past(np.ones((3, 2)), withheld=False)) is not None  # type: ignore[operator]


def test_before_the_first_pair_there_is_nothing_to_withhold() -> None:
    assert [*Past(np.ones((0, 2)), withheld=True)] == []


def test_the_refusal_names_the_pair_that_was_asked_for() -> None:
    def third(pair: np.ndarray, state: tuple, past: Past) -> tuple:
        return (pair if state[1] < 4 else past[2], state[1] + 1)

    found = run_twice(Rule("", "", (0, 0), third, lambda pairs: pairs[-1]), pairs_of(1))
    assert (len(found.alone), found.refused) == (4, 2)
    assert found.verdict == "Not from this state: at token 5 it asks for the pair k3, which is withheld."


def test_verdicts_carry_the_numbers_of_the_runs() -> None:
    said = {key: run_twice(rule, pairs_of(3)).verdict for key, rule in RULES.items()}
    assert said["moving"] == f"Not from this state: at token {WINDOW + 1} it asks for the pair k1, which is withheld."
    guess = run_twice(RULES["guess"], pairs_of(3))
    assert (
        f"from token {WINDOW + 1} on it is another number, off by up to {rounded(max(guess.differences))}"
        in said["guess"]
    )
    assert said["window"].endswith("never holds more than 20 numbers.") and said["kept"].endswith("44 now.")
    assert f"over {TOKENS} tokens" in said["learned"]


def test_the_lesson_has_a_tab_for_it() -> None:
    assert LESSON.own_tabs == ("Is it recurrent?",)
