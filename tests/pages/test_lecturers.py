"""Every link of the page for lecturers opens what it says, without a word of refusal."""

import re
from pathlib import Path

import pytest

from tests.pages.session import FILES, Session

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "lecturers.md").read_text(encoding="utf-8")
LINKS = re.findall(r"\]\(http://127\.0\.0\.1:8501/(\w+)(?:\?([^)\s]*))?\)", TEXT)


def test_all_links_go_to_pages_and_lead_through_most_of_them() -> None:
    assert len(LINKS) == TEXT.count("http://127.0.0.1:8501/") >= 20
    assert {page for page, _ in LINKS} <= set(FILES) and len({page for page, _ in LINKS}) >= 6


@pytest.mark.parametrize("name", sorted({page for page, _ in LINKS}))
def test_a_link_opens_without_a_note_of_refusal(name: str) -> None:
    """One session for a page: its links are obeyed to the letter, one after the other."""
    page = Session()
    for own, query in dict.fromkeys(LINKS):
        if own == name:
            page.open("start").open(name, query)
            assert page.notes == [] and set(page.named) <= set(re.findall(r"(\w+)=", query)), query
            step = re.search(r"step=(\d+)", query)
            assert step is None or page.stage.start[0] == int(step[1]) - 1
