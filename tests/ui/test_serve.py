"""What the server sends leaves at once, and what it computes stays on one core."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.web.server.starlette import starlette_server

from memattn.ui import serve

ROOT = Path(__file__).resolve().parents[2]


def test_connections_of_the_server_hold_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starlette_server, "_bind_socket", starlette_server._bind_socket)  # put back afterwards
    serve.send_at_once()
    with starlette_server._bind_socket("127.0.0.1", 0, 1) as listening:
        listening.setblocking(True)
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


WHO_COMPUTES = """
import os, threading
from memattn.ui import warmup

warmup.start()
warmup.device().result()
import torch

def threads_started():
    before = set(os.listdir("/proc/self/task"))
    torch.randn(4, 127, 127) @ torch.randn(4, 127, 127)
    torch.randn(4, 300_007).exp()
    print(len(set(os.listdir("/proc/self/task")) - before))

run = threading.Thread(target=threads_started)
run.start()
run.join()
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads as Linux shows them")
def test_a_script_run_computes_without_helper_threads_that_spin_beside_the_browser() -> None:
    without = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    told = subprocess.run(
        [sys.executable, "-c", WHO_COMPUTES], env=without, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["0"]
