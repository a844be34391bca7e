from collections.abc import Iterator

import pytest
from unfilled import unfilled


@pytest.fixture(autouse=True)
def _drawn_once() -> Iterator[None]:
    """Models are made of zeros: `is_the_same_network` draws all of their parameters itself."""
    with unfilled():
        yield
