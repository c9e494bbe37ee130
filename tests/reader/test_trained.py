"""The list of trained models: what each serves and needs, and that looking at the list trains nothing."""

import subprocess
import sys
from collections import Counter

from memattn.memory import MEMORIES
from memattn.reader.trained import TRAINED_MODELS

HEAVY = ("joblib", "distributed", "memattn.reader.train", "torch._dynamo", "streamlit", "plotly")


def test_a_memory_is_served_by_one_model_but_full_attention_by_every_base() -> None:
    counts = Counter(memory for model in TRAINED_MODELS.values() for memory in model.serves)
    assert set(counts) <= set(MEMORIES)
    assert {memory for memory, models in counts.items() if models > 1} == {"full"}
    assert [name for name, model in TRAINED_MODELS.items() if "full" in model.serves] == ["base-1", "base-2"]


def test_each_memory_has_the_model_that_was_trained_through_it() -> None:
    own = {memory: model.name for model in TRAINED_MODELS.values() for memory in model.serves if memory != "full"}
    assert own == {
        "moving_average": "averages",
        "weighted_average": "averages",
        "cumulative_average": "averages",
        "exponential_average": "averages",
        "recurrent": "gated",
        "hybrid": "hybrid",
        "linear": "linear",
        "merging": "pool",
        "rebinned": "pool",
        "compressive": "reader",
    }


def test_names_and_needs_are_those_of_the_list() -> None:
    assert all(name == model.name for name, model in TRAINED_MODELS.items())
    assert {needed for model in TRAINED_MODELS.values() for needed in model.needs} <= set(TRAINED_MODELS)


def test_the_list_is_imported_without_what_training_needs() -> None:
    script = f"import sys, memattn.reader.trained; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
