"""From settings to a run: the answer is what the outputs on the stage say, and beside it stands full attention."""

from dataclasses import replace

import numpy as np
import pytest

from memattn.lessons import models, running
from memattn.lessons.answering import Answer, NextWord, Whereabouts, ranked
from memattn.lessons.lesson import LAST, Settings
from memattn.lessons.memories import Choice, make, served_by
from memattn.lessons.models import FIRST, load, trained
from memattn.lessons.running import (
    check,
    layers_of,
    looking_head,
    memories_of,
    memory_of,
    missing,
    model_of,
    run,
    story_of,
    stream_of,
)
from memattn.lessons.stories import Plant, contradiction, plant, unanswerable, with_question
from memattn.memory import Full
from memattn.memory.window import Window
from memattn.reader import Reader, WeightsError, parse, truth
from memattn.reader.weights import file_of
from tests.lessons.cases import BARE, DEEP, SMALL, asking, settings, told

STORY = asking(told())
every_name = pytest.mark.parametrize("name", SMALL)


def answer_of(own: Settings) -> Answer:
    found = run(own).answer
    assert isinstance(found, Answer)
    return found


@every_name
def test_the_answer_is_what_the_model_makes_of_the_outputs_on_the_stage(name: str) -> None:
    own = settings(SMALL[name])
    found, model = run(own), model_of(own)
    assert isinstance(found.answer, Answer)
    said = model.answers(own.words, memories_of(own), found.trace.outputs)
    assert found.answer.ranked == ranked(said)
    assert found.trace.memory == name
    assert found.trace.tokens == own.words
    assert found.trace.settings == repr(memory_of(own))
    assert check(own, found) < 1e-4  # float32 outputs against float64


@pytest.mark.parametrize("name", DEEP)
def test_with_two_layers_the_last_one_answers_and_each_run_is_true(name: str) -> None:
    own = settings(DEEP[name])
    last, first = run(own), run(replace(own, layer=FIRST))
    assert first.answer is None
    assert isinstance(last.answer, Answer)
    assert abs(first.trace.outputs - last.trace.outputs).max() > 0.1
    assert check(own, last) < 1e-4
    assert check(replace(own, layer=FIRST), first) < 1e-4
    reader = load(served_by(own.choice))
    whole = reader.predict(reader.forward(own.words, memories_of(own)).logits[-1])
    assert dict(last.answer.ranked) == pytest.approx(dict(whole.candidates), abs=1e-4)


@every_name
def test_planted_facts_are_read_with_the_mechanism_alone(name: str) -> None:
    own = settings(BARE[name], "planted", seed=3)
    found = run(own)
    assert isinstance(found.answer, Answer)
    assert memory_of(own) == make(BARE[name])
    assert found.trace.heads == 1
    assert found.trace.origin == "planted facts"
    assert found.answer.full[0][0] == found.answer.truth.answer, "full attention finds a planted fact"
    assert found.answer.knowing == (), "a planted pair knows of its own word alone"


def test_any_text_is_read_and_what_may_come_next_is_said() -> None:
    own = Settings(Choice("window", (("window", 5),)), tuple(["a", "b", "c", "d", "a"]), "free")
    found = run(own)
    assert isinstance(found.answer, NextWord)
    assert found.answer.ranked[0][0] == found.answer.full[0][0] == "b"
    assert memories_of(own) == (Window(5),)
    assert layers_of(own) == 1


# --- beside it full attention ---------------------------------------------------------------------------------------


@every_name
def test_beside_a_memory_stands_full_attention_of_its_own_model_or_of_the_base_reader(name: str) -> None:
    own = settings(SMALL[name])
    model = {"compressive": "reader"}.get(name, "base-1")
    assert_full(own, load(model))


@pytest.mark.parametrize(
    "choice", [DEEP["window"], DEEP["compressive"], Choice("full", layers=2)], ids=lambda c: c.name
)
def test_in_two_layers_full_attention_stands_in_both(choice: Choice) -> None:
    assert_full(settings(choice), load("base-2"))


