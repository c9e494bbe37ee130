"""Learned recurrence: one summary pair updated by a small network f.

    Mem_i = f((k_i, v_i), Mem_(i-1)),   x = [k ; v],   Mem = [m_k ; m_v],   Mem_(-1) = 0

    "gru", r and z gates:        n = tanh(W_n x + b_n + r (U_n Mem + c_n)),   Mem = (1 - z) n + z Mem
    "gated", gates blind to Mem: Mem = (1 - z(x)) Mem + z(x) (W x + b)

Source: course ch. 2, "general recurrent formula"; Cho et al., 2014, §2.3 (arXiv:1406.1078), with the reset
gate behind the matrix as in cuDNN and torch; gated form after Feng et al., Were RNNs All We Needed?, 2024,
§3.1 (arXiv:2410.01201).
Boundary: Mem starts as zeros, which is state from the start, but no slot before the first token. `truncate`
stops the gradient through Mem after every so many tokens; None lets it flow to the beginning.
Provenance is a sensitivity, not a weight: the Frobenius norm of d m_k / d x_j (or m_v), over all j made to
sum to one, carried forward by the Jacobian in closed form (see `ancestry`). An old source whose part has sunk below
sqrt(epsilon) of the largest (3e-4 in float32, 1e-8 in float64) counts as zero from then on: this keeps long
traces quick.
Cost per head, D = d_k + d_v: state D floats, 12 D² FLOPs to update (gated: 4 D²), 2 D to read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import linear, pad

from memattn.attention import own_scores
from memattn.kv import KV, Provenance, Slots
from memattn.memory import ancestry, cells
from memattn.memory.base import Attended, Made, Memory, Naive, State, Update, check_queries, check_segment, option
from memattn.memory.summary import merges
from memattn.memory.weights import Weights
from memattn.records import Role


@dataclass(frozen=True, eq=False)
class RecurrentState(State):
    """Mem, one pair, and what the provenance needs.

    Args:
        memory: Mem = [m_k ; m_v] split into its halves; zeros before the first token.
        ancestry: what Mem owes to each source; None if not tracked.
    """

    memory: KV
    ancestry: ancestry.Ancestry | None


_CELLS = {
    "gru": (cells.gru, cells.gru_jacobians, ancestry.Dense()),
    "gated": (cells.gated, cells.gated_jacobians, ancestry.Diagonal()),
}
AHEAD = 64  # tokens whose Jacobians are made at once, a multiple of the tokens between two borders


@dataclass(frozen=True)
class Recurrent(Memory[RecurrentState]):
    """Answer with one pair that a learned function updates with every token."""

    cell: Literal["gru", "gated"] = option(
        "gru", {"gru": "GRU", "gated": "gate alone"}, "The learned function f that updates the pair.", start="gated"
    )
    seed: int = 0  # draws the weights where none are given
    truncate: int | None = None  # tokens between gradient stops; None is never
    weights: Weights | None = None  # as in torch.nn.GRUCell; gated: gates z, then W, in weight_ih and bias_ih

    title = "Learned recurrence"
    source = "course ch. 2, recurrent formula; GRU, §2.3 (arXiv:1406.1078); minGRU, §3.1 (arXiv:2410.01201)"
    formula = r"\mathrm{Mem}_i = f\big((k_i, v_i),\, \mathrm{Mem}_{i-1}\big)"
    provenance = Provenance.SENSITIVITY
    roles = (Role.SUMMARY,)

    def __post_init__(self) -> None:
        if self.cell not in ("gru", "gated"):
            raise ValueError(f"cell must be 'gru' or 'gated', got {self.cell!r}")
        if self.truncate is not None and self.truncate < 1:
            raise ValueError(f"truncate must be ≥ 1 token or None, got {self.truncate}")
        if self.weights is not None and set(self.weights) != set(cells.shapes(self.cell, 1)):
            raise ValueError(
                f"weights of a {self.cell} must be {sorted(cells.shapes(self.cell, 1))}, got {sorted(self.weights)}"
            )

    def empty(self, like: KV, tracked: bool = True) -> RecurrentState:
        """Mem = 0."""
        zeros = [part.new_zeros(*like.lead, 1, part.shape[-1]) for part in (like.keys, like.values)]
        algebra, start = _CELLS[self.cell][2], torch.cat(zeros, dim=-1).squeeze(-2)
        known = ancestry.founded(algebra, start) if tracked else None
        return RecurrentState(0, tracked, KV.trusted(*zeros), known)

    def update(self, segment: KV, previous: RecurrentState) -> Update:
        """Apply f once per token."""
        check_segment(segment, previous.memory)
        state = previous
        for block in self._blocks(segment, previous):
            state = block[-1]
        return self._updated(previous, state)

    def walk(self, segment: KV, previous: RecurrentState) -> Iterator[Update]:
        """The Jacobians of several tokens are made at once: they follow from the memories alone."""
        check_segment(segment, previous.memory)
        for block in self._blocks(segment, previous):
            for state in block:
                yield self._updated(previous, state)
                previous = state

    def attend(self, queries: Tensor, segment: KV, previous: RecurrentState) -> Attended:
        """Every query meets one slot: its output is that slot's value, its logsumexp that slot's score."""
        check_queries(queries, segment)
        check_segment(segment, previous.memory)
        states = [state for block in self._blocks(segment, previous) for state in block]
        path = KV.cat([segment[:0], *(state.memory for state in states)])
        dots = own_scores(queries, path.keys)
        state = states[-1] if states else previous
        return Attended(path.values, dots, self._updated(previous, state))

    def _updated(self, previous: RecurrentState, state: RecurrentState) -> Update:
        return Update(state, merges(previous.seen, state.seen) if previous.tracked else ())

    def _blocks(self, segment: KV, previous: RecurrentState) -> Iterator[list[RecurrentState]]:
        """The states after every token, as many at a time as can be told at once."""
        if not segment.tokens:
            return
        inputs = torch.cat([segment.keys, segment.values], dim=-1)
        given, size = self.parameters(inputs), inputs.shape[-1]
        projected = linear(inputs, given["weight_ih"], given["bias_ih"]).movedim(-2, 0)
        parts = projected.split((projected.shape[-1] - size, size), dim=-1)
        start = 0
        while start < segment.tokens:
            count = _ahead(previous.seen, segment.tokens - start)
            block = self._block(tuple(part[start : start + count] for part in parts), previous, given)
            yield block
            start, previous = start + count, block[-1]

    def _block(
        self, projected: tuple[Tensor, ...], previous: RecurrentState, given: dict[str, Tensor]
    ) -> list[RecurrentState]:
        """The states after every token; `projected` is W x + b of them, tokens first, gates and content apart."""
        step, jacobians, algebra = _CELLS[self.cell]
        memory = torch.cat([previous.memory.keys, previous.memory.values], dim=-1).squeeze(-2)
        memories, seen = [memory], previous.seen
        for token in zip(*projected, strict=True):
            memory = step(token, memory, given)
            seen += 1
            if self.truncate is not None and seen % self.truncate == 0:
                memory = memory.detach()
            memories.append(memory)
        path, d_k = torch.stack(memories), previous.memory.keys.shape[-1]
        known: Sequence[ancestry.Ancestry | None] = [None] * (len(path) - 1)
        if previous.ancestry is not None:
            with torch.no_grad():
                by = jacobians(projected, path[:-1], given)
                through, fresh = (each.unflatten(0, (-1, min(len(each), ancestry.BLOCK))) for each in by)
                known = list(ancestry.followed(algebra, previous.ancestry, through, fresh, d_k))
        halves = (half.unbind() for half in path[1:].unsqueeze(-2).split((d_k, path.shape[-1] - d_k), dim=-1))
        pairs = map(KV.trusted, *halves)
        return [
            RecurrentState(number, previous.tracked, pair, own)
            for number, (pair, own) in enumerate(zip(pairs, known, strict=True), previous.seen + 1)
        ]

    def parameters(self, like: Tensor) -> dict[str, Tensor]:
        """The weights of f for inputs (..., D) like these: the given ones, or drawn from `seed`.

        Raises:
            ValueError: given weights are of another size.
        """
        size = like.shape[-1]
        if self.weights is None:
            return cells.drawn(self.cell, self.seed, size, like.dtype, like.device)
        got = {name: tuple(tensor.shape) for name, tensor in self.weights.items()}
        if got != cells.shapes(self.cell, size):
            want = cells.shapes(self.cell, size)
            raise ValueError(f"weights must have the shapes {want} for d_k + d_v = {size}, got {got}")
        return {name: tensor.to(like) for name, tensor in self.weights.items()}

    def slots(self, state: RecurrentState, tracked: bool = True) -> Slots:
        """Mem, once a token has come."""
        held = min(state.seen, 1)
        key_shares = value_shares = None
        if tracked and state.ancestry is not None:
            _, key_shares, value_shares, _ = self.made(state)
        pair = state.memory if held else state.memory[:0]
        role, ids = (Role.SUMMARY,) * held, (-1,) * held
        return Slots(pair.keys, pair.values, role, ids, key_shares, value_shares, self.provenance)

    def made(self, state: RecurrentState) -> Made:
        """Mem; the sources that were given up are the oldest."""
        assert state.ancestry is not None  # only tracked states are asked
        shares = state.ancestry.known
        if given_up := state.seen - shares.shape[-1]:
            shares = pad(shares, (given_up, 0))
        keys, values = shares.split_with_sizes((1, 1), dim=-2)
        return Made((-1,), keys, values) if state.seen else Made((), keys[..., :0, :], values[..., :0, :])

    def slot_count(self, tokens: int) -> int:
        """One as soon as there is a token."""
        return min(tokens, 1)

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """Mem, which is zeros before the first token."""
        return d_k + d_v

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """The products by matrices: six, or two for the gated form."""
        return (12 if self.cell == "gru" else 4) * (d_k + d_v) ** 2

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """Gate by gate in NumPy."""
        inputs = np.concatenate([keys, values], axis=1)
        given = {name: t.detach().cpu().numpy() for name, t in self.parameters(torch.from_numpy(inputs)).items()}
        memory, size = np.zeros(inputs.shape[1]), inputs.shape[1]
        for gates in inputs @ given["weight_ih"].T + given["bias_ih"]:
            if self.cell == "gru":
                back = given["weight_hh"] @ memory + given["bias_hh"]
                both = _sigmoid(gates[: 2 * size] + back[: 2 * size])
                reset, keep = both[:size], both[size:]
                memory = (1 - keep) * np.tanh(gates[2 * size :] + reset * back[2 * size :]) + keep * memory
            else:
                take = _sigmoid(gates[:size])
                memory = (1 - take) * memory + take * gates[size:]
            yield Naive(memory[None, : keys.shape[1]], memory[None, keys.shape[1] :])


def _sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + exp(-x)), which as a tanh does not overflow."""
    both: NDArray[np.float64] = (1 + np.tanh(x / 2)) / 2
    return both


def _ahead(seen: int, coming: int) -> int:
    """Tokens to take together: up to the next border, or several blocks between borders, or what is left."""
    since = seen % ancestry.BLOCK
    if since or coming < ancestry.BLOCK:
        return min(coming, ancestry.BLOCK - since)
    return min(coming // ancestry.BLOCK * ancestry.BLOCK, AHEAD)
