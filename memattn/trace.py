"""Run a memory over a stream, token by token, and write down everything: the one place where tensors become records."""

import math
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import starmap
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from memattn.attention import read_own, read_scores, scores
from memattn.attribution import attribute
from memattn.kv import KV, Slots
from memattn.memory.base import Made, Memory, Naive, Stretch
from memattn.records import Event, Floats, Role, ShareBlock, Step, Trace
from memattn.streams import Stream

NOISE, NOISE_PER_SCORE = 32, 2  # machine epsilons that two ways of summing may differ by, at least and by the score
READ_TOGETHER = 8192  # slots, of all reads that are done together
MOST_TOKENS = 4096  # full attention's weights alone are tokens² floats per head

Ids = tuple[int, ...]


class _Found(NamedTuple):
    """What a memory held when some tokens came; the first of them, and those behind it, read their pairs as well."""

    slots: Slots
    at: int


class _Reads(NamedTuple):
    """Reads of consecutive tokens that found the same.

    Args:
        found: what they found.
        stops: behind the last pair that each reads beside it; its own token's pair is the one before.
    """

    found: _Found
    stops: range


@dataclass
class _Run:
    """What the loop over tokens collects; tensors stay on their device until the loop is over."""

    waiting: list[_Reads] = field(default_factory=list)  # of the latest tokens
    ids: list[Ids] = field(default_factory=list)
    roles: list[tuple[Role, ...]] = field(default_factory=list)
    held_ids: list[Ids] = field(default_factory=list)
    held_roles: list[tuple[Role, ...]] = field(default_factory=list)
    events: list[tuple[Event, ...]] = field(default_factory=list)
    scores: list[Tensor] = field(default_factory=list)
    weights: list[Tensor] = field(default_factory=list)
    logsumexp: list[Tensor] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)
    made: list[tuple[int, Made, Tensor]] = field(default_factory=list)
    gathered: int = 0  # slots that wait


def trace(memory: Memory[Any], stream: Stream, name: str = "", verify: bool = True) -> Trace:
    """Run `memory` over `stream` and record every step.

    Args:
        memory: the mechanism.
        stream: what it reads; float16 and bfloat16 are read as float32.
        name: registry name, for the record; the class name when empty.
        verify: whether to recompute all outputs naively and record the largest difference.

    Raises:
        ValueError: the stream is longer than `MOST_TOKENS`.
    """
    if len(stream.tokens) > MOST_TOKENS:
        raise ValueError(f"a trace may have at most {MOST_TOKENS} tokens, got {len(stream.tokens)}")
    started = time.perf_counter()
    stream = _single(stream)
    with torch.inference_mode():
        run = _loop(memory, stream)
        outputs = _numpy(torch.cat(run.outputs, dim=-2))
        full_weights, full_outputs = _full_attention(stream)
        matrix = memory.fast_weights(stream.kv)
    blocks = tuple(starmap(_block, run.made))
    steps = _steps(memory, stream, run, outputs, full_weights, full_outputs, blocks)
    worst = difference(memory, stream, outputs) if verify else None
    device = stream.kv.keys.device
    return Trace(
        memory=name or type(memory).__name__,
        settings=repr(memory),
        tokens=stream.tokens,
        heads=stream.queries.shape[0],
        d_k=stream.queries.shape[-1],
        d_v=outputs.shape[-1],
        steps=steps,
        queries=_numpy(stream.queries),
        keys=_numpy(stream.kv.keys),
        outputs=outputs,
        full_outputs=full_outputs,
        blocks=blocks,
        provenance=memory.provenance.value,
        difference=worst,
        device=f"{device.type} {str(stream.queries.dtype).removeprefix('torch.')}",
        seconds=time.perf_counter() - started,
        origin=stream.origin,
        parts=stream.parts,
        matrix=matrix,
    )


def _single(stream: Stream) -> Stream:
    """The stream as records can hold it, for NumPy knows no bfloat16."""
    if stream.queries.dtype.itemsize >= torch.float32.itemsize:
        return stream
    pairs = KV.trusted(stream.kv.keys.float(), stream.kv.values.float())
    return replace(stream, queries=stream.queries.float(), kv=pairs)


