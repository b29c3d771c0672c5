"""Writes one export of every format into the folder given; run by the program's own Python, not the trainers'."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.training.runs import BAD, GOOD, PROMPT, golden, rated
from workbench.core.run import RatedRun
from workbench.training import FORMATS, Recipe, export, rows

CAPITALS = {
    "France": "Paris",
    "Italy": "Rome",
    "Japan": "Tokyo",
    "Iceland": "Reykjavík",
    "Brazil": "Brasília",
    "Kenya": "Nairobi",
    "Line\u2028separator": "line one\nline two \u2029 \0 👩‍🚀",
    "Canada": '"Ottawa" \\ {not a variable}',
}


def runs() -> list[RatedRun]:
    """A good, a bad and an edited answer to every country, so that every format has rows."""
    good = [rated(capital, GOOD, country=country) for country, capital in CAPITALS.items()]
    bad = [rated(f"I do not know {country}.", BAD, country=country) for country in CAPITALS]
    edited = [rated("Oslo?", golden("Ouagadougou"), country="Burkina Faso")]
    return [*good, *bad, *edited]


def main(folder: Path) -> None:
    """One folder a format and recipe."""
    for name in FORMATS:
        export(rows(runs()), name, folder / name)
        export(rows(runs(), recipe=Recipe(few_shot="keep")), name, folder / f"{name}-few-shot")
    thinking = [rated(f"<think>Of {c}.</think>{a}", prompt=PROMPT, country=c) for c, a in CAPITALS.items()]
    recipe = Recipe(reasoning="reasoning_content")
    export(rows(thinking, recipe=recipe), "trl-prompt-completion", folder / "reasoning")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
