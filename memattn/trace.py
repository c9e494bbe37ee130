"""Run a memory over a stream, token by token, and write down everything: the one place where tensors become records."""

import math
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import starmap
from typing import Any

import numpy as np
import torch
from torch import Tensor

from memattn.attention import read_own, read_scores, scores
from memattn.attribution import attribute
from memattn.kv import KV, Slots, widen
from memattn.memory.base import Made, Memory, Naive
from memattn.records import Event, Floats, Role, ShareBlock, Step, Trace
from memattn.streams import Stream

NOISE, NOISE_PER_SCORE = 32, 2  # machine epsilons that two ways of summing may differ by, at least and by the score
READ_TOGETHER = 2048  # slots, of all reads that are done together
MOST_TOKENS = 4096  # full attention's weights alone are tokens² floats per head

Ids = tuple[int, ...]


@dataclass
class _Run:
    """What the loop over tokens collects; tensors stay on their device until the loop is over."""

    waiting: list[Slots] = field(default_factory=list)  # to be read by the latest tokens
    ids: list[Ids] = field(default_factory=list)
    roles: list[tuple[Role, ...]] = field(default_factory=list)
    held_ids: list[Ids] = field(default_factory=list)
    held_roles: list[tuple[Role, ...]] = field(default_factory=list)
    events: list[tuple[Event, ...]] = field(default_factory=list)
    scores: list[Tensor] = field(default_factory=list)
    weights: list[Tensor] = field(default_factory=list)
    logsumexp: list[Tensor] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)
    made: list[tuple[int, Ids, Tensor, Tensor, Tensor]] = field(default_factory=list)
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
    held = memory.slots(state, tracked=False)
    before, observes = memory.reads == "before", memory.observes
    walk = memory.walk(stream.kv, state)
    for i in range(len(stream.tokens)):
        if before:
            _await(memory, run, stream, held, (i,))
            if observes:
                state = memory.observe(_read(memory, run, stream), state)
        update = memory.update(stream.kv[i : i + 1], state) if observes else next(walk)
        changed = {slot for event in update.events for slot in event.into if slot < 0}
        state, held = update.state, memory.slots(update.state, tracked=False)
        if not before:
            _await(memory, run, stream, held)
        run.held_ids.append(held.ids)
        run.held_roles.append(held.role)
        run.events.append(update.events)
        if changed:
            _keep_made(run, i, memory.made_among(state, changed), held)
    if run.waiting:
        _read(memory, run, stream)
    return run


def _await(memory: Memory[Any], run: _Run, stream: Stream, slots: Slots, own: Ids = ()) -> None:
    """Put a read off until some have gathered: together they take hardly longer than one.

    Args:
        memory: that reads.
        run: what is collected.
        stream: what is read.
        slots: what the memory holds.
        own: position of the token that reads, where its pair is read too.
    """
    run.ids.append(slots.ids + own)
    run.roles.append(slots.role + (Role.CURRENT,) * len(own))
    run.waiting.append(slots)
    run.gathered += len(run.ids[-1])
    if run.gathered >= READ_TOGETHER or not memory.scores_alike:
        _read(memory, run, stream)


def _read(memory: Memory[Any], run: _Run, stream: Stream) -> Tensor:
    """Read what waits, in one go; the weights are (heads, 1, slots of all reads)."""
    if not memory.scores_alike:
        return _read_one(memory, run, stream)
    waiting, run.waiting, run.gathered = run.waiting, [], 0
    stop = len(run.ids)
    start = stop - len(waiting)
    at, visible = _places(waiting, [len(ids) for ids in run.ids[start:stop]], stream.queries.device)
    own = stream.kv[start:stop]
    sides = ([slots.keys for slots in waiting], own.keys), ([slots.values for slots in waiting], own.values)
    flat = at.flatten()
    keys, values = (torch.cat([*held, new], dim=1).index_select(1, flat).unflatten(1, at.shape) for held, new in sides)
    bias = _biases(waiting)
    slots = Slots(keys, values, (), (), logit_bias=None if bias is None else bias[at].unsqueeze(-2))
    dots = scores(stream.queries[:, start:stop].unsqueeze(-2), slots)
    reading = read_scores(dots.masked_fill(~visible.unsqueeze(-2), -math.inf), values)
    read = visible.flatten().nonzero().squeeze(-1)
    weights = reading.weights.flatten(1).index_select(1, read)
    run.scores.append(dots.flatten(1).index_select(1, read))
    run.weights.append(weights)
    run.logsumexp.append(reading.logsumexp.flatten(1))
    run.outputs.append(reading.output.squeeze(-2))
    return weights.unsqueeze(-2)


