"""What tests of reports share."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser, for the tests of a module."""
    from chromium import browser

    with browser() as running:
        yield running
