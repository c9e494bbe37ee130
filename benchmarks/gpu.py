"""Whether a GPU computes the same as the CPU, and how much faster. Run `python -m benchmarks.gpu`.

Two kinds of work per mechanism: one picture (few heads, 256 tokens) and a sweep (many streams at once), where
a GPU pays. The bar is the largest difference of outputs in float64, 1e-10. Without a CUDA device it says so.
"""

import time
from typing import Any, NamedTuple

import torch
from torch import Tensor

from memattn.kv import KV
from memattn.memory import MEMORIES, Memory

D, TOKENS, BAR = 32, 256, 1e-10
PICTURE, SWEEP = 2, 4096  # streams at once


class TimedOutput(NamedTuple):
    """Outputs, brought to the CPU, and the milliseconds they took."""

    output: Tensor
    ms: float


class Comparison(NamedTuple):
    """Largest difference between two devices, and the time each took."""

    gap: float
    cpu_ms: float
    gpu_ms: float


def compare(memory: Memory[Any], streams: int) -> Comparison:
    """Run the same work on both devices."""
    cpu, gpu = attend(memory, streams, "cpu"), attend(memory, streams, "cuda")
    return Comparison(float((cpu.output - gpu.output).abs().max()), cpu.ms, gpu.ms)


def attend(memory: Memory[Any], streams: int, device: str) -> TimedOutput:
    """Run a batch of random streams; the same numbers on every device. The second of two runs is timed."""
    generator = torch.Generator().manual_seed(0)
    tensors = [torch.randn(streams, TOKENS, D, generator=generator, dtype=torch.float64) for _ in range(3)]
    queries, keys, values = (tensor.to(device) for tensor in tensors)
    kv = KV(keys, values)
    for _ in range(2):
        wait(device)
        started = time.perf_counter()
        output = memory.attend(queries, kv, memory.empty(kv, tracked=False)).output
        wait(device)
        ms = (time.perf_counter() - started) * 1e3
    return TimedOutput(output.cpu(), ms)


def wait(device: str) -> None:
    """Until the device is done; CUDA works behind the caller's back."""
    if device == "cuda":
        torch.cuda.synchronize()


def main() -> int:
    """Print the table; 1 when results differ by more than the bar."""
    if not torch.cuda.is_available():
        print(f"No CUDA device: torch {torch.__version__} sees none here, so there is nothing to compare.")
        return 0
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, float64, {TOKENS} tokens, d = {D}")
    print("times in ms; the bar is the largest difference of outputs")
    columns = (f"{PICTURE} streams: CPU", "GPU", f"{SWEEP} streams: CPU", "GPU", "speed-up")
    widths = (16, 9, 20, 9, 10)
    heads = "".join(f"{title:>{width}}" for title, width in zip(columns, widths, strict=True))
    print(f"{'memory':22}{'difference':>12}{heads}  bar")
    failed = False
    with torch.inference_mode():
        for name, kind in MEMORIES.items():
            few, many = (compare(kind(), streams) for streams in (PICTURE, SWEEP))
            gap = max(few.gap, many.gap)
            right = gap <= BAR  # False for NaN too
            failed |= not right
            times = (few.cpu_ms, few.gpu_ms, many.cpu_ms, many.gpu_ms)
            cells = "".join(f"{ms:{width}.1f}" for ms, width in zip(times, widths, strict=False))
            speed_up = many.cpu_ms / many.gpu_ms
            print(f"{name:22}{gap:12.1e}{cells}{speed_up:9.1f}x  {'PASS' if right else 'FAIL'}", flush=True)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
