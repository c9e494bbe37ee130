"""Shapes of real models against numbers worked out by hand, and what they keep against a walk through a text."""

import pytest

from memattn.cost import MODELS, ModelSize, Rows

KIB = 1024
FP16_PER_TOKEN = {  # layers × KV heads × (key + value) × 2 bytes
    "gpt2": 12 * 12 * 128 * 2,
    "gpt2-xl": 300 * KIB,
    "pythia-160m": 36 * KIB,
    "llama-2-7b": 512 * KIB,
    "llama-2-13b": 800 * KIB,
    "llama-2-70b": 320 * KIB,
    "llama-3-8b": 128 * KIB,
    "llama-3-70b": 320 * KIB,
    "mistral-7b": 128 * KIB,
    "gemma-2-27b": 368 * KIB,
    "gpt-oss-20b": 48 * KIB,
    "gpt-oss-120b": 72 * KIB,
    "deepseek-v3": 70_272,
    "qwen3-next": 96 * KIB,
    "deepseek-v4-flash": 43 * KIB,
}


def test_every_model_has_a_source_and_the_bytes_of_a_token_that_its_shape_gives() -> None:
    assert {name: 2 * model.token_numbers for name, model in MODELS.items()} == FP16_PER_TOKEN
    assert all(model.source and bool(model.own or model.latent) == bool(model.design) for model in MODELS.values())


def walked(name: str, tokens: int) -> int:
    """Numbers kept after a text, counted token by token and layer by layer."""
    kept = 0
    for at in range(tokens):
        newest = tokens - at
        match name:
            case "mistral-7b":
                kept += 32 * 2048 * (newest <= 4096)
            case "gemma-2-27b":
                kept += 23 * 4096 * (newest <= 4096) + 23 * 4096
            case "gpt-oss-20b":
                kept += 12 * 1024 * (newest <= 128) + 12 * 1024
            case "gpt-oss-120b":
                kept += 18 * 1024 * (newest <= 128) + 18 * 1024
            case "qwen3-next":
                kept += 12 * 1024 + (36 * 32 * 128 * 128 if at == 0 else 0)
            case "deepseek-v4-flash":
                kept += 43 * 512 * (newest <= 128)
                kept += 21 * (512 + 128) * (at % 4 == 3) + 20 * 512 * (at % 128 == 127)
            case _:
                kept += FP16_PER_TOKEN[name] // 2
    return kept


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("tokens", [0, 1, 127, 129, 5003])
def test_what_a_model_keeps_is_what_stays_of_a_text(name: str, tokens: int) -> None:
    assert MODELS[name].own_numbers(tokens) == walked(name, tokens)


def test_rows_come_one_per_block_and_leave_at_their_limit() -> None:
    rows = Rows(layers=3, numbers=5, every=7, most=2)
    assert [rows.after(tokens) // 15 for tokens in (0, 6, 7, 13, 14, 700)] == [0, 0, 1, 1, 2, 2]


def test_more_numbers_than_a_key_has_cannot_be_the_value() -> None:
    with pytest.raises(ValueError, match=r"latent must lie in 0\.\.head_dim=8, got 9"):
        ModelSize("odd", 1, 1, 1, 8, 2, "made up", latent=9)