def test_kernels_learned_apart_are_compared_with_the_base_reader_that_they_were_learned_for() -> None:
    assert_full(settings(Choice("compressive", (("rate", 4), ("memory_length", 9)), "ae")), load("base-1"))


def assert_full(own: Settings, reader: Reader) -> None:
    whole = reader.predict(reader.forward(own.words, Full()).logits[-1])
    assert dict(answer_of(own).full) == pytest.approx(dict(whole.candidates), abs=1e-4)


def test_full_attention_beside_itself_says_the_same_twice() -> None:
    for choice in (Choice("full"), Choice("full", layers=2)):
        answer = answer_of(settings(choice))
        assert answer.full == answer.ranked
        assert answer.right


# --- the question and its fact --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "story", [told(), parse((*STORY.words, *["the", "fox", "sings", "."]))], ids=["none", "earlier"]
)
def test_a_story_that_does_not_end_in_a_question_is_refused(story: object) -> None:
    with pytest.raises(ValueError, match="must end in a question"):
        run(settings(Choice("full"), story=story))  # type: ignore[arg-type]


def test_a_fact_that_left_the_window_is_nowhere_and_can_only_be_guessed() -> None:
    fact, tokens = STORY.facts[1], len(STORY.words)

    def read(window: int) -> Answer:
        return answer_of(settings(Choice("window", (("window", window),)), story=STORY))

    inside, partly, outside = read(tokens - fact.start), read(tokens - fact.start - 2), read(tokens - fact.end - 4)
    assert inside.whereabouts == Whereabouts(tuple(range(fact.start, fact.end)), (), ())
    assert partly.whereabouts == Whereabouts(tuple(range(fact.start + 2, fact.end)), (), (fact.start, fact.start + 1))
    assert outside.whereabouts == Whereabouts((), (), tuple(range(fact.start, fact.end)))
    assert inside.right
    assert dict(outside.ranked).get(fact.answer, 0) < 0.5 < dict(inside.ranked)[fact.answer]
    assert outside.full == inside.full


def test_pairs_behind_a_fact_that_know_its_answer_are_counted_as_long_as_they_are_held() -> None:
    fact, tokens = STORY.facts[1], len(STORY.words)
    # the answer's word is followed by its full stop; of six words a pair knows, four pairs behind that still know it
    behind = range(fact.end, fact.answer_at + 6)
    assert len(behind) == 4
    for lost in range(6):
        window = tokens - fact.end - lost
        answer = answer_of(settings(Choice("window", (("window", window),)), story=STORY))
        assert answer.knowing == tuple(behind[lost:])
    whole = answer_of(settings(Choice("full"), story=STORY))
    assert whole.knowing == tuple(behind)


def test_knowing_pairs_may_stand_in_a_slot() -> None:
    own = settings(SMALL["compressive"], story=STORY)
    found = run(own)
    assert isinstance(found.answer, Answer)
    carried = {
        at for slot in found.trace.steps[-1].ids for at in found.trace.shares_read(slot, len(own.words) - 1).sources
    }
    fact = STORY.facts[1]
    assert found.answer.knowing == tuple(at for at in range(fact.end, fact.answer_at + 6) if at in carried)


def test_a_question_about_what_was_never_told_has_no_place_and_no_true_answer() -> None:
    answer = answer_of(settings(Choice("full"), story=with_question(told(), unanswerable(told()))))
    assert (answer.whereabouts, answer.truth.answer, answer.right, answer.knowing) == (None, None, False, ())


def test_the_latest_telling_counts() -> None:
    fact = told().facts[0]
    again = plant(told(), [Plant(999, contradiction(fact))])
    answer = answer_of(settings(Choice("full"), story=again.with_question(fact)))
    latest = again.facts[-1]
    assert answer.truth.fact == latest != fact
    assert answer.whereabouts == Whereabouts(tuple(range(latest.start, latest.end)), (), ())


@pytest.mark.parametrize("name", ["window", "compressive", "recurrent"])
def test_the_head_to_show_looks_at_the_fact_most_under_full_attention(name: str) -> None:
    own = settings(SMALL[name], story=STORY)
    found, stream, fact = run(own), stream_of(own), STORY.facts[1]
    dots = (stream.kv.keys @ stream.queries[:, -1].unsqueeze(-1)).squeeze(-1) / found.trace.d_k**0.5
    at_fact = dots.softmax(dim=-1)[:, fact.start : fact.end].sum(dim=-1)
    assert looking_head(found, answer_of(own).truth) == int(at_fact.argmax())
    assert at_fact.max() > at_fact.min()