def _loop(memory: Memory[Any], stream: Stream) -> _Run:
    run = _Run()
    state = memory.empty(stream.kv)
    found = _Found(memory.slots(state, tracked=False), 0)
    after, observes = memory.reads == "after", memory.observes
    stretches = _observed(memory, run, stream, state) if observes else memory.stretches(stream.kv, state)
    for tokens, (state, events, _), role in stretches:
        at, stop = found.at, found.at + tokens
        held = _Found(memory.slots(state, tracked=False), stop)
        ids = [found.slots.ids + tuple(range(at, new)) for new in range(at + 1, stop + 1)]
        roles = [found.slots.role + (role,) * new for new in range(1, tokens + 1)]
        held_ids, held_roles = [*ids[:-1], held.slots.ids], [*roles[:-1], held.slots.role]
        run.held_ids += held_ids
        run.held_roles += held_roles
        run.ids += held_ids if after else ids
        run.roles += held_roles if after else roles
        run.events += [events] if tokens == 1 else _by_token(events, range(at, stop))
        changed = {slot for event in events for slot in event.into if slot < 0}
        if changed:
            _keep_made(run, stop - 1, memory.made_among(state, changed), held.slots)
        if not observes:
            gathers = tokens > 1 and not changed and held_ids[-1] == ids[-1]  # the last, too, did nothing else
            apart = after and not gathers
            _await(memory, run, stream, _Reads(found, range(at + 1, stop + (not apart))))
            _await(memory, run, stream, _Reads(held, range(stop, stop + apart)))
        found = held
    if run.waiting:
        _read(memory, run, stream)
    return run


def _by_token(events: Sequence[Event], tokens: range) -> list[tuple[Event, ...]]:
    found: dict[int, list[Event]] = {}
    for event in events:
        found.setdefault(event.token, []).append(event)
    return [tuple(found.get(token, ())) for token in tokens]


def _observed(memory: Memory[Any], run: _Run, stream: Stream, state: Any) -> Iterator[Stretch]:
    """The updates of a memory that is told the weights of every read before it goes on."""
    for at in range(len(stream.tokens)):
        run.waiting = [_Reads(_Found(memory.slots(state, tracked=False), at), range(at + 1, at + 2))]
        update = memory.update(stream.kv[at : at + 1], memory.observe(_read(memory, run, stream), state))
        state = update.state
        yield Stretch(1, update)


def _await(memory: Memory[Any], run: _Run, stream: Stream, reads: _Reads) -> None:
    """Put reads off until some have gathered: together they take hardly longer than one."""
    if not reads.stops:
        return
    run.waiting.append(reads)
    run.gathered += len(reads.stops) * len(reads.found.slots) + sum(reads.stops) - len(reads.stops) * reads.found.at
    if run.gathered >= READ_TOGETHER or not memory.scores_alike:
        _read(memory, run, stream)


def _read(memory: Memory[Any], run: _Run, stream: Stream) -> Tensor:
    """Read what waits, in one go; the weights are (heads, 1, slots of all reads)."""
    if not memory.scores_alike:
        return _read_one(memory, run, stream)
    waiting, run.waiting, run.gathered = run.waiting, [], 0
    start, stop = waiting[0].stops[0] - 1, waiting[-1].stops[-1]
    first = min(start, waiting[0].found.at)
    laid = _laid(waiting, first, stop)
    at, tokens, visible, real = (torch.from_numpy(array).to(stream.queries.device) for array in laid)
    found, own = [reads.found.slots for reads in waiting], stream.kv[first:stop]
    sides = ([slots.keys for slots in found], own.keys), ([slots.values for slots in found], own.values)
    flat = at.flatten()
    keys, values = (torch.cat([*held, new], dim=1).index_select(1, flat).unflatten(1, at.shape) for held, new in sides)
    bias = _biases(found, own.tokens)
    queries = stream.queries.index_select(1, tokens.flatten()).unflatten(1, tokens.shape)
    dots = scores(queries, Slots(keys, values, (), (), logit_bias=None if bias is None else bias[at].unsqueeze(-2)))
    reading = read_scores(dots.masked_fill(~visible, -math.inf), values)
    reads = real.flatten().nonzero().squeeze(-1)
    read = (visible & real.unsqueeze(-1)).flatten().nonzero().squeeze(-1)
    weights = reading.weights.flatten(1).index_select(1, read)
    run.scores.append(dots.flatten(1).index_select(1, read))
    run.weights.append(weights)
    run.logsumexp.append(reading.logsumexp.flatten(1).index_select(1, reads))
    run.outputs.append(reading.output.flatten(1, 2).index_select(1, reads))
    return weights.unsqueeze(-2)


