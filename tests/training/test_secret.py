"""Keys are found by their shape, and ordinary text is not taken for one."""

from __future__ import annotations

import pytest

from workbench.training.secret import find_secret

_PEM = "-----BEGIN {}PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("key=sk-" + "a1" * 12, "an API key"),
        ("sk-ant-api03-" + "Ab_9" * 10, "an API key"),
        ("sk_live_" + "a1B2" * 6, "a payment key"),
        ("AKIA" + "ABCD1234" * 2, "an AWS key"),
        ("(ghp_" + "a1B2" * 9 + ")", "a GitHub token"),
        ("github_pat_" + "a1B2" * 9, "a GitHub token"),
        ("AIza" + "a1B2_" * 7, "a Google key"),
        ("hf_" + "aB" * 17, "a Hugging Face token"),
        ("xoxb-" + "1234567890-abc", "a Slack token"),
        (_PEM.format(""), "a private key"),
        ("x\n" + _PEM.format("RSA ") + "\n", "a private key"),
        (_PEM.format("OPENSSH "), "a private key"),
    ],
)
def test_keys_are_found(text: str, found: str) -> None:
    assert find_secret(text) == found
    assert find_secret(f"Please use {text} for it.") == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sk-learn-is-a-fine-library-for-this",
        "a risk-" + "assessment1" * 4,
        "Use sk-… as your key",
        "sk-123",
        "AKIA and ABCD",
        "the PRIVATE KEY of the house",
        "-----BEGIN PUBLIC KEY-----",
        "high-flying ghosts",
        "0123456789abcdef" * 4,
    ],
)
def test_ordinary_text_is_not_a_key(text: str) -> None:
    assert find_secret(text) is None
