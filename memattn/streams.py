"""Streams: where queries, keys and values come from.

A stream is what a memory is run over. It may come from a trained reader (`memattn.reader`), or be planted: random
keys that no training has shaped, in which it is known beforehand what a perfect memory would answer.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from memattn.kv import KV
from memattn.records import WordParts


@dataclass(frozen=True, eq=False)
class Stream:
    """Words with their queries, keys and values.

    Args:
        tokens: the words, one per position.
        queries: (heads, tokens, d_k).
        kv: keys (heads, tokens, d_k) and values (heads, tokens, d_v).
        origin: what made it, in words.
        parts: what queries and keys are made of, where they follow from the words alone.

    Raises:
        ValueError: numbers of words, queries and pairs differ, there are no words, or queries are not finite.
    """

    tokens: tuple[str, ...]
    queries: Tensor
    kv: KV
    origin: str = ""
    parts: WordParts | None = None

    def __post_init__(self) -> None:
        if not self.tokens:
            raise ValueError("a stream needs at least 1 token, got 0")
        if self.queries.shape != self.kv.keys.shape or self.kv.keys.ndim != 3:
            raise ValueError(
                "queries and keys must both be (heads, tokens, d_k), got queries "
                f"{tuple(self.queries.shape)} and keys {tuple(self.kv.keys.shape)}"
            )
        if len(self.tokens) != self.kv.tokens:
            raise ValueError(f"there must be one word per pair, got {len(self.tokens)} words, {self.kv.tokens} pairs")
        if self.queries.dtype != self.kv.keys.dtype or self.queries.device != self.kv.keys.device:
            raise ValueError(
                f"queries and keys must share dtype and device, got {self.queries.dtype}/{self.queries.device} "
                f"and {self.kv.keys.dtype}/{self.kv.keys.device}"
            )
        if not bool(torch.isfinite(self.queries).all()):
            raise ValueError("queries must be finite, got NaN or infinity")


@dataclass(frozen=True, eq=False)
class Planted:
    """A stream whose answers are known: `codes` (words, d_v) are the values of `answers`, the words to be asked."""

    stream: Stream
    answers: tuple[str, ...]
    codes: Tensor

    def decode(self, output: Tensor) -> dict[str, float]:
        """Read an attention output (heads, d_v) as probabilities of the words that may be the answer."""
        scale = math.sqrt(self.codes.shape[-1])
        shares = (output.mean(dim=0) @ self.codes.mT * scale).softmax(dim=-1)
        return dict(zip(self.answers, shares.tolist(), strict=True))


def random_stream(tokens: int, d_k: int, d_v: int, heads: int = 1, seed: int = 0, device: str = "cpu") -> Stream:
    """Independent normal queries, keys and values: no structure at all, for tests and benchmarks."""
    generator = torch.Generator().manual_seed(seed)
    queries, keys, values = (torch.randn(heads, tokens, d, generator=generator).to(device) for d in (d_k, d_k, d_v))
    return Stream(tuple(f"t{i}" for i in range(tokens)), queries, KV(keys, values), "random")


def planted_facts(
    words: Sequence[str], facts: Mapping[int, tuple[str, str]], asked: Mapping[int, str], seed: int = 0, width: int = 32
) -> Planted:
    """Plant facts in random pairs: the pair at a fact's position answers exactly one question.

    Every word gets a random key, so an ordinary word looks for its own earlier occurrences. The pair where fact
    `facts[position] = (name, answer)` stands gets the key of its name and the code of its answer; a position in `asked`
    sends out the query of that name. Nothing is trained: this is the world in which each memory is tested bare.

    Args:
        words: the text.
        facts: position of the answering pair → what it is called, what it answers.
        asked: position of the asking word → the name of the fact it asks for.
        seed: of the random keys and codes.
        width: d_k = d_v.

    Raises:
        ValueError: a position lies outside the text.
    """
    for position in (*facts, *asked):
        if not 0 <= position < len(words):
            raise ValueError(f"fact and question positions must lie in 0..{len(words) - 1}, got {position}")
    generator = torch.Generator().manual_seed(seed)
    names = sorted({*words, *(name for name, _ in facts.values()), *asked.values()})
    answers = tuple(sorted({answer for _, answer in facts.values()})) or ("nothing",)
    unit = torch.nn.functional.normalize(torch.randn(len(names), width, generator=generator), dim=-1)
    codes = torch.nn.functional.normalize(torch.randn(len(answers), width, generator=generator), dim=-1)
    at = {name: row for row, name in enumerate(names)}
    keys = unit[[at[word] for word in words]].clone()
    values = torch.randn(len(words), width, generator=generator) * (0.3 / math.sqrt(width))
    for position, (name, answer) in facts.items():
        keys[position] = unit[at[name]]
        values[position] = codes[answers.index(answer)] * 2
    sharpness = 9 * math.sqrt(width)  # a matching key outweighs some thousand others: e^9 ≈ 8,100
    queries = keys * (sharpness / 3)
    for position, name in asked.items():
        queries[position] = unit[at[name]] * sharpness
    stream = Stream(tuple(words), queries.unsqueeze(0), KV(keys.unsqueeze(0), values.unsqueeze(0)), "planted facts")
    return Planted(stream, answers, codes)
