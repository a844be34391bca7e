"""Files that costcalc does not read as a MODEL, and how to get from each kind to one that it reads."""

from __future__ import annotations

import os

from costcalc.spec.near import no_file

READ = "files that are read end in .onnx or .json, and code is named like file.py:callable"

_IN_PYTHON = "load the model in a Python file and name it, like {file}:callable"
_TO_ONNX = "or write an ONNX file, with torch.onnx.export"
_KERAS = "load the model in a Python file, with KERAS_BACKEND=torch, and name it, like {file}:callable"

HINTS = {
    **dict.fromkeys((".pt", ".pth", ".pt2", ".ckpt", ".bin", ".safetensors", ".pkl"), f"{_IN_PYTHON}, {_TO_ONNX}"),
    **dict.fromkeys((".keras", ".h5", ".hdf5"), f"{_KERAS}, or write an ONNX file, with model.export(format='onnx')"),
    ".tflite": "write an ONNX file, with: python -m tf2onnx.convert --tflite {model} --output {stem}.onnx",
    ".pb": "write an ONNX file, with: python -m tf2onnx.convert",
}
"""Endings, and what to do instead."""

ENDINGS = (".onnx", ".json", ".py")
"""Endings of what is read, in lower case."""


def is_other_file(model: object) -> bool:
    """True for the name of a file, folder or stream of a kind that is not read."""
    if not isinstance(model, str) or model.endswith(ENDINGS):
        return False
    has_ending = os.path.splitext(model)[1][1:2].isalpha()
    return has_ending or _is_stream(model) or (os.sep in model and os.path.exists(model))


def _is_stream(model: str) -> bool:
    return model == "-" or model.startswith("/dev/")


def instead(model: str) -> str:
    """One line: that the file is not read, what is, and how to get there."""
    stem, ending = os.path.splitext(os.path.normpath(model))
    file = f"{os.path.basename(stem)}.py"
    if ending.lower() in ENDINGS:
        hint = f"rename it to {stem}{ending.lower()}"
    elif _is_stream(model):
        hint = "write what it gives to a file"
    else:
        hint = HINTS.get(ending.lower(), f"{_IN_PYTHON}, {_TO_ONNX}").format(model=model, stem=stem, file=file)
    said = f"{model!r} is not read: {READ}; {hint}"
    return said if os.path.exists(model) or _is_stream(model) else no_file(model, otherwise=said)
