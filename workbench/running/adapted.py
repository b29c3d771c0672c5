"""Local models with LoRA adapters, as a person put them together: offered wherever a model is chosen."""

from __future__ import annotations

from workbench.core.model_reference import parse
from workbench.errors import NotFound
from workbench.store import Store

_ADAPTED = "adapted_models"


def adapted_models(store: Store) -> tuple[str, ...]:
    """Their references, in the order of adding."""
    return tuple(store.setting(_ADAPTED, []))


def add_adapted(store: Store, reference: str) -> None:
    """Offer a model with its adapters."""
    if not parse(reference).adapters:
        raise ValueError(f"{reference} has no adapters")
    if reference not in (known := adapted_models(store)):
        store.set_setting(_ADAPTED, [*known, reference])


def remove_adapted(store: Store, reference: str) -> None:
    """Offer it no more; all files stay. Raises NotFound."""
    known = adapted_models(store)
    if reference not in known:
        raise NotFound(f"{reference} is not among the models with adapters.")
    store.set_setting(_ADAPTED, [one for one in known if one != reference])
