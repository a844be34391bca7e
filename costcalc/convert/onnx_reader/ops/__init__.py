"""THE NODES THAT ONNX'S OPS BECOME. ONE FAMILY OF OPS = ONE FILE; dropping a file in is all there is to do."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

from costcalc.convert.onnx_reader.handlers import HANDLERS, Handler


@cache
def handlers() -> Mapping[str, Handler]:
    """The handlers that the files here register, by the name of the op."""
    for file in sorted(Path(__file__).parent.glob("*.py")):
        if file.stem != "__init__":
            import_module(f"{__name__}.{file.stem}")
    return HANDLERS
