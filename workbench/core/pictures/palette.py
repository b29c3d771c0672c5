"""The colours of pictures: one set a theme, and one that leaves the choice to the page that shows them."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a picture, each as SVG takes it. Text colours stand at 4.5:1 or more on the surface."""

    surface: str
    ink: str
    muted: str
    """Text that steps back: axes, explanations."""
    grid: str
    axis: str
    accent: str
    series: tuple[str, ...]
    """Told apart also by people who see fewer colours; what they mean is written beside them as well."""

    def of(self, place: int) -> str:
        """The colour of a series; beyond the last one, where colours tell nothing any more, a quiet one."""
        return self.series[place] if place < len(self.series) else self.muted


LIGHT = Palette(
    surface="#ffffff",
    ink="#1c2028",
    muted="#59616e",
    grid="#e6e9ee",
    axis="#b4bac4",
    accent="#2b5cd0",
    series=("#2b5cd0", "#c2570c", "#157f4a", "#8a3ab0", "#0a7783", "#b0231b", "#7d6000", "#59616e"),
)

DARK = Palette(
    surface="#202328",
    ink="#e3e6eb",
    muted="#a0a8b5",
    grid="#31363e",
    axis="#5a626e",
    accent="#84a9f8",
    series=("#84a9f8", "#f0a266", "#73ce8c", "#cf9ff2", "#5fc7d2", "#f4938a", "#dcc163", "#a0a8b5"),
)

PAGE = Palette(
    surface="none",
    ink="var(--ink)",
    muted="var(--muted)",
    grid="var(--grid)",
    axis="var(--axis)",
    accent="var(--accent)",
    series=tuple(f"var(--series-{place})" for place in range(len(LIGHT.series))),
)
"""For a page whose style sheet holds `variables`: its pictures change with its theme."""


def variables(palette: Palette) -> str:
    """The colours as CSS custom properties, as `PAGE` names them."""
    plain = {one.name: getattr(palette, one.name) for one in fields(palette) if one.name != "series"}
    series = {f"series-{place}": color for place, color in enumerate(palette.series)}
    return " ".join(f"--{name}: {color};" for name, color in {**plain, **series}.items())
