"""A new mechanism takes one file and one line of the registry: the laws, the prices and the benchmark find it there."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import core
from memattn.memory import MEMORIES
from memattn.memory.__main__ import table
from tests.stride import Stride

ROOT = Path(__file__).resolve().parents[1]
RUN = """
import sys, pytest
from memattn.memory import MEMORIES
from tests.stride import Stride
MEMORIES["stride"] = Stride
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "-k", "stride", *sys.argv[1:]]))
"""
LAWS = ("memory/test_contract.py", "memory/test_lanes.py", "memory/test_fates.py", "test_dials.py", "test_trace.py")


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MEMORIES, "stride", Stride)


def test_the_laws_hold_it_to_account() -> None:
    files = [str(ROOT / "tests" / file) for file in (*LAWS, "test_cost.py", "test_benchmarks.py")]
    done = subprocess.run(
        [sys.executable, "-c", RUN, *files], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert int(done.stdout.split(" passed")[0].split()[-1]) > 40


def test_the_benchmark_measures_it(
    registered: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, few in {"LONG": 1009, "SHORT": 101, "ROUNDS": 3, "REPEATS": 1, "BAR": 1e9, "TRACE_BAR": 1e9}.items():
        monkeypatch.setattr(core, name, few)
    monkeypatch.setattr(sys, "argv", ["core", "stride"])
    assert core.main() == 0
    assert "\nstride " in capsys.readouterr().out


def test_the_table_of_the_readme_lists_it(registered: None) -> None:
    assert table().splitlines()[-1].startswith("| `stride` | Keep every `stride`-th pair, ")
