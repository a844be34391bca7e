"""One decoding step of a model of Hugging Face transformers: a forward pass with a cache of earlier positions."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from torch import nn

from costcalc.convert.from_torch import from_torch, graph_and_outputs
from costcalc.convert.hf import usual_input
from costcalc.spec import CostcalcError, Graph, arguments
from costcalc.spec.arguments import is_shape
from costcalc.spec.dtypes import itemsize
from costcalc.spec.shapes import numel

CACHES = ("cache", "past_key_values", "cache_params")
"""Names under which models take and return the KV cache or recurrent state."""

KEEPS_NONE = "keeps no cache: only models that decode token by token do"


def decoding_step(
    module: nn.Module,
    cache: int,
    input: Any = None,
    batch: int = 1,
    name: str = "",
    mode: Any = None,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Graph:
    """The Graph of one decoding step: a forward pass whose inputs are new tokens and a cache of earlier ones.

        decoding_step(LlamaForCausalLM(config), cache=1024)
        decoding_step(WhisperForConditionalGeneration(config), cache=10, input=(80, 3000))

    module  a model of transformers that keeps a cache
    cache   number of positions in the cache. The model itself makes the cache, in a forward pass over these positions;
            its tensors, on the meta device, are inputs of the graph
    input   number of new tokens, (1,) by default. For an encoder-decoder model, the input of the encoder, whose keys
            and values are in the cache too; one token is new
    batch   number of sequences
    name    name of the graph; the class of the module by default
    mode    "eval" or "train"; by default the mode that the module is in
    more    other arguments of the forward pass, like {"logits_to_keep": 1}

    Raises CostcalcError if the model keeps no cache, and as `from_torch` does.
    """
    cache = arguments.integer("cache", cache, 1)
    config = getattr(module, "config", None)
    label = name or type(module).__name__
    if config is None or not hasattr(module, "main_input_name"):
        raise CostcalcError(f"cache={cache} is for models of transformers; {label} is not one")
    if not any(key in inspect.signature(type(module).forward).parameters for key in CACHES):
        raise CostcalcError(f"{label} {KEEPS_NONE}")
    both, main = bool(config.is_encoder_decoder), str(module.main_input_name)
    if both:
        given = usual_input(module, config) if input is None else input
        read = dict(given) if isinstance(given, Mapping) else {main: given}
        if not is_shape(read.get(main)):
            raise CostcalcError(f"{label} needs the size of its encoder's input, like --input 128")
        before = {**read, "decoder_input_ids": (cache,)}
        step: dict[str, Any] = {"decoder_input_ids": (1,)}
    else:
        step = dict(input) if isinstance(input, Mapping) else {"input_ids": (1,) if input is None else input}
        before = {**step, "input_ids": (cache,)}
    _, left = graph_and_outputs(module, {**before, **more, "use_cache": True}, batch, label, mode=mode)
    key = next((key for key in CACHES if isinstance(left, Mapping) and key in left), None)
    if key is None:
        raise CostcalcError(f"{label} {KEEPS_NONE}")
    step |= {key: left[key], **more, "use_cache": True}
    if both:
        outputs = import_module("transformers.modeling_outputs")
        step["encoder_outputs"] = outputs.BaseModelOutput(last_hidden_state=left.encoder_last_hidden_state)
    graph = from_torch(module, step, batch, name, mode=mode)
    graph.note = f"{graph.note}\n{_remark(graph, key, left[key])}".strip()
    return graph


def _remark(graph: Graph, key: str, cache: Any) -> str:
    """``KV cache: 32 layers, 64 inputs, 1,073,741,824 bytes in bfloat16.``; for a recurrent state, what there is."""
    tensors = [t for t in graph.inputs if t.label.partition(".")[0] == key]
    own = getattr(cache, "self_attention_cache", cache)  # beside it, of an encoder-decoder, the encoder's
    layers = f"{len(own.layers)} layers, " if hasattr(own, "layers") else ""
    kind = "KV cache" if all(len(t.shape) == 4 for t in tensors) else "Cache and recurrent state"
    elements = Counter[str]()
    for t in tensors:
        elements[t.dtype or "float32"] += numel(t.shape)
    bytes = " and ".join(f"{n * itemsize(dtype):,} bytes in {dtype}" for dtype, n in elements.items())
    if set(elements) == {"float32"}:
        bytes += f", {elements['float32'] * itemsize('bfloat16'):,} in bfloat16"
    return f"{kind} ({key}): {layers}{len(tensors)} inputs, {bytes}."
