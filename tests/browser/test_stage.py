"""The stage in a real browser, played from the standalone player: what is drawn is what the trace says."""

import re
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import regex
from playwright.sync_api import Browser, Locator, Page, Route, expect

from memattn.compression import MeanPool
from memattn.lessons.prediction import predictions
from memattn.memory import MEMORIES
from memattn.memory.compressive import Compressive
from memattn.records import Role, Trace
from memattn.stage.packed import Payload
from memattn.stage.payload import payload
from memattn.stage.player import player
from memattn.streams import planted_facts, random_stream
from memattn.trace import trace
from tests.browser.stages import (
    N_CM,
    N_M,
    N_S,
    RATE,
    SEGMENT_END,
    STORY,
    OpenStage,
    bare,
    packed,
    part,
    picture,
    rest,
    run,
    scrub,
    sent,
    sent_weights,
    token,
)

# --- identity -----------------------------------------------------------------------------------------------------


def test_a_token_keeps_its_node_from_its_line_of_text_to_the_compressor(open_stage: OpenStage) -> None:
    page = open_stage()
    heights = page.evaluate(
        """async (end) => {
            const range = document.querySelector('[data-part=scrubber]');
            const find = () => document.querySelector('[data-token="4"]');
            const first = find();
            const seen = [];
            for (let at = 1; at < end; at += 0.05) {
                range.value = at;
                range.dispatchEvent(new Event('input'));
                const node = find();
                if (!node) break;
                if (node !== first) return null;
                seen.push(node.getBoundingClientRect().y);
            }
            return seen;
        }""",
        SEGMENT_END + 1,
    )
    assert heights, "the node was exchanged"
    levels = [y for i, y in enumerate(heights) if i and abs(y - heights[i - 1]) < 0.01]
    places = sorted({round(y) for y in levels}, reverse=True)
    assert len(places) >= 4  # line of text, segment, Mem, compressor
    between = [y for y in heights if min(abs(y - place) for place in places) > 2]
    assert len(between) >= 6  # and it was seen on its way
    assert all(b <= a + 30 for a, b in pairwise(heights))  # upwards, never a leap down


def test_the_node_of_a_compressed_pair_is_gone_and_a_slot_has_come(open_stage: OpenStage) -> None:
    page = open_stage(at=SEGMENT_END)
    assert page.locator("[data-slot]").count() == 0
    scrub(page, SEGMENT_END + 1)
    assert page.locator('[data-token="0"]').count() == 0
    slots = page.locator("[data-slot]").evaluate_all("nodes => nodes.map(node => node.dataset.slot).sort()")
    assert slots == ["-1", "-2"]
    assert page.locator('[data-slot="-1"] .word').text_content() == "1–3"


def test_back_gives_the_same_picture_and_so_does_scrubbing(open_stage: OpenStage) -> None:
    page = open_stage(at=15)
    page.keyboard.press("p")  # nobody asks
    before = picture(page)
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    rest(page)
    assert picture(page) != before
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    rest(page)
    assert picture(page) == before
    scrub(page, 33.37)
    middle = picture(page)
    scrub(page, 2.0)
    scrub(page, 33.37)
    assert picture(page) == middle


def test_a_tile_keeps_nothing_of_the_frame_before_it(open_stage: OpenStage) -> None:
    """Heights that are drawn alike, at a baseline that a finer height would move by a tenth of a pixel."""
    page = open_stage()
    after, fresh = page.evaluate(
        """async () => {
            const { makeSvgPainter } = await import('/stage/conveyor-svg.js');
            const tile = (h) => ({ key: 'a', id: 0, label: 'word', sub: '0', name: 'k0', zone: 'upcoming',
                role: 'upcoming', x: 0, y: 0, w: 60, h, opacity: 1, meter: 0 });
            const layout = { width: 100, height: 100, em: 13, bands: [] };
            const draw = (heights) => {
                const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
                const painter = makeSvgPainter(svg);
                painter.lay(layout);
                for (const h of heights)
                    painter.paint(
                        { sprites: new Map([['a', tile(h)]]), arcs: [], segments: [] }, {}, {}, { font: 'serif' });
                return svg.outerHTML;
            };
            const heights = Array.from({ length: 101 }, (_, i) => 16 + i / 100);
            return [heights.slice(1).map((h, i) => draw([heights[i], h])), heights.slice(1).map((h) => draw([h]))];
        }"""
    )
    assert after == fresh
    assert len(set(fresh)) > 5


# --- what is drawn is what was sent -------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [0, 11, SEGMENT_END, 40])
def test_the_table_shows_the_numbers_of_the_trace(open_stage: OpenStage, at: int) -> None:
    page = open_stage(at=at)
    step, sent = run("compressive").steps[at], sent_weights("compressive")[at]
    rows = page.locator("[data-part=rows] tr").evaluate_all(
        "rows => rows.map(row => [Number(row.dataset.id), ...[...row.cells].slice(1).map(cell => cell.textContent)])"
    )
    largest = sorted(range(len(sent)), key=lambda i: (-sent[i], -i))[: len(rows)]
    assert len(rows) == min(len(sent), 4)
    for row, i in zip(rows, largest, strict=True):
        assert row[0] == step.ids[i]
        score = float(row[1].replace("−", "-"))
        assert score == pytest.approx(step.scores[0, i], abs=0.006 * max(1, abs(score)))
        assert row[3] == f"{sent[i]:.3f}"
        assert float(row[3]) == pytest.approx(step.weights[0, i], abs=1e-3)
    assert part(page, "sum") == f"Σ over {len(sent)} slot{'s' * (len(sent) != 1)} = {sent.sum():.3f}"
    assert [part(page, "scale-min"), part(page, "scale-max")] == ["0", "1"]


@pytest.mark.parametrize("at", [5, 23, 35, 44])
def test_lanes_hold_what_the_trace_holds(open_stage: OpenStage, at: int) -> None:
    page = open_stage(at=at)
    scrub(page, at + 1)
    step = run("compressive").steps[at]
    drawn = page.locator("[data-part=svg] .tile").evaluate_all(
        """tiles => tiles.map(tile => [
                Number(tile.dataset.token ?? tile.dataset.slot),
                [...tile.classList].find(name => name.startsWith('is-')).slice(3),
            ]).filter(([, role]) => role !== 'upcoming' && role !== 'lost')"""
    )
    assert {tuple(one) for one in drawn} == set(zip(step.held_ids, map(str, step.held_roles), strict=True))
    counts = {
        role: sum(held is role for held in step.held_roles) for role in (Role.COMPRESSED, Role.RECENT, Role.CURRENT)
    }
    texts = page.locator(".lane-count").evaluate_all("nodes => nodes.map(node => node.textContent).filter(Boolean)")
    lost = sum(
        len(event.sources) for s in run("compressive").steps[: at + 1] for event in s.events if event.kind == "drop"
    )
    assert texts[0] == str(lost)
    assert [text for text in texts if "/" in text] == [
        f"{counts[Role.COMPRESSED]}/{N_CM}",
        f"{counts[Role.RECENT]}/{N_M}",
        f"{counts[Role.CURRENT]}/{N_S}",
    ]


CELLS = """async ([n, upTo]) => {
    const { scaleTable } = await import('/stage/theme.js');
    const canvas = document.querySelector('[data-part=heat]');
    const em = parseFloat(getComputedStyle(document.querySelector('[data-part=root]')).fontSize);
    const left = Math.round(2.7 * em), top = Math.round(0.85 * em);
    const w = canvas.width - left - Math.round(0.1 * em);
    const h = canvas.height - top - Math.round(1.2 * em);
    const pen = canvas.getContext('2d');
    const at = (k, j) => {
        const x = left + Math.round(((j + 0.5) * w) / n);
        const y = top + Math.round(((k + 0.5) * h) / n) - 1;
        return [...pen.getImageData(x, y, 1, 1).data].slice(0, 3);
    };
    const all = Array.from({ length: upTo }, (_, i) => i);
    const table = scaleTable(matchMedia('(prefers-color-scheme: dark)').matches);
    return { table, at: all.map((k) => all.map((j) => at(k, j))) };
}"""


