"""Training on a Dask cluster: the weights of the serial path bit for bit, and clear words where there is no cluster.

Clusters run in a process of their own: it proves by ending that no thread was left behind, and `-W error` stands over
everything in it. The command runs there as `python -m` runs it, so that its functions travel to the workers as they do
from a command line.
"""

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from memattn.reader import train
from memattn.reader.weights import file_of, load

ROOT = Path(__file__).resolve().parents[2]
LOCAL = "processes=False, protocol='tcp://', host='127.0.0.1', dashboard_address=None, threads_per_worker=2"
QUICK = f"""
import runpy, sys
from dataclasses import replace
from pathlib import Path
from distributed import LocalCluster
from memattn import assets
from memattn.reader.trained import TRAINED_MODELS
from memattn.reader.trained.pool import PoolRecipe
from memattn.reader.trained.base import BaseRecipe

def command(*arguments):
    sys.argv = ["train", "--only", "base-1", "pool", "--seeds", "2", "--device", "cpu", *arguments]
    runpy.run_module("memattn.reader.train", run_name="__main__", alter_sys=True)

assets.workplace = Path.cwd  # what is unfinished stands there
TRAINED_MODELS["base-1"] = replace(TRAINED_MODELS["base-1"], recipe=BaseRecipe(steps=2, check_at=99))
TRAINED_MODELS["pool"] = replace(TRAINED_MODELS["pool"], recipe=PoolRecipe(steps=2))
with LocalCluster(n_workers=1, {LOCAL}) as cluster:
    command("--out", "cluster", "--dask", cluster.scheduler_address)
command("--out", "serial")
"""
NOBODY_WORKS = f"""
import sys
from distributed import LocalCluster
from memattn.reader import train

train.PATIENCE = 1
with LocalCluster(n_workers=0, {LOCAL}) as cluster:
    train.main(["--only", "base-1", "--dask", cluster.scheduler_address])
"""


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    own = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "error", "-c", script]
    return subprocess.run(command, cwd=folder, env=os.environ | own, capture_output=True, text=True, timeout=120)


def test_two_seeds_on_a_cluster_are_those_of_the_serial_path_bit_for_bit(tmp_path: Path) -> None:
    done = run(QUICK, tmp_path)
    assert done.returncode == 0, done.stderr
    printed = re.findall(r"\[#+\] step 2 of 2, loss [0-9.]+", done.stderr)  # two workers may write into one line
    assert len(printed) == 2 * 2 * 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cluster", "serial"]
    for name in ("base-1", "pool"):
        seeds = []
        for seed in (0, 1):
            there, here = (load(file_of(name, train.folder_of(seed, tmp_path / way))) for way in ("cluster", "serial"))
            assert there.weights.keys() == here.weights.keys()
            assert all(torch.equal(tensor, here.weights[key]) for key, tensor in there.weights.items())
            assert {**there.card, "cpu_seconds": 0} == {**here.card, "cpu_seconds": 0}
            seeds.append(there)
        assert not torch.equal(*(one.weights["0.qkv"] for one in seeds))


def test_a_cluster_without_a_worker_is_told_of(tmp_path: Path) -> None:
    done = run(NOBODY_WORKS, tmp_path)
    assert done.returncode == 2 and not list(tmp_path.iterdir())
    printed = r"the Dask scheduler at (tcp://127.0.0.1:\d+) has no worker; start one with: dask worker \1\n"
    assert re.fullmatch(printed, done.stderr), done.stderr


@pytest.fixture
def listening() -> Iterator[str]:
    """The address of a port where something listens and never speaks."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "PATIENCE", 0.25)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("silent", [True, False], ids=["silent", "nobody"])
def test_an_address_that_does_not_answer_is_given_up(listening: str, silent: bool, tmp_path: Path) -> None:
    before = set(threading.enumerate())
    address = listening if silent else "tcp://127.0.0.1:1"
    with pytest.raises(ValueError, match=rf"no Dask scheduler answers at {address}: .+; start one with: dask sched"):
        train.train_all(["base-1"], [0], tmp_path / "weights", backend=train.cluster(address))
    assert set(threading.enumerate()) == before and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nonsense",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:port",
        "127.0.0.1:99999",
        "tcp://:8786",
        "http://127.0.0.1:80",
    ],
)
def test_what_is_no_address_is_refused_with_what_is_allowed(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        train.main(["--only", "base-1", "--dask", address])
    printed = "the address of a Dask scheduler must read tcp://host:port or tls://host:port"
    assert capsys.readouterr().err == f"{printed}, got {address!r}\n"


def test_a_cluster_that_is_lost_on_the_way_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def lost(*given: object) -> None:
        raise ConnectionError("the cluster was lost")

    monkeypatch.setattr(train, "train_all", lost)
    with pytest.raises(SystemExit, match="2"):
        train.main(["--out", str(tmp_path)])
    assert capsys.readouterr().err == "the cluster was lost\n"


def test_workers_that_write_elsewhere_are_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "train", lambda *given: 0.0)
    with pytest.raises(ValueError, match=r"must share this machine's folders, but .*base-1\.safetensors is not there"):
        train.train_all(["base-1"], [0], tmp_path / "weights", unfinished=tmp_path / "unfinished")
