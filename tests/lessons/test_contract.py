"""The legal document: bytes and budgets by hand, answers by reading anew, sentences by the numbers they are about."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from memattn.lessons.contract import exam, holding
from memattn.lessons.contract.families import FAMILIES, Pick, reading, tried
from memattn.lessons.contract.holding import Holding
from memattn.lessons.contract.record import KIB, Asked, ByKind, Exam, verdict
from memattn.lessons.expected import answers_at, look
from memattn.lessons.memories import make, served_by
from memattn.reader import contracts
from memattn.reader.contracts import Contract, Subject
from tests.figures.exams import BOUNDS, FOUND, LARGE, OWN, PLACES, SMALL, SUBJECTS, made

PAIR = 4 * 2 * 16 * 4  # bytes: heads, key and value, channels, float32


# --- bytes and budgets ------------------------------------------------------------------------------------------------


def test_bytes_are_those_of_the_true_state() -> None:
    tokens = 3_769
    assert Pick("window", (512,)).stored(tokens) == 512 * PAIR
    assert Pick("full").stored(tokens) == tokens * PAIR
    assert Pick("merging", (64,)).stored(tokens) == 64 * PAIR
    assert Pick("hybrid", (64,)).stored(tokens) == 2 * (64 + 1) * PAIR, "in two layers"
    assert Pick("moving", (64,)).stored(tokens) == 2 * (64 + 1) * PAIR, "the window, and its mean beside it"
    border = tokens - tokens % 32  # the running segment is full before it, behind 8 that are
    assert Pick("segments", (8,)).stored(tokens) == (8 * 32 + 31) * PAIR > (8 * 32 + tokens - border) * PAIR
    assert Pick("compressive", (8, 1024)).stored(tokens) == pytest.approx(
        ((tokens - 32) // 8 + 32 + 7) * PAIR, rel=0.01
    ), "all pairs but 32 are in slots of 8, and the running segment lacks one"


@pytest.mark.parametrize("family", FAMILIES)
def test_what_a_longer_text_needs_is_no_less_than_a_shorter_one(family: str) -> None:
    """Also across borders, behind which a memory made of segments stands nearly empty."""
    pick = Pick(family, FAMILIES[family].tried[0])
    needed = [pick.stored(tokens) for tokens in range(1_000, 1_070)]
    assert needed == sorted(needed) and needed[0] > 0


@pytest.mark.parametrize(
    "pick", [Pick("window", (2048,)), Pick("globals", (256, 1024)), Pick("compressive", (2, 1024))]
)
def test_what_fits_is_the_largest_that_keeps_the_budget(pick: Pick) -> None:
    tokens, budget = 3_769, 211 * KIB
    inside = pick.within(budget, tokens)
    assert inside is not None and inside.family == pick.family
    step = FAMILIES[pick.family].dials["n"].step
    assert inside.stored(tokens) <= budget < inside.sized(inside.values[-1] + int(step)).stored(tokens)
    assert inside.values[:-1] == pick.values[:-1], "its other settings stay"


def test_where_no_size_fits_nothing_is_offered() -> None:
    assert Pick("globals", (1024, 16)).within(64 * KIB, 3_769) is None
    assert Pick("full").within(64 * KIB, 3_769) is None
    assert Pick("gated").within(64 * KIB, 3_769) == Pick("gated")


def test_what_cannot_be_chosen_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the memory must be one of window, .*, got 'attic'"):
        Pick("attic")
    with pytest.raises(ValueError, match="window has 1 sizes, got 2"):
        Pick("window", (1, 2))
    with pytest.raises(ValueError, match=r"Window size must lie in 16\.\.2048, got 4096"):
        Pick("window", (4096,))


def test_every_family_is_tried_and_full_attention_first() -> None:
    assert {pick.family for pick in tried()} == set(FAMILIES) and len(set(tried())) == len(tried()) >= 40
    assert tried()[0] == Pick("full")


# --- the measurement --------------------------------------------------------------------------------------------------


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[Contract]:
    """A contract with hardly anything between the facts, so that it can be read anew many times."""
    monkeypatch.setattr(contracts, "FILLER_TOKENS", 4)
    made = contracts.contract.__wrapped__(3)
    monkeypatch.setattr(exam, "contract", lambda seed: made)
    monkeypatch.setattr(exam, "SEEDS", (3,))
    for remembered in (exam.asked_some, exam._read, exam.bounds):
        remembered.cache_clear()
    yield made
    for remembered in (exam.asked_some, exam._read, exam.bounds):
        remembered.cache_clear()


def test_answers_are_those_of_reading_the_contract_anew_with_every_question(short: Contract) -> None:
    pick = Pick("compressive", (4, 48))
    reader = reading(served_by(pick.choice))
    assert reader.weights["norm"].dtype == torch.float32
    memory = make(pick.choice, reader)
    rights = []
    for at in (0, 11, 23, 35, 47, 48, 59):
        inquiry, said = short.inquiries[at], exam.asked(pick, 3)[at]
        anew: tuple[str, ...] = ()
        while words := inquiry.steps(anew):
            logits = reader.forward((*short.story.words, *words), memory).logits
            anew += (reader.tokenizer.vocabulary[int(logits[-1].argmax())],)
        assert said == anew
        rights.append(exam.right(inquiry, said))
        assert rights[-1] == (len(said) == len(inquiry.facts) and said[-1] == inquiry.answer)
    assert any(rights) and not all(rights)


def test_the_choice_is_measured_first_and_results_grow_to_the_whole(
    short: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = (Pick("full"), Pick("window", (64,)), Pick("window", (16,)))
    monkeypatch.setattr(exam, "tried", lambda: others)
    results = list(exam.examine(Pick("window", (64,))))
    assert [one.total for one in results] == [180] * 9 and [one.done for one in results] == list(range(20, 181, 20))
    assert [one.data.complete for one in results] == [False] * 8 + [True]
    assert [len(one.data.own.asked) for one in results[:3]] == [20, 40, 60]
    last = results[-1].data
    assert [(one.family, one.values) for one in last.tried] == [("window", (64,)), ("full", ()), ("window", (16,))]
    assert last.own == last.tried[0] and last.full() == last.tried[1]
    for one in last.tried:
        said = exam.asked(Pick(one.family, one.values), 3)
        pairs = zip(short.inquiries, said, strict=True)
        assert [mark.right for mark in one.asked] == [exam.right(*pair) for pair in pairs]
        assert [mark.subject for mark in one.asked] == [inquiry.subject.value for inquiry in short.inquiries]
    assert last.tried[1].right > 50 > last.tried[0].right


def test_the_line_of_eviction_is_what_a_window_holds(short: Contract) -> None:
    size, tokens = 208, len(short.story.words)
    pick = Pick("window", (size,))
    parts = []
    for inquiry in short.inquiries:
        held = all(answers_at(one) in look(pick.choice, tokens + len(one.question) - 1).raw for one in inquiry.facts)
        parts.append(held + (1 - held) / 24)
    assert 5 < sum(part == 1 for part in parts) < 55
    assert exam._evicting(size) == pytest.approx(sum(parts) / len(parts))
    assert exam._evicting(tokens + 8) == 1 and exam._evicting(8) == pytest.approx(1 / 24)
    found = exam.bounds()
    assert found.facts == 96 and found.counting == 56 and 256**55 < 24**96 <= 256**56
    assert found.line[0][0] == 16 * PAIR


def test_what_is_held_of_a_fact_is_told_of_the_pair_that_answers(
    short: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "contract", lambda seed: short)
    holdings = holding.holdings.__wrapped__
    for fact, one in zip(short.story.facts, holdings(Pick("window", (208,)), 3), strict=True):
        assert one.words == (answers_at(fact) > len(short.story.words) + 5 - 208)
        assert one.kind == ("raw" if one.words else "lost")
    counts = [one.words for one in holdings(Pick("compressive", (8, 48)), 3)]
    assert set(counts) == {0, 1, 8}, "lost, recent, and in slots of c"
    assert sorted(counts, key=[0, 8, 1].index) == counts, "from the oldest to the newest"
    assert [Holding(words).said for words in (0, 1, 8)] == ["lost", "still a raw pair", "in a slot of 8 words"]


# --- what is said -----------------------------------------------------------------------------------------------------


def test_the_verdict_says_what_was_lost_and_what_a_better_choice_reached() -> None:
    assert verdict(FOUND, 64 * KIB, PLACES) == (
        "Your choice answers 3 of 8 with 64 KiB, a blind guess 0.33; least about facts of the introduction (1 of 4). "
        "In 64 KiB a better choice was small: 8 of 8 with 60 KiB, 5 answers more. Of the same questions it alone "
        "answers 5, your choice alone 0: that may be luck (sign test)."
    )
    assert verdict(replace(FOUND, own=LARGE), 400 * KIB, PLACES).endswith("that was tried in 400 KiB answers more.")


@pytest.mark.parametrize(
    ("alone", "others", "says"),
    [
        (
            (17, 4),
            1,
            "alone answers 17, your choice alone 4: more than luck (sign test), also for the best of 2 that fit.",
        ),
        (
            (17, 4),
            7,
            "your choice alone 4: for two memories more than luck (sign test), but this is the best of 8 that fit.",
        ),
        ((12, 4), 1, "your choice alone 4: that may be luck (sign test)."),
        (
            (12, 3),
            1,
            "your choice alone 3: for two memories more than luck (sign test), but this is the best of 2 that fit.",
        ),
    ],
)
def test_who_answers_more_of_the_same_questions_is_told_by_those_that_one_alone_answers(
    alone: tuple[int, int], others: int, says: str
) -> None:
    won, lost = alone
    rest = 120 - won - lost
    own, better = made("own", 64, "-" * won + "+" * lost + "-" * rest), made("b", 64, "+" * won + "-" * (120 - won))
    found = Exam(own, (own, better, *[made("o", 64, "-" * 120)] * (others - 1)), True, BOUNDS)
    assert verdict(found, 64 * KIB, PLACES).endswith(says)


@pytest.mark.parametrize(
    ("marks", "says"),
    [
        ("-" * 9, "0 of 9 with 64 KiB, a blind guess 0.38. Nothing"),
        ("+" * 9, "9 of 9 with 64 KiB, a blind guess 0.38. Nothing"),
        ("--+" * 3, "; least about facts of the start (0 of 3) and the middle (0 of 3). Nothing"),
        ("+-+" * 3, "; least about facts of the middle (0 of 3). Nothing"),
        ("+", "1 of 1 with 64 KiB, a blind guess 0.042. Nothing"),
    ],
)
def test_sections_of_which_as_little_is_known_are_named_together_and_all_of_them_not_at_all(
    marks: str, says: str
) -> None:
    asked = tuple(Asked("definition", at % 3, mark == "+") for at, mark in enumerate(marks))
    own = replace(OWN, asked=asked)
    assert says in verdict(replace(FOUND, own=own, tried=(own,)), 64 * KIB, ("start", "middle", "end"))


def test_the_best_in_a_budget_is_the_one_that_answers_most_and_then_the_smallest() -> None:
    assert FOUND.best(400 * KIB) == SMALL and FOUND.best(62 * KIB) == SMALL and FOUND.best(7 * KIB) is None
    assert FOUND.better(64 * KIB) == SMALL and replace(FOUND, own=SMALL).better(400 * KIB) is None
    assert replace(FOUND, complete=False).better(64 * KIB) is None, "not before all is known"


def test_rows_are_counted_by_subject_and_by_section() -> None:
    rows = ByKind((("your choice", OWN),), SUBJECTS, PLACES, 1 / 24).rows(OWN)
    assert [(row.right, row.total) for row in rows if row] == [(1, 4), (2, 4), (1, 4), (2, 4)]
    assert ByKind((), ("report",), (), 0).rows(OWN) == (None,)


def test_subjects_and_places_of_the_figures_are_those_of_contracts() -> None:
    assert tuple(Subject) == exam.SUBJECTS and len(exam.PLACES) == 3 and exam.CHANCE == 1 / 24
    assert dict(exam.titles()).keys() == FAMILIES.keys()
