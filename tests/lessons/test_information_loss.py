"""The lesson's numbers of a run: coverage, blur, the weight that reaches the fact, and what it asks and refutes."""

import pytest

from memattn.lessons.expected import answers_at
from memattn.lessons.information_loss import beside, formulas, predictions
from memattn.lessons.left_of_it import coverage, followed, left_of, why
from memattn.lessons.memories import make
from memattn.lessons.running import run
from memattn.reader import FactKind
from tests.lessons.cases import SMALL, asking, settings, told

STORY = asking(told(), 0)
LAST = len(STORY.words) - 1
AT = answers_at(told().facts[0])


def test_a_window_covers_as_many_pairs_as_it_holds_and_what_left_is_lost() -> None:
    own = run(settings(SMALL["window"], story=STORY))
    assert coverage(own.trace, LAST) == 17 / (LAST + 1) and coverage(own.trace, 10) == 1
    lost = left_of(own.trace, LAST, AT)
    assert (lost.slot, lost.pairs, lost.weight) == (None, 0, 0)
    held = left_of(own.trace, LAST, LAST - 3)
    assert (held.slot, held.pairs) == (LAST - 3, 1) and held.weight > 0


def test_a_mean_is_as_blurred_as_it_has_pairs_and_all_is_covered() -> None:
    own = run(settings(SMALL["merging"], story=STORY))
    memory = make(SMALL["merging"])
    for step in (20, LAST):
        (inside,) = (one for one in memory.ranges(step + 1) if AT in one)  # type: ignore[attr-defined]
        left = left_of(own.trace, step, AT)
        assert left.pairs == pytest.approx(len(inside)) and coverage(own.trace, step) == 1
        assert left.weight == pytest.approx(own.trace.steps[step].attribution[:, AT].mean())


def test_the_pair_that_answers_is_followed_once_it_has_come() -> None:
    own = run(settings(SMALL["merging"], story=STORY))
    assert followed(own, AT - 1) == 0 and followed(own, AT) == followed(own, LAST) == AT


def test_a_pair_behind_the_fact_is_said_to_be_the_one_that_answers() -> None:
    """Who likes what is answered from the second word behind the full stop; a place from its own word."""
    told_of = told()
    kinds = {fact.kind: fact for fact in told_of.facts}
    for kind, fact in kinds.items():
        at = settings(SMALL["window"], story=told_of.with_question(fact))
        own, last = run(at), len(at.words) - 1
        position = answers_at(fact)
        said = formulas(at, own, last, None)[2].says
        behind = f"k{position + 1} is the pair to answer from: it came right behind the fact’s own words"
        assert (behind in said) is (position >= fact.end) is (kind is FactKind.LIKES)
        assert (behind in predictions(at, own)[1].truth) is (behind in said)
        assert why(own, position - 1) == ""
    assert FactKind.LIKES in kinds and len(kinds) > 1


def test_formulas_have_the_numbers_of_the_step() -> None:
    at = settings(SMALL["window"], story=STORY)
    own = run(at)
    covered, blur, weight, state = formulas(at, own, LAST, None)
    assert covered.numbers.startswith(f"{17 / (LAST + 1):.2f}") and "17" in covered.numbers
    assert blur.numbers == r"\text{lost}" and "cannot be read again" in blur.says
    assert weight.numbers.endswith("= 0.000")
    assert f"{17 / (LAST + 1):.2f}" in state.numbers and "2176" in state.numbers, "17 pairs of 32 numbers in float32"
    assert dict(beside(at, own))["state per head"] == "2,176 bytes"


@pytest.mark.parametrize("name", ["merging", "window", "full"])
def test_what_is_asked_is_answered_by_the_run_and_every_belief_is_another_answer(name: str) -> None:
    at = settings(SMALL[name], story=STORY)
    own = run(at)
    blur, reach = predictions(at, own)
    left = left_of(own.trace, LAST, AT)
    assert blur.answer == (round(left.pairs),) and blur.at.step == reach.at.step == LAST
    assert reach.answer == (0 if left.weight > 0.5 else 1 if left.weight >= 0.1 else 2,)
    for question in (blur, reach):
        assert question.beliefs and all(not question.is_right(belief.chosen) for belief in question.beliefs)
    numbers = {belief.chosen for belief in blur.beliefs}
    tokens, slots = LAST + 1, len(own.trace.steps[-1].ids)
    assert numbers == {(1,), (0,), (tokens,), (round(tokens / slots),)} - {blur.answer}
    assert all(f"{left.weight:.3f}" in belief.text for belief in reach.beliefs)


def test_where_shares_are_sensitivities_nothing_is_asked_of_them() -> None:
    at = settings(SMALL["recurrent"], story=STORY)
    assert predictions(at, run(at)) == ()
