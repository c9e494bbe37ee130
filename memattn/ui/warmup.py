"""Heavy imports in the background, once per server, so that the first page is painted before torch is there.

Measured (2 cores, Streamlit 1.67): with torch imported, a full garbage collection costs 150 to 330 ms, and
Streamlit runs one after every script run unless `runner.postScriptGC` is off. `gc.freeze()` moves what the
imports left behind out of the collector's sight for good, which makes every later collection short as well.
What is left to look through, mostly runs that are remembered, takes 20 ms, and with so little in sight that
would be done at every fifth move of a slider: so it is rare, and `upkeep` does it when somebody leaves.
"""

import gc
import importlib
import os
import threading
from concurrent.futures import Future
from typing import Any

from memattn.ui import upkeep

HEAVY = (
    *("torch", "numpy", "pandas", "plotly.graph_objects"),  # Plotly fails on a pandas that another thread is importing
    *("memattn.device", "memattn.memory", "memattn.trace"),
)
RARE = 40  # collections of the young between two of everything; Python's own are 10
PICTURE_SECONDS = 1.0  # until a browser has drawn a page that was sent: importing torch takes what it draws with

_found: "Future[Any]" = Future()
_begun = threading.Lock()  # taken once, for good


def device() -> "Future[Any]":
    """The `memattn.device.Device` in use, once somebody has called `start`."""
    return _found


def start() -> None:
    """Begin the imports, unless they have begun."""
    if _begun.acquire(blocking=False):
        upkeep.start()
        threading.Thread(target=_import_all, args=(_found,), name="memattn-warmup", daemon=True).start()


def start_in(seconds: float) -> None:
    """Begin the imports later; sooner where somebody calls `start`."""
    if not _begun.locked():
        timer = threading.Timer(seconds, start)
        timer.daemon = True
        timer.start()


def _import_all(found: "Future[Any]") -> None:
    try:
        # A page's tensors are tiny: more threads only cost. Told by the environment, since `torch.set_num_threads`
        # counts for the thread that calls it: each script run is a new one, its helper would spin beside the browser.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        modules = {name: importlib.import_module(name) for name in HEAVY}
        # The first figure pulls in what Plotly imports lazily.
        modules["plotly.graph_objects"].Figure({"data": [{"type": "bar", "y": [0]}]}).to_json()
        gc.collect()
        gc.freeze()
        gc.set_threshold(*gc.get_threshold()[:2], RARE)
        found.set_result(modules["memattn.device"].choose())
    except BaseException as error:  # whoever waits must learn of it
        found.set_exception(error)
