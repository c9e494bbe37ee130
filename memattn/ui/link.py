"""The link of a page: all that differs from where it begins, and nothing else; what you see is what you share.

A page's settings are its own. They live under the page's name in the session, so that none of them turns up on another
page, and the page finds them again when one comes back. The address is written in one place, by a script of the frame
that holds what the server says of the settings and what the stage says of the moment (`assets/link.js`).

When a page is entered with a link, that link decides everything; entered without one (by the navigation), the page is
as it was left. A link may be old, cut off, or typed by hand: what it asks for and cannot get is told, with what is
allowed.
Streamlit's own `bind="query-params"` is not used: its values follow the reader from page to page.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, ParamSpec, TypeVar
from urllib.parse import urlencode

import streamlit as st

from memattn import assets
from memattn.bidi import isolated
from memattn.ui.linked_values import whole
from memattn.ui.notes import note
from memattn.ui.stage import Moment, Wish

if TYPE_CHECKING:  # needs NumPy, which the landing page does without
    from memattn.lessons.prediction import Prediction

PLACES = "memattn:places"  # session state: `Places`
PRESENT = "present"  # what all pages share: whether they are shown to an audience,
TOUR = "tour"  # and the stop of a tour on which the reader is
SCENARIO = "scenario"  # opened by a link as by a click
MOMENT = ("step", "phase", "view", "lens")  # what the stage adds to the address
LENS = re.compile(
    r"(none|plus|pin|sink|gate)(_[hm]|_s\d{1,5}|_[pbz]N|_([kc]\d{1,5}|r)\*N){0,24}".replace(
        "N", r"-?\d{1,3}(\.\d{1,3})?"
    )
)
LENS_SUCH = "pin_p4.585 or none_s12_k4*-2.5"
LONGEST_VALUE = 4000  # characters; a link of that length still opens everywhere that matters
PHASES = ("arrive", "attend", "push", "pin", "pop", "compress", "append", "merge", "drop")

# Streamlit sends a component's script again with everything that changes in its data, so this one is short.
SAYING = """export default function ({ data }) {
  const shelf = (globalThis[Symbol.for("memattn.link")] ??= {});
  shelf.said = data;
  shelf.say?.();
}
"""

P = ParamSpec("P")
R = TypeVar("R")
_ACTS: ContextVar[str] = ContextVar("memattn_acts", default="")  # the page whose callback runs
Parse = Callable[[str], Any]  # raises ValueError where the text means nothing


class Entry(NamedTuple):
    """What one control says in the link.

    Args:
        text: its value.
        default: whether that is where it begins anyway.
        view: whether it decides what is looked at, and not what is computed.
        key: of the control.
    """

    text: str
    default: bool
    view: bool
    key: str


@dataclass
class Place:
    """A page in one reader's session; changes as the reader goes on.

    Args:
        page: its name.
        asked: what a link asked for and no control has taken yet, by name in the link: every time that it is there.
        values: what controls were set to, by key; controls that are not drawn keep theirs.
        unsent: what controls were set to by the page, by key, until a run that drew them has come to its end.
        sent: what the run that ended last told the browser of these.
        shown: keys of the controls that were drawn since a run came to its end.
        drawn: what the controls that were drawn last say in the link, by the part of the page that draws them.
        notices: what a link could not get: (text, value used instead) by key.
        issued: addresses that the page has had since it was entered.
        start: where the stage opens: that of the link, or where it was left.
        run: identity of the run for which that counts.
        moment: where the stage stands.
        stood: identity of the run that stands there.
        played: what the stage played last, which stays there where settings have no run.
        seek: where the stage is sent; None where it was not, or has gone there.
        wishes: how often it was sent somewhere.
        answered: questions of the stage that were answered, and whether that was right.
        scenario: clicked last.
        opens: whether the stage has yet to go where that begins.
        below: the last wish to see what stands under the stage; "" where there was none.
        stands: the settings that it made, once they are drawn.
        part: of the page, that is being drawn.
    """

    page: str
    asked: dict[str, list[str]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    unsent: dict[str, Any] = field(default_factory=dict)
    sent: dict[str, Any] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    drawn: dict[str, dict[str, Entry]] = field(default_factory=dict)
    notices: dict[str, tuple[str, Any]] = field(default_factory=dict)
    issued: set[str] = field(default_factory=set)
    start: Moment | None = None
    run: str = ""
    moment: Moment | None = None
    stood: str = ""
    played: Any = None
    seek: Wish | None = None
    wishes: int = 0
    answered: "dict[Prediction, bool]" = field(default_factory=dict)
    scenario: str = ""
    opens: bool = False
    below: str = ""
    stands: dict[str, str] | None = None
    part: str = "page"


class Places(dict[str, Place]):
    """Every page as it was left, and the name of the one that stands there now; in one piece, for it is asked often."""

    now: str = ""


# --- entering a page ------------------------------------------------------------------------------------------------


def enter(page: str) -> None:
    """Begin a run of a page; the frame calls this before anything is drawn.

    Args:
        page: its name, as in its address; "start" for the landing page.
    """
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    came = urlencode({name: values for name, values in query.items() if name not in MOMENT}, doseq=True)
    places: Places = st.session_state.setdefault(PLACES, Places())
    place = places.setdefault(page, Place(page))
    if places.now != page or (came and came not in place.issued):
        place.issued = {came}
        place.start, place.run, place.seek = place.moment, place.stood, None
        places.now = page
        st.session_state[PRESENT] = _presenting(query)
        if set(query) - {PRESENT}:
            _obey(place, query)
        if query:
            st.session_state[TOUR], told = _last(TOUR, query.get(TOUR, [""]))
            place.notices |= {TOUR: (told, None)} if told else {}
    place.drawn.clear()
    place.shown.clear()
    place.part = "page"


def here() -> Place:
    """The page that stands there; in a callback that of the control."""
    places: Places = st.session_state[PLACES]
    return places[_ACTS.get() or places.now]


def own(callback: Callable[P, R]) -> Callable[P, R]:
    """A callback of this page's control, wherever the reader has gone meanwhile.

    The last move on a page and a click on another one may arrive as one request, or the second first: by then another
    page stands there, whose settings the move is none of. Every callback of a page's control is wrapped so.
    """
    page = here().page

    @wraps(callback)
    def acts(*args: P.args, **kwargs: P.kwargs) -> R:
        before = _ACTS.set(page)
        try:
            return callback(*args, **kwargs)
        finally:
            _ACTS.reset(before)

    return acts


def _obey(place: Place, query: Mapping[str, list[str]]) -> None:
    """Forget how the page was left; the link decides."""
    clear(place)
    place.asked.update(query)


def _take(place: Place, name: str) -> tuple[str, str]:
    """What the link asks for under a name, and what is to be told of it; of several values the last counts."""
    return _last(name, place.asked.pop(name))


def _last(name: str, values: Sequence[str]) -> tuple[str, str]:
    if len(values) < 2:
        return values[-1], ""
    return values[-1], f"The link names “{name}” {len(values)} times. Used: the last, “{_short(values[-1])}”."


def clear(place: Place) -> None:
    """Put every control of a page back to where it begins."""
    for key in place.values:
        st.session_state.pop(widget(key, place.page), None)
    place.values.clear()
    place.asked.clear()
    place.notices.clear()
    place.start, place.run, place.moment, place.stood, place.seek = None, "", None, "", None
    place.scenario, place.opens, place.stands, place.played = "", False, None, None


def _presenting(query: Mapping[str, list[str]]) -> bool:
    if not query:
        return bool(st.session_state.get(PRESENT, False))
    return query.get(PRESENT, [""])[-1].lower() in ("1", "true")


# --- controls -------------------------------------------------------------------------------------------------------


def widget(key: str, page: str = "") -> str:
    """Name of a control in the session, and of its class on the page: "compressive_n"."""
    return f"{page or here().page}_{key}"


def before(key: str, name: str, title: str, begins: Any, parse: Parse, allowed: str) -> None:
    """Give a control its value before it is drawn: what a link asks for, else what it was set to, else its beginning.

    Args:
        key: of the control, on its page.
        name: in the link.
        title: in words.
        begins: its value at the beginning.
        parse: turns the text of a link into a value.
        allowed: in words.
    """
    place = here()
    if name in place.asked:
        text, told = _take(place, name)
        try:
            place.values[key] = parse(text)
        except ValueError:
            place.values.pop(key, None)
            told = f"The link asked for “{_short(text)}” as {title}. Allowed: {allowed}."
            told += f" Used instead: {_short(str(begins))}." if begins != "" else ""
        if told:
            place.notices[key] = (told, place.values.get(key, begins))
        _set(place, key, place.values.get(key, begins))
    elif widget(key) not in st.session_state:
        _set(place, key, place.values.get(key, begins))
    elif key in place.unsent and place.unsent[key] == st.session_state[widget(key)]:
        _set(place, key, place.unsent[key])  # the run that set it was cut short, and the browser may not know


def _set(place: Place, key: str, value: Any) -> None:
    """Have the browser show a value; Streamlit says so in the run of the assignment alone."""
    st.session_state[widget(key)] = place.unsent[key] = value


def stand(key: str, value: Any) -> None:
    """Have a control that is not in the link stand at a value, before it is drawn.

    It is set only where it differs: the browser takes what is set for clicked, also when a later click is on its way.
    """
    place = here()
    if key in place.unsent or st.session_state.get(widget(key)) != value or widget(key) not in st.session_state:
        _set(place, key, value)
    place.shown.add(key)


def again() -> None:
    """Before a run that the page asks for itself: its messages may take the place of those that have yet to be sent."""
    here().unsent.update(here().sent)


def held(key: str) -> Any:
    """The value of a control that is about to be drawn."""
    return st.session_state[widget(key)]


def after(key: str, name: str, value: Any, begins: Any, text: str | None = None, view: bool = False) -> None:
    """Note what a control says once it has been drawn; arguments as for `before`.

    Args:
        key: of the control.
        name: in the link.
        value: of the control now.
        begins: its value at the beginning.
        text: the value in the link, where that is not its plain text.
        view: whether it decides what is looked at, and not what is computed.
    """
    place = here()
    place.values[key] = value
    place.shown.add(key)
    entry = Entry(str(value) if text is None else text, value == begins, view, key)
    place.drawn.setdefault(place.part, {})[name] = entry
    if key in place.notices and place.notices[key][1] != value:
        del place.notices[key]


@contextmanager
def part(name: str) -> Iterator[None]:
    """A part of the page that is drawn by itself: the controls in it are those drawn now, and no others."""
    place = here()
    around, place.part = place.part, name
    place.drawn[name] = {}
    try:
        yield
    finally:
        place.part = around


def forget(*names: str) -> None:
    """Parts of the page that are about to be drawn again, or no more: what their controls said is not in the link."""
    for name in names:
        here().drawn.pop(name, None)


def moved(name: str) -> bool:
    """Whether a control of a part has been moved or put back since that was drawn; only from a callback."""
    stood = here().values
    keys = [entry.key for entry in here().drawn.get(name, {}).values()]
    return any(key not in stood or st.session_state.get(widget(key), stood[key]) != stood[key] for key in keys)


def put(key: str, value: Any) -> None:
    """Set a control; only from a callback, before it is drawn."""
    here().values[key] = value
    _set(here(), key, value)
    here().notices.pop(key, None)


def linked_scenario(names: Sequence[str]) -> str:
    """The scenario that a link asks for, told once; "" where it asks for none of these.

    Args:
        names: of those that the page has.
    """
    place = here()
    if SCENARIO not in place.asked:
        return ""
    name, told = _take(place, SCENARIO)
    if name not in names:
        told, name = f"The link asked for scenario “{_short(name)}”. Allowed: {', '.join(names)}.", ""
    if told:
        place.notices[SCENARIO] = (told, None)
    return name


def ask(values: Mapping[str, Any]) -> None:
    """Open the page as a link with these values, by name in the link, would; only before a control is drawn."""
    place = here()
    clear(place)
    place.asked.update({name: [str(value)] for name, value in values.items()})


# --- the moment -----------------------------------------------------------------------------------------------------


def start(
    last: int, run: str, views: Sequence[str] = (), phases: Callable[[int], Sequence[str]] | None = None
) -> Moment | None:
    """Where the stage opens: where a link wants it, or where it was left; None where another run is played now.

    Args:
        last: step of the text, from 0.
        run: identity of what is played.
        views: that can be opened beside it.
        phases: that a step has; None where the stage knows none.
    """
    place = here()
    if place.asked.keys() & set(MOMENT):
        place.start, place.run = _linked(place, last, views, phases or (lambda _: ())), run
    elif not place.run:
        place.run = run
    return place.start if place.run == run else None


def send(moment: Moment, run: str, ask: int | None = None) -> None:
    """Send the stage to a moment of the run that is played now, wherever it stands, and have it ask a question there.

    Args:
        moment: to stand at.
        run: identity of what is played.
        ask: number of the question, from 0; None asks nothing.
    """
    place = here()
    place.wishes += 1
    place.start, place.run, place.seek = moment, run, Wish(moment, place.wishes, ask)


def open_at(moment: Moment) -> None:
    """Have the next run that is played open at a moment, whichever it is; only from a callback."""
    place = here()
    place.start, place.run, place.seek = moment, "", None


def _linked(place: Place, last: int, views: Sequence[str], phases: Callable[[int], Sequence[str]]) -> Moment | None:
    named = "step" in place.asked
    (step, step_told), (phase, phase_told), (view, view_told), (lens, lens_told) = (
        _take(place, name) if name in place.asked else ("", "") for name in MOMENT
    )
    found = None
    if view and view not in views:
        view_told = f"The link asked for view “{_short(view)}”. Allowed: {', '.join(views) or 'none'}."
        view = ""
    if phase and phase not in PHASES:
        phase_told = f"The link asked for phase “{_short(phase)}”. Allowed: {', '.join(PHASES)}."
        phase = ""
    if lens and not LENS.fullmatch(lens):
        lens_told = (
            f"The link asked for lens “{_short(lens)}”. Allowed: what the softmax lens writes, such as {LENS_SUCH}."
        )
        lens = ""
    try:
        found = Moment(whole(step, 1, last + 1) - 1 if named or phase else last, phase, view, lens)
    except ValueError:
        asked = f"step “{_short(step)}”" if named else "a phase without its step"
        step_told = f"The link asked for {asked}. Allowed: whole numbers from 1 to {last + 1}."
        step_told += f" Used instead: {last + 1}."
    if found and phase and phase not in (there := phases(found.step)):
        phase_told = f"The link asked for phase “{_short(phase)}” of step {found.step + 1}. "
        phase_told += f"Allowed: {', '.join(there) or 'none'}."
        found = found._replace(phase="")
    told = {"step": step_told, "phase": phase_told, "view": view_told, "lens": lens_told}
    place.notices |= {key: (text, None) for key, text in told.items() if text}
    return found


def stands(moment: Moment, run: str) -> bool:
    """Note where the stage stands, for when the reader comes back to the page.

    Returns:
        Whether what a link asked for in vain is told no longer.
    """
    place = here()
    moved_on = place.moment not in (None, moment)
    place.moment, place.stood = moment, run
    if not moved_on:
        return False
    place.seek = None
    return any([place.notices.pop(name, None) for name in MOMENT])


def answered(told: "Mapping[Prediction, bool]") -> None:
    """Note what was answered to questions of the stage; it is kept for the session, whatever is played meanwhile."""
    here().answered.update(told)


# --- the address ----------------------------------------------------------------------------------------------------


def entries() -> dict[str, Entry]:
    """What every control on the page says, by name in the link."""
    return {name: entry for part in here().drawn.values() for name, entry in part.items()}


def settings() -> dict[str, str]:
    """What the link holds, without the moment: every control that does not stand where it begins."""
    return {
        name: entry.text for name, entry in entries().items() if not entry.default and len(entry.text) <= LONGEST_VALUE
    }


def address() -> str:
    """The query of the link, without the moment."""
    shared = {PRESENT: "true"} if st.session_state.get(PRESENT) else {}
    shared |= {TOUR: on} if (on := touring()) else {}
    return urlencode({**settings(), **shared})


def scenario() -> str:
    """The scenario that was clicked last, as long as its settings stand."""
    place, now = here(), _computed()
    if place.stands is None:
        return place.scenario
    gone = place.stands.keys() - entries().keys()  # controls of a view that is not open: they still stand there
    return place.scenario if {**now, **{name: place.stands[name] for name in gone}} == place.stands else ""


def agrees(values: Mapping[str, Any], anywhere: Collection[str] = (), yet: Collection[str] = ()) -> bool:
    """Whether a link with these values decides the run as the controls do that stand here.

    Where all else stands as it begins nobody has asked for anything, unless for a view: then it is the one of these.

    Args:
        values: by name in the link.
        anywhere: names of those that alone ask for nothing.
        yet: names of those whose value is not known yet: they may say anything.
    """
    now = entries()
    computed = _deciding(now).keys()
    decides = computed - set(anywhere)
    told = {
        name: f"{value:g}" if isinstance(value, float) else str(value)
        for name, value in values.items()
        if name in now and name not in yet
    }
    views = [name for name in told if now[name].view and not now[name].default]
    if not computed <= values.keys() or not (decides or views):
        return False
    return all(now[name].text == text for name, text in told.items() if not (decides and now[name].view))


def _computed() -> dict[str, str]:
    """What decides the run; what stands where it begins decides nothing."""
    return _deciding(entries())


def _deciding(now: Mapping[str, Entry]) -> dict[str, str]:
    return {name: entry.text for name, entry in now.items() if not (entry.default or entry.view)}


def clicked(name: str, below: bool = False) -> None:
    """Note the scenario that is opened now; only from a callback, after `ask`.

    Args:
        name: of the scenario.
        below: whether what it shows stands under the stage, so that the browser has to go there.
    """
    place = here()
    place.scenario, place.opens, place.below = name, True, ""
    if below:
        bring("start")


def bring(block: Literal["start", "nearest"]) -> None:
    """Have the browser bring what begins in the container `below` onto the screen; only from a callback.

    Args:
        block: "start" to its upper edge, or "nearest": only where it is not there already.
    """
    place = here()
    place.wishes += 1
    place.below = f"{place.page} {place.wishes} {block}"


def opening() -> str:
    """The scenario to which the stage has yet to go, told once; "" where there is none."""
    place = here()
    name, place.opens = place.scenario if place.opens else "", False
    return name


def presented() -> bool:
    """Whether presenter mode is on."""
    return bool(st.session_state.get(PRESENT))


def touring() -> str:
    """The stop of a tour on which the reader is, as a link names it; "" on none."""
    return str(st.session_state.get(TOUR, ""))


def tour(on: str) -> None:
    """Go on with a tour from a stop, or with "" leave it."""
    st.session_state[TOUR] = on


def present(on: bool) -> None:
    """Switch presenter mode; only from a callback."""
    st.session_state[PRESENT] = on


@cache
def _components() -> tuple[Callable[..., Any], ...]:
    component, nothing = st.components.v2.component, "<span>\n</span>"
    saying = component("memattn_link", html=nothing, js=SAYING)
    return saying, *(
        component(f"memattn_{name}_code", html=nothing, js=(assets.folder() / f"{name}.js").read_text("utf-8"))
        for name in ("link", "done")
    )


def deliver(map_of_all: bool = False) -> None:
    """Send the scripts that write the address and keep what was done: once per page, outside of fragments.

    Args:
        map_of_all: whether what was done is shown here.
    """
    with st.container(key="link_code"):  # hidden by frame.css
        _components()[2](key="done_script", data={"map": map_of_all})
        _components()[1](key="link_script")


def write(scenarios: int = 0) -> None:
    """Have the browser's address say what stands on the page; call it last.

    Args:
        scenarios: how many the page has, for what its reader has seen of it.
    """
    place = here()
    if place.stands is None and place.scenario:
        place.stands = _computed()
    place.sent = {key: place.unsent.pop(key) for key in place.shown & place.unsent.keys()}
    place.shown.clear()
    query = address()
    place.issued.add(query)
    done = {
        "scenario": scenario(),
        "scenarios": scenarios,
        "right": tuple(sorted({question.title for question, right in place.answered.items() if right})),
        "tour": touring(),
    }
    with st.container(key="link"):  # hidden by frame.css
        data = {"page": place.page, "query": query, "below": place.below, **done}
        _components()[0](key=f"link_{place.page}", data=data)


def notices() -> None:
    """Say what a link asked for and could not get, until the reader moves that control."""
    for text, _ in list(here().notices.values()):
        note(text)


def _short(text: str, longest: int = 40) -> str:
    return isolated(text) if len(text) <= longest else f"{isolated(text[:longest])}… ({len(text)} characters)"
