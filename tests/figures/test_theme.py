"""What is written can be read, in both themes; one palette serves pages and figures."""

import tomllib
from itertools import combinations
from pathlib import Path

import plotly.graph_objects as go
import pytest

from memattn.figures import theme
from memattn.figures.theme import PALETTES, ThemeName, contrast, ink
from memattn.memory import MEMORIES
from memattn.records import Role

READABLE = 4.5  # WCAG 2.2, 1.4.3, AA
CONFIG = Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml"

both = pytest.mark.parametrize("name", list(PALETTES))


def test_contrast_of_black_on_white_is_21_and_of_a_colour_on_itself_1() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#0072B2", "#0072B2") == pytest.approx(1)


def test_contrast_of_a_known_grey() -> None:
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)  # the textbook borderline grey


@both
@pytest.mark.parametrize("ground", ["background", "panel"])
@pytest.mark.parametrize("written", ["text", "muted"])
def test_text_can_be_read_on_every_ground(name: ThemeName, ground: str, written: str) -> None:
    palette = PALETTES[name]
    assert contrast(getattr(palette, written), getattr(palette, ground)) >= READABLE


@both
def test_every_role_has_a_colour_and_its_label_can_be_read(name: ThemeName) -> None:
    roles = PALETTES[name].role
    assert set(roles) == set(Role)
    assert all(contrast(ink(fill), fill) >= READABLE for fill in (*roles.values(), PALETTES[name].lost))


@both
def test_no_two_roles_look_alike(name: ThemeName) -> None:
    for one, other in combinations(PALETTES[name].role.values(), 2):
        distance = sum(abs(int(one[at : at + 2], 16) - int(other[at : at + 2], 16)) for at in (1, 3, 5))
        assert distance > 60, (one, other)


@both
def test_no_attention_is_nearest_to_the_page(name: ThemeName) -> None:
    scale = theme.sequential(name)
    away = [contrast(str(colour), PALETTES[name].background) for _, colour in scale]
    assert [at for at, _ in scale] == sorted(at for at, _ in scale)
    assert (scale[0][0], scale[-1][0]) == (0.0, 1.0)
    assert away == sorted(away)


@both
def test_signed_values_have_zero_in_the_middle(name: ThemeName) -> None:
    negative, zero, positive = theme.diverging(name)
    assert (negative[0], zero[0], positive[0]) == (0.0, 0.5, 1.0)
    assert contrast(str(zero[1]), PALETTES[name].background) < 1.2


@both
def test_pages_and_figures_share_their_colours(name: ThemeName) -> None:
    page = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["theme"][name]
    palette = PALETTES[name]
    assert page["backgroundColor"] == palette.background
    assert page["secondaryBackgroundColor"] == palette.panel
    assert page["textColor"] == palette.text
    assert page["borderColor"] == palette.line
    assert page["primaryColor"] == palette.role[Role.CURRENT]
    assert contrast(page["linkColor"], palette.background) >= READABLE


@both
def test_what_a_phone_has_no_room_for_stands_on_two_lines(name: ThemeName) -> None:
    figure = go.Figure(go.Scatter(y=[1, 2], name="forgotten: no slot carries the position"))
    figure.update_xaxes(title="bytes of keys and values after 131,072 tokens")
    theme.dress(figure, name, 230)
    assert figure.data[0].name == "forgotten: no slot carries the<br>position"
    assert figure.layout.xaxis.title.text == "bytes of keys and values after<br>131,072 tokens"


@both
def test_dressing_keeps_what_a_figure_says_and_fixes_its_height(name: ThemeName) -> None:
    figure = go.Figure(go.Bar(y=[3, 5, 7]), {"yaxis": {"range": [0, 11], "title": {"text": "mass"}}})
    dressed = theme.dress(figure, name, 230)
    assert dressed is figure
    assert dressed.layout.height == 230
    assert dressed.layout.template.layout.font.color == PALETTES[name].text
    assert (dressed.layout.yaxis.range, dressed.layout.yaxis.title.text) == ((0, 11), "mass")


def test_the_name_of_a_row_takes_two_lines_at_most_and_no_word_is_lost() -> None:
    for memory in MEMORIES.values():
        broken = theme.on_two_lines(memory.title, 20)
        assert broken.count("<br>") <= 1 and broken.replace("-<br>", "-").replace("<br>", " ") == memory.title
    assert theme.on_two_lines("one two three four", 7) == "one two<br>three four"
