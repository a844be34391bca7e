"""The op x tool matrix: every op has an example, and each cell says what the rule says."""

from math import prod
from typing import Any

import pytest

from costcalc import spec
from costcalc.conventions import find, names
from costcalc.conventions.examples import EXAMPLES, example
from costcalc.conventions.matrix import answer, matrix, mult_adds, other_operations, params_rule
from costcalc.spec import CostcalcError, Run
from costcalc.spec.rules import RULES, facts_of

OPS = {op for op in RULES if hasattr(spec, op)}
"""The ops that networks are written in: not those of read-in models alone, nor those that tests make up."""


def test_every_op_has_an_example() -> None:
    assert set(EXAMPLES) == OPS, "give each op one in costcalc/conventions/examples.py"
    assert list(EXAMPLES) == sorted(EXAMPLES)


@pytest.mark.parametrize("op", EXAMPLES)
@pytest.mark.parametrize("times", [1, 2])
def test_an_example_is_one_node_of_its_op(op: str, times: int) -> None:
    (node,) = example(op, times).nodes
    assert node.op == op
    assert node.facts == facts_of(op, [t.shape for t in node.inputs], node.facts.settings)
    assert node.inputs[0].shape == (1, *(times * size for size in EXAMPLES[op].shape))


# (tool, operations): what the tool makes of an example of them. From the tool's source, as above.
OTHERS = {
    ("thop", "prelu"): "n",  # total_ops += x.numel()
    ("thop", "pixel_shuffle"): "zero",
    ("fvcore", "grid_sampler"): "4·n",
    ("torchprofile", "mul, mean"): "n_out",
    ("ptflops", "ELU, PReLU, elu, prelu"): "2·n",
    ("ptflops", "RNNCell, GRUCell, LSTMCell"): "weights + gates + biases",
    ("calflops_flops", "add, addmm, baddbmm, mul"): "n",
}


@pytest.mark.parametrize(("tool", "title"), OTHERS)
def test_operations_that_are_no_op_of_their_own(tool: str, title: str) -> None:
    assert other_operations(find(tool))[title].text == OTHERS[tool, title]


@pytest.mark.parametrize("name", names())
def test_every_rule_for_them_names_what_it_mirrors(name: str) -> None:
    assert all("." in made.mirrors for made in other_operations(find(name)).values())


def test_an_op_without_an_example() -> None:
    with pytest.raises(CostcalcError, match="the op 'fft' has no example; give it one in"):
        example("fft")


@pytest.mark.parametrize("name", names())
def test_a_tool_has_rules_for_ops_that_there_are(name: str) -> None:
    assert set(find(name).rules) <= set(RULES)


# (op, tool): the cell. Each from the tool's source: see the rule's note in the tool's file.
CELLS = {
    ("conv", "fvcore"): "mult-adds",
    ("conv", "flopcounter"): "2 x mult-adds",
    ("conv", "ptflops"): "mult-adds + bias",
    ("conv", "torchinfo"): "out_1·out_2·weight + out_1·out_2·bias",
    ("linear", "torchinfo"): "weight + bias",
    ("linear", "thop"): "mult-adds",
    ("batch_norm", "fvcore"): "2·n",
    ("batch_norm", "thop"): "4·n",
    ("batch_norm", "torchprofile"): "n_out",
    ("batch_norm", "torchvision"): "–",
    ("relu", "fvcore"): "zero",
    ("relu", "ptflops"): "2·n",  # the module's hook and the function
    ("relu", "flopcounter"): "–",
    ("adaptive_avg_pool", "thop"): "n_in + n_out",
    ("multi_head_attention", "fvcore"): "L·D·3D + L·D·D",
    ("scaled_dot_product_attention", "fvcore"): "–",
    ("rbf", "googlenet_paper"): "mult-adds",
}


@pytest.mark.parametrize(("op", "tool"), CELLS)
def test_cells(op: str, tool: str) -> None:
    assert answer(find(tool), op).text == CELLS[op, tool]


def test_a_factor_that_grows_with_the_input_is_a_name() -> None:
    """thop counts 3 per element of a softmax, less 1: 3·4 - 1 = 11 for 4 features is not a constant of the tool."""
    assert answer(find("thop"), "softmax").text == "rows·each"


@pytest.mark.parametrize("name", names())
def test_a_cell_gives_the_rules_number(name: str) -> None:
    compared = [op for op in EXAMPLES if gives_the_rules_number(op, name)]
    assert len(compared) >= (0 if find(name).only_params else 3)


def gives_the_rules_number(op: str, name: str) -> bool:
    """The cell's words, with the formula's numbers put in. False where they do not tell: nothing was compared."""
    graph = example(op)
    (node,) = graph.nodes
    formula, cell = find(name).formula(node, Run(graph)), answer(find(name), op)
    if formula is None or not formula.terms:
        assert cell.text == ("–" if formula is None else "zero")
        return False
    factors: dict[str, set[Any]] = {}
    for symbols, numbers in formula.terms:
        for symbol, number in zip(symbols, numbers, strict=True):
            factors.setdefault(symbol, set()).add(number)
    if any(len(values) > 1 for values in factors.values()):
        return False  # one name for two numbers
    macs = node.facts.macs.value if node.facts.macs else 0
    known = {name: min(values) for name, values in factors.items()} | {"mult-adds": macs, "2 x mult-adds": 2 * macs}
    total = sum(
        prod(int(part) if part.isdigit() else known[part] for part in term.split("·"))
        for term in cell.text.split(" + ")
    )
    assert total == formula.value
    return True


def test_mult_adds() -> None:
    assert mult_adds("conv") == "C_out·H_out·W_out·C_in·k_h·k_w"
    assert mult_adds("relu") == "zero"
    assert mult_adds("multi_head_attention") == "L·D·3D + 2·heads·L·L·d + L·D·D"


def test_the_matrix_has_a_row_an_op_and_a_column_a_tool() -> None:
    tools = [find(name) for name in names()]
    made = matrix(tools)
    assert set(made) == set(EXAMPLES)
    assert all(list(row) == names() for row in made.values())
    for row in made.values():
        for cell in row.values():
            assert cell.mirrors or cell.kind == "not seen"


def test_an_op_that_only_the_rule_of_all_others_answers_not_seen_has_no_mirror() -> None:
    """torchinfo looks at modules, and ``add`` is a function: there is no rule to point at."""
    cell = answer(find("torchinfo"), "add")
    assert (cell.kind, cell.mirrors, cell.note) == ("not seen", "", "")


def test_rules_of_params() -> None:
    assert params_rule(find("thop")).startswith("thop.vision.basic_hooks.count_parameters")
    assert params_rule(find("flopcounter")) == ""
