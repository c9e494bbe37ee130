"""Every number that a page says is that of the trace, by a way of its own: counted by hand where that is possible."""

import math
import re
from typing import Any

import numpy as np
import pytest

from memattn.lessons import running
from memattn.lessons.answering import Answer
from memattn.memory import MEMORIES
from memattn.quantities import rounded
from memattn.reader import parse
from memattn.records import Trace
from tests.pages.runs import computed, standing
from tests.pages.session import Session, query

SHORT = {"n": 60, "facts": 3}
NC = 13  # pairs of a window
N_S, N_M, N_CM, C = 5, 10, 4, 5  # every segment of five fills one slot, so that places can be counted by hand
SMALL = {"ns": N_S, "nm": N_M, "ncm": N_CM, "c": C, "f": "mean"}
TAG = re.compile(r"<[^>]+>")


def story(**values: Any) -> Session:
    return Session().open("story", query(**{**SHORT, **values}))


def plain(html: str) -> str:
    return TAG.sub("", html)


def tokens(page: Session) -> int:
    return len(page.stage.content["tokens"])


def trace_of(page: Session) -> Trace:
    return computed(page).trace


def head_shown(page: Session) -> int | None:
    found = re.fullmatch(r"head (\d) of 4", page.stage.content["head"])
    return int(found[1]) - 1 if found else None


def weights(page: Session, trace: Trace) -> np.ndarray:
    head, last = head_shown(page), trace.steps[-1]
    return last.weights.mean(axis=0) if head is None else last.weights[head]


def places(count: int) -> dict[str, list[str]]:
    """Where each of `count` words is when the last one reads with Mem and CMem above, counted by hand."""
    entered = (count - 1) // N_S * N_S  # the last word reads before its own segment is full
    popped = max(0, entered - N_M)
    made = popped // C
    found: dict[str, list[str]] = {}
    for at in range(count):
        slot = at // C + 1
        raw, kept = at >= popped, made - N_CM < slot
        found[str(at)] = [f"k{at + 1}"] if raw else [f"c{slot}"] if kept else []
    return found


# --- the card -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("memory", ["window", "compressive", "recurrent", "hybrid"])
def test_answers_are_the_runs_own_with_bars_as_long_as_their_shares(memory: str) -> None:
    page = story(memory=memory)
    answer = computed(page).answer
    assert isinstance(answer, Answer)
    rows = re.findall(
        r'<div class="ma-answer([^"]*)"><span>(.*?)</span><i style="--share:(.*?)"></i><b>(.*?)</b>', page.cards[0]
    )
    assert len(rows) == 3
    for (mark, word, bar, share), (own, probability) in zip(rows, answer.ranked, strict=False):
        assert (
            plain(word) == own and share == f"{probability:.2f}" and float(bar) == pytest.approx(probability, abs=1e-4)
        )
        assert ("ma-true" in mark) == (own == answer.truth.answer)
    assert f"full attention: <bdi>{answer.full[0][0]}</bdi> ({answer.full[0][1]:.2f})" in page.cards[0]


def test_right_is_what_the_story_says() -> None:
    right = story(memory="full")
    said = parse(right.stage.content["tokens"])
    fact = next(fact for fact in said.facts if fact.question == said.words[said.questions[-1].start :])
    assert f"Right: <bdi>{fact.answer}</bdi>." in right.cards[0] and "ma-right" in right.cards[0]
    wrong = story(memory="window", nc=1)
    assert f"Wrong. The story says: <bdi>{fact.answer}</bdi>." in wrong.cards[0] and "ma-wrong" in wrong.cards[0]


@pytest.mark.parametrize(
    "own", [{}, {"memory": "window"}, {"src": "planted", "f": "mean"}, {"memory": "recurrent"}], ids=str
)
def test_whose_full_attention_it_is(own: dict[str, str]) -> None:
    base = own.get("memory") == "recurrent"  # trained through its memory, it never learned full attention
    assert ("The base reader with full attention" in story(**own).cards[0]) == base


