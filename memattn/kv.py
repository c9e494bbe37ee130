"""The values that flow through a memory: key-value pairs, and the slots that hold them.

A `KV` is what a stream brings (the course's S_kv). `Slots` is what a query may read. Batch and head axes come
first and may be any number, so the same code serves one picture and a sweep over thousands of streams.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import torch
from torch import Tensor

from memattn.records import Role

FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)  # what pairs may be


class Provenance(StrEnum):
    """What the shares of a slot over its sources mean."""

    EXACT = "exact"  # key_shares @ K == keys and value_shares @ V == values
    VALUES = "values"  # value_shares @ V == values; the keys are the memory's own
    SHARE = "share"  # a nonlinear compression: fraction of the slot that each source accounts for
    SENSITIVITY = "sensitivity"  # a learned update: normalised |d slot / d source|, not a weight


@dataclass(frozen=True, eq=False)
class KV:
    """Keys and values of consecutive tokens.

    Args:
        keys: (*lead, tokens, d_k), float16, bfloat16, float32 or float64, finite.
        values: (*lead, tokens, d_v), same lead axes, tokens, dtype and device as the keys.

    Raises:
        ValueError: the two disagree in shape, dtype or device, or hold NaN or infinity.
    """

    keys: Tensor
    values: Tensor

    def __post_init__(self) -> None:
        k, v = self.keys, self.values
        if k.ndim < 2 or v.ndim < 2 or k.shape[:-1] != v.shape[:-1]:
            raise ValueError(
                "keys must be (*lead, tokens, d_k) and values (*lead, tokens, d_v) with equal lead and tokens, "
                f"got keys {tuple(k.shape)} and values {tuple(v.shape)}"
            )
        if k.shape[-1] < 1 or v.shape[-1] < 1:
            raise ValueError(f"d_k and d_v must be ≥ 1, got d_k={k.shape[-1]} and d_v={v.shape[-1]}")
        if k.dtype not in FLOATS or k.dtype != v.dtype:
            raise ValueError(
                "keys and values must share one dtype of float16, bfloat16, float32 or float64, "
                f"got {k.dtype} and {v.dtype}"
            )
        if k.device != v.device:
            raise ValueError(f"keys and values must be on one device, got {k.device} and {v.device}")
        for name, tensor in (("keys", k), ("values", v)):
            if not bool(torch.isfinite(tensor).all()):
                raise ValueError(f"{name} must be finite, got NaN or infinity")

    @classmethod
    def trusted(cls, keys: Tensor, values: Tensor) -> "KV":
        """Wrap tensors that were made from checked ones: no checks, no device synchronisation."""
        kv = object.__new__(cls)
        object.__setattr__(kv, "keys", keys)
        object.__setattr__(kv, "values", values)
        return kv

    @staticmethod
    def cat(parts: Sequence["KV"]) -> "KV":
        """Join in time order, along the token axis."""
        return KV.trusted(
            torch.cat([part.keys for part in parts], dim=-2), torch.cat([part.values for part in parts], dim=-2)
        )

    @property
    def tokens(self) -> int:
        """Number of pairs."""
        return self.keys.shape[-2]

    @property
    def lead(self) -> torch.Size:
        """Batch and head axes."""
        return self.keys.shape[:-2]

    def __getitem__(self, tokens: slice) -> "KV":
        """Take a range of tokens."""
        start, stop, step = tokens.indices(self.tokens)
        if step != 1:
            return KV.trusted(self.keys[..., tokens, :], self.values[..., tokens, :])
        length = max(0, stop - start)
        return KV.trusted(self.keys.narrow(-2, start, length), self.values.narrow(-2, start, length))

    def detach(self) -> "KV":
        """Cut the gradient, the SG(·) of segment recurrence."""
        return KV.trusted(self.keys.detach(), self.values.detach())


@dataclass(frozen=True, eq=False)
class Slots:
    """What a query may read now, oldest first.

    Args:
        keys: (*lead, slots, d_k).
        values: (*lead, slots, d_v).
        role: one role per slot.
        ids: one identity per slot that it keeps for life: a raw pair bears its position in the stream (≥ 0), the
            j-th slot that a memory made itself bears -(j + 1).
        key_shares: (*lead, slots, sources) share of every source position in the key of each slot, or None when
            provenance is switched off.
        value_shares: the same for the values; they differ where compression picks per channel (max pooling).
        provenance: what the shares mean.
        logit_bias: (slots,) added to the scores before the softmax, or None; log n lets a mean of n pairs weigh as n.
            A memory that scores its slots itself may have one per stream, (*lead, slots).
    """

    keys: Tensor
    values: Tensor
    role: tuple[Role, ...]
    ids: tuple[int, ...]
    key_shares: Tensor | None = None
    value_shares: Tensor | None = None
    provenance: Provenance = Provenance.EXACT
    logit_bias: Tensor | None = None

    def __len__(self) -> int:
        """Number of slots."""
        return self.keys.shape[-2]

    def append(self, pair: KV, position: int) -> "Slots":
        """Add raw pairs that start at `position` of the stream behind the others, as the current ones."""
        new = pair.tokens
        ids = range(position, position + new)
        key_shares, value_shares = self.key_shares, self.value_shares
        if key_shares is not None and value_shares is not None:
            own = one_hot(ids, position + new, like=pair.keys)
            key_shares = torch.cat([widen(key_shares, position + new), own], dim=-2)
            value_shares = torch.cat([widen(value_shares, position + new), own], dim=-2)
        bias = self.logit_bias
        if bias is not None:
            bias = torch.cat([bias, bias.new_zeros(new)])
        return replace(
            self,
            keys=torch.cat([self.keys, pair.keys], dim=-2),
            values=torch.cat([self.values, pair.values], dim=-2),
            role=self.role + (Role.CURRENT,) * new,
            ids=(*self.ids, *ids),
            key_shares=key_shares,
            value_shares=value_shares,
            logit_bias=bias,
        )


def one_hot(positions: Sequence[int], sources: int, like: Tensor) -> Tensor:
    """Shares of raw pairs: row r is 1 at `positions[r]`; shape (*lead, len(positions), sources)."""
    rows = like.new_zeros(len(positions), sources)
    if isinstance(positions, range):  # one after the other
        rows.diagonal(positions.start).fill_(1)
    else:
        rows[torch.arange(len(positions)), torch.as_tensor(positions, dtype=torch.long)] = 1
    return rows.expand(*like.shape[:-2], len(positions), sources)


def widen(shares: Tensor, sources: int) -> Tensor:
    """Grow (..., slots, n) shares to `sources` columns: what came later has no part in these slots."""
    missing = sources - shares.shape[-1]
    return torch.nn.functional.pad(shares, (0, missing)) if missing else shares
