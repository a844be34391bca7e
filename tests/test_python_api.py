"""Python does what the command line does: each function returns a report that shows itself and becomes a frame."""

import inspect
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from command import printed

import costcalc
import costcalc.spec
from costcalc.report.report import Report

SAME = {
    "table googlenet": lambda: costcalc.table("googlenet"),
    "table vgg16 --share --top 3 --sort params": lambda: costcalc.table("vgg16", share=True, top=3, sort="params"),
    "table resnet50 --depth layer --unfold": lambda: costcalc.table("resnet50", "layer", unfold=True),
    "table vgg11 --batch 4 --mode train --convention fvcore": lambda: costcalc.table(
        "vgg11", batch=4, mode="train", conventions=["fvcore"]
    ),
    "compare googlenet vgg16": lambda: costcalc.compare("googlenet", "vgg16"),
    "compare googlenet vgg16 --columns params,fvcore --no-ratios": lambda: costcalc.compare(
        "googlenet", "vgg16", columns=["params", "fvcore"], ratios=False
    ),
    "explain googlenet inception_3a.5x5": lambda: costcalc.explain("googlenet", "inception_3a.5x5"),
    "explain googlenet inception_3a": lambda: costcalc.explain("googlenet", "inception_3a"),
    "reconcile lenet5": lambda: costcalc.reconcile("lenet5"),
    "published googlenet": lambda: costcalc.published("googlenet"),
    "bottleneck 192x28x28 --out 32 --kernel 5 --reduce 16": lambda: costcalc.bottleneck((192, 28, 28), 32, 5, 16),
    "bottleneck 64x8x8 --out 64 --kernel 3 --separable --groups 1,4": lambda: costcalc.bottleneck(
        (64, 8, 8), 64, 3, separable=True, groups=[1, 4]
    ),
    "claims": lambda: costcalc.claims(),
}


@pytest.mark.parametrize("command", SAME)
@pytest.mark.parametrize("format", ["text", "latex", "json"])
def test_a_function_gives_what_its_command_prints(command: str, format: str) -> None:
    assert SAME[command]().render(format) == printed(*command.split(), "--format", format)


@pytest.mark.parametrize("command", SAME)
def test_it_shows_itself(command: str) -> None:
    report = SAME[command]()
    assert isinstance(report, Report)
    assert repr(report) == printed(*command.split()).rstrip("\n")
    seen: list[tuple[str, Any]] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: Any) -> None:
            seen.append((tag, attrs))

    Parser().feed(report._repr_html_())
    assert {"table", "th", "td", "h4"} <= {tag for tag, _ in seen}
    assert not {tag for tag, _ in seen} & {"script", "link"}
    assert all(dict(attrs)["src"].startswith("data:image/svg+xml;base64,") for tag, attrs in seen if tag == "img")
    frame = report.to_pandas()
    assert len(frame) > 0
    assert all(" " not in key and "-" not in key for key in frame.columns)


def test_frames_have_the_keys_and_numbers_of_json() -> None:
    report = costcalc.table("googlenet", share=True)
    frame = report.to_pandas()
    assert list(frame.columns) == [
        "name", "op", "output", "params", "params_paper", "params_share",
        "mult_adds", "ops_paper", "mult_adds_share", "status",
    ]  # fmt: skip
    assert (frame.params.sum(), frame.mult_adds.sum()) == (6_998_552, 1_582_671_872)
    assert str(frame.params.dtype) == "Int64"
    ratios = costcalc.compare("googlenet", "vgg16").to_pandas()
    assert ratios.params_ratio.tolist() == [1.0, 138_357_544 / 6_998_552]


def test_a_cost_in_a_notebook() -> None:
    """Separators, right alignment, total, share, input and notes."""
    cost = costcalc.cost("vgg16")
    page = cost._repr_html_()
    for part in ("138,357,544", "text-align: right", "<b>total</b>", "12.0 %", "input 3x224x224, batch 1", "<p>"):
        assert part in page
    assert repr(cost) == "Cost(vgg16: 138,357,544 params, 15,470,264,320 mult-adds)"
    for rows in (cost.by_block(), cost.by_layer(), cost.by_op()):
        assert "138,357,544" in repr(rows)
        assert "138,357,544" in rows._repr_html_()
        assert rows.to_pandas().params.sum() == 138_357_544


