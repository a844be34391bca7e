"""Random networks: params, output shapes and the counts of all three tools, computed == reported.

Any number more: ``COSTCALC_EXAMPLES=5000 python -m pytest tests/measure/test_random_networks.py``
"""

import os

from hypothesis import HealthCheck, given, settings
from strategies import graphs

from costcalc.measure.verify import verify
from costcalc.spec import Graph
from costcalc.spec.trace import RULES

EXAMPLES = int(os.environ.get("COSTCALC_EXAMPLES", "250"))
MANY = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=EXAMPLES == 250
)


@MANY
@given(graphs())
def test_every_tool_says_what_its_convention_predicts(graph: Graph) -> None:
    verdict = verify(graph)
    assert verdict.ok, [check for check in verdict.checks if not check.equal]


@MANY
@given(graphs(least_batch=2))
def test_in_training_too(graph: Graph) -> None:
    verdict = verify(graph, "train")
    assert verdict.ok, [check for check in verdict.checks if not check.equal]


@MANY
@given(graphs())
def test_a_rule_called_with_its_settings_gives_the_same_facts(graph: Graph) -> None:
    for node in graph.nodes:
        shapes = tuple(t.shape for t in node.inputs)
        of_many = node.op in ("add", "concat")
        assert RULES[node.op](shapes if of_many else shapes[0], **node.facts.settings) == node.facts
