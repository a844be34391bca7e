"""Small models of transformers, and what their forward passes cost, by arithmetic and by torch's FlopCounterMode."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import torch
import transformers
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

from costcalc.convert.from_torch import on_meta

TOKENS = {"vocab_size": 101, "bos_token_id": 1, "eos_token_id": 2}
LAYERS = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4}
SIZES = {**LAYERS, **TOKENS}
GROUPED = {**SIZES, "num_key_value_heads": 2}
GPT2 = {"n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": 32, **TOKENS}
IMAGES = {**LAYERS, "image_size": 32, "patch_size": 8}
BOTH = {
    "d_model": 64, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4,
    "decoder_attention_heads": 4, "encoder_ffn_dim": 96, "decoder_ffn_dim": 96, "pad_token_id": 0,
    "decoder_start_token_id": 1, **TOKENS,
}  # fmt: skip
ROTARY_IS_A_PRODUCT = " @ " in inspect.getsource(LlamaRotaryEmbedding.forward)
WHISPER = {**BOTH, "num_mel_bins": 16, "max_source_positions": 50, "max_target_positions": 40}


def model(name: str, attention: str = "sdpa", **fields: Any) -> Any:
    """A model in eval mode, on the meta device."""
    kind = getattr(transformers, name)
    return on_meta(kind, kind.config_class(attn_implementation=attention, **fields)).eval()


def params(module: nn.Module) -> int:
    """Elements of its parameters; what is tied, once."""
    return sum(p.numel() for p in module.parameters())


def counted(module: nn.Module, batch: int, **inputs: Any) -> int:
    """Mult-adds as torch's FlopCounterMode counts them, 2 for each, on the meta device; shapes without the batch."""
    for key, value in inputs.items():
        if isinstance(value, tuple):
            dtype = torch.int64 if key.endswith("ids") else torch.float32
            inputs[key] = torch.empty((batch, *value), dtype=dtype, device="meta")
    with torch.no_grad(), torch.device("meta"), FlopCounterMode(display=False) as counter:
        module.requires_grad_(False)(**inputs)
    flops: int = counter.get_total_flops()
    assert flops % 2 == 0
    return flops // 2


@dataclass
class Decoder:
    """A decoder's sizes: what each token costs, and what attention to others does. Biases are left out."""

    width: int
    layers: int
    heads: int
    kv_heads: int
    head: int
    ff: int
    vocabulary: int

    @property
    def weights(self) -> int:
        """Of queries, keys, values, what follows them; gate, up and down; and of the logits."""
        layer = 2 * self.width * self.heads * self.head + 2 * self.width * self.kv_heads * self.head
        return self.layers * (layer + 3 * self.width * self.ff) + self.width * self.vocabulary

    @property
    def params(self) -> int:
        """Two norms to a layer and one after them; the embedding is not tied to the logits."""
        return self.weights + (2 * self.layers + 1) * self.width + self.vocabulary * self.width

    def macs(self, batch: int, length: int, seen: int = 0) -> int:
        """`length` tokens, each to all of them and to those seen before: masked products are computed, too.

        Rotary positions times half a head's frequencies were a product of matrices once, the same for the whole batch.
        """
        rotary = length * self.head // 2 if ROTARY_IS_A_PRODUCT else 0
        attention = 2 * self.layers * batch * self.heads * length * (seen + length) * self.head
        return batch * length * self.weights + attention + rotary


SMALL = Decoder(64, 2, 4, 2, 16, 96, 101)
LLAMA_3_8B = Decoder(4096, 32, 32, 8, 128, 14336, 128256)


def fields(decoder: Decoder) -> dict[str, int]:
    """The fields of a LlamaConfig of these sizes."""
    return {
        "hidden_size": decoder.width,
        "num_hidden_layers": decoder.layers,
        "num_attention_heads": decoder.heads,
        "num_key_value_heads": decoder.kv_heads,
        "intermediate_size": decoder.ff,
        "vocab_size": decoder.vocabulary,
    }