def test_a_cost_keeps_its_own_input() -> None:
    larger = costcalc.cost("googlenet", input=(3, 320, 320))
    report = costcalc.compare("googlenet", larger, batch=2)
    assert report.to_pandas().input.tolist() == ["3x224x224", "3x320x320"]
    assert report.to_pandas().batch.tolist() == ["2", "1"]
    assert costcalc.explain(larger, "conv1").data()["outputs"] == [[1, 64, 160, 160]]


def test_a_cost_keeps_its_way_of_counting() -> None:
    """Causal attention of 4 heads of 16 over 64 positions: 2·4·64·64·16 products, of which its mask keeps 65/128."""
    pytest.importorskip("transformers")
    sizes = {"num_hidden_layers": 1, "hidden_size": 64, "intermediate_size": 128, "vocab_size": 100}
    args = {**sizes, "num_attention_heads": 4, "num_key_value_heads": 4}
    whole = costcalc.cost("hf:LlamaForCausalLM", input=(64,), args=args)
    half = costcalc.cost("hf:LlamaForCausalLM", input=(64,), args=args, causal="half")
    products = 2 * 4 * 64 * 64 * 16
    fewer = products - products * 65 // 128
    assert whole.macs - half.macs == fewer
    assert costcalc.table(half).data()["total"]["mult_adds"] == half.macs
    assert costcalc.compare(whole, half).to_pandas().mult_adds.tolist() == [whole.macs, half.macs]
    blocks = [costcalc.explain(each, "model.layers.0").data()["mult_adds"] for each in (whole, half)]
    assert blocks[0] - blocks[1] == fewer
    with pytest.raises(costcalc.CostcalcError, match="tools count all products"):
        costcalc.reconcile(half)
    on = costcalc.cost("lenet5", on="a100", columns=["bound"])
    assert costcalc.table(on, columns=["bound"]).data()["total"]["bound"] == on["bound"].number


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: costcalc.compare("googlenet"), "compare needs two models or more"),
        (lambda: costcalc.table("vgg16", "deep"), "auto, layer, op or a positive integer"),
        (lambda: costcalc.table("vgg16", 0), "depth"),
        (lambda: costcalc.table("vgg16", top=0), "top"),
        (lambda: costcalc.table("vgg16", sort="size"), "--sort 'size'"),
        (lambda: costcalc.table(costcalc.cost("vgg16"), batch=2), "batch: a Cost has its own"),
        (lambda: costcalc.explain("vgg16", "nothing"), "no layer"),
        (lambda: costcalc.published("nothing"), "nothing"),
        (lambda: costcalc.table("vgg16").render("pdf"), "format"),
        (lambda: costcalc.verify(), "expected one model or more"),
        (lambda: costcalc.verify("lenet5", tools=["nothing"]), "tool"),
        (lambda: costcalc.time("lenet5", mode="train", by_layer=True), "training steps have no times by layer"),
    ],
)
def test_bad_arguments(call: Any, line: str) -> None:
    with pytest.raises(costcalc.CostcalcError, match=line):
        call()


def test_every_public_function_has_a_docstring() -> None:
    for name in costcalc.__all__:
        assert inspect.getdoc(getattr(costcalc, name)), name


def test_verify_and_time_from_a_script(tmp_path: Path) -> None:
    """A script without a guard for its main part is not run again by the processes of the tools."""
    script = tmp_path / "script.py"
    script.write_text(
        "import costcalc\n"
        "print('begun')\n"
        "report = costcalc.verify('lenet5', tools=['flopcounter'], device='cpu')\n"
        "print(report.ok, len(report.to_pandas()))\n"
        "print(costcalc.time('lenet5', device='cpu', seconds=0.01).to_pandas().mult_adds[0])\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:3] == ["begun", "True 5", "328096"]


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 28, 28), (3, 224, 224)])
def test_trace_refuses_an_image_without_its_batch_axis(shape: tuple[int, ...]) -> None:
    with pytest.raises(costcalc.SpecError, match=r"batch axis first: give an image as \(1, ") as refused:
        costcalc.trace(lambda x: costcalc.spec.conv(x, "conv", 8, k=3), shape)
    assert "k=(3,)" in str(refused.value)
    graph = costcalc.trace(lambda x: costcalc.spec.conv(x, "conv", 8, k=(3,), bias=False), shape)
    assert costcalc.cost(graph).macs == shape[0] * 8 * (shape[2] - 2) * shape[1] * 3
