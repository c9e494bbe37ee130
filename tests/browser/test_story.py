"""*Read a story* as a reader meets it: two stages under one clock, measuring with a stop, texts of one's own."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from memattn.lessons import running, stories, texts
from memattn.lessons.answering import Answer
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice
from memattn.memory import MEMORIES
from tests.browser.reader import option, part, ready, rest, token

OpenPage = Callable[..., Page]


def opened(open_page: OpenPage, *, stages: int = 1, **query: object) -> Page:
    page = ready(open_page("/story", query=query), stages)
    expect(page.locator(".ma-card").first).to_be_visible()
    return page


def best(choice: Choice, tokens: int = 160, facts: int = 8) -> str:
    made = stories.make_up(7, tokens, facts).story
    found = running.run(Settings(choice, made.with_question(made.facts[len(made.facts) // 2]).words, seed=7)).answer
    assert isinstance(found, Answer)
    return f"{found.ranked[0][0]}{found.ranked[0][1]:.2f}"


def test_another_memory_of_as_many_slots_loses_the_fact_and_the_link_follows(open_page: OpenPage) -> None:
    page = opened(open_page)
    verdict = page.locator(".ma-verdict").first
    expect(verdict).to_contain_text("Right")
    option(page, "story_memory", MEMORIES["window"].title)
    expect(verdict).to_contain_text("Wrong. The story says: ben.", timeout=30_000)
    expect(page.locator(".ma-where").first).to_contain_text("The fact has left the memory.")
    page.wait_for_function("() => location.search.includes('memory=window')")
    answer = best(Choice("window", (("window", 32),)))
    expect(page.locator(".ma-answer").first).to_contain_text(answer)
    rest(page)
    other = open_page(f"/story{page.evaluate('location.search')}")
    expect(other.locator(".ma-answer").first).to_contain_text(answer, timeout=60_000)


def test_two_memories_are_read_side_by_side_under_one_clock(open_page: OpenPage) -> None:
    page = opened(open_page, tab="Cost", b_memory="window", b_nc=5, n=60, facts=3)
    page.get_by_role("radio", name="Side by side", exact=True).click()  # what follows the stage is drawn alone
    ready(page, stages=2)
    left, right = (page.locator("[data-part=root]").nth(at) for at in range(2))
    assert token(left) == token(right) == 65
    boxes = [stage.bounding_box() for stage in (left, right)]
    assert boxes[0] and boxes[1] and boxes[0]["y"] == boxes[1]["y"] < 300 < boxes[0]["width"], "seen at once"
    assert abs(boxes[0]["width"] - boxes[1]["width"]) < 2
    for stage in (left, right):
        play = part(stage, "play").bounding_box()
        assert play and play["y"] + play["height"] <= 720, "and played without scrolling"
    left.focus()
    page.keyboard.press("Home")
    for _ in range(5):  # before the first segment is full
        page.keyboard.press("ArrowRight")
    for stage in (left, right):
        expect(part(stage, "counter")).to_contain_text("token 6/")
    right.focus()
    page.keyboard.press("Space")
    expect(part(right, "play")).to_have_attribute("aria-label", "Pause")
    expect(part(left, "play")).to_have_attribute("aria-label", "Pause")  # whoever moves, all say so
    left.focus()
    page.keyboard.press("Space")
    for stage in (left, right):
        expect(part(stage, "play")).to_have_attribute("aria-label", "Play")
    rest(page)
    assert token(left) == token(right) >= 6
    assert page.locator(".ma-card").count() == 3
    assert f"step={token(left)}" in page.url  # the address follows whoever moves


def test_stages_of_one_clock_have_one_speed_and_one_scale(open_page: OpenPage) -> None:
    page = opened(open_page, stages=2, tab="Side by side", b_memory="cumulative_average", n=60, facts=3, step=23)
    left, right = (page.locator("[data-part=root]").nth(at) for at in range(2))

    def tops(of: str) -> set[str]:
        return {part(stage, of).inner_text() for stage in (left, right)}

    assert tops("tick-top") == {"1"}, "one pair is read with weight 1, so the axis of the other ends there too"
    for stage in (left, right):
        stage.get_by_role("tab", name="Curve", exact=True).click()
        part(stage, "series").select_option("state")
    assert len(tops("curve-top")) == 1
    part(right, "speed").select_option("4")
    expect(part(left, "speed")).to_have_value("4")
    page.get_by_role("radio", name="Cost", exact=True).click()
    expect(page.locator("[data-part=root]")).to_have_count(1)
    alone = part(page, "curve-top").inner_text()
    page.get_by_role("radio", name="Side by side", exact=True).click()
    expect(page.locator("[data-part=root][data-ready]")).to_have_count(2)
    rest(page)
    again = page.locator("[data-part=root]").nth(1)
    expect(part(again, "speed")).to_have_value("4")  # who joins takes it over
    assert part(page, "curve-top").first.inner_text() == alone


def test_recall_is_measured_with_progress_and_can_be_cancelled(open_page: OpenPage) -> None:
    page = opened(open_page, tab="Experiment", exp="Recall by number of facts", mgap="48", memory="window")
    bar = page.get_by_test_id("stProgress")
    expect(bar).to_contain_text("not begun")
    page.get_by_role("button", name="Measure", exact=True).click()
    page.get_by_role("button", name="Cancel", exact=True).wait_for(timeout=30_000)
    expect(bar).to_contain_text("of 1,000 questions", timeout=30_000)
    page.get_by_role("button", name="Cancel", exact=True).click()
    note = page.locator(".ma-note").filter(has_text="Cancelled after")
    expect(note).to_be_visible(timeout=30_000)
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    said = bar.inner_text()
    page.wait_for_timeout(500)
    assert bar.inner_text() == said  # nothing runs on
    expect(page.get_by_role("button", name="Go on", exact=True)).to_be_enabled()


def test_a_scenario_is_one_click_and_stands_in_the_link(open_page: OpenPage) -> None:
    page = opened(open_page)
    page.get_by_role("radio", name="Told twice, differently").click()
    expect(page.locator(".ma-verdict").first).to_contain_text("more than once, in contradiction", timeout=30_000)
    page.wait_for_function("() => /plant=/.test(location.search)")
    expect(page.locator(".ma-look", has_text="Look:")).to_contain_text("Which of the two")


def test_ten_thousand_words_are_explained_and_stay_out_of_the_link(open_page: OpenPage) -> None:
    page = opened(open_page, story="own")
    page.get_by_role("button", name="Story", exact=True).click()
    area = page.get_by_role("textbox", name="Your story")
    area.fill("The red key is in the kitchen. It rains now. " * 834)
    area.press("Control+Enter")
    expect(page.locator(".ma-note").filter(has_text="10,008 words").first).to_be_visible(timeout=60_000)
    expect(page.locator(".ma-note").filter(has_text="too long for a link").first).to_be_visible()
    page.wait_for_function("() => location.search.length < 2000")


@pytest.mark.parametrize(
    ("text", "words"),
    [("الثعلب في الجحر و الثعلب", 5), ("狐狸在洞里。狐狸", 8), ("🦊 in a 🕳️ and 🦊", 6)],
    ids=["Arabic", "Chinese", "emoji"],
)
def test_any_language_is_played_and_labelled(open_page: OpenPage, text: str, words: int) -> None:
    page = opened(open_page, story="free", free=text, f="mean")
    expect(page.locator(".ma-tag")).to_have_text(texts.FREE_LABEL)
    expect(page.locator(".ma-card")).to_contain_text("stood here once before")
    expect(part(page, "counter")).to_contain_text(f"token {words}/{words}")


def test_a_planted_fact_is_asked_for_at_once(open_page: OpenPage) -> None:
    page = opened(open_page, n=60, facts=3)
    page.get_by_role("button", name="Plant a fact", exact=True).click()
    page.get_by_role("button", name="Plant it", exact=True).click()
    expect(page.locator(".ma-story")).to_contain_text("4 facts, 1 of them planted", timeout=30_000)
    expect(page.locator(".st-key-story_q input, .st-key-story_q [data-baseweb=select]").first).to_be_attached()
    page.wait_for_function("() => /plant=2/.test(location.search) && /q=Where/.test(location.search)")
    assert page.locator(".ma-card").count() == 1
