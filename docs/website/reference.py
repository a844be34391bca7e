"""The page of the public Python names, each with its docstring, by mkdocstrings."""

from __future__ import annotations

import inspect
from typing import Any

import costcalc
from costcalc.report.page.inspection import Inspection
from costcalc.report.plots.figure import Figure
from costcalc.report.report import Report

RETURNED = [Report, Inspection, Figure]
"""Classes of what the functions return."""


def page() -> str:
    """Every name of `costcalc`, by kind: functions, classes, errors."""
    public = [getattr(costcalc, name) for name in costcalc.__all__]
    classes = [value for value in public if inspect.isclass(value)]
    errors = [value for value in classes if issubclass(value, Exception)]
    kinds = {
        "Functions": [value for value in public if value not in classes],
        "Classes": [value for value in classes if value not in errors] + RETURNED,
        "Errors": errors,
    }
    parts = [f"## {kind}\n\n" + "\n\n".join(map(_entry, values)) for kind, values in kinds.items()]
    return "\n\n".join([ABOUT, *parts])


def _entry(value: Any) -> str:
    """By the place where it is defined: a module can have the name of a public function."""
    return f"::: {value.__module__}.{value.__qualname__}"


ABOUT = """\
# Python

```python
import costcalc

cost = costcalc.cost("googlenet")
print(cost.params, cost.macs)
```

Each command has a function of the same name that returns a `Report`: it shows itself as text, in a notebook as a table,
`render("markdown")` returns it in a format, `to_pandas()` as a frame.
"""
