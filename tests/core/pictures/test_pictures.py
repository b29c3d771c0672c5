"""Pictures say what the figures say: their geometry is read back and compared with the data."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chance import seeded
from tests.core.pictures.reading import Drawn, number
from workbench.core.pictures import axes, figures, frame, letters
from workbench.core.pictures.distribution import Spread, distribution
from workbench.core.pictures.history import Series, history
from workbench.core.pictures.palette import DARK, LIGHT, PAGE, variables
from workbench.core.pictures.rates import Row, rates
from workbench.core.pictures.svg import Picture
from workbench.core.pictures.tradeoff import Point, best, tradeoff
from workbench.core.statistics import Estimate, pass_rate

NASTY = "<b>&\"'</text><script>\x00\x1b\ud800\u202eA]]>--" + "東京" * 40
LABELS = ("Triage v3", "Triage v4 · gpt-oss-20b", NASTY)
RATES = (pass_rate(20, 40), pass_rate(36, 40), pass_rate(0, 3))
POINTS = tuple(
    Point(label, price, rate) for label, price, rate in zip(LABELS, (0.0, 0.4, 0.1), RATES, strict=True)
)


def all_pictures() -> list[Picture]:
    chance = seeded(1)
    spreads = [Spread(label, tuple(chance.gammavariate(3, 100) for _ in range(50))) for label in LABELS]
    named = list(zip(LABELS, RATES, strict=True))
    return [
        rates([Row(label, rate, "40 cases") for label, rate in named], LIGHT, middle=0.5),
        tradeoff(POINTS, DARK, name="cost", title=NASTY, axis=NASTY, shown=figures.dollars),
        history([NASTY, NASTY], [Series(label, (rate, rate)) for label, rate in named], PAGE),
        distribution(spreads, LIGHT, name="times", title="Times", axis="Time", shown=figures.milliseconds),
    ]


@pytest.mark.parametrize("picture", all_pictures(), ids=lambda picture: picture.name)
def test_a_picture_is_well_formed_whatever_it_is_called(picture: Picture) -> None:
    drawn = Drawn(picture)  # parsing it is the test
    assert drawn.title()
    assert "Triage v3" in drawn.said()
    assert drawn.root.get("role") == "img"
    assert "<script" not in picture.svg
    tags = {one.tag.rpartition("}")[2] for one in drawn.root.iter()}
    assert tags <= {"svg", "title", "desc", "g", "line", "circle", "path", "text", "rect"}
    assert all(name not in ("href", "style", "onload") for one in drawn.root.iter() for name in one.attrib)


@pytest.mark.parametrize("picture", all_pictures(), ids=lambda picture: picture.name)
def test_nothing_is_drawn_outside(picture: Picture) -> None:
    limits = dict.fromkeys(("x", "x1", "x2", "cx"), picture.width)
    limits |= dict.fromkeys(("y", "y1", "y2", "cy"), picture.height)
    for one in Drawn(picture).root.iter():
        for name, limit in limits.items():
            if one.get(name) is not None:
                assert 0 <= number(one, name) <= limit
        if one.tag.endswith("text"):
            wide = letters.width(one.text or "", number(one, "font-size"), bold=one.get("font-weight") is not None)
            start = number(one, "x") - {None: 0.0, "middle": wide / 2, "end": wide}[one.get("text-anchor")]
            assert start >= -1
            assert start + wide <= picture.width + 1


def test_shares_stand_where_the_axis_says() -> None:
    picture = rates([Row(label, rate) for label, rate in zip(LABELS, RATES, strict=True)], LIGHT)
    drawn = Drawn(picture)
    x = drawn.across(("0%", 0.0), ("100%", 1.0))
    for line, dot, rate in zip(drawn.of("interval"), drawn.of("value"), RATES, strict=True):
        assert (number(line, "x1"), number(line, "x2")) == pytest.approx((x(rate.low), x(rate.high)), abs=0.02)
        assert number(dot, "cx") == pytest.approx(x(rate.value), abs=0.02)
        assert number(dot, "cy") == number(line, "y1") == number(line, "y2")
    assert [number(dot, "cy") for dot in drawn.of("value")] == sorted(number(d, "cy") for d in drawn.of("value"))
    assert drawn.texts("figure") == ["50%", "90%", "0%"]
    assert drawn.texts("tick") == ["0%", "25%", "50%", "75%", "100%"]


def test_a_column_without_an_answer_has_a_row_without_a_mark() -> None:
    drawn = Drawn(rates([Row("One", None), Row("Two", pass_rate(1, 2))], LIGHT))
    assert drawn.texts("figure") == ["no answer yet", "50%"]
    assert len(drawn.of("value")) == 1


def test_the_line_to_compare_with_stands_in_its_place() -> None:
    drawn = Drawn(rates([Row("One", pass_rate(1, 2))], LIGHT, middle=0.5))
    (line,) = drawn.of("middle")
    assert number(line, "x1") == pytest.approx(drawn.across(("0%", 0.0), ("100%", 1.0))(0.5), abs=0.02)


def test_quality_stands_on_zero_to_one_and_the_price_on_zero() -> None:
    drawn = Drawn(tradeoff(POINTS, LIGHT, name="c", title="Cost", axis="Dollars", shown=figures.dollars))
    x, y = drawn.across(("$0", 0.0), ("$0.40", 0.4)), drawn.up()
    for dot, line, point in zip(drawn.of("value"), drawn.of("interval"), POINTS, strict=True):
        assert number(dot, "cx") == pytest.approx(x(point.price), abs=0.02)
        assert number(dot, "cy") == pytest.approx(y(point.quality.value), abs=0.02)
        ends = (number(line, "y1"), number(line, "y2"))
        assert ends == pytest.approx((y(point.quality.low), y(point.quality.high)), abs=0.02)
    assert drawn.texts("axis") == ["Dollars"]


def test_points_that_something_beats_are_hollow() -> None:
    rate = Estimate(0.5, 0.4, 0.6)
    points = [Point("good and dear", 2, replace(rate, value=0.9)), Point("bad and cheap", 1, rate),
              Point("bad and dear", 2, rate), Point("the same as bad and cheap", 1, rate)]  # fmt: skip
    assert best(points) == (True, True, False, True)
    drawn = Drawn(tradeoff(points, LIGHT, name="c", title="Cost", axis="Dollars", shown=figures.dollars))
    assert [dot.get("fill") == LIGHT.surface for dot in drawn.of("value")] == [False, False, True, False]


def test_prices_far_apart_stand_on_powers_of_ten_and_the_axis_says_so() -> None:
    points = [replace(POINTS[0], price=30.0), replace(POINTS[1], price=9_000.0)]
    drawn = Drawn(tradeoff(points, LIGHT, name="t", title="Time", axis="Mean time", shown=figures.milliseconds))
    assert drawn.texts("axis") == ["Mean time (powers of ten)"]
    log = drawn.across(("10 ms", 1.0), ("10 s", 4.0))
    assert [number(dot, "cx") for dot in drawn.of("value")] == pytest.approx(
        [log(math.log10(30)), log(math.log10(9_000))], abs=0.02
    )


def test_labels_of_points_close_together_do_not_cover_each_other() -> None:
    points = [Point(f"Column number {n}", 1.0 + n / 100, Estimate(0.5 + n / 100, 0.4, 0.6)) for n in range(4)]
    drawn = Drawn(tradeoff(points, LIGHT, name="c", title="Cost", axis="Dollars", shown=figures.dollars))
    boxes = []
    for label in drawn.of("label"):
        wide = letters.width(label.text or "", 12)
        start = number(label, "x") - (wide if label.get("text-anchor") == "end" else 0)
        boxes.append((start, number(label, "y") - 9, start + wide, number(label, "y") + 3))
    for place, one in enumerate(boxes):
        for other in boxes[place + 1 :]:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_the_history_goes_through_its_rates_and_stops_where_a_run_lacks_the_column() -> None:
    series = [Series("One", (RATES[0], None, RATES[1], RATES[2])), Series("Two", (None, None, None, RATES[0]))]
    drawn = Drawn(history(["run 1", "run 2", "run 3", "run 4"], series, LIGHT))
    y = drawn.up()
    rates_shown = [rate for one in series for rate in one.rates if rate]
    assert [number(dot, "cy") for dot in drawn.of("value")] == pytest.approx(
        [y(rate.value) for rate in rates_shown], abs=0.02
    )
    assert [(number(line, "y1"), number(line, "y2")) for line in drawn.of("interval")] == [
        (pytest.approx(y(rate.low), abs=0.02), pytest.approx(y(rate.high), abs=0.02)) for rate in rates_shown
    ]
    (line,) = drawn.of("line")  # from run 3 to run 4 only
    assert len((line.get("d") or "").split("L")) == 2
    assert drawn.texts("figure") == ["0%", "50%"]


def test_many_runs_are_named_as_far_as_there_is_room() -> None:
    names = [f"run of day {n}" for n in range(30)]
    drawn = Drawn(history(names, [Series("One", (RATES[0],) * 30)], LIGHT))
    shown = [one for one in drawn.of("tick") if not (one.text or "").endswith("%")]
    assert shown[0].text == names[-1]
    places = sorted(number(one, "x") for one in shown)
    assert all(b - a > letters.width(names[0], 11) for a, b in pairwise(places))


def test_a_hill_is_as_high_as_its_share_and_the_median_stands_in_its_place() -> None:
    one, other = Spread("One", (10.0,) * 30 + (90.0,) * 10), Spread("Two", (50.0,))
    drawn = Drawn(distribution([one, other], LIGHT, name="l", title="L", axis="Tokens", shown=figures.tokens))
    x = drawn.across(("0", 0.0), ("100", 100.0))
    medians = drawn.of("median")
    assert [number(line, "x1") for line in medians] == pytest.approx([x(10), x(50)], abs=0.02)
    heights = []
    for hill, base in zip(drawn.of("hill"), drawn.of("base"), strict=True):
        places = [tuple(map(float, part.split())) for part in (hill.get("d") or "").strip("MZ ").split(" L")]
        heights.append({round(number(base, "y1") - y, 1) for _, y in places})
        assert min(px for px, _ in places) == pytest.approx(x(0), abs=0.02)
    full = max(heights[1])
    assert heights[1] == {0, full}
    assert heights[0] == {0, round(full * 0.75, 1), round(full * 0.25, 1)}
    assert drawn.texts("figure") == ["median 10", "median 50"]
    assert drawn.texts("note")[0] == "95% below 90"


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30))
def test_an_axis_holds_every_value(values: list[float]) -> None:
    scale = axes.amount_scale(values, 100, 500)
    places = [scale(value) for value in values]
    assert all(100 - 1e-6 <= place <= 500 + 1e-6 for place in places)
    assert scale.logarithmic or scale(0) == 100  # an axis of lengths begins at zero
    assert 2 <= len(scale.ticks) <= 10


@pytest.mark.parametrize(
    ("wanted", "step"), [(0.9, 1), (1, 1), (1.1, 2), (2.2, 2.5), (30, 50), (0.06, 0.1), (7, 10)]
)
def test_steps_are_round(wanted: float, step: float) -> None:
    assert axes.round_step(wanted) == pytest.approx(step)


@given(st.lists(st.floats(0, 300), min_size=1, max_size=12))
def test_labels_at_line_ends_are_moved_apart_in_their_order(wanted: list[float]) -> None:
    placed = frame.spread(wanted, 16, 0, 300)
    ordered = [place for _, place in sorted(zip(wanted, placed, strict=True), key=lambda pair: pair[0])]
    assert all(-1e-6 <= place <= 300 + 1e-6 for place in placed)
    assert all(b - a >= 16 - 1e-6 for a, b in pairwise(ordered))
    if all(abs(a - b) >= 16 for a, b in pairwise(sorted(wanted))):
        assert placed == pytest.approx(wanted)


@given(st.text(max_size=80), st.floats(20, 300))
def test_a_fitted_text_fits(text: str, room: float) -> None:
    assert letters.width(letters.fitted(text, room, 12), 12) <= room


def test_the_middle_is_left_out() -> None:
    shown = letters.fitted("Support reply v4 on gpt-oss-20b", 120, 12)
    assert shown.startswith("Supp")
    assert shown.endswith("20b")
    assert "…" in shown


def test_figures_are_short_and_true() -> None:
    assert [figures.milliseconds(v) for v in (0, 7.25, 999, 1_234, 150_000)] == [
        "0", "7.25 ms", "999 ms", "1.23 s", "2.5 min",
    ]  # fmt: skip
    assert [figures.dollars(v) for v in (0, 0.2, 0.025, 0.00042, 0.00000123, 1_234.5)] == [
        "$0", "$0.20", "$0.025", "$0.00042", "$0.0000012", "$1,234.50",
    ]  # fmt: skip
    assert figures.interval(Estimate(0.5, 0.401, 0.599)) == "40–60%"
    assert [figures.counted(n, "case") for n in (1, 1_200)] == ["1 case", "1,200 cases"]


def test_a_page_names_every_colour_that_its_pictures_use() -> None:
    names = set(variables(LIGHT).replace(";", "").split("--"))
    for color in (PAGE.ink, PAGE.muted, PAGE.grid, PAGE.axis, PAGE.accent, *PAGE.series, "var(--surface)"):
        wanted = color.removeprefix("var(--").removesuffix(")")
        assert any(name.startswith(f"{wanted}:") for name in names)
