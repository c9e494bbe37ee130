"""The benchmarks compute what they print; no test here reads the clock."""

from dataclasses import is_dataclass, replace
from typing import Any

import pytest
import torch

from benchmarks import core, gpu
from benchmarks.lessons import begins, lessons, places, slider
from benchmarks.monkey.play import pages as monkey_pages
from benchmarks.sliders import name_of
from memattn.lessons import compressive
from memattn.memory import MEMORIES
from memattn.memory.window import Window


def test_feeding_in_large_pieces_takes_in_exactly_that_many_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "FED_AT_ONCE", 70)
    state = core.fed(Window(5), 1003)
    assert (state.seen, state.tracked, state.window.tokens) == (1003, False, 5)


@pytest.mark.parametrize("name", MEMORIES)
def test_only_a_memory_whose_state_grows_is_excused_from_the_bar(name: str) -> None:
    memory = MEMORIES[name]()
    early, late = (sum(held.numel() for held in tensors(core.fed(memory, tokens))) for tokens in (397, 1193))
    assert core.grows(memory) == (late > 1.5 * early)  # beyond what a running segment makes of it


def tensors(value: Any) -> list[torch.Tensor]:
    """All of them in a state."""
    if isinstance(value, torch.Tensor):
        return [value]
    parts = vars(value).values() if is_dataclass(value) else value if isinstance(value, tuple) else ()
    return [tensor for part in parts for tensor in tensors(part)]


@pytest.mark.parametrize(
    ("ratio", "long_floats", "verdict"),
    [(1.05, 100, "PASS"), (1.051, 100, "FAIL"), (1.0, 106, "FAIL"), (None, 10**6, "grows")],
)
def test_the_verdict_follows_the_bar(ratio: float | None, long_floats: int, verdict: str) -> None:
    assert core.Row("any", 1.0, 1.0, ratio, 100, long_floats, 1.0, 1.0).verdict == verdict


@pytest.mark.parametrize(("trace_ms", "traced"), [(50.0, "PASS"), (50.1, "FAIL")])
def test_a_trace_is_held_to_its_bar(trace_ms: float, traced: str) -> None:
    assert core.Row("any", 1.0, None, None, 100, 200, trace_ms, 60.0).traced == traced


def test_the_ratio_is_the_median_of_neighbouring_rounds() -> None:
    assert core.middle_ratio([(1.0, 1.0), (10.0, 12.0), (1.0, 9.0)]) == pytest.approx(1.2)


def test_rounds_above_the_bar_are_added_to_the_others_not_chosen_among(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries = iter([[(1.0, 2.0)] * 3, [(1.0, 1.0)] * 2, [(1.0, 1.0)] * 2])
    monkeypatch.setattr(core, "rounds", lambda *_: next(tries))
    unused: Any = None
    assert core.compared(unused, unused, unused, unused)[2] == 1.0  # four of seven rounds
    tries = iter([[(1.0, 2.0)] * 3, [(1.0, 1.0)], [(1.0, 1.0)]])
    assert core.compared(unused, unused, unused, unused)[2] == 2.0  # two of five


def test_without_cuda_the_comparison_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu.main() == 0
    assert capsys.readouterr().out.startswith("No CUDA device")


@pytest.mark.gpu
@pytest.mark.parametrize("name", MEMORIES)
def test_cuda_computes_what_the_cpu_computes(name: str) -> None:
    assert gpu.compare(MEMORIES[name](), 3).gap <= gpu.BAR


@pytest.mark.parametrize("name", MEMORIES)
def test_the_comparison_sees_the_same_streams_every_time(name: str) -> None:
    first, second = (gpu.attend(MEMORIES[name](), 2, "cpu").output for _ in range(2))
    assert first.shape == (2, gpu.TOKENS, gpu.D)
    assert torch.equal(first, second)


def test_every_page_of_a_lesson_is_measured_as_it_begins() -> None:
    assert {address: lesson.name for address, lesson in lessons().items()}["/segments"] == "segments"
    pages = {address for address in monkey_pages() if address != "/"}
    assert set(lessons()) <= pages and {"/segments", "/summary", "/compressive", "/story"} <= set(lessons())
    assert begins(lessons()["/compressive"])["compressed_length"] == compressive.LESSON.starts["compressed_length"]


def test_a_slider_is_moved_only_to_what_it_has_not_said() -> None:
    memory, name, dial, start = slider(lessons()["/compressive"])
    assert (memory, name, dial.field) == ("compressive", "ncm", "compressed_length")
    assert slider(lessons()["/summary"])[0] in lessons()["/summary"].memories, "its average of all has no slider"
    few = replace(dial, low=1, high=4, default=2, start=2, step=1)
    assert places(few, 2, [0.0, 0.1, 0.3, 0.7, 0.9, 1.0]) == [0.0, 0.7, 0.9]
    assert start == lessons()["/compressive"].starts["compressed_length"]


@pytest.mark.parametrize(
    ("label", "name"),
    [("CMem $n_{cm}$ (slots)", "ncm"), ("CMem, n_cm, slots", "ncm"), ("Fading, gamma", "gamma"), ("Tokens", "tokens")],
)
def test_a_slider_is_named_by_its_symbol_as_written_and_as_said(label: str, name: str) -> None:
    assert name_of(label) == name
