"""What was open in this workspace when its window was last used, kept in the workspace itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from workbench.store import PromptSummary, Store

_SETTING = "window_session"


@dataclass(frozen=True, slots=True)
class Session:
    """Prompts, pages, models and views, each left out when it is not there any more."""

    prompts: tuple[str, ...] = ()
    """Ids of the open prompts, from left to right."""
    current: str = ""
    """The prompt's id or the page's key that is in front."""
    models: tuple[str, ...] = ()
    """The model reference of each pane."""
    editor_tab: int = 0
    scroll: int = 0
    """How far down the prompt in front was read, in pixels."""
    pages: tuple[str, ...] = ()
    """Keys of the open experiments and test sets, from left to right."""


def read_session(store: Store) -> Session:
    """The last session; for a new workspace its first prompt, so that there is something to run."""
    data = store.setting(_SETTING, {})
    prompts = store.prompts()
    if not isinstance(data, dict) or not data:
        first = _first(prompts)
        return Session((first,), first) if first else Session()
    known = {prompt.id for prompt in prompts}
    there = {f"experiment:{plan.id}" for plan in store.plans()}
    there |= {f"test_set:{test_set.id}" for test_set in store.test_set_list()}
    pages = tuple(key for key in _texts(data, "pages") if key in there)
    kept = tuple(prompt_id for prompt_id in _texts(data, "prompts") if prompt_id in known)
    current = data.get("current")
    return Session(
        prompts=kept,
        pages=pages,
        current=current if isinstance(current, str) and current in kept + pages else kept[0] if kept else "",
        models=_texts(data, "models"),
        editor_tab=_number(data, "editor_tab"),
        scroll=_number(data, "scroll"),
    )


def write_session(store: Store, session: Session) -> None:
    """Remember a session."""
    store.set_setting(_SETTING, asdict(session))


def _first(prompts: tuple[PromptSummary, ...]) -> str:
    """The starter prompt that was made first: the files are sorted by how well they begin."""
    return min(prompts, key=lambda prompt: prompt.id).id if prompts else ""


def _texts(data: dict[str, Any], name: str) -> tuple[str, ...]:
    value = data.get(name, ())
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, (list, tuple)) else ()


def _number(data: dict[str, Any], name: str) -> int:
    value = data.get(name, 0)
    return value if isinstance(value, int) else 0
