"""An ONNX file -> a Graph, without running it, opening other files or importing torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.convert.onnx_reader.graph_reader import GraphReader
from costcalc.convert.onnx_reader.input_sizes import InputSizes
from costcalc.convert.onnx_reader.model_file import load
from costcalc.spec import CostcalcError, Graph, arguments


def from_onnx(
    file: str,
    input: Any = None,
    batch: int | None = 1,
    dtype: Any = None,
    values: Mapping[str, Any] | None = None,
) -> Graph:
    """The Graph of an ONNX file.

    input   the shape of the first input; a list of shapes, in order; or a dict of shapes by name. Each without the
            batch, or with all axes as the file has them. Needed if an axis other than the batch is open in the file;
            fixed axes must agree
    batch   the size of every first axis that is open in the file; None: shapes are taken as they stand
    dtype   of the inputs: one, one per input in order, or a dict. They must be those of the file
    values  of small inputs, by name: a number, or a list of numbers, like ``{"sr": 16000}``. Conditions and shapes may
            depend on them

    Params are the initializers that layers read, of floating point or quantized. The statistics of batch norms are
    buffers, and tensors that torch's exporter marks as buffers are constants. Constants and the output of
    ConstantOfShape count as params if a layer reads them as its weights, also if they are moved, cast or dequantized
    before (see onnx_reader/weights.py). A tensor counts once, and whole. All other results of constants alone are
    constants. A Loop or Scan is one layer: its body, as often as it runs, if that is known and sizes stay as they are.
    Of an If whose condition is not known the larger branch is read. Other loops, and ops of other domains that have
    neither a handler nor a body of ONNX's own, are unknown.

    Raises CostcalcError, in one line, if the file cannot be read, is broken or not an ONNX file, if given sizes
    contradict it, and if the shape of a tensor depends on values that are known only at run time.
    """
    model = load(arguments.file_name("file", file))
    try:
        sizes = InputSizes(model.graph, input, batch, dtype, values or {})
        return GraphReader(model, sizes).graph(file)
    except CostcalcError as error:
        raise CostcalcError(f"{file!r}: {error}") from error
    except Exception as error:  # names and parts may be of any type: every error is the file's fault
        said = str(error).strip().split("\n")[0]
        raise CostcalcError(f"{file!r} is a broken ONNX file: {type(error).__name__}: {said}") from error
