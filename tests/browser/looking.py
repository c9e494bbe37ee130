"""What is wrong with how a page looks: what hangs over, and what axe finds."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import reader

WIDTHS = (320, 390, 640, 820, 1024, 1280, 1920, 2560)
TALL = 900
ONLY_WHAT_IS_WRONG = {"resultTypes": ["violations"]}
# How far the page could be moved sideways: the document itself, and the part of it that scrolls.
SIDEWAYS = """() => Math.max(
    document.scrollingElement.scrollWidth - innerWidth,
    ...[...document.querySelectorAll('[data-testid=stMain]')].map(main => main.scrollWidth - main.clientWidth))"""
# What hangs over the right edge and is in no box that scrolls or cuts on purpose.
OVERHANGING = """() => [...document.querySelectorAll('[data-testid=stMainBlockContainer] *')].filter(node => {
    if (node.getBoundingClientRect().right <= innerWidth + 1) return false;
    if (node.closest('svg, .ma-unseen, .katex-mathml')) return false;
    for (let box = node.parentElement; box.dataset.testid !== 'stMain'; box = box.parentElement)
        if (getComputedStyle(box).overflowX !== 'visible') return false;
    return true;
}).map(node => node.outerHTML.slice(0, 120))"""
# Whether every text of every figure stands within it.
FIGURES_WHOLE = """() => [...document.querySelectorAll('[data-testid=stPlotlyChart]')].every(chart => {
    const { left, right } = chart.getBoundingClientRect();
    return [...chart.querySelectorAll('text')].map(text => text.getBoundingClientRect())
        .every(text => !text.width || (text.left > left - 2 && text.right < right + 2));
})"""
# Heads of the stage's panels that something hangs out of.
HEADS_OVER = """heads => heads.filter(head => {
    const { right } = head.getBoundingClientRect();
    return [...head.querySelectorAll(':scope > *, :scope > .head > *, .tab')]
        .some(part => part.getBoundingClientRect().right > right + 1);
}).map(head => head.innerText)"""


def width(page: Page, pixels: int, height: int = TALL) -> None:
    page.set_viewport_size({"width": pixels, "height": height})
    page.evaluate("() => new Promise(then => requestAnimationFrame(() => requestAnimationFrame(then)))")


def tab(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()
    expect(page.get_by_role("radio", name=name, exact=True)).to_be_checked()
    page.wait_for_timeout(300)  # until the run has begun
    page.wait_for_function(reader.SETTLED)


def hanging_over(page: Page, patience: int = 30) -> list[str]:
    """What hangs out of the window, or out of the head of a panel, once the page has taken its new size."""
    for _ in range(patience):
        sideways = page.evaluate(SIDEWAYS)
        found = [f"the page can be moved sideways by {sideways} px"] if sideways else []
        found += [*page.evaluate(OVERHANGING), *page.locator(".panel > header").evaluate_all(HEADS_OVER)]
        if not found:
            break
        page.wait_for_timeout(100)
    return found


def violations(page: Page, *others: str) -> list[str]:
    """What axe finds wrong, but in the `others`: the rule, and each element that breaks it."""
    context = {"exclude": [[other] for other in others]} if others else None
    found = Axe().run(page, context=context, options=ONLY_WHAT_IS_WRONG).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]
