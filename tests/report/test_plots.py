"""Figures: their widths, fonts and texts, that nothing is covered, and that the table beside one has its numbers."""

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("matplotlib", reason="the extra plots is not installed")

from matplotlib import rc_context
from matplotlib.figure import Figure as Canvas
from matplotlib.text import Annotation, Text
from small_networks import IMAGE, riddle

import costcalc
from costcalc.report.plots.compare import family
from costcalc.report.plots.figure import Figure
from costcalc.report.plots.style import COLOURS, HATCHES, MARKERS, SETTINGS, plain_log, short, width_of
from costcalc.spec import Tensor, conv, trace

FIGURES: dict[str, Callable[..., Figure]] = {
    "layers": lambda **page: costcalc.plot_layers("googlenet", **page),
    "many layers": lambda **page: costcalc.plot_layers("densenet121", "params", "layer", **page),
    "a tool": lambda **page: costcalc.plot_layers("resnet18", "fvcore", "layer", **page),
    "memory": lambda **page: costcalc.plot_layers("vgg11", "peak_memory", "layer", **page),
    "compare": lambda **page: costcalc.plot_compare("googlenet", "vgg11", "vgg16", "resnet18", "resnet50", **page),
    "roofline": lambda **page: costcalc.plot_roofline("resnet18", "a100", dtype="fp16", **page),
    "sweep": lambda **page: costcalc.plot_sweep("vgg11", [224, 256, 288], batch=[1, 8], **page),
    "bottleneck": lambda **page: costcalc.plot_bottleneck((192, 28, 28), 32, 5, separable=True, **page),
    "widths": lambda **page: costcalc.plot_bottleneck((192, 28, 28), 32, 5, [16, 32, 64], expand=6, **page),
}

WIDTHS = {  # inches, by the style files of the venues
    ("neurips", 1): 5.5, ("icml", 1): 3.25, ("icml", 2): 6.75, ("cvpr", 1): 3.25, ("cvpr", 2): 6.875,
    ("ieee", 1): 3.5, ("ieee", 2): 7.16,
}  # fmt: skip


def numbers(figure: Figure) -> list[dict[str, str]]:
    """The rows of the table beside a figure."""
    return list(csv.DictReader(io.StringIO(figure.render("csv").decode())))


def canvas(figure: Figure) -> Canvas:
    """The figure as matplotlib has it, laid out."""
    with rc_context(SETTINGS):
        made = Canvas(figsize=(figure.width, figure.height), layout="constrained")
        figure.draw(made)
        made.draw_without_rendering()
    return made


def texts(made: Canvas) -> list[Text]:
    """The texts that can be seen: not those of ticks beyond the ends of an axis."""
    (axes,) = made.axes
    beyond = set()
    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, sorted(axes.get_ylim()))):
        ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        beyond |= {tick.label1 for tick in ticks if not low <= tick.get_loc() <= high}
    found = [text for text in made.findobj(Text) if isinstance(text, Text) and text not in beyond]
    return [text for text in found if text.get_visible() and text.get_text()]


@pytest.mark.parametrize(("venue", "columns"), WIDTHS)
def test_the_width_of_a_venue(venue: str, columns: int) -> None:
    figure = costcalc.plot_layers("lenet5", venue=venue, columns=columns)
    found = re.search(rb"/MediaBox *\[ *0 0 ([\d.]+) ", figure.render("pdf"))
    assert found is not None
    assert float(found[1]) == pytest.approx(72 * WIDTHS[venue, columns])
    assert f'width="{72 * WIDTHS[venue, columns]:g}pt"' in figure.render("svg").decode()


@pytest.mark.parametrize(("venue", "columns"), [("neurips", 2), (None, 2), ("icml", 3), ("icml", 0), ("aaai", 1)])
def test_a_width_that_a_venue_lacks(venue: Any, columns: int) -> None:
    with pytest.raises(costcalc.CostcalcError, match=r"columns|venue"):
        width_of(venue, columns)