def _read_one(memory: Memory[Any], run: _Run, stream: Stream) -> Tensor:
    """Read what waits, the slots of some tokens, one after the other, as the memory scores them."""
    waiting, run.waiting, run.gathered = run.waiting, [], 0
    for (found, at), stops in waiting:
        for stop in stops:
            slots = found.append(stream.kv[at:stop], at) if stop > at else found
            dots = memory.score(stream.queries[:, stop - 1 : stop], slots)
            reading = read_scores(dots, slots.values)
            run.scores.append(dots.squeeze(-2))
            run.weights.append(reading.weights.squeeze(-2))
            run.logsumexp.append(reading.logsumexp)
            run.outputs.append(reading.output)
    return reading.weights


class _Laid(NamedTuple):
    """Reads side by side, in as many rows as there is something found, each as wide as the widest.

    What was found is one behind the other, and pairs of the stream behind that. Rows of fewer reads or slots are filled
    up with such as there are.

    Args:
        places: (rows, slots) where the slots of a row stand.
        tokens: (rows, reads) who reads.
        visible: (rows, reads, slots) whether a read has that slot.
        real: (rows, reads) whether there is that read.
    """

    places: NDArray[np.intp]
    tokens: NDArray[np.intp]
    visible: NDArray[np.bool_]
    real: NDArray[np.bool_]


def _laid(waiting: Sequence[_Reads], first: int, stop: int) -> _Laid:
    """Lay reads side by side.

    Args:
        waiting: the reads.
        first: position of the first of the pairs of the stream.
        stop: behind the last one.
    """
    rows = [(len(found), at, stops.start, stops.stop) for (found, at), stops in waiting]
    held, at, begin, end = np.array(rows).T[:, :, None]
    stops = begin + np.arange((end - begin).max())
    real = stops < end
    counts = held + np.minimum(stops, end - 1) - at
    column = np.arange(counts.max())
    pairs = held.sum() + at - first
    places = np.where(column < held, np.cumsum(held)[:, None] - held + column, pairs + column - held)
    places = np.minimum(places, held.sum() + stop - first - 1)
    return _Laid(places, np.minimum(stops, end - 1) - 1, column < counts[..., None], real)


def _biases(found: Sequence[Slots], pairs: int) -> Tensor | None:
    """Their logit biases side by side, and those of some pairs of the stream, 0; None where there are none."""
    if all(slots.logit_bias is None for slots in found):
        return None
    none = found[0].keys.new_zeros
    biases = (none(len(slots)) if slots.logit_bias is None else slots.logit_bias for slots in found)
    return torch.cat([*biases, none(pairs)])


def _keep_made(run: _Run, step: int, made: Made, held: Slots) -> None:
    """A made slot changes only when something is compressed or merged into it."""
    ids, keys, *_ = made
    if not ids:
        return
    first = held.ids.index(ids[0])
    if held.ids[first : first + len(ids)] == ids:  # often all, or the newest
        slot_keys = held.keys.narrow(-2, first, len(ids)).clone()
    else:
        places = {slot: place for place, slot in enumerate(held.ids)}
        slot_keys = held.keys.index_select(-2, torch.tensor([places[slot] for slot in ids], device=keys.device))
    run.made.append((step, made, slot_keys))


def _block(step: int, made: Made, slot_keys: Tensor) -> ShareBlock:
    """The shares from the first source with a part in any of the slots to the last one."""
    keys = made.key_shares.cpu().numpy()
    values = keys if made.value_shares is made.key_shares else made.value_shares.cpu().numpy()
    start, stop = 0, keys.shape[-1]
    if not all(keys[..., end].any() or values[..., end].any() for end in (0, -1) if stop):
        own = np.flatnonzero(keys.any(axis=(0, 1)) | values.any(axis=(0, 1)))
        start, stop = (int(own[0]), int(own[-1]) + 1) if len(own) else (0, 0)
        keys, values = keys[..., start:stop].copy(), values[..., start:stop].copy()  # the rest may be large
    return ShareBlock(step, made.ids, keys, values, slot_keys.cpu().numpy(), made.first + start)


def full_attention(stream: Stream) -> Floats:
    """Outputs (heads, tokens, d_v) of causal attention to everything, without a record of how they came about."""
    stream = _single(stream)
    with torch.inference_mode():
        return _numpy(read_own(stream.queries, stream.kv).output)


@lru_cache(maxsize=1)  # by identity: one story is read with many memories; a long one takes much room
def _full_attention(stream: Stream) -> tuple[Floats, Floats]:
    """Weights (heads, tokens, tokens) and outputs (heads, tokens, d_v) of causal attention to everything."""
    reading = read_own(stream.queries, stream.kv)
    return _numpy(reading.weights), _numpy(reading.output)


