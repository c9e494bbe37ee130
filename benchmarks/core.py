"""How fast the core is, and whether a fixed-size memory costs the same after 10^6 tokens as after 10^3.

Run `python -m benchmarks.core`. Bars:

- time per token after 10^6 tokens at most 1.05 times that after 10^3, for every memory of fixed size;
- state floats of a fixed-size memory equal at both ends (up to where in its segment it stands);
- a trace of 256 tokens, with provenance, at most 50 ms of CPU, for every memory; the same with the naive check, full
  attention in one call and a naive loop stand beside it for the eye.

Times at both ends are taken in turns, so that whatever else the machine does hits both, and the median ratio
of many short rounds counts. Above the bar more rounds are added, up to three times as many; the median is
then that of all rounds, never the best of several tries.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own name for it

from memattn.kv import KV
from memattn.memory import MEMORIES, Memory
from memattn.streams import Stream, random_stream
from memattn.trace import trace

SHORT, LONG, FED_AT_ONCE = 10**3, 10**6, 50_000
D_K, D_V, HEADS = 16, 16, 2
TOKENS_PER_ROUND, ROUNDS, REPEATS, BAR = 60, 41, 3, 1.05
TRACED, TRACES, TRACE_BAR = 256, 5, 50.0  # tokens, times, ms


class Row(NamedTuple):
    """One line of the table; times in microseconds per token, or None where a memory grows with the text, or ms."""

    name: str
    short_us: float
    long_us: float | None
    ratio: float | None
    short_floats: int
    long_floats: int
    trace_ms: float
    checked_ms: float

    @property
    def verdict(self) -> str:
        """Whether a token costs the same at both ends, against the bar."""
        if self.ratio is None:
            return "grows"
        return "PASS" if self.ratio <= BAR and self.long_floats <= BAR * self.short_floats else "FAIL"

    @property
    def traced(self) -> str:
        """The trace against its bar."""
        return "PASS" if self.trace_ms <= TRACE_BAR else "FAIL"


def grows(memory: Memory[Any]) -> bool:
    """Whether the state keeps growing with the text."""
    return memory.state_floats(LONG, D_K, D_V) > 2 * memory.state_floats(SHORT, D_K, D_V)


def fed(memory: Memory[Any], tokens: int) -> Any:
    """The state after that many random tokens, fed in large pieces without provenance."""
    generator = torch.Generator().manual_seed(0)
    pieces = min(tokens, FED_AT_ONCE)
    keys, values = (torch.randn(HEADS, pieces, d, generator=generator) for d in (D_K, D_V))
    kv = KV(keys, values)
    state = memory.empty(kv, tracked=False)
    while state.seen < tokens:
        state = memory.update(kv[: tokens - state.seen], state).state
    return state


def live(memory: Memory[Any], state: Any, stream: Stream) -> float:
    """Seconds for one token after the other, each read and remembered, from the given state on."""
    started = time.perf_counter()
    for i in range(TOKENS_PER_ROUND):
        token, query = stream.kv[i : i + 1], stream.queries[:, i : i + 1]
        if memory.reads == "before":
            weights = memory.read(query, memory.slots(state).append(token, state.seen)).weights
            if memory.observes:
                state = memory.observe(weights, state)
            state = memory.update(token, state).state
        else:
            state = memory.update(token, state).state
            memory.read(query, memory.slots(state))
    return time.perf_counter() - started


def rounds(memory: Memory[Any], short: Any, long: Any, stream: Stream) -> list[tuple[float, float]]:
    """Seconds at both ends, round by round; neither end is always the second."""
    pairs = []
    for turn in range(ROUNDS):
        ends = (short, long) if turn % 2 else (long, short)
        times = [live(memory, end, stream) for end in ends]
        pairs.append((times[0], times[1]) if turn % 2 else (times[1], times[0]))
    return pairs


def compared(memory: Memory[Any], short: Any, long: Any, stream: Stream) -> tuple[float, float, float]:
    """Microseconds per token at both ends and the median of the ratios of neighbouring rounds."""
    pairs = rounds(memory, short, long, stream)
    for _ in range(REPEATS - 1):
        if middle_ratio(pairs) <= BAR:
            break
        pairs += rounds(memory, short, long, stream)
    each = [statistics.median(side) / TOKENS_PER_ROUND * 1e6 for side in zip(*pairs, strict=True)]
    return each[0], each[1], middle_ratio(pairs)


def middle_ratio(pairs: list[tuple[float, float]]) -> float:
    """Median of after / before."""
    return statistics.median(after / before for before, after in pairs)


def measure(name: str, memory: Memory[Any]) -> Row:
    """One mechanism."""
    stream = random_stream(TOKENS_PER_ROUND, D_K, D_V, HEADS)
    stream = Stream(stream.tokens, stream.queries.float(), KV(stream.kv.keys.float(), stream.kv.values.float()))
    floats = [memory.state_floats(tokens, D_K, D_V) for tokens in (SHORT, LONG)]
    traced = trace_ms(memory, verify=False), trace_ms(memory, verify=True)
    short = fed(memory, SHORT)
    if grows(memory):
        each = statistics.median(live(memory, short, stream) for _ in range(5)) / TOKENS_PER_ROUND * 1e6
        return Row(name, each, None, None, floats[0], floats[1], *traced)
    return Row(name, *compared(memory, short, fed(memory, LONG), stream), floats[0], floats[1], *traced)


def trace_ms(memory: Memory[Any], verify: bool) -> float:
    """Milliseconds of a trace, with provenance: the best of a few."""
    stream = random_stream(TRACED, D_K, D_V, HEADS)
    return best_of(TRACES, lambda: trace(memory, stream, verify=verify)) * 1e3


def best_of(times: int, work: Callable[[], object]) -> float:
    """Least CPU seconds of several runs: what else the machine does only ever adds."""
    seconds = []
    for _ in range(times):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return min(seconds)


def yardsticks() -> tuple[float, float]:
    """Milliseconds of as many tokens of full attention: one call of torch's, and a naive loop over queries."""
    stream = random_stream(TRACED, D_K, D_V, HEADS)
    queries, keys, values = stream.queries, stream.kv.keys, stream.kv.values

    def loop() -> None:
        for i in range(TRACED):
            scores = queries[:, i : i + 1] @ keys[:, : i + 1].mT / D_K**0.5
            scores.softmax(dim=-1) @ values[:, : i + 1]

    def fused() -> None:
        F.scaled_dot_product_attention(queries, keys, values, is_causal=True)

    return best_of(20, fused) * 1e3, best_of(5, loop) * 1e3


