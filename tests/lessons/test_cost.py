"""The page Cost in numbers: against independent arithmetic, for every memory of the registry."""

import math
import re

import pytest
import torch

from memattn.cost import GIB, MODELS
from memattn.lessons import guesses
from memattn.lessons.cost import designs, growth, measured, real
from memattn.lessons.cost.record import MeasuredHere, Stepped, times
from memattn.lessons.memories import make
from memattn.lessons.running import run
from memattn.memory import MEMORIES
from memattn.memory.full import Full
from memattn.records import Role

AT = 2**17
PAIR = 32 * 8 * 2 * 128 * 2  # bytes of a token of Llama 3 8B in fp16
KEPT = {  # pairs after a long text, 128 times as many as on the stage; formulas of the mechanisms
    "full": AT,
    "window": 32 * 128,
    "moving_average": 32 * 128 + 1,
    "weighted_average": 32 * 128,
    "cumulative_average": 1,
    "exponential_average": 1,
    "recurrent": 1,
    "segment_recurrence": 8 * 128,  # Mem, and all of a segment but its last pair
    "segments": 4 * 8 * 128 + 8 * 128 - 1,
    "compressive": (16 + 16) * 128 + 8 * 128 - 1,
    "global_tokens": (16 + 32) * 128,
    "hybrid": 32 * 128 + 1,
    "merging": 16 * 128,
    "dynamic_global": 16 * 128,
    "rebinned": AT,
}


def test_bytes_stored_after_a_long_text_are_those_of_the_formulas() -> None:
    found = growth.priced("llama-3-8b", 16, growth.LARGE, "state", "window", AT).growth
    now = growth.LENGTHS.index(AT)
    assert list(found.curves) == list(MEMORIES)
    assert {name: found.curves[name].values[now] for name in KEPT} == {name: n * PAIR for name, n in KEPT.items()}


