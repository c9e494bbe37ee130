"""Models of real size: what of their shape decides the bytes of their memory, and where that was read."""

from dataclasses import dataclass
from typing import NamedTuple


class Rows(NamedTuple):
    """What some layers of a model keep, as rows of numbers.

    Args:
        layers: how many keep such rows.
        numbers: of a row, all heads of a layer together.
        every: tokens per row.
        most: rows at most, the newest; None is no limit. A state that never grows is one row at most.
    """

    layers: int
    numbers: int
    every: int = 1
    most: int | None = None

    def after(self, tokens: int) -> int:
        """Numbers stored after so many tokens."""
        rows = tokens // self.every
        return self.layers * self.numbers * (rows if self.most is None else min(rows, self.most))


@dataclass(frozen=True)
class ModelSize:
    """What of a model's shape decides the size of its memory.

    Args:
        name: in words.
        layers: with a memory.
        query_heads: per layer.
        kv_heads: per layer; fewer than query heads where they share keys and values.
        head_dim: channels of a key, and of a value.
        scalar_bytes: per number, as the model is published.
        source: of all this.
        latent: where keys and values are read from one stored row, the numbers of it that are the value; 0 where they
            are stored apart.
        own: what the model itself keeps, where that is not every pair in every layer.
        design: the same in words; "" for every pair in every layer.
    """

    name: str
    layers: int
    query_heads: int
    kv_heads: int
    head_dim: int
    scalar_bytes: int
    source: str
    latent: int = 0
    own: tuple[Rows, ...] = ()
    design: str = ""

    def __post_init__(self) -> None:
        """Refuse sizes that no model has."""
        for name in ("layers", "query_heads", "kv_heads", "head_dim", "scalar_bytes"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be ≥ 1, got {getattr(self, name)}")
        if self.query_heads % self.kv_heads:
            raise ValueError(f"query_heads must be a multiple of kv_heads={self.kv_heads}, got {self.query_heads}")
        if not 0 <= self.latent <= self.head_dim:
            raise ValueError(f"latent must lie in 0..head_dim={self.head_dim}, got {self.latent}")

    @property
    def read_widths(self) -> tuple[int, int]:
        """Channels of a key and of a value, as a query reads them."""
        return self.head_dim, self.latent or self.head_dim

    @property
    def stored_widths(self) -> tuple[int, int]:
        """Numbers stored for a key and for a value; what is both is stored once."""
        return self.head_dim - self.latent, self.latent or self.head_dim

    @property
    def token_numbers(self) -> int:
        """Numbers that full attention stores per token in every layer together."""
        return self.layers * self.kv_heads * sum(self.stored_widths)

    def own_numbers(self, tokens: int) -> int:
        """Numbers that the model itself stores after so many tokens."""
        return sum(rows.after(tokens) for rows in self.own) if self.own else self.token_numbers * tokens


TRANSFORMERS = "in huggingface/transformers"
GPT_OSS = "gpt_oss/torch/model.py in openai/gpt-oss; model card, arXiv:2508.10925"
ALTERNATING = "every other layer sees only the newest {} tokens; a learned sink logit per head"


def _published(model: str) -> str:
    return f"config.json of {model}"


MODELS: dict[str, ModelSize] = {
    "gpt2": ModelSize("GPT-2 small", 12, 12, 12, 64, 4, _published("openai-community/gpt2")),
    "gpt2-xl": ModelSize("GPT-2 XL", 48, 25, 25, 64, 4, _published("openai-community/gpt2-xl")),
    "pythia-160m": ModelSize("Pythia 160M", 12, 12, 12, 64, 2, _published("EleutherAI/pythia-160m")),
    "llama-2-7b": ModelSize("Llama 2 7B", 32, 32, 32, 128, 2, _published("meta-llama/Llama-2-7b-hf")),
    "llama-2-13b": ModelSize("Llama 2 13B", 40, 40, 40, 128, 2, _published("meta-llama/Llama-2-13b-hf")),
    "llama-2-70b": ModelSize("Llama 2 70B", 80, 64, 8, 128, 2, _published("meta-llama/Llama-2-70b-hf")),
    "llama-3-8b": ModelSize("Llama 3 8B", 32, 32, 8, 128, 2, _published("meta-llama/Meta-Llama-3-8B")),
    "llama-3-70b": ModelSize("Llama 3 70B", 80, 64, 8, 128, 2, _published("meta-llama/Meta-Llama-3-70B")),
    "mistral-7b": ModelSize(
        *("Mistral 7B v0.1", 32, 32, 8, 128, 2),
        "config.json of mistralai/Mistral-7B-v0.1; arXiv:2310.06825, table 1",
        own=(Rows(32, 8 * 2 * 128, most=4096),),
        design="every layer sees only the newest 4,096 tokens",
    ),
    "gemma-2-27b": ModelSize(
        *("Gemma 2 27B", 46, 32, 16, 128, 2),
        "gemma/config.py in google/gemma_pytorch; arXiv:2408.00118",
        own=(Rows(23, 16 * 2 * 128, most=4096), Rows(23, 16 * 2 * 128)),
        design="every other layer sees only the newest 4,096 tokens",
    ),
    "gpt-oss-20b": ModelSize(
        *("gpt-oss 20B", 24, 64, 8, 64, 2),
        f"config.json of openai/gpt-oss-20b; {GPT_OSS}",
        own=(Rows(12, 8 * 2 * 64, most=128), Rows(12, 8 * 2 * 64)),
        design=ALTERNATING.format(128),
    ),
    "gpt-oss-120b": ModelSize(
        *("gpt-oss 120B", 36, 64, 8, 64, 2),
        GPT_OSS,
        own=(Rows(18, 8 * 2 * 64, most=128), Rows(18, 8 * 2 * 64)),
        design=ALTERNATING.format(128),
    ),
    "deepseek-v3": ModelSize(
        *("DeepSeek-V3", 61, 128, 1, 512 + 64, 2),
        f"configuration_deepseek_v3.py {TRANSFORMERS}; arXiv:2412.19437, §4.2",
        latent=512,
        design="multi-head latent attention: all heads read one row of 512 + 64 numbers per token",
    ),
    "qwen3-next": ModelSize(
        *("Qwen3-Next 80B-A3B", 48, 16, 2, 256, 2),
        f"configuration_qwen3_next.py {TRANSFORMERS}",
        own=(Rows(12, 2 * 2 * 256), Rows(36, 32 * 128 * 128, most=1)),
        design="12 layers keep every pair, 36 a matrix of 128 × 128 per head instead (their short convolution is not "
        "counted); an output gate in place of a sink",
    ),
    "deepseek-v4-flash": ModelSize(
        *("DeepSeek-V4-Flash", 43, 64, 1, 512, 2),
        f"configuration_deepseek_v4.py and model_doc/deepseek_v4.md {TRANSFORMERS}; which layer compresses how: "
        "MODEL_CARD.md in antirez/ds4",
        latent=512,
        own=(Rows(43, 512, most=128), Rows(21, 512 + 128, every=4), Rows(20, 512, every=128)),
        design="every layer keeps a window of 128; 21 layers also one row per 4 tokens with a key to find it by, 20 "
        "one row per 128; the last, unfinished block is not counted",
    ),
}