def cells(page: Page, up_to: int) -> tuple[list[list[int]], list[list[list[int]]]]:
    """The colours of the scale, and of the cells of the first rows and columns of the map."""
    found = page.evaluate(CELLS, [len(STORY), up_to])
    return found["table"], found["at"]


def shades(table: list[list[int]], share: float) -> list[list[int]]:
    """The colour of a share and its neighbours on the scale: a share is sent in 255 levels of its row's largest."""
    level = int(np.floor(255 * share + 0.5))
    return table[max(0, level - 1) : level + 2]


@pytest.mark.parametrize("dark", [False, True])
def test_a_cell_of_the_map_has_the_colour_of_its_share_of_attention(open_stage: OpenStage, dark: bool) -> None:
    at = 40
    table, drawn = cells(open_stage(at=at, dark=dark), at + 4)
    forgotten = 0
    for k in range(0, at, 3):
        step = run("compressive").steps[k]
        carried = {s for slot in step.ids for s in run("compressive").shares(slot, k).sources}
        for position, share in enumerate(step.attribution[0]):
            if position in carried:
                assert drawn[k][position] in shades(table, share), (k, position)
            else:
                forgotten += 1
        assert drawn[k][k + 1] not in table  # not yet
    assert forgotten > 20
    assert drawn[at + 3][5] == drawn[0][40]  # rows to come are empty


def test_a_forgotten_cell_is_hatched_not_white(open_stage: OpenStage) -> None:
    at = 40
    page = open_stage(at=at)
    table, drawn = cells(page, at + 4)
    lost = [p for p in range(at) if not run("compressive").steps[at].attribution[0][p]]
    assert len(lost) == 12  # by hand: after 7 segments of 6, Mem has popped 24 pairs into 8 slots, of which 4 stay
    ground = drawn[0][40]
    seen = [drawn[k][p] for k in range(36, at) for p in lost]
    assert ground in seen and any(colour != ground and colour not in table for colour in seen)


def test_a_row_of_an_average_is_one_shade(open_stage: OpenStage) -> None:
    """A lone average gives each of the i words so far 1/i of the attention, whatever the query."""
    table, drawn = cells(open_stage("summary", at=len(STORY) - 1), len(STORY))
    for row in range(1, len(STORY) - 1):
        for position in range(row + 1):
            assert drawn[row][position] in shades(table, 1 / (row + 1)), (row, position)
    assert drawn[30][30] != table[255]


# --- the hand on the clock ----------------------------------------------------------------------------------------


def test_keys(open_stage: OpenStage) -> None:
    page = open_stage(at=8, calm=True)
    for key, expected in [
        ("ArrowRight", 9),
        ("PageDown", 10),
        ("ArrowLeft", 9),
        ("PageUp", 8),
        ("End", len(STORY) - 1),
        ("Home", 0),
        ("Shift+ArrowRight", 5),
        ("Shift+ArrowRight", 11),
        ("Shift+ArrowLeft", 5),  # as it came
        ("Shift+ArrowLeft", 0),
        ("Control+ArrowRight", 1),
        ("Meta+ArrowRight", 2),
        ("Control+ArrowLeft", 1),
    ]:
        page.keyboard.press(key)
        assert token(page) == expected, key
    page.keyboard.press("]")
    assert page.locator("[data-part=speed]").input_value() == "2"
    page.keyboard.press("[")
    page.keyboard.press("[")
    assert page.locator("[data-part=speed]").input_value() == "0.5"
    page.keyboard.press("?")
    assert page.locator("[data-part=keys]").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("[data-part=keys]").is_visible()
    page.keyboard.press("p")
    assert page.locator("[data-part=asking]").get_attribute("aria-pressed") == "false"


def test_a_quick_second_key_is_not_lost(open_stage: OpenStage) -> None:
    page = open_stage(at=0)
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    rest(page)
    assert token(page) == 4


def test_space_plays_and_pauses_but_leaves_a_focused_button_alone(open_stage: OpenStage) -> None:
    page = open_stage(at=2)
    play = page.locator("[data-part=play]")
    page.keyboard.press("Space")
    assert play.get_attribute("aria-label") == "Pause"
    page.wait_for_function("() => Number(document.querySelector('[data-part=scrubber]').value) > 3.4")
    page.keyboard.press("Space")
    assert play.get_attribute("aria-label") == "Play"
    stood = token(page)
    page.locator("[data-part=back]").focus()
    page.keyboard.press("Space")
    rest(page)
    assert play.get_attribute("aria-label") == "Play" and token(page) < stood


def test_nothing_moves_by_itself(open_stage: OpenStage) -> None:
    page = open_stage(at=9)
    before = picture(page)
    page.wait_for_timeout(300)
    assert picture(page) == before and token(page) == 9


def test_reduced_motion_cuts_instead_of_gliding(open_stage: OpenStage) -> None:
    page = open_stage(at=9, calm=True)
    seen = page.evaluate(
        """async () => {
            const root = document.querySelector('[data-part=root]');
            const find = () => document.querySelector('[data-token="10"]').getBoundingClientRect().y;
            const before = find();
            root.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, composed: true }));
            const seen = [find()];
            for (let i = 0; i < 12; i++) {
                await new Promise(requestAnimationFrame);
                seen.push(find());
            }
            return { before, seen };
        }"""
    )
    assert len(set(seen["seen"])) == 1 and seen["seen"][0] != seen["before"]


def test_tiles_are_inspected_by_arrow_keys_and_keys_that_are_characters_can_be_off(open_stage: OpenStage) -> None:
    page = open_stage(at=23)
    inspected = page.locator(".is-inspected")
    page.keyboard.press("Enter")
    assert inspected.get_attribute("data-token") == "23"
    page.keyboard.press("ArrowUp")
    assert inspected.get_attribute("data-token") == "17"
    page.keyboard.press("ArrowLeft")
    assert inspected.get_attribute("data-token") == "16" and token(page) == 23
    assert "k17 “on”" in bare(part(page, "tip"))
    assert bare(part(page, "live")).startswith("k17 “on”, raw pair in memory. score ")
    page.keyboard.press("PageDown")
    rest(page)
    assert "k17 “on”" in bare(part(page, "tip")) and part(page, "live") == part(page, "event")
    page.keyboard.press("Escape")
    assert inspected.count() == 0 and page.locator("[data-part=tip]").is_hidden()
    page.keyboard.press("Control+ArrowRight")
    rest(page)
    assert "leave Mem. 6 pairs become 2 slots" in part(page, "live") and "leave Mem" not in part(page, "event")

    keys = page.locator("[data-part=keys]")
    page.keyboard.press("?")
    assert "What is drawn" in keys.inner_text() and "squeezed into one slot" in keys.inner_text()
    stops = []
    for _ in range(3):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.dataset.part ?? document.activeElement.className"))
    assert stops == ["letters", "keys-close", "sheet"]  # round and round, until it is closed
    keys.get_by_label("Letters, digits and signs are keys here").uncheck()
    page.keyboard.press("Escape")
    assert keys.is_hidden()
    page.reload()
    page.wait_for_selector("[data-ready]")
    page.locator("[data-part=root]").focus()
    page.keyboard.press("?")
    assert keys.is_hidden()
    page.locator("[data-part=help]").click()
    assert not keys.get_by_role("checkbox").is_checked()
    assert "close-up" not in keys.inner_text()
    dense = open_stage("long", at=300)
    dense.locator("[data-part=help]").click()
    assert "a frame shows which" in dense.locator("[data-part=keys]").inner_text()


