"""Models of transformers: closed forms, torch's FlopCounterMode on the meta device, and the command line."""

import json
import socket
import subprocess
import sys
from fractions import Fraction
from typing import Any

import pytest
import torchvision
import transformers
from command import printed, refused
from hf_models import (
    BOTH,
    GROUPED,
    IMAGES,
    LAYERS,
    LLAMA_3_8B,
    SIZES,
    SMALL,
    TOKENS,
    WHISPER,
    counted,
    fields,
    model,
    params,
)

import costcalc

BOTH_WAYS = pytest.mark.parametrize("attention", ["eager", "sdpa"])


@BOTH_WAYS
def test_llama(attention: str) -> None:
    llama = model("LlamaForCausalLM", attention, **GROUPED)
    cost = costcalc.cost(llama, input={"input_ids": (10,)}, batch=3)
    assert (cost.params, cost.macs, cost.status) == (SMALL.params, SMALL.macs(3, 10), "complete")
    assert cost.params == params(llama)
    assert cost.macs == counted(llama, 3, input_ids=(10,))
    assert (cost.tokens, cost.macs_per_token) == (30, Fraction(SMALL.macs(3, 10), 30))


@BOTH_WAYS
def test_bert(attention: str) -> None:
    """12 layers, 768 wide: 109,482,240 params (Devlin et al. 2019 print 110M); a pooler reads the first token alone."""
    bert = model("BertModel", attention)
    layer = 4 * 768 * 768 + 2 * 768 * 3072
    attends = 2 * 128 * 128 * 768
    cost = costcalc.cost(bert, input=(128,), batch=2)
    assert (cost.params, cost.status) == (109_482_240, "complete")
    assert cost.macs == 2 * (12 * (128 * layer + attends) + 768 * 768) == counted(bert, 2, input_ids=(128,))
    assert cost.macs_per_token == Fraction(cost.macs, 256)


@BOTH_WAYS
def test_gpt2(attention: str) -> None:
    """The smallest, of 124,439,808 params: its embedding, tied to the logits, counts once."""
    gpt2 = model("GPT2LMHeadModel", attention)
    layer = 768 * 3 * 768 + 768 * 768 + 2 * 768 * 4 * 768
    cost = costcalc.cost(gpt2, input={"input_ids": (1024,)})
    assert (cost.params, cost.status) == (124_439_808, "complete")
    assert cost.macs == 1024 * (12 * layer + 768 * 50257) + 12 * 2 * 1024 * 1024 * 768
    assert cost.macs == counted(gpt2, 1, input_ids=(1024,))


@BOTH_WAYS
def test_vit(attention: str) -> None:
    """torchvision's own figures for ViT-B/16."""
    meta = torchvision.models.ViT_B_16_Weights.IMAGENET1K_V1.meta
    args = {"attn_implementation": attention}
    cost = costcalc.cost("hf:ViTForImageClassification", classes=1000, args=args)
    assert cost.params == meta["num_params"]
    assert cost.macs == costcalc.cost("torchvision:vit_b_16").macs
    assert round(cost.macs / 1e9, 3) == meta["_ops"]
    assert cost.tokens is None
    vit = model("ViTForImageClassification", attention, **IMAGES)
    small = costcalc.cost(vit, input=(3, 32, 32), batch=3)
    assert (small.params, small.macs) == (params(vit), counted(vit, 3, pixel_values=(3, 32, 32)))


@BOTH_WAYS
def test_whisper(attention: str) -> None:
    """Two convolutions, the second of stride 2; an encoder; a decoder that also attends to its output."""
    whisper = model("WhisperForConditionalGeneration", attention, **WHISPER)
    d, ff, n, tokens, source = 64, 96, 2, 7, 50
    convolutions = 100 * 16 * d * 3 + source * d * d * 3
    encoder = n * (source * (4 * d * d + 2 * d * ff) + 2 * source * source * d)
    decoder = n * (tokens * (6 * d * d + 2 * d * ff) + 2 * source * d * d + 2 * tokens * (tokens + source) * d)
    inputs = {"input_features": (16, 100), "decoder_input_ids": (tokens,)}
    cost = costcalc.cost(whisper, input=inputs, batch=3)
    assert cost.macs == 3 * (convolutions + encoder + decoder + tokens * d * 101) == counted(whisper, 3, **inputs)
    assert (cost.params, cost.status, cost.tokens) == (params(whisper), "complete", None)


