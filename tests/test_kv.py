"""Pairs and slots: what is refused, how they are cut and joined, and whose part is whose."""

import pytest
import torch

from memattn.kv import KV, Slots, one_hot, widen
from memattn.records import Role


def pairs(tokens: int = 7) -> KV:
    count = torch.arange(float(2 * 3 * tokens * 5)).view(2, 3, tokens, 5)
    return KV(count, count[..., :2] * 10)


@pytest.mark.parametrize(
    ("keys", "values", "message"),
    [
        (torch.zeros(3), torch.zeros(3, 2), r"got keys \(3,\) and values \(3, 2\)"),
        (
            torch.zeros(3, 5),
            torch.zeros(4, 5),
            r"equal lead and tokens, got keys \(3, 5\) and values \(4, 5\)",
        ),
        (torch.zeros(2, 3, 5), torch.zeros(1, 3, 5), r"got keys \(2, 3, 5\) and values \(1, 3, 5\)"),
        (torch.zeros(3, 0), torch.zeros(3, 2), r"d_k and d_v must be ≥ 1, got d_k=0 and d_v=2"),
        (
            torch.zeros(3, 5).long(),
            torch.zeros(3, 5).long(),
            r"one dtype of float16, bfloat16, float32 or float64, got torch.int64 and torch.int64",
        ),
        (
            torch.zeros(3, 5),
            torch.zeros(3, 5).double(),
            r"share one dtype of .*, got torch.float32 and torch.float64",
        ),
        (
            torch.zeros(3, 5).to(torch.float8_e5m2),
            torch.zeros(3, 5).to(torch.float8_e5m2),
            r"or float64, got torch.float8_e5m2",
        ),
        (torch.zeros(3, 5), torch.zeros(3, 5, device="meta"), r"on one device, got cpu and meta"),
        (torch.full((3, 5), float("nan")), torch.zeros(3, 5), r"keys must be finite, got NaN or infinity"),
        (torch.zeros(3, 5), torch.full((3, 5), float("inf")), r"values must be finite, got NaN or infinity"),
    ],
)
def test_what_is_no_stream_of_pairs_is_refused(keys: torch.Tensor, values: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        KV(keys, values)


def test_cutting_and_joining_gives_back_the_stream() -> None:
    kv = pairs()
    assert (kv.tokens, kv.lead) == (7, torch.Size([2, 3]))
    joined = KV.cat([kv[:0], kv[:3], kv[3:]])
    assert torch.equal(joined.keys, kv.keys)
    assert torch.equal(joined.values, kv.values)
    assert kv[2:5].tokens == 3
    assert torch.equal(kv[2:5].keys, kv.keys[:, :, 2:5])


def test_detaching_cuts_both_halves() -> None:
    leaf = torch.ones(3, 5, requires_grad=True)
    kv = KV(leaf * 2, leaf * 3).detach()
    assert not kv.keys.requires_grad
    assert not kv.values.requires_grad
    assert leaf.requires_grad


def test_one_hot_rows_point_at_their_positions() -> None:
    rows = one_hot([4, 0], 6, like=torch.zeros(2, 3, 9, 5, dtype=torch.float64))
    assert rows.shape == (2, 3, 2, 6)
    assert rows.dtype == torch.float64
    assert rows[1, 2].tolist() == [[0, 0, 0, 0, 1, 0], [1, 0, 0, 0, 0, 0]]


def test_widening_adds_sources_without_a_part() -> None:
    shares = torch.tensor([[0.25, 0.75]])
    assert widen(shares, 4).tolist() == [[0.25, 0.75, 0, 0]]
    assert widen(shares, 2) is shares


def test_appending_the_current_pair() -> None:
    kv = pairs(4)
    half = torch.full((2, 3, 1, 2), 0.5)
    held = Slots(kv.keys[..., :1, :], kv.values[..., :1, :], (Role.SUMMARY,), (-1,), half, half)
    held = held.append(kv[2:4], 2)
    assert len(held) == 3
    assert held.ids == (-1, 2, 3)
    assert held.role == (Role.SUMMARY, Role.CURRENT, Role.CURRENT)
    assert held.logit_bias is None
    assert held.key_shares is not None
    assert held.value_shares is not None
    assert held.key_shares[1, 2].tolist() == [[0.5, 0.5, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    assert torch.equal(held.key_shares, held.value_shares)
    assert torch.equal(held.values[..., 1:, :], kv.values[..., 2:, :])


def test_appending_keeps_a_bias_and_needs_no_provenance() -> None:
    kv = pairs(2)
    held = Slots(kv.keys[..., :1, :], kv.values[..., :1, :], (Role.SUMMARY,), (-1,), logit_bias=torch.tensor([1.5]))
    held = held.append(kv[1:], 1)
    assert held.key_shares is None
    assert held.logit_bias is not None
    assert held.logit_bias.tolist() == [1.5, 0.0]
