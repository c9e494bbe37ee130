"""What the stage is sent is the trace: every drawn value, decoded from the payload, equals the tensors it came from."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from memattn.compression import MeanPool
from memattn.kv import KV
from memattn.lessons import running
from memattn.lessons.compressive import LESSON
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice
from memattn.lessons.narration import sentences
from memattn.lessons.peaks import PEAK, words
from memattn.lessons.prediction import predictions
from memattn.lessons.stories import make_up
from memattn.memory import MEMORIES
from memattn.memory.compressive import Compressive
from memattn.records import Event, EventKind, Lane, Role, Step, Trace
from memattn.stage import payload as packing
from memattn.stage.arrays import parts
from memattn.stage.attention_map import COARSE, MOST_CELLS
from memattn.stage.packed import Payload, unpacked
from memattn.stage.payload import MOST_SOURCES, Mark, payload
from memattn.stage.weights import ROOT_LEVELS, SHORT_RUN
from memattn.streams import Stream, random_stream
from memattn.trace import trace
from memattn.ui.lesson.computed import packed
from tests.stage.long_runs import LONG, long_run

TOKENS, D_K, D_V, HEADS = 61, 5, 3, 2
N_S, N_M, N_CM, RATE = 7, 11, 5, 3
KIB = 1024
THREE_DIGITS = 5.1e-3  # relative error of a number rounded to three significant digits


def opened(sent: Payload) -> dict[str, Any]:
    """What is inside a payload, as the stage sees it. The only place here that knows how it is written.

    Deflated: the length of the JSON as 4 bytes, the JSON, and the arrays that it names; of numbers of several bytes
    first all lowest bytes, then all next ones. What follows from the rest is not sent: the slots read, slots held where
    only the token joined them, sources of events on raw slots, the growth of full attention.
    """
    plain = unpacked(sent.packed)
    end = 4 + int.from_bytes(plain[:4], "little")
    content: dict[str, Any] = json.loads(plain[4:end])
    steps, numbers = content["steps"], content["numbers"]
    own, made = content["roles"].index(Role.CURRENT), 0
    for k, step in enumerate(steps):
        step["e"] = [
            (kind, *([[far(near, k, made) for near in run] for run in runs] for runs in parts))
            for kind, *parts in step.get("e", [])
        ]
        if "h" in step:
            step["h"] = [[far(first, k, made), far(last, k, made), role] for first, last, role in step["h"]]
        made = max([made, *(-slot for _, _, into, *_ in step["e"] for run in into for slot in run)])
        joined = [*(steps[k - 1]["h"] if k else content["start"]), [k, k, own]]
        step.setdefault("h", joined)
        step["r"] = joined if content["reads"] == "before" else step["h"]
        step["x"] = {name: numbers[name][k] for name in ("error", "retained")}
        step["x"]["fullFloats"] = numbers["pair"] * (k + 1)
    arrays = {name: numbers_of(plain[end + first :], *more) for name, (first, *more) in content["arrays"].items()}
    content["map"] = drawn_map(content["map"], arrays["largest"], arrays["map"])
    content["lse"] = arrays.get("logsumexp")
    content["coded"] = set(arrays)
    reads = [slots(step["r"]) for step in steps]
    if "weights" in arrays:
        drawn = weights_of(arrays["weights"].astype(float), **content["weights"])
        content["weights"] = np.split(drawn, np.cumsum([len(read) for read in reads])[:-1])
    else:
        content["weights"] = products(arrays, **content["weights"], reads=reads)
    return content


def far(near: int, step: int, made: int) -> int:
    """Even: half as many tokens back. Odd: a slot that the memory made, numbered from those made before the step."""
    return (near - 1) // 2 - made if near % 2 else step - near // 2


def numbers_of(octets: bytes, count: int, kind: str) -> np.ndarray:
    """Numbers whose lowest bytes stand first."""
    width = int(kind[1])
    planes = np.frombuffer(octets[: count * width], np.uint8).reshape(width, count)
    return np.ascontiguousarray(planes.T).view(f"<{kind}")[:, 0]


def weights_of(levels: np.ndarray, roots: int = 0, even: float = 1, step: float = 1) -> np.ndarray:
    """Levels of the root, or steps down from 1, which are ratios below `even`; the last one is as good as 0."""
    if roots:
        return (levels / roots) ** 4
    first = (1 - even) / step
    return np.where(levels <= first, 1 - levels * step, even * np.exp(-(levels - first) * step / even))


def products(arrays: dict[str, np.ndarray], heads: int, reach: int, reads: list[list[int]]) -> list[np.ndarray]:
    """Per head the softmax of queries times keys, each the sum of what the latest words bring; then the mean."""
    taps, words = arrays["taps"].reshape(2, heads, reach, -1).astype(float), arrays.get("words", np.arange(len(reads)))
    drawn = [np.zeros(len(read)) for read in reads]
    for head in range(heads):
        sides = []
        for name, side in zip(("queries", "keys"), taps[:, head], strict=True):
            own = arrays[name].reshape(heads, -1, taps.shape[-1])[head, words]
            sides.append(sum(np.pad(tap * own, ((back, 0), (0, 0)))[: len(own)] for back, tap in enumerate(side)))
        for k, read in enumerate(reads):
            masses = np.exp(sides[1][read] @ sides[0][k])
            drawn[k] += masses / masses.sum() / heads
    return drawn


def drawn_map(size: int, largest: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """What the browser paints, (size, size): shares, -1 where forgotten, NaN above the diagonal. See `map.js`."""
    drawn = np.full((size, size), np.nan)
    rows, columns = np.tril_indices(size)
    levels = cells.astype(float)
    drawn[rows, columns] = np.where(levels == 0, -1, (levels - 1) / 254 * largest[rows])
    return drawn


def coarseness(weights: np.ndarray) -> np.ndarray:
    """How far a drawn weight may be from the true one: half a level of its fourth root, 4·w^¾ / 131070 and a little."""
    return 4 * weights**0.75 * 0.5 / ROOT_LEVELS + 1e-7


def slots(runs_of_slots: list[list[int]]) -> list[int]:
    """Every identity in runs [first, last, …], upwards or downwards."""
    return [
        slot
        for first, last, *_ in runs_of_slots
        for slot in range(first, last + (1 if last >= first else -1), 1 if last >= first else -1)
    ]


def roles(runs_of_slots: list[list[int]], names: list[str]) -> list[str]:
    return [names[role] for first, last, role in runs_of_slots for _ in range(abs(last - first) + 1)]


def over_heads(array: np.ndarray, head: int | None) -> np.ndarray:
    return array.mean(axis=0) if head is None else array[head]


@cache
def run(name: str) -> Trace:
    """Every mechanism of the registry over the same stream, past its capacity."""
    memory = Compressive(N_S, N_M, N_CM, MeanPool(RATE)) if name == "compressive" else MEMORIES[name]()
    return trace(memory, random_stream(TOKENS, D_K, D_V, HEADS, seed=5), name)


def sent(name: str, head: int | None = None) -> Payload:
    record = run(name)
    used = sorted({role for step in record.steps for role in (*step.roles, *step.held_roles)})
    lanes = [Lane(role, str(role), "a note", 11) for role in used]
    questions = predictions(record, rate=RATE) if name == "compressive" else ()
    marks = [Mark(3, 8, "fact", "the fact asked for"), Mark(55, 60, "question", "the question")]
    return payload(record, lanes, 7, "A title", MEMORIES[name]().reads, head, marks, questions)


every = pytest.mark.parametrize("name", MEMORIES)
heads = pytest.mark.parametrize("head", [None, 0, HEADS - 1])


@heads
@every
def test_drawn_weights_and_logsumexp_of_every_step_are_those_of_the_trace(name: str, head: int | None) -> None:
    content = opened(sent(name, head))
    assert len(content["weights"]) == TOKENS
    for step, drawn in zip(run(name).steps, content["weights"], strict=True):
        true = over_heads(step.weights, head)
        assert drawn.shape == true.shape
        assert (np.abs(drawn - true) <= coarseness(true)).all()
    if head is None:
        assert content["lse"] is None, "a mean of softmaxes has no scores"
    else:
        np.testing.assert_array_equal(content["lse"], [np.float32(step.logsumexp[head]) for step in run(name).steps])


@heads
@pytest.mark.parametrize("name", LONG)
def test_the_weights_of_a_long_run_are_right_to_the_digits_that_are_shown(name: str, head: int | None) -> None:
    """Three digits of a weight, three decimals of a share, and a sum of 1.000."""
    content = opened(payload(long_run(name), [], 7, "t", "before" if name == "compressive" else "after", head))
    assert sum(map(len, content["weights"])) > SHORT_RUN
    assert ("queries" in content["coded"]) == (name in ("full", "words")) != ("weights" in content["coded"])
    assert ("words" in content["coded"]) == (name == "words")
    for step, drawn in zip(long_run(name).steps, content["weights"], strict=True):
        true = over_heads(step.weights, head)
        assert np.abs(drawn / true - 1).max() < THREE_DIGITS
        assert np.abs(drawn - true).max() < 0.0005
        assert f"{drawn.sum():.3f}" == "1.000"


def test_weights_that_are_no_products_of_the_trace_are_sent_one_by_one() -> None:
    """As if a memory had added something to its scores that queries and keys do not know of."""
    record = long_run("full")
    bent = replace(record.steps[200], weights=np.roll(record.steps[200].weights, 1, axis=-1))
    told = payload(replace(record, steps=(*record.steps[:200], bent, *record.steps[201:])), [], 7, "t", "after", 0)
    content = opened(told)
    assert "queries" not in content["coded"]
    np.testing.assert_allclose(content["weights"][200], bent.weights[0], rtol=THREE_DIGITS)


def test_a_weight_of_0_is_drawn_as_nothing_in_a_long_run() -> None:
    record = long_run("window")
    none = replace(record.steps[9], weights=np.where(np.arange(10) == 3, 0, np.full((HEADS, 10), 0.125)))
    told = payload(replace(record, steps=(*record.steps[:9], none, *record.steps[10:])), [], 7, "t", "after", 0)
    assert np.float32(opened(told)["weights"][9][3]) < 1e-37 and opened(told)["weights"][9][4] == pytest.approx(0.125)


@heads
@every
def test_the_attention_map_is_the_attribution_of_the_trace(name: str, head: int | None) -> None:
    """A cell is within half a level of the share; a position is forgotten where no slot carries it; a row sums to 1."""
    drawn = opened(sent(name, head))["map"]
    record = run(name)
    assert drawn.shape == (TOKENS, TOKENS) and np.isnan(drawn[0, 1])
    for step, row in zip(record.steps, drawn, strict=True):
        true = over_heads(step.attribution, head)
        own = row[: step.index + 1]
        carried = np.isin(np.arange(step.index + 1), sources_read(record, step, head))
        assert (own == -1).tolist() == (~carried).tolist()
        assert np.abs(np.where(carried, own - true, 0)).max() <= true.max() * 0.5 / 254 + 1e-7
        assert np.isnan(row[step.index + 1 :]).all()
        assert abs(own[carried].sum() - 1) <= len(own) * 0.5 / 254 * true.max() + 1e-5


def sources_read(record: Trace, step: Step, head: int | None) -> list[int]:
    found = []
    for slot in step.ids:
        shares = record.shares_read(slot, step.index)
        values = over_heads(shares.values, head)
        found += [source for source, share in zip(shares.sources, values, strict=True) if share > 0]
    return found


@pytest.mark.parametrize("tokens", [MOST_CELLS + 1, 701])
def test_a_cell_of_a_long_run_shows_its_largest_share(tokens: int) -> None:
    record = trace(Compressive(N_S, N_M, N_CM, MeanPool(RATE)), random_stream(tokens, 2, 2, 1, seed=5), "compressive")
    drawn = opened(payload(record, [], 7, "t", "before"))["map"]
    assert drawn.shape == (MOST_CELLS, MOST_CELLS)
    cell = np.arange(tokens) * MOST_CELLS // tokens
    true = np.full(drawn.shape, -1.0)
    for step in record.steps:
        np.maximum.at(
            true[cell[step.index]], cell[: step.index + 1], np.where(step.attribution[0], step.attribution[0], -1)
        )
    rows, columns = np.tril_indices(MOST_CELLS)
    np.testing.assert_allclose(drawn[rows, columns], true[rows, columns], atol=0.5 * COARSE / 254 + 1e-7)


def test_a_weight_that_vanishes_is_not_forgotten() -> None:
    """Two keys, the second so much nearer to the query that the first gets exactly 0."""
    one = torch.tensor([[[1.0], [300.0]]])
    record = trace(MEMORIES["full"](), Stream(("a", "b"), one, KV(one, one)), "full")
    assert record.steps[1].attribution.tolist() == [[0, 1]]
    assert opened(payload(record, [], 7, "t", "after"))["map"][1].tolist() == [0, 1]


def test_a_run_of_one_head_has_its_logsumexp_and_coarseness_is_below_a_pixel() -> None:
    record = trace(MEMORIES["window"](), random_stream(TOKENS, D_K, D_V, 1, seed=5), "window")
    content = opened(payload(record, [], 7, "t", "after"))
    assert content["head"] == "one head"
    np.testing.assert_array_equal(content["lse"], [np.float32(step.logsumexp[0]) for step in record.steps])
    assert coarseness(np.array([0.0, 0.01, 0.25, 1.0])).max() < 1 / 30_000


@pytest.mark.parametrize("peak", [4.5, 12.0, 14.0])
def test_chosen_logits_come_back_from_the_weights_of_a_short_run(peak: float) -> None:
    """The softmax lens takes ln w + lse for a logit: of a word whose logit is 0 it shows e^0 = 1, beside e^12 too."""
    chosen = Settings(Choice("window", (("window", 3),)), words(1), "peaks", extras=((PEAK, peak),))
    record = running.run(chosen).trace
    content = opened(payload(record, [], 7, "t", "after"))
    drawn = np.concatenate(content["weights"])
    reads = np.repeat(content["lse"], [len(step.ids) for step in record.steps])
    logits = np.log(drawn) + reads
    true = np.concatenate([step.scores[0] for step in record.steps])
    assert set(np.round(true, 3)) <= {0.0, 4.5, peak}
    np.testing.assert_allclose(logits, true, atol=4e-3)


@every
def test_slots_and_roles_of_every_step_are_those_of_the_trace(name: str) -> None:
    content = opened(sent(name))
    assert content["tokens"] == list(run(name).tokens)
    for step, drawn in zip(run(name).steps, content["steps"], strict=True):
        assert slots(drawn["r"]) == list(step.ids)
        assert roles(drawn["r"], content["roles"]) == list(step.roles)
        assert slots(drawn["h"]) == list(step.held_ids)
        assert roles(drawn["h"], content["roles"]) == list(step.held_roles)


@every
def test_events_of_every_step_are_those_of_the_trace(name: str) -> None:
    for step, drawn in zip(run(name).steps, opened(sent(name))["steps"], strict=True):
        told = [
            Event(EventKind(kind), step.index, *(tuple(slots(runs)) for runs in (of, into, *(rest or [of]))))
            for kind, of, into, *rest in drawn.get("e", [])
        ]
        assert told == list(step.events)


@heads
@every
def test_numbers_and_event_sentences_of_every_step_are_those_of_the_trace(name: str, head: int | None) -> None:
    record, names = run(name), {role: str(role) for role in Role}  # the lanes of `sent`
    for step, drawn in zip(record.steps, opened(sent(name, head))["steps"], strict=True):
        numbers = drawn["x"]
        assert numbers["error"] == pytest.approx(float(over_heads(step.output_error, head)), rel=THREE_DIGITS)
        assert numbers["retained"] == pytest.approx(float(over_heads(step.retained, head)), abs=0.005 + 1e-9)
        assert numbers["fullFloats"] == (step.index + 1) * (D_K + D_V)
        assert drawn.get("s", []) == sentences(record, step, head, names)[1:]


@heads
@every
def test_sources_of_every_made_slot_are_the_largest_shares_of_the_trace(name: str, head: int | None) -> None:
    record = run(name)
    made = opened(sent(name, head))["made"]
    assert {int(slot) for slot in made} == set(record.made)
    for slot in record.made:
        history = [shares for shares in record.history(slot) if shares.sources]
        assert [entry[0] for entry in made[str(slot)]] == [shares.step for shares in history]
        for (_, sources, drawn, total, ends), shares in zip(made[str(slot)], history, strict=True):
            parts = zip(shares.sources, over_heads(shares.values, head).tolist(), strict=True)
            true = {source: part for source, part in parts if part}  # another head may hold another pair
            assert drawn == pytest.approx([true[source] for source in sources], rel=THREE_DIGITS)
            assert sorted(drawn, reverse=True) == pytest.approx(
                sorted(true.values(), reverse=True)[:MOST_SOURCES], rel=THREE_DIGITS
            )
            assert (total, tuple(ends)) == (len(true), (min(true), max(true)))


def test_slots_that_change_at_every_step_name_fewer_sources_in_a_long_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MOST_NAMED", 3 * TOKENS + 5)  # by hand: one average, 61 versions, 3 sources for each
    versions = opened(sent("cumulative_average"))["made"]["-1"]
    assert [len(sources) for _, sources, *_ in versions] == [1, 2, *[3] * (TOKENS - 2)]
    assert [total for *_, total, _ in versions] == list(range(1, TOKENS + 1))


def test_lanes_marks_title_and_scale_are_as_given() -> None:
    content = opened(sent("compressive"))
    assert [(lane["role"], lane["note"], lane["capacity"]) for lane in content["lanes"]] == [
        (role, "a note", 11) for role in sorted((Role.COMPRESSED, Role.RECENT, Role.CURRENT))
    ]
    assert [(m["first"], m["last"], m["kind"]) for m in content["marks"]] == [(3, 8, "fact"), (55, 60, "question")]
    assert (content["title"], content["reads"], content["columns"]) == ("A title", "before", 7)
    assert (content["scale"]["min"], content["scale"]["max"]) == (0, 1)
    assert content["head"] == f"mean of {HEADS} heads"
    assert opened(sent("compressive", 1))["head"] == f"head 2 of {HEADS}"


def test_predictions_are_what_the_trace_did() -> None:
    questions = {question["name"]: question for question in opened(sent("compressive"))["predict"]}
    # by hand: after the second segment 14 pairs are 3 beyond n_m = 11, so k0–k2 leave and make one slot at c = 3
    pop, number, sources = (questions[name] for name in ("pop", "compress", "sources"))
    assert pop["at"] == {"step": 2 * N_S - 1, "phase": "push"} and pop["shows"] == "pop"
    assert (pop["kind"], pop["answer"], pop["offered"]) == ("slots", [[0, 2]], [[0, 13]])
    assert (number["kind"], number["at"], number["answer"]) == ("number", {"step": 13, "phase": "compress"}, [1])
    assert (sources["kind"], sources["answer"]) == ("slots", [[0, 2]])
    beliefs = {str(chosen): text for chosen, text in pop["beliefs"]}
    assert beliefs["[[0, 0]]"] == "Only the oldest pair? Here 3 pairs leave together."
    events = run("compressive").steps[questions["drop"]["at"]["step"]].events
    assert sum(first - last + 1 for first, last in questions["drop"]["answer"]) == sum(
        len(event.slots) for event in events if event.kind is EventKind.DROP
    )
    order = questions["order"]
    assert (order["kind"], sorted(order["answer"])) == ("order", list(range(len(order["offered"]))))
    assert (questions["fate"]["kind"], len(questions["fate"]["answer"])) == ("sentence", 1)
    assert (questions["look"]["single"], questions["look"]["at"]) == (True, {"step": TOKENS - 1, "phase": "attend"})


def test_the_same_trace_gives_the_same_payload_and_another_head_another() -> None:
    assert sent("compressive") == sent("compressive")
    assert sent("compressive").id != sent("compressive", 1).id


def test_how_many_words_a_pair_knows_of_is_sent_and_bounded() -> None:
    assert opened(sent("window"))["context"] == 1
    assert opened(payload(run("window"), [], 7, "t", "after", context=6))["context"] == 6
    with pytest.raises(ValueError, match="context must be ≥ 1, got 0"):
        payload(run("window"), [], 7, "t", "after", context=0)


@pytest.mark.parametrize("head", [-1, HEADS])
def test_a_head_that_is_not_there_is_refused(head: int) -> None:
    with pytest.raises(ValueError, match=rf"head must lie in 0\.\.{HEADS - 1}, got {head}"):
        sent("compressive", head)


BEGINS = Choice("compressive", (("compressed_length", int(LESSON.starts["compressed_length"])),))


def lesson_settings(tokens: int, choice: Choice = BEGINS) -> Settings:
    """The compressive lesson as it begins, with a longer story."""
    story = make_up(int(LESSON.starts["seed"]), tokens, 8).story
    return Settings(choice, story.with_question(story.facts[4]).words)


def test_a_story_of_1024_tokens_at_the_default_settings_takes_at_most_80_kib() -> None:
    size = len(packed(LESSON, lesson_settings(1024), None).packed)
    assert size <= 80 * KIB, f"{size / KIB:.1f} KiB"


@pytest.mark.parametrize("head", [0, 3, None])
def test_full_attention_over_1024_tokens_takes_at_most_150_kib(head: int | None) -> None:
    size = len(packed(LESSON, lesson_settings(1024, Choice("full")), head).packed)
    assert size <= 150 * KIB, f"{size / KIB:.1f} KiB"


@pytest.mark.parametrize("head", [2, None])
def test_a_hybrid_over_1024_tokens_takes_at_most_78_kib_so_that_80_are_received(head: int | None) -> None:
    size = len(packed(LESSON, lesson_settings(1024, Choice("hybrid")), head).packed)
    assert size <= 78 * KIB, f"{size / KIB:.1f} KiB"


def test_an_array_that_the_stage_cannot_read_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match="array masses must be of type u1, u2, i2, f4, got f8"):
        parts({"masses": np.zeros(3)})
