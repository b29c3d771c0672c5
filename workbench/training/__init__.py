"""Rated runs become training data: recipe, rows and pairs, checks, files, manifest."""

from workbench.training.curation import rows
from workbench.training.export import Exported, export, preview
from workbench.training.formats import FORMATS, Format
from workbench.training.recipe import Recipe
from workbench.training.row import Pair, Refused, Row, TrainingSet

__all__ = [
    "FORMATS",
    "Exported",
    "Format",
    "Pair",
    "Recipe",
    "Refused",
    "Row",
    "TrainingSet",
    "export",
    "preview",
    "rows",
]
