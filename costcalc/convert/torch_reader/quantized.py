"""Operations of quantized layers (torch.ao.nn.quantized), which do not run on the meta device, as those of floats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.nn import functional

from costcalc.convert.torch_reader.packed_weights import STORED_AS
from costcalc.convert.torch_reader.quantized_functions import functions, overloads

LINEAR = (
    *("", "_relu", "_leaky_relu", "_tanh", "_dynamic", "_relu_dynamic", "_dynamic_fp16", "_relu_dynamic_fp16"),
    *("_with_input_q_dq_qweight_dq_output_fp32", "_with_input_q_dq_qweight_dq_relu_output_fp32"),
)
CONV = ("", "_relu", "_dynamic", "_add", "_add_relu")
"""Endings of the names of products in `torch.ops.quantized`: with what they are fused, and how their input is given."""


def _rounded(x: Any, *how: Any) -> Any:
    return x.round()


def _fake(x: Any, *how: Any) -> Any:
    return x.round(), x > 0


def _linear(x: Any, *how: Any) -> Any:
    return functional.linear(x, *_like(_packed(how)))


def _conv(x: Any, *how: Any) -> Any:
    """A convolution, also transposed. Of one axis, weights are packed as those of two."""
    packed, axes = _packed(how), x.dim() - 2
    weight, bias = _like(packed)
    weight = weight.squeeze(2) if weight.dim() > x.dim() else weight
    stride, padding, dilation, beside = (
        list(each[-axes:]) for each in (packed.stride(), packed.padding(), packed.dilation(), packed.output_padding())
    )
    if packed.transpose():
        up: Any = (functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d)[axes - 1]
        return up(x, weight, bias, stride, padding, beside, packed.groups(), dilation)
    run: Any = (functional.conv1d, functional.conv2d, functional.conv3d)[axes - 1]
    return run(x, weight, bias, stride, padding, dilation, packed.groups())


def _conv_add(x: Any, other: Any, *how: Any) -> Any:
    return _conv(x, *how) + other


def _packed(how: tuple[Any, ...]) -> Any:
    """The packed weights among the arguments of an operation."""
    return next(each for each in how if isinstance(each, torch.ScriptObject))


def _pack(func: Any) -> Callable[..., Any]:
    """Packed weights of these sizes, all zero: weights that the forward pass packs have no values."""

    def read(weight: Any, bias: Any = None, *how: Any) -> Any:
        with torch._C._DisableTorchDispatch():
            zeros = torch.zeros(weight.shape, device="cpu")
            if "fp16" not in func.name():
                zeros = torch.quantize_per_tensor(zeros, 1.0, 0, torch.qint8)
            return func(zeros, None if bias is None else torch.zeros(bias.shape, device="cpu"), *how)

    return read


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
        stored = packed.unpack()[:2]
        made = [None if t is None else torch.empty(t.shape, device="meta") for t in stored]
    STORED_AS.update({t: was.dtype for t, was in zip(made, stored, strict=True) if t is not None})
    return made


def _rewrites() -> Iterator[tuple[Any, Callable[..., Any]]]:
    aten = torch.ops.aten
    yield aten._fake_quantize_per_tensor_affine_cachemask_tensor_qparams.default, _fake
    for overload in ("default", "tensor_qparams"):
        yield getattr(aten.quantize_per_tensor, overload), _rounded
    yield aten.quantize_per_channel.default, _rounded
    yield aten.quantize_per_tensor_dynamic.default, _rounded
    yield aten.dequantize.self, _rounded
    yield aten.int_repr.default, lambda x: x.to(torch.uint8)
    yield aten.q_scale.default, lambda x: 1.0
    yield aten.q_zero_point.default, lambda x: 0
    yield aten.quantized_lstm.input, _lstm
    yield aten.quantized_gru.input, _gru
    for name in ("lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"):
        yield getattr(torch.ops.quantized, f"quantized_{name}_dynamic").default, _cell(getattr(torch, name))
    yield from functions()
    products: dict[str, tuple[Any, tuple[str, ...]]] = {"linear": (_linear, LINEAR)}
    for axes in (1, 2, 3):
        products |= {f"conv{axes}d": (_conv, CONV), f"conv_transpose{axes}d": (_conv, CONV)}
    for name, (run, endings) in products.items():
        for ending in endings:
            for func in overloads(name + ending):
                yield func, _conv_add if ending.startswith("_add") else run
        for func in (each for ending in ("_prepack", "_prepack_fp16") for each in overloads(name + ending)):
            yield func, _pack(func)


QUANTIZED: dict[Any, Callable[..., Any]] = dict(_rewrites())
"""Operation -> the function that is read in its place."""
