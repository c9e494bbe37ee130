"""A server of its own for every measurement, on a free port of this machine."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import run

ROOT = Path(__file__).resolve().parents[1]
APP = ("-m", "memattn.ui.serve", "app.py")
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
START_SECONDS = 60


class Served(NamedTuple):
    """A server that answers.

    Args:
        address: where, without a slash at its end.
        since: when its process was started, on `time.perf_counter`.
        pid: of its process.
    """

    address: str
    since: float
    pid: int


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((run.HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(
    command: tuple[str, ...] = APP, folder: Path = ROOT, log: IO[str] | None = None, port: int = 0
) -> Iterator[Served]:
    """A server that answers, until the block ends.

    Args:
        command: arguments of Python.
        folder: in which it runs, with the configuration that lies there.
        log: to write to what it says.
        port: to listen on; 0 for a free one.
    """
    port = port or free_port()
    options = ["--server.headless", "true", "--server.address", run.HOST, "--server.port", str(port)]
    out = log or subprocess.DEVNULL
    since = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, *command, *options],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=out,
    )
    try:
        address = f"http://{run.HOST}:{port}"
        _wait_for(f"{address}/_stcore/health", server)
        yield Served(address, since, server.pid)
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    """Until the server answers.

    Raises:
        RuntimeError: it ended, or does not answer in time.
    """
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with direct.open(url, timeout=1):
                return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"no answer from {url}")
