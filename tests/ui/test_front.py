"""What stands in front of Streamlit's server hears of requests in order, and pages know of it."""

import pytest
from streamlit.web.server.starlette import starlette_app

from memattn.ui import front
from memattn.ui.addresses import Pages
from memattn.ui.scripts import Scripts
from memattn.ui.worksheets import Worksheets


def test_streamlits_server_stands_behind_all_of_them_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "_standing", [])
    monkeypatch.setattr(starlette_app, "create_streamlit_middleware", starlette_app.create_streamlit_middleware)
    own = [one.cls for one in starlette_app.create_streamlit_middleware()]
    assert own and not front.stands(Pages)
    front.stand(Worksheets)
    front.stand(Pages, outermost=True)
    front.stand(Scripts)
    for _ in range(2):  # servers
        assert [one.cls for one in starlette_app.create_streamlit_middleware()] == [Pages, *own, Worksheets, Scripts]
    assert front.stands(Pages) and front.stands(Worksheets) and front.stands(Scripts)
