"""Run torchinfo's summary."""

from __future__ import annotations

import sys

import torch
import torchinfo
from torch import nn

from costcalc.measure.peers import Reported

PACKAGE = "torchinfo"


def report(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Reported:
    """Summarise the model in its current mode. Only leaf modules have counts."""
    mode = "train" if model.training else "eval"
    tensors = [x for x in inputs if isinstance(x, torch.Tensor)]
    device = tensors[0].device
    summary = torchinfo.summary(model, input_data=list(inputs), verbose=0, mode=mode, device=device)
    paths = {id(module): path for path, module in model.named_modules()}
    by_module: dict[str, int] = {}
    for layer in summary.summary_list:
        if layer.is_leaf_layer and layer.executed:
            path = paths[layer.layer_id]
            by_module[path] = by_module.get(path, 0) + layer.macs
    header = sys.getsizeof(torch.empty(0, device=device).untyped_storage())  # size of the storage's Python object
    memory = {
        "input": summary.total_input - header * len(inputs),
        "forward/backward": summary.total_output_bytes,
        "params": summary.total_param_bytes,
    }
    memory["total"] = sum(memory.values())
    if len(tensors) < len(inputs):
        memory = {}  # the tool adds the values of numbers among the inputs to the bytes
    return Reported(summary.total_mult_adds, by_module, summary.total_params, memory)
