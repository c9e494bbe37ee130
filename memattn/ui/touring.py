"""A tour on the page: which stop this is, what to say there, and the way on and back; the cards that begin one."""

from urllib.parse import urlencode

import streamlit as st
from markupsafe import Markup

from memattn.lessons import tours
from memattn.lessons.tours import TOURS, Tour
from memattn.ui import link
from memattn.ui.navigation import page_named
from memattn.ui.notes import note


def line() -> None:
    """Say which stop of a tour this is, below the title of the page, with the way on."""
    named = link.touring()
    if not named:
        return
    try:
        tour, at = tours.standing(named)
    except ValueError:
        link.tour("")
        note(f"There is no such stop of a tour. Allowed: {tours.allowed()}.")
        return
    stop = tour.stops[at]
    with st.container(key="tour", horizontal=True, gap="small", vertical_alignment="center"):
        st.html(
            Markup(
                '<p class="ma-tour"><b>{}</b> <span class="ma-tour-at">stop {} of {} · {} min, until {}:00</span> '
                '<span class="ma-tour-say">{}</span></p>'
            ).format(tour.title, at + 1, len(tour.stops), stop.minutes, _until(tour, at), stop.say),
            width="stretch",
        )
        if at > 0:
            _to(tour, at - 1, "← Back", "tour_back")
        if at + 1 < len(tour.stops):
            _to(tour, at + 1, f"Next: {page_named(tour.stops[at + 1].page).title} →", "tour_next")
        st.button("End the tour", key="tour_end", on_click=link.tour, args=("",), type="tertiary")


def _until(tour: Tour, at: int) -> int:
    """Minutes since the beginning when a stop should be left."""
    return sum(stop.minutes for stop in tour.stops[: at + 1])


def _to(tour: Tour, at: int, label: str, key: str) -> None:
    with st.container(key=key, width="content"):
        st.page_link(page_named(tour.stops[at].page).file, label=label, query_params=_query(tour, at))


def _query(tour: Tour, at: int) -> dict[str, str]:
    """Of the link, which keeps presenter mode on."""
    return tours.query(tour, at) | ({link.PRESENT: "true"} if link.presented() else {})


def cards() -> None:
    """All tours, with their stops as links."""
    st.html('<h2 class="ma-group-title">Tours</h2>')
    for column, tour in zip(st.columns(len(TOURS), gap="small"), TOURS.values(), strict=True):
        with column, st.container(border=True, key=f"open_tour_{tour.name}"):
            st.page_link(
                page_named(tour.stops[0].page).file, label=f"**{tour.title}** →", query_params=tours.query(tour, 0)
            )
            st.html(
                Markup(
                    '<p class="ma-card-claim">{}</p><p class="ma-done" data-tour="{}" data-stops="{}"></p>{}'
                ).format(tour.about, tour.name, len(tour.stops), _stops(tour))
            )


def _stops(tour: Tour) -> Markup:
    items = Markup("").join(
        Markup('<li><a href="{}" target="_self">{}</a> <i>{} min</i><br>{}</li>').format(
            _address(tour, at), stop.link.get("scenario", page_named(stop.page).title), stop.minutes, stop.say
        )
        for at, stop in enumerate(tour.stops)
    )
    return Markup('<details class="ma-tour-stops"><summary>{} stops, {} minutes</summary><ol>{}</ol></details>').format(
        len(tour.stops), tour.minutes, items
    )


def _address(tour: Tour, at: int) -> str:
    """Relative, since the app may stand below a path."""
    page = tour.stops[at].page
    return f"{'.' if page == 'start' else page}?{urlencode(tours.query(tour, at))}"
