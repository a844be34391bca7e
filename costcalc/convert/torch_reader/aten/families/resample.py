"""aten's interpolations as ops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.convert.torch_reader.aten.handlers import OpCall, handler
from costcalc.convert.torch_reader.aten.schema import base
from costcalc.convert.torch_reader.settings import scales

UPSAMPLES = {
    f"{start}{name}{end}": mode
    for mode, start, name, ends in (
        ("nearest", "", "upsample_nearest", ("1d", "2d", "3d")),
        ("nearest-exact", "", "_upsample_nearest_exact", ("1d", "2d", "3d")),
        ("linear", "", "upsample_linear", ("1d",)),
        ("bilinear", "", "upsample_bilinear", ("2d",)),
        ("bicubic", "", "upsample_bicubic", ("2d",)),
        ("trilinear", "", "upsample_trilinear", ("3d",)),
    )
    for end in ends
}


@handler(*UPSAMPLES)
def _upsample(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    x = a["input"] if "input" in a else a["self"]
    of = {"size": tuple(a["output_size"])} if a.get("output_size") else {"scale": scales(a["scale_factors"])}
    how = {"mode": UPSAMPLES[base(func)], "align_corners": a.get("align_corners") or None}
    return OpCall("upsample", [x], {**of, **how})
