"""Where two layers read, the stage shows one of them and says which; the last one answers."""

import re

import pytest
import torch

from memattn.bidi import isolated
from memattn.lessons import running, texts
from memattn.lessons.lesson import LAST
from memattn.lessons.memories import Choice
from memattn.memory import MEMORIES
from memattn.quantities import rounded
from memattn.reader import parse
from memattn.trace import difference
from tests.pages.runs import computed, standing
from tests.pages.session import Session, query

FIRST = 0
DEEP = {"memory": "window", "layers": 2, "n": 60, "facts": 3}
PROVENANCE = r"<section><h4>Where the last word.*?</section>"


def test_the_stage_shows_the_last_layer_and_says_so() -> None:
    page = Session().open("story", query(**DEEP))
    assert texts.TWO_LAYERS[LAST] in page.cards[0] and page.value("layer") == LAST
    assert page.stage.content["title"] == MEMORIES["window"].title
    found = computed(page)
    assert standing(page).choice == Choice("window", (("window", 32),), layers=2)
    assert found.answer
    word, share = found.answer.ranked[0]
    assert f"<bdi>{word}</bdi>" in page.cards[0] and f"<b>{share:.2f}</b>" in page.cards[0]


def test_the_first_layer_is_played_while_the_last_one_answers() -> None:
    last = Session().open("story", query(**DEEP, tab="Answer"))
    page = Session().open("story", query(layer=FIRST, tab="Answer", **DEEP))
    settings, stage, story = standing(page), page.stage.content, parse(page.stage.content["tokens"])
    run = computed(page).trace
    stream, memory = running.stream_of(settings), running.memory_of(settings)
    dots = torch.einsum("hd,htd->ht", stream.queries[:, -1], stream.kv.keys) / stream.queries.shape[-1] ** 0.5
    fact = next(fact for fact in story.facts if fact.question == story.words[story.questions[-1].start :])
    looks = int(dots.softmax(dim=-1)[:, fact.start : fact.end].sum(dim=-1).argmax())
    assert stage["head"] == f"head {looks + 1} of 4"
    assert stage["title"] == f"{MEMORIES['window'].title}, first layer"
    assert stage["numbers"]["error"] == pytest.approx([step.output_error[looks] for step in run.steps], abs=1e-2)
    assert stage["numbers"] != last.stage.content["numbers"] and stage["marks"] == last.stage.content["marks"]
    assert f"max |difference| {rounded(difference(memory, stream, run.outputs))}" in page.said
    assert page.notes == [] and texts.TWO_LAYERS[FIRST] in page.cards[0]
    assert page.cards[0].replace(texts.TWO_LAYERS[FIRST], texts.TWO_LAYERS[LAST]) == last.cards[0]
    (own,), (theirs,) = (re.findall(PROVENANCE, one.said, re.DOTALL) for one in (page, last))
    assert own == theirs and "last layer" in own


@pytest.mark.parametrize("layer", ["1", "2", "<b>second</b>"])
def test_a_layer_that_is_not_there_is_told_of_and_the_last_one_shown(layer: str) -> None:
    page = Session().open("story", query(layer=layer, **DEEP))
    (notice,) = page.notes
    assert f"“{isolated(layer)}” as Layer shown. Allowed: -1, 0." in notice
    assert page.stage == Session().open("story", query(**DEEP)).stage


@pytest.mark.parametrize("own", [{"layers": 1}, {"story": "free"}, {"src": "planted"}], ids=str)
def test_where_there_is_one_layer_a_link_to_the_first_changes_nothing(own: dict[str, object]) -> None:
    page = Session().open("story", query(**{**DEEP, **own, "layer": FIRST}))
    assert page.stage == Session().open("story", query(**{**DEEP, **own})).stage
    assert page.notes == [] and "layer" not in page.controls


@pytest.mark.parametrize(("layers", "firsts"), [(1, 2), (2, 3)])
def test_side_by_side_the_layer_is_shown_of_every_memory_that_has_it(layers: int, firsts: int) -> None:
    page = Session().open("story", query(layer=FIRST, tab="Side by side", b_layers=layers, **DEEP))
    assert page.notes == [] and page.said.count(texts.TWO_LAYERS[FIRST]) == firsts
    assert [stage.content["title"].endswith("first layer") for stage in page.stages] == [True, layers > 1]