@pytest.mark.parametrize("cut", [-9, 0, 1, 2, 3, 9])
def test_the_words_of_the_fact_are_where_a_window_holds_them(cut: int) -> None:
    page = story(memory="window")
    said = parse(page.stage.content["tokens"])
    fact = next(fact for fact in said.facts if fact.question == said.words[said.questions[-1].start :])
    window = tokens(page) - fact.start - cut  # so that it has lost so many words of the fact
    page.move("window_window", window)
    count = tokens(page)
    held = [at for at in range(fact.start, fact.end) if at >= count - window]
    lost = fact.end - fact.start - len(held)
    if not held:
        wanted = "The fact has left the memory."
    else:
        span = f"k{held[0] + 1}–k{held[-1] + 1}" if len(held) > 1 else f"k{held[0] + 1}"
        tail = f"; {lost} of its {fact.end - fact.start} words are lost." if lost else "."
        wanted = f"The fact stands as raw pairs {span}{tail}"
    assert wanted in page.cards[0]


@pytest.mark.parametrize("question", range(8))
def test_the_words_of_the_fact_are_where_mem_and_cmem_hold_them(question: int) -> None:
    page = story(n=80, facts=8, **SMALL)
    page.move("q", page.control("q").options[question])
    said = parse(page.stage.content["tokens"])
    fact = next(fact for fact in said.facts if fact.question == said.words[said.questions[-1].start :])
    there = places(tokens(page))
    names = list(dict.fromkeys(name for at in range(fact.start, fact.end) for name in there[str(at)]))
    lost = [at for at in range(fact.start, fact.end) if not there[str(at)]]
    where = re.search(r'<p class="ma-where">(.*?) With full', page.cards[0])
    assert where
    assert ("The fact has left the memory." in where[1]) == (not names)
    raw, slots = ([name for name in names if name[0] == letter] for letter in "kc")
    for some, around in ((raw, "as raw pairs {}"), (slots, "in {} of CMem")):
        span = f"{some[0]}–{some[-1]}" if len(some) > 1 else "".join(some)
        assert (
            (around.format(span) in where[1]) if some else (around.split("{")[0] not in where[1].replace("in view", ""))
        )
    assert ("part of it is lost" in where[1]) == bool(lost and slots)
    if "read on" in where[1]:
        own = "Some of its own pairs are lost, but k" if names else "Its own pairs are lost, but k"
        assert lost and re.search(rf"(?<!of ){own}", where[1]), where[1]


# --- what a memory costs --------------------------------------------------------------------------------------------


def metrics(page: Session) -> dict[str, tuple[str, str]]:
    return {metric.label: (metric.value, metric.delta) for metric in page.app.metric}


@pytest.mark.parametrize(("memory", "own", "slots"), [("window", {"nc": NC}, NC), ("moving_average", {"nc": NC}, 1)])
def test_the_four_figures_of_cost_by_hand(memory: str, own: dict[str, int], slots: int) -> None:
    page = story(memory=memory, tab="Cost", **own)
    trace, count = trace_of(page), tokens(page)
    both = trace.d_k + trace.d_v
    shown = metrics(page)
    assert shown["Slots the last word reads"] == (f"{slots:,}", f"{count:,} with full attention")
    assert shown["Numbers stored per head"][1] == f"{count * both:,} with full attention"
    assert shown["Operations per read and head"] == (
        f"{2 * both * slots:,}",
        f"{2 * both * count:,} with full attention",
    )
    assert shown["Operations per update and head"][1] == "0 with full attention"
    if memory == "window":
        assert shown["Numbers stored per head"][0] == f"{NC * both:,}"


@pytest.mark.parametrize("memory", MEMORIES)
def test_the_four_figures_of_cost_are_those_of_the_trace(memory: str) -> None:
    page = story(memory=memory, tab="Cost")
    last = trace_of(page).steps[-1]
    numbers = (len(last.ids), last.state_floats, last.read_flops, last.update_flops)
    assert [value for value, _ in metrics(page).values()] == [f"{number:,}" for number in numbers]


def test_slots_are_counted_as_they_are_read_not_as_they_stand_afterwards() -> None:
    page = story(tab="Cost", **SMALL)
    assert tokens(page) % N_S == 0  # the last word fills its segment, and makes one slot of five
    read = {name for names in places(tokens(page)).values() for name in names}
    assert metrics(page)["Slots the last word reads"][0] == f"{len(read)}"
    assert f"its query reads {len(read)} slots in" in page.move("tab", "How it works").text
    assert f"<span>{len(read)} slots read by the last word" in page.move("tab", "Side by side").said


