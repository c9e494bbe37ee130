"""The choice of device: its order, its reasons, its refusals."""

import runpy

import pytest
import torch

from memattn.device import choose


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def pretend(cuda: int = 0, mps: bool = False) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
        monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"Test GPU {device.index}")
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return pretend


@pytest.mark.parametrize(
    ("cuda", "mps", "device", "dtype"),
    [
        (2, True, "cuda:0", torch.float64),
        (0, True, "mps", torch.float32),  # MPS has no float64
        (0, False, "cpu", torch.float64),
    ],
)
def test_cuda_comes_before_mps_and_mps_before_the_cpu(machine, cuda, mps, device, dtype) -> None:  # type: ignore[no-untyped-def]
    machine(cuda, mps)
    chosen = choose({})
    assert (chosen.torch_device, chosen.dtype) == (torch.device(device), dtype)
    assert chosen.reason in str(chosen) and chosen.name in str(chosen)


def test_the_reason_says_what_was_missing(machine) -> None:  # type: ignore[no-untyped-def]
    machine()
    assert choose({}).reason == "no CUDA device and no MPS is available"


@pytest.mark.parametrize(
    ("wanted", "device"), [("cpu", "cpu"), (" CPU ", "cpu"), ("cuda", "cuda:0"), ("cuda:1", "cuda:1")]
)
def test_the_environment_decides_against_the_order(machine, wanted: str, device: str) -> None:  # type: ignore[no-untyped-def]
    machine(cuda=2)
    chosen = choose({"MEMATTN_DEVICE": wanted})
    assert chosen.torch_device == torch.device(device)
    assert "MEMATTN_DEVICE=" in chosen.reason


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("gpu", "MEMATTN_DEVICE must be cpu, mps, cuda or cuda:N, got 'gpu'"),
        ("cuda:x", "got 'cuda:x'"),
        ("cpu:1", "got 'cpu:1'"),
        ("cuda", "MEMATTN_DEVICE is 'cuda', but torch sees 0 CUDA devices"),
        ("mps", "MEMATTN_DEVICE is 'mps', but .* no MPS"),
    ],
)
def test_a_device_that_is_not_there_is_refused_by_name(machine, wanted: str, says: str) -> None:  # type: ignore[no-untyped-def]
    machine()
    with pytest.raises(ValueError, match=says):
        choose({"MEMATTN_DEVICE": wanted})


def test_the_module_prints_its_choice(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMATTN_DEVICE", "cpu")
    runpy.run_path(str(__import__("memattn.device").device.__file__), run_name="__main__")
    assert capsys.readouterr().out.strip() == str(choose({"MEMATTN_DEVICE": "cpu"}))