FULL = 35  # the first step whose update drops: by hand, 36 - 12 pairs have made 8 slots, of which 4 have room


@pytest.mark.parametrize("calm", [True, False], ids=["cut", "glide"])
def test_an_arrow_goes_by_phases_and_each_has_its_sentence_and_its_address(open_stage: OpenStage, calm: bool) -> None:
    page = open_stage(at=FULL - 1, calm=calm)
    page.keyboard.press("p")  # nobody asks
    seen = []
    for _ in range(7):
        page.keyboard.press("ArrowRight")
        rest(page)
        phase = part(page, "counter").split("phase: ")[1]
        assert part(page, "live") == part(page, "event")
        count = page.locator(".is-compressed .lane-count").text_content()
        compressing = page.locator(".is-hopper .lane-count").text_content()
        seen.append((token(page) - FULL, phase, bare(part(page, "live")), count, compressing, picture(page)))
    assert [one[:5] for one in seen[1:6]] == [
        (0, "push", "The segment is full: its 6 pairs k31–k36 enter Mem.", "4/4", ""),
        (0, "pop", "To make room, the 6 oldest pairs k19–k24 leave Mem.", "4/4", "6"),
        (0, "compress", "6 pairs become 2 slots: k19–k21 make c7; k22–k24 make c8.", "4/4", "2"),
        (0, "append", "c7–c8 join CMem, which now holds 6 slots, 2 too many.", "6/4", ""),
        (0, "drop", seen[5][2], "4/4", ""),
    ]
    gone = " ".join(STORY[6:12])
    assert seen[5][2] == f"To make room, the 2 oldest slots c3–c4 leave CMem: “{gone}” are lost for good."
    assert [one[:2] for one in (seen[0], seen[6])] == [(0, "read"), (1, "read")]
    for at in (5, 4, 3, 2, 1, 0):
        page.keyboard.press("ArrowLeft")
        rest(page)
        assert picture(page) == seen[at][-1]
        page.wait_for_function(
            "(phase) => new URL(location.href).searchParams.get('phase') === phase", arg=seen[at][1] if at else None
        )


def test_buttons_and_arrows_go_by_whole_tokens_for_who_wants_that(open_stage: OpenStage) -> None:
    page = open_stage(at=FULL - 1, calm=True)
    page.keyboard.press("p")
    whole = page.locator("[data-part=whole]")
    titles = "['back', 'step'].map((name) => document.querySelector(`[data-part=${name}]`).title)"
    assert page.evaluate(titles) == ["One phase back (←)", "One phase on (→)"]
    address = page.url
    whole.click()
    assert whole.get_attribute("aria-pressed") == "true" and page.url == address
    assert page.evaluate(titles) == ["One token back (←)", "One token on (→)"]
    for press, expected in [
        (lambda: page.keyboard.press("ArrowRight"), (FULL, "drop")),
        (lambda: page.locator("[data-part=step]").click(), (FULL + 1, "read")),
        (lambda: page.keyboard.press("PageUp"), (FULL, "drop")),
        (lambda: page.locator("[data-part=back]").click(), (FULL - 1, "read")),
    ]:
        press()
        assert (token(page), part(page, "counter").split("phase: ")[1]) == expected
    whole.click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert (token(page), part(page, "counter").split("phase: ")[1]) == (FULL, "push")


@pytest.mark.parametrize("behind", [False, True], ids=["on the last word's read", "behind its update"])
def test_play_from_the_end_starts_at_the_first_word(open_stage: OpenStage, behind: bool) -> None:
    """Of 48 words, by hand 8 segments of 6: the last one fills a segment and rests before its update."""
    page = open_stage(at=47, played=cut(48))
    if behind:
        scrub(page, 48, end=True)
    assert ("phase: drop" if behind else "phase: read") in part(page, "counter")
    page.keyboard.press("Space")
    at = "Number(document.querySelector('[data-part=scrubber]').value)"
    page.wait_for_function(f"() => {at} > 1.3 && {at} < 3")
    assert page.locator("[data-part=play]").get_attribute("aria-label") == "Pause"


def test_play_from_before_the_last_update_shows_it(open_stage: OpenStage) -> None:
    """The last word of a text that ends with a full segment: 48 words, by hand 8 segments of 6."""
    page = open_stage(at=47, phase="push", played=cut(48))
    page.keyboard.press("p")
    page.keyboard.press("Space")
    page.wait_for_function("() => Number(document.querySelector('[data-part=scrubber]').value) === 48")
    assert "phase: drop" in part(page, "counter")


def test_the_step_is_in_the_link_and_other_parameters_stay(open_stage: OpenStage) -> None:
    page = open_stage(at=7, calm=True)
    page.evaluate("history.replaceState(null, '', location.pathname + '?n_s=6&step=8&rate=3')")
    page.evaluate("window.heard = []; addEventListener('memattn:playhead', (event) => heard.push(event.detail))")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => new URL(location.href).searchParams.get('step') === '9'")
    assert "n_s=6" in page.url and "rate=3" in page.url
    assert page.evaluate("heard[heard.length - 1]") == {"channel": "", "step": 8, "phase": "attend"}
    again = open_stage(at=8, calm=True)
    assert picture(again) == picture(page)


@cache
def cut(tokens: int) -> Payload:
    """The story up to a word, read with the compressive memory."""
    facts = planted_facts(STORY[:tokens], {6: ("key", "kitchen")}, {}, seed=3)
    record = trace(Compressive(N_S, N_M, N_CM, MeanPool(rate=RATE)), facts.stream, "compressive")
    return payload(record, [], N_S, "cut", "before")


def asked(page: Page) -> dict[str, str]:
    """What the address asks for."""
    return page.evaluate("Object.fromEntries(new URL(location.href).searchParams)")


@pytest.mark.parametrize("phase", ["arrive", "attend", "push", "pop", "compress", "append"])
def test_a_moment_in_the_link_is_opened_at_exactly_that_picture(open_stage: OpenStage, phase: str) -> None:
    page = open_stage(at=SEGMENT_END, phase=phase)
    assert f"phase: {'read' if phase == 'attend' else phase}" in part(page, "counter")
    assert asked(page) == {"step": str(SEGMENT_END + 1)} | ({} if phase == "attend" else {"phase": phase})
    assert part(page, "event").endswith("arrives.") is (phase == "arrive"), "what it will read is not drawn yet"
    again = open_stage(at=SEGMENT_END, phase=phase)
    assert picture(again) == picture(page)
    rested = open_stage(at=SEGMENT_END)
    assert (picture(rested) == picture(page)) is (phase == "attend")  # where a full segment rests by itself


def test_a_phase_that_the_step_does_not_have_is_its_rest(open_stage: OpenStage) -> None:
    page = open_stage(at=8, phase="compress")
    assert picture(page) == picture(open_stage(at=8)) and asked(page) == {"step": "9"}


def test_a_pause_in_the_middle_of_a_phase_ends_it_and_the_link_names_it(open_stage: OpenStage) -> None:
    page = open_stage(at=SEGMENT_END)
    page.keyboard.press("p")
    page.keyboard.press("[")
    page.keyboard.press("[")
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('[data-part=counter]').textContent.includes('compress')")
    page.keyboard.press("Space")
    assert page.locator("[data-part=play]").get_attribute("aria-label") == "Play"
    rest(page)
    page.wait_for_function("() => location.search.includes('phase=compress')")
    again = open_stage(at=SEGMENT_END, phase="compress")
    assert picture(again) == picture(page)


