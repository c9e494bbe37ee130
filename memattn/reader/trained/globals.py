"""Readers with a window on both sides, and with global tokens or deeper stacks to reach beyond it.

The window begins as wide as the text and narrows in the middle of training: with the narrow one from the beginning
nothing is ever learned, since no answer can be known before the relay works. While it narrows one fact is asked for,
then all of a text; asked for all from the beginning, some seeds leave the first global tokens without use. Facts are
all of one kind; of several kinds, the kind alone would show which is meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from memattn.reader.both_ways import answer_logits, windows
from memattn.reader.config import ReaderConfig, random_weights
from memattn.reader.grammar import SHORTEST, FactKind
from memattn.reader.learner import Learner
from memattn.reader.stories import assemble, draw_facts, filler
from memattn.reader.tokenizer import Tokenizer
from memattn.reader.trained.trained_model import TrainedModel, TrainingResult, plain, trainable
from memattn.reader.training_run import TrainingRun

KIND = FactKind.PLACE
FACT, QUESTION = 8, 6  # words of a fact of this kind, and of its question


@dataclass(frozen=True)
class BothWaysRecipe:
    """How to learn to reach beyond a window.

    Args:
        layers: of the model.
        d_model: its channels.
        counts: numbers of global tokens, one drawn for each step; none leaves the model without.
        facts: numbers of facts, one drawn for each step.
        tokens: of a text.
        window: w in the end.
        narrowing: shares of the steps between which the window narrows.
        steps: of training.
        texts: per step.
        rate: learning rate.
    """

    layers: int = 2
    d_model: int = 32
    counts: tuple[int, ...] = ()
    facts: tuple[int, ...] = (1,)
    tokens: int = 80
    window: int = 16
    narrowing: tuple[float, float] = (0.15, 0.6)
    steps: int = 700
    texts: int = 16
    rate: float = 3e-3


def draw_texts(
    rng: np.random.Generator, texts: int, facts: int, tokens: int, gap: int | None = None, asked: int = 1
) -> tuple[Tensor, Tensor]:
    """Filler, facts, filler, and at the very end questions about some of the facts, without their answers.

    Args:
        rng: draws them.
        texts: how many.
        facts: in each.
        tokens: of each.
        gap: words of filler behind the facts; None is any number, another in each text.
        asked: facts that are asked for.

    Returns:
        Ids (texts, tokens), and the ids of the answers (texts, asked), in the order of the questions.
    """
    tokenizer, most = Tokenizer(), room(tokens, facts, asked)
    rows: list[tuple[int, ...]] = []
    answers: list[tuple[int, ...]] = []
    for _ in range(texts):
        behind = int(rng.choice([*range(SHORTEST, most - SHORTEST + 1), most])) if gap is None else gap
        told = assemble([*filler(rng, most - behind), *draw_facts(rng, facts, (KIND,)), *filler(rng, behind)])
        chosen = [told.facts[at] for at in rng.permutation(facts)[:asked]]
        rows.append(tokenizer.encode((*told.words, *(word for fact in chosen for word in fact.question))))
        answers.append(tokenizer.encode([fact.answer for fact in chosen]))
    return torch.tensor(rows), torch.tensor(answers)


def room(tokens: int, facts: int, asked: int = 1) -> int:
    """Words of filler in a text."""
    return tokens - 1 - FACT * facts - QUESTION * asked


def marks(asked: int) -> tuple[int, ...]:
    """Where the question marks stand, from the end of the text."""
    return tuple(-1 - QUESTION * (asked - 1 - at) for at in range(asked))


def train_both_ways(
    recipe: BothWaysRecipe, seed: int, needs: Mapping[str, TrainingResult], run: TrainingRun
) -> TrainingResult:
    """Train from scratch."""
    del needs
    config = ReaderConfig(Tokenizer().size + max(recipe.counts, default=0), recipe.d_model, layers=recipe.layers)
    weights = trainable(random_weights(config, seed), run.device)
    rng = np.random.default_rng(seed)
    learner = Learner(list(weights.values()), recipe.rate, recipe.steps)
    width = windows(recipe.tokens, recipe.window, recipe.steps, recipe.narrowing)
    for step in run.steps("both-ways", learner, rng, recipe.steps):
        facts = int(rng.choice(recipe.facts))
        count = int(rng.choice(recipe.counts)) if recipe.counts else 0
        asked = facts if step > recipe.narrowing[1] * recipe.steps else 1
        drawn = draw_texts(rng, recipe.texts, facts, recipe.tokens, asked=asked)
        ids, answers = (part.to(run.device) for part in drawn)
        logits = answer_logits(weights, config, ids, width[step], count, marks(asked))
        learner.learn(F.cross_entropy(logits.flatten(0, 1), answers.flatten()))
    return TrainingResult(config, plain(weights), seed=seed)


GLOBALS = TrainedModel(
    "globals",
    "answers in the conclusion what the introduction told, through global tokens beside a window of ±16; two layers",
    BothWaysRecipe(d_model=64, counts=(1, 2, 4, 8), facts=(1, 2, 4), tokens=96, steps=3000),
    train_both_ways,
)
STACKS = tuple(
    TrainedModel(
        f"stack-{layers}",
        f"answers a question beyond a window of ±16 by relay from layer to layer; layers: {layers}",
        BothWaysRecipe(layers=layers),
        train_both_ways,
    )
    for layers in (1, 2, 3)
)
