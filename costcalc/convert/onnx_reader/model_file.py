"""Load a file as a ModelProto."""

from __future__ import annotations

import os

import onnx
from google.protobuf.message import DecodeError

from costcalc.spec import CostcalcError
from costcalc.spec.near import no_file

MOST_BYTES = 2**31
"""Upper bound of protobuf. Larger models keep weights in separate files, which are never opened."""


def load(file: str) -> onnx.ModelProto:
    """The model in a file. Weights in other files are not loaded.

    Raises CostcalcError if the file cannot be read, or holds no network.
    """
    if not os.path.isfile(file):
        raise CostcalcError(no_file(file))
    try:
        if os.path.getsize(file) >= MOST_BYTES:
            raise CostcalcError(f"{file!r} has 2 GiB or more, which no ONNX file has; save it with external data")
        with open(file, "rb") as stream:
            model: onnx.ModelProto = onnx.ModelProto.FromString(stream.read())
    except OSError as error:
        raise CostcalcError(f"cannot read {file!r}: {error.strerror or error}") from None
    except DecodeError:
        raise CostcalcError(f"{file!r} is not an ONNX file, or a broken one") from None
    if not model.graph.node:
        raise CostcalcError(f"{file!r} is not an ONNX file of a network: its graph is missing or empty")
    return model
