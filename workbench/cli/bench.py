"""`workbench bench`: how fast a local model is on this machine."""

from __future__ import annotations

import argparse
import sys

from workbench.cli.arguments import Subcommands, add_command, add_json, model
from workbench.cli.opening import open_workspace
from workbench.cli.output import print_json, print_table, print_text
from workbench.core.model_reference import short_name
from workbench.core.size import size_text
from workbench.running.benchmark import AT_ONCE, DEPTHS, Benchmark, benchmark_data, measure
from workbench.running.model_record import keep_benchmark


def add(commands: Subcommands) -> None:
    """Add the subcommand."""
    parser = add_command(
        commands,
        "bench",
        _bench,
        about="measure how fast a local model is on this machine",
        examples=("workbench bench", "workbench bench --model local:~/models/qwen.gguf --depths 512 4096 --json"),
    )
    parser.add_argument(
        "--model", metavar="REF", default="starter", help="starter or local:FILE (default: starter)"
    )
    parser.add_argument(
        "--depths", metavar="N", type=int, nargs="+", default=DEPTHS, help="tokens of the prompts that are read"
    )
    parser.add_argument(
        "--at-once", metavar="N", type=int, nargs="+", default=AT_ONCE, help="numbers of answers written at once"
    )
    add_json(parser)


def _bench(arguments: argparse.Namespace) -> int:
    reference = model(arguments.model)
    with open_workspace(arguments) as workspace:
        measuring = measure(
            workspace.catalog,
            reference,
            depths=tuple(arguments.depths),
            at_once=tuple(arguments.at_once),
            told=_progress if sys.stderr.isatty() else lambda _what, _fraction: None,
        )
        found = workspace.loop.submit(measuring).result()
        workspace.store.write(lambda store: keep_benchmark(store, found)).result()
    if arguments.json:
        print_json(benchmark_data(found))
    else:
        _print(found)
    return 0


def _progress(what: str, fraction: float) -> None:
    end = "\n" if fraction >= 1 else ""
    print(f"\r\x1b[K{fraction:4.0%} {what} …", end=end, file=sys.stderr, flush=True)


def _print(found: Benchmark) -> None:
    memory = f", {size_text(found.memory_bytes)} of memory" if found.memory_bytes else ""
    gpu = f", {found.gpu_layers} layers on the GPU" if found.gpu_layers else ""
    print_text(f"{short_name(found.model)}, {found.quantisation}, {found.threads} threads{gpu}{memory}")
    print_text(f"{found.engine}\n")
    print_table(
        ("PROMPT", "READING, TOKENS/S", "WRITING, TOKENS/S"),
        ((f"{row.prompt_tokens:,}", f"{row.reading:,.1f}", f"{row.writing:,.1f}") for row in found.depths),
    )
    print_text("")
    print_table(
        ("ANSWERS AT ONCE", "WRITING TOGETHER, TOKENS/S"),
        ((str(row.answers), f"{row.writing:,.1f}") for row in found.at_once),
    )
