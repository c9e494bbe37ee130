"""What a stranger finds after cloning: pins, a README that suffices, a licence, no trace of a machine."""

import re
import subprocess
from pathlib import Path

import pytest

from memattn.memory import MEMORIES
from memattn.memory.__main__ import END, START, written

ROOT = Path(__file__).resolve().parents[1]
TEXT = {".py", ".md", ".toml", ".txt", ".css", ".js", ".mjs", ".svg", ".json", ".html", ".yml", ".sh", ""}

# Written in two parts, so that this file does not find itself.
FOREIGN_WORDS = {
    "a home folder": r"/(?:home|Users)/\w+|/ro" + r"ot/",
    "a working folder": r"/wor" + r"k/|/tm" + r"p/",
    "a package registry": r"pypi\.or" + r"g|registry\.npmj" + r"s|download\.pytor" + r"ch|deb\.debi" + r"an",
    "a note to oneself": r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b",
    "a ticket": r"(?i)\b(?:iss" + r"ue|pull requ" + r"est) #?\d",
}


def tracked() -> list[Path]:
    """Files of the repository: what git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_exactly(file: str) -> None:
    lines = [line.split("#")[0].strip() for line in (ROOT / file).read_text(encoding="utf-8").splitlines()]
    pins = [line for line in lines if line]
    assert pins
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9]+(\.[0-9]+)*", pin) for pin in pins), pins
    names = [pin.partition("==")[0].lower() for pin in pins]
    assert names == sorted(set(names))


def test_the_first_25_lines_of_the_readme_suffice_to_run_it() -> None:
    top = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:25])
    for command in ("make app", "make test", "python3 run.py", "python3 run.py test"):
        assert re.search(rf"^{re.escape(command)}\b", top, re.MULTILINE), command


def test_the_readme_has_the_table_of_the_memories_that_there_are() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    assert written(page) == page, "run python -m memattn.memory --write README.md"
    assert all(f"| `{name}` |" in page for name in MEMORIES)


@pytest.mark.parametrize("page", ["no marks", f"{START}{END}{START}", END])
def test_a_page_without_a_place_for_the_table_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="once each, got"):
        written(page)


def test_every_file_and_picture_the_readme_names_is_there() -> None:
    prose = re.sub(r"(?s)```.*?```", "", (ROOT / "README.md").read_text(encoding="utf-8"))
    links = re.findall(r"\]\(([^)#]+)\)", prose)
    local = [link for link in links if "://" not in link]
    assert local
    assert [link for link in local if not (ROOT / link).exists()] == []


def test_the_commands_of_the_makefile_are_those_of_run_py() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.findall(r"run\.py (\w+)", makefile) == ["app", "test", "lint", "format", "bench"]
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_licence_is_there() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("MIT License")
    assert "The MemAttn authors" in text


@pytest.mark.parametrize("what", FOREIGN_WORDS)
def test_no_trace_of_the_machine_it_was_written_on(what: str) -> None:
    pattern = re.compile(FOREIGN_WORDS[what])
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for file in tracked()
        if file.suffix in TEXT
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []
