from costcalc.measure.results import Check, Verification
from costcalc.report.verify_table import matrix_table, verify_table

GOOD = Verification(
    "good",
    10,
    [Check("torch", "params", 3, 3, True), Check("tool", "mult-adds", 11, 11, True)],
    ["tool: another version"],
)
BAD = Verification(
    "bad",
    20,
    [
        Check("torch", "params", 4, 4, True),
        Check("tool", "mult-adds", 21, 21, True),
        Check("tool", "modules", 2, 1, False, "a.b: computed 7, reported 8"),
        Check("crashed", "mult-adds", 5, None, False, "not installed: crashed"),
    ],
    [],
)


def test_the_matrix_has_a_row_a_network_and_a_column_a_tool() -> None:
    table = matrix_table([GOOD, BAD])
    assert table.columns == ["network", "mult-adds", "params", "tool", "crashed"]
    assert table.rows == [["good", 10, 3, 11, "not run"], ["bad", 20, 4, "DIFFERS", "DIFFERS"]]
    assert table.notes[1:] == ["tool: another version", "DIFFERS: bad"]
    assert matrix_table([GOOD]).notes[-1] == "all checks of 1 networks equal"


def test_a_crash_and_a_difference_say_why() -> None:
    table = verify_table(BAD)
    assert [row[4] for row in table.rows] == [
        "equal", "equal", "DIFFERS a.b: computed 7, reported 8", "DIFFERS not installed: crashed",
    ]  # fmt: skip
    assert table.rows[3][3] == "nothing"
    assert table.notes[-1] == "bad: 2 of 4 checks DIFFER"
