"""Records: what a run leaves behind. Frozen plain data, NumPy and the standard library only.

The core writes them once (`memattn.trace`), everything else reads them: figures, stage, captions, quiz answers.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


class _Frozen:
    """A record's arrays are as immutable as the record."""

    def __post_init__(self) -> None:
        for value in self.__dict__.values():
            if type(value) is np.ndarray:
                value.setflags(write=False)


class Role(StrEnum):
    """What a slot is to the query that reads it."""

    GLOBAL = "global"  # pinned or learned global token
    COMPRESSED = "compressed"  # CMem: one slot for c pairs
    RECENT = "recent"  # Mem, the window: a raw pair
    SUMMARY = "summary"  # a summary vector
    RETRIEVED = "retrieved"  # found by content
    CURRENT = "current"  # a raw pair of the running segment, not yet part of Mem


class EventKind(StrEnum):
    """What can happen to slots in an update, in causal order within a step."""

    PUSH = "push"  # raw pairs enter Mem (or the window)
    PIN = "pin"  # raw pairs become global tokens
    POP = "pop"  # raw pairs leave Mem, towards the compressor
    COMPRESS = "compress"  # popped pairs become new slots
    MERGE = "merge"  # a pair is folded into a slot that exists
    DROP = "drop"  # slots are forgotten for good


def counted(number: int, noun: str) -> str:
    """How many there are of a thing: "1 slot", "1,024 slots"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


@dataclass(frozen=True)
class Lane:
    """A band of the stage: the slots of one role.

    Args:
        role: which slots stand here.
        title: what the course calls it.
        note: its size in words.
        capacity: slots it can hold.
        together: pairs that enter and leave as one, framed and lettered; 0 where each goes by itself.
    """

    role: Role
    title: str
    note: str
    capacity: int
    together: int = 0


@dataclass(frozen=True)
class Event:
    """One thing that happened to some slots while one token was taken in.

    Args:
        kind: what happened.
        token: position of the token whose arrival caused it.
        slots: identities of the slots it happened to (see `Slots.ids`).
        into: identities of the slots that came of it: the compressed slots, the summary merged into.
        sources: stream positions whose information is concerned.
    """

    kind: EventKind
    token: int
    slots: tuple[int, ...]
    into: tuple[int, ...] = ()
    sources: tuple[int, ...] = ()


@dataclass(frozen=True)
class Step(_Frozen):
    """One token read and remembered.

    Args:
        index: position in the stream.
        token: the word.
        ids: identities of the slots that this token's query read, oldest first.
        roles: their roles.
        scores: (heads, slots) before the softmax, scaled dot products as a rule; -inf where the query passed a slot by.
        weights: (heads, slots) after it.
        logsumexp: (heads,) of the scores.
        fell: (heads, positions) attention mapped through the value shares onto source positions, from the first of the
            last so many; on those before them none fell.
        output_error: (heads,) |output - full| / |full|; exactly 0 where that is below the rounding of the computation.
        cosine: (heads,) between output and full attention's output.
        retained: (heads,) full attention's mass on the positions that some slot still carries.
        total_variation: (heads,) between attribution and full attention's weights; exactly 0 likewise.
        held_ids: identities of the slots after the update: what the next step starts from.
        held_roles: their roles.
        events: what the update did, in causal order.
        state_floats: numbers that the streaming state holds per head after this token.
        read_floats: numbers that this token's query looks at, per head.
        read_flops: cost of this token's read, per head.
        update_flops: cost of this token's update, per head.
    """

    index: int
    token: str
    ids: tuple[int, ...]
    roles: tuple[Role, ...]
    scores: Floats
    weights: Floats
    logsumexp: Floats
    fell: Floats
    output_error: Floats
    cosine: Floats
    retained: Floats
    total_variation: Floats
    held_ids: tuple[int, ...]
    held_roles: tuple[Role, ...]
    events: tuple[Event, ...]
    state_floats: int
    read_floats: int
    read_flops: int
    update_flops: int

    @property
    def attribution(self) -> Floats:
        """(heads, index + 1) attention mapped through the value shares onto source positions."""
        own = np.zeros((len(self.fell), self.index + 1), self.fell.dtype)
        own[:, own.shape[1] - self.fell.shape[1] :] = self.fell
        own.setflags(write=False)
        return own

    @classmethod
    def trusted(cls, **fields: object) -> "Step":
        """A step of arrays that cannot be changed any more: no checks, a third of the time."""
        step = object.__new__(cls)
        step.__dict__.update(fields)
        return step


@dataclass(frozen=True)
class Shares(_Frozen):
    """Where a slot's content comes from, from one step on.

    Args:
        step: first step at which these shares hold.
        sources: stream positions with a part in the slot, ascending.
        keys: (heads, sources) shares in the key.
        values: (heads, sources) shares in the value.
    """

    step: int
    sources: tuple[int, ...]
    keys: Floats
    values: Floats


@dataclass(frozen=True)
class ShareBlock(_Frozen):
    """Shares of the slots that changed together at one step, dense.

    Args:
        step: first step at which they hold.
        ids: the slots.
        keys: (heads, slots, sources) shares in the keys.
        values: the same for the values.
        slot_keys: (heads, slots, d_k) the keys themselves.
        first: stream position of the first of these sources; those behind it follow one another, and no other has any.
    """

    step: int
    ids: tuple[int, ...]
    keys: Floats
    values: Floats
    slot_keys: Floats
    first: int = 0

    @property
    def sources(self) -> slice:
        """Positions that the columns stand for."""
        return slice(self.first, self.first + self.values.shape[-1])

    @cached_property
    def carries(self) -> NDArray[np.bool_]:
        """(slots, sources): which sources have a part in a slot's value, for any head."""
        parts: NDArray[np.bool_] = np.logical_or.reduce(self.values > 0, axis=0)
        return parts

    @cached_property
    def ends(self) -> list[tuple[int, int]]:
        """First and last source with a part in each slot's value; the first behind the last where none has one."""
        any_part, width = self.carries.any(axis=1), self.carries.shape[-1]
        first = np.where(any_part, self.carries.argmax(axis=1), width)
        last = np.where(any_part, width - 1 - self.carries[:, ::-1].argmax(axis=1), -1)
        return list(zip((self.first + first).tolist(), (self.first + last).tolist(), strict=True))

    @cached_property
    def _parts(self) -> NDArray[np.bool_]:
        """(slots, sources): which have a part in its key or value."""
        if self.values is self.keys:
            return self.carries
        parts: NDArray[np.bool_] = self.carries | np.logical_or.reduce(self.keys > 0, axis=0)
        return parts

    def shares(self, row: int) -> Shares:
        """Those of one slot, without the sources that have no part in it."""
        (own,) = self._parts[row].nonzero()
        values = self.values[:, row, own]
        keys = values if self.values is self.keys else self.keys[:, row, own]
        return Shares(self.step, tuple((self.first + own).tolist()), keys, values)

    def whole(self, row: int) -> bool:
        """Whether a slot's value is one pair as it was, and nothing else, in every head."""
        return self._wholes[row]

    @cached_property
    def _wholes(self) -> list[bool]:
        one = (self.values == 1).any(axis=-1) & (np.count_nonzero(self.values, axis=-1) == 1)
        found: list[bool] = one.all(axis=0).tolist()
        return found


