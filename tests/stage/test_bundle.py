"""The stage's script as Streamlit gets it, and the player: one file, no network."""

import re
from collections import Counter

import pytest

from memattn.stage import bundle
from memattn.stage.payload import Payload
from memattn.stage.player import player

TOP_LEVEL = re.compile(r"^(?:export )?(?:default )?(?:async )?(?:const|let|var|function\*?|class) +(\w+)", re.MULTILINE)


@pytest.fixture(autouse=True)
def fresh() -> None:
    for cached in (bundle.script, bundle.markup, bundle.style):
        cached.cache_clear()


def test_every_module_stands_after_all_that_it_imports() -> None:
    order = bundle.modules()
    assert order[-1] == bundle.ENTRY
    assert set(order) == {file.name for file in bundle.FOLDER.glob("*.js")}
    for at, name in enumerate(order):
        needed = bundle.IMPORT.findall((bundle.FOLDER / name).read_text("utf-8"))
        assert set(needed) <= set(order[:at]), name


def test_no_name_is_used_at_the_top_of_two_modules() -> None:
    names = Counter(name for file in bundle.FOLDER.glob("*.js") for name in TOP_LEVEL.findall(file.read_text("utf-8")))
    assert [name for name, times in names.items() if times > 1] == []
    assert names["Film"] == 1  # the pattern does find names


def test_the_joined_script_has_one_export_and_no_import() -> None:
    text = bundle.script()
    assert re.findall(r"^export .*?\(", text, re.MULTILINE) == ["export default function mount("]
    assert not re.search(r"^import\b", text, re.MULTILINE)


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


def test_what_travels_with_every_payload_is_short_and_the_rest_travels_once() -> None:
    assert len(bundle.WAITING) < 1024 < len(bundle.script()) < len(bundle.code())
    assert "\n" in bundle.WAITING.strip() and "\n" in bundle.code().strip()  # else Streamlit takes it for a path
    assert bundle.code().count("export default") == 1
