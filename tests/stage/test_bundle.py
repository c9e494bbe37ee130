"""The stage's script as Streamlit gets it, and the player: one file, no network."""

import re
from typing import get_args

import pytest

from memattn.lessons.views import View
from memattn.stage import bundle
from memattn.stage.payload import Payload
from memattn.stage.player import player
from tests.node import run_in_node

PARTS = (bundle.STAGE, bundle.WALL)


@pytest.fixture(autouse=True)
def fresh() -> None:
    for cached in (bundle.script, bundle.markup, bundle.style):
        cached.cache_clear()


def test_every_module_stands_after_all_that_it_imports() -> None:
    orders = [bundle.modules(part) for part in PARTS]
    assert [order[-1] for order in orders] == [part.entry for part in PARTS]
    assert set().union(*orders) == {file.name for file in bundle.FOLDER.glob("*.js")}
    for order in orders:
        for at, name in enumerate(order):
            text = (bundle.FOLDER / name).read_text("utf-8")
            needed = [file for _, file in bundle.IMPORT.findall(text)]
            assert len(needed) == len(re.findall(r"^import\b", text, re.MULTILINE))
            assert set(needed) <= set(order[:at]), name


def test_a_module_takes_what_it_imports_and_gives_what_it_exports(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(bundle, "FOLDER", tmp_path)
    (tmp_path / "stage.js").write_text(
        'import {\n  name as other,\n  sum,\n} from "./a.js";\nconst name = "stage";\n'
        "/** All. */\n/**\n * More: 2 * 3.\n * @returns {string}\n */\n"
        "export default function mount() {\n  return `${name} ${other} ${sum(2, 3)}`;\n}\n"
    )
    (tmp_path / "a.js").write_text('export const name = "a";\nexport function sum(a, b) {\n  return a + b;\n}\n')
    text = bundle.script()
    assert not re.search(r"^(import|export)\b", text, re.MULTILINE)
    assert "All." not in text and "@returns" not in text, "what people read does not travel"
    assert run_in_node(f'{text}\nconsole.log(MODULES["stage.js"].mount(), Object.keys(MODULES["a.js"]).join());') == (
        "stage a 5 name,sum"
    )


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_the_joined_script_runs_and_gives_what_mounts_it(part: bundle.Part) -> None:
    names = run_in_node(f'{bundle.script(part)}\nconsole.log(Object.keys(MODULES["{part.entry}"]).join());')
    assert "mount" in names.split(",")


def test_the_stage_has_every_view_that_a_lesson_can_name_and_no_other() -> None:
    names = run_in_node(f'{bundle.script()}\nconsole.log([...MODULES["views.js"].VIEWS.keys()].join());')
    assert names == ",".join(get_args(View))


def test_a_circle_of_imports_is_refused(tmp_path, monkeypatch) -> None:
    (tmp_path / "stage.js").write_text('import { a } from "./a.js";\n')
    (tmp_path / "a.js").write_text('import { b } from "./stage.js";\n')
    monkeypatch.setattr(bundle, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"stage\.js → a\.js → stage\.js"):
        bundle.modules()


def test_the_player_holds_its_payload_and_asks_nobody_for_anything() -> None:
    page = player(Payload("abc", b"\x00\xff"), title="<b>")
    assert "<title>&lt;b&gt;</title>" in page
    assert '"packed": "AP8="' in page and page.count("</script>") == 1  # base64 of 0, 255
    assert set(re.findall(r"https?://[^\"'\s]+", page)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\bsrc=|@import|url\((?!#)", page)
    assert "{{" not in page


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_what_travels_with_every_payload_is_short_and_the_rest_travels_once(part: bundle.Part) -> None:
    waiting, code = bundle.waiting(part), bundle.code(part)
    assert len(waiting) < 1024 < len(bundle.script(part)) < len(code)
    assert "\n" in waiting.strip() and "\n" in code.strip()  # else Streamlit takes it for a path
    assert code.count("export default") == 1
    shelf = f'Symbol.for("memattn.{part.name}")'
    assert shelf in waiting and shelf in code, "the one waits where the other arrives"
