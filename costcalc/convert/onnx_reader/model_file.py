"""The file itself: bytes -> a ModelProto."""

from __future__ import annotations

import os

import onnx
from google.protobuf.message import DecodeError

from costcalc.spec import CostcalcError

MOST_BYTES = 2**31
"""No protobuf is larger; weights of larger models lie in files beside it, which are never opened."""


def load(file: str) -> onnx.ModelProto:
    """The model in a file; weights that lie in other files stay there.

    Raises CostcalcError for a file that cannot be read, or holds no network.
    """
    if not os.path.isfile(file):
        raise CostcalcError(f"there is no file {file!r}")
    try:
        if os.path.getsize(file) >= MOST_BYTES:
            raise CostcalcError(f"{file!r} has 2 GiB or more, which no ONNX file has; save it with external data")
        with open(file, "rb") as stream:
            model: onnx.ModelProto = onnx.ModelProto.FromString(stream.read())
    except OSError as error:
        raise CostcalcError(f"cannot read {file!r}: {error.strerror or error}") from None
    except DecodeError:
        raise CostcalcError(f"{file!r} is no ONNX file, or a broken one") from None
    if not model.graph.node:
        raise CostcalcError(f"{file!r} is no ONNX file of a network: there is no graph in it, or an empty one")
    return model
