"""Random networks: params, output shapes and the counts of all three tools, computed == reported.

Any number more: ``COSTCALC_EXAMPLES=5000 python -m pytest tests/measure/test_random_networks.py``
"""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import EXAMPLES
from strategies import graphs
from wide_strategies import wide_graphs

from costcalc.measure.verify import verify
from costcalc.measure.worker import in_process
from costcalc.spec import Graph
from costcalc.spec.rules import facts_of

MANY = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=EXAMPLES == 100
)


@MANY
@given(graphs())
def test_every_tool_says_what_its_convention_predicts(graph: Graph) -> None:
    verdict = verify(graph, report=in_process)
    assert verdict.ok, [check for check in verdict.checks if not check.equal]


@MANY
@given(graphs(least_batch=2))
def test_in_training_too(graph: Graph) -> None:
    verdict = verify(graph, "train", report=in_process)
    assert verdict.ok, [check for check in verdict.checks if not check.equal]


@MANY
@given(wide_graphs())
def test_every_op(graph: Graph) -> None:
    verdict = verify(graph, report=in_process)
    assert verdict.ok, [check for check in verdict.checks if not check.equal]


@MANY
@given(wide_graphs(least_batch=2))
def test_every_op_in_training(graph: Graph) -> None:
    verdict = verify(graph, "train", report=in_process)
    assert verdict.ok, [check for check in verdict.checks if not check.equal]


@MANY
@given(st.one_of(graphs(), wide_graphs()))
def test_a_rule_called_with_its_settings_gives_the_same_facts(graph: Graph) -> None:
    for node in graph.nodes:
        assert facts_of(node.op, [t.shape for t in node.inputs], node.facts.settings) == node.facts
