"""Options for the device and the dtype that costs are computed for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from costcalc.analysis.target import TF32, Target
from costcalc.cli.completion import Completed, devices
from costcalc.cli.options import DtypeType
from costcalc.spec.run import AMP

DTYPES = ("float32", "float64", TF32, "float16", "bfloat16", "float8_e4m3fn", AMP)


def target_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """--on and --dtype: passed to the command as `target`, a Target."""

    @wraps(function)
    def command(*, on: str | None, as_dtype: str | None, **rest: Any) -> Any:
        return function(target=Target.of(on, as_dtype), **rest)

    made: Callable[..., Any] = command
    for option in (
        click.option("--dtype", "as_dtype", type=DtypeType(DTYPES),
                     help="Dtype of floating-point tensors, like fp16, or amp: autocast  [default: own, or float32]"),
        click.option("--on", metavar="NAME_OR_FILE", type=Completed(devices),
                     help="Device of the columns bound and predicted: a name, like a100, or a file that costcalc "
                          "calibrate wrote. All names: costcalc roofline --devices"),
    ):  # fmt: skip
        made = option(made)
    return made
