"""What the monkey does. An action is a few numbers; what it meets is chosen among what stands on the page by then."""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page

REACH_MS = 1000  # for something to be clickable; what is not in time is left alone
SLIDER_KEYS = ("ArrowRight", "ArrowLeft", "PageUp", "PageDown", "Home", "End")
LETTERS = "0123456789bcefhmnpqrs+-?"
STAGE_KEYS = (*SLIDER_KEYS, "Shift+ArrowRight", "Shift+ArrowLeft", "Space", "Escape", "Enter", "Tab", *LETTERS)
TEXTS = (
    "",
    "ben lives in rome . where does ben live ?",
    "ana likes honey. ana likes honey. ana likes salt. what does ana like?",
    "word " * 900,
    "x" * 64,
    "l" * 5000,
    "<img src=x onerror=alert(1)> </script><b>&amp;",
    "$$\\frac{1}{0}$$ **bold** [a](javascript:alert(1)) `code`",
    "צה״ל אמר לי ‮שלום‬ 123 مرحبا بالعالم",
    "👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 𝓜𝓦 e\u0301\u0301\u0301",
    "\u200d" * 20_000,
    "a\u0301" * 3000,
    "line\r\nline\n\n\tline\u2028line",
    "'; DROP TABLE words; -- {{7*7}} %s %n",
    "-1",
    "99999999999999999999",
)
SLIDER = '[data-testid="stSlider"]'
STAGE = '[data-part="root"]'


class Action(NamedTuple):
    """One action, before it meets a page.

    Args:
        number: its place in the sequence.
        kind: one of `KINDS`.
        target: from 0 to 1: which of the things on the page.
        amount: from 0 to 1: what to do with it.
        quick: whether the next one follows at once.
    """

    number: int
    kind: str
    target: float
    amount: float
    quick: bool


class Did(NamedTuple):
    """What an action met, in words, and whether it could be done."""

    what: str
    done: bool


def sequence(seed: int, count: int) -> list[Action]:
    """The same actions for the same seed."""
    choose = random.Random(seed)
    kinds = choose.choices(list(KINDS), [weight for weight, _ in KINDS.values()], k=count)
    return [Action(at, kind, choose.random(), choose.random(), choose.random() < 0.3) for at, kind in enumerate(kinds)]


def perform(page: Page, action: Action) -> Did:
    """Do it, as far as the page lets."""
    try:
        what = KINDS[action.kind][1](page, action)
    except PlaywrightError as error:  # covered, gone, disabled: a person could not do it either
        return Did(f"{action.kind}: {error.message.splitlines()[0]}", False)
    return Did(f"{action.kind}: {what or 'nothing there'}", bool(what))


def _one(page: Page, selector: str, share: float) -> Locator | None:
    """One of the visible things of a kind."""
    found = page.locator(f"{selector} >> visible=true")
    count = found.count()
    return found.nth(min(int(share * count), count - 1)) if count else None


def _of(options: "tuple[str, ...]", share: float) -> str:
    return options[min(int(share * len(options)), len(options) - 1)]


def _name(found: Locator) -> str:
    """What stands on it, short."""
    text = found.evaluate(
        "e => e.getAttribute('aria-label') || e.innerText || e.closest('[class*=st-key-]')?.className || e.tagName"
    )
    return " ".join(str(text).split())[:40]


def _click(selector: str, times: int = 1) -> Callable[[Page, Action], str]:
    def click(page: Page, action: Action) -> str:
        found = _one(page, selector, action.target)
        if not found:
            return ""
        name = _name(found)
        found.click(click_count=times, timeout=REACH_MS)
        return f"“{name}”" + (f" {times} times" if times > 1 else "")

    return click


def _slider_key(page: Page, action: Action) -> str:
    found = _one(page, f"{SLIDER} input", action.target)
    if not found:
        return ""
    key, times = _of(SLIDER_KEYS, action.amount), 1 + int(action.target * 97) % 4
    found.focus(timeout=REACH_MS)
    for _ in range(times):
        page.keyboard.press(key)
    return f"{times} times {key} on “{_name(found)}”"


def _slider_drag(page: Page, action: Action) -> str:
    found = _one(page, f"{SLIDER} [role=group]", action.target)
    if not found:
        return ""
    found.scroll_into_view_if_needed(timeout=REACH_MS)
    box = found.bounding_box(timeout=REACH_MS)
    if not box:
        return ""
    y = box["y"] + box["height"] * 0.8  # the track is below the value
    page.mouse.move(box["x"] + box["width"] * action.amount, y)
    page.mouse.down()
    if action.quick:
        page.mouse.move(box["x"] + box["width"] * (1 - action.amount), y, steps=5)
    page.mouse.up()
    return f"“{_name(found)}” at {action.amount:.2f}"