@pytest.mark.parametrize("name", FIGURES)
def test_fonts_and_sizes(name: str, tmp_path: Path) -> None:
    figure = FIGURES[name](venue="icml")
    made = figure.render("pdf")
    assert b"/Type3" not in made
    assert b"/CIDFontType2" in made  # TrueType, which is Type 42 in PostScript
    if shutil.which("pdffonts"):
        (tmp_path / "figure.pdf").write_bytes(made)
        listed = subprocess.run(
            ["pdffonts", tmp_path / "figure.pdf"], capture_output=True, text=True, check=True
        ).stdout
        assert "TrueType" in listed
        assert "Type 3" not in listed
    assert {text.get_fontsize() for text in texts(canvas(figure))} <= {7.0, 8.0}


@pytest.mark.parametrize("width", [("icml", 1), ("ieee", 2)])
@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_covered_or_cut_off(name: str, width: tuple[str, int]) -> None:
    made = canvas(FIGURES[name](venue=width[0], columns=width[1]))
    boxes = []
    for text in texts(made):
        box = Text.get_window_extent(text)
        if box.width and box.height and made.bbox.x1 > box.x0 and made.bbox.x0 < box.x1:
            boxes.append((text.get_text(), box))
    for text, box in boxes:
        assert made.bbox.x0 - 1 <= box.x0, text
        assert box.x1 <= made.bbox.x1 + 1, text
        assert made.bbox.y0 - 1 <= box.y0, text
        assert box.y1 <= made.bbox.y1 + 1, text
    names = [(text.get_text(), Text.get_window_extent(text)) for text in texts(made) if isinstance(text, Annotation)]
    for i, (name_a, a) in enumerate(names):
        for name_b, b in names[:i]:
            assert not a.shrunk(0.9, 0.9).overlaps(b.shrunk(0.9, 0.9)), (name_a, name_b)


@pytest.mark.parametrize("name", FIGURES)
def test_the_axis_names_the_convention(name: str) -> None:
    (axes,) = canvas(FIGURES[name]()).axes
    said = f"{axes.get_xlabel()} {axes.get_ylabel()}".replace("\n", " ")
    assert ("fvcore 0.1.5.post20221221 (M): 1 per mult-add" if name == "a tool" else "costcalc") in said


@pytest.mark.parametrize("format", ["pdf", "svg", "png", "csv"])
def test_the_same_bytes(format: str) -> None:
    made = [costcalc.plot_compare("lenet5", "alexnet", "vgg11").render(format) for _ in range(2)]
    assert made[0] == made[1]


def test_layers_are_those_of_the_table() -> None:
    """GoogLeNet's 1,582,671,872 mult-adds, of which 1024·1000 are the classifier's."""
    rows = numbers(costcalc.plot_layers("googlenet"))
    assert sum(int(row["mult_adds"]) for row in rows) == 1_582_671_872
    assert [int(row["conv"]) + int(row["linear"]) for row in rows] == [int(row["mult_adds"]) for row in rows]
    assert sum(int(row["linear"]) for row in rows) == 1024 * 1000
    assert [row["name"] for row in rows][:3] == ["conv1", "conv2", "inception_3a"]


def test_bars_differ_without_colour() -> None:
    (axes,) = canvas(costcalc.plot_layers("lenet5")).axes
    hatches = [bars[0].get_hatch() for bars in axes.containers]
    assert len(set(hatches)) == len(hatches) == 3  # conv, linear, rbf
    assert len(set(HATCHES)) == len(HATCHES) == len(set(COLOURS)) == 8
    assert len(set(MARKERS)) == len(MARKERS)
    (axes,) = canvas(costcalc.plot_compare("googlenet", "vgg11", "vgg16", "resnet18")).axes
    assert len({line.get_marker() for line in axes.lines}) == 3  # families


