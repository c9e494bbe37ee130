"""Bytes and operations of real models, checked on paper."""

import pytest

from memattn.compression import MeanPool
from memattn.cost import MODELS, Cost, ModelSize, cost
from memattn.memory import MEMORIES
from memattn.memory.compressive import Compressive
from memattn.memory.full import Full
from memattn.memory.linear import Linear
from memattn.memory.nearest import Nearest
from memattn.memory.window import Window
from memattn.quantities import bytes_in_words

LLAMA = MODELS["llama-2-7b"]


def test_a_token_of_llama_2_7b_takes_512_kib_and_4096_take_2_gib() -> None:
    assert cost(Full(), 1, LLAMA).state_bytes == 512 * 2**10
    assert cost(Full(), 4096, LLAMA).state_bytes == 2 * 2**30
    assert cost(Full(), 2**20, LLAMA).state_bytes == 512 * 2**30


def test_a_window_of_4096_stays_at_2_gib_while_full_attention_grows() -> None:
    priced = cost(Window(4096), 2**20, LLAMA)
    assert priced.state_bytes == 2 * 2**30
    assert priced.state_ratio == priced.read_ratio == 4096 / 2**20


def test_shared_keys_and_values_quarter_the_state_but_not_the_reading() -> None:
    shared = MODELS["llama-3-8b"]
    assert cost(Full(), 100, LLAMA).state_bytes == 4 * cost(Full(), 100, shared).state_bytes
    assert cost(Full(), 100, LLAMA).read_flops == cost(Full(), 100, shared).read_flops


def test_reading_takes_four_d_per_slot_and_query_head() -> None:
    tiny = ModelSize("tiny", 2, 6, 3, 5, 4, "made up")
    assert cost(Full(), 7, tiny).read_flops == 2 * 6 * 4 * 5 * 7
    assert cost(Full(), 7, tiny).state_bytes == 2 * 3 * 2 * 5 * 7 * 4


def test_half_the_pairs_and_half_the_slots_span_twice_the_text_at_the_same_state() -> None:
    """Rae et al.: n_m = n_cm = n / 2 and c = 3 span 2n at the cost of reading n."""
    compressive = Compressive(8, 48, 48, MeanPool(3))
    assert compressive.reach == (2 * 96, 2 * 96 + 2)  # up to c - 1 pairs more, which wait for their block
    assert cost(compressive, 8 * 99, LLAMA).state_bytes == cost(Window(96), 8 * 99, LLAMA).state_bytes


@pytest.mark.parametrize("name", MEMORIES)
@pytest.mark.parametrize("tokens", [0, 1, 97])
def test_every_memory_has_a_price(name: str, tokens: int) -> None:
    priced = cost(MEMORIES[name](), tokens, MODELS["gpt2"])
    assert all(isinstance(number, int) and number >= 0 for number in priced)
    assert priced.full_state_bytes == cost(Full(), tokens, MODELS["gpt2"]).state_bytes


def test_before_the_first_token_nothing_costs_anything() -> None:
    empty = cost(Window(), 0, LLAMA)
    assert empty == Cost(0, 0, 0, 0, 0)
    assert empty.state_ratio == empty.read_ratio == 1.0


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (512 * 2**10, "512 KiB"),
        (3 * 2**19, "1.5 MiB"),
        (2 * 2**30, "2 GiB"),
        (5000 * 2**40, "5000 TiB"),
    ],
)
def test_bytes_in_words(count: int, words: str) -> None:
    assert bytes_in_words(count) == words


def test_impossible_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="query_heads must be a multiple of kv_heads=3, got 4"):
        ModelSize("odd", 1, 4, 3, 8, 2, "made up")
    with pytest.raises(ValueError, match="layers must be ≥ 1, got 0"):
        ModelSize("flat", 0, 4, 4, 8, 2, "made up")
    with pytest.raises(ValueError, match="tokens must be ≥ 0, got -1"):
        cost(Full(), -1, LLAMA)
    with pytest.raises(ValueError, match="bits must be ≥ 1, got 0"):
        cost(Full(), 7, LLAMA, 0)
    with pytest.raises(ValueError, match="got -5"):
        bytes_in_words(-5)


def test_a_token_of_llama_3_8b_takes_128_kib_in_fp16_and_a_quarter_of_that_in_int4() -> None:
    tokens = 1021
    by_bits = {bits: cost(Full(), tokens, MODELS["llama-3-8b"], bits).state_bytes for bits in (16, 8, 4)}
    assert by_bits == {16: tokens * 128 * 1024, 8: tokens * 64 * 1024, 4: tokens * 32 * 1024}
    assert cost(Full(), tokens, MODELS["llama-3-8b"]).state_bytes == by_bits[16], "as it is published"


def test_half_a_byte_at_the_end_takes_a_whole_one() -> None:
    odd = ModelSize("odd", 1, 1, 1, 1, 2, "made up", latent=1)
    assert [cost(Full(), tokens, odd, 4).state_bytes for tokens in (1, 2, 3)] == [1, 1, 2]


def test_query_heads_that_share_a_kv_head_share_what_is_read() -> None:
    tokens = 4093
    apart, shared = (cost(Full(), tokens, MODELS[name]) for name in ("llama-2-7b", "llama-3-8b"))
    assert apart.read_bytes == apart.full_read_bytes == 32 * 32 * 2 * 128 * tokens * 2
    assert shared.read_bytes == 32 * 8 * 2 * 128 * tokens * 2
    assert shared.read_flops == apart.read_flops == 32 * 32 * 4 * 128 * tokens
    window = cost(Window(97), tokens, MODELS["llama-3-8b"], 8)
    assert (window.read_bytes, window.full_read_bytes) == (32 * 8 * 256 * 97, 32 * 8 * 256 * tokens)


def test_latent_attention_stores_a_row_once_and_reads_it_with_every_head() -> None:
    tokens, latent = 1009, cost(Full(), 1009, MODELS["deepseek-v3"])
    assert latent.state_bytes == latent.read_bytes == 61 * (512 + 64) * tokens * 2
    assert latent.read_flops == 61 * 128 * (2 * (512 + 64) + 2 * 512) * tokens


def test_a_search_through_rows_that_are_key_and_value_in_one_reads_every_row() -> None:
    tokens, nearest = 1009, Nearest(nearest=8, window=16)
    apart = cost(nearest, tokens, MODELS["llama-3-8b"])
    assert apart.read_bytes == 32 * 8 * 128 * (tokens + 4 * 8 + 16) * 2, "every key; four heads find eight values each"
    alone = cost(nearest, tokens, MODELS["llama-2-7b"])
    assert alone.read_bytes == 32 * 32 * 128 * (tokens + 8 + 16) * 2, "no head shares"
    wide = cost(Nearest(nearest=64, window=16), 200, MODELS["llama-3-8b"])
    assert wide.read_bytes == wide.full_read_bytes, "no more than all that is held"
    for name, row in (("deepseek-v3", 576), ("deepseek-v4-flash", 512)):
        model = MODELS[name]
        priced = cost(nearest, tokens, model)
        assert priced.read_bytes == priced.full_read_bytes == model.layers * row * tokens * 2
    matrix = cost(Linear(features=16), tokens, MODELS["deepseek-v4-flash"])
    assert matrix.read_bytes == 43 * 16 * (512 + 1) * 2, "M and z, no key"
