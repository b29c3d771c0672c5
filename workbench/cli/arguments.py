"""Arguments that several subcommands share, and a parser that says what is wrong in one line."""

from __future__ import annotations

import argparse
import codecs
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from workbench.core.model_reference import parse, parse_adapter
from workbench.errors import BadFile, NotFound, UserError

Subcommands: TypeAlias = "argparse._SubParsersAction[Parser]"
Command = Callable[[argparse.Namespace], int]
"""What a subcommand does; the exit code comes back."""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line, whose help keeps its examples, and which knows --workspace."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **options)
        # Left out of the namespace when it is not given here, so that a level below does not undo the one above.
        self.add_argument(
            "--workspace",
            metavar="FILE",
            type=Path,
            default=argparse.SUPPRESS,
            help="the workspace file (default: the one in your data folder, or in WORKBENCH_HOME)",
        )

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Nothing is left for the level above: the command that does not know an argument has the help for it."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        self.exit(2, f"{self.prog}: {message}. Try: {self.prog} --help\n")


def add_command(
    commands: Subcommands, name: str, do: Command, *, about: str, examples: tuple[str, ...] = ()
) -> Parser:
    """A subcommand that does something."""
    parser = commands.add_parser(name, help=about, description=_sentence(about), epilog=_epilog(examples))
    parser.set_defaults(call=do)
    return parser


def add_group(commands: Subcommands, name: str, *, about: str, examples: tuple[str, ...] = ()) -> Subcommands:
    """A subcommand that only has subcommands of its own."""
    parser = commands.add_parser(name, help=about, description=_sentence(about), epilog=_epilog(examples))
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)


def add_json(parser: Parser) -> None:
    """`--json`, for programs."""
    parser.add_argument("--json", action="store_true", help="print JSON, and nothing else, on standard output")


def _sentence(about: str) -> str:
    return about[0].upper() + about[1:] + "."


def _epilog(examples: tuple[str, ...]) -> str:
    return "\n".join(["examples:", *(f"  {example}" for example in examples)]) if examples else ""


def read_text(path: str) -> str:
    """A text file; `-` is standard input. Raises NotFound and BadFile."""
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}.") from None
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = "Standard input" if path == "-" else path
        raise BadFile(f"{place} is not UTF-8 text: byte {error.start} is wrong.") from error


@contextmanager
def as_file(path: str) -> Iterator[Path]:
    """The path of a file to read; `-`, standard input, becomes a file for as long as it is read."""
    if path != "-":
        yield Path(path).expanduser()
        return
    data = sys.stdin.buffer.read()
    is_json = data.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"{", b"[")
    with tempfile.TemporaryDirectory() as folder:
        # Errors name the file by its last part.
        copy = Path(folder, "standard input" + (".json" if is_json else ""))
        copy.write_bytes(data)
        yield copy


def model(text: str) -> str:
    """A model reference as a run keeps it: a file by its whole path, which leads there from any folder.

    Raises UserError for what is no reference.
    """
    reference = parse(text)
    if reference.place not in ("starter", "local"):
        return text
    adapters = tuple(replace(adapter, path=_whole(adapter.path)) for adapter in reference.adapters)
    path = _whole(reference.model) if reference.place == "local" else ""
    return str(replace(reference, model=path, adapters=adapters))


def add_adapters(parser: Parser, *, about: str) -> None:
    """`--lora FILE[=SCALE]`; `with_adapters` reads it."""
    parser.add_argument("--lora", metavar="FILE[=SCALE]", action="append", default=[], help=about)


def with_adapters(text: str, arguments: argparse.Namespace) -> str:
    """A model reference as `model` gives it, with the adapters of `--lora`. Raises UserError."""
    adapters = tuple(parse_adapter(one, sign="=") for one in arguments.lora)
    reference = parse(text)
    if adapters and reference.place not in ("starter", "local"):
        raise UserError(f"{text} is no model of this machine; it takes no --lora.")
    return model(str(replace(reference, adapters=(*reference.adapters, *adapters))))


def _whole(path: str) -> str:
    return str(Path(path).expanduser().absolute())


def pair(text: str) -> tuple[str, str]:
    """`name=value`, taken apart at the first `=`. Raises UserError."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UserError(f"{text!r} is not NAME=VALUE.")
    return name, value