def main() -> int:
    """Print the table; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("memory", nargs="*", help=f"which ones (default: all): {', '.join(MEMORIES)}")
    names = parser.parse_args().memory or list(MEMORIES)
    if unknown := sorted(set(names) - set(MEMORIES)):
        parser.error(f"no such memory: {', '.join(unknown)}; there are {', '.join(MEMORIES)}")
    torch.set_num_threads(1)
    print(f"{HEADS} heads, d_k = {D_K}, d_v = {D_V}, float32, one thread, torch {torch.__version__}")
    titles = f"{'memory':22}{'µs/token@10³':>13}{'@10⁶':>9}{'ratio':>8}{'floats@10³':>12}{'@10⁶':>10}"
    print(f"{titles}  {'constant':9}{'trace256 ms':>12}  {f'≤ {TRACE_BAR:g} ms':9}{'checked':>9}")
    failed = False
    with torch.inference_mode():
        for name in names:
            row = measure(name, MEMORIES[name]())
            failed |= "FAIL" in (row.verdict, row.traced)
            long = "-" if row.long_us is None else f"{row.long_us:.1f}"
            ratio = "-" if row.ratio is None else f"{row.ratio:.3f}"
            print(
                f"{row.name:22}{row.short_us:13.1f}{long:>9}{ratio:>8}{row.short_floats:12}{row.long_floats:10}"
                f"  {row.verdict:9}{row.trace_ms:12.1f}  {row.traced:9}{row.checked_ms:9.1f}",
                flush=True,
            )
        fused, loop = yardsticks()
    print(f"{TRACED} tokens of full attention alone: {fused:.2f} ms in one call, {loop:.1f} ms in a naive loop")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
