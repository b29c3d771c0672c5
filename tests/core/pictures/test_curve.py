"""The curve of an ablation, read back against its data."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from workbench.core.case import Case
from workbench.core.check import Judgement
from workbench.core.experiment import Cell, CellRecord, Experiment, Variant, outcome
from workbench.core.pictures.curve import Stop, along, curve
from workbench.core.pictures.gallery import gallery
from workbench.core.pictures.palette import LIGHT
from workbench.core.prompt import Prompt
from workbench.core.statistics import Estimate, pass_rate

STOPS = (
    Stop(1, Estimate(0.5, 0.25, 0.75)),
    Stop(0, Estimate(0.25, 0.1, 0.5)),
    Stop(4, None),
    Stop(3, pass_rate(4, 4)),
)


def places(svg: str) -> list[tuple[float, float]]:
    circles = Xml.fromstring(svg).iter("{http://www.w3.org/2000/svg}circle")  # noqa: S314 - our own picture
    return [(float(one.get("cx", "")), float(one.get("cy", ""))) for one in circles]


def test_every_value_stands_where_it_lies() -> None:
    picture = curve(STOPS, LIGHT, axis="Shots")
    (x0, y0), (x1, y1), (x3, y3) = places(picture.svg)
    assert x1 - x0 == (x3 - x1) / 2
    assert y0 - y1 == (y1 - y3) / 2
    assert picture.said.endswith("Shots 3: 100% pass, between 51% and 100%. Shots 4: no answer yet.")


def experiment(*labels: str) -> tuple[Experiment, list[CellRecord]]:
    variants = tuple(Variant(f"v{n}", Prompt(user="x"), "starter", label=label) for n, label in enumerate(labels))
    made = Experiment("e", "Numbers", variants, (Case("a", {}, "x"),))
    records = [
        CellRecord(Cell(one.id, "a"), "r", state="done", judgement=Judgement(True, 1.0)) for one in variants
    ]
    return made, records


def test_an_ablation_along_an_axis_has_a_curve_among_its_pictures() -> None:
    made, records = experiment("temperature 0", "temperature 0.5", "temperature 1")
    assert "curve" in [picture.name for picture in gallery(made, records, LIGHT)]
    made, records = experiment("0 shots", "1 shot")
    assert "curve" in [picture.name for picture in gallery(made, records, LIGHT)]


def test_columns_that_are_not_on_one_axis_have_none() -> None:
    for labels in (("as it is", "1 shot"), ("1 shot", "temperature 1"), ("1 shot", "1 shot"), ("1 shot",)):
        made, records = experiment(*labels)
        assert along(outcome(made, records).columns, LIGHT) is None
