"""What has become of a token can be told from value shares alone, and on a stream of nothing.

Shares follow from positions for every memory whose rule does not look at the pairs, so a blank stream of one channel
gives them at no cost: column j is zero exactly where position j is lost.
"""

from typing import Any

import pytest
import torch

from memattn.compression import MeanPool
from memattn.kv import KV
from memattn.memory import Memory
from memattn.memory.compressive import REMAINDERS, Compressive
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.segments import Segments
from memattn.memory.window import Window
from memattn.records import EventKind
from tests.memory.cases import D_K, D_V, EXACT, LEAD

SIZES = [0, 1, 2, 7, 13, 31, 83]


def fates(memory: Memory[Any], tokens: int) -> tuple[list[int], list[int]]:
    """Positions without a share in any slot, and those that an event declared forgotten."""
    given = getattr(memory, "weights", None) is not None  # learned pairs have a width, and maybe heads
    lead, d_k, d_v = (LEAD, D_K, D_V) if given else ((), 1, 1)
    blank = KV(torch.zeros(*lead, tokens, d_k), torch.zeros(*lead, tokens, d_v))
    update = memory.update(blank, memory.empty(blank))
    shares = memory.slots(update.state).value_shares
    assert shares is not None and shares.shape[-1] == tokens
    without = shares.eq(0).all(dim=-2).flatten(0, -2).all(dim=0) if lead else shares.eq(0).all(dim=-2)
    told = {j for event in update.events if event.kind is EventKind.DROP for j in event.sources}
    return without.nonzero().flatten().tolist(), sorted(told)


def lost(memory: Memory[Any], tokens: int) -> list[int]:
    return fates(memory, tokens)[0]


@pytest.mark.parametrize("tokens", SIZES)
@pytest.mark.parametrize("name", EXACT)
def test_it_is_what_the_events_declared_forgotten(name: str, tokens: int) -> None:
    without, told = fates(EXACT[name], tokens)
    if getattr(EXACT[name], "second_reads", "") == "all":  # what one part drops the other may hold
        assert set(without) <= set(told)
    else:
        assert without == told


@pytest.mark.parametrize("tokens", SIZES)
@pytest.mark.parametrize("window", [1, 5, 13, 97])
def test_a_window_loses_all_but_the_newest(window: int, tokens: int) -> None:
    assert lost(Window(window), tokens) == list(range(tokens - window))


@pytest.mark.parametrize("tokens", SIZES)
@pytest.mark.parametrize(("length", "kept"), [(5, 2), (7, 0), (3, 11), (1, 1)])
def test_segments_lose_whole_segments(length: int, kept: int, tokens: int) -> None:
    held: list[list[int]] = [[]]
    for j in range(tokens):
        held[-1].append(j)
        if len(held[-1]) == length:
            held = [*held[len(held) - kept :], []] if len(held) > kept else [*held, []]
    assert lost(Segments(length, kept), tokens) == sorted(set(range(tokens)) - {j for own in held for j in own})


@pytest.mark.parametrize("tokens", SIZES)
@pytest.mark.parametrize(("pinned", "window"), [(3, 7), (0, 2), (11, 1), (97, 5)])
def test_global_tokens_lose_the_middle(pinned: int, window: int, tokens: int) -> None:
    assert lost(GlobalTokens(pinned, window), tokens) == [j for j in range(pinned, tokens) if j < tokens - window]


@pytest.mark.parametrize("tokens", SIZES)
@pytest.mark.parametrize("rule", REMAINDERS)
@pytest.mark.parametrize("sizes", [(5, 7, 3, 3), (7, 17, 2, 3), (2, 3, 5, 4), (5, 5, 0, 2), (3, 3, 2, 1)])
def test_a_compressive_memory_loses_its_oldest_slots_and_what_the_rule_drops(
    rule: Any, sizes: tuple[int, int, int, int], tokens: int
) -> None:
    n_s, n_m, n_cm, rate = sizes
    mem: list[int] = []
    groups: list[list[int]] = []
    for end in range(n_s, tokens + 1, n_s):
        mem += range(end - n_s, end)
        old = [mem.pop(0) for _ in range(len(mem) - n_m)]
        while old and len(old) >= (1 if rule in ("pad", "partial") else rate):
            groups.append([old.pop(0) for _ in range(min(rate, len(old)))])
        if rule == "carry":
            mem = old + mem
        groups = groups[max(0, len(groups) - n_cm) :]
    held = {*mem, *(j for own in groups for j in own), *range(tokens - tokens % n_s, tokens)}
    assert lost(Compressive(n_s, n_m, n_cm, MeanPool(rate), rule), tokens) == sorted(set(range(tokens)) - held)