@pytest.mark.parametrize("quantity", growth.QUANTITIES)
def test_every_memory_has_a_number_at_every_length_and_full_attention_grows_with_the_text(quantity: str) -> None:
    found = growth.priced("gpt-oss-20b", 8, 1, quantity, "compressive", 64)
    assert all(len(curve.values) == len(growth.LENGTHS) for curve in found.growth.curves.values())
    full = found.growth.curves["full"].values
    assert [value // full[0] for value in full] == list(growth.LENGTHS)
    assert full[0] == {"state": 24 * 8 * 128, "read": 24 * 8 * 128, "flops": 24 * 64 * 4 * 64}[quantity]
    (bars,) = found.ranks.groups.values()
    values = [bar.value for bar in bars if bar]
    assert values == sorted(values) and len(values) == len(found.ranks.rows) == len(MEMORIES)
    assert found.ranks.strong == MEMORIES["compressive"].title


def test_what_is_said_are_the_numbers_of_both() -> None:
    def said(bits: int, quantity: str) -> str:
        return growth.priced("llama-3-8b", bits, growth.LARGE, quantity, "window", AT).ranks.says

    assert said(16, "state") == (
        "After 131,072 tokens Llama 3 8B stores 16 GiB with full attention; with Sliding window 512 MiB, 1/32 as much."
    )
    assert "reads 8 GiB with full attention; with Sliding window 256 MiB" in said(8, "read")
    flops = 32 * 32 * 4 * 128
    assert f"{flops * AT / 1e9:.3g} billion operations" in said(16, "flops")
    alone = growth.priced("llama-3-8b", 16, 1, "state", "full", 1).ranks.says
    assert alone == "After 1 token Llama 3 8B stores 128 KiB with full attention."


def test_what_lets_go_of_whole_segments_is_counted_where_it_is_fullest() -> None:
    """131,072 is a border of segments of 1,024 tokens: one pair is stored there, and a thousand one token before."""
    found = growth.priced("llama-3-8b", 16, growth.LARGE, "state", "segment_recurrence", AT)
    assert found.ranks.says.endswith("with Recurrence over segments up to 128 MiB, 1/128 as much.")
    values = found.growth.curves["segment_recurrence"].values
    assert values[10:] == (1024 * PAIR,) * 11 and list(values) == sorted(values)
    of_reads = growth.priced("llama-3-8b", 16, growth.LARGE, "read", "segment_recurrence", AT).growth
    assert of_reads.curves["segment_recurrence"].values[10:] == (1024 * PAIR,) + (1025 * PAIR,) * 10


def test_operations_and_ratios_in_words() -> None:
    numbers = (7, 4_200, 4_200_000, 68_700_000_000, 5 * 10**12)
    assert [growth.in_words(number) for number in numbers] == [
        *("7", "4.2 thousand", "4.2 million", "68.7 billion", "5 trillion")
    ]
    assert [times(x) for x in (0, 1 / 128, 0.25, 1, 3.5, 4096)] == [
        *("0 times", "1/128", "0.25 times", "the same", "3.5 times", "4,096 times")
    ]


@pytest.mark.parametrize("name", MEMORIES)
def test_larger_sizes_hold_so_many_times_as_much_and_no_rate_changes(name: str) -> None:
    small, large = (growth.sized(name, times) for times in (1, 3))
    one, other = (make(choice) for choice in (small, large))
    for key, value in small.settings:
        assert dict(large.settings)[key] == 3 * int(value), key
    assert other.state_floats(10**6, 4, 4) >= one.state_floats(10**6, 4, 4)
    assert "rate" not in dict(large.settings)


def test_what_does_not_grow_with_what_is_held_is_said_to_keep_its_size() -> None:
    said = {name: growth.unscaled(name, growth.LARGE) for name in MEMORIES}
    assert {name for name, text in said.items() if text} == {"linear"}
    assert said["linear"].startswith("Linear attention keeps its size on the stage, m = 16 rows:")
    assert not any(growth.unscaled(name, 1) for name in MEMORIES)


def test_real_models_are_priced_three_ways() -> None:
    found = real.stored("window", growth.LARGE, AT, 16)
    full, built, own = found.groups.values()
    rows = dict(zip(found.rows, zip(full, built, own, strict=True), strict=True))
    assert [bar.words if bar else "" for bar in rows["Llama 3 8B"]] == ["16 GiB", "", "512 MiB"]
    oss = (24 * 1024 * AT * 2, 12 * 1024 * (128 + AT) * 2, 24 * 1024 * 4096 * 2)
    assert tuple(bar.value if bar else None for bar in rows["gpt-oss 20B"]) == oss
    assert list(real.stored("full", 1, 1, 16).groups) == [real.EVERY_PAIR, real.BUILT]


def test_what_fits_is_said_in_tokens_or_for_any_length() -> None:
    found = real.fitting("dynamic_global", growth.LARGE, 24, 16)
    full, built, own = found.groups.values()
    at = found.rows.index("Mistral 7B v0.1")
    assert full[at] and full[at].words == "196,608"
    assert built[at] and (built[at].value, built[at].words) == (math.inf, "no limit")
    assert own[at] and AT < own[at].value < math.inf
    bounded = real.fitting("window", growth.LARGE, 24, 16)
    assert len(bounded.groups) == 2 and bounded.says.startswith("With Sliding window a text of any length fits into 24")


def test_the_solved_formula_multiplies_to_its_result() -> None:
    for key, model in MODELS.items():
        said = real.solved(key, 7, 8)
        numbers = re.search(
            r"\{8 \\cdot (\d+) \\cdot 2\^\{30\}\}\{(\d+) \\cdot (\d+) \\cdot (\d+) \\cdot (\d+)\}", said
        )
        assert numbers
        gib, *below = map(int, numbers.groups())
        assert f"**{8 * gib * GIB // math.prod(below):,} tokens** of {model.name}" in said


def test_a_card_says_shape_bytes_sharing_design_and_source() -> None:
    assert real.card("llama-3-8b", 16) == (
        "**Llama 3 8B**: 32 layers × 8 KV heads × 2 × 128 numbers × 2 bytes = **128 KiB per token** with every pair in "
        "every layer; 4 query heads read each KV head. As it was built: every pair in every layer.  \n"
        "*config.json of meta-llama/Meta-Llama-3-8B*"
    )
    assert "61 layers × 1 KV head × (512 + 64) numbers × 0.5 bytes = **17.16 KiB" in real.card("deepseek-v3", 4)
    assert real.cards(8).count("\n") == len(MODELS) + 1
    assert "each query head reads its own" in real.card("llama-2-7b", 16)


# The values of what was not found are multiplied with 0, and axes with ones and zeros.
COMPUTES_MORE = ("nearest", "linear")

# --- measured ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MEMORIES)
def test_what_is_counted_while_it_runs_is_what_the_paper_says(name: str) -> None:
    found = measured.step(name, tokens=149, width=8, repeats=1)
    assert found.stored == found.stored_paper
    if name in COMPUTES_MORE:
        assert found.computes_more and found.fetched > found.fetched_paper and found.flops > found.flops_paper
    else:
        assert (found.fetched, found.flops) == (found.fetched_paper, found.flops_paper)
        assert found.agrees and not found.computes_more
    assert found.ratio > 0 and found.micros > 0


def test_products_are_counted_wherever_they_are_written() -> None:
    one, other = torch.zeros(2, 3, 5), torch.zeros(2, 5, 7)
    with measured.Products() as counted:
        one @ other
        torch.matmul(one, other)
        one.bmm(other)
        (one * 2).sum()
    assert (counted.flops, counted.fetched) == (3 * 2 * 2 * 3 * 5 * 7, 3 * 4 * 2 * 5 * 7)


def test_a_window_by_hand() -> None:
    found = measured.step("window", tokens=149, width=8, repeats=1)
    assert (found.stored, found.fetched, found.flops) == (32 * 16 * 4, 32 * 16 * 4, 32 * 4 * 8)


def stepped(ratio: float, flops: int = 8192, stored: int = 64) -> MeasuredHere:
    window = Stepped("window", "Sliding window", Role.RECENT, stored, 64, 32, 32, flops, flops, 100.0, ratio)
    return MeasuredHere((window,), 4096, 128 * 8192, "a slow chip")


def test_what_was_measured_is_said_with_what_differs_from_the_paper() -> None:
    assert stepped(0.4).says == (
        "In 1 of 1 memories bytes and operations are those of the paper, to the last one. Times are not: on a slow "
        "chip a step of Sliding window takes 0.4 times as long as full attention’s, though it reads 1/128 as much."
    )
    (window,) = stepped(0.4).steps
    more = MeasuredHere((window, window._replace(flops=9000)), 7, 7, "x").says
    assert "In 1 of 2 memories" in more and "; the code of Sliding window multiplies more than it must." in more
    alone = MeasuredHere((window._replace(flops=9000),), 7, 128 * 8192, "x").says
    assert "though it reads 1/128 as much" in alone, "by the paper, whatever the code multiplies"
    off = stepped(0.4, stored=65).says
    assert "In 0 of 1 memories" in off and "not in Sliding window" in off
    assert MeasuredHere((), 7, 7, "x").says == "Nothing is measured yet."


@pytest.mark.parametrize(
    ("ratio", "right", "says"),
    [
        (0.01, 0, "1/100 as long as full"),
        (0.4, 1, "0.4 times as long as"),
        (1.0, 2, "took as long as full"),
        (1.5, 2, "1.5 times as long"),
    ],
)
def test_the_guess_is_judged_by_the_time_that_was_measured(ratio: float, right: int, says: str) -> None:
    said = [guesses.STEP.judge(chosen, stepped(ratio)) for chosen in range(3)]
    assert [judged for judged, _ in said] == [chosen == right for chosen in range(3)]
    assert all(says in text and "reads 1/128" in text for _, text in said) and len({text for _, text in said}) == 3


def test_the_experiment_measures_the_whole_registry_and_can_stop_between_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "step", lambda name: stepped(0.4).steps[0]._replace(name=name))
    *_, last = parts = list(measured.measure(None, {}))  # type: ignore[arg-type]  # needs no settings
    assert [part.done for part in parts] == list(range(1, len(MEMORIES) + 1)) and last.total == len(MEMORIES)
    assert [step.name for step in last.data.steps] == list(MEMORIES)
    assert last.data.full_flops == Full().read_flops(4097, 64, 64)
    assert last.details.count("| 64 | 64 | 32 | 32 | 8,192 | 8,192 | 100 | 0.4 |") == len(MEMORIES)


# --- designs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", designs.DESIGNS)
def test_a_design_runs_on_the_story_and_answers_as_its_parts_can(key: str) -> None:
    answer = run(designs.settings(designs.DESIGNS[key])).answer
    assert answer and (answer.ranked[0][0] == "lake") == (key in ("qwen3-next", "qwen3-next-delta", "v4-sparse"))
    assert designs.STORY.facts[designs.ASKED].answer == "lake"