def _steps(
    memory: Memory[Any],
    stream: Stream,
    run: _Run,
    outputs: Floats,
    full_weights: Floats,
    full_outputs: Floats,
    blocks: tuple[ShareBlock, ...],
) -> tuple[Step, ...]:
    counts = [len(ids) for ids in run.ids]
    at = np.cumsum([0, *counts]).tolist()
    all_scores, all_weights = (_numpy(torch.cat(rows, dim=-1)) for rows in (run.scores, run.weights))
    all_logsumexp = _numpy(torch.cat(run.logsumexp, dim=-1))
    noise = _noise(all_scores, at[:-1], outputs.dtype)
    error, cosine = _output_loss(outputs, full_outputs, noise)
    attributed = attribute(run.ids, all_weights, full_weights, blocks, after=memory.reads == "after")
    variation = np.where(attributed.total_variation <= noise, 0, attributed.total_variation)
    retained = np.where(1 - attributed.retained <= noise, 1, attributed.retained)
    for array in (error, cosine, variation, retained):
        array.setflags(write=False)
    d_k, d_v = stream.queries.shape[-1], outputs.shape[-1]
    return tuple(
        Step.trusted(
            index=i,
            token=token,
            ids=run.ids[i],
            roles=run.roles[i],
            scores=all_scores[:, at[i] : at[i + 1]],
            weights=all_weights[:, at[i] : at[i + 1]],
            logsumexp=all_logsumexp[:, i],
            fell=attributed.rows[i],
            output_error=error[:, i],
            cosine=cosine[:, i],
            retained=retained[:, i],
            total_variation=variation[:, i],
            held_ids=run.held_ids[i],
            held_roles=run.held_roles[i],
            events=run.events[i],
            state_floats=memory.state_floats(i + 1, d_k, d_v),
            read_floats=memory.read_floats(i + 1, d_k, d_v),
            read_flops=memory.read_flops(i + 1, d_k, d_v),
            update_flops=memory.update_flops(i, d_k, d_v),
        )
        for i, token in enumerate(stream.tokens)
    )


def _noise(dots: Floats, starts: Sequence[int], dtype: np.dtype[Any]) -> Floats:
    """How far the readings of equal slots may lie apart, relatively, (heads, tokens): what is less is no loss.

    They are summed in another order, and a weight is as far off as its score: by some epsilons of the largest.
    """
    largest = np.maximum.reduceat(np.abs(np.where(np.isfinite(dots), dots, 0)), starts, axis=-1)  # -inf is passed by
    noise: Floats = np.finfo(dtype).eps * np.maximum(NOISE, NOISE_PER_SCORE * largest)
    return noise


def _output_loss(outputs: Floats, full: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Relative error and cosine of every output, each (heads, tokens); 0 and 1 where they differ by noise alone."""
    ours, theirs = outputs.astype(np.float64), full.astype(np.float64)  # squares of large numbers need the room
    tiny = np.finfo(np.float64).tiny
    norm, full_norm = np.linalg.norm(ours, axis=-1), np.linalg.norm(theirs, axis=-1)
    error = np.linalg.norm(ours - theirs, axis=-1) / np.maximum(full_norm, tiny)
    cosine = (ours * theirs).sum(axis=-1) / np.maximum(norm * full_norm, tiny)
    same = error <= noise
    return np.where(same, 0, error).astype(outputs.dtype), np.where(same, 1, cosine).astype(outputs.dtype)


def difference(memory: Memory[Any], stream: Stream, outputs: Floats) -> float:
    """Largest |outputs - naive outputs|: slots from the definition, softmax by hand, one head and token at a time."""
    queries, keys, values = (
        t.detach().double().cpu().numpy() for t in (stream.queries, stream.kv.keys, stream.kv.values)
    )
    answers = np.empty(outputs.shape)
    for head in range(len(queries)):
        naive: Generator[Naive, Any, None] = memory.head(head).reference(keys[head], values[head])  # type: ignore[assignment]
        weights: Any = None
        for i, query in enumerate(queries[head]):
            slots = naive.send(weights) if memory.observes else next(naive)
            answers[head, i], weights = slots.read(query)
    return float(np.abs(answers - outputs).max())


def _numpy(tensor: Tensor) -> Floats:
    array: Floats = tensor.detach().cpu().numpy()
    array.setflags(write=False)
    return array
