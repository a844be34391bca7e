"""Dtypes under autocast: by hand, against torch's lists of CUDA ops, and against real passes where the CPU's agree."""

import re
from pathlib import Path

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import costcalc
from costcalc import spec
from costcalc.analysis.autocast import IN_FULL, LOWER, autocast
from costcalc.convert.to_torch import to_torch, zeros
from costcalc.spec.run import Run

HEADER = Path(torch.__file__).parent / "include/ATen/autocast_mode.h"
NAMED = {  # ops of costcalc -> one of torch's operations
    "conv": "convolution", "conv_transpose": "conv_transpose2d", "scaled_dot_product_attention": None,
    "multi_head_attention": "linear", "lstm": "lstm_cell", "gru": "gru_cell", "rnn": "rnn_tanh_cell",
    "upsample": "upsample_bilinear2d", "rbf": "pow", "lrn": "pow", "_prelu_kernel": "prelu",
    "native_group_norm": "group_norm", "_softmax": "softmax", "_log_softmax": "log_softmax",
}  # fmt: skip


def listed(*macros: str) -> set[str]:
    """The names in torch's lists."""
    text = HEADER.read_text()
    found = set()
    for macro in macros:
        body = text.partition(f"#define {macro}(_)")[2].partition("\n\n")[0]
        found |= set(re.findall(r"_\((\w+)", body))
    return found


@pytest.mark.skipif(not HEADER.exists(), reason="torch without its headers")
def test_the_lists_are_torchs_lists_of_cuda_ops() -> None:
    lower = listed("AT_FORALL_LOWER_PRECISION_FP")
    full = listed("AT_FORALL_FP32", "AT_FORALL_FP32_SET_OPT_DTYPE") | {"norm"}
    assert {NAMED.get(name) or name for name in LOWER} <= lower
    assert {NAMED.get(name) or name for name in IN_FULL} <= full
    losses = {name for name in full if name.endswith("loss") or name.startswith(("nll", "kl_div", "binary_cross"))}
    assert full - losses <= {NAMED.get(name) or name for name in IN_FULL} | IN_FULL


def network(x: spec.Tensor) -> spec.Tensor:
    """A convolution, a block of a transformer without attention, and a residual in float32."""
    x = spec.relu(spec.batch_norm(spec.conv(x, "conv", 8, k=1), "bn"), "relu")
    x = spec.transpose(spec.flatten(x, "flatten", start=2), "transpose", axes=(0, 2, 1))
    norm = spec.layer_norm(x, "norm")
    y = spec.softmax(spec.linear(norm, "linear", 8), "softmax", axis=-1)
    return spec.add(spec.linear(y, "second", 8), norm, name="add")


def test_dtypes_of_a_block_by_hand() -> None:
    graph = spec.trace(network, (2, 4, 3, 3))
    found = autocast(Run(graph), "float16")
    made = {node.name: found.outputs[node, 0] for node in graph.nodes}
    half = ("conv", "bn", "relu", "flatten", "transpose", "linear", "second")
    assert made == {name: "float16" if name in half else "float32" for name in made}
    cast = {node.name: len(found.casts(node)) for node in graph.nodes if found.casts(node)}
    assert cast == {"conv": 1, "norm": 1, "linear": 1, "second": 1}  # softmax reads float16
    assert set(autocast(Run(graph), None).outputs.values()) == {"float32"}


class Casts(TorchDispatchMode):
    """Counts casts, and elements of the outputs of each dtype of the ops that are not views."""

    def __init__(self) -> None:
        super().__init__()
        self.casts = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        self.casts += func is torch.ops.aten._to_copy.default
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("name", ["resnet18", "alexnet", "mobilenet_v2", "squeezenet1_1", "densenet121"])
def test_casts_of_a_real_pass(name: str) -> None:
    """Networks of ops that the CPU casts as CUDA does: a cast per input that is not cast yet, and one per weight."""
    graph = costcalc.graph(name, batch=2, input=(3, 64, 64) if name != "alexnet" else None)
    model, inputs = to_torch(graph).eval(), zeros(graph)
    with torch.no_grad(), Casts() as seen, torch.autocast("cpu", dtype=torch.float16):
        made = model(*inputs)
    found = autocast(Run(graph), "float16")
    weights = {name for node in Run(graph).nodes if found.computed[node] == "float16" for name in node.weights}
    assert seen.casts == sum(len(found.casts(node)) for node in Run(graph).nodes) + len(weights)
    assert found.dtype(graph.outputs[0]) == str(made.dtype).removeprefix("torch.")
