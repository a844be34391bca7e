"""Operations of quantized layers (torch.ao.nn.quantized), which do not run on the meta device, as those of floats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.nn import functional

from costcalc.convert.torch_reader.packed_weights import STORED_AS
from costcalc.convert.torch_reader.quantized_functions import functions


def _rounded(x: Any, *how: Any) -> Any:
    return x.round()


def _fake(x: Any, *how: Any) -> Any:
    return x.round(), x > 0


def _linear(x: Any, packed: Any, *how: Any) -> Any:
    return functional.linear(x, *_like(packed))


def _conv(x: Any, packed: Any, *how: Any) -> Any:
    weight, bias = _like(packed)
    run: Any = (functional.conv1d, functional.conv2d, functional.conv3d)[x.dim() - 3]
    settings = (packed.stride(), packed.padding(), packed.dilation())
    if weight.dim() > x.dim():  # of one axis, packed as two
        weight, run = weight.squeeze(2), functional.conv1d
        settings = tuple(each[-1:] for each in settings)
    return run(x, weight, bias, *map(list, settings), packed.groups())


def _lstm(x: Any, state: Any, cells: Any, *how: Any, **more: Any) -> Any:
    return torch.lstm(x, state, _of_cells(cells), *how)


def _gru(x: Any, state: Any, cells: Any, *how: Any) -> Any:
    return torch.gru(x, state, _of_cells(cells), *how)


def _of_cells(cells: Any) -> list[Any]:
    """Weights and biases of the layers and directions, in torch.lstm's order, as floats on the meta device."""
    made = []
    for cell in cells:
        (_, *_, packed), _ = cell.__getstate__()
        made += [t for pair in zip(*map(_like, packed), strict=True) for t in pair]
    return made


def _cell(run: Any) -> Callable[..., Any]:
    def read(x: Any, state: Any, w_in: Any, w_state: Any, *biases: Any) -> Any:
        return run(x, state, _like(w_in)[0], _like(w_state)[0], *biases)

    return read


def _like(packed: Any) -> list[Any]:
    """Weight and bias as floats on the meta device, without values."""
    with torch._C._DisableTorchDispatch():
        stored = packed.unpack()
        made = [None if t is None else torch.empty(t.shape, device="meta") for t in stored]
    STORED_AS.update({t: was.dtype for t, was in zip(made, stored, strict=True) if t is not None})
    return made


def _rewrites() -> Iterator[tuple[Any, Callable[..., Any]]]:
    aten = torch.ops.aten
    yield aten._fake_quantize_per_tensor_affine_cachemask_tensor_qparams.default, _fake
    for overload in ("default", "tensor_qparams"):
        yield getattr(aten.quantize_per_tensor, overload), _rounded
    yield aten.quantize_per_tensor_dynamic.default, _rounded
    yield aten.dequantize.self, _rounded
    for name in ("linear", "linear_relu", "linear_dynamic", "linear_relu_dynamic"):
        yield getattr(torch.ops.quantized, name).default, _linear
    yield aten.quantized_lstm.input, _lstm
    yield aten.quantized_gru.input, _gru
    for name in ("lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"):
        yield getattr(torch.ops.quantized, f"quantized_{name}_dynamic").default, _cell(getattr(torch, name))
    yield from functions()
    for axes in (1, 2, 3):
        for name in (f"conv{axes}d", f"conv{axes}d_relu"):
            packet = getattr(torch.ops.quantized, name)
            yield getattr(packet, "new" if "new" in packet.overloads() else "default"), _conv


QUANTIZED: dict[Any, Callable[..., Any]] = dict(_rewrites())
"""Operation -> the function that is read in its place."""