def _read_one(memory: Memory[Any], run: _Run, stream: Stream) -> Tensor:
    """Read what waits, the slots of one token, as the memory scores them."""
    (slots,), run.waiting, run.gathered = run.waiting, [], 0
    at = len(run.ids) - 1
    if len(run.ids[-1]) > len(slots):
        slots = slots.append(stream.kv[at : at + 1], at)
    dots = memory.score(stream.queries[:, at : at + 1], slots)
    reading = read_scores(dots, slots.values)
    run.scores.append(dots.squeeze(-2))
    run.weights.append(reading.weights.squeeze(-2))
    run.logsumexp.append(reading.logsumexp)
    run.outputs.append(reading.output)
    return reading.weights


def _places(waiting: Sequence[Slots], counts: Sequence[int], device: torch.device) -> tuple[Tensor, Tensor]:
    """Where the slots of every read stand when all slots held are laid side by side, and the tokens' own pairs behind.

    Args:
        waiting: slots held, per read.
        counts: slots read: these, or one more, the token's own pair.
        device: to put the answer on.

    Returns:
        Two of (reads, most slots of any): the places, and where there is a slot at all.
    """
    held, column = np.array([len(slots) for slots in waiting])[:, None], np.arange(max(counts))
    own = held.sum() + np.arange(len(held))[:, None]
    places = np.where(column < held, np.cumsum(held)[:, None] - held + column, own)
    visible = column < np.array(counts)[:, None]
    return torch.from_numpy(places).to(device), torch.from_numpy(visible).to(device)


def _biases(waiting: Sequence[Slots]) -> Tensor | None:
    """Their logit biases side by side, and those of the tokens' own pairs, 0; None where there are none."""
    if all(slots.logit_bias is None for slots in waiting):
        return None
    none = waiting[0].keys.new_zeros
    biases = (none(len(slots)) if slots.logit_bias is None else slots.logit_bias for slots in waiting)
    return torch.cat([*biases, none(len(waiting))])


def _keep_made(run: _Run, step: int, made: Made, held: Slots) -> None:
    """A made slot changes only when something is compressed or merged into it."""
    ids, keys, values = made
    if not ids:
        return
    slot_keys = held.keys
    if ids != held.ids:
        places = {slot: place for place, slot in enumerate(held.ids)}
        at = torch.tensor([places[slot] for slot in ids], device=keys.device)
        slot_keys = slot_keys.index_select(-2, at)
    wide = widen(keys, step + 1)
    run.made.append((step, ids, wide, wide if values is keys else widen(values, step + 1), slot_keys))


def _block(step: int, ids: Ids, keys: Tensor, values: Tensor, slot_keys: Tensor) -> ShareBlock:
    shares = keys.cpu().numpy()
    return ShareBlock(step, ids, shares, shares if values is keys else values.cpu().numpy(), slot_keys.cpu().numpy())


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
    d_k, d_v = stream.queries.shape[-1], outputs.shape[-1]
    return tuple(
        Step(
            index=i,
            token=token,
            ids=run.ids[i],
            roles=run.roles[i],
            scores=all_scores[:, at[i] : at[i + 1]],
            weights=all_weights[:, at[i] : at[i + 1]],
            logsumexp=all_logsumexp[:, i],
            attribution=attributed.rows[i],
            full_weights=full_weights[:, i, : i + 1],
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
