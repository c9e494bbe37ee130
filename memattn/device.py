"""Which device computes, in which precision, and why. Run `python -m memattn.device` to see it.

float64 wherever the device has it, so that a trace agrees with the naive computation to 1e-12: the tensors of
a picture are small. Apple's MPS has no float64 and computes in float32.
"""

import os
import platform
from collections.abc import Mapping
from typing import NamedTuple

import torch

VARIABLE = "MEMATTN_DEVICE"


class Device(NamedTuple):
    """The device in use.

    Args:
        torch_device: what tensors are put on.
        dtype: their precision.
        name: the hardware, for people.
        reason: why this one.
    """

    torch_device: torch.device
    dtype: torch.dtype
    name: str
    reason: str

    def __str__(self) -> str:
        """One line, for a badge or a log."""
        precision = str(self.dtype).removeprefix("torch.")
        return f"{self.name} ({self.torch_device}, {precision}): {self.reason}"


def choose(environment: Mapping[str, str] = os.environ) -> Device:
    """CUDA if there is one, else MPS, else the CPU, unless MEMATTN_DEVICE names another.

    Args:
        environment: where to look for MEMATTN_DEVICE.

    Raises:
        ValueError: MEMATTN_DEVICE names a device that is unknown or not there.
    """
    wanted = environment.get(VARIABLE, "").strip().lower()
    if wanted:
        return _named(wanted)
    if torch.cuda.is_available():
        return _cuda(torch.device("cuda", torch.cuda.current_device()), "a CUDA device is available")
    if torch.backends.mps.is_available():
        return _mps("no CUDA device, but Apple's MPS is available")
    return _cpu("no CUDA device and no MPS is available")


def _named(wanted: str) -> Device:
    reason = f"{VARIABLE}={wanted} asks for it"
    kind, _, index = wanted.partition(":")
    if kind not in ("cuda", "mps", "cpu") or (":" in wanted and not (kind == "cuda" and index.isdecimal())):
        raise ValueError(f"{VARIABLE} must be cpu, mps, cuda or cuda:N, got {wanted!r}")
    if kind == "cpu":
        return _cpu(reason)
    if kind == "mps":
        if not torch.backends.mps.is_available():
            raise ValueError(f"{VARIABLE} is 'mps', but this machine or this build of torch has no MPS; use cpu")
        return _mps(reason)
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(index or 0) >= count:
        raise ValueError(f"{VARIABLE} is {wanted!r}, but torch sees {count} CUDA devices; use cpu or leave it unset")
    return _cuda(torch.device("cuda", int(index or 0)), reason)


def _cuda(device: torch.device, reason: str) -> Device:
    return Device(device, torch.float64, torch.cuda.get_device_name(device), reason)


def _mps(reason: str) -> Device:
    return Device(torch.device("mps"), torch.float32, "Apple GPU", reason)


def _cpu(reason: str) -> Device:
    return Device(torch.device("cpu"), torch.float64, f"CPU {platform.machine()}".strip(), reason)


if __name__ == "__main__":
    print(choose())