def test_state_and_real_sizes_are_drawn_of_this_memory() -> None:
    page = story(memory="window", nc=NC, tab="Cost")
    growth, real = page.figures
    trace = trace_of(page)
    lines = [list(line["y"]) for line in growth["data"] if len(line.get("y", ())) == tokens(page)]
    assert [step.state_floats for step in trace.steps] in lines
    assert [(at + 1) * (trace.d_k + trace.d_v) for at in range(tokens(page))] in lines
    assert NC * 12 * 12 * (64 + 64) * 4 in [
        number for bar in real["data"] for number in (*bar["x"], *bar["y"])
    ]  # GPT-2 small


# --- side by side ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("memory", ["window", "compressive", "global_tokens", "hybrid", "moving_average"])
def test_headings_of_the_duel_count_slots_and_numbers_of_each_side(memory: str) -> None:
    page = story(tab="Side by side", memory="compressive", b_memory=memory, ncm=7)
    found = re.findall(
        r'<p class="ma-side"><b>(.)</b> (.*?)<span>([\d,]+) slots? read by the last word · ([\d,]+) num', page.said
    )
    assert [side for side, *_ in found] == ["A", "B"]
    for side, (_, name, slots, numbers) in zip(("", "b_"), found, strict=True):
        settings = standing(page, side)
        last = running.run(settings).trace.steps[-1]
        assert (int(slots.replace(",", "")), int(numbers.replace(",", ""))) == (len(last.ids), last.state_floats)
        assert name.startswith(MEMORIES[settings.choice.name].title)
    assert "n_cm = 7" in found[0][1]


def test_both_sides_of_the_duel_play_and_answer_their_own_memory() -> None:
    page = story(tab="Side by side", memory="compressive", b_memory="window", b_nc=NC)
    main, other = page.stages  # the memory of the page is not drawn twice
    assert main.content["mechanism"] == "compressive"
    assert other.content["mechanism"] == "window" and other.lanes == {"recent": NC}
    assert other.header["views"] == main.header["views"]
    alone = story(memory="window", nc=NC)
    for side, card, own in (("A", page.cards[1], page.cards[0]), ("B", page.cards[2], alone.cards[0])):
        assert card == own.replace("The model’s answer", f"With memory {side}, the model’s answer", 1) != own
    assert {stage.header["clock"] for stage in page.stages} == {"story"}
    assert [stage.header["links"] for stage in page.stages] == [True, False]


# --- the answer in full ---------------------------------------------------------------------------------------------


def section(page: Session, title: str) -> str:
    (found,) = [part for part in re.findall(r"<section><h4>.*?</section>", page.raw, re.DOTALL) if title in part]
    return found


def counted(page: Session) -> dict[str, int]:
    found = re.findall(
        r'<span class="ma-w ma-(?:raw|slot|lost)">(.*?)</span> (\d+)</span>', section(page, "as the memory")
    )
    return {name: int(number) for name, number in found}


def test_fates_of_all_words_by_hand() -> None:
    window = story(memory="window", nc=NC, tab="Answer")
    assert counted(window) == {"raw pair": NC, "in a slot": 0, "lost": tokens(window) - NC}
    squeezed = story(tab="Answer", **SMALL)
    there = list(places(tokens(squeezed)).values())
    assert counted(squeezed) == {
        "raw pair": sum(bool(name) and name[0][0] == "k" for name in there),
        "in a slot": sum(bool(name) and name[0][0] == "c" for name in there),
        "lost": sum(not name for name in there),
    }
    assert counted(squeezed)["in a slot"] == N_CM * C
    mean = story(memory="cumulative_average", tab="Answer")
    assert counted(mean) == {"raw pair": 0, "in a slot": tokens(mean), "lost": 0}


