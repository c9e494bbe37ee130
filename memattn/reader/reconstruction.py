"""How much of what is read changes when a block of pairs is compressed."""

import numpy as np
import torch

from memattn.attention import read
from memattn.compression import Compression
from memattn.kv import KV, Slots
from memattn.reader.accuracy import HELD_OUT_SEED
from memattn.reader.batches import draw_batch
from memattn.reader.model import stream
from memattn.reader.reader import Reader

BLOCK, NEWER = slice(8, 40), slice(40, 88)  # pairs that are compressed, and those that read and compete


@torch.no_grad()
def attention_errors(reader: Reader, compression: Compression, texts: int = 64) -> dict[str, float]:
    """Relative squared error of what is read, ||read - read'||² / ||read||².

    Args:
        reader: a one-layer model.
        compression: of 32 pairs.
        texts: to measure on.

    Returns:
        "block", where queries read the block alone, and "cache", where they read it with newer pairs.
    """
    ids = draw_batch(np.random.default_rng(HELD_OUT_SEED), reader.tokenizer, texts, NEWER.stop).ids
    queries, keys, values = stream(reader.weights, reader.config, ids.to(reader.weights["norm"].device))
    pairs, reading = KV(keys, values), queries[..., NEWER, :]
    newer = pairs[NEWER]
    causal = torch.ones(newer.tokens, newer.tokens, dtype=torch.bool, device=keys.device).tril()
    before = read(queries[..., BLOCK, :], _slots(pairs[BLOCK])).weights.sum(dim=-2)  # attention received so far
    blocks = (pairs[BLOCK], compression.compress(pairs[BLOCK], before, tracked=False).pairs)
    errors = {}
    for scope, rest in (("block", newer[:0]), ("cache", newer)):
        visible = [causal.new_ones(newer.tokens, block.tokens) for block in blocks]
        seen = [torch.cat([part, causal[:, : rest.tokens]], dim=-1) for part in visible]
        true, other = (
            read(reading, _slots(KV.cat([block, rest])), mask).output for block, mask in zip(blocks, seen, strict=True)
        )
        errors[scope] = float(((true - other) ** 2).sum() / (true**2).sum())
    return errors


def _slots(pairs: KV) -> Slots:
    return Slots(pairs.keys, pairs.values, (), ())
