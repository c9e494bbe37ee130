"""Bytes of a result: every array once, whoever looks at it."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pytest
import torch

from memattn.kv import KV
from memattn.lessons.answering import Run
from memattn.memory import MEMORIES
from memattn.streams import Stream
from memattn.trace import trace
from memattn.ui.footprint import footprint, run_footprint


class Part(StrEnum):
    MEM = "mem"


@dataclass(frozen=True)
class Record:
    name: str
    rows: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Slim:
    rows: object


SMALL = 700  # bytes, of the records and containers around the arrays


def test_an_array_counts_once_however_often_it_is_looked_at() -> None:
    whole = np.zeros((101, 103), dtype=np.float32)
    views = tuple(whole[at, : at + 1] for at in range(5))
    assert 0 <= footprint(Record("views", (whole, *views, views, whole))) - 4 * 101 * 103 < SMALL
    assert footprint(views[0]) == 4 * 101 * 103  # a view keeps all of it alive


def test_two_arrays_count_twice() -> None:
    arrays = (np.zeros(10_007), np.zeros(10_009))
    assert 0 <= footprint(arrays) - 8 * (10_007 + 10_009) < SMALL


@pytest.mark.parametrize("wrap", [lambda a: [a], lambda a: {3: a}, lambda a: Record("a", (a,)), Slim], ids="ldrs")
def test_what_hangs_on_records_and_containers_counts(wrap) -> None:
    assert 0 <= footprint(wrap(np.zeros(10_007, dtype=np.uint8))) - 10_007 < SMALL


def test_tensors_that_share_a_storage_count_once() -> None:
    whole = torch.zeros(101, 103)
    assert 0 <= footprint([whole, whole[3], whole.T]) - 4 * 101 * 103 < SMALL


def test_bytes_and_texts_count_and_the_program_does_not() -> None:
    assert footprint(b"x" * 10_007) - 10_007 < SMALL
    assert footprint("x" * 10_007) - 10_007 < SMALL
    assert footprint((np.zeros, footprint, Record, np)) < SMALL


def test_long_rows_of_numbers_and_roles_are_their_tuple() -> None:
    assert footprint(tuple(range(10_007))) == footprint((Part.MEM,) * 10_007) == 8 * 10_007 + 40


def test_a_circle_ends() -> None:
    circle: list[object] = [np.zeros(10_007)]
    circle.append(circle)
    assert 0 <= footprint(circle) - 8 * 10_007 < SMALL


def test_a_trace_is_its_weights_and_full_attentions_weights() -> None:
    tokens, heads = 127, 3
    draw = torch.Generator().manual_seed(5)
    queries, keys, values = (torch.randn(heads, tokens, 7, generator=draw) for _ in range(3))
    found = trace(MEMORIES["full"](), Stream(("w",) * tokens, queries, KV(keys, values)), verify=False)
    read = heads * tokens * (tokens + 1) // 2 * 4  # bytes: scores, weights; every token reads itself and all before
    assert 2 * read + heads * tokens**2 * 4 < footprint(found) < 8 * read


@pytest.mark.parametrize("name", MEMORIES)
@pytest.mark.parametrize("tokens", [53, 419])
def test_a_sample_of_a_runs_steps_tells_its_bytes_within_a_fifth(name: str, tokens: int) -> None:
    draw = torch.Generator().manual_seed(7)
    queries, keys, values = (torch.randn(2, tokens, 3, generator=draw) for _ in range(3))
    run = Run(trace(MEMORIES[name](), Stream(("w",) * tokens, queries, KV(keys, values)), verify=False), None)
    assert run_footprint(run) == pytest.approx(footprint(run), rel=0.2)
