"""`workbench run`: one prompt on one model; the answer on standard output as it comes."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace

from workbench.cli.answer import Answer, exit_code, report
from workbench.cli.arguments import (
    Parser,
    Subcommands,
    add_adapters,
    add_command,
    add_json,
    pair,
    read_text,
    with_adapters,
)
from workbench.cli.opening import Chosen, choose, open_workspace
from workbench.cli.output import print_json
from workbench.cli.run_data import run_data
from workbench.core.case import Case
from workbench.core.completion import PARAMETERS, WHOLE_NUMBERS, GenerationConfig, parse_bias
from workbench.errors import NotFound
from workbench.running import Job, checked
from workbench.store import Store

_EXAMPLES = (
    'workbench run "Support reply"',
    'workbench run "Word problem@production" --var problem="What is 7 x 8?" --temperature 0',
    'workbench run "Ticket classification" --case 3 --model local:~/models/qwen.gguf --json',
    "workbench run summary --var-file text=report.txt --model work:gpt-4o-mini > summary.txt",
)

_HELP = {
    "temperature": "0 is the likeliest word always; higher is more varied",
    "top_p": "keep the likeliest tokens that together have this probability",
    "top_k": "keep this many of the likeliest tokens",
    "min_p": "keep tokens at least this likely, relative to the likeliest",
    "max_tokens": "most tokens of the answer",
    "seed": "start of the random numbers",
    "frequency_penalty": "make a token less likely each time it was used",
    "presence_penalty": "make a token less likely once it was used",
    "repeat_penalty": "llama.cpp's penalty for tokens of the recent text; 1 is none",
    "typical_p": "keep the tokens of most usual surprise that together have this probability",
    "xtc_probability": "how often all but the last of the tokens above the XTC threshold are left out",
    "xtc_threshold": "the least probability of tokens that XTC leaves out",
    "dry_multiplier": "strength of the penalty for repeating sequences; 0 is none",
    "dry_base": "how fast that penalty grows with the length of the repetition",
    "dry_allowed_length": "tokens that may be repeated freely",
    "mirostat": "1 or 2 keeps the text's surprise even, instead of top-k, top-p and the like; 0 is off",
    "mirostat_tau": "the surprise that Mirostat aims at",
    "mirostat_eta": "how fast Mirostat adapts",
    "logprobs": "record log-probabilities, with so many alternatives a token",
}


def add(commands: Subcommands) -> None:
    """Add the subcommand."""
    parser = add_command(commands, "run", _run, about="run a prompt on a model", examples=_EXAMPLES)
    parser.add_argument("prompt", metavar="PROMPT[@VERSION]", help="a name or id; without a version, the draft")
    parser.add_argument("--model", metavar="REF", default="starter", help="starter, local:FILE or PROFILE:MODEL")
    add_adapters(parser, about="add a LoRA adapter (GGUF) to a local model, at a scale (default: 1); repeatable")
    _add_values(parser)
    _add_parameters(parser)
    add_json(parser)


def _add_values(parser: Parser) -> None:
    group = parser.add_argument_group("variables (without any of these, those that the draft was last used with)")
    group.add_argument("--var", metavar="NAME=TEXT", action="append", default=[], help="the value of a variable")
    group.add_argument(
        "--var-file", metavar="NAME=FILE", action="append", default=[], help="a value from a file; - is stdin"
    )
    group.add_argument("--case", metavar="CASE", help="a test case of the prompt, by number, name or id")


def _add_parameters(parser: Parser) -> None:
    group = parser.add_argument_group("parameters (each instead of the prompt's own)")
    for name in PARAMETERS:
        option = "--" + name.replace("_", "-")
        match name:
            case "stop":
                group.add_argument(option, metavar="TEXT", action="append", help="ends the answer; repeatable")
            case "logit_bias":
                about = "add to a token's score, -100 to 100; a text or a token's number; repeatable"
                group.add_argument(option, metavar="TOKEN=N", action="append", help=about)
            case "grammar":
                about = "GBNF that the answer must follow; - is stdin"
                group.add_argument(option, metavar="FILE", help=about)
            case _:
                kind = int if name in WHOLE_NUMBERS else float
                group.add_argument(option, metavar="N", type=kind, help=_HELP[name])


def _run(arguments: argparse.Namespace) -> int:
    with open_workspace(arguments) as workspace:
        job = workspace.store.read(lambda store: _job(store, arguments)).result()
        checked(job)
        # An unknown profile or file is bad input too: found out before anything is written.
        workspace.loop.submit(workspace.catalog.provider(job.model)).result()
        run, interrupted = Answer(workspace, job, streamed=not arguments.json).wait()
    if arguments.json:
        print_json(run_data(run))
    report(run)
    return 130 if interrupted else exit_code(run)


def _job(store: Store, arguments: argparse.Namespace) -> Job:
    chosen = choose(store, arguments.prompt)
    case = _case(store, chosen, arguments.case) if arguments.case else None
    return Job(
        prompt=chosen.prompt,
        values=_values(arguments, chosen, case),
        model=with_adapters(arguments.model, arguments),
        config=_config(arguments, chosen.record.config),
        prompt_id=chosen.record.id,
        prompt_name=chosen.record.name,
        case_id=case.id if case else None,
    )


def _case(store: Store, chosen: Chosen, text: str) -> Case:
    test_set = store.test_set_for(chosen.record.id)
    cases = test_set.cases if test_set else ()
    for number, case in enumerate(cases, 1):
        if text in (str(number), case.name, case.id):
            return case
    raise NotFound(
        f"{chosen.record.name!r} has no case {text!r}.",
        advice=f"Cases 1 to {len(cases)} and their names are known." if cases else "It has no cases at all.",
    )


def _values(arguments: argparse.Namespace, chosen: Chosen, case: Case | None) -> Mapping[str, str]:
    given = dict(map(pair, arguments.var))
    given |= {name: read_text(path) for name, path in map(pair, arguments.var_file)}
    if case:
        return {**case.values, **given}
    return given or chosen.record.values


def _config(arguments: argparse.Namespace, own: GenerationConfig) -> GenerationConfig:
    given = {name: value for name in PARAMETERS if (value := getattr(arguments, name)) is not None}
    if "stop" in given:
        given["stop"] = tuple(given["stop"])
    if "logit_bias" in given:
        given["logit_bias"] = tuple(map(parse_bias, given["logit_bias"]))
    if "grammar" in given:
        given["grammar"] = read_text(given["grammar"])
    return replace(own, **given)