TEXT = {"input_ids": (10,)}
PAIR = {"input_ids": (10,), "decoder_input_ids": (7,)}
VISION = {"input_ids": (10,), "pixel_values": (3, 32, 32)}
OTHERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "BartForConditionalGeneration": (BOTH, TEXT),
    "CLIPModel": ({"text_config": {**SIZES, "max_position_embeddings": 20}, "vision_config": IMAGES}, VISION),
    "DistilBertModel": ({"dim": 64, "n_layers": 2, "n_heads": 4, "hidden_dim": 96}, TEXT),
    "GemmaForCausalLM": ({**GROUPED, "head_dim": 16}, TEXT),
    "MistralForCausalLM": (GROUPED, TEXT),
    "OPTForCausalLM": ({**SIZES, "ffn_dim": 96, "word_embed_proj_dim": 64}, TEXT),
    "Qwen2ForCausalLM": (GROUPED, TEXT),
    "RobertaModel": (SIZES, TEXT),
    "T5ForConditionalGeneration": ({"d_model": 64, "d_kv": 16, "d_ff": 96, "num_layers": 2, "num_heads": 4}, PAIR),
}


@BOTH_WAYS
@pytest.mark.parametrize("name", OTHERS)
def test_other_families(name: str, attention: str) -> None:
    settings, inputs = OTHERS[name]
    module, eager = model(name, attention, **settings), model(name, "eager", **settings)
    cost = costcalc.cost(module, input=inputs, batch=3)
    assert (cost.params, cost.macs, cost.status) == (params(module), counted(eager, 3, **inputs), "complete")


@pytest.mark.parametrize("experts", ["grouped_mm", "batched_mm"])
def test_a_mixture_of_experts(experts: str) -> None:
    """Values decide which 2 of the 8 experts a token goes to; the number of products does not depend on them."""
    mixtral = model("MixtralForCausalLM", **GROUPED, experts_implementation=experts)
    cost = costcalc.cost(mixtral, input=TEXT, batch=3)
    one, eight = 3 * 64 * 96, 8 * 3 * 64 * 96
    assert cost.macs == SMALL.macs(3, 10) + 30 * SMALL.layers * (2 * one - one + 64 * 8)
    assert cost.params == SMALL.params + SMALL.layers * (eight - one + 64 * 8) == params(mixtral)
    assert cost.status == "complete"
    if experts == "batched_mm":  # FlopCounterMode's meta device takes the other in bfloat16 alone
        assert cost.macs == counted(mixtral, 3, **TEXT)


def test_a_scan() -> None:
    """Mamba: the step from state to state is elementwise, a node each; reading the state is a product."""
    mamba = model("MambaForCausalLM", "eager", hidden_size=64, num_hidden_layers=2, state_size=8, **TOKENS)
    inner, rank, state, kernel = 128, 4, 8, 4
    layer = 10 * (64 * 2 * inner + inner * (rank + 2 * state) + rank * inner + inner * state + inner * 64)
    convolution = (10 + kernel - 1) * inner * kernel  # padded on both sides, and cut to 10 after it
    cost = costcalc.cost(mamba, input=TEXT)
    assert cost.macs == 2 * (layer + convolution) + 10 * 64 * 101 == counted(mamba, 1, **TEXT)
    assert cost.status == "complete"
    assert sum(n.op == "multiply" for n in cost.graph.nodes) > 2 * 10  # a step for each token and layer


def test_a_model_with_memory_for_its_weights() -> None:
    """A model that the user has made: it is left unchanged."""
    llama = transformers.LlamaForCausalLM(transformers.LlamaConfig(**GROUPED)).train()
    before = {key: value.clone() for key, value in llama.state_dict().items()}
    cost = costcalc.cost(llama, input={"input_ids": (10,), "use_cache": False}, batch=3)
    assert (cost.params, cost.macs) == (SMALL.params, SMALL.macs(3, 10))
    assert llama.training
    assert all(bool((llama.state_dict()[key] == value).all()) for key, value in before.items())


# The size of Llama 3 8B, in seconds and without memory for its weights

