"""The library as `pip install .` brings it: without the app, with its weights, and nothing taken from the checkout."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
APP = {"streamlit", "starlette", "plotly", "cachetools"}  # packages that only the extra brings
OF_THE_APP = {"ui", "figures"}  # parts of memattn that need them

BEGIN = """
import importlib.util, pathlib, sys
target = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(target))
import memattn
assert pathlib.Path(memattn.__file__).is_relative_to(target), memattn.__file__
"""
SNIPPET = f"""{BEGIN}
import doctest
from memattn.reader.weights import READER
assert READER.is_relative_to(target), READER
failed, tried = doctest.testfile(sys.argv[2], module_relative=False, encoding="utf-8")
print(tried)
sys.exit(failed)
"""
ANSWER = f"""{BEGIN}
from memattn.reader import Reader, story
text = story(3, 120, 6)
output = (reader := Reader.load()).forward(text.with_question(text.facts[2]).words, memattn.memory.MEMORIES["full"]())
assert reader.predict(output.logits[-1]).word == text.facts[2].answer
"""
IMPORTS = f"""{BEGIN}
import memattn.memory, memattn.trace, memattn.reader, memattn.reader.trained, memattn.reader.train
if importlib.util.find_spec("memattn.stage"):
    import memattn.stage.bundle, memattn.stage.payload, memattn.stage.player
    assert memattn.stage.bundle.script() and memattn.stage.bundle.FOLDER.is_relative_to(target)
print(*sorted({{name.split(".")[0] for name in sys.modules}} & {APP}))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the built and installed wheel, and nothing else."""
    built, target = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    offline = ["--no-index", "--no-deps"]
    subprocess.run([*pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir", str(built), str(ROOT)], check=True)
    (wheel,) = built.glob("*.whl")
    subprocess.run([*pip, "install", *offline, "--target", str(target), str(wheel)], check=True)
    return target


def run(script: str, installed: Path, cwd: Path, *arguments: str) -> str:
    """Run a script away from the checkout; isolated, so that neither its folder nor the environment is on the path."""
    command = [sys.executable, "-I", "-W", "error", "-c", script, str(installed), *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_the_snippets_of_the_readme_run(installed: Path, tmp_path: Path) -> None:
    examples = (ROOT / "README.md").read_text(encoding="utf-8").count("\n>>> ")
    assert int(run(SNIPPET, installed, tmp_path, str(ROOT / "README.md"))) == examples > 10


def test_the_trained_reader_answers_a_question(installed: Path, tmp_path: Path) -> None:
    run(ANSWER, installed, tmp_path)


def test_the_library_imports_nothing_of_the_app(installed: Path, tmp_path: Path) -> None:
    assert run(IMPORTS, installed, tmp_path) == ""


def test_every_file_of_the_assets_is_in_the_wheel(installed: Path) -> None:
    def files(folder: Path) -> set[str]:
        return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}

    assert files(ROOT / "assets") <= files(installed / "memattn" / "_assets")


def named(requirements: list[str]) -> dict[str, str]:
    """Least version by package."""
    return dict(requirement.split(">=") for requirement in requirements)  # type: ignore[misc]


def imported(part: str) -> set[str]:
    """Packages from elsewhere that the files of a part of memattn import, anywhere in them."""
    folder = ROOT / "memattn" / part
    names: set[str] = set()
    for file in folder.rglob("*.py") if folder.is_dir() else [folder]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(str(node.module).split(".")[0])
    return names - sys.stdlib_module_names - {"memattn"}


def test_what_is_imported_is_declared() -> None:
    library, extras = named(PROJECT["dependencies"]), PROJECT["optional-dependencies"]
    assert set(named(extras["app"])) == APP
    for part in (entry.name for entry in (ROOT / "memattn").iterdir() if not entry.name.startswith("_")):
        allowed = set(library) | (
            APP if part in OF_THE_APP else set(named(extras["dask"])) if part == "reader" else set()
        )
        assert imported(part) <= allowed, part


@pytest.mark.parametrize("group", ["dependencies", "app", "dask"])
def test_the_pins_are_what_the_bounds_allow(group: str) -> None:
    wanted = named(PROJECT["dependencies"] if group == "dependencies" else PROJECT["optional-dependencies"][group])
    file = "requirements-dev.txt" if group == "dask" else "requirements.txt"
    pins = dict(line.split("==") for line in (ROOT / file).read_text(encoding="utf-8").splitlines() if "==" in line)

    def numbers(version: str) -> list[int]:
        return [int(part) for part in version.split(".")]

    assert wanted and all(numbers(pins[name]) >= numbers(least) for name, least in wanted.items())
