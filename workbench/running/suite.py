"""From a suite file to an experiment: prompts looked up in the workspace, models found among what a person has."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.completion import GenerationConfig
from workbench.core.experiment import Experiment, Variant, checked
from workbench.core.identifier import new_id
from workbench.core.model_reference import parse
from workbench.core.profile import Profile
from workbench.core.prompt import Prompt, variables
from workbench.errors import NotFound, UserError
from workbench.interchange.suite import Suite, SuiteModel
from workbench.running.python_checks import trust_in, why_not
from workbench.store import Store

_HOSTS = {
    "openai": "api.openai.com",
    "anthropic": "api.anthropic.com",
    "google": "generativelanguage.googleapis.com",
    "groq": "api.groq.com",
    "mistral": "api.mistral.ai",
    "openrouter": "openrouter.ai",
    "togetherai": "api.together.xyz",
    "fireworks": "api.fireworks.ai",
    "deepseek": "api.deepseek.com",
    "cohere": "api.cohere.com",
    "xai": "api.x.ai",
}
"""Where promptfoo's providers are, by the first part of their ids."""

_ENDPOINTS = frozenset({"chat", "completion", "responses", "messages"})
"""Second parts of promptfoo's ids that name the way of asking, not the model."""

FindPrompt = Callable[[Store, str], tuple[Prompt, str | None, str]]
"""A prompt of the workspace by `PROMPT` or `PROMPT@VERSION`: its content, id and name. Raises NotFound."""


def experiment(
    store: Store,
    suite: Suite,
    *,
    find_prompt: FindPrompt,
    models: Iterable[str] = (),
    repeat: int | None = None,
    source: str = "",
) -> Experiment:
    """A new experiment that a suite describes; `models` in place of the suite's own.

    Raises UserError, NotFound for what the workspace does not have.
    """
    chosen = tuple(SuiteModel(reference, config=_common(suite)) for reference in models) or suite.models
    if not chosen:
        raise UserError("The suite names no model.", advice="Choose one with --model, such as --model starter.")
    profiles = store.profiles()
    columns = [replace(model, reference=_reference(model, profiles)) for model in chosen]
    prompts = [
        (prompt.prompt, None, prompt.name) if prompt.prompt else find_prompt(store, prompt.name)
        for prompt in suite.prompts
    ]
    variants = tuple(
        Variant(
            id=new_id(),
            prompt=prompt,
            model=model.reference,
            config=model.config,
            label=model.label and (f"{name} · {model.label}" if len(prompts) > 1 else model.label),
            prompt_id=prompt_id,
            prompt_name=name,
        )
        for prompt, prompt_id, name in prompts
        for model in columns
    )
    cases = store.test_set(suite.test_set).cases if suite.test_set else suite.cases
    return checked(
        Experiment(
            id=new_id(),
            name=suite.name,
            variants=variants,
            cases=tuple(_filled(case, variants) for case in cases) if suite.fill_missing else cases,
            checks=suite.checks,
            repeat=suite.repeat if repeat is None else repeat,
            source=source,
        )
    )


def with_trusted_programs(store: Store, suite: Suite) -> Suite:
    """The suite with only those checks by Python files that the person trusts.

    The others become checks of the kind `unsupported`, which nothing passes, and are listed with what to do.
    """
    left_out: list[str] = []

    def kept(check: Check) -> Check:
        if check.kind != "python" or (trust := trust_in(store, check)) == "trusted":
            return check
        reason = why_not(Path(check.value["file"]), trust)
        left_out.append(reason)
        return replace(check, kind="unsupported", value=reason, threshold=None)

    checks = tuple(map(kept, suite.checks))
    cases = tuple(replace(case, checks=tuple(map(kept, case.checks))) for case in suite.cases)
    return replace(suite, checks=checks, cases=cases, unsupported=(*suite.unsupported, *left_out))


def _common(suite: Suite) -> GenerationConfig:
    """The parameters that all models of the suite share; the defaults where they differ."""
    configs = {repr(model.config): model.config for model in suite.models}
    return next(iter(configs.values())) if len(configs) == 1 else GenerationConfig()


def _filled(case: Case, variants: Iterable[Variant]) -> Case:
    """The case with empty values for what the prompts ask and it does not have."""
    names = dict.fromkeys(name for variant in variants for name in variables(variant.prompt))
    return replace(case, values={**dict.fromkeys(names, ""), **case.values})


def _reference(model: SuiteModel, profiles: Iterable[Profile]) -> str:
    """A model reference of ours; another tool's name only ever leads to a profile that the person has."""
    if not model.foreign or model.reference == "starter" or model.reference.startswith("local:"):
        return str(parse(model.reference))
    vendor, _, rest = model.reference.partition(":")
    if vendor == "echo":
        return f"echo:{rest or 'echo'}"
    endpoint, colon, name = rest.partition(":")
    name = name if colon and endpoint in _ENDPOINTS else rest
    found = [profile for profile in profiles if _is_at(profile, vendor)]
    if not found or not name:
        raise NotFound(
            f"The suite asks {model.reference}, and no profile of yours is named {vendor} or leads there.",
            advice="Add a profile for it, or choose models of your own: --model PROFILE:MODEL.",
        )
    return f"{found[0].name}:{name}"


def _is_at(profile: Profile, vendor: str) -> bool:
    host = urlsplit(profile.base_url).hostname or ""
    if vendor == "ollama" and urlsplit(profile.base_url).port == 11434:
        return True
    return profile.name.casefold() == vendor.casefold() or host == _HOSTS.get(vendor)
