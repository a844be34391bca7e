import pytest

from costcalc import zoo
from costcalc.analysis.published import folder
from costcalc.conventions import find, names
from costcalc.conventions.ledger import ledger
from costcalc.spec import CostcalcError, Run, conv, trace


def test_ledgers_of_torchvisions_googlenet() -> None:
    """2·3,226,160 elements normalised and 1024·7·7 pooled; 2·7,280 batch norm params and 1,000 biases."""
    graph = zoo.find("googlenet_torchvision").build()
    ledgers = {
        name: [(line.op, line.layers, line.difference) for line in ledger(find(name), Run(graph))]
        for name in ("fvcore", "torchinfo", "flopcounter")
    }
    assert ledgers["fvcore"] == [("batch_norm", 57, 6_452_320), ("adaptive_avg_pool", 1, 1024 * 7 * 7)]
    assert ledgers["torchinfo"] == [("batch_norm", 57, 2 * 7_280), ("linear", 1, 1_000)]
    assert ledgers["flopcounter"] == [("unit", 58, 1_498_376_192)]


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("network", ["googlenet", "googlenet_aux", "googlenet_torchvision", "vgg11"])
@pytest.mark.parametrize("mode", ["eval", "train"])
def test_a_ledger_closes(name: str, network: str, mode: str) -> None:
    graph = zoo.find(network).build()
    convention = find(name)
    not_run = graph.not_run(mode)
    macs = sum(node.facts.macs.value for node in graph.nodes if node.facts.macs and node not in not_run)
    total = convention.total(Run(graph, mode))
    assert macs + sum(line.difference for line in ledger(convention, Run(graph, mode))) == total
    assert convention.by_module(Run(graph, mode))[""] == total


# Chen & Mo's reproduction of GoogLeNet, figures 16 and 17 (captions swapped there): torchinfo's own lines,
# at batch 20: total mult-adds in G, then input, forward/backward, params and total in MB.
PRINTED = {
    "googlenet_bn": ("31.82", "12.04", "1034.49", "53.54", "1100.08"),
    "vgg16": ("309.68", "12.04", "2169.07", "553.43", "2734.55"),
}


@pytest.mark.parametrize("name", PRINTED)
def test_torchinfos_lines_as_printed(name: str) -> None:
    graph = zoo.find(name).build(batch=20)
    torchinfo = find("torchinfo")
    lines = [size / 1e6 for size in torchinfo.memory(Run(graph, "train")).values()]
    assert tuple(f"{x:.2f}" for x in [torchinfo.total(Run(graph, "train")) / 1e9, *lines]) == PRINTED[name]


def test_torchinfo_leaves_out_the_params_of_what_did_not_run() -> None:
    graph = zoo.find("googlenet_aux").build()
    memory = find("torchinfo").memory
    assert memory is not None
    assert (memory(Run(graph))["params"], memory(Run(graph, "train"))["params"]) == (4 * 6_998_552, 4 * 13_378_280)


def test_fvcore_does_not_see_same_padding() -> None:
    """An even window is the case that torch itself must pad "same"."""
    even = trace(lambda x: conv(x, "c", 4, k=2, padding="same"), (1, 3, 8, 8))
    odd = trace(lambda x: conv(x, "c", 4, k=3, padding="same"), (1, 3, 8, 8))
    assert find("fvcore").count(even.nodes[0], Run(even)) is None
    assert find("fvcore").count(odd.nodes[0], Run(odd)) == 4 * 64 * 3 * 9


def test_every_rule_names_what_it_mirrors() -> None:
    for name in names():
        convention = find(name)
        assert convention.name == name
        for rule in [*convention.rules.values(), *([convention.default_rule] if convention.default_rule else [])]:
            assert "." in rule.mirrors


def test_an_unknown_convention() -> None:
    with pytest.raises(
        CostcalcError, match=r"unknown convention 'x'; there are .*, flopcounter, flopcounter_cuda, fvcore, "
    ):
        find("x")


def test_the_extras_pin_the_versions_that_the_rules_were_written_for() -> None:
    """A rule's version stands in its convention; pyproject.toml and constraints.txt install that one."""
    project = (folder().parent / "pyproject.toml").read_text(encoding="utf-8")
    constraints = (folder().parent / "constraints.txt").read_text(encoding="utf-8").splitlines()
    unpinned = {
        "flopcounter",
        "flopcounter_cuda",
        "googlenet_paper",
        "keras",
        "torchvision",
    }  # torch's own, or nothing to install
    for name in set(names()) - unpinned:
        package, version = name.partition("_")[0], find(name).version.replace("-", ".post")
        assert f'"{package}=={version}"' in project
        assert f"{package}=={version}" in constraints
    assert find("flopcounter").version.replace(" ", "==") in constraints
