"""A mechanism that is dropped in, one file and one line, is found everywhere without any other edit."""

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest

from benchmarks import core
from memattn.cost import MODELS, cost
from memattn.lessons import experiments
from memattn.lessons.answering import Answer
from memattn.lessons.comparing import frontier
from memattn.lessons.cost import measured
from memattn.lessons.expected import ANSWERS_FROM, held
from memattn.lessons.experiments import BY_DISTANCE
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice, make, served_by, settings_of, titled
from memattn.lessons.recall import ByDistance
from memattn.lessons.results import RecallCurves
from memattn.lessons.running import Run, run
from memattn.memory import MEMORIES
from memattn.memory.__main__ import table
from memattn.reader import FactKind
from memattn.stage.packed import unpacked
from memattn.ui.lesson import measuring
from memattn.ui.lesson.costs import REAL_MODELS, REAL_TOKENS, real_size
from tests.lessons.cases import asking, told
from tests.new_mechanism import NAME, EveryNth
from tests.pages.session import ROOT, Session, _split, query

STRIDE = 3
CHOICE_SETTINGS = (("stride", STRIDE),)
SHORT = {"n": "61", "facts": "3", "seed": "11"}  # the story of `told()`
STORY = asking(told())


@pytest.fixture(autouse=True)
def one_line(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All that somebody writes beside the file itself; what was measured with it is not for others."""
    monkeypatch.setitem(MEMORIES, NAME, EveryNth)
    yield
    measuring.kept().clear()


def open_story(**values: str) -> Session:
    page = Session().open("story", query(**SHORT | values))
    assert page.notes == []
    return page


def wall(page: Session) -> dict[str, Any]:
    (mounted,) = page._mounted("memattn_wall")
    return _split(unpacked(_split(mounted.bytes)[1]))[0]


def wall_fact(page: Session) -> tuple[int, int]:
    first, last = wall(page)["fact"]
    return first, last + 1


def own_run() -> Run:
    return run(Settings(Choice(NAME, CHOICE_SETTINGS), STORY.words))


# --- Read a story ---------------------------------------------------------------------------------------------------


def test_it_is_in_the_list_with_its_slider_and_plays_on_the_stage() -> None:
    page = open_story(memory=NAME, s=str(STRIDE))
    box = page.control("memory")
    assert box.value == NAME
    assert EveryNth.title in box.options
    slider = page.control(f"{NAME}_stride")
    assert (slider.label, slider.min, slider.max, slider.value) == ("Stride $s$ (pairs)", 1, 16, STRIDE)
    stage = page.stage.content
    assert stage["tokens"] == list(STORY.words)
    assert (stage["mechanism"], stage["title"]) == (NAME, EveryNth.title)
    last = len(STORY.words) - 1
    assert [(lane["role"], lane["capacity"]) for lane in stage["lanes"]] == [
        ("recent", len(range(0, len(STORY.words), STRIDE))),
        ("current", 1),
    ]
    runs = [[last - near // 2 for near in run] for *run, _ in stage["steps"][last]["h"]]  # of slots that are held
    assert [slot for first, end in runs for slot in range(first, end + 1)] == list(range(0, last + 1, STRIDE))


def test_what_becomes_of_every_token_is_put_into_words_by_its_lanes() -> None:
    stage = open_story(memory=NAME, s=str(STRIDE)).stage.content
    assert stage["lanes"][0]["title"] == "Recent"
    for at, (step, word) in enumerate(zip(stage["steps"], STORY.words, strict=True)):
        name = f"k{at + 1}"
        kept, lost = (
            f"The pair {name} enters the recent lane.",
            f"{name} “\u2068{word}\u2069” leaves the token lane and is lost for good.",
        )
        assert step["s"] == [lost if at % STRIDE else kept]


def test_it_answers_on_the_card_by_the_base_reader() -> None:
    page = open_story(memory=NAME, s=str(STRIDE))
    answer = own_run().answer
    assert isinstance(answer, Answer)
    word, share = answer.ranked[0]
    assert f"<span><bdi>{word}</bdi></span>" in page.text
    assert f"<b>{share:.2f}</b>" in page.text
    assert answer.whereabouts
    lost = [at for at in range(STORY.facts[1].start, STORY.facts[1].end) if at % STRIDE]
    assert answer.whereabouts.lost == tuple(lost)
    assert f"{len(lost)} of its {STORY.facts[1].end - STORY.facts[1].start} words are lost" in page.text
    assert served_by(Choice(NAME)) == "base-1"


def test_its_formula_and_its_source_code_are_shown() -> None:
    happens = open_story(memory=NAME, s=str(STRIDE), tab="What happens").text
    assert EveryNth.formula in happens
    assert "Keep one pair in s of the text for good" in happens
    works = open_story(memory=NAME, s=str(STRIDE), tab="How it works")
    assert any("def keeps" in block.value or "def update" in block.value for block in works.app.code)
    assert EveryNth.source in works.text


def test_what_it_costs_is_shown_and_computed() -> None:
    page = open_story(memory=NAME, s=str(STRIDE), tab="Cost")
    trace = own_run().trace
    tokens, width = len(STORY.words), trace.d_k + trace.d_v
    read, stored = len(range(0, tokens - 1, STRIDE)) + 1, len(range(0, tokens, STRIDE)) * width
    shown = {metric.label: metric.value for metric in page.app.metric}
    assert shown["Slots the last word reads"] == f"{read}"
    assert shown["Numbers stored per head"] == f"{stored:,}"
    assert shown["Operations per read and head"] == f"{2 * width * read:,}"
    assert len(page.figures) == 2
    priced = cost(EveryNth(STRIDE), REAL_TOKENS, MODELS["gpt2"])
    assert priced.state_bytes == pytest.approx(priced.full_state_bytes / STRIDE, rel=1e-4)
    assert [real_size(EveryNth(STRIDE), name).memory > 0 for name in REAL_MODELS] == [True] * len(REAL_MODELS)


def test_it_is_priced_fitted_and_measured_on_the_page_of_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured.step, "__defaults__", (67, 8, 1))
    measuring.kept().clear()  # what was measured without it
    page = Session().open("cost", query(memory=NAME, times=1, model="llama-3-8b", k=13))
    assert page.notes == []
    assert page.value("memory") == NAME
    assert "with Every n-th pair 256 MiB, 0.25 times as much" in page.text  # one pair in 4 of 8,192, 128 KiB each
    assert [figure["data"] != [] for figure in page.figures] == [True, True]
    page.move("tab", "What fits")
    assert "Every n-th pair" in [bars["name"] for bars in page.figures[0]["data"]]
    page.move("tab", "Measured here").click("measure_start").settle()
    assert (
        f"In {len(MEMORIES) - 2} of {len(MEMORIES)} memories bytes and operations are those of the paper" in page.text
    )
    assert "| Every n-th pair | 1,088 | 1,088 |" in page.text  # 17 of 67 pairs of 2 × 8 numbers of 4 bytes


def test_it_stands_side_by_side_with_another_as_the_second_memory() -> None:
    page = open_story(memory="window", tab="Side by side", b_memory=NAME, b_s=str(STRIDE))
    assert page.value("b_memory") == NAME
    assert page.value(f"b_{NAME}_stride") == STRIDE
    assert titled(Choice(NAME, CHOICE_SETTINGS)) == "Every n-th pair, s = 3"
    last = own_run().trace.steps[-1]
    assert f"<b>B</b> Every n-th pair, s = 3<span>{len(last.ids)} slots read by the last word" in page.text


# --- Compare --------------------------------------------------------------------------------------------------------


def test_it_is_on_the_wall_and_its_fact_is_followed() -> None:
    page = Session().open("compare", query(**SHORT))
    assert page.notes == []
    own = wall(page)["memories"][-1]
    assert (own["name"], own["title"]) == (NAME, EveryNth.title)
    kept = len([at for at in range(*wall_fact(page)) if at % 4 == 0])  # its stride begins with 4
    assert own["fact"][-1] == [kept, 0, len(range(*wall_fact(page))) - kept]


def test_it_is_in_both_lists_of_the_duel_and_can_be_made_as_large_as_another() -> None:
    page = Session().open("compare", query(tab="Duel", memory=NAME, s=STRIDE, **SHORT))
    assert page.notes == [] and page.value("memory") == NAME and len(page.stages) == 2
    assert EveryNth.title in page.control("b_memory").options
    page = Session().open("compare", query(tab="Duel", nc=11, b_memory=NAME, even="slots", **SHORT))
    tokens = len(page.stages[0].content["tokens"])
    fits = next(stride for stride in range(1, 17) if -(-tokens // stride) <= 11)
    assert f"As large as A: Every n-th pair, s = {fits}." in page.said


def test_it_is_measured_for_the_frontier_in_several_sizes() -> None:
    own = [choice for choice in frontier.choices() if choice.name == NAME]
    assert len(own) >= 3
    *_, last = frontier.measure(Settings(own[0], ()), {}, ByDistance(stories=25, tokens=160, facts=8), own[:1])
    (point,) = last.data.points
    assert (point.family, point.share.total) == (EveryNth.title, 25)


# --- measured -------------------------------------------------------------------------------------------------------


def test_its_recall_is_measured_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiments, "ByDistance", partial(ByDistance, stories=29))
    page = open_story(memory=NAME, s=str(STRIDE), tab="Experiment", exp=BY_DISTANCE.name)
    page.click("measure_start").settle()
    assert page.app.button(key="story_measure_start").label == "Measured"
    assert "Every n-th pair, s = 3" in page.text
    assert len(page.figures) == 1


def test_what_to_expect_follows_from_its_value_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    design = ByDistance(stories=75, tokens=200)
    monkeypatch.setattr(experiments, "ByDistance", lambda tokens: design)
    choice = Choice(NAME, CHOICE_SETTINGS)
    assert held(choice, 61).raw == {*range(0, 61, STRIDE), 61}
    *_, last = BY_DISTANCE.run(Settings(choice, ()), {"mtokens": 200})
    assert isinstance(last.data, RecallCurves)
    (curve,) = last.data.curves
    assert curve.rule.startswith("closed form")
    lengths = range(200 - 64 + 1, 201)
    for distance, hope in curve.line[30:60]:
        kept = [
            (length + 5 - int(distance) + ANSWERS_FROM[kind]) % STRIDE == 0 for length in lengths for kind in FactKind
        ]
        assert hope == pytest.approx(np.mean(kept) + (1 - np.mean(kept)) / 24), distance
    right, asked = (sum(getattr(point, what) for point in curve.points) for what in ("right", "asked"))
    hoped = sum(point.expected * point.asked for point in curve.points)
    assert asked == 75
    assert abs(right - hoped) < 8, "the base reader answers from the pairs that are held"


def test_the_core_benchmark_has_a_row_for_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(core, "TRACES", 1)
    monkeypatch.setattr(core, "yardsticks", lambda: (1.0, 1.0))
    monkeypatch.setattr(core, "MEMORIES", {NAME: MEMORIES[NAME]})
    monkeypatch.setattr(sys, "argv", ["core"])
    core.main()
    (row,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith(NAME)]
    assert "grows" in row
    assert f"{len(range(0, 1000, STRIDE)) * 32}" in row.split()


def test_the_contract_is_asked_of_it_by_its_registry_line_alone() -> None:
    """Collected anew with the line written: every law that any memory is held to, and its bands."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.new_mechanism"]
    files = (
        "memory/test_contract.py",
        "memory/test_lanes.py",
        "memory/test_fates.py",
        "test_dials.py",
        "test_trace.py",
    )
    tests = [*(f"tests/{file}" for file in files), "-k", NAME]
    ran = subprocess.run([*command, *tests], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-4000:]
    passed = re.search(r"(\d+) passed", ran.stdout)
    assert passed
    assert int(passed[1]) >= 30


def test_the_table_of_the_readme_lists_it() -> None:
    assert table().splitlines()[-1].startswith(f"| `{NAME}` | Keep one pair in s of the text for good")


def test_its_settings_are_what_its_fields_say() -> None:
    (setting,) = settings_of(NAME).values()
    assert (setting.field, setting.name, setting.start) == ("stride", "Stride", 4)  # type: ignore[union-attr]
    assert make(Choice(NAME, CHOICE_SETTINGS)) == EveryNth(3)
    with pytest.raises(ValueError, match=f"{NAME} has the settings stride, got window"):
        Choice(NAME, (("window", 3),))
