"""The trained reader as one value: weights, sizes and words together, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from memattn.compression import (
    COMPRESSIONS,
    Compression,
    ConvWeights,
    DilatedConv1d,
    GatedPool,
    GateWeights,
    averaging_weights,
    equal_gates,
)
from memattn.kv import KV
from memattn.memory.base import Memory
from memattn.memory.weights import Weights
from memattn.reader import model
from memattn.reader.config import ReaderConfig
from memattn.reader.model import LayerState, ModelOutput
from memattn.reader.tokenizer import Tokenizer
from memattn.reader.weights import GATED, READER, load
from memattn.records import Floats, WordParts
from memattn.streams import Stream

Memories = Memory[Any] | Sequence[Memory[Any]]  # one for all layers, or one each


class Candidate(NamedTuple):
    """A word that may come next, and how probable the model finds it."""

    word: str
    probability: float


@dataclass(frozen=True)
class Answer:
    """What the model predicts after some position of a text.

    Args:
        candidates: the most probable words, best first.
        probabilities: of the whole vocabulary, by id.
        vocabulary: the words.
    """

    candidates: tuple[Candidate, ...]
    probabilities: Floats
    vocabulary: tuple[str, ...]

    @property
    def word(self) -> str:
        """The most probable word."""
        return self.candidates[0].word

    def probability(self, word: str) -> float:
        """How probable the model finds `word`; 0 for words that it does not know."""
        return float(self.probabilities[self.vocabulary.index(word)]) if word in self.vocabulary else 0.0


@dataclass(frozen=True, eq=False)
class Reader:
    """A model that reads stories.

    Args:
        config: its sizes.
        weights: by name.
        tokenizer: its words.
        compressors: convolution kernels trained together with it, by compression rate c.
        dilated: dilated convolution kernels, the same way.
        gates: of softmax-gated pooling, the same way.
        card: where all this comes from.
    """

    config: ReaderConfig
    weights: Mapping[str, Tensor]
    tokenizer: Tokenizer
    compressors: Mapping[int, ConvWeights]
    dilated: Mapping[int, ConvWeights]
    gates: Mapping[int, GateWeights]
    card: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path = READER, compressors: Path | None = None, learned_by: str = "") -> "Reader":
        """Read the trained weights.

        Args:
            path: of the model.
            compressors: of kernels that were learned apart, for this model; None takes those in the model's own file.
            learned_by: which of those, "ar-cache", "ar-block" or "ae".

        Raises:
            WeightsError: they are missing or damaged; the message says how to make them.
        """
        saved = load(path)
        kernels = (saved if compressors is None else load(compressors)).compressors
        start = f"{learned_by}/" if learned_by else ""
        conv, dilated, gates = (
            {rate: own for (name, rate), own in kernels.items() if name == start + kind}
            for kind in ("conv", "dilated", GATED)
        )
        return cls(saved.config, saved.weights, Tokenizer(), conv, dilated, gates, saved.card)  # type: ignore[arg-type]

    def to(self, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32) -> "Reader":
        """The same reader on another device or in another precision."""
        moved = {name: tensor.to(device, dtype) for name, tensor in self.weights.items()}
        on = moved["norm"]
        return replace(
            self,
            weights=moved,
            compressors={rate: kernels.to(on) for rate, kernels in self.compressors.items()},
            dilated={rate: kernels.to(on) for rate, kernels in self.dilated.items()},
            gates={rate: gates.to(on) for rate, gates in self.gates.items()},
        )

    @cached_property
    def parameters(self) -> int:
        """Numbers in the weights, compressors not counted."""
        return sum(tensor.numel() for tensor in self.weights.values())

    def compression(self, name: str, rate: int) -> Compression:
        """A compression of the registry, with the kernels trained together with this reader if it has any.

        Raises:
            ValueError: no such compression, or no kernels were trained for that rate.
        """
        if name not in COMPRESSIONS:
            raise ValueError(f"compression must be one of {', '.join(COMPRESSIONS)}, got {name!r}")
        kind = COMPRESSIONS[name]
        if not kind.learns or rate < 1:
            return kind(rate)
        learned: Mapping[int, ConvWeights] | Mapping[int, GateWeights] = self.compressors
        if issubclass(kind, GatedPool):
            learned = self.gates
        elif issubclass(kind, DilatedConv1d):
            learned = self.dilated
        d, dtype = self.config.d_head, self.weights["norm"].dtype
        if rate == 1:  # nothing to learn: every pair is its own slot
            start = equal_gates if issubclass(kind, GatedPool) else averaging_weights
            return replace(kind(1), weights=start(d, d, 1, dtype))  # type: ignore[call-arg]
        if rate not in learned:
            raise ValueError(f"compression rate c must be one of {[1, *sorted(learned)]} for {name}, got {rate}")
        return replace(kind(rate), weights=learned[rate])  # type: ignore[call-arg]

    def ids(self, words: Sequence[str]) -> Tensor:
        """Words as (tokens,) ids on the reader's device.

        Raises:
            UnknownWords: some are not in the vocabulary.
        """
        return torch.tensor(self.tokenizer.encode(words), device=self.weights["norm"].device)

    @torch.inference_mode()
    def forward(
        self,
        words: Sequence[str],
        memory: Memories,
        states: Sequence[LayerState] | None = None,
        segment_length: int | None = None,
    ) -> ModelOutput:
        """Read words with a memory in every layer; see `model.forward`."""
        return model.forward(self.weights, self.config, self.ids(words), memory, states, segment_length)

    def cell(self, layer: int) -> Weights:
        """What the model learned for a recurrent memory in a layer, as `Recurrent` takes it.

        Raises:
            ValueError: it learned none.
        """
        start = f"{layer}.cell."
        own = {name.removeprefix(start): part for name, part in self.weights.items() if name.startswith(start)}
        if not own:
            raise ValueError(f"this reader has no recurrent memory of its own in layer {layer}")
        return Weights(own)

    @torch.no_grad()
    def stream(self, words: Sequence[str], memory: Memories = (), layer: int = 0) -> Stream:
        """The words as queries, keys and values of a layer: what a trace runs a memory over.

        Those of the first layer depend on the words alone; above it, `memory` is what the layers below read with.
        """
        ids = self.ids(words)
        queries, keys, values = model.stream(self.weights, self.config, ids, layer, memory)
        tokens = self.tokenizer.decode(ids.tolist())
        parts = None if layer else WordParts(*model.word_parts(self.weights, self.config, ids))
        return Stream(tokens, queries, KV(keys, values), f"trained reader, {self.parameters:,} weights", parts)

    def readout(self, outputs: Floats | Tensor, words: Sequence[str], memory: Memories = ()) -> Tensor:
        """Logits (tokens, vocabulary) from the last layer's attention outputs (heads, tokens, d_head) over `words`."""
        return self._logits(outputs, words, memory, model.EVERY)

    @torch.no_grad()
    def _logits(self, outputs: Floats | Tensor, words: Sequence[str], memory: Memories, tokens: slice) -> Tensor:
        tensor = torch.from_numpy(np.array(outputs)) if isinstance(outputs, np.ndarray) else outputs
        on = self.weights["norm"]
        return model.readout(self.weights, self.config, tensor.to(on), self.ids(words), memory, tokens)

    def answer(
        self, outputs: Floats | Tensor, words: Sequence[str], position: int = -1, top: int = 5, memory: Memories = ()
    ) -> Answer:
        """What the model predicts after `words[position]`, from a trace's attention outputs over `words`.

        Args:
            outputs: of the last layer.
            words: the text.
            position: of the last word read.
            top: how many candidates.
            memory: in the layers below the last.

        Raises:
            ValueError: position lies outside the words.
        """
        if not -len(words) <= position < len(words):
            raise ValueError(f"position must lie in {-len(words)}..{len(words) - 1}, got {position}")
        at = position % len(words)
        return self.predict(self._logits(outputs, words, memory, slice(at, at + 1))[0], top)

    def predict(self, logits: Tensor, top: int = 5) -> Answer:
        """The most probable words by one row of logits, (vocabulary,)."""
        probabilities = logits.double().softmax(dim=-1).cpu().numpy()
        vocabulary = self.tokenizer.vocabulary
        best = np.argsort(-probabilities, kind="stable")[:top]
        return Answer(tuple(Candidate(vocabulary[i], float(probabilities[i])) for i in best), probabilities, vocabulary)