def test_where_no_fact_was_told_no_head_looks_for_it() -> None:
    own = settings(Choice("full"), story=with_question(told(), unanswerable(told())))
    assert looking_head(run(own), answer_of(own).truth) is None
    assert looking_head(run(own), None) is None


# --- who reads ------------------------------------------------------------------------------------------------------


def test_layers_are_those_of_the_model_that_reads() -> None:
    assert [layers_of(settings(choice)) for choice in DEEP.values()] == [2] * len(DEEP)
    assert [layers_of(settings(SMALL[name])) for name in ("window", "compressive", "merging")] == [1, 1, 1]
    assert layers_of(settings(BARE["recurrent"], "planted")) == 1


def test_the_words_are_parsed_for_their_facts_and_their_question() -> None:
    own = settings(Choice("full"), story=STORY)
    assert story_of(own) == parse(STORY.words)
    assert truth(story_of(own), story_of(own).questions[-1]).fact == STORY.facts[1]
    assert own.layer == LAST


def test_a_memory_is_missing_without_its_model_or_without_the_one_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing(Choice("compressive")) == missing(Choice("recurrent")) == ""

    def only(*there: str) -> None:
        def load_(name: str = "reader", learned_by: str = "") -> Reader:
            if name in there:
                return load(name, learned_by)
            raise WeightsError(file_of(name), "are missing")

        monkeypatch.setattr(models, "load", load_)

    only("reader", "gated")
    assert missing(Choice("compressive")) == ""
    assert "base-1.safetensors are missing" in missing(Choice("recurrent"))
    assert "base-2.safetensors" in missing(Choice("window", layers=2))
    assert layers_of(settings(Choice("window"))) == 0
    with pytest.raises(WeightsError, match=r"base-1\.safetensors are missing"):
        run(settings(Choice("window")))
    assert layers_of(settings(BARE["window"], "planted")) == 1
    only("base-1")
    assert "gated.safetensors are missing" in missing(Choice("recurrent"))
    assert missing(Choice("window")) == ""


def test_the_same_settings_give_the_same_run() -> None:
    one, other = run(settings(SMALL["hybrid"])), run(settings(SMALL["hybrid"]))
    np.testing.assert_array_equal(one.trace.outputs, other.trace.outputs)
    assert one.answer == other.answer
    assert running.model_of(settings(SMALL["hybrid"])).origin == trained(SMALL["hybrid"]).origin


@pytest.mark.gpu
@pytest.mark.parametrize("name", [*SMALL, *(f"{name} in two layers" for name in DEEP)])
def test_cuda_shows_what_the_cpu_shows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings(DEEP[name.removesuffix(" in two layers")] if name.endswith("layers") else SMALL[name])
    found = {}
    for device in ("cpu", "cuda"):
        monkeypatch.setenv("MEMATTN_DEVICE", device)
        load.cache_clear()
        found[device] = run(own)
    load.cache_clear()
    here, there = found["cpu"], found["cuda"]
    assert there.trace.device.startswith("cuda") and here.trace.device.startswith("cpu")
    np.testing.assert_allclose(there.trace.outputs, here.trace.outputs, rtol=0, atol=1e-9)
    for one, other in zip(there.trace.steps, here.trace.steps, strict=True):
        assert (one.ids, one.roles, one.events, one.held_ids) == (other.ids, other.roles, other.events, other.held_ids)
        np.testing.assert_allclose(one.weights, other.weights, rtol=0, atol=1e-9)
        np.testing.assert_allclose(one.attribution, other.attribution, rtol=0, atol=1e-9)
    assert isinstance(here.answer, Answer) and isinstance(there.answer, Answer)
    assert [word for word, _ in there.answer.ranked] == [word for word, _ in here.answer.ranked]
    assert check(own, there) < 1e-9
