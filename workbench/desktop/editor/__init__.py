"""The prompt editor and its panels: compose, see what is sent, keep versions, fill in variables."""

from workbench.desktop.editor.prompt_editor import PromptEditor

__all__ = ["PromptEditor"]
