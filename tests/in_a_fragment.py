"""Act as if a control stood in a fragment, as none does in a test of the app: what it asks for then runs alone."""

from types import SimpleNamespace

import pytest

from memattn.ui import fragments


def in_a_fragment(monkeypatch: pytest.MonkeyPatch, copies: int = 1) -> None:
    """From now on what is clicked or reported comes from a fragment; each stands so many times on the page."""
    storage = SimpleNamespace(resolve_target=lambda targets: [*targets] * copies)
    context = SimpleNamespace(fragment_ids_this_run=["around"], fragment_storage=storage)
    monkeypatch.setattr(fragments, "get_script_run_ctx", lambda: context)
