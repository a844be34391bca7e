import os

import pytest
from hypothesis import settings

# The same examples on every run of the checks; COSTCALC_EXAMPLES=N draws new ones. A slow machine is no failure.
settings.register_profile("checks", deadline=None, derandomize="COSTCALC_EXAMPLES" not in os.environ)
settings.load_profile("checks")

os.environ.setdefault("COLUMNS", "1000")  # tables in text are not wrapped, so that tests can read them by column


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked cuda run where there is a CUDA device, and elsewhere skip, saying so."""
    if not any(item.get_closest_marker("cuda") for item in items):
        return
    import torch

    if not torch.cuda.is_available():
        for item in items:
            if item.get_closest_marker("cuda"):
                item.add_marker(pytest.mark.skip(reason="no CUDA device on this machine"))