def test_play_goes_on_from_where_a_pause_is_gliding(open_stage: OpenStage) -> None:
    page = open_stage(at=20)
    leap = page.evaluate(
        """async () => {
            const root = document.querySelector('[data-part=root]');
            const range = document.querySelector('[data-part=scrubber]');
            const press = () => root.dispatchEvent(new KeyboardEvent('keydown', { key: ' ', bubbles: true }));
            press();
            while (Number(range.value) < 22.1) await new Promise(requestAnimationFrame);
            press();
            const stood = Number(range.value);
            press();
            const seen = [Number(range.value) - stood];
            await new Promise(requestAnimationFrame);
            seen.push(Number(range.value) - stood);
            press();
            return seen;
        }"""
    )
    assert 0 <= leap[0] <= leap[1] < 0.2


MOUNT = """
    const { default: mount } = await import('/stage/stage.js');
    const parentElement = document.createElement('div');
    parentElement.append(document.querySelector('[data-part=root]').cloneNode(true));
    document.body.append(parentElement);
    const root = parentElement.firstChild;
    delete root.dataset.ready;
    const states = [];
    const triggers = [];
    const shelf = (globalThis[Symbol.for('memattn.link')] = { written: [] });
    shelf.write = () => shelf.written.push({ ...shelf.moment, at: performance.now() });
    const views = [['map'], ['softmax', 'curve', 'history', 'influence']];
    const show = (data) => mount({ data: { views, links: true, ...data }, parentElement,
        setStateValue: (name, value) => states.push([name, value]),
        setTriggerValue: (name, value) => triggers.push([name, value]) });
    const ready = async (id) => { while (root.dataset.ready !== id) await wait(5); };
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    const press = (key) => root.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, composed: true }));
    const counter = () => root.querySelector('[data-part=counter]').textContent;
"""


def mounted(page: Page, body: str, *payloads: dict[str, str]) -> Any:
    """Run a script with a stage of its own, mounted as a page of the app mounts it; `sent` are payloads."""
    return page.evaluate(f"async (sent) => {{ {MOUNT} {body} }}", list(payloads))


def test_the_moment_lies_on_the_shelf_and_is_written_sparingly(open_stage: OpenStage) -> None:
    page = open_stage()
    before = page.url
    told = mounted(
        page,
        """
        show({ ...sent[0], start: 16, phase: '' });
        await ready(sent[0].id);
        const opened = [...shelf.written];
        press('p');
        press(' ');
        await wait(2400);
        press(' ');
        await wait(900);
        const played = shelf.written.slice(opened.length);
        const still = shelf.written.length;
        const rested = counter();
        show({ ...sent[1], start: 3, phase: 'push' });
        await ready(sent[1].id);
        const cleanup = show({ ...sent[2], start: 30, phase: '' });
        await ready(sent[2].id);
        const other = shelf.written.slice(still);
        cleanup();
        return { opened, played, other, rested, states, left: shelf.moment };
        """,
        sent("compressive"),
        sent("window"),
        sent("long"),
    )
    assert [(one["step"], one["phase"]) for one in told["opened"]] == [(17, None)]
    times = [one["at"] for one in told["played"]]
    assert 4 <= len(times) <= 8 and min(b - a for a, b in pairwise(times)) > 480
    last = told["played"][-1]
    assert last["step"] > 17 and told["rested"].startswith(f"token {last['step']}/")
    # other memory, same words: where it stood, as far as it has that phase; other words: where it is asked to open
    assert told["other"][0]["step"] == last["step"] and told["other"][-1]["step"] == 31
    assert told["states"][-1] == [
        "moment",
        {"step": last["step"] - 1, "phase": last["phase"] or "", "view": "", "lens": ""},
    ]
    assert told["left"] is None and page.url == before


def test_the_page_is_told_the_moment_once_and_also_where_another_story_opens(open_stage: OpenStage) -> None:
    states = mounted(
        open_stage(calm=True),
        """
        show({ ...sent[0], start: 16, phase: '' });
        await ready(sent[0].id);
        await wait(600);
        press('p');
        for (const key of ['ArrowRight', 'ArrowRight']) press(key);
        await wait(600);
        show({ ...sent[1], start: 30, phase: '' });
        await ready(sent[1].id);
        await wait(600);
        return states;
        """,
        sent("compressive"),
        sent("long"),
    )
    assert states == [
        ["moment", {"step": SEGMENT_END, "phase": "push", "view": "", "lens": ""}],
        ["moment", {"step": 30, "phase": "", "view": "", "lens": ""}],
    ]


def test_copy_link_stands_where_something_can_copy_and_says_that_it_did(open_stage: OpenStage) -> None:
    page = open_stage(at=16, calm=True)
    button = page.locator("[data-part=copy]")
    assert not button.is_visible()
    page.evaluate(
        """() => {
            const shelf = globalThis[Symbol.for('memattn.link')];
            shelf.copy = async () => { window.copied = location.search; return true; };
            window.dispatchEvent(new Event('memattn:link'));
        }"""
    )
    assert button.inner_text() == "Copy link"
    box = button.bounding_box()
    page.keyboard.press("p")
    page.evaluate(
        """() => {
            const root = document.querySelector('[data-part=root]');
            const press = () => root.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
            for (let i = 0; i < 2; i++) press(); // the address is written before it is copied
            document.querySelector('[data-part=copy]').click();
        }"""
    )
    page.wait_for_function("() => document.querySelector('[data-part=copy]').textContent === 'Copied'")
    assert page.evaluate("copied") == f"?step={SEGMENT_END + 1}&phase=push"
    assert part(page, "live") == "Copied" and button.bounding_box() == box
    page.wait_for_function("() => document.querySelector('[data-part=copy]').textContent === 'Copy link'")


# --- moves in quick succession ------------------------------------------------------------------------------------


def test_keys_and_pointer_before_the_first_scene_and_after_the_last_do_nothing(open_stage: OpenStage) -> None:
    """A stage without room has no scene; one that is closed has no trace. Any error on the page fails the test."""
    counters = mounted(
        open_stage(),
        """
        const keys = [' ', 'ArrowRight', 'ArrowLeft', 'Home', 'End', 'PageDown', '[', ']', 'p', '?', '?', 'Escape'];
        const tease = () => {
            for (const key of keys) press(key);
            press('ArrowRight');
            for (const name of ['conveyor', 'heat-box', 'bars-box', 'rows', 'lost-button', 'copy', 'asking', 'step'])
                for (const kind of ['pointermove', 'click', 'pointerleave'])
                    root.querySelector(`[data-part="${name}"]`).dispatchEvent(
                        new PointerEvent(kind, { bubbles: true, clientX: 90, clientY: 90 }));
            const range = root.querySelector('[data-part=scrubber]');
            range.value = 9;
            for (const kind of ['input', 'change']) range.dispatchEvent(new Event(kind));
            const speed = root.querySelector('[data-part=speed]');
            speed.dispatchEvent(new Event('change'));
        };
        root.querySelector('[data-part=keys]').hidden = true;
        parentElement.style.display = 'none';
        show({ ...sent[0], start: 20, phase: '', seek: { step: 12, nonce: 1 } });
        tease(); // it is being inflated
        await ready(sent[0].id);
        tease();
        await wait(500);
        parentElement.style.display = '';
        await wait(100);
        const seen = [counter()];
        const cleanup = show({ ...sent[1], start: 20, phase: '' });
        tease();
        cleanup();
        await wait(300);
        const closed = counter();
        tease();
        press('End');
        await wait(500);
        return [...seen, root.dataset.ready === sent[0].id, counter() === closed];
        """,
        sent("compressive"),
        sent("long"),
    )
    assert re.match(rf"token \d+/{len(STORY)}", counters[0])
    assert counters[1:] == [True, True], "a closed stage showed another payload, or moved"