@dataclass(frozen=True)
class WordParts(_Frozen):
    """Queries and keys that are sums of what the latest words bring: rows of few words, instead of every token's.

    Args:
        words: (tokens,) which of the rows each token's word has.
        rows: (2, heads, words, d_k) of the queries and of the keys.
        taps: (2, heads, reach, d_k) how much each component counts, of the token's own word first.
    """

    words: NDArray[np.integer]
    rows: Floats
    taps: Floats


@dataclass(frozen=True)
class FastWeights(_Frozen):
    """What a memory that is one matrix wrote: of every token an outer product, features by what is new in the value.

    Args:
        features: (heads, tokens, rows) of the keys, φ(k).
        values: (heads, tokens, d_v) of the stream.
        answered: (heads, tokens, d_v) what the matrix had answered to each key before; what is written is the rest.
    """

    features: Floats
    values: Floats
    answered: Floats


@dataclass(frozen=True)
class Trace(_Frozen):
    """A whole run of one memory over one stream.

    Args:
        memory: registry name of the mechanism.
        settings: its settings as they read in code.
        tokens: the words, in order.
        heads: number of attention heads.
        d_k: width of a key.
        d_v: width of a value.
        steps: one per token.
        queries: (heads, tokens, d_k) of the stream.
        keys: (heads, tokens, d_k) of the stream, one per token.
        outputs: (heads, tokens, d_v) attention outputs under this memory.
        full_outputs: (heads, tokens, d_v) outputs of full attention, the yardstick of every loss measure.
        blocks: shares of the slots that the memory made itself, whenever some changed, in order.
        provenance: what shares mean here: exact, share or sensitivity.
        difference: largest |outputs - outputs of the independent naive computation|, or None when not checked.
        device: device and precision that computed it, in words.
        seconds: wall time of the computation.
        origin: where the stream comes from, in words.
        parts: what queries and keys are made of, where they follow from the words alone.
        matrix: what was written, where the memory is one matrix.
    """

    memory: str
    settings: str
    tokens: tuple[str, ...]
    heads: int
    d_k: int
    d_v: int
    steps: tuple[Step, ...]
    queries: Floats
    keys: Floats
    outputs: Floats
    full_outputs: Floats
    blocks: tuple[ShareBlock, ...]
    provenance: str
    difference: float | None
    device: str
    seconds: float
    origin: str = ""
    parts: WordParts | None = None
    matrix: FastWeights | None = None

    @cached_property
    def _history(self) -> Mapping[int, list[tuple[ShareBlock, int]]]:
        history: dict[int, list[tuple[ShareBlock, int]]] = {}
        for block in self.blocks:
            for row, slot in enumerate(block.ids):
                history.setdefault(slot, []).append((block, row))
        return history

    @property
    def made(self) -> tuple[int, ...]:
        """Identities of the slots that the memory made itself from the stream."""
        return tuple(self._history)

    def history(self, slot: int) -> tuple[Shares, ...]:
        """Shares of a made slot whenever they changed, oldest first; () for a slot that stems from no source."""
        return tuple(block.shares(row) for block, row in self._history.get(slot, ()))

    def shares(self, slot: int, step: int) -> Shares:
        """What slot `slot` was made of at step `step`; a raw pair is all its own.

        Raises:
            KeyError: no such slot existed by then, or it stems from no source.
        """
        if slot >= 0:
            whole = np.ones((self.heads, 1), dtype=np.float32)
            return Shares(slot, (slot,), whole, whole)
        block, row = self._made(slot, step)
        return block.shares(row)

    def whole(self, slot: int, step: int) -> bool:
        """Whether the value of slot `slot` was one pair as it was, in every head, at step `step`.

        Raises:
            KeyError: as `shares`.
        """
        if slot >= 0:
            return True
        block, row = self._made(slot, step)
        return block.whole(row)

    def _made(self, slot: int, step: int) -> tuple[ShareBlock, int]:
        found = self._history[slot]
        at = bisect_right(found, step, key=lambda entry: entry[0].step) - 1
        if at < 0:
            raise KeyError(f"slot {slot} did not exist at step {step}")
        return found[at]

    def slot_keys(self, slot: int) -> tuple[tuple[int, Floats], ...]:
        """The key of a made slot whenever it changed, oldest first: first step at which it holds, (heads, d_k)."""
        return tuple((block.step, block.slot_keys[:, row]) for block, row in self._history.get(slot, ()))

    def carried(self, slot: int, step: int, sources: Sequence[int]) -> tuple[int, ...]:
        """Which of some positions have a part in the value of slot `slot` at step `step`, for any head."""
        if slot >= 0:
            return tuple(source for source in sources if source == slot)
        if slot not in self._history:
            return ()
        block, row = self._made(slot, step)
        own, first = block.carries[row], block.first
        return tuple(source for source in sources if 0 <= source - first < len(own) and own[source - first])

    def keepers(self, slots: Iterable[int], step: int, sources: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """Which of some slots have a part of some positions at step `step`, and of which; see `carried`."""
        if not sources:
            return {}
        first, last, found = min(sources), max(sources), {}
        for slot in slots:
            if versions := self._history.get(slot):  # a made slot, often in one version
                block, row = versions[0] if len(versions) == 1 else self._made(slot, step)
                start, end = block.ends[row]
                if start > last or end < first:
                    continue  # as nearly all are
            if own := self.carried(slot, step, sources):
                found[slot] = own
        return found

    def share(self, slot: int, step: int, sources: Sequence[int]) -> float:
        """What some positions have together in the value of slot `slot` at step `step`, the mean over heads.

        Raises:
            KeyError: as `shares`.
        """
        if slot >= 0:
            return float(slot in sources)
        block, row = self._made(slot, step)
        own = block.values[:, row]
        there = [source - block.first for source in sources if 0 <= source - block.first < own.shape[-1]]
        return float(own[:, there].sum(axis=-1).mean())

    def full_weights(self, step: int) -> Floats:
        """(heads, step + 1) what full attention would have given to every position, in float64.

        Made when it is asked for: for all tokens these are tokens² numbers per head.
        """
        query, keys = (rows.astype(np.float64) for rows in (self.queries[:, step], self.keys[:, : step + 1]))
        dots = (keys @ query[..., None])[..., 0] / math.sqrt(self.d_k)
        masses = np.exp(dots - dots.max(axis=-1, keepdims=True))
        weights: Floats = masses / masses.sum(axis=-1, keepdims=True)
        return weights

    @cached_property
    def reads_after(self) -> bool:
        """Whether every query read what the update by its own token left, rather than what that update found."""
        return all(step.ids == step.held_ids for step in self.steps)

    def shares_read(self, slot: int, step: int) -> Shares:
        """What slot `slot` was made of when the query of step `step` read it.

        Raises:
            KeyError: as `shares`.
        """
        return self.shares(slot, step if self.reads_after else max(slot, step - 1))

    @cached_property
    def received(self) -> Floats:
        """(heads, tokens) attention that every position received in the whole run, whatever slots carried it."""
        total = np.zeros((self.heads, len(self.steps)))
        for step in self.steps:
            total[:, step.index + 1 - step.fell.shape[1] : step.index + 1] += step.fell
        return total

    @cached_property
    def kinds(self) -> frozenset[EventKind]:
        """What happens in the run at all."""
        return frozenset(event.kind for event in self.events())

    def events(self, kind: EventKind | None = None) -> tuple[Event, ...]:
        """All events of the run in order, or those of one kind."""
        return tuple(e for step in self.steps for e in step.events if kind is None or e.kind is kind)
