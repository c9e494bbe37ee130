"""A reader's session with the app, in process: open links, move controls, and read what stands on the page."""

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, parse_qsl, urlencode

from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from memattn.stage.packed import unpacked
from memattn.ui import front, upkeep
from memattn.ui.scripts import Scripts

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120  # a first run imports torch
FILES = {"start": "app.py"} | {
    file.stem.partition("_")[2]: f"pages/{file.name}" for file in sorted((ROOT / "pages").glob("*.py"))
}

front._standing.append(Scripts)  # as behind `memattn.ui.serve`: long scripts do not travel with each page
upkeep._begun.acquire(blocking=False)  # there is no server here whose readers it could count


class Stage(NamedTuple):
    """What a stage got: the header of the page's mount, and the JSON of the payload."""

    header: dict[str, Any]
    content: dict[str, Any]

    @property
    def start(self) -> tuple[int, str]:
        return self.header["start"], self.header["phase"]

    @property
    def lanes(self) -> dict[str, int]:
        return {lane["role"]: lane["capacity"] for lane in self.content["lanes"]}


class Session:
    """One reader; a page that raises fails."""

    def __init__(self) -> None:
        self.app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
        self.app._bidi_component_manager = _components()
        self.page = "start"
        self._sorted: tuple[Any, dict[str, list[Any]]] = (None, {})

    # --- what a reader does ---------------------------------------------------------------------------------------

    def open(self, page: str, link: str = "") -> "Session":
        """Enter a page: with a link, or without one as the navigation does."""
        self.page = page
        self.app.switch_page(FILES[page])
        self.app.query_params = parse_qs(link, keep_blank_values=True)
        return self.run()

    def shared(self, at: tuple[int, str] | None) -> "Session":
        """What somebody else sees who opens the link of this page, with the stage at a moment."""
        return Session().open(self.page, self.address(at))

    def address(self, at: tuple[int, str] | None) -> str:
        """The query of the address as the browser writes it: the link, and the moment of the stage."""
        moment = {"step": at[0] + 1} | ({"phase": at[1]} if at[1] else {}) if at else {}
        return "&".join(filter(None, (self.link, urlencode(moment))))

    def run(self) -> "Session":
        self.app.run()
        return self.fine()

    def move(self, key: str, value: Any) -> "Session":
        """Set a control to a value; a select box to one of the words that it offers, as a browser does."""
        control = self.control(key)
        if control.type == "selectbox":
            assert value in control.options and not control.disabled, (key, value, control.options)
            self._send(control.id, string_value=value)
        else:
            control.set_value(value)
            self.run()
        after = self.controls.get(key)
        # A browser would take it for what was chosen last, although the reader may have chosen again meanwhile.
        assert not after or after.value != value or not after.proto.set_value, f"{key} is set to what it was moved to"
        return self

    def click(self, key: str) -> "Session":
        self.app.button(key=self.key(key)).click()
        return self.run()

    def present(self, on: bool) -> "Session":
        """Enter presenter mode or leave it."""
        self.run()  # what ran last may have been the lesson alone, without the frame around it
        key = "present_enter" if on else "present_exit"
        if any(button.key == key for button in self.buttons):
            self.app.button(key=key).click()
        return self.run()

    def settle(self) -> "Session":
        """Wait for an experiment that runs by itself."""
        while any(button.key == self.key("measure_cancel") for button in self.buttons):
            self.run()
        return self

    def scenario(self, name: str | None) -> "Session":
        return self.move("preset", name)

    def stand(self, step: int, phase: str = "") -> "Session":
        """What the stage reports when the reader rests at a step, from 0."""
        (mounted,) = (one for one in self._mounted("memattn_stage") if one.id.endswith("-" + self.key("stage")))
        return self._send(mounted.id, json.dumps({"moment": {"step": step, "phase": phase, "view": "", "lens": ""}}))

    def answer(self, *told: tuple[int, list[int], bool], run: str = "") -> "Session":
        """What the stage reports when the reader was told of questions: (which, chosen, whether that was right)."""
        (mounted,) = (one for one in self._mounted("memattn_stage") if one.id.endswith("-" + self.key("stage")))
        keys = ("which", "chosen", "right")
        verdicts = {"run": run or self.stage.header["id"], "told": [dict(zip(keys, one, strict=True)) for one in told]}
        return self._send(mounted.id, json.dumps({"moment": None, "verdicts": verdicts}))

    def point(self, told: str) -> "Session":
        """Click the point of a figure that bears a word in what it tells, as Plotly reports it."""
        for chart in self._found("plotly_chart"):
            for trace in json.loads(chart.proto.spec)["data"]:
                for one in trace.get("customdata", ()):
                    if told in one:
                        return self.select(chart.proto.id, {"selection": {"points": [{"customdata": one}]}})
        raise AssertionError(f"no point tells {told!r}")

    def select(self, chart: str, selected: object) -> "Session":
        """Report what is selected in a figure, by the id of the chart."""
        return self._send(chart, string_value=json.dumps(selected))

    def _send(self, name: str, report: str = "", **state: Any) -> "Session":
        """Run with the state of one element as the browser sends it."""
        state |= {"json_value": report} if report else {}
        states = self.app._tree.get_widget_states()
        others = [one for one in states.widgets if one.id != name]
        del states.widgets[:]
        states.widgets.extend([*others, WidgetState(id=name, **state)])
        self.app._run(states)
        return self.fine()

    def fine(self) -> "Session":
        assert not self.app.exception, [error.message for error in self.app.exception]
        return self

    # --- what stands there ----------------------------------------------------------------------------------------

    def key(self, key: str) -> str:
        return f"{self.page}_{key}"

    @property
    def controls(self) -> dict[str, Any]:
        """All that can be set, by key on the page."""
        found = self._found("slider", "selectbox", "toggle", "button_group", "text_area", "text_input")
        return {control.key.removeprefix(f"{self.page}_"): control for control in found if control.key}

    def control(self, key: str) -> Any:
        return self.controls[key]

    def value(self, key: str) -> Any:
        return self.controls[key].value

    @property
    def buttons(self) -> list[Any]:
        return self._found("button")

    def _found(self, *kinds: str) -> list[Any]:
        """All elements of some kinds, kind after kind; the tree of a run is walked once."""
        if self._sorted[0] is not self.app._tree:
            by_kind = defaultdict(list)
            for element in self.app._tree:
                by_kind[element.type].append(element)
            self._sorted = self.app._tree, by_kind
        return [element for kind in kinds for element in self._sorted[1].get(kind, ())]

    def _mounted(self, component: str) -> list[Any]:
        return [one.proto for one in self._found("bidi_component") if one.proto.component_name == component]

    @property
    def stages(self) -> list[Stage]:
        """All stages, the page's own first."""
        found = []
        for mounted in self._mounted("memattn_stage"):
            header, packed = _split(mounted.bytes)
            found.append(Stage(header, _split(unpacked(packed))[0]))
        return found

    @property
    def stage(self) -> Stage:
        """The page's own."""
        return self.stages[0]

    @property
    def shows(self) -> bool:
        """Whether there is something to look at or to do: a stage, a wall, a figure, a question, a measurement."""
        to_do = {self.key(name) for name in ("measure_start", "say_yes", "next")}
        asks = any(button.key in to_do for button in self.buttons)
        return bool(self.stages or self.figures or self._mounted("memattn_wall") or asks)

    @property
    def link(self) -> str:
        """The query of the page's link, without the moment."""
        return self._told("query")

    @property
    def below(self) -> str:
        """The wish that the browser goes to what stands under the stage."""
        return self._told("below")

    def _told(self, what: str) -> str:
        """What the browser is told of the page."""
        (mounted,) = self._mounted("memattn_link")
        data = json.loads(mounted.json)
        assert data["page"] == self.page
        return str(data[what])

    @property
    def named(self) -> dict[str, str]:
        """What the link holds, by name."""
        return dict(parse_qsl(self.link, keep_blank_values=True))

    @property
    def raw(self) -> str:
        """All HTML that the page wrote, as it went to the browser."""
        return "\n".join(element.proto.body for element in self._found("html"))

    @property
    def said(self) -> str:
        """The same with its entities read."""
        return unescape(self.raw)

    @property
    def notes(self) -> list[str]:
        return [unescape(e.proto.body) for e in self._found("html") if 'class="ma-note' in e.proto.body]

    @property
    def cards(self) -> list[str]:
        """Answer cards, the page's own first."""
        return [e.proto.body for e in self._found("html") if 'class="ma-card"' in e.proto.body]

    @property
    def charts(self) -> list[str]:
        """What `select` calls each of the figures."""
        return [chart.proto.id for chart in self._found("plotly_chart")]

    @property
    def figures(self) -> list[dict[str, Any]]:
        return [json.loads(chart.proto.spec) for chart in self._found("plotly_chart")]

    @property
    def refused(self) -> bool:
        """Whether the settings have no picture; the last one may stand there, dimmed. A view may do without one."""
        if not self.stages:
            return any("ma-problem" in note for note in self.notes)
        return bool(self.stage.header["inert"])

    @property
    def seen(self) -> dict[str, Any]:
        """All that a reader sees but the mark of a scenario: that is how one came here, not where one is.

        Nor is what is said of a picture that stands there from before, since these settings have none.
        """
        self.settle()
        hidden = ("preset", "plant_")  # the form of a planted fact is not a setting
        if self.refused:
            hidden += ("tab", "answer", "exp", "both", "b_", "mtokens", "mgap")
            named = {name: value for name, value in self.named.items() if not name.startswith(("present", *hidden))}
            controls = {key: one.value for key, one in self.controls.items() if not key.startswith(hidden)}
            problems = [note for note in self.notes if "ma-problem" in note]
            return {"controls": controls, "problem": problems[:1], "link": named}
        return {
            "pictures": [stage.header["id"] for stage in self.stages],
            "controls": {key: one.value for key, one in self.controls.items() if not key.startswith(hidden)},
            "answers": self.cards,
            "problems": [note for note in self.notes if "ma-problem" in note],
            "said": [one.value for one in self._found("markdown", "caption", "metric", "code")],
            "figures": self.figures,
            "link": {name: value for name, value in self.named.items() if name != "present"},
        }

    @property
    def text(self) -> str:
        """All that can be read on the page, its HTML among it."""
        return "\n".join(self._texts())

    def _texts(self) -> Iterator[str]:
        yield self.said
        for element in self._found("markdown", "caption", "metric", "button", "code"):
            yield element.label if element.type == "button" else str(element.value)
        for metric in self._found("metric"):
            yield f"{metric.label} {metric.delta}"
        for control in self.controls.values():
            yield f"{control.label} {control.proto.help} " + " ".join(getattr(control, "options", ()))


@cache
def _components() -> BidiComponentManager:
    """One for all sessions, as on a server: it reads the names of all packages that are installed."""
    manager = BidiComponentManager()
    manager.discover_and_register_components(start_file_watching=False)
    return manager


def query(**values: Any) -> str:
    """The query of a link."""
    return urlencode(values, doseq=True)


def _split(octets: bytes) -> tuple[dict[str, Any], bytes]:
    """The length of a JSON text as 4 bytes, the text, and octets behind it."""
    end = 4 + int.from_bytes(octets[:4], "little")
    return json.loads(octets[4:end]), octets[end:]
