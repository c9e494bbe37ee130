"""What a memory costs in whole real models: state in bytes, reading in bytes and in operations.

A model holds one memory per layer and KV head, and reads it with every query head:

    bytes = layers · KV heads · state floats · bytes per number        FLOPs = layers · query heads · read FLOPs

Counted are the QKᵀ and AV products, 2 (d_k + d_v) per slot; the softmax (about 5 per slot) and everything
outside attention are not. Query heads that share a KV head share what is read, but where each finds its own pairs all
that they may find is counted. Where a row is key and value in one it is read once, also by a search that looks at keys
alone.
"""

from typing import Any, NamedTuple

from memattn.cost.models import ModelSize
from memattn.memory.base import Memory
from memattn.memory.full import Full


class Cost(NamedTuple):
    """What one sequence costs in one model after a number of tokens.

    Args:
        state_bytes: the true streaming state, all layers and KV heads.
        read_flops: the last token's reads, all layers and query heads.
        update_flops: the last token's updates, all layers and KV heads, amortised.
        full_state_bytes: the same for full attention.
        full_read_flops: the same for full attention.
        read_bytes: what the last token's reads fetch, all layers and KV heads.
        full_read_bytes: the same for full attention.
    """

    state_bytes: int
    read_flops: int
    update_flops: int
    full_state_bytes: int
    full_read_flops: int
    read_bytes: int = 0
    full_read_bytes: int = 0

    @property
    def state_ratio(self) -> float:
        """State against full attention's; below 1 is smaller."""
        return self.state_bytes / self.full_state_bytes if self.full_state_bytes else 1.0

    @property
    def read_ratio(self) -> float:
        """Reading against full attention's; below 1 is cheaper."""
        return self.read_flops / self.full_read_flops if self.full_read_flops else 1.0


def most(memory: Memory[Any], tokens: int, model: ModelSize, bits: int | None = None) -> Cost:
    """Price the most that a memory needs at once on the way to `tokens` tokens; arguments and errors as for `cost`.

    What lets go of whole segments holds little just after a border, and the room of the fullest moment must be there.
    """
    last = cost(memory, tokens, model, bits)
    on_the_way = [cost(memory, peak, model, bits) for peak in memory.peaks(tokens) if peak != tokens]
    return last._replace(
        **{
            field: max(getattr(priced, field) for priced in (last, *on_the_way))
            for field in ("state_bytes", "read_flops", "read_bytes")
        }
    )


def cost(memory: Memory[Any], tokens: int, model: ModelSize, bits: int | None = None) -> Cost:
    """Price a memory in a model after `tokens` tokens.

    Args:
        memory: in every layer and KV head.
        tokens: seen.
        model: whose shape counts.
        bits: per number; None is as the model is published.

    Raises:
        ValueError: tokens is negative, or there are no bits.
    """
    if tokens < 0:
        raise ValueError(f"tokens must be ≥ 0, got {tokens}")
    if bits is not None and bits < 1:
        raise ValueError(f"bits must be ≥ 1, got {bits}")
    own, full = (_price(which, tokens, model, bits or 8 * model.scalar_bytes) for which in (memory, Full()))
    return Cost(own.state, own.flops, own.update, full.state, full.flops, own.read, full.read)


class _Price(NamedTuple):
    state: int
    flops: int
    update: int
    read: int


def _price(memory: Memory[Any], tokens: int, model: ModelSize, bits: int) -> _Price:
    stored, reading = model.layers * model.kv_heads, model.layers * model.query_heads
    state = bytes_of(stored * memory.state_floats(tokens, *model.stored_widths), bits)
    if not tokens:
        return _Price(state, 0, 0, 0)
    return _Price(
        state,
        reading * memory.read_flops(tokens, *model.read_widths),
        stored * memory.update_flops(tokens - 1, *model.stored_widths),
        bytes_of(stored * _read_numbers(memory, tokens, model), bits),
    )


def _read_numbers(memory: Memory[Any], tokens: int, model: ModelSize) -> int:
    """Numbers that the last token's reads fetch in one KV head, by all query heads that share it."""
    sharing = model.query_heads // model.kv_heads
    numbers = memory.fetched_floats(tokens, *model.stored_widths, sharing)
    keys, values = memory.fetched_floats(tokens, 1, 0, sharing), memory.fetched_floats(tokens, 0, 1, sharing)
    return numbers + model.latent * max(0, keys - values)  # rows of which only the key is asked for


def bytes_of(numbers: int, bits: int) -> int:
    """Whole bytes that so many numbers take."""
    return -(-numbers * bits // 8)