def test_a_line_per_family() -> None:
    rows = numbers(costcalc.plot_compare("vgg11", "vgg16", "resnet18"))
    assert [row["family"] for row in rows] == ["vgg", "vgg", "resnet"]
    names = ("torchvision:swin_t", "timm:vit_tiny_patch16_224", "hf:BertModel", "nets/net.onnx")
    assert [*map(family, names)] == ["swin", "vit", "BertModel", "net"]


@pytest.mark.parametrize("width", WIDTHS)
def test_bubbles_of_the_legend_fit_their_lines(width: tuple[str, int]) -> None:
    """Efficientnet-b4 has a bubble of its own size in the plot; the two of the legend are no higher than 14 points."""
    venue, columns = width
    models = ("resnet18", "resnet50", "efficientnet_b0", "efficientnet_b4")
    (legend,) = canvas(costcalc.plot_compare(*models, venue=venue, columns=columns)).legends
    bubbles = {
        each.get_label(): each.get_markersize() for each in legend.legend_handles if "memory" in str(each.get_label())
    }
    small, large = bubbles.values()
    assert large <= 14
    assert large == pytest.approx(2 * small)  # four times the bytes are twice the diameter


def test_unknown_is_not_zero() -> None:
    def net(x: Tensor) -> Tensor:
        return riddle(conv(x, "c", 2, k=1), "r")

    figure = costcalc.plot_layers(trace(net, IMAGE), depth="layer")
    assert [(row["name"], row["status"], row["mult_adds"]) for row in numbers(figure)] == [
        ("c", "counted", str(2 * 3 * 16)),
        ("r", "unknown", ""),
    ]
    assert "unknown" in [text.get_text() for text in texts(canvas(figure))]
    with pytest.raises(costcalc.CostcalcError, match="no layer with mult-adds"):
        costcalc.plot_roofline(trace(lambda x: riddle(x, "r"), IMAGE), "a100")


def test_a_sweep_has_a_gap_where_it_does_not_run() -> None:
    figure = costcalc.plot_sweep("googlenet", [1, 224, 256])
    assert [row["mult_adds"] != "" for row in numbers(figure)] == [False, True, True]
    assert "it does not run at 1 of 3 points" in canvas(figure).get_suptitle()


def test_names_are_data() -> None:
    """Neither mathematics nor markup, and letters that no font has."""
    cost = costcalc.cost(trace(lambda x: conv(x, "a$^{x}$_\u4e2d<b>", 2, k=1), IMAGE, name="$\\frac{$ & \u4e2d"))
    for format in ("pdf", "svg", "png"):
        costcalc.plot_layers(cost).render(format)


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: costcalc.plot_layers("vgg11", "receptive_field"), "a number per axis"),
        (lambda: costcalc.plot_layers("vgg11", "nothing"), "unknown column"),
        (lambda: costcalc.plot_layers("vgg11", depth=0), "depth"),
        (lambda: costcalc.plot_layers("vgg11").render("gif"), "format"),
        (lambda: costcalc.plot_compare("vgg11"), "two models or more"),
        (lambda: costcalc.plot_compare("vgg11", "vgg13", x="params", y="params"), "different quantities"),
        (lambda: costcalc.plot_sweep("vgg11", 224), "nothing to sweep|two sizes or more"),
        (
            lambda: costcalc.plot_sweep("vgg11", [224, 256], batch=range(1, 31), classes=range(1, 31)),
            "too many to tell apart",
        ),
        (lambda: costcalc.plot_bottleneck((192, 28, 28), 32, 5, by="activations"), "by"),
    ],
)
def test_bad_arguments(call: Any, line: str) -> None:
    with pytest.raises(costcalc.CostcalcError, match=line):
        call()


def test_numbers_as_texts() -> None:
    assert [short(n) for n in (0, 0.00391, 1.5, 12.34, 999, 1234.5)] == ["0", "0.00391", "1.5", "12.3", "999", "1,234"]
    assert [plain_log(n) for n in (0.01, 1, 1000, 10_000, 2e6, 5e9, 1e14)] == [
        "0.01", "1", "1000", "10k", "2M", "5G", "100T",
    ]  # fmt: skip
