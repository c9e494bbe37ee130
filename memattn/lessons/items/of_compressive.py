"""Items of *Compressive memory*: where CMem comes from, in which order, how many slots, how hard to compress."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from random import Random

import torch

from memattn.attention import read
from memattn.compression import COMPRESSIONS, Conv1d
from memattn.compression.weights import ConvWeights, random_weights
from memattn.kv import KV, Slots
from memattn.lessons.borders import positions_read
from memattn.lessons.items.item import Item, Opens, Posed, Redraw, among, of_stage, typed
from memattn.lessons.items.runs import asked_by, event_phase, played, read_by, run_of, shows, words_of
from memattn.lessons.lesson import Settings
from memattn.lessons.narration import slot_name
from memattn.quantities import rounded
from memattn.records import EventKind, counted
from memattn.streams import random_stream

SIZES = ((4, 2, 2, 2), (6, 3, 3, 3), (4, 4, 3, 2), (6, 6, 2, 3))  # n_s, n_m, n_cm, c
GROUPS = ((4, 2), (6, 2), (6, 3), (8, 2), (8, 4), (5, 2), (7, 3), (7, 2), (5, 3), (9, 3))  # n_s and c
KINDS: Mapping[str, str] = {"mean": "mean pooling", "keep": "subsampling", "conv": "a convolution"}
WIDTH = 4  # of keys and values


def _settings(rng: Random, sizes: tuple[int, int, int, int], tokens: int = 22) -> Settings:
    n_s, n_m, n_cm, c = sizes
    words = words_of(rng, tokens)
    own = {"segment_length": n_s, "memory_length": max(n_s, n_m), "compressed_length": n_cm, "rate": c}
    return read_by("compressive", words, **own)


def sources(rng: Random) -> Posed:
    """Which pairs are in a slot of the second memory."""
    n_s, c = rng.choice(GROUPS)
    sizes = (n_s, n_s, 5, c)
    settings = _settings(rng, sizes)
    question = asked_by(settings, "sources", c)
    assert question is not None
    return Posed(
        {"n_s": sizes[0], "n_m": max(sizes[:2]), "c": sizes[3]},
        f"Segments of n_s = {sizes[0]} pairs enter Mem, and what Mem cannot hold is compressed, c = {sizes[3]} to 1. "
        f"{question.prompt}",
        of_stage(question),
        question.truth,
        shows("compressive", settings, question.at.step, "append"),
        played=played(settings, question),
    )


def order(rng: Random) -> Posed:
    """What happens at a border of segments, in order."""
    sizes = rng.choice(SIZES)
    settings = _settings(rng, sizes)
    question = asked_by(settings, "order", sizes[3])
    if question is None:
        raise Redraw
    offered = list(question.choice.offered)  # type: ignore[union-attr]
    rng.shuffle(offered)
    place = [offered.index(one) for one in question.choice.offered]  # type: ignore[union-attr]
    if [place[at] for at in question.answer] == sorted(place):
        raise Redraw
    turned = replace(
        question,
        choice=question.choice._replace(offered=tuple(offered)),  # type: ignore[call-arg]
        answer=tuple(place[at] for at in question.answer),
        beliefs=tuple(one._replace(chosen=tuple(place[at] for at in one.chosen)) for one in question.beliefs),
    )
    return Posed(
        {"step": question.at.step, "sizes": sizes},
        f"Mem holds n_m = {max(sizes[:2])} pairs, CMem n_cm = {sizes[2]} slots, and both are full. {question.prompt}",
        of_stage(turned),
        question.truth,
        shows("compressive", settings, question.at.step, "drop"),
    )


def network(rng: Random) -> Posed:
    """What becomes of 50 pairs."""
    kind, (many, c) = rng.choice(tuple(KINDS)), rng.choice(((50, 2), (50, 5), (48, 4), (48, 3), (42, 6)))
    pairs = random_stream(many, WIDTH, WIDTH, seed=rng.randrange(99)).kv
    made = COMPRESSIONS[kind](c).compress(pairs)
    slots, width = made.pairs.tokens, made.keys.shape[-1]
    assert made.key_shares is not None
    parts = int((made.key_shares[0] > 0).sum(dim=-1).max())

    def mixed(number: int, each: int) -> str:
        return f"makes {number} new pairs out of them, each of {each} in a row"

    def kept(number: int) -> str:
        return f"keeps {number} of these pairs as they are, and drops the others"

    right = mixed(slots, parts) if parts > 1 else kept(slots)
    truth = (
        f"{many} pairs become {slots}, as wide as before ({width} numbers here), and each has "
        f"{counted(parts, 'pair')} in it."
    )
    told = {
        mixed(many // c, c): "Nothing is mixed here. ",
        kept(many // c): "No pair stays as it is: all have a part. ",
        mixed(c, many // c): f"c = {c} is the pairs per slot, not the number of slots. ",
        f"keeps {many} pairs, and makes each of them {c} times shorter": "Keys and values are as wide as before. ",
    }
    return Posed(
        {"kind": kind, "many": many, "c": c},
        f"{many} pairs leave Mem, and f_c is {KINDS[kind]} at c = {c}. What does it do with them?",
        among(rng, right, {sentence: text for sentence, text in told.items() if sentence != right}),
        truth,
        Opens("compressive", further={"story": "free", "f": kind, "c": c}),
    )


def rate(rng: Random) -> Posed:
    """How many slots some segments make."""
    n_s, c = rng.choice(((5, 2), (4, 3), (5, 3), (7, 2), (3, 2)))
    after = rng.randrange(2, 22 // n_s)
    settings = _settings(rng, (n_s, n_s, 8, c), n_s * (after + 1))
    trace = run_of(settings)
    made = len({slot for event in trace.events(EventKind.COMPRESS) for slot in event.into})
    popped = len({slot for event in trace.events(EventKind.POP) for slot in event.slots})
    denied = (
        (after * (n_s // c), f"{n_s} / {c} is no whole number: what is left over waits in Mem for the next segment. "),
        (after * -(-n_s // c), "A slot is made only of a full group of c. "),
        (after * n_s, f"That would be one slot per pair, no compression. c = {c} go together. "),
        (after * c, f"c = {c} is the pairs per slot, not the slots per segment. "),
        ((after + 1) * n_s // c, f"{after + 1} segments came, but the last stands in Mem and is not compressed yet. "),
        (after * n_s / c, "There are no parts of slots: a group that is not full waits. "),
    )
    return Posed(
        {"n_s": n_s, "c": c, "after": after},
        f"Mem holds one segment of n_s = {n_s} pairs. {after + 1} segments have entered it by now, and what had "
        "to leave "
        f"is compressed at c = {c}; pairs that fill no group wait. How many slots were made?",
        typed(made, "slots", denied),
        f"n_s / c = {rounded(n_s / c, 3)} slots per segment: {popped} pairs were popped, which make {made}.",
        shows("compressive", settings, len(trace.tokens) - 1, event_phase(trace, len(trace.tokens) - 1)),
    )


def aggressive(rng: Random) -> Posed:
    """The least compression that still reaches a fact."""
    n_s, n_cm = rng.choice(((2, 3), (3, 2), (2, 4)))
    tokens, words = 22, words_of(rng, 22)
    wanted = rng.randrange(2, tokens - n_s - n_cm - 2)

    def settings(c: int) -> Settings:
        own = {"segment_length": n_s, "memory_length": n_s, "compressed_length": n_cm, "rate": c}
        return read_by("compressive", words, **own)

    read_last = {c: positions_read(run_of(settings(c)))[-1] for c in (1, 2, 3, 4, 6)}
    first = {c: int(row.argmax()) for c, row in read_last.items()}
    enough = [c for c, row in read_last.items() if row[wanted]]
    if not enough or enough[0] == 1 or set(enough) != {c for c in first if c >= enough[0]}:
        raise Redraw
    least = enough[0]
    denied = {
        f"c = {c}": f"At c = {c} the oldest pair that is left is {slot_name(at)}: "
        + ("too late. " if at > wanted else f"far enough, but c = {least} is so too and mixes fewer pairs in a slot. ")
        for c, at in first.items()
        if c != least
    }
    return Posed(
        {"n_s": n_s, "n_cm": n_cm, "wanted": wanted},
        f"Mem holds n_m = {n_s} pairs in segments of {n_s}, CMem n_cm = {n_cm} slots, and {tokens} tokens have come. "
        f"{slot_name(wanted)} may be asked for. How hard must be compressed, at least, that a slot still has a "
        "part of it?",
        among(rng, f"c = {least}", denied),
        f"At c = {least} what is read begins at {slot_name(first[least])}; the larger c, the further back, and "
        "the more "
        "pairs share one slot.",
        shows("compressive", settings(least), tokens - 1),
    )


@lru_cache(maxsize=4)
def _learns(inputs_stopped: bool, result_stopped: bool) -> tuple[bool, bool]:
    """Whether the kernel of f_c and what comes in, queries and old pairs, get a gradient of the loss."""
    stream, c = random_stream(6, WIDTH, WIDTH, seed=3), 2
    with torch.inference_mode(False), torch.enable_grad():
        queries, keys, values = (
            one.clone().requires_grad_() for one in (stream.queries, stream.kv.keys, stream.kv.values)
        )
        drawn = random_weights(0, WIDTH, WIDTH, c, keys.dtype)
        kernel = ConvWeights(drawn.keys.clone().requires_grad_(), drawn.values.clone().requires_grad_())
        ins = [one.detach() if inputs_stopped else one for one in (queries, keys, values)]
        old = KV(ins[1], ins[2])
        new = Conv1d(c, weights=kernel).compress(old, tracked=False).pairs
        new = new.detach() if result_stopped else new
        outputs = [read(ins[0], Slots(pairs.keys, pairs.values, (), ())).output for pairs in (old, new)]
        loss = torch.linalg.vector_norm(outputs[0] - outputs[1])
        if loss.requires_grad:
            loss.backward()
    return _has_gradient(kernel.keys, kernel.values), _has_gradient(keys, values)


def _has_gradient(*tensors: torch.Tensor) -> bool:
    return any(one.grad is not None and bool(one.grad.any()) for one in tensors)


def detached(rng: Random) -> Posed:
    """What learns where the gradient is stopped."""
    arrangements = {
        (True, False): "queries and old pairs, and nowhere else",
        (False, False): "nowhere",
        (True, True): "queries, old pairs and the new slots",
        (False, True): "the new slots, and nowhere else",
    }
    stopped = rng.choice(tuple(arrangements))
    learns = _learns(*stopped)
    sentences = {
        (True, False): "f_c alone",
        (True, True): "f_c, and what wrote the pairs",
        (False, False): "nothing at all",
        (False, True): "only what wrote the pairs",
    }
    why = {
        (True, False): "f_c alone learns where queries and old pairs are stopped, and the new slots are not. ",
        (True, True): "Both learn only where the gradient is stopped nowhere. ",
        (False, False): "Something does learn: not every way back is closed. ",
        (False, True): "Without f_c it goes only where the new slots are stopped. ",
    }
    return Posed(
        {"stopped": stopped},
        "The loss ‖Att(q, old) − Att(q, f_c(old))‖ is to train a compression network. In somebody's code the gradient "
        f"is stopped at: {arrangements[stopped]}. What does the loss train?",
        among(rng, sentences[learns], {text: why[key] for key, text in sentences.items() if key != learns}),
        f"Computed here, for a convolution of 2 to 1: the kernel of f_c gets {'a' if learns[0] else 'no'} "
        "gradient, old "
        f"keys and values get {'one' if learns[1] else 'none'}. Algorithm 2 of the paper stops queries and old pairs.",
        Opens("compressive", further={"tab": "Experiment", "exp": "Train f_c"}),
    )


ITEMS = (
    Item("sources", "Where a slot of CMem comes from", "compressive", sources, "source of the second memory's content"),
    Item("order", "A border of segments, in order", "compressive", order, "order of events in a two-tier memory"),
    Item(
        "network",
        "What the compression network does",
        "compressive",
        network,
        "what the compression network does to 50 pairs",
    ),
    Item("rate", "Slots per segment", "compressive", rate, "n_s / c"),
    Item("aggressive", "How hard to compress", "compressive", aggressive, "how aggressively to compress"),
    Item(
        "detached", "Where the gradient is stopped", "compressive", detached, "detach everything and nothing is trained"
    ),
)
