"""What a memory costs: state in bytes and reading in operations, for one head here and for whole real models.

A model holds one memory per layer and KV head, and reads it with every query head:

    bytes = layers · KV heads · state floats · bytes per number        FLOPs = layers · query heads · read
    FLOPs

Counted are the QKᵀ and AV products, 2 (d_k + d_v) per slot; the softmax (about 5 per slot) and everything
outside attention are not. The sizes of models are those of their published configuration files.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from memattn.memory.base import Memory
from memattn.memory.full import Full


@dataclass(frozen=True)
class ModelSize:
    """What of a model's shape decides the size of its memory."""

    name: str
    layers: int
    query_heads: int  # per layer
    kv_heads: int  # per layer; fewer than query heads where they share keys and values
    head_dim: int  # channels of a key, and of a value
    scalar_bytes: int  # bytes per number
    source: str

    def __post_init__(self) -> None:
        """Refuse sizes that no model has."""
        for name in ("layers", "query_heads", "kv_heads", "head_dim", "scalar_bytes"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be ≥ 1, got {getattr(self, name)}")
        if self.query_heads % self.kv_heads:
            raise ValueError(f"query_heads must be a multiple of kv_heads={self.kv_heads}, got {self.query_heads}")


MODELS: dict[str, ModelSize] = {
    "gpt2": ModelSize("GPT-2 small", 12, 12, 12, 64, 4, "config.json of openai-community/gpt2"),
    "gpt2-xl": ModelSize("GPT-2 XL", 48, 25, 25, 64, 4, "config.json of openai-community/gpt2-xl"),
    "pythia-160m": ModelSize("Pythia 160M", 12, 12, 12, 64, 2, "config.json of EleutherAI/pythia-160m"),
    "llama-2-7b": ModelSize("Llama 2 7B", 32, 32, 32, 128, 2, "config.json of meta-llama/Llama-2-7b-hf"),
    "llama-2-13b": ModelSize("Llama 2 13B", 40, 40, 40, 128, 2, "config.json of meta-llama/Llama-2-13b-hf"),
    "llama-2-70b": ModelSize("Llama 2 70B", 80, 64, 8, 128, 2, "config.json of meta-llama/Llama-2-70b-hf"),
    "llama-3-8b": ModelSize("Llama 3 8B", 32, 32, 8, 128, 2, "config.json of meta-llama/Meta-Llama-3-8B"),
    "llama-3-70b": ModelSize("Llama 3 70B", 80, 64, 8, 128, 2, "config.json of meta-llama/Meta-Llama-3-70B"),
    "mistral-7b": ModelSize("Mistral 7B", 32, 32, 8, 128, 2, "config.json of mistralai/Mistral-7B-v0.1"),
}


class Cost(NamedTuple):
    """What one sequence costs in one model after a number of tokens.

    Args:
        state_bytes: the true streaming state, all layers and KV heads.
        read_flops: the last token's reads, all layers and query heads.
        update_flops: the last token's updates, all layers and KV heads, amortised.
        full_state_bytes: the same for full attention.
        full_read_flops: the same for full attention.
    """

    state_bytes: int
    read_flops: int
    update_flops: int
    full_state_bytes: int
    full_read_flops: int

    @property
    def state_ratio(self) -> float:
        """State against full attention's; below 1 is smaller."""
        return self.state_bytes / self.full_state_bytes if self.full_state_bytes else 1.0

    @property
    def read_ratio(self) -> float:
        """Reading against full attention's; below 1 is cheaper."""
        return self.read_flops / self.full_read_flops if self.full_read_flops else 1.0


def cost(memory: Memory[Any], tokens: int, model: ModelSize) -> Cost:
    """Price a memory in a model after `tokens` tokens.

    Raises:
        ValueError: tokens is negative.
    """
    if tokens < 0:
        raise ValueError(f"tokens must be ≥ 0, got {tokens}")
    state_bytes, read_flops, update_flops = _price(memory, tokens, model)
    full_bytes, full_flops, _ = _price(Full(), tokens, model)
    return Cost(state_bytes, read_flops, update_flops, full_bytes, full_flops)


def _price(memory: Memory[Any], tokens: int, model: ModelSize) -> tuple[int, int, int]:
    d, stored, reading = model.head_dim, model.layers * model.kv_heads, model.layers * model.query_heads
    return (
        stored * memory.state_floats(tokens, d, d) * model.scalar_bytes,
        reading * memory.read_flops(tokens, d, d) if tokens else 0,
        stored * memory.update_flops(max(0, tokens - 1), d, d) if tokens else 0,
    )


def bytes_in_words(count: int) -> str:
    """1024-based: 512 KiB, 2 GiB, 1.5 MiB.

    Raises:
        ValueError: the count is negative.
    """
    if count < 0:
        raise ValueError(f"a number of bytes must be ≥ 0, got {count}")
    size, unit = float(count), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):  # the last unit is used after the loop
        if size < 1024:
            break
        if unit != "TiB":
            size /= 1024
    return f"{size:.4g} {unit}" if size < 1000 else f"{size:.0f} {unit}"
