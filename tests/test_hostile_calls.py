"""The public names, called with what they cannot take: each call ends in one line, or gives the right number."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hostile_calls import refusal

import costcalc
from costcalc import zoo
from costcalc.analysis.bottleneck import bottleneck
from costcalc.analysis.cost import Cost
from costcalc.conventions import find
from costcalc.convert.data import to_data
from costcalc.spec import Count, Run, architecture, linear, product, trace

NAMES: dict[str, Any] = {
    "costcalc": costcalc, "cost": costcalc.cost, "zoo": zoo, "find": find, "Cost": Cost, "Run": Run,
    "np": np, "torch": torch,
    "net": torch.nn.Linear(3, 4), "lenet": costcalc.graph("lenet5"), "bottleneck": bottleneck, "Path": Path,
    "product": product, "architecture": architecture,
}  # fmt: skip

POSITIVE = "must be a positive integer"
MODE = "must be 'eval' or 'train'"
VGG = "vgg16 takes an input like 3x224x224, in Python (3, 224, 224); not "
MODEL = "must be the name of a network or a file, a torch module, or a Graph"
NAME = "must be a name that a file can have: at most 4,096 characters, and none of them NUL"
ARGS = "must be a dict of arguments by name, like {'depth': 12}"
TOOLS = "must be a list of names, like ['fvcore']"
FIXED = "lenet5 is a graph: its input, batch and classes are fixed"
DTYPE = "must be a dtype of torch, like 'float32'"
SHAPE = "is not a shape"

WRONG = {
    'cost("googlenet", mode="training")': f"mode='training' {MODE}",
    'cost("googlenet", mode="Train")': f"mode='Train' {MODE}",
    'cost("googlenet", mode=3)': f"mode=3 {MODE}",
    'cost("googlenet", mode=None)': f"mode=None {MODE}",
    'cost("googlenet", mode=["eval"])': MODE,
    'cost("googlenet", mode=np.array(["eval", "train"]))': MODE,
    'cost("googlenet", mode=rude)': MODE,
    'costcalc.graph("googlenet", mode="TRAIN")': MODE,
    "cost(net, (3,), mode='x')": MODE,
    "cost(lenet, mode='eval ')": MODE,
    "Cost(lenet, 'Train')": MODE,
    "lenet.not_run('TRAIN')": MODE,
    "Run(lenet, 'Train')": MODE,
    "Run(3)": "graph=3 must be a Graph",
    'cost("lenet5", batch=True)': f"batch=True {POSITIVE}",
    'cost("lenet5", batch=np.True_)': POSITIVE,
    'cost("lenet5", batch=torch.tensor(True))': POSITIVE,
    'cost("lenet5", batch=1.0)': f"batch=1.0 {POSITIVE}",
    'cost("lenet5", batch="1")': f"batch='1' {POSITIVE}",
    'cost("lenet5", batch=0)': f"batch=0 {POSITIVE}",
    'cost("lenet5", batch=-1)': f"batch=-1 {POSITIVE}",
    'cost("lenet5", batch=None)': "lenet5 takes an input like 1x1x32x32, batch included; not None",
    'cost("lenet5", batch=nan)': POSITIVE,
    'cost("lenet5", batch=rude)': POSITIVE,
    'cost("lenet5", batch=np.array([1.5, 2]))': POSITIVE,
    'cost("lenet5", batch=np.array([0, 2]))': "lenet5 takes",
    'cost("lenet5", batch=10**5000)': "must be an integer of at most 100 digits",
    "cost(net, (3,), batch='2')": POSITIVE,
    'cost("vgg16", classes=0)': f"classes=0 {POSITIVE}",
    'cost("vgg16", classes=True)': POSITIVE,
    'cost("vgg16", classes="10")': POSITIVE,
    'cost("vgg16", classes=10.0)': POSITIVE,
    "cost(net, (3,), classes=4)": "makes its own classifier",
    'cost("vgg16", input="224")': f"{VGG}'224'",
    'cost("vgg16", input="3x224x224")': f"{VGG}'3x224x224'",
    'cost("vgg16", input=224)': f"{VGG}224",
    'cost("vgg16", input=(3, 224.0, 224))': f"{VGG}(3, 224.0, 224)",
    'cost("vgg16", input=(3, 224))': VGG,
    'cost("vgg16", input=(True, 224, 224))': VGG,
    'cost("vgg16", input=(3, -224, 224))': VGG,
    'cost("vgg16", input=(3, 0, 224))': VGG,
    'cost("vgg16", input=())': VGG,
    'cost("vgg16", input={3, 224})': VGG,
    'cost("vgg16", input=(n for n in (3, 224, 224)))': VGG,
    'cost("vgg16", input=np.array([3, 224, 224]))': VGG,
    'cost("vgg16", input=torch.zeros(3, 224, 224))': VGG,
    'cost("vgg16", input=rude)': VGG,
    'cost("vgg16", input=((3, 224), 224))': "vgg16 has one input",
    'cost("vgg16", input=[(3, 224, 224)])': "vgg16 has one input",
    'cost("vgg16", input={"x": (3, 224, 224)})': "vgg16 has one input",
    "cost('vgg16', dtype='float32')": "vgg16 has one input, of floating point",
    'cost("lenet5", conventions="fvcore")': f"conventions='fvcore' {TOOLS}",
    'cost("lenet5", conventions=None)': TOOLS,
    'cost("lenet5", conventions=3)': TOOLS,
    'cost("lenet5", conventions={"fvcore"})': TOOLS,
    'cost("lenet5", conventions=[3])': "conventions=3 must be a text",
    'cost("lenet5", conventions=[["fvcore"]])': "must be a text",
    'cost("lenet5", conventions=["nope"])': "unknown convention 'nope'; there are calflops_flops",
    'cost("lenet5", conventions=[""])': "unknown convention ''",
    'cost("lenet5", conventions=["../cost"])': "unknown convention '../cost'",
    'cost("lenet5", conventions=["__init__"])': "unknown convention",
    "find(None)": "convention=None must be a text",
    "Cost(lenet, quantities=['fvcore'])": "costcalc.cost(graph, columns=['params']) takes their names",
    "Cost(lenet, quantities=[rude])": "must be a list of quantities",
    "Cost(lenet, quantities=[find('fvcore'), 3])": "must be a list of quantities",
    "Cost(lenet, quantities='fvcore')": "must be a list of quantities",
    "cost('lenet5', columns='params')": "columns='params' must be a list of keys",
    "cost('lenet5', columns=[3])": "columns=3 must be a text",
    "cost('lenet5', columns=['parms'])": "did you mean params",
    "Cost('lenet5')": "graph='lenet5' must be a Graph; costcalc.cost('googlenet') takes a model",
    "Cost(None)": "must be a Graph",
    'cost("lenet5", args=[1])': ARGS,
    'cost("lenet5", args="a")': ARGS,
    'cost("lenet5", args=0)': ARGS,
    'cost("lenet5", args=np.array([1, 2]))': ARGS,
    'cost("torch.nn:Linear", (3,), args={1: 2})': ARGS,
    'cost("lenet5", args={"a": 2})': "lenet5 has no setting 'a'; it has none",
    'cost("googlenet", args={"separable": 2})': "googlenet: separable=2 must be True or False",
    'cost("resnet50", args={"groups": "a"})': "resnet50: groups='a' must be an integer",
    'cost("resnet50", args={"stages": [None]})': "resnet50 cannot be built with stages=[None]: ",
    "cost(net, (3,), args={'a': 2})": "a Linear takes no arguments, such as 'a'",
    'cost("torchvision:vit_b_16", args={"image_size": 1.5})': "image size=1.5 must be a positive integer",
    'cost("torchvision:vit_b_16", args={"image_size": "a"})': "image size='a' must be a positive integer",
    'cost("torchvision:resnet18", args={"in_chans": "x"})': "in_chans='x' must be a positive integer",
    "cost(net, (3,), dtype=3)": f"dtype=3 {DTYPE}",
    "cost(net, (3,), dtype='floaty')": f"dtype='floaty' {DTYPE}",
    "cost(net, (3,), dtype='nn')": f"dtype='nn' {DTYPE}",
    "cost(net, (3,), dtype='')": DTYPE,
    "cost(net, (3,), dtype=np.float32)": DTYPE,
    "cost(net, (3,), dtype=['float32', 'float32'])": "is not of these inputs: 0",
    "cost(net, (3,), dtype={'y': 'float32'})": "is not of these inputs: 0",
    "cost(net, (3,), cache=-1)": f"cache=-1 {POSITIVE}",
    "cost(net, cache=True)": f"cache=True {POSITIVE}",
    "cost(net, (3,), cache=1)": "cache=1 is for models of transformers",
    'cost("lenet5", cache="3")': f"cache='3' {POSITIVE}",
    'cost("lenet5", cache=3)': "cache=3 is for models of transformers",
    'cost("a.onnx", cache=3)': "cache=3 is for models of transformers",
    "cost(lenet, cache=3)": "cache=3 is for models of transformers",
    "cost(lenet, batch=3)": FIXED,
    "cost(lenet, input=(1, 32, 32))": FIXED,
    "cost(lenet, classes=3)": FIXED,
    "cost(lenet, dtype='float32')": FIXED,
    "cost(lenet, args={'a': 3})": "a Graph takes no arguments",
    "cost(3)": f"model=3 {MODEL}",
    "cost(None)": MODEL,
    "cost(['lenet5'])": MODEL,
    "cost(b'lenet5')": MODEL,
    "cost(torch.nn.Linear, (3,))": MODEL,
    "cost(cost('lenet5'))": MODEL,
    "cost(zoo.find('lenet5'))": MODEL,
    "cost(rude, (3,))": MODEL,
    "cost('')": "unknown network ''",
    "cost('a\\0.json')": NAME,
    "cost('a\\0.onnx')": NAME,
    "cost('a\\0.py:Net')": NAME,
    "cost('len\\0et5')": NAME,
    "cost('a\\ud800.json')": NAME,
    "cost('a\\ud800.py:Net')": NAME,
    "cost('a' * 10**6)": NAME,
    "cost('a' * 10**6 + '.py:Net')": NAME,
    "cost('a\\nb')": r"unknown network 'a\nb'",
    "cost('a\\nb:c')": r"'a\nb' cannot be imported",
    "cost('.')": "unknown network '.'",
    "cost(':')": "fails when it is run: ValueError: Empty module name",
    "cost('..:x')": "fails when it is run: TypeError",
    "cost('torchvision:')": "torchvision has no model ''",
    "cost(Path('nowhere.json'))": "there is no file 'nowhere.json'",
    "cost(net, batch=2)": "a torch module needs the shape of its input, like input=(3, 224, 224)",
    "cost(net, (10**30, 3))": "torch's sizes are under 2^63",
    "cost(net, (3,), batch=10**30)": "torch's sizes are under 2^63",
    "cost(net, (2**62, 3))": "cannot be read at this input",
    "cost(net, (2**40, 2**40, 3))": "cannot be read at this input",
    "cost(net, '3')": SHAPE,
    "cost(net, 3)": SHAPE,
    "cost(net, (n for n in [3]))": SHAPE,
    "cost(net, (3.0,))": SHAPE,
    "cost(net, (True,))": SHAPE,
    "cost(net, (-3,))": SHAPE,
    "cost(net, (0,))": SHAPE,
    "cost(net, [[[3]]])": "Linear does not run at input 3: TypeError",
    "cost(net, rude)": SHAPE,
    "cost(net, [rude])": SHAPE,
    "cost(net, torch.zeros(1, 4))": "Linear does not run at input 4: RuntimeError",
    "cost(net, {})": "a model is read from the shape of at least one input",
    "cost(net, {1: (3,)})": "must be a dict by names of arguments",
    "zoo.find(3)": "network=3 must be a text",
    "zoo.find(None)": "network=None must be a text",
    "zoo.find(b'lenet5')": "must be a text",
    "zoo.find('lenet')": "unknown network 'lenet'; did you mean lenet5",
    "zoo.networks('nope')": "family='nope' must be one of 'alexnet'",
    "zoo.networks(3)": "family=3 must be one of 'alexnet'",
    "zoo.find('lenet5').build('x')": "lenet5 takes an input like 1x32x32",
    "zoo.find('lenet5').build(batch='x')": POSITIVE,
    "zoo.find('lenet5').build(classes=-1)": POSITIVE,
    "zoo.find('googlenet_aux').build((3, 10**30, 10**30))": "sizes that work: 3x223x223 to 3x270x270",
    "cost(lenet).by_block(0)": f"depth=0 {POSITIVE}",
    "cost(lenet).by_block(-1)": POSITIVE,
    "cost(lenet).by_block('1')": POSITIVE,
    "cost(lenet).by_block(None)": POSITIVE,
    "cost(lenet).by_block(True)": POSITIVE,
    "lenet.node(3)": "name=3 must be a text",
    "lenet.node('')": "lenet5 has no layer ''",
    "product()": "product needs a factor with a name",
    "product(a=1.5)": "a=1.5 must be an integer or a Fraction",
    "product(a='3')": "a='3' must be",
    "product(a=True)": "a=True must be",
    "product(a=None)": "a=None must be",
    "product(a=nan)": "a=nan must be",
    "product(a=np.array([1.5]))": "must be an integer or a Fraction",
    "costcalc.rule(3)": "costcalc.rule(3): give it the name of an op",
    "costcalc.rule(rude)": "give it the name of an op",
    "costcalc.rule(np.array(['a']))": "give it the name of an op",
    "costcalc.rule('mylib::scan', 3)": "takes a function, not a int",
    "costcalc.rule('mylib::scan', min)": "has no signature that names its arguments",
    "bottleneck((192, 28), 32, 5, 16)": "bottleneck takes an input like 192x28x28",
    "bottleneck((192, 28, 28), '32', 5, 16)": "bottleneck takes an input like 192x28x28",
    "bottleneck(3, 32, 5, 16)": "bottleneck takes an input like 192x28x28",
    "architecture(year=2026, source='', input=(3, 8, 8), networks=['a'])": "must be a dict from names of networks",
    "architecture(year=2026, source='', input=(3, 8, 8), networks={'a': 3})": "a=3 must be a dict of settings",
    "architecture(year='x', source='', input=(3,), networks={'a': {}})(print)": "year='x' must be an integer",
    "architecture(year=1, source=2, input=(3,), networks={'a': {}})(print)": "source=2 must be a text",
    "architecture(year=1, source='', input='3', networks={'a': {}})(print)": "input='3' must be a tuple of positive",
}


@pytest.mark.parametrize("call", WRONG)
def test_one_line_says_what_was_given_and_what_is_right(call: str) -> None:
    assert WRONG[call] in refusal(call, NAMES)


@pytest.mark.parametrize("three", [np.int64(3), np.uint8(3), np.array(3), torch.tensor(3)])
def test_an_integer_of_any_type_is_one(three: Any) -> None:
    """LeNet-5's mult-adds, three times; one class more is 84 mult-adds, for the last layer's 84 inputs."""
    once = costcalc.cost("lenet5").macs
    made = costcalc.cost("lenet5", batch=three, classes=three, input=(np.int64(1), np.int32(32), 32))
    assert made.macs == 3 * (once - 84 * (10 - 3))
    assert type(made.macs) is int
    assert made.graph.inputs[0].shape == (3, 1, 32, 32)
    read = costcalc.cost(torch.nn.Linear(3, 4), input=(np.int64(5), three), batch=three)
    assert read.macs == 3 * 5 * 3 * 4
    assert read.by_block(np.int64(1)).rows[0].macs == read.macs


def test_large_sizes_stay_exact() -> None:
    """GoogLeNet's mult-adds are those of Caffe's bvlc_googlenet; VGG's first layer has 64 filters of 3x3x3."""
    side = 10**30
    assert costcalc.cost("googlenet", batch=side).macs == side * 1_582_671_872
    assert costcalc.cost("vgg16", input=(3, side, 2 * side)).by_layer().rows[0].macs == 2 * side**2 * 64 * 27
    assert product(a=np.int64(2**40), b=np.int64(2**40)).value == 2**80
    graph = trace(lambda x: linear(x, "fc", 2**20), (np.int64(2**24), np.int64(2**22)))
    assert Cost(graph).macs == 2**66


def test_a_path_is_the_name_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "net.json"
    file.write_text(json.dumps(to_data(costcalc.graph("lenet5"))))
    assert costcalc.cost(file).macs == costcalc.cost("lenet5").macs


def test_counts_are_added_to_counts() -> None:
    assert (product(a=2) + Count()).value == 2
    with pytest.raises(TypeError):
        _ = product(a=2) + 3  # type: ignore[operator]
