"""Chat templates: rendered as models expect, within their sandbox and their time."""

from __future__ import annotations

import time

import pytest

from workbench.core.completion import Message
from workbench.errors import ModelError, UserError
from workbench.worker.template import ChatTemplate

HELLO = (Message("system", "Be brief."), Message("user", "Hello"))
ALTERNATING = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "[{{ message['role'] }}] {{ message['content'] | trim }}\n{% endfor %}"
)


def test_a_model_without_template_is_spoken_to_in_chatml() -> None:
    template = ChatTemplate(None)
    assert template.origin == "chatml"
    assert template.render(HELLO).text == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n"
    )


def test_an_assistant_message_in_last_place_is_gone_on_with() -> None:
    text = ChatTemplate(None).render((*HELLO, Message("assistant", "Sure: "))).text
    assert text.endswith("<|im_start|>assistant\nSure: ")


def test_special_tokens_and_block_trimming_are_as_in_transformers() -> None:
    source = "{{ bos_token }}\n    {% if true %}\nx\n    {% endif %}\ny{{ eos_token }}"
    assert ChatTemplate(source, bos="<s>", eos="</s>").render(HELLO).text == "<s>\nx\ny</s>"


def test_a_template_without_system_role_gets_it_before_the_users_words() -> None:
    templated = ChatTemplate(ALTERNATING, bos="<s>").render(HELLO)
    assert templated.text == "<s>[user] Be brief.\n\nHello\n"
    assert "system message" in templated.note


def test_a_refusal_of_the_template_is_told() -> None:
    source = "{{ raise_exception('Roles must alternate') }}"
    with pytest.raises(UserError, match="refuses these messages: Roles must alternate"):
        ChatTemplate(source).render((Message("user", "a"), Message("user", "b")))


def test_json_dates_loops_and_generation_marks_are_known() -> None:
    source = (
        "{% for n in range(9) %}{% if n == 2 %}{% break %}{% endif %}{{ n }}{% endfor %}"
        "{{ {'ü': [1]} | tojson }}{{ strftime_now('%Y') | length }}"
        "{% generation %}kept{% endgeneration %}{{ tools is none }}"
    )
    assert ChatTemplate(source).render(HELLO).text == '01{"ü": [1]}4keptTrue'


def test_effort_and_reasoning_reach_the_template() -> None:
    source = "{{ reasoning_effort }}{{ enable_thinking }}{{ messages[0].reasoning_content }}"
    template = ChatTemplate(source)
    assert template.render((Message("user", "x", reasoning="why"),), effort="low").text == "lowTruewhy"
    assert template.render((Message("user", "x"),)).text == ""
    assert template.names == ("enable_thinking", "messages", "reasoning_effort")


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{{ a }}{% endfor %}{% endfor %}",
        "{% macro f(n) %}{% for x in range(99999) %}{{ f(n) }}{% endfor %}{% endmacro %}{{ f(1) }}",
        "{{ range(99999) | map('string') | map('length') | list | length }}" * 200,
    ],
)
def test_a_template_that_burns_time_is_stopped(source: str) -> None:
    began = time.monotonic()
    with pytest.raises(ModelError, match=r"chat template (did not end within 0.3 seconds|failed)"):
        ChatTemplate(source, limit=0.3).render(HELLO)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.append(1) }}",
        "{{ cycler.__init__.__globals__.os.system('true') }}",
        "{% if %}",
        "{{ 1 / 0 }}",
        "{{ messages[0].content.missing.deeper }}",
    ],
)
def test_a_hostile_or_broken_template_is_a_readable_failure(source: str) -> None:
    with pytest.raises(ModelError, match="chat template failed"):
        ChatTemplate(source).render(HELLO)
