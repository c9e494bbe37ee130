"""Linear attention: a matrix of fixed size, to which every pair adds an outer product (fast weights).

    add:    M ← M + φ(k) vᵀ,   z ← z + φ(k),                     o = Mᵀφ(q) / (z·φ(q))
    delta:  M ← M + ψ(k) (v - v̂)ᵀ / |ψ(k)|²,   v̂ = Mᵀψ(k),       o = Mᵀψ(q)

with φ(x) = ELU(w·x) + 1 for m directions w, and ψ = φ through its sum. The delta rule takes off first what the matrix
answers to this key already: afterwards the key is answered with v, whatever it was before, where adding keeps a mean.

Source: Katharopoulos et al., Transformers are RNNs, 2020, §3.2 (arXiv:2006.16236), whose φ this is; Schlag, Irie and
Schmidhuber, Linear Transformers Are Secretly Fast Weight Programmers, 2021, §4 (arXiv:2102.11174), for the delta rule
and ψ. They learn how strongly a pair is written; ours is the strength that stores it whole, as where keys have length 1
(Yang et al., 2024, arXiv:2406.06484). Infini-attention (Munkhdalai et al., 2024, §2.1.2, arXiv:2404.07143) writes by
segments beside a local attention, and keeps z with the delta rule: a key met twice is then answered with half of v.
Directions: the first d_k are the axes, so that m = d_k is the φ of the papers. Fewer leave some axes out; more, ours,
look along random directions of length 1.
Boundary: a token writes before it reads. The first pair finds an empty matrix: v̂ = 0.
Rows: o is a mean of rows, so the m rows are the slots, and their keys the directions. Added, row r is M_r / z_r, the
mean of all values by φ(k_j)_r, and its weight the softmax of ln φ(q)_r + ln z_r: those shares are exact, while the keys
owe nothing to the stream. By the delta rule it is M_r, its weight ψ(q)_r; what is taken off counts below zero, so the
shares are sensitivities, |d row / d v_j| over all j made to sum to one.
Precision: rows are kept as M_r / z_r beside ln z_r, where no size of keys or values overflows.
Cost per head: state m (d_v + 1) floats (delta: m d_v); 2 m d_v + m FLOPs to update (delta: 4 m d_v + 2 m), 2 FLOPs to
read for each float of the state; each 2 d_k more for every direction that is no axis.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from memattn.kv import KV, Provenance, Slots
from memattn.memory.base import Attended, Memory, Naive, State, Update, check_queries, check_segment, dial, option
from memattn.records import Event, EventKind, FastWeights, Lane, Role, counted

PIECE = 64  # pairs written and read at once
FAR = 60.0  # logarithm of how many times as much as before a pair may weigh within a piece: float32 holds e^88


@dataclass(frozen=True, eq=False)
class LinearState(State):
    """The matrix by its rows.

    Args:
        rows: (*lead, m, d_v) M_r / z_r, by the delta rule M_r; zeros before the first token.
        mass: (*lead, m) ln z_r; None by the delta rule.
        like: no pairs, of the width that may come.
        shares: (*lead, m, sources) how much of every value is in each row, signed; None if not tracked.
    """

    rows: Tensor
    mass: Tensor | None
    like: KV
    shares: Tensor | None


class Written(NamedTuple):
    """What some pairs did: the state after them; columns (*lead, tokens, m) and rows (*lead, tokens, d_v) added up."""

    state: LinearState
    columns: Tensor
    new: Tensor


@dataclass(frozen=True)
class Linear(Memory[LinearState]):
    """Add every pair into one matrix of fixed size, and read it without a softmax over pairs."""

    features: int = dial(7, 1, 64, "m", "rows", "Rows of the matrix, one per feature of a key.", start=16)
    rule: Literal["add", "delta"] = option(
        "add",
        {"add": "add every pair", "delta": "delta rule: overwrite what the key holds"},
        "What a pair writes: its value, or the difference to what its key is answered already.",
    )
    seed: int = 0  # of the directions that are no axes

    title = "Linear attention"
    source = (
        "Transformers are RNNs, §3.2 (arXiv:2006.16236); delta rule: Fast Weight Programmers, §4 (arXiv:2102.11174); "
        "Infini-attention, §2.1.2 (arXiv:2404.07143)"
    )
    formula = (
        r"M \leftarrow M + \varphi(k)\,(v - \hat v)^\top,\quad o = M^\top \varphi(q) \,/\, z \cdot \varphi(q),\quad "
        r"\hat v = 0 \text{ (add) or what } M \text{ answers to } k \text{ (delta)}"
    )
    reading = (
        r"\mathrm{Att}(q_i, M) = \sum_j \alpha_{ij}\, M_j / z_j, \quad "
        r"\alpha_{ij} = \frac{\varphi(q_i)_j\, z_j}{\sum_l \varphi(q_i)_l\, z_l} \quad (\text{delta: all } z_j = 1)"
    )
    roles = (Role.COMPRESSED,)

    def __post_init__(self) -> None:
        if self.features < 1:
            raise ValueError(f"features m must be ≥ 1 row, got {self.features}")
        if self.rule not in ("add", "delta"):
            raise ValueError(f"rule must be 'add' or 'delta', got {self.rule!r}")

    @property
    def provenance(self) -> Provenance:  # type: ignore[override]
        """What shares mean under this rule."""
        return Provenance.VALUES if self.rule == "add" else Provenance.SENSITIVITY

    def empty(self, like: KV, tracked: bool = True) -> LinearState:
        """M = 0, z = 0."""
        rows = like.values.new_zeros(*like.lead, self.features, like.values.shape[-1])
        mass = rows.new_full(rows.shape[:-1], -torch.inf) if self.rule == "add" else None
        return LinearState(0, tracked, rows, mass, like[:0], rows[..., :0] if tracked else None)

    def update(self, segment: KV, previous: LinearState) -> Update:
        """Write every pair."""
        check_segment(segment, previous.like)
        state = previous
        if self.rule == "add" and segment.tokens:
            state = self._merge(segment, previous)
        elif self.rule == "delta":
            for start in range(0, segment.tokens, PIECE):
                state = self._correct(segment[start : start + PIECE], state).state
        return Update(state, self._events(previous.seen, state.seen) if previous.tracked else ())

    def _merge(self, segment: KV, state: LinearState) -> LinearState:
        """Each row becomes the mean of what it was and of the values, by their masses."""
        assert state.mass is not None  # rows that are means have masses
        new = self._log_features(segment.keys).mT  # (*lead, m, tokens)
        masses = torch.cat([state.mass.unsqueeze(-1).to(new), new], dim=-1)
        parts = masses.softmax(dim=-1).to(state.rows)
        kept, own = parts[..., :1], parts[..., 1:]
        shares = None if state.shares is None else torch.cat([kept * state.shares, own], dim=-1)
        return replace(
            state,
            seen=state.seen + segment.tokens,
            rows=kept * state.rows + own @ segment.values,
            mass=masses.logsumexp(dim=-1).to(state.mass),
            shares=shares,
        )

    def _correct(self, pairs: KV, state: LinearState) -> Written:
        """Add the difference between every value and what the matrix answers to its key.

        Not one after the other: with M the matrix before, new_i = v_i - Mᵀψ(k_i) - Σ_{j<i} (ψ(k_i)·c_j) new_j is a
        triangular system, c = ψ(k) / |ψ(k)|² (Yang et al., 2024, §3.1).
        """
        features = self._log_features(pairs.keys).softmax(dim=-1)  # ψ(k), (*lead, tokens, m)
        columns = features / features.square().sum(dim=-1, keepdim=True)
        before = (features @ columns.mT).tril(-1)

        def differences(held: Tensor, coming: Tensor) -> Tensor:
            new = coming.to(features) - features @ held.to(features)
            if pairs.tokens > 1:
                new = torch.linalg.solve_triangular(before, new, upper=False, unitriangular=True)
            return new

        new, shares = differences(state.rows, pairs.values), state.shares
        if shares is not None:  # what a row owes to a value obeys the same rule as the row
            nothing = shares.new_zeros(*features.shape[:-1], state.seen)
            own = torch.eye(pairs.tokens, dtype=shares.dtype, device=shares.device).expand(*features.shape[:-2], -1, -1)
            shares = torch.cat([shares, shares.new_zeros(*shares.shape[:-1], pairs.tokens)], dim=-1)
            owed = differences(shares, torch.cat([nothing, own], dim=-1))
            shares = shares + (columns.mT @ owed).to(shares)
        rows = state.rows + (columns.mT @ new).to(state.rows)
        return Written(replace(state, seen=state.seen + pairs.tokens, rows=rows, shares=shares), columns, new)

    def attend(self, queries: Tensor, segment: KV, previous: LinearState) -> Attended:
        """Some queries at once: every one reads the matrix before, and what the pairs up to its own have written."""
        check_queries(queries, segment)
        check_segment(segment, previous.like)
        if not segment.tokens:
            return super().attend(queries, segment, previous)
        read, pieces, state = self._read_means if self.rule == "add" else self._read_corrections, [], previous
        for start in range(0, segment.tokens, PIECE):
            some = slice(start, start + PIECE)
            pieces.append(read(queries[..., some, :], segment[some], state))
            state = pieces[-1].update.state
        return Attended.cat(pieces)

    def _read_means(self, queries: Tensor, pairs: KV, state: LinearState) -> Attended:
        """A row r is a mean in which the pair j counts φ(k_j)_r / z_r."""
        assert state.mass is not None
        held, start = self._log_features(pairs.keys), state.mass.unsqueeze(-2)
        mass = held.logcumsumexp(dim=-2)
        if state.seen:
            mass = torch.logaddexp(mass, start.to(held))
        unit = mass[..., :1, :]  # known before any later pair: none may change an earlier answer, be it by a rounding
        heavy = ((held - unit).detach().amax(dim=-1) > FAR).reshape(-1, pairs.tokens).any(dim=0)
        if bool(heavy.any()):
            stop = int(heavy.byte().argmax())
            first = self._read_means(queries[..., :stop, :], pairs[:stop], state)
            return Attended.cat([first, self._read_means(queries[..., stop:, :], pairs[stop:], first.update.state)])
        dots = self._log_features(queries) + mass
        weights = dots.softmax(dim=-1)
        given = (weights * (unit - mass).exp()) @ (held - unit).exp().mT  # to every pair, through all rows
        output = given.tril() @ pairs.values.to(given) + (weights * (start - mass).exp()) @ state.rows.to(given)
        return Attended(output.to(pairs.values), dots.logsumexp(dim=-1), self.update(pairs, state))

    def _read_corrections(self, queries: Tensor, pairs: KV, state: LinearState) -> Attended:
        """What was there before, and every new row by its column."""
        dots = self._log_features(queries)
        weights, written = dots.softmax(dim=-1), self._correct(pairs, state)
        output = weights @ state.rows.to(weights) + (weights @ written.columns.mT).tril() @ written.new
        events = self._events(state.seen, written.state.seen) if state.tracked else ()
        return Attended(output.to(pairs.values), dots.logsumexp(dim=-1), Update(written.state, events))

    def _events(self, start: int, stop: int) -> tuple[Event, ...]:
        into = tuple(range(-1, -self.features - 1, -1))
        return tuple(Event(EventKind.MERGE, token, (token,), into, (token,)) for token in range(start, stop))

    def _log_features(self, rows: Tensor) -> Tensor:
        """Logarithms of φ of queries or keys, (*lead, tokens, m), float32 at least."""
        wide = _single(rows)
        return log_elu1(wide @ self.directions(wide.shape[-1]).to(wide).mT)

    def directions(self, d_k: int) -> Tensor:
        """(m, d_k), of length 1 each."""
        return _directions(self.features, d_k, self.seed)

    def slots(self, state: LinearState, tracked: bool = True) -> Slots:
        """The rows, once there is something in them."""
        count = self.slot_count(state.seen)
        directions = self.directions(state.like.keys.shape[-1]).to(state.rows)
        keys = directions.expand(*state.like.lead, *directions.shape)[..., :count, :]
        shares = None
        if tracked and state.shares is not None:
            shares = state.shares[..., :count, :]
            if self.rule == "delta":
                shares = shares.abs() / shares.abs().sum(dim=-1, keepdim=True).clamp_min(torch.finfo(shares.dtype).tiny)
        ids, roles = tuple(range(-1, -count - 1, -1)), (Role.COMPRESSED,) * count
        mass = None if state.mass is None else state.mass[..., :count]
        return Slots(keys, state.rows[..., :count, :], roles, ids, shares, shares, self.provenance, mass)

    def score(self, queries: Tensor, slots: Slots) -> Tensor:
        """The logarithm of φ(q)_r, and of z_r where the rows have masses."""
        logs = log_elu1(_single(queries) @ _single(slots.keys).mT)
        return logs if slots.logit_bias is None else logs + slots.logit_bias.unsqueeze(-2)

    def fast_weights(self, stream: KV) -> FastWeights:
        """Both factors of every outer product: φ(k), or ψ(k) / |ψ(k)|²; and what was there before."""
        if self.rule == "add":
            features, answered = self._log_features(stream.keys).exp(), torch.zeros_like(stream.values)
        else:
            state, columns, new = self.empty(stream, tracked=False), [], []
            for start in range(0, stream.tokens, PIECE):
                written = self._correct(stream[start : start + PIECE], state)
                state = written.state
                columns.append(written.columns)
                new.append(written.new)
            features, answered = torch.cat(columns, dim=-2), stream.values - torch.cat(new, dim=-2).to(stream.values)
        return FastWeights(*(rows.cpu().numpy() for rows in (features, stream.values, answered)))

    def slot_count(self, tokens: int) -> int:
        """The rows, whatever is in them."""
        return self.features if tokens else 0

    def lanes(self, tokens: int) -> tuple[Lane, ...]:
        """The rows of the matrix."""
        return (
            Lane(
                Role.COMPRESSED, "Matrix", f"m = {counted(self.features, 'row')} of M, all pairs in each", self.features
            ),
        )

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """M and z, from the start."""
        return self.features * (d_v + (self.rule == "add"))

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """φ(k), the outer product and z; the delta rule reads first, and measures ψ(k)."""
        reading = 2 * self.features * d_v + self.features if self.rule == "delta" else 0
        return self._projecting(d_k) + 2 * self.features * d_v + self.features + reading

    def read_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """M and z."""
        return self.slot_count(tokens) * (d_v + (self.rule == "add"))

    def read_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """φ(q), Mᵀφ(q) and z·φ(q)."""
        return self._projecting(d_k) + 2 * self.read_floats(tokens, d_k, d_v)

    def _projecting(self, d_k: int) -> int:
        """Along an axis nothing has to be multiplied."""
        return 2 * d_k * max(0, self.features - d_k)

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """No matrix at all: every query weighs all pairs, of which each is what it wrote."""
        directions, written = self.directions(keys.shape[1]).double().numpy(), values.copy()
        for i in range(len(keys)):
            if self.rule == "delta":
                written[i] -= NaiveCorrections.of(keys[:i], written[:i], directions).read(keys[i])[0]
                yield NaiveCorrections.of(keys[: i + 1], written[: i + 1], directions)
            else:
                yield NaiveSums.of(keys[: i + 1], values[: i + 1], directions)


class NaiveSums(Naive):
    """Each pair weighs φ(q)·φ(k), through their sum."""

    directions: NDArray[np.float64]

    @classmethod
    def of(cls, keys: NDArray[np.float64], values: NDArray[np.float64], directions: NDArray[np.float64]) -> Self:
        """Pairs, under the features along some directions."""
        naive = cls(keys, values)
        naive.directions = directions
        return naive

    def score(self, query: NDArray[np.float64]) -> NDArray[np.float64]:
        """The logarithm of φ(q)·φ(k)."""
        asked = _naive_log_features(query, self.directions)
        logs: NDArray[np.float64] = self._beside(asked - asked.max()) + asked.max()
        return logs

    def read(self, query: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """A factor of φ(q) weighs nothing, but is a large number where what is beside it would be rounded off."""
        asked = _naive_log_features(query, self.directions)
        return self.weigh(self._beside(asked - asked.max()))

    def _beside(self, asked: NDArray[np.float64]) -> NDArray[np.float64]:
        products = asked + _naive_log_features(self.keys, self.directions)
        top = products.max(axis=1)
        logs: NDArray[np.float64] = top + np.log(np.exp(products - top[:, None]).sum(axis=1))
        return logs


class NaiveCorrections(NaiveSums):
    """Each pair weighs ψ(q)·ψ(k) / |ψ(k)|²: these weights need not sum to 1."""

    def score(self, query: NDArray[np.float64]) -> NDArray[np.float64]:
        """The logarithms of φ(q), whose exponentials are summed in ψ(q)."""
        logs: NDArray[np.float64] = _naive_log_features(query, self.directions)
        return logs

    def read(self, query: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Sums, without a softmax over pairs."""
        asked, held = (_naive_shares(_naive_log_features(rows, self.directions)) for rows in (query, self.keys))
        weights = held @ asked / np.square(held).sum(axis=1)
        return weights @ self.values, weights


