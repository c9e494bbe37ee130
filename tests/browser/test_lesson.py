"""Every lesson's page as a reader meets it: the picture first, kept, of the run; in both themes on a projector."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from memattn.lessons import compressive, running, stories, story
from memattn.lessons.answering import Answer, Run
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice
from memattn.records import EventKind
from tests.browser.reader import go, keys, part, ready, rest, slider, token

OpenPage = Callable[..., Page]
Shot = Callable[[Page, str], object]
LESSONS = {lesson.name: lesson for lesson in (compressive.LESSON, story.LESSON)}
SIZES = {"segment_length": 8, "memory_length": 16, "compressed_length": 8, "rate": 4}  # where the page begins

every_lesson = pytest.mark.parametrize("name", LESSONS)


def opened(open_page: OpenPage, name: str = "compressive", *, dark: bool = False, **query: object) -> Page:
    page = ready(open_page(f"/{name}", query=query, dark=dark))
    expect(page.locator(".ma-card").first).to_be_visible()
    return page


def settings(**sizes: int) -> Settings:
    """Of the compressive page as it begins, with other sizes."""
    made = stories.make_up(4, 96, 8).story
    asking = made.with_question(made.facts[len(made.facts) // 2])
    return Settings(Choice("compressive", tuple((SIZES | sizes).items())), asking.words, seed=4)


def run(**sizes: int) -> Run:
    return running.run(settings(**sizes))


def best(found: Run) -> str:
    assert isinstance(found.answer, Answer)
    word, share = found.answer.ranked[0]
    return f"{word}{share:.2f}"


def test_the_page_opens_on_the_answer_of_the_run(open_page: OpenPage) -> None:
    page = opened(open_page)
    found = run()
    assert token(page) == len(found.trace.tokens) and isinstance(found.answer, Answer)
    expect(page.locator(".ma-answer").first).to_contain_text(best(found))
    expect(page.locator(".ma-verdict")).to_contain_text("Right" if found.answer.right else "Wrong")


def test_numbers_on_the_stage_are_the_tensors_of_the_run(open_page: OpenPage) -> None:
    page = opened(open_page)
    found = run()
    assert isinstance(found.answer, Answer)
    head = running.looking_head(found, found.answer.truth)
    assert head is not None
    last = found.trace.steps[-1]
    expect(page.get_by_text(f"head {head + 1} of {found.trace.heads}", exact=True).first).to_be_visible()
    drawn = (
        part(page, "rows")
        .locator("tr")
        .evaluate_all(
            "rows => rows.map(row => [+row.dataset.id, ...[...row.cells].slice(1).map(cell => cell.textContent)])"
        )
    )
    assert len(drawn) >= 4
    for row, at in zip(drawn, last.weights[head].argsort()[::-1], strict=False):
        assert row[0] == last.ids[at]
        assert float(row[3]) == pytest.approx(last.weights[head, at], abs=1e-3)
        assert float(row[1].replace("−", "-")) == pytest.approx(last.scores[head, at], rel=0.01)
    expect(part(page, "sum")).to_have_text(f"Σ over {len(last.ids)} slots = 1.000")
    assert [part(page, name).inner_text() for name in ("scale-min", "scale-max")] == ["0", "1"]


def test_a_slider_changes_the_run_and_the_link_and_keeps_the_node(open_page: OpenPage) -> None:
    page = opened(open_page)
    stage = page.locator(".st-key-compressive_stage [data-testid=stBidiComponentIsolated]")
    stage.evaluate("node => (node.dataset.mine = '1')")
    before = part(page, "root").get_attribute("data-ready")
    slider(page, "compressive_compressive_rate").press("ArrowLeft")
    page.wait_for_function("() => document.querySelector('.ma-card') && location.search.includes('c=3')")
    rest(page)
    expect(part(page, "root")).not_to_have_attribute("data-ready", str(before))
    assert page.locator("[data-testid=stBidiComponentIsolated][data-mine='1']").count() == 1
    expect(page.locator(".ma-answer").first).to_contain_text(best(run(rate=3)))


@every_lesson
def test_the_picture_comes_first_and_everything_else_follows(open_page: OpenPage, name: str) -> None:
    page = opened(open_page, name, tab="What happens")
    page.evaluate(
        """(name) => {
            window.came = [];
            const deep = (node) => [node, ...[...node.querySelectorAll('*')].map((one) => one.shadowRoot)]
                .map((one) => one?.querySelector('[data-part=root]')).find(Boolean);
            new MutationObserver(() => window.came.push('picture')).observe(
                deep(document.querySelector(`.st-key-${name}_stage`)),
                { attributes: true, attributeFilter: ['data-ready'] });
            new MutationObserver(() => window.came.push('formulas')).observe(
                document.querySelector('.st-key-formulas'),
                { childList: true, subtree: true, characterData: true });
        }""",
        name,
    )
    slider(page, f"{name}_compressive_compressed_length").press("ArrowLeft")
    page.wait_for_function("() => window.came.includes('formulas')")
    rest(page)
    assert page.evaluate("window.came")[0] == "picture"


def test_a_step_on_the_stage_brings_its_numbers_into_the_formulas(open_page: OpenPage) -> None:
    page = opened(open_page)
    formulas = page.locator(".st-key-formulas")
    expect(formulas).to_contain_text("as token 101 reads", ignore_case=True)
    keys(page, "Home")
    expect(formulas).to_contain_text("as token 1 reads", ignore_case=True)
    expect(page.locator(".ma-step")).to_contain_text("As token 1 “<start>” reads")
    expect(page.locator(".ma-card")).to_be_visible()


def test_keys_step_to_the_first_compression_of_the_run(open_page: OpenPage) -> None:
    page = opened(open_page)
    trace = run().trace
    part(page, "asking").click()  # no questions on the way
    keys(page, "Home")
    seen = []
    for _ in range(6):
        keys(page, "Shift+ArrowRight")
        seen.append(token(page))
    assert trace.events(EventKind.COMPRESS)[0].token + 1 in seen
    keys(page, "End")
    expect(part(page, "counter")).to_contain_text(f"token {len(trace.tokens)}/{len(trace.tokens)}")


def test_malformed_links_are_answered_with_notices(open_page: OpenPage) -> None:
    page = opened(open_page, c="99", ns="abc", f="magic", step="-4", tab="Cost")
    notes = page.locator(".ma-note")
    expect(notes).to_have_count(4)
    for asked in ("99", "abc", "magic", "-4"):
        expect(notes.filter(has_text=asked).first).to_be_in_viewport()
    assert "c=" not in page.url and "tab=Cost" in page.url
    slider(page, "compressive_compressive_segment_length").press("ArrowRight")
    expect(notes.filter(has_text="abc")).to_have_count(0)
    expect(notes.filter(has_text="magic")).to_be_in_viewport()
    page.get_by_role("radio", name="First look").click()
    expect(notes).to_have_count(0)


def test_memory_shorter_than_a_segment_is_explained_and_can_be_mended(open_page: OpenPage) -> None:
    page = open_page("/compressive", query={"ns": 20, "nm": 9})
    expect(page.locator(".ma-problem")).to_contain_text("n_m must be ≥ n_s=20 pairs, got 9", timeout=30_000)
    expect(page.get_by_role("radio", name="First look")).to_be_visible()  # another way out
    page.get_by_role("button", name="Set n_m to 20").click()
    ready(page)
    assert "nm=20" in page.url
    expect(page.locator(".ma-card")).to_be_visible()
    expect(page.locator(".ma-problem")).to_have_count(0)
    slider(page, "compressive_compressive_memory_length").press("Home")
    expect(page.locator(".ma-problem")).to_be_visible()
    page.get_by_role("radio", name="First look").click()
    expect(page.locator(".ma-problem")).to_have_count(0)
    expect(page.locator(".ma-card")).to_be_visible()


def test_a_refused_setting_leaves_the_last_picture_where_it_stands(open_page: OpenPage) -> None:
    page = opened(open_page, step=40)
    stage = part(page, "root").element_handle()
    came: list[int] = []
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.on("Network.webSocketFrameReceived", lambda frame: came.append(len(frame["response"]["payloadData"])))

    def move(press: Callable[[], None]) -> tuple[int, bool, str]:
        """Bytes that came, whether the stage is inert, and where it stands; it is the same node all the way."""
        came.clear()
        press()
        rest(page)
        assert part(page, "root").evaluate("(node, stage) => node === stage", stage)
        return sum(came), part(page, "root").evaluate("node => node.inert"), part(page, "counter").inner_text()

    memory = slider(page, "compressive_compressive_memory_length")
    good, inert, stands = move(lambda: memory.press("ArrowLeft"))
    assert not inert and stands.startswith("token 40/")
    drawn = part(page, "svg").evaluate("svg => svg.textContent")
    for key, asked in (("Home", 1), ("ArrowRight", 2)):
        bytes_, inert, there = move(lambda key=key: memory.press(key))
        assert inert and there == stands and bytes_ < 1.5 * good
        expect(page.locator(".ma-problem")).to_contain_text(f"n_m must be ≥ n_s=8 pairs, got {asked}")
        assert f"nm={asked}&" in page.url
        assert part(page, "svg").evaluate("svg => svg.textContent") == drawn
        expect(page.locator(".ma-card")).to_have_css("opacity", "0.45")
        part(page, "step").click(force=True)
        assert part(page, "counter").inner_text() == stands
    _, inert, there = move(page.get_by_role("button", name="Set n_m to 8").click)
    assert not inert and there == stands and "nm=8&" in page.url
    expect(page.locator(".ma-card")).to_have_css("opacity", "1")
    expect(page.locator(".ma-problem")).to_have_count(0)


def test_a_scenario_stands_before_what_it_announces_and_one_key_shows_it(open_page: OpenPage) -> None:
    page = opened(open_page)
    keys(page, "Home")
    page.get_by_role("radio", name="50 pairs leave Mem").click()
    expect(part(page, "counter")).to_contain_text("token 150/", timeout=30_000)
    rest(page)
    assert "step=150" in page.url
    part(page, "asking").click()  # no questions on the way
    keys(page, "ArrowRight", "ArrowRight")
    expect(part(page, "event")).to_contain_text("the 50 oldest pairs k1–k50 leave Mem")
    keys(page, "ArrowRight")
    expect(part(page, "event")).to_contain_text("50 pairs become 10 slots")
    page.get_by_role("radio", name="First look").click()
    expect(part(page, "counter")).to_contain_text("token 24/", timeout=30_000)
    keys(page, "Home")
    go(page, "Read a story")
    go(page, "Compressive memory")  # the stage is a new one: it opens where the last one was left
    assert token(page) == 1


def test_the_first_play_of_the_landing_page_starts_at_its_first_word(open_page: OpenPage) -> None:
    page = ready(open_page("/"))
    part(page, "play").click()
    expect(part(page, "counter")).to_contain_text(re.compile("token [2-4]/"))
    expect(part(page, "play")).to_have_attribute("aria-label", "Pause")


def test_the_scenario_that_promises_a_figure_shows_it(open_page: OpenPage) -> None:
    page = opened(open_page)
    page.get_by_role("radio", name="c from 1 to 8").click()
    expect(page.locator(".js-plotly-plot")).to_have_count(1, timeout=60_000)
    expect(page.get_by_role("radio", name="Experiment")).to_have_attribute("aria-checked", "true")


def test_what_is_said_follows_the_picture(open_page: OpenPage) -> None:
    page = opened(open_page)
    chip = page.get_by_role("radio", name="Just inside the reach")
    chip.click()
    expect(chip).to_have_attribute("aria-checked", "true")
    expect(page.locator(".ma-verdict")).to_contain_text("Right")
    expect(page.locator(".ma-badge ~ .ma-look, .ma-look", has_text="Look:")).to_be_visible()
    slider(page, "compressive_compressive_compressed_length").press("Home")  # no CMem: the fact is out of reach
    expect(page.locator(".ma-where")).to_contain_text("The fact has left the memory")
    expect(chip).to_have_attribute("aria-checked", "false")
    expect(page.locator(".ma-look", has_text="Look:")).to_have_count(0)
    expect(page.locator(".ma-badge")).to_contain_text("checked")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Reset everything").click()
    expect(slider(page, "compressive_compressive_compressed_length")).to_have_attribute("aria-valuetext", "8")
    page.get_by_role("radio", name="Cost").click()
    expect(page.get_by_role("radio", name="Cost")).to_have_attribute("aria-checked", "true")
    expect(page.locator(".ma-card")).to_have_count(1)
    expect(page.locator(".ma-badge")).to_have_count(1)


@pytest.mark.parametrize("name", ["", *LESSONS])
def test_a_page_fits_a_projector_in_both_themes(open_page: OpenPage, shot: Shot, name: str) -> None:
    page = ready(open_page(f"/{name}"))
    seen = [part(page, "root")]
    if name:
        seen += [page.locator(".ma-card").first, page.locator(f".st-key-{name}_compressive_compression").first]
    if name == "story":
        seen += [page.locator(".st-key-story_memory").first]
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        expect(part(page, "root")).to_have_attribute("data-theme", theme)
        for one in seen:
            box = one.bounding_box()
            assert box is not None and box["y"] + box["height"] < 720 and box["x"] + box["width"] <= 1280
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
        shot(page, f"{name or 'start'}-{theme}")


def test_a_word_of_many_letters_does_not_widen_the_page(open_page: OpenPage) -> None:
    page = opened(open_page, "story", story="free", free=f"{'x' * 64} and {'x' * 64} and", tab="Answer")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_reduced_motion_cuts(open_page: OpenPage) -> None:
    page = ready(open_page("/compressive", reduced_motion=True, query={"step": 21}))
    part(page, "root").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("[data-part=root][data-moving]").count() == 0
    assert token(page) == 22


def test_a_prediction_is_asked_judged_by_the_run_and_remembered_by_the_page(open_page: OpenPage) -> None:
    page = opened(open_page, tab="Predict")
    popped = run().trace.events(EventKind.POP)[0]
    listed = page.get_by_role("button", name=re.compile(r"token \d+ · Which pairs leave Mem"))
    expect(listed).to_contain_text(f"○ token {popped.token + 1} · Which pairs leave Mem · open")
    listed.click()  # takes the stage there
    expect(part(page, "prompt")).to_contain_text("Which pairs leave it?")
    expect(part(page, "counter")).to_contain_text(f"token {popped.token + 1}/")
    first, last = popped.slots[0], popped.slots[-1]
    expect(part(page, "targets").locator(f"button[data-id='{first}']")).to_be_focused()
    page.keyboard.press("Space")
    part(page, "targets").locator(f"button[data-id='{last}']").click()
    page.get_by_role("button", name="Reveal").click()
    right = f"Here the {len(popped.slots)} oldest pairs k{first + 1}–k{last + 1} leave"
    expect(page.get_by_role("dialog", name="Predict").get_by_text(right)).to_be_visible()
    expect(listed).to_contain_text(f"✓ token {popped.token + 1} · Which pairs leave Mem · right", timeout=30_000)
    expect(part(page, "verdict")).to_contain_text(right)  # the rerun that follows leaves the card as it is
    page.keyboard.press("Enter")
    expect(part(page, "counter")).to_contain_text("phase: pop")


# --- in quick succession ----------------------------------------------------------------------------------------------


def whole(page: Page) -> None:
    """No box of an error, no dialog of a lost connection."""
    rest(page)
    boxes = "[data-testid=stException], [data-testid=stAlertContainer], [role=dialog]:not([data-part]), .ma-guard"
    assert [box.inner_text() for box in page.locator(boxes).all() if box.is_visible()] == []


@pytest.mark.parametrize("scenario", ["Told twice, differently", "Never told", "Past the window"])
def test_a_double_click_on_a_scenario_leaves_it_standing(open_page: OpenPage, scenario: str) -> None:
    page = opened(open_page, "story", seed=271 + len(scenario))
    page.get_by_role("radio", name=scenario).dblclick()
    whole(page)
    expect(page.get_by_role("radio", name=scenario)).to_have_attribute("aria-checked", "true", timeout=30_000)
    expect(page.locator(".ma-look", has_text="Look:")).to_have_count(1)
    expect(page.locator(".ma-card")).to_have_count(1)


@pytest.mark.parametrize("wait", [0, 60, 200])
def test_a_click_and_enter_on_a_story_nobody_has_computed_leaves_the_scenario_standing(
    open_page: OpenPage, wait: int
) -> None:
    page = opened(open_page, "story", seed=871 + wait, n=397)
    chip = page.get_by_role("radio", name="Told twice, differently")
    chip.click()
    page.wait_for_timeout(wait)
    page.keyboard.press("Enter")
    whole(page)
    expect(chip).to_have_attribute("aria-checked", "true", timeout=30_000)
    expect(page.locator(".ma-verdict").first).to_contain_text("in contradiction")
    assert re.search("plant=", page.url)


def test_scenarios_one_upon_the_other_end_with_the_last(open_page: OpenPage) -> None:
    page = opened(open_page, "story", seed=471)
    for scenario in ("Past the window", "One average, one fact", "Never told"):
        page.get_by_role("radio", name=scenario).click()
    whole(page)
    expect(page.get_by_role("radio", name="Never told")).to_have_attribute("aria-checked", "true", timeout=30_000)
    expect(page.locator(".ma-verdict")).to_contain_text("does not say")
    assert "memory=" not in page.url and "q=else" in page.url


def test_a_report_of_the_stage_that_comes_after_the_page_has_changed_is_harmless(open_page: OpenPage) -> None:
    page = opened(open_page, "compressive")
    for title in ("Read a story", "Compressive memory", "Read a story"):
        part(page, "root").first.focus()
        page.keyboard.press("ArrowLeft")
        slider(page, f"{page.url.split('?')[0].rsplit('/', 1)[1]}_compressive_rate").press("ArrowLeft")
        page.locator(f"[data-testid=stSidebar] a:has-text('{title}')").evaluate("link => link.click()")
        expect(page.locator("h1.ma-title")).to_contain_text(title, timeout=60_000)
        ready(page)
        whole(page)
    assert page.url.split("?")[0].endswith("/story")


@pytest.mark.parametrize(("at", "title"), [("/compressive", "Read a story"), ("/", "Compressive memory")])
def test_what_a_left_page_still_says_does_not_reach_the_next_one(
    open_page: OpenPage, app_url: str, at: str, title: str
) -> None:
    """As on a slow line: the next page is asked for, and before its first message is there the stage reports."""
    page = open_page()
    held: list[str | bytes] | None = None
    sent: list[str | bytes] = []
    connections: list[WebSocketRoute] = []

    def between(connection: WebSocketRoute) -> None:
        connections.append(connection)
        server = connection.connect_to_server()

        def to_server(message: str | bytes) -> None:
            if held is not None:
                sent.append(message)
            server.send(message)

        connection.on_message(to_server)
        server.on_message(lambda message: connection.send(message) if held is None else held.append(message))

    page.route_web_socket("**/_stcore/stream", between)
    page.goto(app_url + at)
    ready(page)
    part(page, "root").first.focus()
    held = []
    page.keyboard.press("ArrowLeft")
    page.locator(f"[data-testid=stSidebar] a:has-text('{title}')").evaluate("link => link.click()")
    page.wait_for_timeout(1500)
    assert len(sent) >= 2
    for message in held:
        connections[-1].send(message)
    held = None
    expect(page.locator("h1.ma-title")).to_contain_text(title, timeout=60_000)
    ready(page)
    whole(page)


def test_until_a_word_reads_its_numbers_are_those_of_the_read_before(open_page: OpenPage) -> None:
    told = {}
    for step, phase in ((29, ""), (30, "arrive"), (30, "")):
        page = ready(open_page("/compressive", query={"step": step, "phase": phase} if phase else {"step": step}))
        told[step, phase] = [part(page, name).inner_text() for name in ("query", "reads", "error", "retained")]
    assert told[30, "arrive"] == told[29, ""] and told[29, ""][0].startswith("k29 ")
    assert told[30, ""][0].startswith("k30 ") and told[30, ""][1] != told[29, ""][1]
