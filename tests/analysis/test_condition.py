import pytest

from costcalc.analysis.condition import Condition
from costcalc.spec import CostcalcError


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        ("params=1072K", [1_071_500, 1_072_499], [1_071_499, 1_072_500]),  # half up: 1071.5 is 1072, 1072.5 is 1073
        ("params=1072Ki", [1072 * 1024 - 512, 1072 * 1024 + 511], [1072 * 1024 - 513, 1072 * 1024 + 512]),
        ("params=5.4M", [5_350_000, 5_449_999], [5_349_999, 5_450_000]),
        ("params = 5.40M", [5_395_000, 5_404_999], [5_394_999, 5_405_000]),
        ("params==7", [7], [6, 8]),
        ("params=7000", [7000], [7001, 6999]),
        ("params!=7", [6, 8], [7]),
        ("params<=54M", [54_000_000], [54_000_001]),
        ("params<1.5k", [1499], [1500]),
        ("1.5K>params", [1499], [1500]),
        ("params>=2Gi", [2**31], [2**31 - 1]),
        ("0.5*params>=3", [6], [5]),
        ("2*params+1=params+5", [4], [3, 5]),
        ("params - 3 > 1K", [1004], [1003]),
        ("-params<-3", [4], [3]),
    ],
)
def test_one_quantity(text: str, right: list[int], wrong: list[int]) -> None:
    condition = Condition.of(text)
    assert condition.keys == ["params"]
    assert all(condition.holds({"params": number}) for number in right)
    assert not any(condition.holds({"params": number}) for number in wrong)
    assert all(sum(c.excess({"params": number}) for c in condition.comparisons) == 0 for number in right)
    assert all(sum(c.excess({"params": number}) for c in condition.comparisons) > 0 for number in wrong)


def test_sums_of_settings() -> None:
    condition = Condition.of("n1 + n3+percent.5a = 2*n5 - 1")
    assert condition.keys == ["n1", "n3", "percent.5a", "n5"]
    assert condition.holds({"n1": 1, "n3": 2, "percent.5a": 4, "n5": 4})
    assert not condition.holds({"n1": 1, "n3": 2, "percent.5a": 4, "n5": 5})


@pytest.mark.parametrize(
    "text",
    ["", "params", "params<", "<=3", "3<4", "2n1<3", "n1 n3<4", "n1++n3<3", "a<b<c", "n1=1072KK", "n1*2<3", "n1<=x y",
     "n1=>3", "n1=1,072", "n1<=1e6", "n1<=()", "__import__('os')<=3", "n1*n3<=3", "*n1<3"],
)  # fmt: skip
def test_texts_that_are_none(text: str) -> None:
    with pytest.raises(CostcalcError, match="is not a condition; expected sums of settings and quantities"):
        Condition.of(text)
