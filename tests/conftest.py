"""For all tests: one torch thread per process, property tests that judge laws, never the clock, and no empty test."""

import gc
import sys
from collections.abc import Generator
from itertools import zip_longest
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, settings

from tests import assertions

settings.register_profile(
    "memattn", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("memattn")

torch.set_num_threads(1)  # the tensors are tiny and pytest-xdist fills the cores

SELDOM = (10_000, 10, 10)  # objects made, and how often older ones are looked through with them

TESTS = str(Path(__file__).parent)
LONG = (  # files
    "test_monkey.py",
    "test_every_view.py",
    "test_links.py",
    "test_history.py",
    "test_signatures.py",
    "test_training.py",
    "test_malformed_links.py",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a GPU where there is none; it is reported as deselected. Begin with what takes long."""
    items[:] = in_turn(items)
    if torch.cuda.is_available():
        return
    left_out = [item for item in items if item.get_closest_marker("gpu")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def in_turn(items: list[pytest.Item]) -> list[pytest.Item]:
    """Files in turn, one that drives a browser and one that does not: a browser waits as often as it computes.

    Long ones first, so that no worker is left alone with one in the end.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    order = sorted(files, key=lambda file: (file.name not in LONG, -len(files[file])))
    browser, others = (
        [file for file in order if (file.parent.name == "browser") is driven] for driven in (True, False)
    )
    return [item for pair in zip_longest(browser, others) for file in pair if file for item in files[file]]


def pytest_collection_finish() -> None:
    """Leave torch and thousands of tests out of all collections of garbage, which took a tenth of the time of pages."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """Fail a test that passes without having reached an assertion: a loop over nothing proves nothing."""
    if pyfuncitem.get_closest_marker("browser"):  # Playwright switches stacks, which a trace function does not follow
        return (yield)
    if assertions.in_any_case(str(pyfuncitem.path), pyfuncitem.originalname):  # a traced test takes twice as long
        return (yield)
    reached = False

    def on_line(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal reached
        if event == "line" and frame.f_lineno in assertions.lines(frame.f_code.co_filename):
            reached = True
            sys.settrace(None)
        return on_line

    def on_call(frame: FrameType, *_: Any) -> Any:
        return on_line if frame.f_code.co_filename.startswith(TESTS) else None

    before = sys.gettrace()
    sys.settrace(on_call)
    try:
        result = yield
    finally:
        sys.settrace(before)
    if not reached:
        pytest.fail("passed without reaching an assertion", pytrace=False)
    return result