def test_every_word_of_the_text_is_drawn_as_what_became_of_it() -> None:
    page = story(tab="Answer", **SMALL)
    there = places(tokens(page))
    drawn: list[str] = []
    for looks, title, words in re.findall(
        r'<span class="(ma-w [^"]*)"[^>]*title="([^"]*)">(.*?)</span>', section(page, "as the memory")
    ):
        fate = "k" if "ma-raw" in looks else "c" if "ma-slot" in looks else ""
        name = title.removeprefix("in slot ") if fate == "c" else fate
        drawn += [name] * len(re.findall(r"&lt;start&gt;|\w+|[.?]", words))
    assert drawn == ["k" if name[:1] == ["k" + str(int(at) + 1)] else "".join(name) for at, name in there.items()]


@pytest.mark.parametrize("own", [{"memory": "window"}, {"memory": "recurrent"}, SMALL], ids=str)
def test_words_are_tinted_by_the_attention_that_falls_on_them(own: dict[str, Any]) -> None:
    page = story(tab="Answer", head=2, **own)
    last = trace_of(page).steps[-1].attribution[1]
    part = section(page, "as the memory")
    assert f"darkest {last.max():.2f} (head 2 of 4)" in part or f"darkest {last.max():.2f} (one head)" in part
    levels: list[int] = []
    for level, words in re.findall(r'style="--level:(\d+)" title="[^"]*">(.*?)</span>', part):
        levels += [int(level)] * len(re.findall(r"&lt;start&gt;|\w+|[.?]", words))
    wanted = [math.ceil(10 * math.sqrt(share / last.max())) if share > 0.01 * last.max() else 0 for share in last]
    assert levels == wanted and max(levels) == 10


@pytest.mark.parametrize("memory", ["window", "recurrent"])
def test_the_table_sets_this_memory_beside_full_attention(memory: str) -> None:
    page = story(memory=memory, tab="Answer")
    answer = computed(page).answer
    assert isinstance(answer, Answer)
    cell = r'<i style="--share:(.*?)"></i><b>(.*?)</b>'
    rows = [
        re.fullmatch(rf"([^\"]*)\"><span>(.*?)</span>{cell}{cell}</div>(?:</section>)?", row)
        for row in section(page, "What the model says").split('<div class="ma-both')[2:]
    ]
    shown = {plain(row[2]): (row[1], (row[4], row[6]), (row[3], row[5])) for row in rows if row}
    assert len(shown) == len(rows)
    assert set(shown) == {word for word, _ in (*answer.ranked, *answer.full)}
    for at, side in enumerate((answer.ranked, answer.full)):
        least = max(min(share for _, share in side), 0.001)
        for word, (mark, said, bars) in shown.items():
            share = dict(side).get(word)
            assert said[at] == (f"&lt; {least:.3f}" if share is None else f"{share:.3f}")
            assert float(bars[at]) == pytest.approx(share or 0, abs=1e-4)
            assert ("ma-true" in mark) == (word == answer.truth.answer)


@pytest.mark.parametrize("head", ["1", "4", "mean"])
@pytest.mark.parametrize("own", [{"memory": "window"}, SMALL], ids=["window", "compressive"])
def test_where_the_last_word_looked_is_its_row_of_weights(head: str, own: dict[str, Any]) -> None:
    page = story(tab="Answer", head=head, **own)
    trace = trace_of(page)
    last, row = trace.steps[-1], weights(page, trace)
    part = section(page, "Where the last word")
    assert ("mean of 4 heads" if head == "mean" else f"head {head} of 4") in part
    found = re.findall(r'<b class="ma-role ma-(\w+)">(.*?)</b><i style="--share:(.*?)"></i><b>(.*?)</b>', part)
    order = row.argsort()[::-1][: len(found)]
    assert len(found) == 8
    for (role, name, bar, said), at in zip(found, order, strict=True):
        slot = last.ids[at]
        assert name == (f"k{slot + 1}" if slot >= 0 else f"c{-slot}") and role == last.roles[at]
        assert said == f"{row[at]:.3f}" and float(bar) == pytest.approx(row[at], abs=1e-4)
    others, rest = len(row) - 8, row.sum() - row[order].sum()
    assert f"{others} other slots share the remaining {rest:.3f}." in part


