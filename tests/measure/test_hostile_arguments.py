"""What measures, called with what it cannot take: each call ends in one line, before anything runs."""

from typing import Any

import pytest
import torch
from hostile_calls import refusal

import costcalc
from costcalc.measure.device import pick
from costcalc.measure.setting import Setting
from costcalc.measure.timing import time_model
from costcalc.measure.verify import verify

NAMES: dict[str, Any] = {
    "verify": verify,
    "time_model": time_model, "Setting": Setting, "pick": pick, "torch": torch, "lenet": costcalc.graph("lenet5"),
}  # fmt: skip

MODEL = "must be a Graph, like costcalc.graph('googlenet'), or a Subject"
DEVICE = "must be a device that torch can use here, like 'cpu'"
TOOLS = "must be a list of names, like ['fvcore']"
POSITIVE = "must be a positive"

WRONG = {
    "verify(3)": f"model=3 {MODEL}",
    "verify('lenet5')": f"model='lenet5' {MODEL}",
    "verify(torch.nn.Linear(3, 4))": MODEL,
    "verify(lenet, mode='Train')": "mode='Train' must be 'eval' or 'train'",
    "verify(lenet, mode=None)": "mode=None must be 'eval' or 'train'",
    "verify(lenet, device='foo')": f"device='foo' {DEVICE}",
    "verify(lenet, device='cuda:99')": f"device='cuda:99' {DEVICE}",
    "verify(lenet, device=3)": "device=3 must be a text",
    "verify(lenet, tools='fvcore')": f"tools='fvcore' {TOOLS}",
    "verify(lenet, tools=None)": f"tools=None {TOOLS}",
    "verify(lenet, tools=['keras'])": "tool='keras' must be one of 'calflops_flops' or ",
    "verify(lenet, report=3)": "report=3 must be a function",
    "verify(lenet, tools=[3])": "tool=3 must be one of 'calflops_flops' or ",
    "time_model(3, 'cpu')": f"model=3 {MODEL}",
    "time_model(lenet, 'foo')": f"device='foo' {DEVICE}",
    "time_model(lenet, None)": "device=None must be a text",
    "Setting('float8')": "dtype='float8' must be one of 'float32' or 'float64'",
    "Setting(torch.float32)": "dtype=torch.float32 must be one of 'float32'",
    "Setting(mode='test')": "mode='test' must be 'eval' or 'train'",
    "Setting(compiled='yes')": "compiled='yes' must be True or False",
    "time_model(lenet, 'cpu', 'float32')": "setting='float32' must be a Setting",
    "time_model(lenet, 'cpu', threads=0)": f"threads=0 {POSITIVE}",
    "time_model(lenet, 'cpu', threads='2')": f"threads='2' {POSITIVE}",
    "time_model(lenet, 'cpu', seconds=0)": f"seconds=0 {POSITIVE}",
    "time_model(lenet, 'cpu', seconds=nan)": f"seconds=nan {POSITIVE}",
    "time_model(lenet, 'cpu', seconds=inf)": f"seconds=inf {POSITIVE}",
    "time_model(lenet, 'cpu', seconds='2')": "seconds='2' must be a number",
    "time_model(lenet, 'cpu', by_layer='x')": "by_layer='x' must be True or False",
    "pick('foo')": f"device='foo' {DEVICE}",
    "pick(3)": "device=3 must be a text",
}


@pytest.mark.parametrize("call", WRONG)
def test_one_line_says_what_was_given_and_what_is_right(call: str) -> None:
    assert WRONG[call] in refusal(call, NAMES)
