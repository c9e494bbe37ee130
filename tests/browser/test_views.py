"""The views beside the conveyor: what they say is what the trace says, and one of each panel is seen."""

import re
from itertools import groupby

import pytest
from playwright.sync_api import Page, expect

from memattn.lessons.narration import sentences, titles
from memattn.records import EventKind
from tests.browser.stages import RATE, SEGMENT_END, STORY, OpenStage, bands, bare, part, rest, run, scrub, token
from tests.node import evaluated

LOWER = ("softmax", "curve", "history", "influence")


def turn(page: Page, name: str) -> None:
    page.locator(f".tab[data-view={name}]").click()
    expect(page.locator(f".view-{name}")).to_be_visible()


def told(kind: str, upto: int) -> list[tuple[int, str]]:
    """Token from 1 and sentence of everything but pushes, that happens up to the end of a step."""
    found, names = [], titles(bands(kind))
    for step in run(kind).steps[: upto + 1]:
        lines = iter(sentences(run(kind), step, titles=names)[1:])
        for group, _ in groupby(step.events, key=lambda event: event.kind):
            text = next(lines)
            if group is EventKind.COMPRESS:
                next(lines)  # that its slots join their lane is a phase, and no event
            if group is not EventKind.PUSH:
                found.append((step.index + 1, text))
    return found


def test_one_view_of_a_panel_is_seen_and_the_others_are_behind_their_tabs(open_stage: OpenStage) -> None:
    page = open_stage(at=30)
    for name in LOWER:
        turn(page, name)
        seen = page.locator(".view:visible").evaluate_all("nodes => nodes.map((node) => node.className)")
        assert seen == ["view view-map", f"view view-{name}"]
        chosen = page.locator(".tab[aria-selected=true]").evaluate_all("tabs => tabs.map((tab) => tab.dataset.view)")
        assert chosen == ["map", name]


def test_tabs_are_turned_by_the_arrow_keys_and_the_stage_stays(open_stage: OpenStage) -> None:
    page = open_stage(at=30)
    page.locator(".tab[aria-selected=true]").last.focus()
    for name in (*LOWER[1:], LOWER[0]):
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.dataset.view") == name
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.dataset.view") == LOWER[-1]
    assert token(page) == 30
    assert page.locator(".tab:not([tabindex='-1'])").count() == 2, "one in each panel"


def test_an_opened_view_stands_in_the_link_and_a_link_opens_it(open_stage: OpenStage) -> None:
    page = open_stage(at=30)
    assert "view=" not in page.url
    turn(page, "history")
    page.wait_for_url(re.compile(r"[?&]view=history"))
    page.goto(page.url)
    page.wait_for_selector("[data-ready]")
    expect(page.locator(".view-history")).to_be_visible()
    turn(page, "softmax")
    page.wait_for_url(lambda url: "view=" not in url)


@pytest.mark.parametrize("kind", ["compressive", "window", "merging"])
@pytest.mark.parametrize("at", [0, SEGMENT_END, 40])
def test_the_history_tells_what_has_happened_and_nothing_else(open_stage: OpenStage, kind: str, at: int) -> None:
    page = open_stage(kind)
    turn(page, "history")
    scrub(page, at + 1)
    rows = page.locator("[data-part=history] tr")
    expected = told(kind, at)[::-1][:40]
    assert rows.count() == len(expected)
    for row, (number, text) in zip(rows.all(), expected, strict=True):
        cells = row.locator("td").all_text_contents()
        assert (cells[0], bare(cells[2])) == (f"k{number}", bare(text))
    current = [token for token, _ in expected if token == at + 1]
    assert page.locator("[data-part=history] tr[aria-current=step]").count() == len(current)


def test_the_history_grows_phase_by_phase_and_goes_where_it_is_clicked(open_stage: OpenStage) -> None:
    page = open_stage(at=SEGMENT_END, phase="pop")
    turn(page, "history")
    kinds = "nodes => nodes.map((row) => row.cells[1].textContent)"
    assert page.locator("[data-part=history] tr").evaluate_all(kinds) == ["pop"]
    scrub(page, 40)
    assert page.locator("[data-part=history] tr").count() > 3
    page.locator("[data-part=history] button").last.click()
    rest(page)
    assert token(page) == SEGMENT_END
    assert page.locator("[data-part=history] tr").evaluate_all(kinds) == ["pop"]  # where it has just happened
    assert page.locator("[data-part=history] tr[aria-current=step]").count() == 1


@pytest.mark.parametrize("at", [9, 33, 48])
def test_the_curve_says_an_error_as_the_line_below_the_stage_does(open_stage: OpenStage, at: int) -> None:
    page = open_stage(at=at)
    turn(page, "curve")
    page.locator("[data-part=series]").select_option("error")
    assert f"output error {part(page, 'curve-now').removesuffix(f' at k{at + 1}')}" == part(page, "error")
    page.locator("[data-part=series]").select_option("retained")
    assert f"retained mass {part(page, 'curve-now').removesuffix(f' at k{at + 1}')} of" in part(page, "retained")


