"""For all tests: one torch thread per process, and property tests that judge laws, never the clock."""

import pytest
import torch
from hypothesis import HealthCheck, settings

settings.register_profile(
    "memattn", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("memattn")

torch.set_num_threads(1)  # the tensors are tiny and pytest-xdist fills the cores


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a GPU where there is none; it is reported as deselected."""
    if torch.cuda.is_available():
        return
    left_out = [item for item in items if item.get_closest_marker("gpu")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
