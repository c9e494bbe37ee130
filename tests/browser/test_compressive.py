"""The lesson as a reader meets it: the real app, its stage, its controls, its link."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from memattn.lessons import stories
from memattn.lessons.answering import Answer, Run
from memattn.lessons.compressive import LESSON, reach
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice
from memattn.lessons.running import looking_head, run
from memattn.records import EventKind

OpenPage = Callable[..., Page]
PATH = "/compressive"


def part(page: Page, name: str) -> Locator:
    return page.locator(f"[data-part={name}]")


def slider(page: Page, key: str) -> Locator:
    name = f".st-key-compressive_compressive_{key}"
    return page.locator(f"{name} input[type=range], {name} [role=slider]").first


def token(page: Page) -> int:
    found = re.match(r"token (\d+)/", part(page, "counter").inner_text())
    assert found
    return int(found[1])


def opened(open_page: OpenPage, **query: object) -> Page:
    page = open_page(PATH, query=query)
    page.wait_for_selector("[data-ready]", timeout=30_000)
    expect(page.locator(".ma-card")).to_be_visible()
    return page


def default_settings(rate: int = 4, slots: int = 8) -> Settings:
    story = stories.make_up(int(LESSON.starts["seed"]), 96, 8).story
    choice = Choice("compressive", (("compressed_length", slots), ("rate", rate)))
    return Settings(choice, story.with_question(story.facts[len(story.facts) // 2]).words)


def answer_of(found: Run) -> Answer:
    assert isinstance(found.answer, Answer)
    return found.answer


def test_the_page_opens_on_the_answer_of_the_run(open_page: OpenPage) -> None:
    page = opened(open_page)
    asked = run(default_settings())
    assert token(page) == len(asked.trace.tokens)
    card = page.locator(".ma-card")
    word, probability = answer_of(asked).ranked[0]
    expect(card.locator(".ma-answer").first).to_contain_text(f"{word}{probability:.2f}")
    expect(card.locator(".ma-verdict")).to_contain_text("Right" if answer_of(asked).right else "Wrong")


def test_numbers_on_the_stage_are_the_tensors_of_the_run(open_page: OpenPage) -> None:
    page = opened(open_page)
    asked = run(default_settings())
    head = looking_head(asked, answer_of(asked).truth)
    assert head is not None
    last = asked.trace.steps[-1]
    expect(part(page, "head").first).to_have_text(f"head {head + 1} of {asked.trace.heads}")
    drawn = (
        part(page, "rows")
        .locator("tr")
        .evaluate_all(
            "rows => rows.map(row => [+row.dataset.id, ...[...row.cells].slice(1).map(cell => cell.textContent)])"
        )
    )
    by_weight = last.weights[head].argsort()[::-1]
    for row, at in zip(drawn, by_weight, strict=False):
        assert row[0] == last.ids[at]
        assert float(row[3]) == pytest.approx(last.weights[head, at], abs=1e-3)
        assert float(row[1].replace("−", "-")) == pytest.approx(last.scores[head, at], rel=0.01)
    expect(part(page, "sum")).to_have_text(f"Σ over {len(last.ids)} slots = 1.000")
    assert [part(page, name).inner_text() for name in ("scale-min", "scale-max")] == ["0", "1"]


def test_a_slider_changes_the_run_and_the_link_and_keeps_the_node(
    open_page: OpenPage, settle: Callable[[Page], None]
) -> None:
    page = opened(open_page)
    page.evaluate(
        "document.querySelector('.st-key-compressive_stage [data-testid=stBidiComponentIsolated]').dataset.mine = '1'"
    )
    before = part(page, "root").get_attribute("data-ready")
    slider(page, "rate").press("ArrowLeft")
    page.wait_for_function(
        "before => document.querySelector('.ma-card') && location.search.includes('c=3')", arg=before
    )
    settle(page)
    expect(part(page, "root")).not_to_have_attribute("data-ready", str(before))
    assert page.locator("[data-testid=stBidiComponentIsolated][data-mine='1']").count() == 1
    word, probability = answer_of(run(default_settings(rate=3))).ranked[0]
    expect(page.locator(".ma-answer").first).to_contain_text(f"{word}{probability:.2f}")


def test_the_picture_comes_first_and_everything_else_follows(
    open_page: OpenPage, settle: Callable[[Page], None]
) -> None:
    page = opened(open_page)
    page.evaluate(
        """() => {
            window.came = [];
            const stage = document.querySelector('.st-key-compressive_stage [data-testid=stBidiComponentIsolated]');
            const root = (stage.shadowRoot ?? stage).querySelector('[data-part=root]')
                ?? [...stage.querySelectorAll('*')].map((node) => node.shadowRoot?.querySelector('[data-part=root]'))
                    .find(Boolean);
            new MutationObserver(() => window.came.push('picture'))
                .observe(root, { attributes: true, attributeFilter: ['data-ready'] });
            new MutationObserver(() => window.came.push('formulas')).observe(
                document.querySelector('.st-key-formulas'),
                { childList: true, subtree: true, characterData: true });
        }"""
    )
    slider(page, "compressed_length").press("ArrowLeft")
    page.wait_for_function("() => window.came.includes('formulas')")
    settle(page)
    assert page.evaluate("window.came")[0] == "picture"
    expect(page.locator(".st-key-formulas")).to_contain_text(str(reach(default_settings(slots=7))))


def test_a_step_on_the_stage_brings_its_numbers_into_the_formulas(open_page: OpenPage) -> None:
    page = opened(open_page)
    formulas = page.locator(".st-key-formulas")
    before = formulas.inner_text()
    part(page, "root").focus()
    page.keyboard.press("Home")
    page.wait_for_function("() => /step=1(&|$)/.test(location.search)")
    expect(formulas).not_to_have_text(before)
    expect(page.locator(".ma-card")).to_be_visible()


def test_a_link_opens_the_same_picture_elsewhere(open_page: OpenPage) -> None:
    page = opened(open_page, c=2, ns=7, nm=17)
    part(page, "root").focus()
    page.keyboard.press("Home")
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    page.wait_for_selector("[data-part=root]:not([data-moving])")
    page.wait_for_function("() => /step=\\d+/.test(location.search)")
    at, drawn = token(page), part(page, "svg").evaluate("svg => svg.textContent")
    query = dict(pair.split("=") for pair in page.url.split("?")[1].split("&"))
    assert query == {"c": "2", "ns": "7", "nm": "17", "step": str(at)}
    other = opened(open_page, **query)
    assert token(other) == at
    assert part(other, "svg").evaluate("svg => svg.textContent") == drawn
    assert part(other, "sum").inner_text() == part(page, "sum").inner_text()


def test_keys_step_to_the_first_compression_of_the_run(open_page: OpenPage) -> None:
    page = opened(open_page)
    found = run(default_settings()).trace
    first = found.events(EventKind.COMPRESS)[0].token + 1
    part(page, "root").focus()
    page.keyboard.press("Home")
    seen = []
    for _ in range(6):
        page.keyboard.press("Shift+ArrowRight")
        page.wait_for_selector("[data-part=root]:not([data-moving])", timeout=15_000)
        seen.append(token(page))
    assert first in seen
    page.keyboard.press("End")
    expect(part(page, "counter")).to_contain_text(f"token {len(found.tokens)}/{len(found.tokens)}")


def test_malformed_links_are_answered_with_notices(open_page: OpenPage) -> None:
    page = opened(open_page, c="99", ns="abc", f="magic", step="-4", tab="Cost")
    notes = page.locator(".ma-note")
    assert notes.count() >= 3
    for asked in ("99", "abc", "magic", "-4"):
        expect(notes.filter(has_text=asked).first).to_be_visible()


def test_memory_shorter_than_a_segment_is_explained_and_can_be_mended(
    open_page: OpenPage, settle: Callable[[Page], None]
) -> None:
    page = open_page(PATH, query={"ns": 20, "nm": 9})
    expect(page.locator(".ma-problem")).to_contain_text("n_m must be ≥ n_s=20 pairs, got 9")
    expect(page.get_by_role("radio", name="First look")).to_be_visible()  # another way out
    page.get_by_role("button", name="Set n_m to 20").click()
    settle(page)
    page.wait_for_selector("[data-ready]")
    page.wait_for_function("() => location.search.includes('nm=20')")
    expect(page.locator(".ma-card")).to_be_visible()
    expect(page.locator(".ma-problem")).to_have_count(0)
    slider(page, "memory_length").press("Home")
    expect(page.locator(".ma-problem")).to_be_visible()
    expect(page.locator(".ma-card")).to_have_count(0)
    page.get_by_role("radio", name="First look").click()
    expect(page.locator(".ma-card")).to_be_visible()
    expect(page.locator(".ma-problem")).to_have_count(0)


def test_what_is_said_follows_the_picture(open_page: OpenPage) -> None:
    page = opened(open_page)
    chip = page.get_by_role("radio", name="Just inside the reach")
    chip.click()
    expect(chip).to_have_attribute("aria-checked", "true")
    expect(page.locator(".ma-verdict")).to_contain_text("Right")
    expect(page.locator(".ma-look")).to_be_visible()
    slider(page, "compressed_length").press("Home")  # no CMem at all: the fact is out of reach
    expect(part(page, "svg")).not_to_contain_text("c21")
    expect(page.locator(".ma-where")).to_contain_text("The fact has left the memory")
    expect(chip).to_have_attribute("aria-checked", "false")
    expect(page.locator(".ma-look")).to_have_count(0)
    expect(page.locator(".ma-badge")).to_contain_text("checked")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Reset everything").click()
    expect(slider(page, "compressed_length")).to_have_attribute("aria-valuetext", "8")
    page.get_by_role("radio", name="Cost").click()
    expect(page.get_by_role("radio", name="Cost")).to_have_attribute("aria-checked", "true")
    expect(page.locator(".ma-card")).to_have_count(1)
    expect(page.locator(".ma-badge")).to_have_count(1)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", ["/", PATH])
def test_a_page_fits_a_projector_in_both_themes(
    open_page: OpenPage, shot: Callable[[Page, str], object], path: str, dark: bool
) -> None:
    page = open_page(path, dark=dark)
    page.wait_for_selector("[data-ready]", timeout=30_000)
    box = part(page, "root").bounding_box()
    assert box is not None and box["y"] + box["height"] < 720 and box["x"] + box["width"] <= 1280
    assert part(page, "root").get_attribute("data-theme") == ("dark" if dark else "light")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    shot(page, f"{path.strip('/') or 'start'}-{'dark' if dark else 'light'}")


def test_reduced_motion_cuts(open_page: OpenPage) -> None:
    page = open_page(PATH, reduced_motion=True, query={"step": 23})
    page.wait_for_selector("[data-ready]", timeout=30_000)
    part(page, "root").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("[data-part=root][data-moving]").count() == 0
    assert token(page) == 24


def test_a_prediction_is_asked_and_judged_by_the_run(open_page: OpenPage) -> None:
    page = opened(open_page)
    found = run(default_settings()).trace
    popped = found.events(EventKind.POP)[0]
    made = sum(event.token == popped.token for event in found.events(EventKind.COMPRESS))
    part(page, "root").focus()
    page.keyboard.press("Home")
    for _ in range(popped.token + 2):
        if part(page, "prompt").is_visible():
            break
        page.keyboard.press("ArrowRight")
    expect(part(page, "prompt")).to_contain_text("Which pairs leave it?")
    for slot in popped.slots:
        part(page, "targets").locator(f"button[data-id='{slot}']").click()
    page.get_by_role("button", name=str(made), exact=True).click()
    page.get_by_role("button", name="Reveal").click()
    said = page.get_by_role("dialog", name="Predict").get_by_text(f"Right: the {len(popped.slots)} oldest pairs leave")
    expect(said).to_be_visible()
