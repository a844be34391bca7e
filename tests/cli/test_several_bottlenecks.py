"""costcalc bottleneck with several values."""

from command import printed


def test_several_values_are_a_curve_in_text_and_numbers_in_csv() -> None:
    command = ["bottleneck", "64x8x8", "--out", "64", "--kernel", "3", "--reduce", "8,16,8"]
    # direct 64·64·9 = 36,864 and reduce 8: 8·64 + 8·64·9 = 5,120, 13.89 %
    rows = printed(*command, "--format", "csv").splitlines()
    assert [row.split(",")[:4] for row in rows[1:]] == [
        ["direct", "36864", "2359296", "1.0"],
        ["reduce 8", "5120", "327680", str(5120 / 36864)],
        ["reduce 16", "10240", "655360", str(10240 / 36864)],
    ]
    bars = [line.count("█") for line in printed(*command).splitlines() if "█" in line]
    assert bars == [20, 3, 6]  # of 20 characters: 2.8 and 5.6
