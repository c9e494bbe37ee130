"""The compressive-memory lesson keeps its promises: presets, numbers in formulas, reach, sweeps."""

import re
from functools import cache

import pytest
import torch

from memattn.compression import COMPRESSIONS
from memattn.lessons.asking import Asked
from memattn.lessons.compressive import content, runs
from memattn.memory.compressive import Compressive
from memattn.reader import START, truth
from memattn.records import EventKind, Role, Trace
from memattn.streams import random_stream
from memattn.trace import trace

PRESETS = {preset.name: preset for preset in content.PRESETS}
REMAINDERS = {shown: name for name, shown in content.REMAINDER_NAMES.items()}
COMPRESSION = {shown: name for name, shown in content.COMPRESSION_NAMES.items()}
every_preset = pytest.mark.parametrize("name", PRESETS)


def values(preset: content.Preset) -> dict[str, int | str]:
    """What all controls say after a click on the chip."""
    return {key: limit.default for key, limit in content.LIMITS.items()} | dict(preset.values)


def settings(preset: content.Preset, seed: int = 7, **changed: object) -> runs.Settings:
    chosen = values(preset) | changed
    told = runs.tell(seed, int(str(chosen["n"])))
    ns, nm, ncm, rate = (int(str(chosen[key])) for key in ("ns", "nm", "ncm", "c"))
    plain = runs.Settings(ns, nm, ncm, rate, "mean", "carry", told.words, False, seed)
    fact = runs.nearest_to_reach(told, plain, preset.side) if preset.side else told.facts[len(told.facts) // 2]
    return runs.Settings(ns, nm, ncm, rate, "mean", "carry", told.with_question(fact).words, False, seed)


@cache
def asked(preset_name: str, seed: int = 7) -> Asked:
    return runs.run(settings(PRESETS[preset_name], seed))


def counts(run: Trace, kind: EventKind) -> list[int]:
    """Slots that an event of this kind happened to, per step where it did."""
    per_step = [sum(len(e.into or e.slots) for e in step.events if e.kind is kind) for step in run.steps]
    return [count for count in per_step if count]


def test_every_compression_and_remainder_of_the_core_can_be_chosen_by_its_name() -> None:
    assert set(content.COMPRESSION_NAMES) == set(COMPRESSIONS)
    assert len(set(content.COMPRESSION_NAMES.values())) == len(COMPRESSIONS)
    for name in content.REMAINDER_NAMES:
        Compressive(remainder=name)  # type: ignore[arg-type]
    assert set(content.REMAINDER_NAMES) == {"carry", "drop", "pad", "partial"}


def test_the_defaults_lie_within_their_limits_and_go_together() -> None:
    for limit in content.LIMITS.values():
        assert limit.low <= limit.default <= limit.high
    assert content.LIMITS["nm"].default >= content.LIMITS["ns"].default


@every_preset
def test_a_preset_sets_controls_that_there_are_to_values_that_are_allowed(name: str) -> None:
    for key, value in PRESETS[name].values.items():
        if key in content.LIMITS:
            assert content.LIMITS[key].low <= int(str(value)) <= content.LIMITS[key].high, key
        else:
            assert value in {"f": COMPRESSION, "rest": REMAINDERS}[key]


@every_preset
def test_a_preset_makes_a_legal_memory_that_compresses_something(name: str) -> None:
    preset = PRESETS[name]
    chosen = values(preset)
    memory = settings(preset).memory()
    assert (memory.segment_length, memory.memory_length) == (chosen["ns"], chosen["nm"])
    assert (memory.compressed_length, memory.compression.rate) == (chosen["ncm"], chosen["c"])
    assert asked(name).trace.events(EventKind.COMPRESS)
    assert runs.check(settings(preset), asked(name)) < 1e-4  # float32 outputs against float64


def test_fifty_pairs_leave_together_and_return_as_ten_slots() -> None:
    run = asked("50 pairs leave Mem").trace
    together = [
        (sum(len(e.slots) for e in step.events if e.kind is EventKind.POP), made(step.events)) for step in run.steps
    ]
    assert (50, 10) in together


def made(events: tuple[object, ...]) -> int:
    return sum(e.kind is EventKind.COMPRESS for e in events)


def test_one_segment_of_120_pairs_becomes_30_slots_in_one_step() -> None:
    run = asked("120 pairs, c = 4 → 30").trace
    step = next(step for step in run.steps if made(step.events))
    assert made(step.events) == 30
    (pop,) = [e for e in step.events if e.kind is EventKind.POP]
    assert len(pop.slots) == 120
    compressed = [e for e in step.events if e.kind is EventKind.COMPRESS]
    assert all(len(e.slots) == 4 and len(e.into) == 1 for e in compressed)
    assert tuple(slot for e in compressed for slot in e.slots) == pop.slots


def test_the_first_look_pops_eight_pairs_at_a_time_into_two_slots() -> None:
    run = asked("First look").trace
    assert set(counts(run, EventKind.POP)) == {8}
    assert set(counts(run, EventKind.COMPRESS)) == {2}


def test_seven_pairs_at_c_3_leave_one_over_that_waits_in_mem() -> None:
    run = asked("n_s not divisible by c").trace
    assert (7 % 3, set(counts(run, EventKind.PUSH))) == (1, {7})
    popped = counts(run, EventKind.POP)
    assert all(count % 3 == 0 for count in popped) and 6 in popped
    held = [sum(role is Role.RECENT for role in step.held_roles) for step in run.steps]
    assert 18 in held, "n_m = 17 and one pair that waits"


def test_the_reach_grows_with_c_and_the_slots_do_not() -> None:
    chosen = values(PRESETS["c from 1 to 8"])
    reaches = [content.reach(int(str(chosen["nm"])), int(str(chosen["ncm"])), c) for c in runs.RATES]
    assert reaches == [24, 32, 40, 48, 56, 64, 72, 80]
    for rate, reach in zip(runs.RATES, reaches, strict=True):
        memory = settings(PRESETS["c from 1 to 8"], c=rate).memory()
        assert memory.reach == reach
        waiting = memory.slot_count(800) - 24  # at the border of a segment: pairs that do not fill a group of c
        assert 0 <= waiting < rate and (waiting == 0 or 8 % rate)


@pytest.mark.parametrize("seed", [0, 3, 7, 12, 500])
def test_the_fact_just_inside_the_reach_is_carried_whole_and_older_ones_are_not(seed: int) -> None:
    preset = PRESETS["Just inside the reach"]
    result = asked(preset.name, seed)
    assert result.whereabouts is not None and result.whereabouts.lost == ()
    assert result.whereabouts.slots, "it stands in CMem"
    told = runs.without_question(settings(preset, seed).story)
    for fact in told.facts:
        if fact.start < result.truth.fact.start:
            older = settings(preset, seed)
            changed = runs.Settings(**{**vars(older), "words": told.with_question(fact).words})
            assert runs.run(changed).whereabouts.lost


@pytest.mark.parametrize("seed", [0, 3, 7, 12, 500])
def test_the_fact_just_outside_the_reach_is_lost_whole(seed: int) -> None:
    result = asked("Just outside the reach", seed)
    fact = result.truth.fact
    assert result.whereabouts.lost == tuple(range(fact.start, fact.end))
    assert not result.right, "nothing carries the answer, so the untrained reader cannot tell it"


@pytest.mark.parametrize("sizes", [(5, 20, 9, 3), (3, 26, 7, 5), (7, 14, 15, 2), (6, 37, 11, 1), (6, 12, 20, 3)])
@pytest.mark.parametrize("side", ["inside", "outside"])
def test_inside_and_outside_hold_at_other_settings_too(sizes: tuple[int, int, int, int], side: str) -> None:
    told = runs.tell(7, 190)
    for remainder in ("carry", "drop", "pad", "partial"):
        plain = runs.Settings(*sizes, "mean", remainder, told.words, False, 7)
        fact = runs.nearest_to_reach(told, plain, side)
        place = runs.run(runs.Settings(**{**vars(plain), "words": told.with_question(fact).words})).whereabouts
        assert place.lost == (() if side == "inside" else tuple(range(fact.start, fact.end)))


def test_a_story_without_a_fact_on_that_side_is_refused() -> None:
    told = runs.tell(7, 24)
    plain = runs.Settings(5, 400, 3, 2, "mean", "carry", told.words, False, 7)
    with pytest.raises(ValueError, match="no fact outside the reach"):
        runs.nearest_to_reach(told, plain, "outside")


@pytest.mark.parametrize("tokens", [24, 25, 29, 96, 331, 1024])
@pytest.mark.parametrize("seed", [0, 7, 999])
def test_a_story_is_as_long_as_asked_tells_facts_and_is_the_same_every_time(tokens: int, seed: int) -> None:
    told = runs.tell(seed, tokens)
    assert len(told.words) == tokens and told.words[0] == START
    assert told.facts and not told.questions
    assert told == runs.tell(seed, tokens)
    for fact in told.facts:
        assert told.words[fact.start : fact.end] == fact.words


def test_a_story_too_short_for_any_fact_is_refused_with_the_least_length() -> None:
    with pytest.raises(ValueError, match="at least 24 tokens, got 3"):
        runs.tell(7, 3)


def test_a_story_that_tells_nothing_can_be_asked_and_is_answered_with_a_guess() -> None:
    empty = runs.parse((START, *["it", "rains", "now", ".", "the", "fox", "sings", "."]))
    asking = runs.asking_anything(empty)
    assert truth(asking, asking.questions[-1]).answer is None
    assert runs.without_question(asking).words == empty.words
    result = runs.run(runs.Settings(2, 3, 4, 2, "mean", "carry", asking.words, False, 1))
    assert result.whereabouts is None


@pytest.mark.parametrize("name", COMPRESSIONS)
@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("rate", [1, 3, 8])
def test_every_compression_can_be_had_at_every_rate(name: str, trained: bool, rate: int) -> None:
    made = runs.make_compression(name, rate, trained)
    assert type(made) is COMPRESSIONS[name] and made.rate == rate


def test_the_trained_convolution_is_another_than_the_untrained_one() -> None:
    kv = random_stream(12, 16, 16, heads=4, seed=1).kv
    trained, untrained = (runs.make_compression("conv", 4, flag).compress(kv, None, False) for flag in (True, False))
    assert trained.keys.shape == untrained.keys.shape == (4, 3, 16)
    assert not torch.allclose(trained.keys, untrained.keys, atol=1e-3)


def test_by_age_asks_every_fact_of_every_memory_and_full_attention_knows_them_all() -> None:
    chosen = settings(PRESETS["First look"])
    told = runs.without_question(chosen.story)
    series = runs.by_age(chosen)
    assert [name for name in series if "24" in name] == ["window of as many slots, 24"]
    for found in series.values():
        assert [recall.fact for recall in found] == list(told.facts)
    assert all(recall.right for recall in series["full attention"])
    last = [
        recall for recall in series["compressive memory"] if recall.fact == chosen.story.facts[len(told.facts) // 2]
    ]
    alone = runs.run(chosen)
    assert last[0].right == alone.right
    assert last[0].probability == pytest.approx(dict(alone.answers).get(last[0].fact.answer, 0), abs=1e-4)


def test_by_rate_asks_the_same_fact_at_all_eight_rates() -> None:
    chosen = settings(PRESETS["c from 1 to 8"])
    swept = runs.by_rate(chosen)
    assert [rate for rate, _ in swept] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert len({recall.fact for _, recall in swept}) == 1
    at_8 = dict(swept)[8]
    alone = runs.run(chosen)
    assert at_8.right == alone.right and at_8.fact == alone.truth.fact


def test_by_rate_of_what_was_never_told_is_empty() -> None:
    empty = runs.asking_anything(runs.parse((START, *["it", "rains", "now", "."])))
    assert runs.by_rate(runs.Settings(2, 3, 4, 2, "mean", "carry", empty.words, False, 1)) == ()


def integers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"(?<![\d.e-])\d+(?![\d.])", text)]


