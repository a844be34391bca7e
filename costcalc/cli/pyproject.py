"""``[tool.costcalc]`` of the pyproject.toml in the current folder: budgets, and the baseline."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError
from costcalc.spec.near import hinted

FILE = "pyproject.toml"
LARGEST = 2**22
"""Bytes of the file."""

KEYS = ("baseline", "budgets", "columns", "fail-over")
TARGET = ("on", "dtype")
"""Keys of a network that are not quantities: the device and dtype that its costs are computed for."""


class Settings(NamedTuple):
    """The settings of a file; all empty without one.

    budgets  by MODEL, as typed on the command line: by key of a quantity, and "on" and "dtype"
    """

    budgets: Mapping[str, Mapping[str, Any]] = {}
    baseline: str | None = None
    fail_over: Mapping[str, str] = {}
    columns: Sequence[str] = ()


def settings(file: str = FILE) -> Settings:
    """The Settings of the file, if it exists and has any.

    Raises CostcalcError, in one line, if it cannot be read, is not TOML, or has a wrong entry.
    """
    try:
        with open(file, "rb") as stream:
            text = stream.read(LARGEST + 1)
        if len(text) > LARGEST:
            raise CostcalcError(f"{file} has more than {LARGEST // 2**20} MiB")
        data = _toml(text.decode())
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise CostcalcError(f"cannot read {file}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, or nested without end
        raise CostcalcError(f"{file} is not TOML: {error}") from None
    try:
        return _checked(_table("tool", data.get("tool", {})).get("costcalc", {}))
    except CostcalcError as error:
        raise CostcalcError(f"{file}: {error}") from None


def _toml(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text, parse_float=Decimal)


def _checked(data: Any) -> Settings:
    own = _table("[tool.costcalc]", data)
    for key in own:
        if key not in KEYS:
            problem = f"[tool.costcalc] has no setting {key!r:.60}"
            raise CostcalcError(hinted(problem, key, KEYS, f"there are {', '.join(KEYS)}"))
    budgets = _table("[tool.costcalc.budgets]", own.get("budgets", {}))
    for model, limits in budgets.items():
        name = f"[tool.costcalc.budgets.{model!r:.60}]"
        for key, value in _table(name, limits).items():
            if isinstance(value, dict):
                quoted = f"{model}.{key}"
                raise CostcalcError(f'a MODEL with dots is in quotes, like [tool.costcalc.budgets."{quoted:.60}"]')
            if key in TARGET:
                arguments.text(f"{name}: {key}", value)
    columns = arguments.listed("columns", own.get("columns", []), "a list of keys, like ['params', 'peak_memory']")
    baseline = own.get("baseline")
    return Settings(
        budgets,
        None if baseline is None else arguments.file_name("baseline", baseline),
        _table("fail-over", own.get("fail-over", {})),
        [arguments.text("columns", key) for key in columns],
    )


def _table(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CostcalcError(f"{name} is {arguments.shown(value)}: expected a table")
    return value
