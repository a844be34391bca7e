"""Bytes per element of torch's dtypes, by name."""

from __future__ import annotations

from collections.abc import Iterable

from costcalc.spec.errors import CostcalcError

BYTES = {
    **dict.fromkeys(["bool", "uint8", "int8", "qint8", "quint8"], 1),
    **dict.fromkeys(["float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"], 1),
    **dict.fromkeys(["float16", "bfloat16", "int16", "uint16"], 2),
    **dict.fromkeys(["float32", "int32", "uint32", "qint32", "complex32"], 4),
    **dict.fromkeys(["float64", "int64", "uint64", "complex64"], 8),
    "complex128": 16,
}
"""As torch's `itemsize`."""


BUFFERS = {"num_batches_tracked": "int64"}
"""Dtypes of buffers that are not floating point, by the last part of their names."""


def usual_dtypes(buffers: Iterable[str]) -> dict[str, str]:
    """Dtypes of those of the buffers of torch's own layers that are not floating point."""
    found = {name: BUFFERS.get(name.rpartition(".")[2]) for name in buffers}
    return {name: dtype for name, dtype in found.items() if dtype}


def itemsize(dtype: str) -> int:
    """Bytes per element.

    Raises CostcalcError for a dtype without whole bytes per element, and for an unknown name.
    """
    if dtype not in BYTES:
        raise CostcalcError(f"no number of bytes per element is known for dtype {dtype!r}")
    return BYTES[dtype]


SPELLINGS = {"fp64": "float64", "fp32": "float32", "fp16": "float16", "bf16": "bfloat16", "half": "float16"}
"""Other spellings of dtypes -> torch's names."""


def torch_name(dtype: str) -> str:
    """Torch's name of a dtype in either spelling: ``fp16`` -> ``float16``. Any other text is returned as it is."""
    return SPELLINGS.get(dtype.lower(), dtype)


def is_floating(dtype: str) -> bool:
    """True for the name of a floating-point dtype of torch."""
    return dtype.startswith(("float", "bfloat"))
