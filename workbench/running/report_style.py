"""How a report looks: one style sheet inside the page, light or dark as the reader asks; paper is always light."""

from __future__ import annotations

from workbench.core.pictures.palette import DARK, LIGHT, variables

_RULES = """
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 32px 24px 64px; max-width: 1400px; background: var(--surface); color: var(--ink);
  font: 14px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: break-word; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 16px; margin: 40px 0 12px; padding-top: 8px; border-top: 1px solid var(--grid); }
h3 { font-size: 14px; margin: 16px 0 4px; }
p { margin: 4px 0; max-width: 90ch; }
a { color: var(--accent); }
.quiet, .note { color: var(--muted); }
.note { font-size: 12px; }
.verdicts { padding: 0; list-style: none; max-width: 100ch; }
.verdicts li { margin: 6px 0; padding: 8px 12px; border-left: 3px solid var(--axis); background: var(--raised); }
.verdicts li.decided { border-left-color: var(--accent); font-weight: 600; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--grid); }
th { color: var(--muted); font-weight: 500; white-space: nowrap; }
.figures td { font-variant-numeric: tabular-nums; }
.figures td:first-child { font-weight: 600; }
.wide { overflow-x: auto; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 16px;
  align-items: start; }
figure { margin: 0; border: 1px solid var(--grid); border-radius: 6px; padding: 4px; max-width: 100%; }
figure:not(.pictures *) { max-width: 660px; }
svg { display: block; width: 100%; max-width: 720px; height: auto; }
.figures { margin-top: 16px; }
.grid { table-layout: fixed; width: 100%; min-width: max(100%, calc(var(--columns) * 240px + 260px)); }
.grid th, .grid td { padding: 8px 12px; border: 1px solid var(--grid); }
.grid thead th { white-space: normal; color: var(--ink); background: var(--raised); position: sticky; top: 0; }
.grid .case { width: 260px; }
.answer + .answer { margin-top: 8px; padding-top: 8px; border-top: 1px dashed var(--grid); }
.mark { font-weight: 600; }
.mark.good { color: var(--good); }
.mark.bad { color: var(--bad); }
.reasons { margin: 4px 0 0; padding-left: 18px; font-size: 12px; color: var(--muted); }
pre, .short { margin: 4px 0; white-space: pre-wrap; overflow-wrap: anywhere;
  font: 12px/1.45 ui-monospace, "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
summary { cursor: pointer; }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
details[open] > summary .short { display: none; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 8px 0; }
dt { color: var(--muted); }
dd { margin: 0; }
@page { margin: 14mm; }
@media print {
  body { padding: 0; max-width: none; font-size: 10pt; }
  h2 { break-after: avoid; }
  tr, figure, .verdicts li { break-inside: avoid; }
  .grid thead th { position: static; }
  .grid { min-width: 0; }
  .pictures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .wide { overflow: visible; }
}
"""

_LIGHT = f"{variables(LIGHT)} --raised: #f4f5f7; --good: #1b6e38; --bad: #b0231b;"
_DARK = f"{variables(DARK)} --raised: #2a2e35; --good: #73ce8c; --bad: #f4938a;"

STYLE = (
    f":root {{ color-scheme: light dark; {_LIGHT} }}\n"
    f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {_DARK} }} }}\n{_RULES.lstrip()}"
)
