"""costcalc diff: two models, layer by layer."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from command import printed, refused, run
from hostile import MARKUP, NAMES, network

import costcalc
from costcalc.report.comment import LONGEST
from costcalc.spec import conv, relu


def net(*widths: int, prefix: str = "c") -> costcalc.Graph:
    """Convolutions of 1x1 without biases, on 3x8x8."""

    def layers(x: Any) -> Any:
        for i, width in enumerate(widths):
            x = relu(conv(x, f"{prefix}{i}", width, k=1, bias=False))
        return x

    return costcalc.trace(layers, (1, 3, 8, 8), name="net")


def test_alike() -> None:
    done = run("diff", "googlenet", "googlenet")
    assert (done.code, done.err) == (0, "")
    assert re.search(r"All \d+ layers are alike\.", done.out)


def test_two_networks_of_the_zoo() -> None:
    """vgg16_bn is vgg16 with a scale and a shift per channel after each convolution: 2·4224 params more."""
    channels = 2 * 64 + 2 * 128 + 3 * 256 + 6 * 512
    done = run("diff", "vgg16", "vgg16_bn", "--format", "json")
    assert done.code == 1
    said = json.loads(done.out)
    assert said["total"]["params"]["difference"] == 2 * channels == 8448
    assert said["total"]["mult_adds"] == {"old": 15470264320, "new": 15470264320, "difference": 0, "growth": 0}
    added = [each for each in said["changes"] if each["change"] == ["added"]]
    assert [each["new_op"] for each in added] == ["batch_norm"] * 13
    assert sum(each["costs"]["params"]["difference"] for each in added) == 8448
    assert not [each for each in said["changes"] if "changed" in each["change"] or each["change"] == ["removed"]]
    renamed = {each["old_name"]: each["new_name"] for each in said["changes"] if each["change"] == ["renamed"]}
    assert (renamed["features.2"], renamed["features.28"]) == ("features.3", "features.40")  # torchvision's names


def test_with_and_without_an_argument() -> None:
    """A model with options of its own in its word."""
    done = run("diff", "googlenet", "googlenet classes=10", "--format", "json")
    said = json.loads(done.out)
    assert said["total"]["params"]["difference"] == -(1024 + 1) * 990  # the classifier of 1024 channels
    change, softmax = said["changes"]
    assert (change["old_name"], change["new_name"], change["change"]) == ("linear", "linear", ["changed"])
    assert softmax["costs"]["params"]["difference"] == 0
    params = change["costs"]["params"]
    assert (params["old_formula"], params["new_formula"]) == ("1000·1024 + 1000", "10·1024 + 10")
    assert change["costs"]["mult_adds"]["new_formula"] == "1024·10"


def test_both_formulas_and_the_numbers() -> None:
    """3·4·64 mult-adds become 3·6·64, and 4·5·64 become 6·5·64."""
    said = repr(costcalc.diff(net(4, 5), net(6, 5)))
    rows = [re.split(r"\s{2,}", line.strip()) for line in said.splitlines()]
    assert ["changed", "c0", "4·8·8·3·1·1", "6·8·8·3·1·1", "768", "1,152", "+384", "+50.0 %"] in rows
    assert ["changed", "c1", "5·8·8·4·1·1", "5·8·8·6·1·1", "1,280", "1,920", "+640", "+50.0 %"] in rows
    assert ["mult-adds", "2,048", "3,072", "+1,024", "+50.0 %"] in rows
    assert ["changed", "c0", "4·3·1·1", "6·3·1·1", "12", "18", "+6", "+50.0 %"] in rows


def test_blocks() -> None:
    done = run("diff", "resnet18", "resnet34", "--depth", "1", "--format", "json")
    changes = {each["new_name"]: each["costs"]["params"] for each in json.loads(done.out)["changes"]}
    assert set(changes) == {"layer1", "layer2", "layer3", "layer4"}
    params = {n: costcalc.cost(n).by_block().rows for n in ("resnet18", "resnet34")}
    for old, new in zip(params["resnet18"], params["resnet34"], strict=True):
        if old.name in changes:
            assert (changes[old.name]["old"], changes[old.name]["new"]) == (old.params, new.params)
    assert "by 884,736" not in done.out


def test_fail_over_decides_alone() -> None:
    """50 % more mult-adds, and 12 + 20 to 18 + 30 params: 50 % more as well."""
    for limit, code in (("50%", True), ("49.999%", False), ("60%", True)):
        report = costcalc.diff(net(4, 5), net(6, 5), fail_over={"mult_adds": limit})
        assert report.ok is code
    assert costcalc.diff(net(6, 5), net(4, 5), fail_over={"mult_adds": "0%", "params": "0%"}).ok  # it has shrunk
    both = costcalc.diff(net(4, 5), net(6, 5), fail_over={"mult_adds": "60%", "params": "5%"})
    assert not both.ok
    assert "OVER  params: +50.0 %, at most 5 % allowed; the layer that grew most: c1, by 10" in repr(both)
    assert "ok  mult-adds: +50.0 %, at most 60 % allowed" in repr(both)


def test_fail_over_on_the_command_line() -> None:
    words = ["diff", "vgg16", "vgg16_bn", "--fail-over", "mult_adds=5%"]
    assert run(*words).code == 0
    done = run(*words, "--fail-over", "activations=5%", "--columns", "params")
    assert done.code == 1
    assert (
        "OVER  activations: +89.6 %, at most 5 % allowed; the layer that grew most: features.1, by 3,211,264"
        in done.out
    )
    assert 64 * 224 * 224 == 3_211_264


def test_the_peak_names_the_layer_that_makes_it() -> None:
    report = costcalc.diff(net(4, 5), net(4, 50), columns=["peak_memory"], fail_over={"peak_memory": "1%"})
    assert "the largest layer: c1_relu, " in repr(report)


def test_from_nothing() -> None:
    """No percentage of zero; any growth is over."""
    report = costcalc.diff("alexnet", "vgg11_bn", columns=["buffers"], fail_over={"buffers": "5%"})
    assert not report.ok
    assert "OVER  buffers: from 0, at most 5 % allowed" in repr(report)


def test_a_renamed_block() -> None:
    said = costcalc.diff(net(4, 5), net(4, 5, prefix="stage")).data()
    assert said["total"]["params"]["difference"] == 0
    first = said["changes"][0]
    assert (first["change"], first["old_name"], first["new_name"]) == (["renamed"], "c0", "stage0")
    assert not said["alike"]
    report = costcalc.diff(net(4, 5), net(4, 5, prefix="stage"), fail_over={"params": "0%"})
    assert report.ok
    assert "Renamed at the same cost: c0 → stage0" in repr(report)


UNKNOWN = ["unknown", "lower bound"]


def riddles(width: int, more: int = 0) -> costcalc.Graph:
    from small_networks import riddle

    def layers(x: Any) -> Any:
        x = riddle(conv(x, "stem", width, k=1, bias=False), "scan")
        return conv(x, "out", 2 + more, k=1, bias=False)

    return costcalc.trace(layers, (1, 3, 8, 8), name="riddles")


def test_an_unknown_amount_is_never_zero() -> None:
    """The same unknown layer: the difference of the lower bounds is exact. Another one: nobody knows."""
    same = costcalc.diff(riddles(4), riddles(4, more=1), fail_over={"mult_adds": "5%"})
    assert same.data()["total"]["mult_adds"]["difference"] == 64 * 4
    assert same.data()["fail_over"]["mult_adds"]["result"] == "over"
    other = costcalc.diff(riddles(4), riddles(5), fail_over={"mult_adds": "500%"})
    assert other.data()["total"]["mult_adds"]["difference"] is None
    assert other.data()["fail_over"]["mult_adds"]["result"] == "cannot be held"
    assert not other.ok
    assert "CANNOT BE HELD  mult-adds" in repr(other)
    gone = costcalc.diff(net(4, 5), riddles(4), columns=["mult_adds"])
    assert gone.data()["total"]["mult_adds"]["difference"] is None
    assert re.search(r"^added +scan +unknown +unknown$", repr(gone), re.MULTILINE)
    assert "new  mult_adds is not complete: unknown is riddle, in scan" in repr(gone)


def test_two_torch_modules() -> None:
    torch = pytest.importorskip("torch")
    nn = torch.nn
    old = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 10))
    new = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 20))
    said = costcalc.diff(old, new, input=(3, 8, 8)).data()
    assert said["total"]["params"]["difference"] == 2 * 8 + 10 * (8 * 36 + 1)
    kinds = {each["new_name"]: (each["change"], each["old_name"]) for each in said["changes"]}
    assert kinds["1"] == (["added"], None)
    assert kinds["2"] == (["renamed"], "1")
    assert kinds["4"] == (["changed", "renamed"], "3")
    before = {name: weight.clone() for name, weight in old.state_dict().items()}
    assert all((weight == before[name]).all() for name, weight in old.state_dict().items())


def test_costs_keep_their_own_sizes() -> None:
    said = costcalc.diff(costcalc.cost("lenet5"), costcalc.cost("lenet5", batch=4)).data()
    assert said["total"]["mult_adds"]["growth"] == 3
    assert said["total"]["params"]["difference"] == 0


def test_two_onnx_files(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    from onnx_files import network as model
    from onnx_files import node, weight, written

    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    one = [node("MatMul", "x w", "y"), node("Relu", "y", "z")]
    two = [node("MatMul", "x w", "y"), node("MatMul", "y v", "u"), node("Relu", "u", "z")]
    old = written(model(one, [weight("w", 4, 6)], {"x": (1, 4)}, "z"), tmp_path / "a")
    new = written(model(two, [weight("w", 4, 6), weight("v", 6, 6)], {"x": (1, 4)}, "z"), tmp_path / "b")
    done = run("diff", old, new, "--format", "json")
    assert done.code == 1, done.err
    said = json.loads(done.out)
    assert said["total"]["params"]["difference"] == 6 * 6
    assert [each["change"] for each in said["changes"]] == [["added"]]


def test_two_exported_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("vgg11", "vgg11_bn"):
        run("export", name, "-o", f"{name}.json")
    files, names = (run("diff", f"vgg11{end}", f"vgg11_bn{end}", "--format", "csv").out for end in (".json", ""))
    assert files == names


def test_csv_has_a_row_per_change() -> None:
    rows = [*csv.DictReader(io.StringIO(run("diff", "vgg16", "vgg16_bn", "--format", "csv").out))]
    assert sum(int(row["difference"]) for row in rows if row["quantity"] == "params") == 8448
    assert {row["change"] for row in rows if not row["quantity"]} == {"renamed"}
    frame = costcalc.diff("vgg16", "vgg16_bn").to_pandas()
    assert len(frame) == len(rows)


@pytest.mark.parametrize("format", ["text", "markdown", "html", "latex", "csv"])
@pytest.mark.parametrize("key", ["bound", "intensity", "receptive_field", "fvcore", "peak_memory", "total_stride"])
def test_every_kind_of_quantity(key: str, format: str) -> None:
    words = ["--columns", key, "--format", format, *(["--on", "a100"] if key == "bound" else [])]
    assert run("diff", "alexnet", "squeezenet1_0", *words).code == 1
    assert run("diff", "alexnet", "alexnet", *words, "--fail-over", f"{key}=0%").code == 0


def test_markdown_fits_a_comment() -> None:
    """A network with long names and thousands of layers."""
    old = net(*[4] * 1000, prefix="a" * 300)
    new = net(*[5] * 1000, prefix="b" * 300)
    text = costcalc.diff(old, new).render("markdown")
    assert len(text) <= LONGEST
    assert text.startswith("<!-- costcalc diff models -->\n")
    assert "Not shown: " in text
    assert len(costcalc.diff(old, new).render("csv").splitlines()) > 2000
    small = costcalc.diff("vgg16", "vgg16_bn").render("markdown")
    assert "Not shown" not in small
    assert "| added | features.1 " in small


def test_the_marker_is_a_comment_whatever_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = 'net--><img src=x>".json'
    run("export", "lenet5", "-o", name)
    first, *_ = printed("diff", name, name, "--format", "markdown").splitlines()
    assert re.fullmatch(r"<!-- [^<>]* -->", first)
    assert "--!>" not in first


@pytest.mark.parametrize("format", ["text", "markdown", "html", "latex", "csv", "json"])
def test_names_are_text(format: str, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    old, new = network(tmp_path), network(tmp_path / "b")
    data = json.loads(Path(new).read_text())
    data["inputs"] = [{"shape": [1, 5], "integer": False}]
    data["nodes"][-1]["settings"]["shapes"] = [[1, 5]]
    Path(new).write_text(json.dumps(data))
    done = run("diff", old, new, "--format", format)
    assert done.code == 1, done.err
    assert done.out.replace("\n", "").isprintable()
    if format == "markdown":
        markdown_it = pytest.importorskip("markdown_it")
        html = markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(done.out)
        tags = set(re.findall(r"<(\w+)", html))
        assert tags <= {"p", "strong", "table", "thead", "tbody", "tr", "th", "td", "br"}
    if format == "json":
        assert {each["new_name"] for each in json.loads(done.out)["changes"]} >= set(NAMES)
    assert MARKUP


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "googlenet",
            "diff takes two models, like: costcalc diff googlenet googlenet_torchvision; or one model with --rev",
        ),
        ("googlenet vgg16 lenet5", "diff takes two models"),
        ("googlenet vgg16 --rev a..b", "diff takes one model with --rev"),
        ("googlenet vgg61", "did you mean vgg1"),
        ("googlenet vgg16 --depth 0", "'0': expected layer or a whole number"),
        ("googlenet vgg16 --depth op", "'op': expected layer or a whole number"),
        ("googlenet vgg16 --fail-over mult_adds", "'mult_adds': expected a quantity and its value, like mult_adds=5%"),
        ("googlenet vgg16 --fail-over mult_adds=5", "mult_adds='5': expected a growth in percent, like mult_adds=5%"),
        ("googlenet vgg16 --fail-over mult_add=5%", "unknown column 'mult_add'; did you mean mult_adds?"),
        ("googlenet vgg16 --columns bound", "bound is computed for a device"),
    ],
)
def test_bad_input_is_one_line(words: str, said: str) -> None:
    assert said in refused("diff", *words.split())


def test_bad_arguments() -> None:
    for wrong in (
        lambda: costcalc.diff("googlenet"),
        lambda: costcalc.diff("googlenet", "vgg16", rev="a..b"),
        lambda: costcalc.diff("googlenet", "vgg16", depth="op"),
        lambda: costcalc.diff("googlenet", "vgg16", depth=0),
        lambda: costcalc.diff("googlenet", "vgg16", fail_over={"mult_adds": 5}),
        lambda: costcalc.diff("googlenet", "vgg16", fail_over=5),
        lambda: costcalc.diff("googlenet", 5),
    ):
        with pytest.raises(costcalc.CostcalcError) as caught:
            wrong()
        assert "\n" not in str(caught.value)


def test_sizes_that_are_not_numbers() -> None:
    numpy = pytest.importorskip("numpy")
    with pytest.raises(costcalc.CostcalcError, match="costs are compared at sizes that are integers"):
        costcalc.diff("lenet5", "lenet5", batch=numpy.array([1, 2]))
