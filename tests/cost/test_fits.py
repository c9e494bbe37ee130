"""How long a text fits: the closed form, a search, and the next token, which does not."""

import pytest

from memattn.cost import GIB, LONGEST, MODELS, full_length, longest
from memattn.memory.dynamic_global import DynamicGlobal
from memattn.memory.segments import Segments
from memattn.memory.window import Window


@pytest.mark.parametrize("bits", [4, 8, 16])
@pytest.mark.parametrize("name", MODELS)
def test_the_closed_form_is_what_a_search_finds(name: str, bits: int) -> None:
    model = MODELS[name]
    for budget in (GIB, 7 * GIB, 24 * GIB + 3):
        found = full_length(model, budget, bits)
        assert found == longest(lambda tokens: model.token_numbers * tokens, budget, bits)
        assert found * model.token_numbers * bits <= 8 * budget < (found + 1) * model.token_numbers * bits


def test_llama_3_8b_and_24_gib_by_hand() -> None:
    assert full_length(MODELS["llama-3-8b"], 24 * GIB, 16) == 24 * 2**30 // (128 * 1024) == 196_608
    assert full_length(MODELS["llama-3-8b"], 24 * GIB, 4) == 786_432


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if model.own and name != "mistral-7b"])
def test_one_token_more_than_the_longest_text_does_not_fit(name: str) -> None:
    model, budget = MODELS[name], 11 * GIB
    found = longest(model.own_numbers, budget, 16)
    assert found and 2 * model.own_numbers(found) <= budget < 2 * model.own_numbers(found + 1)


def test_what_stops_growing_fits_at_any_length_or_up_to_where_it_is_full() -> None:
    assert longest(lambda tokens: Window(97).state_floats(tokens, 8, 8), 97 * 16, 8) is None
    assert longest(lambda tokens: Window(97).state_floats(tokens, 8, 8), 97 * 16 - 1, 8) == 96
    assert longest(MODELS["mistral-7b"].own_numbers, GIB, 16) is None
    assert LONGEST > 10**12


def test_a_memory_that_grows_with_the_root_fits_the_square() -> None:
    memory = DynamicGlobal(7, "sqrt")
    found = longest(lambda tokens: memory.state_floats(tokens, 1, 1), 2 * 101, 8)
    assert found and memory.slot_count(found) == 101 and memory.slot_count(found + 1) == 102


def test_a_text_fits_only_if_the_fullest_moment_on_its_way_fits() -> None:
    """Two segments of 8 and the running one: 16 pairs at each border, 23 before it."""
    memory = Segments(8, 2)

    def numbers(tokens: int) -> int:
        return max(memory.state_floats(peak, 1, 1) for peak in memory.peaks(tokens))

    assert longest(numbers, 2 * 23, 8) is None
    assert memory.state_floats(LONGEST, 1, 1) == 2 * 16
    assert longest(numbers, 2 * 23 - 1, 8) == 22 and longest(numbers, 2 * 16, 8) == 16


def test_no_room_is_refused() -> None:
    with pytest.raises(ValueError, match="budget and bits must be ≥ 1, got 0 and 16"):
        longest(lambda tokens: tokens, 0, 16)
