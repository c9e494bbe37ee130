"""Predictions of *Segments & FIFO* and of *Summary vectors*: every answer once more from the run, by another way."""

import re
from functools import cache

import numpy as np
import pytest

from memattn.lessons import segments, summary
from memattn.lessons.answering import Run
from memattn.lessons.borders import positions_read
from memattn.lessons.lesson import TURN, Lesson, Settings
from memattn.lessons.memories import Choice, make
from memattn.lessons.numbers import pairs
from memattn.lessons.prediction import Number, Prediction
from memattn.lessons.running import run
from memattn.records import Role
from memattn.streams import random_stream
from memattn.trace import trace
from tests.lessons.cases import SMALL
from tests.lessons.test_prediction import texts
from tests.lessons.test_scenarios import click

TOKENS = 61
BROKEN = r"(?<![\d.,–−-])1 (pairs|slots|tokens|times|updates|segments)\b|\b(\d\d|[02-9]) (pair|slot|time)\b|  |\.\."
COURSE = "1 2 : 10 11; 3 4 : 12 13; 5 6 : 14 15; 7 8 : 16 17"
SEGMENTS = [(5, 2), (7, 1), (3, 4), (11, 0), (1, 3), (1, 0), (13, 5), (2, 1), (31, 0), (64, 2)]


def blocks(n_s: int, m: int) -> Choice:
    return Choice("segments", (("segment_length", n_s), ("segments", m)))


@cache
def found(choice: Choice, tokens: int = TOKENS) -> Run:
    return Run(trace(make(choice), random_stream(tokens, 3, 2, heads=2), choice.name, verify=False), None)


def asked(lesson: Lesson, settings: Settings, own: Run) -> dict[str, Prediction]:
    assert lesson.predictions
    questions = lesson.predictions(settings, own)
    assert [one.at.step for one in questions] == sorted(one.at.step for one in questions)
    return {one.name: one for one in questions}


def of_segments(n_s: int, m: int, tokens: int = TOKENS) -> dict[str, Prediction]:
    return asked(segments.LESSON, Settings(blocks(n_s, m), ()), found(blocks(n_s, m), tokens))


def of_summary(choice: Choice, tokens: int = TOKENS) -> dict[str, Prediction]:
    return asked(summary.LESSON, Settings(choice, ()), found(choice, tokens))


def of_pairs(text: str, choice: Choice, turn: int = 0) -> dict[str, Prediction]:
    settings = Settings(choice, pairs(text), "pairs", extras=((TURN, turn),))
    return asked(summary.LESSON, settings, run(settings))


def chosen(question: Prediction) -> str:
    return question.choice.offered[question.answer[0]]  # type: ignore[union-attr]


def told(question: Prediction, sentence: str) -> str:
    number = question.choice.offered.index(sentence)  # type: ignore[union-attr]
    (text,) = (belief.text for belief in question.beliefs if belief.chosen == (number,))
    return text


EVERY = [("segments", of_segments(n_s, m), found(blocks(n_s, m))) for n_s, m in SEGMENTS] + [
    (name, of_summary(SMALL[name]), found(SMALL[name])) for name in summary.MEMORIES
]


@pytest.mark.parametrize(("name", "questions", "own"), EVERY, ids=[str(at) for at in range(len(EVERY))])
def test_one_choice_is_right_and_every_other_is_told_why_not(
    name: str, questions: dict[str, Prediction], own: Run
) -> None:
    assert len(questions) >= (2 if name != "segments" else len(own.trace.events()) > 2)
    for question in questions.values():
        wrong = [belief.chosen for belief in question.beliefs]
        assert question.is_right(question.answer) and not any(map(question.is_right, wrong))
        assert len(set(wrong)) == len(wrong) >= 2
        if not isinstance(question.choice, Number):
            offered = question.choice.offered
            assert len(set(offered)) == len(offered)
            assert {one for (one,) in (*wrong, question.answer)} == set(range(len(offered)))
        else:
            assert all(one >= 0 for (one,) in (*wrong, question.answer))
        happens = {str(event.kind) for event in own.trace.steps[question.at.step].events} | {"attend"}
        assert {question.at.phase, question.shows} <= happens
        for text in (question.truth, *(belief.text for belief in question.beliefs)):
            assert re.search(r"\d", text), "no number of this run"
        assert not any(re.search(BROKEN, text) for text in texts(question))


