"""Imports run one way. What each part of the house may know of the others, read from the source."""

import ast
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DRAWING = {"plotly", "streamlit"}

# What a part may import of the house. `records` is plain data, the words everybody shares.
ALLOWED: dict[str, set[str]] = {
    "records": set(),
    "dials": set(),
    "intervals": set(),
    "quantities": set(),
    "assets": set(),
    "bidi": set(),
    "kv": {"records"},
    "attention": {"kv", "records"},
    "attribution": {"records"},
    "device": set(),
    "memory": {"kv", "attention", "records", "compression", "dials"},
    "compression": {"kv", "attention", "records", "dials"},
    "streams": {"kv", "attention", "memory", "compression", "records", "device"},
    "reader": {"kv", "attention", "memory", "compression", "records", "streams", "intervals", "assets", "dials"},
    "trace": {
        "kv",
        "attention",
        "attribution",
        "memory",
        "compression",
        "records",
        "streams",
        "reader",
        "device",
    },
    "loss": {"intervals"},
    "cost": {"kv", "attention", "memory", "compression", "records"},
    "figures": {"records", "lessons", "bidi", "quantities"},
}
CORE = set(ALLOWED) - {"figures"}
ALLOWED["stage"] = {"records", "lessons", "assets"}
ALLOWED["lessons"] = CORE | {"lessons"}
ALLOWED["ui"] = CORE | {"lessons", "figures", "stage"}

# Packages from outside that a part must not know.
FOREIGN: dict[str, set[str]] = {
    **{part: DRAWING for part in CORE},
    "records": DRAWING | {"torch"},
    "dials": DRAWING | {"torch", "numpy"},
    **dict.fromkeys(("intervals", "quantities", "assets", "bidi"), DRAWING | {"torch", "numpy"}),
    "figures": {"torch", "streamlit", "safetensors"},
    "stage": DRAWING | {"torch", "safetensors"},
    "lessons": DRAWING,
}


def imported(file: Path) -> list[str]:
    """Every module a file imports, anywhere in it, with its full dotted name."""
    return _imported(file.read_text(encoding="utf-8"))


