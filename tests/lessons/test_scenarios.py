"""A scenario's link can be opened, and what it tells one to look for is there in the trace."""

import base64
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import islice, pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from memattn.dials import Option
from memattn.lessons import (
    beginnings,
    budget,
    compressive,
    echo,
    eviction,
    gist,
    global_tokens,
    information_loss,
    introduction,
    learned_rest,
    left_of_it,
    memory_limits,
    memory_sizes,
    peaks,
    pins,
    recursion,
    segmented,
    sinks,
    story,
    streaming,
    summary,
    texts,
    training,
    which_statistic,
)
from memattn.lessons.answering import Answer, Foretold, NextWord, Output, Run
from memattn.lessons.contract import exam
from memattn.lessons.contract.families import FAMILIES, Pick
from memattn.lessons.contract.record import KIB
from memattn.lessons.expected import answers_at
from memattn.lessons.experiments import BY_RATE
from memattn.lessons.freetext.words import passage
from memattn.lessons.lesson import TURN, Lesson, Scenario, Settings
from memattn.lessons.memories import Choice, compressions, make
from memattn.lessons.moments import Coming, just_before
from memattn.lessons.numbers import in_digits, pairs, written
from memattn.lessons.running import memory_of, run, stream_of
from memattn.lessons.stories import make_up, parse_plants, parse_question, plant, with_question
from memattn.memory import MEMORIES
from memattn.reader import Fact, Status, Story, parse, readable
from memattn.records import EventKind, Role, Step, Trace
from memattn.stage import bundle
from memattn.stage.payload import payload
from memattn.ui.lesson import contract, memory
from memattn.ui.lesson.scenarios import asked_at, choice_of, nearest, opened
from memattn.ui.lesson.tabs import names
from tests.lessons import every
from tests.node import run_in_node

LESSONS = {lesson.name: lesson for lesson in every.LESSONS}
SCENARIOS = {f"{lesson.name}: {one.name}": (lesson, one) for lesson in LESSONS.values() for one in lesson.scenarios}
SEEDS = (3, 12, 500)
LEARNED = ("compressive", "recurrent")  # come with weights of their own
every_scenario = pytest.mark.parametrize("name", SCENARIOS)


class Opened(NamedTuple):
    """What stands on the page after a click."""

    values: dict[str, Any]
    settings: Settings
    trace: Trace
    answer: Answer | NextWord | Output | Foretold

    @property
    def fact(self) -> Fact:
        """That is asked for."""
        assert isinstance(self.answer, Answer)
        assert self.answer.truth.fact
        return self.answer.truth.fact

    @property
    def right(self) -> bool:
        """Whether the answer is."""
        assert isinstance(self.answer, Answer)
        return self.answer.right

    @property
    def whereabouts(self) -> Any:
        """Of the fact's words."""
        assert isinstance(self.answer, Answer)
        return self.answer.whereabouts


def begins(lesson: Lesson) -> int:
    return int(lesson.starts.get("seed", texts.SIZES["seed"].start))


def made_up(lesson: Lesson, values: dict[str, Any]) -> Story:
    sizes = {key: int(values.get(key, lesson.starts.get(key, size.start))) for key, size in texts.SIZES.items()}
    return make_up(sizes["seed"], sizes["n"], sizes["facts"], values.get("where", "spread")).story


@cache
def click(name: str, seed: int | None = None) -> Opened:
    """Open a scenario as the page does: its link, with every other control where it begins."""
    lesson, scenario = SCENARIOS[name]
    values = opened(lesson, scenario, begins(lesson) if seed is None else seed)
    choice = choice_of(lesson, values)
    if values.get("story") == "free":
        return shown(values, Settings(choice, passage(texts.FREE_EXAMPLE).words, "free"))
    if values.get("story") == "echo":
        length, number = (values.get(key, size.start) for key, size in texts.ECHO_SIZES.items())
        return shown(values, Settings(choice, echo.text(number, length), "echo", number))
    if values.get("story") == "pairs":
        words = pairs(values.get("pairs", texts.PAIRS_EXAMPLE))
        return shown(values, Settings(choice, words, "pairs", extras=((TURN, values.get(TURN, 0)),)))
    if values.get("story") == "peaks":
        extras = tuple((key, values.get(key, peaks.DIALS[key].start)) for key in (peaks.PEAK, peaks.SINK))
        words = peaks.words(values.get(peaks.PLACES, 1))
        return shown(values, Settings(choice, words, "peaks", extras=extras))
    told = plant(made_up(lesson, values), parse_plants(values.get("plant", "")))
    questions = {readable(fact.question): fact.question for fact in told.facts}
    if values.get("q") == texts.ELSE:
        question = parse_question(values["asked"])
    else:
        question = questions[values.get("q", list(questions)[len(questions) // 2])]
    return shown(values, Settings(choice, with_question(told, question).words))


def shown(values: dict[str, Any], settings: Settings) -> Opened:
    found = run(settings)
    assert found.answer
    return Opened(values, settings, found.trace, found.answer)


def with_compression(at: Opened, key: str) -> Opened:
    return shown(at.values, replace(at.settings, choice=replace(at.settings.choice, compression=key)))


def moves(trace: Trace) -> Counter[tuple[int, int]]:
    """How often so many pairs were popped by a token and so many slots made of them."""
    found = Counter(
        (
            sum(len(event.slots) for event in step.events if event.kind is EventKind.POP),
            sum(event.kind is EventKind.COMPRESS for event in step.events),
        )
        for step in trace.steps
    )
    del found[0, 0]
    return found


def roles_read(trace: Trace) -> Counter[Role]:
    return Counter(trace.steps[-1].roles)


# --- links ----------------------------------------------------------------------------------------------------------


@every_scenario
def test_every_value_is_that_of_a_control_and_within_its_range(name: str) -> None:
    lesson, scenario = SCENARIOS[name]
    choice = choice_of(lesson, scenario.values)
    sizes = {memory.in_link(choice, key): dial for key, dial in memory.numbers(choice).items()}
    named = {
        "memory": MEMORIES,
        "f": compressions(),
        "where": texts.PLACEMENTS,
        "story": texts.KINDS,
        "tab": names(lesson),
        "exp": [one.name for one in lesson.experiments()],
        "q": [readable(fact.question) for fact in made_up(lesson, dict(scenario.values)).facts],
    }
    second = Choice(str(scenario.values.get("b_memory", "window")))
    beside = {f"b_{memory.in_link(second, key)}": dial for key, dial in memory.numbers(second).items()}
    named["b_memory"] = MEMORIES
    dials = sizes | dict(texts.SIZES) | dict(texts.ECHO_SIZES) | beside | {TURN: texts.TURN} | peaks.DIALS
    for one in lesson.experiments():
        for key, setting in one.dials.items():
            if isinstance(setting, Option):
                named[key] = setting.options
            else:
                dials[key] = setting
    assert set(scenario.values) <= {*named, *dials, "pairs", memory.ROW}
    assert pairs(str(scenario.values.get("pairs", "1 : 2")))
    row = str(scenario.values.get(memory.ROW, ""))
    assert not row or (memory.ROW in scenario.values and row.count(",") + 1 == scenario.values["nc"])
    for key, value in scenario.values.items():
        if key in ("pairs", memory.ROW):
            continue
        if key in named:
            assert value in named[key], key
        else:
            dial = dials[key]
            assert dial.low <= float(value) <= dial.high, key


@every_scenario
@pytest.mark.parametrize("seed", SEEDS)
def test_a_scenario_can_be_opened_in_any_story_and_asks_for_what_it_says(name: str, seed: int) -> None:
    _, scenario = SCENARIOS[name]
    at = click(name, seed)
    if "seed" in scenario.values:
        assert at.values["seed"] == scenario.values["seed"]
    if scenario.asks in ("inside", "outside", "blurred", "first"):
        assert at.values["q"] == readable(at.fact.question)
    assert make(at.settings.choice, reader(at) if at.settings.choice.name in LEARNED else None)
    if isinstance(at.answer, Answer):
        status = at.answer.truth.status
        assert (status is Status.ABSENT) == (scenario.asks == "never")
        assert (status is Status.CONTRADICTED) == scenario.contradicts


def reader(at: Opened) -> Any:
    from memattn.lessons.memories import learned_by, served_by
    from memattn.lessons.models import load

    return load(served_by(at.settings.choice), learned_by(at.settings.choice))


def test_a_story_that_has_no_such_fact_gives_way_to_the_one_the_page_begins_with() -> None:
    lesson = compressive.LESSON
    short = Scenario("any", {"n": 30, "facts": 1}, "", "outside")
    assert opened(lesson, short, 9)["seed"] == begins(lesson) == 4
    long = Scenario("any", {"n": 300}, "", "outside")
    assert opened(lesson, long, 9)["seed"] == 9


@pytest.mark.parametrize("place", ["inside", "outside", "blurred"])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_nearest_fact_to_a_border_stands_on_its_side_and_no_nearer_one_does(place: str, seed: int) -> None:
    told = make_up(seed, 190, 12).story
    choice = choice_of(compressive.LESSON, {"f": "keep" if place == "blurred" else "mean", "ncm": 11, "ns": 5})
    on_side = [fact for fact in told.facts if stands(place, told, fact, choice)]
    assert nearest(place, told, choice) == (on_side[0] if place == "inside" else on_side[-1])


def stands(place: str, told: Story, fact: Fact, choice: Any) -> bool:
    """By a run: who reads does not matter for what is held."""
    words = told.with_question(fact).words
    assert len(words) - 1 == asked_at(told, fact)
    step = run(Settings(choice, words, "planted")).trace
    last = step.steps[-1]
    carried = {source for slot in last.ids for source in step.shares_read(slot, last.index).sources}
    sentence = set(range(fact.start, fact.end))
    match place:
        case "inside":
            return sentence <= carried and not sentence <= set(last.ids)
        case "outside":
            return not carried & set(range(fact.start, fact.answer_at + 6))
    return answers_at(fact) not in carried and bool(sentence & carried)


# --- where the stage opens --------------------------------------------------------------------------------------------


def happens(step: Step) -> dict[str, int]:
    """How many slots every kind of event of an update concerns."""
    found = Counter[str]()
    for event in step.events:
        found[str(event.kind)] += len(event.into if event.kind is EventKind.COMPRESS else event.slots)
    return dict(found)


def carries(at: Opened, step: int) -> bool:
    """Whether any slot after an update has a part of the fact that is asked for."""
    held = at.trace.steps[step].held_ids
    return any(at.trace.carried(slot, step, range(at.fact.start, at.fact.end)) for slot in held)


# What the sentence announces, asserted of the step that is shown next; None where it tells of the end of the text.
ANNOUNCED: dict[str, Callable[[Opened, Step], bool] | None] = {
    "segments: First look": lambda at, step: (step.index, happens(step)) == (6, {"push": 7}),
    "segments: [A, B, C] receives D": lambda at, step: (
        happens(step) == {"push": 5, "drop": 5} and step.held_ids == tuple(range(5, 20))
    ),
    "segments: Over the border": lambda at, step: step.ids == (step.index,) == (13,),
    "segments: Segment 6 of 10": lambda at, step: step.ids == tuple(range(44, 66)),
    "segments: Token 100 without the first 99": lambda at, step: step.index == 99 and len(step.ids) == 16,
    "segments: A learned f": lambda at, step: step.ids == (-1,),
    "segments: A learned f over segments": lambda at, step: (step.index, happens(step)) == (6, {"merge": 7}),
    "segments: Every token, every 128": lambda at, step: happens(step) == {"push": 128},
    "summary: First look": lambda at, step: happens(step) == {"merge": 1} and step.index == 1,
    "summary: The course’s numbers": lambda at, step: happens(step) == {"merge": 1, "drop": 1} and step.index == 3,
    "summary: β = .1, .3, .6": lambda at, step: happens(step) == {"merge": 1} and step.index == 2,
    "summary: The same query, turned": None,
    "summary: One fact": None,
    "summary: Two facts": None,
    "summary: Eight facts": None,
    "summary: 256 pairs or one": None,
    "summary: Direct or recursive": None,
    "summary: Window and Σ": lambda at, step: happens(step) == {"push": 1, "pop": 1, "merge": 1},
    "summary: One pair, and its state": None,
    "summary: 100,000 tokens": None,
    "compressive: First look": lambda at, step: happens(step) == {"push": 8, "pop": 8, "compress": 2},
    "compressive: 50 pairs leave Mem": lambda at, step: happens(step) == {"push": 50, "pop": 50, "compress": 10},
    "compressive: 120 pairs, c = 4 → 30": lambda at, step: happens(step) == {"push": 120, "pop": 120, "compress": 30},
    "compressive: c from 1 to 8": None,
    "compressive: n_s not divisible by c": lambda at, step: happens(step) == {"push": 7, "pop": 6, "compress": 2},
    "compressive: Just inside the reach": None,
    "compressive: Just outside the reach": lambda at, step: carries(at, step.index - 1) and not carries(at, step.index),
    "compressive: The price of detail": lambda at, step: (
        happens(step)["compress"] == 2
        and answers_at(at.fact) in at.trace.steps[step.index - 1].held_ids
        and not any(at.trace.carried(slot, step.index, (answers_at(at.fact),)) for slot in step.held_ids)
    ),
    "compressive: Train f_c": None,
    "loss: First look": lambda at, step: happens(step) == {"push": 1, "merge": 2} and step.index == 16,
    "loss: The beginning leaves": lambda at, step: carries(at, step.index - 1) and not carries(at, step.index),
    "loss: The beginning blurs": None,
    "loss: A contract to keep": None,
    "loss: Your own curve": None,
    "loss: 5,000 and 50,000 tokens": None,
    "loss: Only in the introduction": None,
    "loss: Memory doubled": None,
    "loss: √T, log T or fixed": None,
    "loss: One fact in one pair": None,
    "loss: Diluted, not forgotten": None,
    "loss: Coverage is not fidelity": None,
    "global: First look": lambda at, step: happens(step) == {"push": 1, "drop": 1},
    "global: The peak jumps": lambda at, step: (step.index, len(step.ids)) == (8, 3),
    "global: One token pinned": lambda at, step: (step.index, step.ids) == (8, (0, 6, 7, 8)),
    "global: With and without": lambda at, step: (step.index, step.ids) == (4, (0, 2, 3, 4)),
    "global: Entropy rises": lambda at, step: (step.index, len(step.ids)) == (8, 4),
    "global: Entropy falls": lambda at, step: (step.index, len(step.ids)) == (19, 17),
    "global: Four share the work": lambda at, step: step.ids == (0, 1, 2, 3, 6, 7, 8),
    "global: Too strong a pin": lambda at, step: (step.index, len(step.ids)) == (8, 4),
    "global: The resting place leaves": lambda at, step: (
        happens(step) == {"push": 1, "drop": 1} and 0 not in step.held_ids
    ),
    "global: A hand on the logits": None,
    "global: Too large for float16": None,
    "global: What is pinned is recalled": None,
    "global: Evicted is gone": None,
    "global: The first token leaves": lambda at, step: (
        happens(step) == {"push": 1, "drop": 1} and step.held_ids == tuple(range(1, 17))
    ),
    "global: One pin repairs it": lambda at, step: (
        happens(step) == {"push": 1, "drop": 1} and step.held_ids == (0, *range(2, 17))
    ),
    "global: More pins add nothing": None,
    "global: ±16: two ends of a text": None,
    "global: Until it hurts": None,
    "global: Trained without and with": None,
    "story: First look": lambda at, step: happens(step) == {"push": 8, "pop": 8, "compress": 2},
    "story: Past the window": lambda at, step: carries(at, step.index - 1) and not carries(at, step.index),
    "story: The beginning, pinned": lambda at, step: (
        happens(step) == {"push": 1, "drop": 1} and 16 not in step.held_ids
    ),
    "story: One average, one fact": None,
    "story: Told twice, differently": lambda at, step: step.index == at.fact.start,
    "story: Never told": None,
    "story: Any language": lambda at, step: step is at.trace.steps[-1],
}


def opens(name: str, at: Opened) -> tuple[Coming | None, tuple[int, str]]:
    """What is announced, and the moment at which the stage opens."""
    _, scenario = SCENARIOS[name]
    coming = scenario.shows(Run(at.trace, at.answer)) if scenario.shows else None
    return coming, just_before(at.trace, coming) if coming else (len(at.trace.steps) - 1, "")


@every_scenario
@pytest.mark.parametrize("seed", (None, *SEEDS))
def test_what_a_scenario_announces_is_what_the_stage_shows_next(name: str, seed: int | None) -> None:
    at, announced = click(name, seed), ANNOUNCED[name]
    coming, moment = opens(name, at)
    if announced is None:
        assert coming is None
        assert moment == (len(at.trace.steps) - 1, "")
        return
    assert coming is not None
    assert announced(at, at.trace.steps[coming.step])
    assert (
        moment
        == {
            (True, False): (coming.step - 1, ""),
            (True, True): (coming.step - 1, ""),
            (False, False): (coming.step, "attend"),
            (False, True): (coming.step, "arrive"),
        }[at.trace.reads_after, coming.read]
    )


@pytest.mark.parametrize("name", [name for name, announced in ANNOUNCED.items() if announced])
def test_one_press_or_play_shows_it(name: str) -> None:
    """In the stage's own clock: one step on from where it opens lies in the step that is announced."""
    at = click(name)
    coming, (step, phase) = opens(name, at)
    assert coming
    memory = make(at.settings.choice, reader(at) if at.settings.choice.name in LEARNED else None)
    lanes = memory.lanes(len(at.trace.tokens))
    sent = payload(at.trace, lanes, 8, "t", memory.reads)
    script = NEXT % (bundle.FOLDER.as_uri(), base64.b64encode(sent.packed).decode(), step, json.dumps(phase))
    begins, next_stop, end, update, next_event = json.loads(run_in_node(script))
    assert begins < next_stop <= coming.step + 1 == end
    assert not (begins >= len(at.trace.steps) or begins == end), "from the end, Play starts at the beginning"
    if not coming.read:
        assert begins <= update
        assert next_event in (None, coming.step)  # what happens with every token is no event to go to


NEXT = """
const from = (name) => import(`%s/${name}.js`);
const { openTrace } = await from("trace");
const { makeTimeline } = await from("timeline");
const timeline = makeTimeline(openTrace(await (await from("codec")).unpack("%s")));
const at = timeline.playheadOf({ k: %d, phase: %s });
const end = timeline.nextToken(at);
console.log(JSON.stringify([at, timeline.nextStop(at), end, timeline.updateStart(end - 1), timeline.nextEvent(at)]));
"""


# --- what there is to see -------------------------------------------------------------------------------------------

EVERYWHERE = (None, *SEEDS)


def resumed(at: Opened, before: int) -> tuple[Any, Any]:
    """What a token's query reads, by the state after those before it and its own pair: all else is withheld."""
    memory = make(at.settings.choice, reader(at))
    stream = stream_of(at.settings)
    with torch.inference_mode():
        state = memory.update(stream.kv[:before], memory.empty(stream.kv)).state
        own = stream.kv[before : before + 1]
        del stream
        return memory.readable(own, state, memory.update(own, state)), memory.update(own, state).state


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_first_look_mem_stands_still_for_six_words_and_takes_seven_at_once(seed: int | None) -> None:
    trace = click("segments: First look", seed).trace
    assert [len(step.held_ids) - step.held_roles.count(Role.CURRENT) for step in trace.steps[:8]] == [0] * 6 + [7] * 2
    assert {step.index % 7 for step in trace.steps if step.events} == {6}


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_three_segments_receive_a_fourth_and_the_first_leaves_whole(seed: int | None) -> None:
    at = click("segments: [A, B, C] receives D", seed)
    assert segmented.sizes(at.settings) == (5, 3)
    step = at.trace.steps[19]
    assert step.ids[:15] == tuple(range(15)), "A, B and C"
    push, drop = step.events
    assert (push.slots, drop.slots) == (tuple(range(15, 20)), tuple(range(5)))
    assert [segmented.letter(slots[0] // 5) for slots in (push.slots, drop.slots)] == ["D", "A"]


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_over_the_border_the_last_word_read_its_whole_block_and_the_next_reads_itself(seed: int | None) -> None:
    at = click("segments: Over the border", seed)
    assert at.trace.steps[12].ids == tuple(range(13))
    for step in at.trace.steps[13::13]:
        assert step.ids == (step.index,)
        np.testing.assert_array_equal(step.weights, 1)


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_segment_6_of_10_reads_5_and_6_and_through_a_second_layer_4(seed: int | None) -> None:
    at = click("segments: Segment 6 of 10", seed)
    steps, (n_s, m) = at.trace.steps, segmented.sizes(at.settings)
    assert (-(-len(steps) // n_s), m) == (10, 1)
    once = {segmented.letter(slot // n_s) for slot in steps[65].ids}
    twice = {segmented.letter(slot // n_s) for through in steps[65].ids for slot in steps[through].ids}
    assert (once, twice) == ({"E", "F"}, {"D", "E", "F"})


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_token_100_needs_its_state_and_its_pair_and_none_of_the_first_84(seed: int | None) -> None:
    at = click("segments: Token 100 without the first 99", seed)
    step = at.trace.steps[99]
    assert step.ids == tuple(range(84, 100))
    slots, after = resumed(at, 99)
    assert slots.ids == step.ids
    assert (after.memory.tokens, after.current.tokens) == (14, 2)


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_a_learned_f_keeps_one_pair_and_asks_for_nothing_older(seed: int | None) -> None:
    at = click("segments: A learned f", seed)
    assert all(step.ids == (-1,) and step.events[0].kind is EventKind.MERGE for step in at.trace.steps)
    stream, memory = stream_of(at.settings), memory_of(at.settings)
    with torch.inference_mode():
        state = memory.empty(stream.kv)
        for i in range(8):
            state = memory.update(stream.kv[i : i + 1], state).state  # the state and the new pair alone
        whole = memory.update(stream.kv[:8], memory.empty(stream.kv)).state
    torch.testing.assert_close(state.memory.values, whole.memory.values)


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_over_segments_a_learned_f_folds_seven_at_once_into_the_pair_that_it_has_token_by_token(
    seed: int | None,
) -> None:
    at = click("segments: A learned f over segments", seed)
    stream, memory = stream_of(at.settings), memory_of(at.settings)
    with torch.inference_mode():
        by_token = list(memory.f.walk(stream.kv, memory.f.empty(stream.kv, tracked=False)))  # type: ignore[attr-defined]
    mem, each = dict(at.trace.slot_keys(-1)), [update.state.memory.keys[:, 0].cpu() for update in by_token]
    assert list(mem) == list(range(6, len(at.trace.steps), 7)), "in between it stands still"
    for step, key in mem.items():
        np.testing.assert_allclose(key, each[step], rtol=0, atol=1e-5)
        assert len(at.trace.steps[step].held_ids) == 1
    for step in at.trace.steps[7:]:
        assert step.ids == (-1, *range(step.index - step.index % 7, step.index + 1))


def test_every_token_beside_every_128_holds_as_many_pairs() -> None:
    at = click("segments: Every token, every 128")
    assert (at.values["b_memory"], at.values["b_nc"]) == ("window", 128)
    beside = shown(at.values, replace(at.settings, choice=Choice("window", (("window", 128),))))
    held = [step.held_roles.count(Role.RECENT) for step in at.trace.steps]
    assert (held[126], held[127], held[-1]) == (0, 128, 128)
    assert len(beside.trace.steps[-1].held_ids) == 128
    assert {tuple(happens(step).values()) for step in beside.trace.steps[128:]} == {(1, 1)}
    assert (segmented.updates(at.trace)[-1], segmented.updates(beside.trace)[-1]) == (2, len(at.trace.steps))


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_first_look_pops_eight_pairs_at_a_time_into_two_slots(seed: int | None) -> None:
    assert set(moves(click("compressive: First look", seed).trace)) == {(8, 2)}


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_fifty_pairs_are_popped_together_and_return_as_ten_slots(seed: int | None) -> None:
    at = click("compressive: 50 pairs leave Mem", seed)
    assert set(moves(at.trace)) == {(50, 10)}
    assert at.settings.choice["rate"] == 5


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_one_segment_of_120_pairs_becomes_30_slots_of_four_pairs_each(seed: int | None) -> None:
    trace = click("compressive: 120 pairs, c = 4 → 30", seed).trace
    assert set(moves(trace)) == {(120, 30)}
    events = [event for event in trace.events(EventKind.COMPRESS)]
    assert all((len(event.slots), len(event.into)) == (4, 1) for event in events)
    popped = [slot for event in trace.events(EventKind.POP) for slot in event.slots]
    assert [slot for event in events for slot in event.slots] == popped


def test_over_c_the_fact_comes_into_reach_and_is_blurred_while_the_slots_stay() -> None:
    at = click("compressive: c from 1 to 8")
    slots, reach = set(), []
    for rate in range(1, 9):
        choice = at.settings.choice.with_settings(rate=rate)
        slots.add(int(choice["memory_length"]) + int(choice["compressed_length"]))
        reach.append(compressive.reach(replace(at.settings, choice=choice)))
    assert slots == {24}
    assert reach == sorted(set(reach))
    *_, last = BY_RATE.run(at.settings, {})
    (points,) = last.data.series.values()
    assert [point.x for point in points] == [1, 2, 3, 4, 5, 6, 7, 8], "all eight"
    right = [point.right for point in points]
    assert not right[0], "out of reach"
    assert any(right), "in reach"
    best = max(point.probability for point in points)
    assert points[-1].probability < best - 0.05, "blurred"
    lost = [
        bool(
            shown(at.values, replace(at.settings, choice=at.settings.choice.with_settings(rate=rate))).whereabouts.lost
        )
        for rate in range(1, 9)
    ]
    assert lost == sorted(lost, reverse=True)
    assert not lost[-1]


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_of_seven_pairs_one_is_left_over_and_waits(seed: int | None) -> None:
    at = click("compressive: n_s not divisible by c", seed)
    assert (int(at.settings.choice["segment_length"]), 7 % int(at.settings.choice["rate"])) == (7, 1)
    pushed = {sum(len(e.slots) for e in s.events if e.kind is EventKind.PUSH) for s in at.trace.steps} - {0}
    assert pushed == {7}
    assert moves(at.trace).most_common(1)[0][0] == (6, 2)
    assert all(pairs == 3 * slots for pairs, slots in moves(at.trace))
    mem = {step.held_roles.count(Role.RECENT) for step in at.trace.steps}
    assert 14 + 1 in mem, "n_m = 14, and the pair that waits"
    assert at.settings.choice["remainder"] == "carry"


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_just_inside_the_reach_the_fact_stands_in_cmem(seed: int | None) -> None:
    at = click("compressive: Just inside the reach", seed)
    assert at.whereabouts.lost == ()
    roles = dict(zip(at.trace.steps[-1].ids, at.trace.steps[-1].roles, strict=True))
    assert {roles[slot] for slot in at.whereabouts.slots} == {Role.COMPRESSED}


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_just_outside_the_reach_the_fact_has_left_and_no_pair_knows_of_it(seed: int | None) -> None:
    at = click("compressive: Just outside the reach", seed)
    assert at.whereabouts.lost == tuple(range(at.fact.start, at.fact.end))
    assert isinstance(at.answer, Answer)
    assert at.answer.knowing == ()
    assert at.answer.full[0] == (at.fact.answer, pytest.approx(1, abs=0.05))


def test_the_price_of_detail_is_seen_in_one_and_the_same_story() -> None:
    at = click("compressive: The price of detail")
    assert at.settings.choice.compression == "keep"
    made = [slot for event in at.trace.events(EventKind.COMPRESS) for slot in event.into]
    kept = [at.trace.shares_read(slot, len(at.trace.tokens) - 1).sources for slot in made]
    assert set(moves(at.trace)) == {(8, 2)}
    assert {len(one) for one in kept} == {1}, "one of four is kept whole"
    assert all(0 <= own[0] - 4 * number < 4 for number, own in enumerate(kept))
    last = at.trace.steps[-1]
    carried = {source for slot in last.ids for source in at.trace.shares_read(slot, last.index).sources}
    assert answers_at(at.fact) not in carried
    assert carried & set(range(at.fact.start, at.fact.end))
    whole = with_compression(at, "e2e")
    assert whole.settings.words == at.settings.words
    assert whole.whereabouts.lost == ()
    assert (at.right, whole.right) == (False, True)


def test_what_begins_with_random_numbers_learns_to_keep_what_is_read_and_gates_pass_keeping_one_of_four(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(training, "QUESTIONS", 30)
    at = click("compressive: Train f_c")
    (one,) = (one for one in compressive.LESSON.experiments() if one.name == at.values["exp"])
    begins = {key: setting.start for key, setting in one.dials.items()}
    assert (begins["net"], begins["tstart"], begins["loss"]) == ("conv", "random", "ar-cache")
    *_, found = islice(one.run(at.settings, begins), 5)
    losses = [point.loss for point in found.data.points[1:]]
    assert losses == sorted(losses, reverse=True) and losses[-1] < 0.8 * losses[0]
    assert found.data.points[-1].error < found.data.points[0].error / 2
    then = begins | {"net": "gated", "loss": "answers", "trate": "4", "tstart": "mean"}
    *_, found = islice(one.run(at.settings, then), 6)
    assert found.data.points[-1].recall.value > found.data.references["keep 1 of 4"][0].value


def test_first_look_at_a_story_answers_from_what_was_squeezed_four_to_one() -> None:
    at = click("story: First look", 12)
    assert set(moves(at.trace)) == {(8, 2)}
    assert at.whereabouts.raw == at.whereabouts.lost == ()
    assert at.whereabouts.slots
    assert at.right
    assert at.values == {"seed": begins(story.LESSON)}, "the page as it begins"


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_past_the_window_the_fact_has_left_and_the_model_guesses(seed: int | None) -> None:
    at = click("story: Past the window", seed)
    assert roles_read(at.trace) == {Role.RECENT: 32}
    assert not at.trace.events(EventKind.COMPRESS)
    assert at.whereabouts.lost == tuple(range(at.fact.start, at.fact.end))
    assert isinstance(at.answer, Answer)
    assert at.answer.knowing == ()


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_what_is_told_in_the_beginning_stays_pinned_and_later_facts_do_not(seed: int | None) -> None:
    at = click("story: The beginning, pinned", seed)
    last = at.trace.steps[-1]
    assert [slot for slot, role in zip(last.ids, last.roles, strict=True) if role is Role.GLOBAL] == list(range(16))
    assert at.whereabouts.raw == tuple(range(at.fact.start, at.fact.end))
    assert at.fact.end <= 16
    assert at.right
    facts = made_up(story.LESSON, at.values).facts
    assert all(fact.start not in last.ids for fact in facts if fact.start >= 16)


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_one_pair_carries_the_one_fact_and_blurs_when_there_are_more(seed: int | None) -> None:
    at = click("story: One average, one fact", seed)
    assert (at.trace.steps[-1].ids, len(at.whereabouts.slots)) == ((-1,), 1)
    assert at.right
    told = make_up(at.values["seed"], 96, 8).story
    many = [shown(at.values, replace(at.settings, words=told.with_question(fact).words)).right for fact in told.facts]
    assert sum(many) < len(many) / 2


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_of_a_fact_told_twice_the_memory_holds_the_second(seed: int | None) -> None:
    at = click("story: Told twice, differently", seed)
    assert isinstance(at.answer, Answer)
    first, second = at.answer.truth.facts
    assert first.answer != second.answer
    assert second.end == len(at.settings.words) - len(first.question), "at the end"
    last = at.trace.steps[-1]
    carried = {source for slot in last.ids for source in at.trace.shares_read(slot, last.index).sources}
    assert set(range(second.start, second.end)) <= carried
    assert not carried & set(range(first.start, first.end))


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_what_was_never_told_is_guessed(seed: int | None) -> None:
    at = click("story: Never told", seed)
    assert isinstance(at.answer, Answer)
    assert at.answer.truth.facts == ()
    assert at.answer.whereabouts is None
    assert at.values["asked"] == readable(at.settings.words[at.answer.truth.question.start :])


def test_any_language_is_read_and_the_last_word_looks_for_what_followed_it() -> None:
    at = click("story: Any language")
    assert isinstance(at.answer, NextWord)
    assert at.settings.choice.compression == "mean"
    assert at.trace.tokens[-1] == "the"
    followed = {one.after for one in at.answer.occurrences}
    assert {"ground", "hole", "fox"} <= followed
    assert at.answer.ranked[0][0] in followed
    assert any(not word.isascii() for word in at.trace.tokens)


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_each_new_pair_pulls_the_mean_towards_its_key_by_less_and_less(seed: int | None) -> None:
    trace = click("summary: First look", seed).trace
    places = [key for _, key in trace.slot_keys(-1)]
    assert len(places) == len(trace.steps)
    for i in range(1, len(places)):
        way = trace.keys[:, i] - places[i - 1]
        np.testing.assert_allclose(places[i] - places[i - 1], way / (i + 1), rtol=0, atol=1e-5)


def test_the_mean_of_the_last_three_is_what_the_course_says() -> None:
    at = click("summary: The course’s numbers")
    assert at.trace.tokens == ("1,2→10,11", "3,4→12,13", "5,6→14,15", "7,8→16,17")
    assert at.trace.shares(-1, 3).sources == (1, 2, 3)
    assert at.trace.slot_keys(-1)[3][1].tolist() == [[5, 6]]
    assert isinstance(at.answer, Output)
    assert at.answer.own == pytest.approx([14, 15], abs=1e-14)
    assert in_digits(at.answer.own) == "[14, 15]"
    assert written(at.trace)[-1][3] == (3, "5,6→14,15")


def test_with_the_betas_of_the_course_the_newest_pulls_most_to_what_the_course_says() -> None:
    at = click("summary: β = .1, .3, .6")
    assert at.trace.shares(-1, 2).values[0] == pytest.approx([0.1, 0.3, 0.6], abs=1e-15)
    assert at.trace.slot_keys(-1)[2][1][0] == pytest.approx([3.5, 1.3], abs=1e-15)
    assert isinstance(at.answer, Output)
    assert at.answer.own == pytest.approx([3.5, 1.3], abs=1e-15)
    assert written(at.trace)[-1][2] == (2, "3.5,1.3")
    moved = np.linalg.norm(np.diff([key[0] for _, key in at.trace.slot_keys(-1)], axis=0), axis=1)
    rest = np.linalg.norm(at.trace.keys[0, 2] - at.trace.slot_keys(-1)[2][1][0])
    assert moved[-1] > rest, "most of the way"


def test_however_the_query_is_turned_a_lone_summary_answers_alike() -> None:
    at = click("summary: The same query, turned")
    turned = [shown(at.values, replace(at.settings, extras=((TURN, turn),))).answer for turn in range(0, 360, 15)]
    (own,) = {answer.own for answer in turned}  # type: ignore[union-attr]
    assert in_digits(own) == "[14, 15]"
    full = {tuple(np.round(answer.full, 6)) for answer in turned}  # type: ignore[union-attr]
    assert len(full) == 13, "the keys lie on a line: of 24 queries 11 mirror another"


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_one_fact_in_one_pair_is_answered(seed: int | None) -> None:
    at = click("summary: One fact", seed)
    assert at.trace.steps[-1].ids == (-1,)
    assert at.right


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_of_two_facts_each_has_the_same_small_share_and_both_are_in_every_read(seed: int | None) -> None:
    at = click("summary: Two facts", seed)
    last = len(at.trace.steps) - 1
    facts = made_up(summary.LESSON, at.values | {"n": 96, "facts": 2}).facts
    assert len(facts) == 2
    shares = dict(zip(at.trace.shares(-1, last).sources, at.trace.shares(-1, last).values[0], strict=True))
    assert [shares[answers_at(fact)] for fact in facts] == pytest.approx([1 / (last + 1)] * 2, rel=1e-6)
    assert all((step.ids, step.weights.min()) == ((-1,), 1) for step in at.trace.steps)


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_of_eight_facts_in_one_pair_most_are_answered_wrongly(seed: int | None) -> None:
    at = click("summary: Eight facts", seed)
    told = made_up(summary.LESSON, at.values)
    assert len(told.facts) == 8
    right = [shown(at.values, replace(at.settings, words=told.with_question(fact).words)).right for fact in told.facts]
    assert sum(right) < 4


def test_one_pair_knows_the_topic_when_128_raw_pairs_hardly_do_but_few_of_the_facts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = click("summary: 256 pairs or one")
    assert len(at.trace.tokens) == 256
    monkeypatch.setattr(gist, "TEXTS", 200)
    monkeypatch.setattr(gist, "QUESTIONS", 40)
    monkeypatch.setattr(gist, "WINDOWS", (1, 128, 256))
    *_, last = gist.detail_and_gist(at.settings, {})
    found = {line.name: [point.y for point in line.points] for line in last.data.lines}
    assert found["one pair: gist"][0] > 0.9 > 0.7 > max(found["window: gist"][:2])
    assert found["one pair: one of eight facts"][0] < 0.3 < 0.9 < found["window: one of eight facts"][2]
    assert found["one pair: newest sentence"][0] < found["window: newest sentence"][0], "one raw pair wins a detail"
    assert last.done == last.total


def test_the_recursion_differs_from_the_mean_formed_anew_by_rounding_alone() -> None:
    at = click("summary: Direct or recursive")
    data = recursion.of_run(Run(at.trace, at.answer), None)
    (line,) = data.lines
    (precision,) = data.levels.values()
    assert [point.x for point in line.points] == list(range(1, len(at.trace.steps) + 1))
    assert 0 < max(point.y for point in line.points) < 20 * precision


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_what_leaves_the_window_is_folded_in_and_the_needle_is_what_the_weights_say(seed: int | None) -> None:
    at = click("summary: Window and Σ", seed)
    for step in at.trace.steps[8:]:
        assert step.ids == (-1, *range(step.index - 7, step.index + 1))
        assert at.trace.shares(-1, step.index).sources == tuple(range(step.index - 7))
        for head in (None, *range(at.trace.heads)):
            weights = step.weights.mean(axis=0) if head is None else step.weights[head]
            g, one, two = summary.gate(step, head)
            assert g == pytest.approx(weights[1:].sum(), abs=1e-5)
            assert head is None or g == pytest.approx(1 / (1 + np.exp(two - one)), abs=1e-12)


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_a_moving_average_reads_one_pair_and_stores_its_window(seed: int | None) -> None:
    at = click("summary: One pair, and its state", seed)
    window, pair = int(at.settings.choice["window"]), at.trace.d_k + at.trace.d_v
    assert window > 1
    assert all(step.ids == (-1,) for step in at.trace.steps)
    assert at.trace.steps[-1].state_floats == (window + 1) * pair


class Touched(TorchDispatchMode):
    """A clock that does not know how busy the machine is: numbers read and written by torch, as seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if not any(returned.alias_info for returned in func._schema.returns):  # a view touches nothing
            self.numbers += sum(one.numel() for one in tree_leaves((args, out)) if isinstance(one, torch.Tensor))
        return out

    def perf_counter(self) -> int:
        return self.numbers


def test_a_step_costs_the_same_at_100_000_tokens_and_reading_all_pairs_ever_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Touched() as clock:
        monkeypatch.setattr(streaming, "time", clock)
        *_, last = streaming.cost_per_step(click("summary: 100,000 tokens").settings, {})
    one, everything = last.data.lines
    assert [point.x for point in one.points] == [1_000, 3_000, 10_000, 30_000, 100_000]
    assert one.points[0].y / 1e6 > 100 and {point.y for point in one.points} == {one.points[0].y}
    assert everything.points[-1].y == pytest.approx(100 * everything.points[0].y, rel=0.01)


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_first_look_the_seventeenth_pair_makes_one_mean_of_the_two_oldest(seed: int | None) -> None:
    at = click("loss: First look", seed)
    before, after = at.trace.steps[15], at.trace.steps[16]
    assert before.held_ids == tuple(range(16)) and after.held_ids == (-1, *range(2, 17))


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_the_beginning_leaves_the_window_and_is_in_no_read_any_more(seed: int | None) -> None:
    at = click("loss: The beginning leaves", seed)
    assert at.fact == parse(at.settings.words).facts[0] and at.whereabouts.raw == at.whereabouts.slots == ()
    assert at.trace.steps[-1].attribution[:, : at.fact.end].max() == 0


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_the_beginning_blurs_while_nothing_is_dropped_and_all_is_covered(seed: int | None) -> None:
    at = click("loss: The beginning blurs", seed)
    last = len(at.trace.steps) - 1
    assert at.fact == parse(at.settings.words).facts[0]
    assert not at.trace.events(EventKind.DROP) and left_of_it.coverage(at.trace, last) == 1
    left = left_of_it.left_of(at.trace, last, answers_at(at.fact))
    assert left.pairs >= 6 and left.weight < 0.05


def table(experiment: Any) -> dict[tuple[str, int], float]:
    """Recall by curve and place, from the numbers under the figure."""
    *_, last = experiment
    rows = [[cell.strip() for cell in row.split("|")[1:4]] for row in last.details.splitlines()[2:]]
    counts = {(row[0], int(row[1].replace(",", ""))): row[2].split(" of ") for row in rows}
    return {place: int(right) / int(asked) for place, (right, asked) in counts.items()}


def test_draw_the_curve_opens_the_tab_of_that_name() -> None:
    assert click("loss: Your own curve").values["tab"] in information_loss.LESSON.own_tabs


def test_under_the_budget_of_the_contract_another_memory_answers_several_times_as_much() -> None:
    assert click("loss: A contract to keep").values["tab"] == contract.NAME
    budget, sizes = contract.BUDGET.start * KIB, FAMILIES[contract.BEGINS].dials
    window = Pick(contract.BEGINS, tuple(int(dial.start) for dial in sizes.values()))
    other = Pick("compressive", (8, 1024)).within(budget, exam.tokens())
    assert other and window.stored(exam.tokens()) <= budget
    inquiries = exam.shown().inquiries
    one, two = (sum(map(exam.right, inquiries, exam.asked(pick, exam.SEEDS[0]))) for pick in (window, other))
    assert two > 2 * one > 0


def test_the_longer_text_is_covered_too_and_fewer_of_its_facts_are_answered() -> None:
    at = click("loss: 5,000 and 50,000 tokens")
    *_, last = beginnings.where_it_goes(at.settings, {"lslots": 256}, (900, 9_000))
    short, long = last.data.strips
    assert all(fact.share for strip in (short, long) for fact in strip.facts)
    assert max(fact.share for fact in long.facts[:45]) < min(fact.share for fact in short.facts[:45])
    assert sum(fact.right for fact in short.facts) > 2 * sum(fact.right for fact in long.facts)
    assert beginnings.LENGTHS == (5_000, 50_000)


def test_of_an_introduction_means_answer_less_and_less_and_pinned_pairs_all() -> None:
    at = click("loss: Only in the introduction")
    recall = table(memory_limits.introduced(at.settings, {}, (128, 512, 1024), 3))
    means = [recall["merging memory", tokens] for tokens in (128, 512, 1024)]
    assert means == sorted(means, reverse=True) and means[0] > means[-1] + 0.5
    assert recall["64 pinned, 8 newest", 1024] == 1 > recall["sliding window", 1024] + 0.5


def test_doubled_memory_costs_double_and_what_it_buys_depends_on_where_one_stands() -> None:
    at = click("loss: Memory doubled")
    *_, last = memory_sizes.doubled(at.settings, {}, 512, 3)
    means = last.data.lines[1].points
    assert [two.x / one.x for one, two in pairwise(means)] == [2] * 4
    says, pair, average = last.data.says, 4 * 2 * 16 * 4, memory_sizes.AVERAGE  # heads, key and value, channels, bytes
    assert f"stores {2 * (average + 1) * pair:,} bytes" in says  # in two layers: its window, and the mean beside it
    assert all(f"to {line.points[-1].y:.2f}; " in says for line in last.data.lines[:2]) and says.count("buys most") == 2
    assert last.data.lines[2].name == "moving average, 2 layers" and "in each of its 2 layers (the others have" in says
    gains = [two.y - one.y for one, two in pairwise(means)]
    assert max(gains) > 1.5 * min(gains)
    rows = [[cell.strip() for cell in row.split("|")] for row in last.details.splitlines()[2:]]
    reads = [int(row[4].replace(",", "")) for row in rows if row[1] == "merging memory"]
    assert [two / one for one, two in pairwise(reads)] == [2] * 4


def test_a_memory_that_grows_has_fewer_slots_on_the_way_and_is_nowhere_surely_better() -> None:
    at = click("loss: √T, log T or fixed")
    *_, last = memory_sizes.grown(at.settings, {}, (128, 512), 4)
    lines = {line.name: line.points for line in last.data.lines}
    for name, fixed in (
        ("√T slots", "fixed, as many as √T at the end"),
        ("log T slots", "fixed, as many as log T at the end"),
    ):
        assert all(own.low <= other.high for own, other in zip(lines[name], lines[fixed], strict=True))
    assert "√T slots, at 512 tokens: 23 slots, 16 on average on the way" in last.data.says
    ours, theirs = lines["√T slots"], lines["fixed, as many as √T at the end"]
    apart = sum(other.low > own.high for own, other in zip(ours, theirs, strict=True))
    wins = re.findall(r"Of 2 lengths the growing one is surely better at 0, the fixed one at (\d)\.", last.data.says)
    assert len(wins) == 2 and int(wins[0]) >= apart, "what intervals tell apart the same questions do"


def test_one_fact_in_one_pair_is_answered_in_a_short_text_and_gone_in_a_long_one() -> None:
    at = click("loss: One fact in one pair")
    recall = table(memory_limits.one_fact(at.settings, {}, (64, 4096), 4))
    assert recall["Cumulative average", 64] == 1 and recall["Cumulative average", 4096] <= 0.25


def test_all_pairs_answer_less_than_the_newest_alone_until_logits_are_sharper() -> None:
    at = click("loss: Diluted, not forgotten")
    recall = table(memory_limits.diluted(at.settings, {}, (50_000,), 1))
    plain, sharper = recall["all pairs", 50_000], recall["all pairs, logits × 1.4", 50_000]
    assert plain < sharper and plain < recall["the newest 128 pairs alone", 50_000] == 1


def test_what_covers_a_whole_text_may_answer_little_of_it() -> None:
    at = click("loss: Coverage is not fidelity")
    *_, last = which_statistic.which_statistic(at.settings, {}, 1)
    row = next(row for row in last.details.splitlines() if "n_g = 64" in row).split("|")
    right, asked = map(int, row[2].split(" of "))
    assert float(row[4]) == 1 and right / asked < 0.5
    found = re.search(r"on its fact in (\S+) of all cases, and the lower output error in (\S+); by", last.data.says)
    assert found and min(map(float, found.groups())) > 0.8


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_the_pinned_pairs_stay_when_the_oldest_of_the_window_leaves(seed: int | None) -> None:
    trace = click("global: First look", seed).trace
    drop = trace.events(EventKind.DROP)[0]
    step = trace.steps[drop.token]
    assert step.held_ids[:3] == (0, 1, 2)
    assert drop.slots == (3,)
    assert 3 not in step.held_ids


def rows(name: str) -> list[dict[int, float]]:
    """Weights of every step of a run with one head, by slot."""
    return [dict(zip(step.ids, step.weights[0].tolist(), strict=True)) for step in click(name).trace.steps]


def moved(rows: list[dict[int, float]], step: int) -> float:
    """Total variation to a step, written out."""
    before, now = rows[step - 1], rows[step]
    return sum(abs(now.get(slot, 0) - before.get(slot, 0)) for slot in {*before, *now}) / 2


def nats(shares: list[float]) -> float:
    return -sum(share * float(np.log(share)) for share in shares)


FULL = range(6, 26)  # steps at which the small memories here are full, and no place for rest is in a window


def test_the_peak_of_098_jumps_and_the_row_moves_by_as_much() -> None:
    found = rows("global: The peak jumps")
    assert click("global: The peak jumps").trace.tokens[:3] == ("★", "a", "b")
    for at in FULL:
        assert [round(found[at][slot], 2) for slot in (at - 2, at - 1, at)] == [0.01, 0.98, 0.01]
        assert round(moved(found, at), 2) == 0.98


def test_a_pinned_token_halves_every_weight_and_the_movement() -> None:
    found, bare = rows("global: One token pinned"), rows("global: The peak jumps")
    assert click("global: One token pinned").trace.tokens == click("global: The peak jumps").trace.tokens
    for at in FULL:
        assert found[at][0] == pytest.approx(0.495, abs=5e-4)
        assert found[at][at - 1] == pytest.approx(0.495, abs=5e-4)
        for slot, share in bare[at].items():
            assert found[at][slot] == pytest.approx((1 - found[at][0]) * share, abs=1e-12)
        assert moved(found, at) == pytest.approx((1 - found[at][0]) * moved(bare, at), abs=1e-12)


def test_side_by_side_every_weight_with_the_pin_is_half_of_that_without() -> None:
    at = click("global: With and without")
    second = Choice("window", (("window", at.values["b_nc"]),))
    other = shown(at.values, replace(at.settings, choice=second)).trace
    assert "From the fourth word on" in SCENARIOS["global: With and without"][1].look
    assert at.trace.steps[2].ids == other.steps[2].ids, "up to there the window holds ★, too"
    for own, bare in zip(at.trace.steps[3:], other.steps[3:], strict=True):
        assert own.ids == (0, *bare.ids)
        assert own.weights[0, 1:] / bare.weights[0] == pytest.approx(1 - own.weights[0, 0])
        assert 1 - own.weights[0, 0] == pytest.approx(0.505, abs=1e-3)
    lines = dict(global_tokens.beside(at.settings, Run(at.trace, at.answer)))
    assert (lines["movement from row to row"], lines["taken by pins, a₀"]) == ("0.495", "0.495")


@pytest.mark.parametrize(
    ("name", "taken", "without", "entropy"),
    [("global: Entropy rises", 0.07, 0.12, 0.38), ("global: Entropy falls", 0.77, 2.77, 1.16)],
)
def test_a_pin_turns_the_entropy_either_way(name: str, taken: float, without: float, entropy: float) -> None:
    at = {
        "global: Entropy rises": click("global: Entropy rises"),
        "global: Entropy falls": click("global: Entropy falls"),
    }
    for step in at[name].trace.steps[17:]:
        row = step.weights[0].tolist()
        assert round(row[0], 2) == taken
        assert round(nats([share / (1 - row[0]) for share in row[1:]]), 2) == without
        assert round(nats(row), 2) == entropy


def test_four_pins_take_what_one_took_and_make_more_entropy() -> None:
    click("global: Four share the work")
    found, one = rows("global: Four share the work"), rows("global: One token pinned")
    for at in range(9, 26):
        assert sum(found[at][slot] for slot in range(4)) == pytest.approx(one[at][0], abs=0.004)
        assert moved(found, at) == pytest.approx(moved(one, at), abs=0.004)
        assert round(nats(list(found[at].values())), 2) == 1.44
        assert round(nats(list(one[at].values())), 2) == 0.75


def test_too_strong_a_pin_leaves_hardly_anything_to_be_read() -> None:
    trace, found = click("global: Too strong a pin").trace, rows("global: Too strong a pin")
    for at in FULL:
        assert round(found[at][0], 2) == 0.97
        assert moved(found, at) < 0.04
        assert round(abs(trace.outputs[0, at, 0]), 2) == 0.03, "of values that are 1 and −1"


def test_when_the_resting_place_leaves_all_others_jump() -> None:
    trace, found = click("global: The resting place leaves").trace, rows("global: The resting place leaves")
    (at,) = (event.token for event in trace.events(EventKind.DROP) if event.slots == (0,))
    assert round(found[at - 1].pop(0), 2) == 0.96
    assert [round(share, 2) for share in found[at - 1].values()] == [0.01] * 4
    assert [round(share, 2) for share in found[at].values()] == [0.2] * 5


def test_the_lens_opens_on_the_logits_of_the_jumping_peak() -> None:
    at = click("global: A hand on the logits")
    _, scenario = SCENARIOS["global: A hand on the logits"]
    assert (scenario.view, scenario.lens) == ("lens", "pin_p4.5")
    assert at.trace.steps[-1].scores[0] == pytest.approx([0, 4.5, 0], abs=1e-12)


def test_the_exponential_of_twelve_is_too_large_for_float16() -> None:
    at = click("global: Too large for float16")
    _, scenario = SCENARIOS["global: Too large for float16"]
    assert scenario.lens == "none_h", "in float16, the largest not subtracted"
    exps = np.exp(at.trace.steps[-1].scores[0])
    with np.errstate(over="ignore", invalid="ignore"):
        halves = exps.astype(np.float16)
        assert np.isinf(halves).tolist() == [False, True, False]
        assert np.isnan(halves / halves.sum()).tolist() == [False, True, False]


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_what_stands_in_the_pinned_pairs_is_recalled(seed: int | None) -> None:
    at = click("global: What is pinned is recalled", seed)
    assert answers_at(at.fact) < 16
    assert answers_at(at.fact) in at.trace.steps[-1].ids
    assert at.right


@pytest.mark.parametrize("seed", EVERYWHERE)
def test_pins_know_nothing_of_what_has_left_the_window(seed: int | None) -> None:
    at = click("global: Evicted is gone", seed)
    assert at.trace.steps[-1].ids[:3] == (0, 1, 2)
    assert len(at.whereabouts.lost) == at.fact.end - at.fact.start
    assert not at.right


def test_every_scenario_has_its_sentence_checked_here() -> None:
    import inspect
    import sys

    checked: Callable[[str], bool] = inspect.getsource(sys.modules[__name__]).__contains__
    assert [name for name in SCENARIOS if not checked(f'click("{name}"')] == []


def test_without_the_first_token_a_head_that_rested_looks_at_something() -> None:
    at = click("global: The first token leaves")
    own = eviction.freed(at.trace, 16, None)
    assert own is not None and own.lost == (0,) and own.before.max() < 0.001 and own.after.max() > 0.1
    np.testing.assert_allclose(own.after, own.before * own.factor, rtol=1e-6)


def test_with_one_pin_the_head_rests_where_it_did() -> None:
    with_pin, window = click("global: One pin repairs it").trace, click("global: The first token leaves").trace
    assert len(with_pin.steps[-1].ids) == len(window.steps[-1].ids) == 16
    step = with_pin.steps[16]
    assert step.ids[0] == 0 and step.weights[0, 0] > 0.99 and step.output_error[0] < 0.01
    assert window.steps[16].output_error[0] > 0.5


def stands_below(at: Opened, experiment: str) -> None:
    assert at.values["tab"] == "Experiment" and at.values["exp"] == experiment
    assert experiment in {one.name for one in global_tokens.experiments()}


def test_one_pin_repairs_the_window_and_eight_do_no_better(monkeypatch: pytest.MonkeyPatch) -> None:
    at = click("global: More pins add nothing")
    stands_below(at, sinks.PERPLEXITY)
    assert len(at.trace.steps[-1].ids) == 16
    monkeypatch.setattr(pins, "TEXTS", 3)
    monkeypatch.setattr(pins, "BINS", (16, 32, 64))
    *_, last = pins.by_position(at.settings, {})
    window, one, *_, eight = (line.points[-1].y for line in last.data.lines)
    assert window > 1.5 * one and eight == pytest.approx(one, rel=0.01)


def test_one_global_token_joins_two_ends_for_one_fact_and_keeps_of_several_which_places_were_told() -> None:
    stands_below(click("global: ±16: two ends of a text"), sinks.JOINED)
    none, one, of_four = (introduction.right("globals", *asked, 59) for asked in ((0, 1, 65), (1, 1, 65), (1, 4, 41)))
    assert none <= 12 and one >= 57 and 13 <= of_four <= 35
    of_four, *more = (introduction.right("globals", count, 4, 41, 199) for count in (1, 2, 4, 8))
    assert abs(of_four / 199 - introduction.knows_places(4)) < 0.12, "where one fact is answered always"
    assert of_four + 3 < more[0] and more[0] + 3 < more[1] and more[1] + 3 < more[2]


def test_pins_win_the_introduction_and_lose_the_recent_past(monkeypatch: pytest.MonkeyPatch) -> None:
    at = click("global: Until it hurts")
    stands_below(at, sinks.BUDGET)
    monkeypatch.setattr(budget, "STORIES", 5)
    monkeypatch.setattr(budget, "FIXED", (0, 24, 60))
    budget.told.cache_clear()
    *_, last = budget.measured(at.settings, {"budget": "fixed"})
    introduction, late, _ = ([point.y for point in line.points] for line in last.data.lines)
    assert introduction[0] < 0.4 and introduction[1:] == [1.0, 1.0] and late[0] > late[1] > late[2]
    budget.told.cache_clear()


def test_loss_gradients_and_movement_of_two_models_come_out_side_by_side() -> None:
    at = click("global: Trained without and with")
    stands_below(at, sinks.RESTING)
    first = next(learned_rest.training(at.settings, {"rest": "off-by-one", "rrate": "0.015", "rseeds": 2}))
    assert [panel.y.split()[0] for panel in first.data.panels] == ["loss", "gradient", "movement"]
    assert all(len(panel.lines) == 2 for panel in first.data.panels)
