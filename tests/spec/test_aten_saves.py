"""What aten operations save, against torch's own derivatives.yaml, for every operation that has a rule here."""

import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from costcalc.spec.aten_saves import IN_PLACE, OF_TWO, _by_name
from costcalc.spec.saves import Saves

torchgen = pytest.importorskip("torchgen")


def derivatives(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """By name without overload: the rules of each variant that does not work in place."""
    root = Path(torchgen.__file__).parent / "packaged"
    monkeypatch.syspath_prepend(str(root))
    from autograd.load_derivatives import load_derivatives  # type: ignore[import-not-found]

    native = [str(root / "ATen" / "native" / name) for name in ("native_functions.yaml", "tags.yaml")]
    infos, _ = load_derivatives(str(root / "autograd" / "derivatives.yaml"), *native)
    found = defaultdict(list)
    for by_key in infos.values():
        info = by_key.get("Default")
        if info is not None and info.derivatives and not info.func.func.name.name.inplace:
            found[info.func.func.name.name.base].append(_saves(info))
    sys.modules.pop("autograd", None)
    return found


def _saves(info: Any) -> Any:
    function = info.func.func
    arguments = [a.name for a in function.schema_order_arguments()]
    tensors = {a.name for a in function.schema_order_arguments() if a.type.is_tensor_like()}
    one = len(function.returns) == 1
    results = [r.name or ("result" if one else f"result{i}") for i, r in enumerate(function.returns)]
    uses: dict[tuple[str, int], set[int]] = defaultdict(set)
    for k, derivative in enumerate(info.derivatives):
        for letter, saved, names in (
            ("i", derivative.saved_inputs, arguments),
            ("o", derivative.saved_outputs, results),
        ):
            for each in saved:
                name = str(getattr(each.nctype.name, "name", each.nctype.name))
                if each.expr == name and name in names and (letter == "o" or name in tensors):
                    uses[letter, names.index(name)].add(k)
    rules = set()
    for (letter, number), ks in uses.items():
        (k, *others) = ks
        alone = not others and len(info.derivatives) > 1
        rules.add((letter, number, arguments.index(info.derivatives[k].var_names[0]) if alone else None))
    return rules


def _rules(saves: Saves) -> set[tuple[str, int, int | None]]:
    always = [("i", n, None) for n in saves.inputs] + [("o", n, None) for n in saves.outputs]
    return {*always, *[("i", *pair) for pair in saves.inputs_for], *[("o", *pair) for pair in saves.outputs_for]}


def test_the_rules_are_those_of_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule of a name is that of its overload with the most tensors."""
    torch_rules: Any = derivatives(monkeypatch)
    compared = 0
    for name, saves in {**_by_name(), **OF_TWO}.items():
        if name in torch_rules and saves.gradient:
            assert _rules(saves) in torch_rules[name], name
            compared += 1
    assert compared > 200
    assert set(IN_PLACE) <= set(_by_name())
