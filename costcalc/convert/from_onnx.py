"""An ONNX file -> a Graph. Reading it runs nothing of it, opens no other file, and needs no torch."""

from __future__ import annotations

from typing import Any

from costcalc.convert.onnx_reader.graph_reader import GraphReader
from costcalc.convert.onnx_reader.input_sizes import InputSizes
from costcalc.convert.onnx_reader.model_file import load
from costcalc.spec import CostcalcError, Graph, arguments


def from_onnx(file: str, input: Any = None, batch: int = 1) -> Graph:
    """The Graph of an ONNX file.

    input  a shape without the batch, of the first input; a list of shapes, in order; or a dict of them by name.
           Needed where the file leaves an axis open that is not the batch; where it is fixed it must agree
    batch  how many at once: the size of every first axis that the file leaves open

    The params are the floating-point initializers that the network's layers read, and those that are quantized; the
    statistics of batch norms are buffers, and what torch's exporter marks as a buffer is a constant. Constants count as
    params where a layer reads them as its weights, also if they are moved, cast or dequantized before; so does what
    ConstantOfShape makes for it (see onnx_reader/weights.py). A tensor counts once, and whole. Everything else that is
    made of constants alone is a constant. Ops of no domain of ONNX's own, and loops, are unknown.

    Raises CostcalcError, in one line, for a file that cannot be read, is no ONNX or a broken one, for sizes that
    contradict it, and where the shape of a tensor depends on numbers that only a run would tell.
    """
    model = load(arguments.file_name("file", file))
    try:
        sizes = InputSizes(model.graph, input, batch)
        return GraphReader(model, sizes).graph(file)
    except CostcalcError as error:
        raise CostcalcError(f"{file!r}: {error}") from error
    except (
        Exception
    ) as error:  # a name may be no text, a part of any kind: whatever reading trips over is the file's fault
        said = str(error).strip().split("\n")[0]
        raise CostcalcError(f"{file!r} is a broken ONNX file: {type(error).__name__}: {said}") from error