RUN = """
import sys
sys.argv = ["costcalc", *{arguments}]
from costcalc.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code
(peak,) = (line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(peak, file=sys.stderr)  # not ru_maxrss, which begins with that of the process it was started from
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads its memory from /proc")
def test_eight_billion_params() -> None:
    """8,030,261,248 params are 32 GB; the whole process takes less than 2."""
    args = fields(LLAMA_3_8B)
    cost = costcalc.cost("hf:LlamaForCausalLM", input=(2048,), args=args)
    assert cost.params == LLAMA_3_8B.params == 8_030_261_248
    assert cost.macs == LLAMA_3_8B.macs(1, 2048)
    command = ["table", "hf:LlamaForCausalLM", "--input", "2048", "--format", "json"]
    command += [word for key, value in args.items() for word in ("--arg", f"{key}={value}")]
    code = RUN.format(arguments=json.dumps(command))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    total = json.loads(done.stdout)["total"]
    assert (total["params"], total["mult_adds"]) == (LLAMA_3_8B.params, LLAMA_3_8B.macs(1, 2048))
    assert int(done.stderr.split()[-1]) < 2_000_000  # KiB


# The command line


def test_the_table_says_what_a_token_costs() -> None:
    args = [word for key, value in {**fields(SMALL), **TOKENS}.items() for word in ("--arg", f"{key}={value}")]
    out = printed("table", "hf:LlamaForCausalLM", "--input", "10", "--batch", "3", *args)
    each, rest = divmod(SMALL.macs(3, 10), 30)
    assert rest == 0
    assert f"Per token (30 of them): {each:,} mult-adds." in out
    layers = 12 * (4 * 768 * 768 + 2 * 768 * 3072 + 2 * 10 * 768)
    pooler = 768 * 768 / 10  # it reads one token of the ten
    out = printed("table", "hf:BertModel", "--input", "10")
    assert f"Per token (10 of them): {layers + pooler:,.2f} mult-adds." in out
    assert "Per token" not in printed("table", "hf:ViTForImageClassification")


def test_the_input_that_a_config_tells() -> None:
    vit = costcalc.graph("hf:ViTForImageClassification", args={**IMAGES, "image_size": 64})
    assert [t.shape for t in vit.inputs] == [(1, 3, 64, 64)]
    whisper = costcalc.graph("hf:WhisperForConditionalGeneration", args=WHISPER)
    assert [t.shape for t in whisper.inputs] == [(1, 16, 100), (1, 40)]
    listens = costcalc.graph("hf:WhisperForAudioClassification", args=WHISPER)
    assert [t.shape for t in listens.inputs] == [(1, 16, 100)]


@pytest.mark.parametrize(
    ("model", "options", "problem"),
    [
        (
            "LLamaForCausalLM",
            "--input 8",
            "transformers has no model 'LLamaForCausalLM'; did you mean LlamaForCausalLM,",
        ),
        ("LlamaConfig", "--input 8", "transformers has no model 'LlamaConfig'; did you mean LlamaModel"),
        (
            "LlamaModel",
            "--input 8 --arg hiden_size=64",
            "LlamaConfig has no field 'hiden_size'; did you mean hidden_s",
        ),
        ("LlamaModel", "--input 8 --arg hidden_size=many", "LlamaConfig cannot be made: "),
        ("LlamaModel", "", "hf:LlamaModel needs the size of its input, like --input 3x224x224; of tokens, --input 128"),
        ("LlamaModel", "--input 8 --classes 10", "--classes is for models ...ForImageClassification"),
        ("GPT2Model", "--input 1025", "row 1,024 is looked up in an embedding of 1,024: the input is too long"),
    ],
)
def test_bad_models_are_told_in_a_line(model: str, options: str, problem: str) -> None:
    assert refused("table", f"hf:{model}", *options.split()).startswith(problem)


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even for a model with a pretrained backbone in it."""
    asked: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *where, **how: asked.append(where))
    monkeypatch.setattr(socket.socket, "connect", lambda *where: asked.append(where))
    costcalc.graph("hf:BertModel", input=(8,), args=LAYERS)
    costcalc.graph("hf:DetrForObjectDetection", input=(3, 64, 64))
    assert not asked