def log_elu1(x: Tensor) -> Tensor:
    """The logarithm of ELU(x) + 1: x below zero, ln (1 + x) above."""
    return torch.where(x < 0, x, x.clamp_min(0).log1p())


def _single(rows: Tensor) -> Tensor:
    """As they are, or float32 where that is more."""
    return rows if rows.dtype.itemsize >= torch.float32.itemsize else rows.float()


def _naive_shares(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    masses = np.exp(logs - logs.max(axis=-1, keepdims=True))
    shares: NDArray[np.float64] = masses / masses.sum(axis=-1, keepdims=True)
    return shares


def _naive_log_features(rows: NDArray[np.float64], directions: NDArray[np.float64]) -> NDArray[np.float64]:
    along = rows @ directions.T
    logs: NDArray[np.float64] = np.where(along < 0, along, np.log(1 + np.abs(along)))
    return logs


@lru_cache(maxsize=64)
@torch.inference_mode(False)  # kept for whoever asks next, maybe in training
def _directions(features: int, d_k: int, seed: int) -> Tensor:
    axes = torch.eye(d_k, dtype=torch.float64)[:features]
    generator = torch.Generator().manual_seed(seed)
    random = torch.randn(max(0, features - d_k), d_k, generator=generator, dtype=torch.float64)
    return torch.cat([axes, torch.nn.functional.normalize(random, dim=-1)])