@pytest.mark.parametrize("at", [9, 33, 48])
def test_the_curve_says_the_number_of_the_step(open_stage: OpenStage, at: int) -> None:
    page = open_stage(at=at)
    turn(page, "curve")
    step = run("compressive").steps[at]
    assert part(page, "curve-now") == f"{100 * round(float(step.retained.mean()), 2):.0f} % at k{at + 1}"
    page.locator("[data-part=series]").select_option("state")
    record = run("compressive")
    assert part(page, "curve-now") == f"{(record.d_k + record.d_v) * len(step.ids):,} at k{at + 1}"
    assert part(page, "curve-top") == f"{(record.d_k + record.d_v) * max(len(one.ids) for one in record.steps):,}"


def test_a_click_on_the_curve_goes_there(open_stage: OpenStage) -> None:
    page = open_stage(at=40)
    turn(page, "curve")
    box = page.locator("[data-part=curve]").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 11.5 / len(STORY), box["y"] + 5)
    rest(page)
    assert token(page) == 11


def test_sources_are_the_shares_in_the_slot_that_is_pointed_at(open_stage: OpenStage) -> None:
    page = open_stage(at=30)
    turn(page, "influence")
    record = run("compressive")
    step = record.steps[30]
    for slot in [slot for slot in step.ids if slot < 0]:
        page.locator(f'[data-slot="{slot}"]').hover()
        lines = page.locator("[data-part=influence] li").all_text_contents()
        shares = record.shares(slot, 30)
        assert [bare(line) for line in lines] == [
            f"k{source + 1}{STORY[source]}{value:.3f}"
            for source, value in zip(shares.sources, shares.values.mean(axis=0), strict=True)
        ]
        assert len(lines) == RATE
        assert part(page, "influence-of").startswith(f"in c{-slot},")


def test_without_a_pointer_the_made_slot_read_most_is_explained(open_stage: OpenStage) -> None:
    page = open_stage(at=44)
    turn(page, "influence")
    step = run("compressive").steps[44]
    made = {slot: step.weights.mean(axis=0)[i] for i, slot in enumerate(step.ids) if slot < 0}
    assert part(page, "influence-of") == f"in c{-max(made, key=lambda slot: made[slot])}, as k45 reads it"


def test_the_height_of_a_curve_is_its_largest_value_and_a_share_goes_to_one() -> None:
    heights = evaluated(
        """async () => {
            const { topOf } = await from('curve-view');
            const up = (largest) => largest;
            const series = [[up, [3, 11, 7]], [() => 1, [0.2]], [up, [0, 0]]];
            return series.map(([top, values]) => topOf({ top, values }));
        }"""
    )
    assert heights == [11, 1, 1]


def test_what_is_seen_together_has_one_scale() -> None:
    found = evaluated(
        """async () => {
            const { axisTop } = await from('geometry');
            const { topTogether } = await from('curve-view');
            const trace = (largest, numbers) => ({
                length: numbers.length,
                raw: { series: [{ name: 'age', title: 'age', values: numbers }] },
                read: (k) => ({ largest: largest[k] }),
                numbers: (k) => ({ retained: 1, error: 0, floats: 7 * numbers[k] }),
            });
            const [one, other] = [trace([0.3, 0.02], [3, 5]), trace([0.07, 0.6], [2, 11])];
            return [
                [[one], [other], [one, other]].map((traces) => [0, 1].map((k) => axisTop(traces, k))),
                [[one], [other], [other, one]].map((traces) => topTogether(traces, 'age')),
                topTogether([one, other], 'state'),
            ];
        }"""
    )
    assert found == [[[0.5, 0.02], [0.1, 1], [0.5, 1]], [5, 11, 11], 77]


# --- the softmax lens -------------------------------------------------------------------------------------------------


def test_a_logit_is_dragged_and_moved_by_keys_kept_in_the_link_and_given_back(open_stage: OpenStage) -> None:
    page = open_stage("window", at=30)
    page.locator("[data-part=into-lens]").click()
    expect(page.locator(".view-map")).to_be_hidden()
    thumb, says = page.locator(".lens-thumb").nth(2), page.locator("[data-part=says]")
    before, first = thumb.inner_text(), says.inner_text()
    box = thumb.bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2
    page.mouse.move(middle, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(middle, box["y"] - 25, steps=3)
    page.mouse.up()
    dragged = float(thumb.inner_text())
    assert dragged > float(before.replace("−", "-")) + 1
    assert says.inner_text() != first
    page.keyboard.press("ArrowUp")
    page.keyboard.press("PageDown")
    assert float(thumb.inner_text()) == pytest.approx(dragged + 0.1 - 1)
    assert thumb.get_attribute("aria-valuetext").startswith(f"{thumb.inner_text()}, share 0.")  # type: ignore[union-attr]
    assert token(page) == 30, "the keys moved the logit, and not the stage"
    page.locator(".lens-versions input[value=pin]").check()
    page.wait_for_url(re.compile(r"lens=pin_s31_k\d+\*"))
    told, moved = says.inner_text(), thumb.inner_text()
    page.goto(page.url)
    page.wait_for_selector("[data-ready]")
    assert (says.inner_text(), thumb.inner_text()) == (told, moved)
    page.locator("[data-part=lens-back]").click()
    assert thumb.inner_text() == before
    page.locator(".lens-versions input[value=none]").check()
    assert says.inner_text() == first
    page.wait_for_url(lambda url: "lens=" not in url and "view=lens" in url)
