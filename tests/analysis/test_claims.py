from fractions import Fraction
from functools import cache

import pytest

from costcalc import conventions, models
from costcalc.analysis.claims import all_claims, check
from costcalc.analysis.claims.claim import Finding, Networks, prints
from costcalc.spec import Graph


def build(name: str, batch: int) -> Graph:
    return models.graph(name, batch=batch)


@cache
def found() -> dict[tuple[str, str], Finding]:
    return {(claim.source, claim.says): finding for claim, finding in check(build, conventions.find)}


def find(start: str) -> Finding:
    """The finding of the claim in these words, or else of the one that begins so."""
    whole = [finding for (_, says), finding in found().items() if says == start]
    (finding,) = whole or [finding for (_, says), finding in found().items() if says.startswith(start)]
    return finding


@pytest.mark.parametrize(
    ("start", "computed", "verdict"),
    [
        ("a 5x5 from 192x28x28", 120_422_400, "right"),
        ("through a 1x1 of 16", 12_443_648, "right"),
        ("a tenth", Fraction(100 * 12_443_648, 120_422_400), "right"),
        ("12 times fewer", Fraction(60_965_224, 6_998_552), "wrong"),
        ("a budget of 1.5 billion", 1_498_677_248, "right"),
        ("22 layers deep", 22, "right"),
        ("22 layers", 22, "right"),
        ("144 crops", 144, "right"),
        ("a hundred convolutional", 57, "wrong"),
        ("27 times faster", Fraction(309_676_420_640, 31_821_284_320), "unsupported"),
        ("with 1x1, 5.3/112.9", Fraction(100 * 5_268_480, 112_896_000), "right number, wrong label"),
        ("90 % of VGG", Fraction(100 * 123_642_856, 138_357_544), "right"),
        ("pad 1 on a 5x5", 26, "wrong"),
        ("2·padding = kernel", 4, "wrong"),
        ("pads of 0, 1, 2", 28, "right"),
        ("there are no biases", 8_280, "wrong"),
        ("3x3 in the 5x5 branch", 380_928, "right"),
        ("auxiliary heads on 4a and 4b", 528, "wrong"),
        ("auxiliary branch in code", 3_123_176, "incomplete"),
        ("a head's pool", 2_048, "right"),
        ("GoogLeNet has 13,385,816", 13_385_816, "right"),
        ("31.82 and 309.68", 31_821_284_320, "right number, wrong label"),
        ("memory of 1100.08", 1_100_075_104, "right"),
        ("figure 16 is VGG", 138_357_544, "right number, wrong label"),
        ("GoogLeNet used more", Fraction(138_357_544, 13_385_816), "wrong"),
        ("v3: two 3x3", Fraction(18, 25), "right"),
        ("v3: 1x7 and 7x1", Fraction(14, 49), "right"),
        ("v3 introduced depthwise", 0, "wrong"),
        ("v3 introduced batch", 69, "wrong"),
        ("a 1x1 of 32", Fraction(819_200, 208_896), "right"),
        ("6,998,552 params", 6_998_552, "right"),
        ("one 7x7", Fraction(100 * 22, 27), "right"),
        ("without fc7", Fraction(100 * 16_781_312, 58_281_344), "right"),
        ("pool5 features", Fraction(100 * 3_747_200, 58_281_344), "right"),
        ("about 30 % more cost", Fraction(100 * (1_948_605_440 - 1_498_677_248), 1_498_677_248), "right"),
        ("13.6 million", 11_278_528, "wrong"),
        ("VGG has about 3 times", Fraction(138_357_544, 60_965_224), "wrong"),
        ("36 convolutional", 36, "right"),
        ("27 times less compute", Fraction(15_470_264_320, 568_740_352), "right"),
        ("Inception v2 to v4", 42_679_816, "wrong"),
    ],
)
def test_claims(start: str, computed: int | Fraction, verdict: str) -> None:
    finding = find(start)
    assert (finding.computed, finding.verdict) == (computed, verdict)


def test_what_a_reader_looks_for() -> None:
    """8.71x for "12 times"; 9.73x by the figures printed, 9.77x for the published networks; 89.36 %."""
    assert find("12 times fewer").shown == "8.71x"
    faster = find("27 times faster")
    assert faster.shown == "9.73x"
    for part in ("params 10.34", "forward/backward 2.10", "total 2.49", "15,470,264,320 / 1,582,671,872 = 9.77"):
        assert part in faster.arithmetic
    assert find("90 % of VGG").shown == "89.36 %"
    assert "26,880 / 576,000" in find("with 1x1, 5.3/112.9").arithmetic
    assert "1,591,064,216 and 15,483,821,032" in find("31.82 and 309.68").arithmetic
    assert "7,005,832 + 6,379,984" in find("GoogLeNet has 13,385,816").arithmetic
    assert "3,188,968 and 3,191,016" in find("a head's pool").arithmetic
    assert "1,502M" in find("a budget of").arithmetic


def test_a_verdict_follows_the_number() -> None:
    """With another network in its place, the same comparison comes out otherwise."""
    (twelve,) = [claim for claim in all_claims() if claim.says.startswith("12 times")]
    swapped = {"googlenet": "efficientnet_b0", "alexnet_paper": "vgg16"}  # 138,357,544 / 5,288,548 = 26.2
    assert twelve.check(Networks(lambda name, batch: build(swapped[name], batch), conventions.find)).shown == "26.16x"
    squeezed = {"googlenet": "efficientnet_b0", "alexnet_paper": "alexnet_one_tower"}  # 11.8
    assert twelve.check(Networks(lambda name, batch: build(squeezed[name], batch), conventions.find)).verdict == "right"


def test_prints() -> None:
    """Rounded, or cut to two digits or more."""
    assert prints("12", 119, 10)
    assert prints("32", 327, 10)
    assert not prints("5", 571, 100)
    assert not prints("27", 973, 100)


def test_every_claim_says_who_what_and_how() -> None:
    claims = all_claims()
    assert len({(claim.source, claim.says) for claim in claims}) == len(claims) == len(found()) >= 50
    assert all(claim.source and claim.says for claim in claims)
    assert all(finding.arithmetic for finding in found().values())