def _select(page: Page, action: Action) -> str:
    found = _one(page, '[data-testid="stSelectbox"] [role=combobox], [data-testid="stSelectbox"] input', action.target)
    if not found:
        return ""
    found.click(timeout=REACH_MS)
    option = _one(page, "[role=option]", action.amount)
    if not option:
        page.keyboard.press("Escape")
        return "a list without options"
    name = _name(option)
    option.click(timeout=REACH_MS)
    return f"“{name}”"


def _write(page: Page, action: Action) -> str:
    found = _one(page, 'textarea, input[type="text"]:not([role=combobox])', action.target)
    if not found:
        return ""
    text = _of(TEXTS, action.amount)
    found.click(timeout=REACH_MS)
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)
    page.keyboard.press("Control+Enter")
    return f"{text[:24]!r} ({len(text)} characters) into “{_name(found)}”"


def _stage_key(page: Page, action: Action) -> str:
    found = _one(page, STAGE, action.target)
    if not found:
        return ""
    key, times = _of(STAGE_KEYS, action.amount), 1 + int(action.target * 97) % 5
    found.focus(timeout=REACH_MS)
    for _ in range(times):
        page.keyboard.press(key)
    return f"{times} times {key}"


def _stage_point(page: Page, action: Action) -> str:
    found = _one(page, STAGE, action.target)
    box = found and found.bounding_box(timeout=REACH_MS)
    if not found or not box:
        return ""
    at = {"x": box["width"] * action.amount, "y": box["height"] * (action.target * 7 % 1)}
    found.click(position=at, timeout=REACH_MS, click_count=2 if action.quick else 1)  # type: ignore[arg-type]
    return f"at {at['x']:.0f}, {at['y']:.0f}"


def _scrub(page: Page, action: Action) -> str:
    found = _one(page, f"{STAGE} input[type=range]", action.target)
    box = found and found.bounding_box(timeout=REACH_MS)
    if not box:
        return ""
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * action.amount, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * action.target, y, steps=4)
    page.mouse.up()
    return f"from {action.amount:.2f} to {action.target:.2f}"


def _away(page: Page, action: Action) -> str:
    """To another page by the navigation, and back by the browser or the navigation."""
    here = page.url
    found = _one(page, '[data-testid="stPageLink"] a', action.target)
    if not found:
        return ""
    name = _name(found)
    found.click(timeout=REACH_MS)
    page.wait_for_timeout(30 if action.quick else 600)
    if action.amount < 0.6:
        page.go_back(wait_until="commit")
        return f"“{name}” and Back"
    return f"“{name}”, coming from {here.rsplit('/', 1)[-1][:60]}"


def _history(back: bool) -> Callable[[Page, Action], str]:
    def turn(page: Page, action: Action) -> str:
        with suppress(PlaywrightError):  # nowhere to go
            (page.go_back if back else page.go_forward)(wait_until="commit")
        return page.url.rsplit("/", 1)[-1][:60] or "/"

    return turn


def _reload(page: Page, action: Action) -> str:
    page.reload(wait_until="commit" if action.quick else "load")
    return page.url.rsplit("/", 1)[-1][:60] or "/"


def _theme(page: Page, action: Action) -> str:
    scheme = "dark" if action.amount < 0.5 else "light"
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    return scheme


KINDS: dict[str, tuple[float, Callable[[Page, Action], str]]] = {
    "slider key": (12, _slider_key),
    "slider drag": (12, _slider_drag),
    "select": (8, _select),
    "pill": (10, _click('[data-testid="stButtonGroup"] button, [data-testid="stRadio"] label')),
    "pill, double": (3, _click('[data-testid="stButtonGroup"] button', times=2)),
    "tab": (6, _click("[role=tab]")),
    "switch": (5, _click('[data-testid="stCheckbox"] label')),
    "expander": (4, _click('[data-testid="stExpander"] summary')),
    "popover": (3, _click('[data-testid="stPopover"] button')),
    "button": (8, _click('button:not([role=tab]):not([aria-label="Close"])')),
    "write": (6, _write),
    "stage key": (12, _stage_key),
    "stage point": (7, _stage_point),
    "scrub": (5, _scrub),
    "away": (5, _away),
    "back": (3, _history(back=True)),
    "forward": (2, _history(back=False)),
    "reload": (2, _reload),
    "theme": (2, _theme),
}