# Segments


@pytest.mark.parametrize(("n_s", "m"), SEGMENTS)
def test_how_stale_the_memory_is_follows_from_what_it_held_before(n_s: int, m: int) -> None:
    questions = of_segments(n_s, m)
    assert ("stale" in questions) == (m > 0 and 1 < n_s < TOKENS)
    if "stale" not in questions:
        return
    at = questions["stale"].at.step
    before = found(blocks(n_s, m)).trace.steps[at - 1]
    newest = max(s for s, role in zip(before.held_ids, before.held_roles, strict=True) if role is Role.RECENT)
    assert questions["stale"].answer == (at - newest,)
    assert at % n_s == n_s // 2, "in the middle of a segment"
    assert (
        f"The newest pair that Mem knows of is k{newest + 1}, {at + 1} − {newest + 1} = {at - newest} tokens old."
        in (questions["stale"].truth)
    )


@pytest.mark.parametrize(("n_s", "m"), SEGMENTS)
def test_how_often_it_was_updated_is_how_often_it_changed(n_s: int, m: int) -> None:
    questions = of_segments(n_s, m)
    assert ("updates" in questions) == (m + 2 <= TOKENS // n_s)
    if "updates" in questions:
        steps = found(blocks(n_s, m)).trace.steps[:-1]
        assert questions["updates"].answer == (sum(bool(step.events) for step in steps),) == ((TOKENS - 1) // n_s,)


@pytest.mark.parametrize(("n_s", "m"), SEGMENTS)
def test_which_segments_are_read_and_how_far_a_second_layer_knows_is_what_the_masks_say(n_s: int, m: int) -> None:
    questions, reads = of_segments(n_s, m), positions_read(found(blocks(n_s, m)).trace)
    layers = {"reads": reads, "second": (reads.astype(int) @ reads.astype(int)) > 0}
    assert ("reads" in questions) == (TOKENS // n_s > m + 1)
    assert ("second" in questions) == (m > 0 and min(TOKENS // n_s, 6) > 2 * m + 1)
    for name in {*questions} & {*layers}:
        question = questions[name]
        letters = ["ABCDEF"[at // n_s] for at in np.flatnonzero(layers[name][question.at.step])]
        first, last = letters[0], letters[-1]
        assert question.at.step % n_s == n_s - 1 and last == "ABCDEF"[question.at.step // n_s]
        if name == "second":
            assert chosen(question) == f"Segment {first}"
        else:
            between = " and " if ord(last) - ord(first) == 1 else " to "
            assert chosen(question) == (f"{first} alone" if first == last else f"{first}{between}{last}")


def test_segment_6_of_two_segment_memory_by_hand() -> None:
    questions = of_segments(11, 1, 103)
    assert (questions["reads"].at, chosen(questions["reads"])) == ((65, "attend"), "E and F")
    assert questions["reads"].truth == "k66 reads 22 pairs, k45–k66: E and F."
    assert told(questions["reads"], "D to F").startswith("D has left Mem as a whole by now.")
    assert told(questions["reads"], "F alone").startswith("Mem keeps one segment more, E.")
    assert chosen(questions["second"]) == "Segment D"
    assert questions["second"].truth == (
        "k45 of E is the oldest pair that it reads, and k45 itself has read k34 of D, 32 tokens back: 10 + 11 + 11 = "
        "32."
    )
    assert told(questions["second"], "Segment E").startswith("That is one layer: what it reads itself.")
    assert (questions["stale"].at.step, questions["stale"].answer) == (27, (6,))
    assert questions["updates"].answer == (9,)
    said = {belief.chosen: belief.text for belief in questions["updates"].beliefs}
    assert said[(102,)].startswith("That would be once per token.")
    assert said[(10,)].startswith("The running segment has not entered Mem yet.")


def test_of_a_learned_f_over_segments_it_is_asked_how_stale_and_how_often() -> None:
    choice = Choice("segment_recurrence", (("segment_length", 7),))
    questions = asked(segments.LESSON, Settings(choice, ()), found(choice))
    assert {name: (one.at.step, one.answer) for name, one in questions.items()} == {
        "stale": (17, (4,)),
        "updates": (60, (8,)),
    }
    assert "k15–k17 are read too" in questions["stale"].truth
    assert dict.fromkeys(found(choice).trace.steps[17].ids) == dict.fromkeys([-1, 14, 15, 16, 17])


def test_what_no_segments_make_is_asked_nothing_of_segments() -> None:
    assert asked(segments.LESSON, Settings(Choice("recurrent"), ()), found(Choice("recurrent"))) == {}


# Summaries


def test_where_the_mean_of_the_course_goes_by_hand() -> None:
    moving, all_of_them = Choice("moving_average", (("window", 3),)), Choice("cumulative_average")
    where = of_pairs(COURSE, moving)["where"]
    assert (where.at, where.shows, chosen(where)) == ((3, "merge"), "merge", "[5, 6]")
    assert where.prompt == "The key of Σ stands at [3, 4], and k4 = [7, 8] comes. Where does Σ go?"
    assert where.truth == "Σ goes from [3, 4] to [5, 6], made of the 3 pairs k2 to k4."
    assert told(where, "[4, 5]") == f"That is the mean of all 4, each counted alike. {where.truth}"
    assert told(where, "[7, 8]").startswith("That is the new pair itself")
    assert told(where, "[3, 4]").startswith("There it stands now")
    assert chosen(of_pairs(COURSE, all_of_them)["where"]) == "[4, 5]"
    weighted = of_pairs("2 4; 1 3; 5 0", Choice("weighted_average", (("betas", "0.1,0.3,0.6"),)))["where"]
    assert chosen(weighted) == "[3.5, 1.3]"
    assert told(weighted, "[2.667, 2.333]").startswith("That is their plain mean, as if all 3 weighed alike.")
    assert told(weighted, "[3.167, 1.667]").startswith("That is half of the way to the new pair.")


def test_no_place_is_asked_for_where_all_beliefs_lead_to_one() -> None:
    assert "where" not in of_pairs("1 1; 1 1; 1 1", Choice("cumulative_average"))


@pytest.mark.parametrize(
    ("choice", "share"),
    [
        (Choice("cumulative_average"), "25 %"),
        (Choice("moving_average", (("window", 3),)), "33.3 %"),
        (Choice("exponential_average", (("gamma", 0.07),)), "7 %"),
        (Choice("weighted_average", (("betas", "0.1,0.2,0.7"),)), "70 %"),
        (Choice("hybrid", (("first.window", 7),)), "25 %"),
    ],
)
def test_how_much_of_the_summary_is_new_by_hand(choice: Choice, share: str) -> None:
    question = of_summary(choice)["new"]
    assert chosen(question) == share
    late = 7 if choice.name == "hybrid" else 0  # as many pairs stand in the window first
    assert question.at.step == 3 + late and question.shows == "merge"
    assert f"k4 has {share} of Σ" in question.truth


def test_with_the_exponential_average_every_share_is_told_by_its_power() -> None:
    question = of_summary(Choice("exponential_average", (("gamma", 0.07),)))["new"]
    assert question.truth == "k4 has 7 % of Σ, and the 3 older ones have from 6.05 % to 80.4 % each."
    assert told(question, "50 %").startswith("Half of the way with every pair? Then the first would have 12.5 %.")
    assert told(question, "25 %").startswith("That would be a plain mean of 4 pairs.")


@pytest.mark.parametrize(
    ("choice", "right"),
    [
        (Choice("cumulative_average"), "All that are in it have the same"),
        (Choice("moving_average", (("window", 13),)), "All that are in it have the same"),
        (Choice("exponential_average", (("gamma", 0.13),)), "k61, the newest in it"),
        (Choice("exponential_average", (("gamma", 0.01),)), "k1, the first of all"),
        (Choice("weighted_average", (("betas", "0.1,0.6,0.3"),)), "One between them"),
        (Choice("hybrid", (("first.window", 7),)), "All that are in it have the same"),
    ],
)
def test_which_pair_has_most_by_hand(choice: Choice, right: str) -> None:
    assert chosen(of_summary(choice)["most"]) == right


def test_of_one_pair_alone_nobody_is_asked_who_has_most() -> None:
    """It has most and as much as all: two of the sentences would be true."""
    assert "most" not in of_summary(Choice("moving_average", (("window", 1),)))


def test_of_a_learned_f_the_most_telling_pair_is_that_of_the_largest_sensitivity() -> None:
    own, question = found(Choice("recurrent")).trace, of_summary(Choice("recurrent"))["most"]
    shares = own.shares(-1, TOKENS - 1)
    parts = np.zeros(TOKENS)
    parts[list(shares.sources)] = shares.values.mean(axis=0)
    most = int(parts.argmax())
    kind = {0: "k1, the first of all", TOKENS - 1: f"k{TOKENS}, the newest in it"}.get(most, "One between them")
    assert chosen(question) == kind
    assert f"here sensitivities (mean of 2 heads): k1 has {100 * parts[0]:.3g} %" in question.truth
    assert f"the most is {100 * parts[most]:.3g} %, of k{most + 1} “" in question.truth
    assert {"new", "anew"}.isdisjoint(of_summary(Choice("recurrent")))


def test_a_pair_that_has_left_is_told_to_have_nothing() -> None:
    most = of_pairs(COURSE, Choice("moving_average", (("window", 3),)))["most"]
    assert most.truth == "Shares: the 3 pairs k2 to k4 have 33.3 % each; k1 has left, with nothing."


@pytest.mark.parametrize("turn", [0, 75, 300])
def test_the_turned_query_is_run_and_reads_the_same(turn: int) -> None:
    turned = of_pairs(COURSE, Choice("moving_average", (("window", 3),)), turn)["turned"]
    assert chosen(turned) == "The same: Σ as it is"
    assert turned.truth.startswith("Turned by 180° it reads [14, 15], and before it read [14, 15]")
    assert "turned" not in of_summary(Choice("hybrid", (("first.window", 7),))), "the window answers each query its own"
    weights = [step.weights.min() for step in found(Choice("cumulative_average")).trace.steps]
    assert min(weights) == 1
    assert f"All {TOKENS} queries of this text" in of_summary(Choice("cumulative_average"))["turned"].truth


def test_the_mean_passed_on_is_off_by_rounding_and_more_is_told() -> None:
    own = found(Choice("cumulative_average"))
    question = of_summary(Choice("cumulative_average"))["anew"]
    key = own.trace.slot_keys(-1)[-1][1].astype(np.float64)
    far = np.abs(own.trace.keys.astype(np.float64).mean(axis=1) - key).max() / np.abs(own.trace.keys).max()
    assert 0 < far < 64 * np.finfo(own.trace.keys.dtype).eps
    assert chosen(question) == "The same but for the last digits"
    digits, power = re.search(r"differ by (\S+)·10⁻(\S) of", question.truth).groups()  # type: ignore[union-attr]
    shown = float(digits) * 10.0 ** -"⁰¹²³⁴⁵⁶⁷⁸⁹".index(power)
    assert shown == pytest.approx(far, rel=0.5), "shares are rounded too"


def test_a_mean_that_has_drifted_is_not_called_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    from memattn.lessons import recursion

    monkeypatch.setattr(recursion, "apart", lambda *_: 1e-3)
    question = of_summary(Choice("moving_average", (("window", 13),)))["anew"]
    assert chosen(question).startswith("Clearly others") and "differ by 0.001 of" in question.truth


def test_of_a_story_that_was_read_by_a_trained_f_the_word_with_the_largest_share_is_named() -> None:
    at = click("summary: One fact")
    question = asked(summary.LESSON, at.settings, Run(at.trace, at.answer))["most"]
    shares = at.trace.shares(-1, len(at.trace.steps) - 1)
    parts = shares.values.mean(axis=0)
    most = shares.sources[int(parts.argmax())]
    assert f"{100 * parts.max():.3g} %, of k{most + 1} “\u2068{at.trace.tokens[most]}\u2069”." in question.truth
