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
sum to one, carried forward by the Jacobian in closed form. An old source whose part has sunk below
sqrt(epsilon) of the largest (3e-4 in float32, 1e-8 in float64) counts as zero from then on: this keeps long
traces quick.
Cost per head, D = d_k + d_v: state D floats, 12 D² FLOPs to update (gated: 4 D²), 2 D to read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import linear

from memattn.kv import KV, Provenance, Slots
from memattn.memory import cells
from memattn.memory.base import Memory, Naive, State, Update, check_segment
from memattn.memory.summary import merges
from memattn.memory.weights import Weights
from memattn.records import Role

SWEEP = 8  # tokens between looks for sources that have become negligible


@dataclass(frozen=True, eq=False)
class RecurrentState(State):
    """Mem, one pair, and what the provenance needs.

    Args:
        memory: Mem = [m_k ; m_v] split into its halves; zeros before the first token.
        jacobian: (*lead, D, sources · D) d Mem / d x_j, latest sources side by side; None if not tracked.
    """

    memory: KV
    jacobian: Tensor | None


@dataclass(frozen=True)
class Recurrent(Memory[RecurrentState]):
    """Answer with what a recurrent network made of the stream."""

    cell: Literal["gru", "gated"] = "gru"
    seed: int = 0  # draws the weights where none are given
    truncate: int | None = None  # tokens between gradient stops; None is never
    weights: Weights | None = None  # as in torch.nn.GRUCell; gated: gates z, then W, in weight_ih and bias_ih

    title = "Learned recurrence"
    source = "course ch. 2, recurrent formula; GRU, §2.3 (arXiv:1406.1078); minGRU, §3.1 (arXiv:2410.01201)"
    formula = r"\mathrm{Mem}_i = f\big((k_i, v_i),\, \mathrm{Mem}_{i-1}\big)"
    provenance = Provenance.SENSITIVITY

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
        size = zeros[0].shape[-1] + zeros[1].shape[-1]
        return RecurrentState(
            0, tracked, KV.trusted(*zeros), like.keys.new_zeros(*like.lead, size, 0) if tracked else None
        )

    def update(self, segment: KV, previous: RecurrentState) -> Update:
        """Apply f once per token."""
        check_segment(segment, previous.memory)
        if not segment.tokens:
            return Update(previous)
        inputs = torch.cat([segment.keys, segment.values], dim=-1)
        memory = torch.cat([previous.memory.keys, previous.memory.values], dim=-1).squeeze(-2)
        given = self.parameters(inputs)
        joint = None
        if previous.jacobian is not None and self.cell == "gru":
            kind = (inputs.shape[-1], inputs.dtype, inputs.device)
            joint = cells.joint(given) if self.weights is not None else cells.drawn_joint(self.seed, *kind)
        projected = linear(inputs, given["weight_ih"], given["bias_ih"]).unbind(dim=-2)
        jacobian, seen = previous.jacobian, previous.seen
        for token in projected:
            if self.cell == "gru":
                memory, jacobian = cells.gru(token, memory, jacobian, given, joint)
            else:
                memory, jacobian = cells.gated(token, memory, jacobian, given)
            seen += 1
            if self.truncate is not None and seen % self.truncate == 0:
                memory = memory.detach()
            if jacobian is not None and seen % SWEEP == 0:
                jacobian = cells.without_negligible(jacobian)
        d_k = segment.keys.shape[-1]
        pair = KV.trusted(memory[..., None, :d_k], memory[..., None, d_k:])
        events = merges(previous.seen, seen) if previous.tracked else ()
        return Update(RecurrentState(seen, previous.tracked, pair, jacobian), events)

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

    def slots(self, state: RecurrentState) -> Slots:
        """Mem, once a token has come."""
        held = min(state.seen, 1)
        key_shares = value_shares = None
        if state.jacobian is not None:
            d_k = state.memory.keys.shape[-1]
            key_shares, value_shares = cells.sensitivities(state.jacobian, d_k, state.seen, held)
        pair = state.memory[:held]
        role, ids = (Role.SUMMARY,) * held, (-1,) * held
        return Slots(pair.keys, pair.values, role, ids, key_shares, value_shares, self.provenance)

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
        for x in inputs:
            gates = given["weight_ih"] @ x + given["bias_ih"]
            if self.cell == "gru":
                back = given["weight_hh"] @ memory + given["bias_hh"]
                both = 1 / (1 + np.exp(-gates[: 2 * size] - back[: 2 * size]))
                reset, keep = both[:size], both[size:]
                memory = (1 - keep) * np.tanh(gates[2 * size :] + reset * back[2 * size :]) + keep * memory
            else:
                take = 1 / (1 + np.exp(-gates[:size]))
                memory = (1 - take) * memory + take * gates[size:]
            yield Naive(memory[None, : keys.shape[1]], memory[None, keys.shape[1] :])
