"""`workbench profiles`: the servers that a workspace knows. A key is never an argument: others can read those."""

from __future__ import annotations

import argparse
import getpass
import sys
from dataclasses import replace

from workbench.cli.arguments import Subcommands, add_command, add_group, add_json
from workbench.cli.opening import open_store, open_workspace
from workbench.cli.output import note, print_json, print_table, print_text
from workbench.cli.profile_options import add_connection, profile_of, secret_headers
from workbench.core.profile import Profile, key_variable
from workbench.errors import UserError


def add(commands: Subcommands) -> None:
    """Add the subcommands."""
    group = add_group(commands, "profiles", about="list, add, remove and test servers")
    add_json(add_command(group, "list", _list, about="list the profiles and where their keys come from"))

    added = add_command(
        group,
        "add",
        _add,
        about="add a server, or change the one of this name",
        examples=(
            "workbench profiles add work https://api.example.com/v1",
            "workbench profiles add mistral --preset Mistral",
            "workbench profiles add azure https://NAME.openai.azure.com/openai/v1 --key-header api-key",
            "workbench profiles add llm --preset llm",
            "workbench profiles add ollama http://localhost:11434/v1 --model llama3.2 --no-key",
            "pass show api-key | workbench profiles add work https://api.example.com/v1 --key-stdin",
        ),
    )
    added.add_argument("name", metavar="NAME", help="what model references begin with: NAME:MODEL")
    added.add_argument(
        "base_url", metavar="URL", nargs="?", help="up to and with the version part, as https://host/v1"
    )
    added.add_argument("--model", metavar="MODEL", action="append", default=[], help="a model there; repeatable")
    added.add_argument("--key-variable", metavar="VARIABLE", default="", help="environment variable with the key")
    add_connection(added)
    key = added.add_mutually_exclusive_group()
    key.add_argument("--key-stdin", action="store_true", help="read the key from standard input")
    key.add_argument("--no-key", action="store_true", help="do not ask for a key")

    removed = add_command(group, "remove", _remove, about="remove a profile and its key")
    removed.add_argument("name", metavar="NAME")

    tested = add_command(group, "test", _test, about="ask a server for its models, and keep the list")
    tested.add_argument("name", metavar="NAME")
    add_json(tested)

    probed = add_command(
        group,
        "probe",
        _probe,
        about="find out with five short requests what a model takes, and remember it",
        examples=("workbench profiles probe work gpt-4o",),
    )
    probed.add_argument("name", metavar="NAME")
    probed.add_argument("model", metavar="MODEL")
    add_json(probed)

    forgotten = add_command(
        group, "forget", _forget, about="forget what a profile's models were found not to take"
    )
    forgotten.add_argument("name", metavar="NAME")
    forgotten.add_argument("model", metavar="MODEL", nargs="?", help="only this one")


def _list(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        profiles = store.profiles()
    rows = [(profile, _key_source(profile)) for profile in profiles]
    if arguments.json:
        for profile, source in rows:
            data = {"name": profile.name, "base_url": profile.base_url, "models": list(profile.models)}
            headers = [{"name": one.name, "source": one.source, "value": one.value} for one in profile.headers]
            more = {"preset": profile.preset, "headers": headers, "query": dict(profile.query)}
            places = {"proxy": profile.proxy, "ca_file": profile.ca_file, "key_header": profile.key_header}
            print_json({**data, "key": source, "key_variable": key_variable(profile), **more, **places})
        return 0
    table = ((p.name, p.base_url, source, str(len(p.models))) for p, source in rows)
    print_table(("NAME", "URL", "KEY", "MODELS"), table)
    return 0


def _add(arguments: argparse.Namespace) -> int:
    profile = profile_of(arguments)
    name, url = profile.name, profile.base_url
    key = _key(arguments, profile)
    secrets = secret_headers(profile)
    with open_store(arguments) as store:
        if not profile.models:
            known = [old for old in store.profiles() if (old.name, old.base_url) == (name, url)]
            profile = replace(profile, models=known[0].models if known else ())
        store.save_profile(profile)
    if key:
        _save_key(profile, key)
    for header, value in secrets.items():
        _save_header(profile, header, value)
    print_text(f"{name}: {url or 'installed llm plugins'}. Test it: workbench profiles test {name}")
    return 0


def _key_source(profile: Profile) -> str:
    from workbench.providers.keys import find_key

    if profile.is_plugins:
        return "llm"
    found = find_key(profile)
    return found.source if found else "none"


def _key(arguments: argparse.Namespace, profile: Profile) -> str:
    """The key that the person gives, or none: then the environment or the keyring may have one."""
    from workbench.providers.keys import find_key

    if arguments.no_key or profile.is_plugins:
        return ""
    if arguments.key_stdin:
        if key := sys.stdin.readline().strip():
            return key
        raise UserError("Standard input holds no key.", advice="Pipe it in, or leave --key-stdin out.")
    if sys.stdin.isatty() and find_key(profile) is None:
        return getpass.getpass(f"Key for {profile.name} (not shown; empty for none): ").strip()
    return ""


def _save_key(profile: Profile, key: str) -> None:
    from workbench.providers.keys import save_key

    if save_key(profile, key) == "keyring":
        note("The key is in the system's keyring.")
    else:
        note(f"There is no keyring here, so the key was not kept: set {key_variable(profile)} in the environment.")


def _save_header(profile: Profile, name: str, value: str) -> None:
    from workbench.providers.keys import save_header

    if save_header(profile, name, value) == "keyring":
        note(f"The header {name} is in the system's keyring.")
    else:
        note(f"There is no keyring here, so the header {name} was not kept: use --header-variable.")


def _remove(arguments: argparse.Namespace) -> int:
    from workbench.providers.keys import forget_key

    with open_store(arguments) as store:
        profile = store.profile(arguments.name)
        store.delete_profile(profile.name)
    forget_key(profile)
    print_text(f"{profile.name}: removed")
    return 0


def _test(arguments: argparse.Namespace) -> int:
    from workbench.providers.check import diagnosed
    from workbench.providers.keys import find_access

    with open_workspace(arguments) as workspace:
        profile = workspace.store.read(lambda store: store.profile(arguments.name)).result()
        diagnosis = workspace.loop.submit(diagnosed(profile, find_access(profile))).result()
        models = tuple(model.name for model in diagnosis.models)
        workspace.store.write(lambda store: store.save_profile(replace(profile, models=models))).result()
    if arguments.json:
        print_json({"name": profile.name, "models": list(models), "diagnosis": diagnosis.sentence})
        return 0
    for model in models:
        print_text(f"{profile.name}:{model}")
    note(diagnosis.sentence)
    return 0


def _probe(arguments: argparse.Namespace) -> int:
    from workbench.running.probing import probed

    with open_workspace(arguments) as workspace:
        profile = workspace.store.read(lambda store: store.profile(arguments.name)).result()
        found = workspace.loop.submit(probed(workspace.catalog, profile, arguments.model)).result()
    for one in found:
        if arguments.json:
            print_json({"name": one.name, "taken": one.taken, "said": one.said})
        else:
            print_text(f"{one.name}: {'taken' if one.taken else 'not taken'}{f'. {one.said}' if one.said else ''}")
    return 0


def _forget(arguments: argparse.Namespace) -> int:
    from workbench.running.capabilities import forget

    with open_store(arguments) as store:
        forget(store, store.profile(arguments.name), arguments.model)
    print_text(f"{arguments.name}: what its models were found not to take is forgotten")
    return 0