def test_the_last_of_several_payloads_stands_and_no_wish_is_lost(open_stage: OpenStage) -> None:
    seen = mounted(
        open_stage(),
        """
        const [a, b, c] = sent;
        show({ ...a, start: 4, reports: true });
        await ready(a.id);
        show({ ...b, start: 4, reports: true, seek: { step: 12, nonce: 1 } });
        show({ ...c, start: 4, reports: true, seek: { step: 12, nonce: 1 } });
        show({ ...b, start: 4, reports: true, seek: { step: 12, nonce: 1 } });
        show({ ...b, start: 4, reports: true, seek: { step: 14, nonce: 2 } });
        await ready(b.id);
        await wait(500);
        return [counter(), root.querySelectorAll('[data-part=rows] tr').length, triggers];
        """,
        sent("window"),
        sent("long"),
        sent("compressive"),
    )
    assert seen[0].startswith("token 15/320") and seen[1] > 0
    assert seen[2] == [["drawn", packed("long").id]]


def test_the_page_lends_a_view_and_gives_the_stage_the_focus_but_takes_it_from_nobody_who_types(
    open_stage: OpenStage,
) -> None:
    seen = mounted(
        open_stage(),
        """
        const field = document.body.appendChild(document.createElement('input'));
        const button = document.body.appendChild(document.createElement('button'));
        document.activeElement.blur();
        const seen = [];
        const note = () => seen.push([root.querySelector('.panel:nth-child(2)').dataset.view, shelf.moment?.view ?? '',
            [root, field, button].indexOf(document.activeElement)]);
        const data = { ...sent[0], start: 20, views };
        let nonce = 0;
        const send = async (view) => {
            show({ ...data, seek: { step: 22, view, nonce: ++nonce } });
            await wait(30);
            note();
        };
        show(data);
        await ready(sent[0].id);
        note();
        field.focus();
        await send('curve');
        button.focus();
        await send('');
        await send('history');
        root.querySelector('[role=tab][data-view=influence]').click();
        await send('');
        return seen;
        """,
        sent("compressive"),
    )
    assert seen == [
        ["softmax", "", 0],
        ["curve", "curve", 1],
        ["softmax", "", 0],
        ["history", "history", 0],
        ["influence", "influence", 0],
    ]


def test_views_can_be_left_out(open_stage: OpenStage) -> None:
    seen = mounted(
        open_stage(),
        """
        const seen = [];
        for (const own of [[['map'], ['softmax']], [['map']], [['softmax']], []]) {
            show({ ...sent[0], start: 20, views: own });
            await ready(sent[0].id);
            press('ArrowRight');
            await wait(60);
            seen.push(['.view-map', '.view-softmax'].map((name) => (root.querySelector(name)?.offsetHeight ?? 0) > 40));
        }
        return seen;
        """,
        sent("compressive"),
    )
    assert seen == [[True, True], [True, False], [False, True], [False, False]]


def test_in_one_column_what_is_reached_next_is_seen_next_and_what_has_no_room_stands_on_the_sheet_of_keys(
    open_stage: OpenStage,
) -> None:
    page = open_stage(at=SEGMENT_END - 1, calm=True)
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".stage")).to_have_class(re.compile("is-stacked"))

    def tops() -> dict[str, float]:
        """Of some elements in the order of the document, as far as they are seen."""
        parts = [f"[data-part={name}]" for name in ("conveyor", "event", "play", "question")]
        nodes = "nodes => nodes.filter((node) => node.checkVisibility() && !node.closest('[inert]'))"
        told = "[node.dataset.part ?? node.className, node.getBoundingClientRect().top]"
        found = page.locator(", ".join([*parts, ".panel"])).evaluate_all(f"{nodes}.map((node) => {told})")
        return dict(found)

    assert list(tops()) == ["conveyor", "event", "play", "panel"] == sorted(tops(), key=tops().__getitem__)
    page.keyboard.press("ArrowRight")
    assert list(tops()) == ["conveyor", "question", "event", "play"] == sorted(tops(), key=tops().__getitem__)
    page.keyboard.press("Escape")
    assert list(tops())[-1] == "panel"

    page.set_viewport_size({"width": 640, "height": 360})
    whole = page.locator("[data-part=whole]")
    expect(whole).to_be_hidden()
    page.locator("[data-part=root]").press("?")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(whole).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    assert "phase: append" in part(page, "counter"), "to the end of the token"
    page.set_viewport_size({"width": 872, "height": 600})
    expect(whole).to_be_visible()


# --- looking closer -----------------------------------------------------------------------------------------------


def test_hover_shows_the_sources_and_lights_the_same_slot_everywhere(open_stage: OpenStage) -> None:
    page = open_stage(at=30)
    slot = run("compressive").steps[30].ids[0]
    sources = run("compressive").shares(slot, 30).sources
    frame = "document.querySelector('[data-part=heat-over]').toDataURL()"
    bars = "document.querySelector('[data-part=bars]').toDataURL()"
    dull = page.evaluate(f"[{frame}, {bars}]")
    tile = page.locator(f'[data-slot="{slot}"]')
    tile.hover()
    tip = part(page, "tip")
    for source in sources:
        assert f"k{source + 1} {STORY[source]}" in bare(tip)
    assert tip.count("0.333") == RATE
    assert "is-lit" in (tile.get_attribute("class") or "")
    lit = page.evaluate(f"[{frame}, {bars}]")
    assert lit[0] != dull[0] and lit[1] != dull[1]
    page.mouse.move(5, 5)
    assert not page.locator("[data-part=tip]").is_visible()
    tile.click()
    page.mouse.move(5, 5)
    assert "is-lit" in (tile.get_attribute("class") or "")  # pinned
    page.keyboard.press("Escape")
    assert "is-lit" not in (tile.get_attribute("class") or "")


def test_hovering_a_row_of_the_table_lights_its_tile(open_stage: OpenStage) -> None:
    page = open_stage(at=30)
    row = page.locator("[data-part=rows] tr").first
    row.hover()
    identity = int(row.get_attribute("data-id") or "0")
    name = "token" if identity >= 0 else "slot"
    assert "is-lit" in (page.locator(f'[data-{name}="{identity}"]').get_attribute("class") or "")


def test_the_lost_tray_lists_what_was_lost(open_stage: OpenStage) -> None:
    page = open_stage(at=len(STORY) - 1)
    dropped = [event for step in run("compressive").steps[:-1] for event in step.events if event.kind == "drop"]
    page.locator("[data-part=lost-button]").click()
    lines = page.locator("[data-part=list-items] li")
    assert lines.count() == len(dropped) > 0
    assert bare(lines.first.locator("span").text_content()) == " ".join(STORY[i] for i in dropped[0].sources)
    page.keyboard.press("Escape")
    assert not page.locator("[data-part=list]").is_visible()


# --- predict, reveal, explain -------------------------------------------------------------------------------------


def ask(open_stage: OpenStage, *asks: str) -> Page:
    page = open_stage(at=SEGMENT_END - 1, calm=True, played=packed("compressive", asks))
    page.keyboard.press("ArrowRight")
    assert page.locator("[data-part=question]").is_visible() and token(page) == SEGMENT_END
    assert page.locator("[data-part=reveal]").is_disabled()
    return page


def tile(page: Page, identity: int) -> Locator:
    return page.locator(f'.target[data-id="{identity}"]')