@pytest.mark.parametrize("step", [0, 7, 23, 24, 60])
def test_the_numbers_in_the_formulas_are_those_of_the_run_at_that_step(step: int) -> None:
    ns, nm, ncm, c = 5, 11, 4, 3
    run = trace(Compressive(ns, nm, ncm, COMPRESSIONS["mean"](c)), random_stream(61, 5, 3, heads=2, seed=4))
    mem, cmem, attention, reach = content.formulas(ns, nm, ncm, c, run, step)
    segments = step // ns  # full ones before this token reads
    slots_made = max(0, segments * ns - nm) // c  # under "carry"
    raw = (step + 1) - slots_made * c
    running = step % ns + 1
    assert integers(mem.numbers) == [raw - running, nm, running, ns]
    assert integers(cmem.numbers)[-2:] == [min(slots_made, ncm), ncm]
    assert re.search(rf"\b{slots_made} slots", cmem.says)
    assert f"{run.steps[step].weights.mean(axis=0).max():.3f}" in attention.numbers
    assert "= 1.000" in attention.numbers and rf"{len(run.steps[step].ids)}\ \text{{slots}}" in attention.numbers
    assert integers(reach.numbers) == [nm, c, ncm, nm + c * ncm, nm + ncm]
    assert re.search(rf"\b{max(0, slots_made - ncm) * c} (are|tokens are) lost", reach.says)
