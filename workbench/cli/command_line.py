"""The command line as a whole: its parser, its exit codes, and what an error looks like.

Exit codes: 0 done · 2 bad input, nothing written · 3 the model, its server or the workspace failed · 100 checks
failed · 130 stopped by Ctrl+C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from workbench import __version__
from workbench.cli import (
    bench,
    cases,
    experiment,
    history,
    models,
    prices,
    profiles,
    prompts,
    rate,
    run,
    tour,
    training,
    versions,
)
from workbench.cli.arguments import Parser
from workbench.cli.output import note, prepare_streams
from workbench.errors import ModelError, WorkbenchError

_SUBCOMMANDS = (
    run,
    prompts,
    versions,
    models,
    profiles,
    prices,
    cases,
    experiment,
    history,
    rate,
    training,
    bench,
    tour,
)

_EXAMPLES = """\
examples:
  workbench                                    open the window
  workbench prompts list                       what is in the workspace
  workbench run "Support reply"                run a prompt as it stands, on the embedded model
  workbench run "Word problem@2" --case 5 --model work:gpt-4o
                                               a version on a test case, on a server
  workbench experiment run suite.yaml          prompts on models and cases, checked and compared
  workbench rate last --good                   say what you think of the answer
  workbench training export --out data         what was rated good, as training data

A model is named starter (the embedded SmolLM2), local:FILE.gguf, or PROFILE:MODEL.
Exit codes: 0 done, 2 bad input, 3 the model, its server or the workspace failed, 100 checks failed, 130 stopped.
"""


def parser() -> Parser:
    """The parser of every subcommand."""
    top = Parser(prog="workbench", description="Edit, run, compare, rate and export prompts.", epilog=_EXAMPLES)
    top.add_argument("--version", action="version", version=f"workbench {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    for module in _SUBCOMMANDS:
        module.add(commands)
    return top


def main(argv: Sequence[str]) -> int:
    """Do what the arguments say and return the exit code; SystemExit for --help and for wrong arguments."""
    prepare_streams()
    arguments = parser().parse_args(argv)
    try:
        code: int = arguments.call(arguments)
        sys.stdout.flush()
    except WorkbenchError as error:
        note(f"workbench: {error}".replace("\n", " "))
        return 3 if isinstance(error, ModelError) else 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has left, as `head` does; what is still in the buffer must not fail at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return code
