"""Detail and gist, the recursion and the streaming cost: what is measured is what the note says."""

from collections import Counter

import numpy as np
import pytest

from memattn.lessons import gist, recursion, streaming
from memattn.lessons.gist import TOKENS, TOPICS, newest, probe, text, told
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice
from memattn.lessons.models import load, trained
from memattn.lessons.numbers import pairs
from memattn.lessons.running import run
from memattn.reader.grammar import WORDS


def topic_of(sentence: list[str]) -> str:
    return "weather" if sentence[0] == "it" else "animals"


@pytest.mark.parametrize("topic", TOPICS)
def test_the_first_half_is_about_the_topic_and_the_second_about_either(topic: str) -> None:
    halves = [Counter[str](), Counter[str]()]
    for seed in range(60):
        words = text(np.random.default_rng(seed), topic)
        assert len(words) == TOKENS
        start = 1
        for end, word in enumerate(words):
            if word == ".":
                halves[start >= TOKENS // 2][topic_of(list(words[start:end]))] += 1
                start = end + 1
    shares = [half[topic] / half.total() for half in halves]
    assert shares == pytest.approx([0.8, 0.5], abs=0.05)


def test_both_topics_speak_of_nothing_that_a_fact_is_about() -> None:
    assert all("{animal}" in pattern for pattern in TOPICS["animals"])
    assert all("{weather}" in pattern for pattern in TOPICS["weather"])
    assert not set(WORDS["animal"]) & set(WORDS["weather"])


def test_the_newest_sentence_is_the_one_under_way_or_just_ended() -> None:
    assert newest(["<start>", "the", "cat", "sings", ".", "it", "rains", "now", "."]) == "weather"
    assert newest(["<start>", "it", "rains", "now", ".", "the"]) == "animals"
    assert newest(["<start>", "the", "cat", "sings", ".", "it", "rains"]) == "weather"


def test_the_probe_is_told_means_of_stored_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gist, "WINDOWS", (1, 16))
    features, topics = told([4, 5])
    assert features.shape[:2] == (3, 2) and topics[0].tolist() == [-1, 1]
    words = text(np.random.default_rng(5), list(TOPICS)[1])
    assert topics[1, 1] == (1 if newest(words) == list(TOPICS)[1] else -1)
    values = load("base-1").stream(words).kv.values.double().cpu().numpy()
    for row, size in enumerate((TOKENS, 1, 16)):
        np.testing.assert_allclose(features[row, 1], values[:, -size:].mean(axis=1).ravel(), rtol=0, atol=1e-5)


def test_the_probe_finds_a_direction_that_is_there_and_none_that_is_not() -> None:
    rng = np.random.default_rng(0)
    topics = np.sign(rng.standard_normal(400))
    noise = rng.standard_normal((400, 6))
    there = noise + 3 * topics[:, None] * np.eye(6)[2]
    right = (np.sign(probe(there[:200], topics[:200], there[200:])) == topics[200:]).mean()
    blind = (np.sign(probe(noise[:200], topics[:200], noise[200:])) == topics[200:]).mean()
    assert right > 0.98 and 0.4 < blind < 0.6
    flat = np.ones((4, 2))
    assert probe(flat, topics[:4], flat).tolist() == [0] * 4, "what never varies says nothing"


def test_windows_answer_as_the_reader_with_that_memory_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gist, "WINDOWS", (4, 67, 256))
    asked = [gist._question(seed) for seed in range(11)]
    found = gist.windows_right(asked)
    for size, marks in zip((4, 67, 256), found, strict=True):
        reader = trained(gist._window(size))
        assert marks == reader.right(asked, reader.memories(gist._window(size)))
    assert [sum(marks) for marks in found] == sorted(sum(marks) for marks in found) and found[0] != found[2]


def test_what_is_known_so_far_stands_when_it_is_left() -> None:
    steps = gist.detail_and_gist(Settings(gist.PAIR, ()), {})
    first = next(steps)
    assert (first.done, first.total, first.data.lines) == (20, 1720, ())
    assert first.data.levels == {"blind guess, topics": 0.5, "blind guess, facts": pytest.approx(0.0417, abs=1e-3)}
    steps.close()  # type: ignore[attr-defined]


def test_a_learned_recurrence_has_no_direct_form() -> None:
    found = run(Settings(Choice("recurrent"), pairs("1 2; 3 4; 5 6"), "pairs"))
    assert recursion.of_run(found, None).lines == ()


def test_a_step_reads_what_the_memory_holds_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "LENGTHS", (7, 30))
    *_, last = streaming.cost_per_step(Settings(Choice("moving_average", (("window", 5),)), ()), {})
    one, everything = last.data.lines
    assert (one.name, everything.name) == ("Moving average, n_c = 5", "reading all pairs")
    assert [point.x for point in one.points] == [point.x for point in everything.points] == [7, 30]
    assert all(0 < point.low <= point.y <= point.high for line in last.data.lines for point in line.points)
    assert (last.done, last.total) == (2, 2)
