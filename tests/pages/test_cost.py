"""The page Cost: what stands on it is what arithmetic by hand gives, and every design opens where it says."""

import re
from typing import Any

import pytest

from memattn.lessons.cost import designs, measured
from memattn.memory import MEMORIES
from tests.pages.session import Session, query
from tests.pages.test_interface_words import check

GROWTH, REAL, FITS, MEASURED, DESIGNS = VIEWS = (
    *("As the text grows", "Real models", "What fits", "Measured here", "Designs of today"),
)


def opened(**values: Any) -> Session:
    page = Session().open("cost", query(**values))
    assert page.notes == []
    return page


def bars(figure: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Words of every bar, by group and row."""
    plain = (dict(zip(group["y"], group["text"], strict=True)) for group in figure["data"])
    rows = ({re.sub("<.*?>", " ", row).strip(): words for row, words in group.items()} for group in plain)
    return {group["name"]: row for group, row in zip(figure["data"], rows, strict=True)}


def test_all_views_stand_in_order_and_speak_of_things_by_one_name() -> None:
    page = opened()
    assert tuple(page.control("tab").options) == VIEWS
    for view in VIEWS:
        check(page.move("tab", view))
        assert page.text.count("mechanism") == 0, "memories are called so"


def test_the_slider_moves_the_sentence_and_both_figures() -> None:
    page = opened()
    assert (
        "**After 131,072 tokens Llama 3 8B stores 16 GiB with full attention; with Sliding window 512 MiB" in page.text
    )
    page.move("k", 10)
    assert "After 1,024 tokens Llama 3 8B stores 128 MiB with full attention; with Sliding window 128 MiB" in page.text
    curves, ranks = page.figures
    assert curves["layout"]["shapes"][0]["x0"] == 1024
    (words,) = bars(ranks).values()
    assert words["Sliding window"] == words["Full cache"] == "128 MiB" and words["Cumulative average"] == "128 KiB"
    assert len(words) == len(MEMORIES)
    page.move("what", "Operations to read for one token")
    assert f"{32 * 32 * 4 * 128 * 1024 / 1e6:.3g} million operations" in page.text
    assert page.named == {"k": "10", "what": "flops"}


def test_real_models_show_the_card_and_three_bars() -> None:
    page = opened(tab=REAL, model="deepseek-v4-flash", bits=8, k=20)
    assert "43 layers × 1 KV head × 512 numbers, key and value in one × 1 bytes = **21.5 KiB per token**" in page.text
    found = bars(page.figures[0])
    numbers = 43 * 128 * 512 + 21 * (2**20 // 4) * 640 + 20 * (2**20 // 128) * 512
    assert found["as it was built"]["DeepSeek-V4-Flash"] == f"{numbers / 2**30:.4g} GiB"
    assert found["full attention in every layer"]["DeepSeek-V4-Flash"] == f"{43 * 512 * 2**20 / 2**30:.4g} GiB"
    assert "antirez/ds4" in page.text and "huggingface/transformers" in page.text


def test_what_fits_is_solved_with_the_numbers_of_the_controls() -> None:
    page = opened(tab=FITS, gib=48, bits=4, model="llama-3-70b")
    tokens = 8 * 48 * 2**30 // (4 * 80 * 8 * 256)
    assert f"**{tokens:,} tokens** of Llama 3 70B" in page.text
    assert bars(page.figures[0])["full attention in every layer"]["Llama 3 70B"] == f"{tokens:,}"
    assert "With Sliding window a text of any length fits into 48 GiB" in page.text


def test_the_measurement_waits_for_a_guess_and_shows_all_that_was_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured.step, "__defaults__", (67, 8, 1))
    page = opened(tab=MEASURED)
    assert page.figures == [] and measured.device().name in page.text
    (guess,) = page.app.radio
    guess.set_value(0)
    page.run().click("measure_start").settle()
    (figure,) = page.figures
    paper = next(one for one in figure["data"] if (one.get("name") or "").startswith("operations"))
    assert len(paper["y"]) == len(MEMORIES)
    assert (
        f"In {len(MEMORIES) - 2} of {len(MEMORIES)} memories bytes and operations are those of the paper" in page.text
    )
    assert len(page.notes) == 1 and "full attention’s, measured on" in page.notes[0]


@pytest.mark.parametrize("key", designs.DESIGNS)
def test_a_design_plays_says_what_it_leaves_out_and_opens_elsewhere_as_it_stands_here(key: str) -> None:
    design = designs.DESIGNS[key]
    page = opened(tab=DESIGNS).move("design", design.title)
    assert page.stage.content["tokens"] == list(designs.settings(design).words)
    assert page.stage.header["view"] == design.view
    for words in (design.ours, design.left_out, design.source):
        assert words in page.text
    assert ("Right: " in page.cards[0]) == (key in ("qwen3-next", "qwen3-next-delta", "v4-sparse"))
    (read,) = (link for link in design.links if link.page == designs.STORY_PAGE)
    there = Session().open("story", query(**read.query))
    assert there.notes == [] and there.stage.content["tokens"] == page.stage.content["tokens"]
    assert there.stage.content["lanes"] == page.stage.content["lanes"]
    assert there.stage.content["steps"] == page.stage.content["steps"]


@pytest.mark.parametrize("lens", [designs.SINK, designs.GATE])
def test_the_softmax_of_a_design_opens_under_the_lens(lens: str) -> None:
    links = (link for one in designs.DESIGNS.values() for link in one.links)
    link = next(link for link in links if link.query.get("lens") == lens)
    page = Session().open("global", query(**link.query))
    assert page.notes == [] and (page.stage.header["view"], page.stage.header["lens"]) == ("lens", lens)


def test_what_a_link_cannot_get_is_told() -> None:
    page = Session().open("cost", query(k=21, bits=7, model="gpt-9", memory="nobody"))
    assert len(page.notes) == 4 and page.link == "" and len(page.figures) == 2
