"""The options of `workbench profiles add` that say how a server is spoken to, and what they make of a profile."""

from __future__ import annotations

import argparse
import getpass
import sys
from dataclasses import replace

from workbench.cli.arguments import Parser
from workbench.core.profile import Header, Profile, checked, tidied
from workbench.errors import UserError
from workbench.running.presets import named, preset_for, presets


def add_connection(parser: Parser) -> None:
    """Add the options."""
    known = ", ".join(preset.name for preset in presets())
    parser.add_argument("--preset", metavar="KIND", default="", help=f"a server that is known here: {known}")
    parser.add_argument(
        "--header",
        metavar="'NAME: VALUE'",
        action="append",
        default=[],
        help="sent with every request; no secrets",
    )
    parser.add_argument(
        "--header-variable",
        metavar="NAME=VARIABLE",
        action="append",
        default=[],
        help="a header whose value stands in an environment variable",
    )
    parser.add_argument(
        "--header-secret",
        metavar="NAME",
        action="append",
        default=[],
        help="a header that is asked for (or read from standard input, a line each) and kept in the keyring",
    )
    parser.add_argument(
        "--query", metavar="NAME=VALUE", action="append", default=[], help="added to every address, as api-version"
    )
    parser.add_argument(
        "--key-header", metavar="NAME", default="", help="header of the key (default: Authorization)"
    )
    parser.add_argument(
        "--proxy", metavar="URL", default="", help="an HTTP proxy, or $VARIABLE that holds its address"
    )
    parser.add_argument("--ca-file", metavar="FILE", default="", help="certificates to trust besides the system's")


def profile_of(arguments: argparse.Namespace) -> Profile:
    """The profile that the options describe. Raises UserError."""
    preset = named(arguments.preset) if arguments.preset else None
    address = (arguments.base_url or "").rstrip("/")
    if preset is None and not address:
        raise UserError("Give the address of the server, or a --preset.")
    preset = preset or preset_for(address)
    made = preset.profile(arguments.name) if preset else Profile(arguments.name, address)
    return checked(
        tidied(
            replace(
                made,
                base_url=address or made.base_url,
                models=tuple(arguments.model),
                key_variable=arguments.key_variable or made.key_variable,
                key_header=arguments.key_header or made.key_header,
                query=tuple(_pair(text, "=", "--query") for text in arguments.query),
                headers=_headers(arguments),
                proxy=arguments.proxy,
                ca_file=arguments.ca_file,
            )
        )
    )


def _headers(arguments: argparse.Namespace) -> tuple[Header, ...]:
    plain = (Header(*_pair(text, ":", "--header")) for text in arguments.header)
    variables = (
        Header(*_pair(text, "=", "--header-variable"), "environment") for text in arguments.header_variable
    )
    secret = (Header(name, "", "keyring") for name in arguments.header_secret)
    return (*plain, *variables, *secret)


def _pair(text: str, sign: str, option: str) -> tuple[str, str]:
    name, found, value = text.partition(sign)
    if not found or not name.strip():
        # Not the text itself: whatever is mistyped here may be a secret.
        raise UserError(f"{option} wants NAME{sign}VALUE, and there is no {sign!r} in what it got.")
    return name.strip(), value.strip()


def secret_headers(profile: Profile) -> dict[str, str]:
    """Values for the headers that are kept in the keyring, typed unseen or read from standard input."""
    found = {}
    for header in profile.headers:
        if header.source == "keyring":
            if sys.stdin.isatty():
                value = getpass.getpass(f"Value of the header {header.name} (not shown): ")
            else:
                value = sys.stdin.readline()
            if not value.strip():
                raise UserError(f"The header {header.name} got no value.", advice="Pipe it in, a line a header.")
            found[header.name] = value.strip()
    return found
