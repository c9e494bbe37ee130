"""The story page as a reader meets it: the real app, two stages under one clock, measuring with progress and a stop."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from memattn.lessons import stories, texts
from memattn.lessons.answering import Answer
from memattn.lessons.experiments import BY_FACTS
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice
from memattn.lessons.running import run
from memattn.memory import MEMORIES
from memattn.reader import Story

OpenPage = Callable[..., Page]
PATH = "/story"


def part(where: Page | Locator, name: str) -> Locator:
    return where.locator(f"[data-part={name}]")


def opened(open_page: OpenPage, *, dark: bool = False, stages: int = 1, **query: object) -> Page:
    page = open_page(PATH, query=query, dark=dark)
    expect(page.locator("[data-part=root][data-ready]")).to_have_count(stages, timeout=60_000)
    expect(page.locator(".ma-card").first).to_be_visible()
    return page


def choose(page: Page, key: str, option: str) -> None:
    page.locator(f".st-key-{key} input").first.click()
    page.get_by_role("option", name=option, exact=True).click()


def token(stage: Locator) -> int:
    found = re.match(r"token (\d+)/", part(stage, "counter").inner_text())
    assert found
    return int(found[1])


def story(tokens: int = 160, facts: int = 8) -> Story:
    made = stories.make_up(7, tokens, facts).story
    return made.with_question(made.facts[len(made.facts) // 2])


def likeliest(name: str) -> tuple[str, float]:
    answer = run(Settings(Choice(name), story().words)).answer
    assert isinstance(answer, Answer)
    return answer.ranked[0]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_first_screen_shows_memory_stage_and_answer(
    open_page: OpenPage, shot: Callable[[Page, str], object], dark: bool
) -> None:
    page = opened(open_page, dark=dark)
    word, probability = likeliest("compressive")
    expect(page.locator(".ma-answer").first).to_contain_text(f"{word}{probability:.2f}")
    for seen in (part(page, "root"), page.locator(".ma-card").first, page.locator(".st-key-story_memory").first):
        box = seen.bounding_box()
        assert box is not None and box["y"] + box["height"] < 720 and box["x"] + box["width"] <= 1280
    assert part(page, "root").get_attribute("data-theme") == ("dark" if dark else "light")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    shot(page, f"story-{'dark' if dark else 'light'}")


def test_another_memory_of_as_many_slots_loses_the_fact_and_the_link_follows(open_page: OpenPage) -> None:
    page = opened(open_page)
    right = page.locator(".ma-verdict").first
    expect(right).to_contain_text("Right")
    choose(page, "story_memory", MEMORIES["window"].title)
    expect(right).to_contain_text("Wrong. The story says: ben.", timeout=30_000)
    expect(page.locator(".ma-where").first).to_contain_text("The fact has left the memory.")
    page.wait_for_function("() => location.search.includes('memory=window')")
    word, probability = likeliest("window")
    expect(page.locator(".ma-answer").first).to_contain_text(f"{word}{probability:.2f}")
    link = page.evaluate("location.search")
    other = open_page(f"{PATH}{link}")
    expect(other.locator(".ma-answer").first).to_contain_text(f"{word}{probability:.2f}", timeout=60_000)


def test_two_memories_are_read_side_by_side_under_one_clock(open_page: OpenPage) -> None:
    page = opened(open_page, stages=3, tab="Side by side", b_memory="window", n=60, facts=3)
    stages = page.locator("[data-part=root]")
    main, left, right = (stages.nth(at) for at in range(3))
    assert token(left) == token(right) == len(story(60, 3).words)
    left.focus()
    page.keyboard.press("Home")
    for _ in range(5):  # before the first segment is full
        page.keyboard.press("ArrowRight")
    expect(part(left, "counter")).to_contain_text("token 6/")
    expect(part(right, "counter")).to_contain_text("token 6/")
    expect(part(main, "counter")).to_contain_text("token 6/")
    right.focus()
    page.keyboard.press("Space")
    expect(part(right, "play")).to_have_attribute("aria-label", "Pause")
    expect(part(left, "play")).to_have_attribute("aria-label", "Pause")  # whoever moves, all say so
    left.focus()
    page.keyboard.press("Space")
    for stage in (left, right, main):
        expect(part(stage, "play")).to_have_attribute("aria-label", "Play")
    page.wait_for_timeout(300)
    assert token(left) == token(right) == token(main) >= 6
    assert page.locator(".ma-card").count() == 3


def test_recall_is_measured_with_progress_and_can_be_cancelled(open_page: OpenPage) -> None:
    page = opened(open_page, tab="Experiment", exp=BY_FACTS.name, mgap="48", memory="window")
    bar = page.get_by_test_id("stProgress")
    expect(bar).to_contain_text("not begun")
    page.get_by_role("button", name="Measure", exact=True).click()
    page.get_by_role("button", name="Cancel", exact=True).wait_for(timeout=30_000)
    expect(bar).to_contain_text("of 1,000 questions", timeout=30_000)
    page.get_by_role("button", name="Cancel", exact=True).click()
    note = page.locator(".ma-note").filter(has_text="Cancelled after")
    expect(note).to_be_visible(timeout=30_000)
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    said = bar.inner_text()
    page.wait_for_timeout(500)
    assert bar.inner_text() == said  # nothing runs on
    expect(page.get_by_role("button", name="Go on", exact=True)).to_be_enabled()


def test_a_scenario_is_one_click_and_stands_in_the_link(open_page: OpenPage, settle: Callable[[Page], None]) -> None:
    page = opened(open_page)
    page.get_by_role("radio", name="Told twice, differently").click()
    expect(page.locator(".ma-verdict").first).to_contain_text("more than once, in contradiction", timeout=30_000)
    settle(page)
    page.wait_for_function("() => /plant=/.test(location.search)")
    expect(page.locator(".ma-look").last).to_contain_text("Which of the two")


def test_ten_thousand_words_are_explained_and_stay_out_of_the_link(open_page: OpenPage) -> None:
    page = opened(open_page, story="own")
    page.get_by_role("button", name="Story", exact=True).click()
    area = page.get_by_role("textbox", name="Your story")
    area.fill("The red key is in the kitchen. It rains now. " * 834)
    area.press("Control+Enter")
    expect(page.locator(".ma-note").filter(has_text="10,008 words").first).to_be_visible(timeout=60_000)
    expect(page.locator(".ma-note").filter(has_text="too long for a link").first).to_be_visible()
    page.wait_for_function("() => location.search.length < 2000")


def test_any_language_is_played_and_labelled(open_page: OpenPage) -> None:
    page = opened(open_page, story="free", free="الثعلب في الجحر و الثعلب")
    expect(page.locator(".ma-tag")).to_have_text(texts.FREE_LABEL)
    expect(page.locator(".ma-card")).to_contain_text("stood here once before")
    expect(part(page, "counter")).to_contain_text("token 5/5")
