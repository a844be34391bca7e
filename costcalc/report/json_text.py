"""JSON as text, for reports and network files."""

from __future__ import annotations

import json
import re
from typing import Any

from costcalc.spec.errors import CostcalcError
from costcalc.spec.printable import shown

_UNUSUAL_IN_JSON = re.compile(r"[^ -~\n]")  # a newline is layout here: in strings it is escaped already


def _refused(value: Any) -> Any:
    raise CostcalcError(f"JSON needs numbers, not arrays or symbols, such as {shown(value)}")


def to_json(data: Any, indent: int | None = None) -> str:
    """JSON that ends in a newline. Characters that are not printable are escaped: it reads back unchanged."""
    text = json.dumps(data, indent=indent, ensure_ascii=False, allow_nan=False, default=_refused)
    return _UNUSUAL_IN_JSON.sub(lambda m: m[0] if m[0].isprintable() else json.dumps(m[0])[1:-1], text) + "\n"