def test_places_where_the_last_word_stood_before_by_hand() -> None:
    page = Session().open(
        "story", query(story="free", free="a b c a d e f a g h a", memory="window", nc=5, tab="Answer")
    )
    part = section(page, "stood before")
    rows = [
        tuple(plain(cell) for cell in row)
        for row in re.findall(r'<div class="ma-place"><span>(.*?)</span>(.*?)<b>(.*?)</b>', part)
    ]
    assert rows == [("k1", "b", "lost"), ("k4", "d", "lost"), ("k8", "g", "raw pair k9")]
    card = plain(page.cards[0])
    assert (
        "“a” stood here 3 times before, and behind it: “b” (lost), “d” (lost), “g”. The memory has lost 2 of them."
        in card
    )


def test_whose_token_it_is_about_is_said() -> None:
    page = story(tab="Answer")
    assert page.app.caption[0].value.startswith(f"All of this is when the last word, token {tokens(page)}, reads")


# --- what happens ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [1, 23, 24, 61])
def test_formulas_speak_of_the_token_at_which_the_stage_stands(step: int) -> None:
    page = Session().open("compressive", query(step=step, head=3, **SHORT))
    trace = trace_of(page)
    now, word = trace.steps[step - 1], trace.tokens[step - 1].replace("<", "&lt;").replace(">", "&gt;")
    assert f"As token {step} “<bdi>{word}</bdi>” reads, → what its events change; head 3 of 4." in page.raw
    (table,) = [block.value for block in page.app.markdown if block.value.startswith("| formula")]
    assert f"| as token {step} reads |" in table
    assert rf"\max_j \alpha_{{{step}\,j}} = {now.weights[2].max():.3f}" in table
    slots = rf"{len(now.ids)}\ \text{{slot{'s' * (len(now.ids) != 1)}}}"
    assert rf"\text{{over}}\ {slots}" in table
    page.stand(step + 1)
    assert f"As token {step + 2} “" in page.raw


def test_the_step_in_words_is_that_of_the_stage() -> None:
    page = Session().open("compressive", query(step=24, **SHORT))
    (expander,) = [one for one in page.app.expander if one.label == "This token in words"]
    page._send(expander.proto.id, bool_value=True)
    head = head_shown(page)
    assert head is not None
    now = trace_of(page).steps[23]
    at = int(now.weights[head].argmax())
    assert f"Of {tokens(page)} tokens, token 24 " in plain(page.raw)
    most = f"most weight in head {head + 1} of 4, {now.weights[head][at]:.2g}"
    assert f"k24 “\u2068{now.token}\u2069” reads {len(now.ids)} slots; {most}" in page.said
    assert "The segment is full: its 8 pairs k17–k24 enter Mem." in page.said


# --- predictions, badge, how it works -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["compressive", "story"])
def test_the_predictions_name_the_tokens_and_the_pairs_of_the_trace(name: str) -> None:
    page = Session().open(name, query(tab="Predict", ns=N_S, nm=N_M, ncm=N_CM, c=C, f="mean"))
    at = N_M + N_S  # the third segment is full with token 15
    labels = [button.label for button in page.app.button if button.key.startswith(page.key("predict_"))]
    assert labels[:3] == [
        f"○ token {at} · **Which pairs leave Mem** · open",
        f"○ token {at} · **How many slots the pairs become** · open",
        f"○ token {at} · **Which pairs go into c1** · open",
    ]
    assert f"Here the {N_S} oldest pairs k1–k{N_S} leave." in page.said
    assert f"Here {N_S} pairs make 1 slot at rate c = {C}." in page.said
    assert f"Here k1–k{C} have a part in c1" in page.said
    asked = page.stage.content["predict"]
    assert len(asked) == len(labels) and f"0 right, 0 not yet, {len(labels)} open." in page.said
    assert asked[0]["at"] == {"step": at - 1, "phase": "push"} and asked[0]["answer"] == [[0, N_S - 1]]
    # every later segment fills one slot more: with the fifth of them CMem holds one more than its four
    drop = asked[[one["name"] for one in asked].index("drop")]
    assert drop["at"] == {"step": at + N_CM * N_S - 1, "phase": "append"} and drop["answer"] == [[-1, -1]]