def chosen(page: Page) -> list[int]:
    found = page.locator('.target[aria-pressed="true"]').evaluate_all("all => all.map(one => Number(one.dataset.id))")
    return sorted(found)


def test_a_range_is_two_clicks_and_what_is_right_is_told_and_shown_question_by_question(open_stage: OpenStage) -> None:
    page = ask(open_stage, "pop", "compress", "sources")
    tile(page, 0).click()
    tile(page, N_S - 1).click()
    assert chosen(page) == list(range(N_S)) and f"k1–k{N_S} ({N_S})" in part(page, "answers")
    page.locator("[data-part=reveal]").click()
    assert "✓" in part(page, "verdict") and page.locator(".tile.is-right").count() == N_S
    page.locator("[data-part=reveal]").click()
    assert "phase: pop" in part(page, "counter") and "How many slots are made?" in part(page, "prompt")
    page.keyboard.type(str(N_S // RATE))  # the field has the focus
    page.keyboard.press("Enter")
    assert "✓" in part(page, "verdict") and part(page, "reveal") == "Next question"
    page.keyboard.press("Enter")
    assert "a part in c1" in part(page, "prompt") and page.locator('[data-slot="-1"]').count() == 0
    tile(page, 0).click()
    tile(page, RATE - 1).click(modifiers=["Shift"])
    page.locator("[data-part=reveal]").click()
    assert "✓" in part(page, "verdict") and part(page, "reveal") == "Watch it happen"
    page.keyboard.press("PageDown")  # once it is told, on is to what happens
    assert not page.locator("[data-part=question]").is_visible()
    assert page.locator('[data-slot="-1"]').count() == 1 and "phase: append" in part(page, "counter")


def test_a_misconception_is_named(open_stage: OpenStage) -> None:
    page = ask(open_stage)
    tile(page, N_M - N_S).click()
    tile(page, N_M - 1).click()
    page.locator("[data-part=reveal]").click()
    said = part(page, "verdict")
    assert "✗" in said and f"k{N_M - N_S + 1}–k{N_M} are the newest pairs" in said and "first in, first out" in said
    assert page.locator(".tile.is-wrong").count() == N_S and page.locator(".tile.is-missed").count() == N_S


def test_by_keyboard_alone_a_range_is_chosen_revealed_and_nothing_throws_the_question_away(
    open_stage: OpenStage,
) -> None:
    page = ask(open_stage)
    at = "document.activeElement.dataset"
    assert page.evaluate(f"{at}.id") == "0", "the first tile has the focus"
    page.keyboard.press("Space")
    for _ in range(N_S - 1):
        page.keyboard.press("Shift+ArrowRight")
    assert chosen(page) == list(range(N_S))
    page.keyboard.press("ArrowDown")
    assert page.evaluate(f"{at}.id") == str(2 * N_S - 1), "one row down, and nothing chosen by that"
    page.keyboard.press("PageDown")
    assert "still open" in part(page, "stays") and chosen(page) == list(range(N_S))
    page.keyboard.press("Tab")
    assert page.evaluate(f"{at}.part") == "reveal", "one Tab leads past all tiles"
    page.keyboard.press("ArrowRight")
    assert "phase: read" in part(page, "counter") and page.locator("[data-part=question]").is_visible()
    page.keyboard.press("Enter")
    assert "✓" in part(page, "verdict")


def test_enter_chooses_a_tile_and_once_more_on_it_reveals(open_stage: OpenStage) -> None:
    page = ask(open_stage)
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    assert chosen(page) == [0]
    page.keyboard.press("Shift+Enter")
    assert chosen(page) == [0, 1] and not part(page, "verdict")
    page.keyboard.press("Enter")
    assert "✗" in part(page, "verdict")


def test_who_skips_a_question_is_asked_no_other_at_this_word(open_stage: OpenStage) -> None:
    page = ask(open_stage)
    page.keyboard.press("Escape")
    for phase in ("push", "pop", "compress", "append"):
        page.keyboard.press("ArrowRight")
        assert f"phase: {phase}" in part(page, "counter") and not page.locator("[data-part=question]").is_visible()


def test_letters_put_what_happens_in_order_and_the_line_does_not_tell_it_before(open_stage: OpenStage) -> None:
    page = open_stage(at=46, calm=True, played=packed("compressive", ("order",)))
    page.keyboard.press("ArrowRight")
    (order,) = (one for one in predictions(run("compressive"), rate=RATE) if one.name == "order")
    assert "in which order" in part(page, "prompt") and bare(part(page, "event")) == "k48 “the” arrives."
    for option in order.answer[::-1]:
        page.keyboard.press("ABCDEF"[option].lower())
    page.keyboard.press("Backspace")
    assert page.locator("[data-part=reveal]").is_disabled(), "all are taken back"
    for option in order.answer:
        page.keyboard.press("ABCDEF"[option])
    page.locator("[data-part=reveal]").focus()
    page.keyboard.press("Enter")
    assert "✓" in part(page, "verdict")


def test_of_all_questions_three_are_asked_on_the_way_and_three_more_by_who_switches_that_on_anew(
    open_stage: OpenStage,
) -> None:
    page = open_stage(calm=True)
    page.keyboard.press("Home")
    prompts = []
    for _ in range(60):
        page.keyboard.press("Control+ArrowRight")
        while page.locator("[data-part=question]").is_visible():
            prompts.append(part(page, "prompt"))
            page.keyboard.press("Escape")
    told = {one.prompt: one.name for one in predictions(run("compressive"), rate=RATE)}
    assert [told[prompt] for prompt in prompts] == ["pop", "drop", "fate"]
    page.keyboard.press("p")
    page.keyboard.press("p")
    for key in ("Home", *["Control+ArrowRight"] * 60):
        page.keyboard.press(key)
        if page.locator("[data-part=question]").is_visible():
            break
    assert told[part(page, "prompt")] not in ("pop", "drop", "fate")


def test_nobody_is_asked_who_does_not_want_to(open_stage: OpenStage) -> None:
    page = open_stage(at=SEGMENT_END - 1, calm=True)
    page.keyboard.press("p")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "phase: push" in part(page, "counter") and not page.locator("[data-part=question]").is_visible()


# --- other mechanisms, other looks --------------------------------------------------------------------------------


def test_a_long_trace_is_drawn_on_canvas_and_plays(open_stage: OpenStage) -> None:
    page = open_stage("long", at=200)
    assert page.locator("[data-part=canvas]").is_visible() and not page.locator("[data-part=svg]").is_visible()
    image = "document.querySelector('[data-part=canvas]').toDataURL()"
    before = page.evaluate(image)
    scrub(page, 204.3)
    assert page.evaluate(image) != before
    scrub(page, 201, end=True)
    assert token(page) == 200 and page.evaluate(image) == before
    page.keyboard.press("Space")
    page.wait_for_function("() => Number(document.querySelector('[data-part=scrubber]').value) > 201.5")


@pytest.mark.parametrize("kind", ["window", "summary", "merging", "hybrid"])
def test_memories_that_read_after_the_update(open_stage: OpenStage, kind: str) -> None:
    page = open_stage(kind, at=12, calm=True)
    step = run(kind).steps[12]
    assert part(page, "sum").startswith(f"Σ over {len(step.ids)} slot")
    for identity in step.ids:
        assert page.locator(f'[data-{"token" if identity >= 0 else "slot"}="{identity}"]').count() == 1
    before = picture(page)
    page.keyboard.press("ArrowRight")
    assert token(page) == 13
    page.keyboard.press("ArrowLeft")
    assert picture(page) == before


@pytest.mark.parametrize("dark", [False, True])
def test_words_can_be_read_in_both_themes(open_stage: OpenStage, dark: bool) -> None:
    page = open_stage(at=40, dark=dark)
    assert page.locator("[data-part=root]").get_attribute("data-theme") == ("dark" if dark else "light")
    ratios = page.evaluate(
        """async () => {
            const { contrast, mix } = await import('/stage/theme.js');
            const page = getComputedStyle(document.body).backgroundColor;
            return [...document.querySelectorAll('.tile')].flatMap((tile) => {
                const { fill, fillOpacity } = getComputedStyle(tile.querySelector('.back'));
                const opacity = Number(tile.getAttribute('opacity'));
                const texts = ['.word', '.sub'].map((name) => tile.querySelector(name));
                return texts.filter((node) => node.textContent).map((node) => {
                    const ink = getComputedStyle(node).fill;
                    const ground = fill.startsWith('rgb') ? mix(page, fill, Number(fillOpacity)) : page;
                    return [node.textContent, contrast(mix(ground, ink, opacity), ground)];
                });
            });
        }"""
    )
    assert len(ratios) > 30
    assert [(text, round(ratio, 2)) for text, ratio in ratios if ratio < 4.5] == []


def test_a_change_of_theme_keeps_the_playhead_and_the_nodes(open_stage: OpenStage) -> None:
    page = open_stage(at=20)
    page.evaluate("window.kept = document.querySelector('[data-token=\"20\"]')")
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector('[data-part=root][data-theme="dark"]')
    assert token(page) == 20
    assert page.evaluate("kept === document.querySelector('[data-token=\"20\"]')")


def test_new_data_keeps_the_playhead_where_the_words_are_the_same(open_stage: OpenStage) -> None:
    page = open_stage()
    told = page.evaluate(
        """async ([first, second, other]) => {
            const { default: mount } = await import('/stage/stage.js');
            const parentElement = document.createElement('div');
            parentElement.append(document.querySelector('[data-part=root]').cloneNode(true));
            document.body.append(parentElement);
            const root = parentElement.firstChild;
            delete root.dataset.ready;
            const states = [];
            const setStateValue = (name, value) => states.push([name, value]);
            const where = () => parentElement.querySelector('[data-part=counter]').textContent;
            const show = async (data) => {
                const cleanup = mount({ data, parentElement, setStateValue });
                while (root.dataset.ready !== data.id) await new Promise((done) => setTimeout(done, 5));
                return cleanup;
            };
            await show({ ...first, start: 9, seek: null });
            const texts = [where()];
            await show({ ...first, start: 30, seek: null }); // a rerun with the same trace
            texts.push(where());
            await show({ ...second, start: 30, seek: null }); // another memory, the same words
            texts.push(where());
            await show({ ...second, start: 30, seek: { step: 13, nonce: 1 } });
            texts.push(where());
            await show({ ...second, start: 30, seek: { step: 13, nonce: 1 } });
            const cleanup = await show({ ...other, start: 4, seek: { step: 13, nonce: 1 } }); // other words
            texts.push(where());
            await new Promise((done) => setTimeout(done, 600));
            cleanup();
            return [texts.map((text) => Number(text.match(/token (\\d+)/)[1]) - 1), states];
        }""",
        [sent("compressive"), sent("window"), sent("long")],
    )
    assert told[0] == [9, 9, 9, 13, 4]
    assert told[1][-1] == ["moment", {"step": 4, "phase": "", "view": "", "lens": ""}]


def test_the_picture_says_in_words_what_it_shows(open_stage: OpenStage) -> None:
    page = open_stage(at=20, calm=True)
    svg = page.locator("[data-part=svg]")
    assert svg.get_attribute("role") == "img"
    said = svg.get_attribute("aria-label") or ""
    assert "token 21/" in said and f"Mem {N_M} of {N_M}" in said and f"k21 “{STORY[20]}”" in bare(said)
    page.keyboard.press("ArrowRight")
    assert "token 22/" in (svg.get_attribute("aria-label") or "")
    assert page.get_by_role("toolbar", name="Playback").get_by_role("button").count() >= 5
    nameless = page.locator("button:visible").evaluate_all(
        "buttons => buttons.filter(b => !(b.getAttribute('aria-label') || b.textContent.trim())).length"
    )
    assert nameless == 0


def test_the_player_plays_from_a_file_and_asks_no_network(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "player.html"
    file.write_text(player(packed("compressive")), "utf-8")
    context = browser.new_context(viewport={"width": 872, "height": 600})
    wanted: list[str] = []
    faults: list[str] = []

    def refuse(route: Route) -> None:
        wanted.append(route.request.url)
        route.abort()

    context.route(lambda url: url != file.as_uri() and not url.startswith((f"{file.as_uri()}?", "data:")), refuse)
    page = context.new_page()
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("websocket", lambda socket: wanted.append(socket.url))
    page.goto(f"{file.as_uri()}?step={SEGMENT_END + 1}&phase=pop")
    page.wait_for_selector("[data-ready]")
    page.locator("[data-part=asking]").click()  # no questions on the way
    assert part(page, "counter").startswith(f"token {SEGMENT_END + 1}/{len(STORY)} · segment 3 · phase: pop")
    assert f"the {N_S} oldest pairs" in part(page, "event")
    page.locator("[data-part=step]").click()
    rest(page)
    assert "becomes" in part(page, "event") or "become" in part(page, "event")
    page.locator("[data-part=step]").click()
    rest(page)
    assert token(page) == SEGMENT_END and "join CMem" in part(page, "event")
    page.locator("[data-part=step]").click()
    rest(page)
    assert token(page) == SEGMENT_END + 1
    assert bare(part(page, "event")).startswith(f"k{SEGMENT_END + 2} “{STORY[SEGMENT_END + 1]}” reads ")
    page.locator("[data-part=play]").click()
    page.wait_for_function("() => Number(document.querySelector('[data-part=scrubber]').value) > 21")
    page.locator("[data-part=play]").click()
    rest(page)
    assert token(page) >= 20 and part(page, "sum").endswith("= 1.000")
    context.close()
    assert (wanted, faults) == ([], [])


# --- numbers ------------------------------------------------------------------------------------------------------


@cache
def of_heads(head: int | None, kind: str = "compressive", context: int = 6) -> tuple[Trace, Payload]:
    """A run of three heads, as one of them or their mean."""
    stream = random_stream(41, 5, 3, 3, seed=11)
    memory = {"compressive": Compressive(7, 11, 5, MeanPool(rate=3)), "full": MEMORIES["full"]()}[kind]
    record = trace(memory, stream, kind)
    return record, payload(record, [], 7, kind, memory.reads, head, context=context)


@pytest.mark.parametrize(("head", "whose"), [(None, "mean of 3 heads"), (1, "head 2 of 3")])
def test_whose_attention_it_is_is_said_beside_every_number(open_stage: OpenStage, head: int | None, whose: str) -> None:
    record, played = of_heads(head)
    page = open_stage("heads", at=37, played=played)
    step = record.steps[37]

    def over(values: np.ndarray) -> float:
        return float(values.mean() if head is None else values[head])

    assert part(page, "head") == part(page, "whose") == whose
    kept = over(step.retained)
    assert 0.2 < kept < 0.95
    assert part(page, "retained") == f"retained mass {100 * kept:.0f} % of full attention ({whose})"
    assert part(page, "error") == f"output error {over(step.output_error):.3g}"
    assert part(page, "reads") == f"reads {len(step.ids) * 8} of {38 * 8} numbers"
    titles = {name: page.locator(f"[data-part={name}]").get_attribute("title") or "" for name in METERS}
    assert whose in titles["error"] and "|output − full attention's| / |full attention's|" in titles["error"]
    assert whose in titles["retained"] and "per head" in titles["reads"]
    assert part(page, "meaning") == "share of attention per position; a row sums to 1"


METERS = ("error", "retained", "reads")


def test_rounding_noise_is_no_error(open_stage: OpenStage) -> None:
    record, _ = of_heads(None, "full")
    noisy = tuple(replace(step, output_error=np.full(3, 4e-6)) for step in record.steps)
    played = payload(replace(record, steps=noisy), [], 7, "full", "after")
    page = open_stage("full", at=37, played=played)
    assert (part(page, "error"), part(page, "retained")) == (
        "output error 0",
        "retained mass 100 % of full attention (mean of 3 heads)",
    )


def test_a_tile_names_the_words_that_its_pair_knows_of(open_stage: OpenStage) -> None:
    record, played = of_heads(None)
    page = open_stage("heads", at=37, played=played)
    page.locator('[data-token="36"]').hover()
    assert bare(page.locator(".tip-knows").inner_text()) == f"knows: {' '.join(record.tokens[31:37])}"
    page.locator(".tile.is-compressed").first.hover()
    assert page.locator(".tip-knows").count() == 0 and "of it on" not in part(page, "tip")
    open_stage("alone", at=37, played=of_heads(None, context=1)[1]).locator('[data-token="36"]').hover()
    assert page.locator(".tip-knows").count() == 0


def test_a_cell_of_a_made_slot_says_how_much_falls_on_its_position(open_stage: OpenStage) -> None:
    record, played = of_heads(1)
    page = open_stage("heads", at=40, played=played)
    step = record.steps[40]
    slot = next(slot for slot in step.ids if slot < 0)
    source = record.shares(slot, 40).sources[0]
    box = page.locator("[data-part=heat]").evaluate(
        """(canvas) => {
            const em = parseFloat(getComputedStyle(document.querySelector('[data-part=root]')).fontSize);
            const { x, y, width, height } = canvas.getBoundingClientRect();
            const left = Math.round(2.7 * em), top = Math.round(0.85 * em);
            return { x: x + left, y: y + top, w: width - left - 0.1 * em, h: height - top - 1.2 * em };
        }"""
    )
    page.mouse.move(box["x"] + (source + 0.5) * box["w"] / 41, box["y"] + 40.5 * box["h"] / 41)
    tip = bare(part(page, "tip"))
    found = re.search(rf"of it on k{source + 1}\s+(\S+)", tip)
    assert found and float(found[1]) == pytest.approx(float(step.attribution[1][source]), rel=0.05)
    assert f"for the query k41 “{record.tokens[40]}”, head 2 of 3" in tip


# --- words from anywhere ------------------------------------------------------------------------------------------

FAMILY = "👩‍👩‍👧‍👦"
STRANGE = (
    *("𝓜𝓦" * 20, FAMILY * 9, "🇩🇪🇺🇦🇧🇷" * 6, "e\u0301u\u0308" * 20, "שלום!", "\u202eabc", "اَلْكِتَابُ"),
    *("W" * 64, "the", "<b>bold</b>", "x", "(‏א", "y", "z", "u", "v"),
)


@cache
def strange() -> Payload:
    stream = random_stream(len(STRANGE), 5, 3, 1, seed=11)
    record = trace(Compressive(4, 4, 3, MeanPool(rate=2)), replace(stream, tokens=STRANGE), "strange")
    return payload(record, [], 4, "strange", "before", context=6)


def letters(text: str) -> list[str]:
    """Letters as people see them."""
    return regex.findall(r"\X", text)


def test_a_label_is_cut_between_letters_and_never_inside_one(open_stage: OpenStage) -> None:
    page = open_stage("strange", played=strange())
    cut = page.evaluate(
        """async (words) => {
            const { fitText } = await import('/stage/lettering.js');
            const rooms = Array.from({ length: 40 }, (_, i) => 6 + 5 * i);
            return words.map((word) => rooms.map((room) => fitText(word, room, 12, 500, 'serif').text));
        }""",
        STRANGE,
    )
    some = 0
    for word, texts in zip(STRANGE, cut, strict=True):
        for text in texts:
            shown = text.removesuffix("…")
            assert letters(word)[: len(letters(shown))] == letters(shown), (word, text)
            some += text.endswith("…")
    assert some > 60


def test_nothing_of_what_was_pointed_at_stays_on_the_bars(open_stage: OpenStage) -> None:
    page = open_stage(at=40)
    bars = page.locator("[data-part=bars]")
    drawn = "canvas => canvas.toDataURL()"
    page.mouse.move(2, 2)
    before = bars.evaluate(drawn)
    box = bars.bounding_box()
    assert box
    for place in range(1, 12):
        page.mouse.move(box["x"] + place * box["width"] / 12, box["y"] + box["height"] / 2)
        page.wait_for_timeout(30)
        if place == 3:
            assert bars.evaluate(drawn) != before
    page.mouse.move(2, 2)
    page.wait_for_timeout(120)
    assert bars.evaluate(drawn) == before


def test_no_word_widens_the_stage(open_stage: OpenStage) -> None:
    page = open_stage("strange", played=strange())
    wide = page.evaluate(
        """async () => {
            const root = document.querySelector('[data-part=root]');
            const range = document.querySelector('[data-part=scrubber]');
            const wide = [];
            const look = (what) => {
                if (document.documentElement.scrollWidth > innerWidth) wide.push(`${what}: the page`);
                for (const name of ['root', 'event', 'counter', 'retained', 'query', 'rows', 'tip', 'list', 'prompt']) {
                    const node = document.querySelector(`[data-part=${name}]`);
                    const box = node.getBoundingClientRect();
                    if (!box.width) continue; // not shown now
                    const edge = root.getBoundingClientRect();
                    if (box.right > edge.right + 1 || box.left < edge.left - 1) wide.push(`${what}: ${name}`);
                    if (['event', 'tip', 'list'].includes(name) && node.scrollWidth > node.clientWidth + 1)
                        wide.push(`${what}: inside ${name}`);
                }
            };
            for (let k = 1; k <= 16; k += 0.5) {
                range.value = k;
                range.dispatchEvent(new Event('input'));
                look(`at ${k}`);
            }
            for (const tile of document.querySelectorAll('.tile')) {
                const { x, y } = tile.querySelector('.back').getBoundingClientRect();
                tile.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, clientX: x + 3, clientY: y + 3 }));
                look(`over ${tile.textContent}`);
            }
            document.querySelector('[data-part=lost-button]').click();
            look('the list');
            return wide;
        }"""
    )
    assert wide == []


def test_words_from_right_to_left_leave_the_sentence_as_it_is(open_stage: OpenStage) -> None:
    page = open_stage("strange", at=4, played=strange())
    said = part(page, "event")
    assert f"“\u2068{STRANGE[4]}\u2069”" in said
    for name in ("event", "query", "rows", "live"):
        text = page.locator(f"[data-part={name}]").text_content() or ""
        for word in STRANGE[:7]:
            depth, at = 0, text.find(word)
            if at >= 0:
                depth = text[:at].count("\u2068") - text[:at].count("\u2069")
                assert depth == 1, (name, word)
    # drawn in the order in which it is read: the number of the query stands left of the word
    order = page.locator("[data-part=query]").evaluate(
        """(node) => {
            const text = node.firstChild;
            const left = (needle) => {
                const range = document.createRange();
                const at = text.data.indexOf(needle);
                range.setStart(text, at);
                range.setEnd(text, at + 1);
                return range.getBoundingClientRect().left;
            };
            return [left('k5'), left('“'), left('ש'), left('”')];
        }"""
    )
    assert order == sorted(order)