@cache
def _imported(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module is not None, f"relative import, line {node.lineno}"
            found += [f"{node.module}.{name.name}" for name in node.names]
    return found


def part_of(file: Path) -> str:
    return file.relative_to(ROOT / "memattn").parts[0].removesuffix(".py")


def house_parts(file: Path) -> set[str]:
    names = (name.split(".") for name in imported(file))
    return {name[1] for name in names if name[0] == "memattn" and len(name) > 1}


def modules(root: Path) -> dict[str, set[str]]:
    """Which module names which: a name taken from a package's front counts as the front, not as what lies behind."""
    files = {".".join(file.relative_to(root).with_suffix("").parts): file for file in (root / "memattn").rglob("*.py")}
    files = {module.removesuffix(".__init__"): file for module, file in files.items()}

    def owner(name: str) -> str:
        return name if name in files else name.rpartition(".")[0]

    return {module: {owner(name) for name in imported(file)} & files.keys() for module, file in files.items()}


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """What imports itself by way of others, from one end of the circle to the other; [] where nothing does."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def packages(file: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(file)}


FILES = [file for file in sorted((ROOT / "memattn").rglob("*.py")) if part_of(file) != "__init__"]
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def test_every_part_of_the_house_has_a_law() -> None:
    assert {part_of(file) for file in FILES} <= set(ALLOWED)


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_part_imports_only_what_lies_below_it(file: Path) -> None:
    part = part_of(file)
    assert house_parts(file) - {part} <= ALLOWED[part]


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_part_stays_clear_of_foreign_packages(file: Path) -> None:
    assert not packages(file) & FOREIGN.get(part_of(file), set())


def test_no_two_parts_may_know_each_other() -> None:
    assert circle({part: below - {part} for part, below in ALLOWED.items()}) == []


def test_no_two_modules_import_each_other() -> None:
    assert circle(modules(ROOT)) == []


@pytest.mark.parametrize("file", PAGES, ids=name)
def test_a_page_holds_no_computation(file: Path) -> None:
    assert not packages(file) & {"torch", "plotly", "numpy"}
    assert house_parts(file) <= {"ui", "lessons", "figures"}


def test_only_ui_and_pages_know_streamlit() -> None:
    assert {part_of(file) for file in FILES if "streamlit" in packages(file)} == {"ui"}


def test_the_check_sees_imports_inside_functions(tmp_path: Path) -> None:
    file = tmp_path / "hidden.py"
    file.write_text("def f():\n    import torch.nn\n    from memattn.ui import frame\n", encoding="utf-8")
    assert packages(file) == {"torch", "memattn"}
    assert house_parts(file) == {"ui"}


def test_the_check_finds_circles_behind_a_front_and_for_types_alone(tmp_path: Path) -> None:
    house = tmp_path / "memattn"
    (house / "room").mkdir(parents=True)
    for file, text in {
        "room/__init__.py": "from memattn.room.door import Door\n",
        "room/door.py": "if TYPE_CHECKING:\n    from memattn.room.window import Window\n",
        "room/window.py": "import torch\nfrom memattn.room import door\n",
    }.items():
        (house / file).write_text(text, encoding="utf-8")
    assert modules(tmp_path)["memattn.room"] == {"memattn.room.door"}
    assert circle(modules(tmp_path)) in (
        ["memattn.room.door", "memattn.room.window", "memattn.room.door"],
        ["memattn.room.window", "memattn.room.door", "memattn.room.window"],
    )
    (house / "room" / "window.py").write_text("from memattn.room import Door\n", encoding="utf-8")
    assert len(circle(modules(tmp_path))) == 4
    (house / "room" / "window.py").write_text("import memattn.records\n", encoding="utf-8")
    assert circle(modules(tmp_path)) == []


# --- lessons --------------------------------------------------------------------------------------------------------

CONTENT = {  # what is taught, in a module of its own; each lesson may come with more modules, named here
    "segments": tuple(f"memattn.lessons.{name}" for name in ("segments", "segmented", "borders", "rules", "worked")),
    "summary": ("memattn.lessons.summary",),
    "compressive": ("memattn.lessons.compressive",),
    "loss": tuple(
        f"memattn.lessons.{name}"
        for name in (
            "information_loss",
            "left_of_it",
            "long_texts",
            "forgetting",
            "memory_sizes",
            "memory_limits",
            "contract.exam",
            "contract.families",
            "contract.holding",
            "contract.record",
            "beginnings",
            "which_statistic",
            "foreseen",
        )
    ),
    "global": tuple(
        f"memattn.lessons.{name}"
        for name in (
            *("global_tokens", "global_questions", "damping", "resting"),
            *("sinks", "eviction", "pins", "budget", "introduction", "learned_rest"),
        )
    ),
    "story": ("memattn.lessons.story",),
    "compare": (
        "memattn.lessons.compare",
        *(
            f"memattn.lessons.comparing.{name}"
            for name in ("sizing", "tracking", "wall", "difference", "record", "frontier")
        ),
    ),
}
PAINTED_FIRST = ("lesson", "texts", "prediction", "narration", "results", "freetext.words")
LESSON_MODULES = tuple(own[0].removeprefix("memattn.lessons.") for own in CONTENT.values())
NO_TORCH = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {packages}:
            raise ImportError("imports " + name)

sys.meta_path.insert(0, Refuse())
import {module}
"""


def refuses(module: str, *packages: str) -> str:
    """What importing a module where some packages cannot be had complains of; "" where it needs none of them."""
    code = NO_TORCH.format(module=module, packages=set(packages))
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.stderr


def reached(start: str, graph: Mapping[str, set[str]]) -> set[str]:
    """Every module that one imports, by way of others too, inside functions and for types alone included."""
    found, waiting = set[str](), [start]
    while waiting:
        new = graph[waiting.pop()] - found
        found |= new
        waiting.extend(new)
    return found


@pytest.mark.parametrize("lesson", CONTENT)
def test_no_lesson_knows_another_one(lesson: str) -> None:
    graph = modules(ROOT)
    others = {module for name, own in CONTENT.items() if name != lesson for module in own}
    for module in CONTENT[lesson]:
        assert not reached(module, graph) & others


def test_every_lesson_is_held_to_that() -> None:
    lessons = [file for file in (ROOT / "memattn" / "lessons").rglob("*.py") if "LESSON = Lesson(" in file.read_text()]
    assert {f"memattn.lessons.{file.stem}" for file in lessons} == {own[0] for own in CONTENT.values()}


@pytest.mark.parametrize("module", (*PAINTED_FIRST, *LESSON_MODULES))
def test_what_is_painted_first_needs_no_torch(module: str) -> None:
    assert refuses(f"memattn.lessons.{module}", "torch", "safetensors", *DRAWING) == ""


def test_the_check_sees_what_needs_torch_behind_others() -> None:
    assert "imports torch" in refuses("memattn.lessons.running", "torch")
    assert "imports numpy" in refuses("memattn.lessons.lesson", "numpy")