def test_what_the_last_word_looks_at_is_asked_of_the_head_that_is_shown() -> None:
    page = story(tab="Predict")
    for shown in ("mean of all heads", "head 3"):
        page.move("head", shown)
        own, last = weights(page, trace_of(page)), trace_of(page).steps[-1]
        (look,) = (one for one in page.stage.content["predict"] if one["name"] == "look")
        assert look["answer"] == [[last.ids[own.argmax()]] * 2]
        whose = "mean of 4 heads" if shown.startswith("mean") else "head 3 of 4"
        assert whose in look["prompt"] and f"{whose}, {own.max():.2g}, falls on" in look["truth"]


def test_a_window_asks_for_the_pair_that_leaves() -> None:
    page = story(memory="window", nc=NC, tab="Predict", story="free", free=" ".join(f"w{at}" for at in range(1, 31)))
    assert any(
        f"token {NC + 1} · **Which pairs leave the window lane, or none**" in one.label for one in page.app.button
    )
    assert f"Token {NC + 1}: The pair k{NC + 1} “\u2068w{NC + 1}\u2069” now enters the window lane." in plain(page.said)
    assert "Here the oldest pair k1 leaves." in page.said


def test_words_of_a_reader_are_no_markup_in_a_prediction() -> None:
    text = "<b>c</b> *a* $x$ :red[b] `d` " * 9
    page = Session().open("story", query(story="free", free=text, memory="window", nc=2, tab="Predict"))
    assert not any("now enters" in block.value for block in page.app.markdown) and "now enters" in page.raw
    assert "<b>c</b>" not in page.raw and "&lt;" in page.raw


def test_full_attention_is_asked_whether_anything_leaves() -> None:
    asked = story(memory="full", tab="Predict").stage.content["predict"]
    assert [(one["name"], one["answer"]) for one in asked if one["name"] == "drop"] == [("drop", [])]


@pytest.mark.parametrize(
    "own", [{}, {"memory": "window"}, {"src": "planted", "f": "mean"}, {"layers": 2, "f": "keep", "layer": 0}], ids=str
)
def test_the_badge_says_the_difference_the_device_and_the_time_of_this_run(own: dict[str, Any]) -> None:
    page = story(**own)
    settings = standing(page)
    difference = running.check(settings, running.run(settings))
    found = re.search(r"max \|difference\| (\S+) · (.*?) · (\d+) ms", page.said)
    assert found and found[1] == rounded(difference) and difference < 1e-5
    assert found[2] == trace_of(page).device and int(found[3]) < 60_000


@pytest.mark.parametrize("memory", ["window", "hybrid", "compressive"])
def test_how_it_works_counts_what_is_stored_and_read(memory: str) -> None:
    page = story(memory=memory, tab="How it works")
    last = trace_of(page).steps[-1]
    said = f"it stores {last.state_floats:,} numbers per head, and its query reads {len(last.ids):,} slots in "
    assert any(f"{said}{last.read_flops:,} operations." in block.value for block in page.app.markdown)
    reader = running.model_of(standing(page)).reader
    layers = "1 layer" if reader.config.layers == 1 else f"{reader.config.layers} layers"
    size = f"| Size | {reader.parameters:,} weights, {layers}, {reader.config.heads} heads, {reader.config.d_model} ch"
    assert any(size in block.value for block in page.app.markdown)


# --- the story ------------------------------------------------------------------------------------------------------


def test_the_line_of_the_story_counts_its_tokens_and_facts() -> None:
    page = Session().open("compressive", query(n=71, facts=3, seed=11))
    said = parse(page.stage.content["tokens"])
    assert f"Story 11, {said.questions[-1].start} tokens, {len(said.facts)} facts" in page.said
    assert said.questions[-1].start == 71 and len(said.facts) == 3


def test_marks_of_the_stage_are_the_fact_and_the_question() -> None:
    page = story()
    said = parse(page.stage.content["tokens"])
    fact = next(fact for fact in said.facts if fact.question == said.words[said.questions[-1].start :])
    marks = {mark["kind"]: (mark["first"], mark["last"]) for mark in page.stage.content["marks"]}
    assert marks == {"fact": (fact.start, fact.end - 1), "question": (said.questions[-1].start, tokens(page) - 1)}
