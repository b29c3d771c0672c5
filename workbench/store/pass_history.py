"""How often the columns of an experiment passed from run to run, summed up by the file itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workbench.core.model_reference import short_name
from workbench.store.clock import moment_restored
from workbench.store.database import Database
from workbench.store.text import restored


@dataclass(frozen=True, slots=True)
class PassCounts:
    """One column of one experiment."""

    experiment_id: str
    created_at: datetime
    title: str
    passed: float
    """Cases that passed; a repeated one counts by the share of its passes."""
    cases: int
    """Cases that were judged."""


def counts(database: Database, experiment_id: str, limit: int) -> tuple[PassCounts, ...]:
    """The columns of the newest experiments of the same plan, or of the same name where there is none.

    Oldest experiment first, the columns in their order; those without a judged answer are left out.
    """
    rows = database.rows(
        """WITH related AS (
               SELECT e.key, e.id, e.created_at FROM experiments e JOIN experiments mine ON mine.id = ?
               WHERE CASE WHEN mine.plan_id IS NULL THEN e.plan_id IS NULL AND e.name = mine.name
                          ELSE e.plan_id = mine.plan_id END
               ORDER BY e.created_at DESC, e.key DESC LIMIT ?
           ), cases AS (
               SELECT z.experiment, z.variant, avg(z.passed) AS share FROM experiment_cells z
               JOIN related ON related.key = z.experiment
               WHERE z.passed IS NOT NULL GROUP BY z.experiment, z.variant, z."case"
           )
           SELECT r.id, r.created_at, v.label, v.prompt_name, v.model, sum(c.share) AS passed, count(*) AS cases
           FROM related r JOIN cases c ON c.experiment = r.key
           JOIN experiment_variants v ON v.experiment = r.key AND v.position = c.variant
           GROUP BY r.key, v.position ORDER BY r.created_at, r.key, v.position""",
        [experiment_id, limit],
    )
    return tuple(
        PassCounts(
            experiment_id=row["id"],
            created_at=moment_restored(row["created_at"]),
            title=_title(restored(row["label"]), restored(row["prompt_name"]), restored(row["model"])),
            passed=row["passed"],
            cases=row["cases"],
        )
        for row in rows
    )


def _title(label: str, prompt_name: str, model: str) -> str:
    """As `Variant.title`."""
    return label or " · ".join(filter(None, (prompt_name, short_name(model))))
