"""Chat templates: rendered as models expect, within their sandbox and their time."""

from __future__ import annotations

import time

import pytest

from workbench.core.completion import Message
from workbench.errors import ModelError, UserError
from workbench.worker import template_sandbox
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


def test_json_is_written_as_transformers_writes_it() -> None:
    source = "{{ x | tojson }}"
    written = "{{ {'b': '<ü>', 'a': [1, 2]} | tojson(ensure_ascii=true, sort_keys=true, separators=(',', ':')) }}"
    assert ChatTemplate(written).render(HELLO).text == '{"a":[1,2],"b":"<\\u00fc>"}'
    assert ChatTemplate("{{ [1] | tojson(indent=2) }}").render(HELLO).text == "[\n  1\n]"
    assert (
        ChatTemplate("{{ messages | map(attribute='role') | tojson }}").render(HELLO).text == '["system", "user"]'
    )
    assert ChatTemplate(source).render(HELLO).text == ""


def test_effort_and_reasoning_reach_the_template() -> None:
    source = "{{ reasoning_effort }}{{ enable_thinking }}{{ messages[0].reasoning_content }}"
    template = ChatTemplate(source)
    assert template.render((Message("user", "x", reasoning="why"),), effort="low").text == "lowTruewhy"
    assert template.render((Message("user", "x"),)).text == ""
    assert template.names == ("enable_thinking", "messages", "reasoning_effort")


def test_tools_are_rendered_where_the_template_has_a_place_for_them() -> None:
    tool = {"type": "function", "function": {"name": "weather", "parameters": {}}}
    source = "{% if tools %}{% for tool in tools %}{{ tool.function.name }}{% endfor %}{% endif %}{{ functions }}"
    text = ChatTemplate(source).render(HELLO, tools=(tool,)).text
    assert text.startswith("weather[\n")
    assert ChatTemplate("{{ messages[1].content }}").render(HELLO, tools=(tool,)).text == "Hello"


def test_a_template_for_tools_does_without_any() -> None:
    source = "{% for tool in tools %}{{ tool }}{% endfor %}{{ 'f' + functions }}{{ messages | length }}"
    assert ChatTemplate(source).render(HELLO).text == "f2"


def test_a_template_that_reads_typed_parts_gets_them() -> None:
    source = (
        "{% for message in messages %}{% for part in message.content %}"
        "{% if part.type == 'text' %}{{ part.text }}|{% endif %}{% endfor %}{% endfor %}"
    )
    assert ChatTemplate(source).render(HELLO).text == "Be brief.|Hello|"


def test_a_persons_own_template_goes_before_the_models() -> None:
    template = ChatTemplate("model", override="{{ messages | length }}")
    assert (template.origin, template.render(HELLO).text) == ("own", "2")
    assert ChatTemplate("model", override="").origin == "model"


OPENED = (
    "{% for message in messages %}[{{ message.role }}]"
    "{% if message.role == 'assistant' %}{{ message.content.split('</think>')[-1] }}"
    "{% else %}{{ message.content }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}[assistant]<think>\n{% endif %}"
)


def test_a_thought_that_the_template_opens_is_known() -> None:
    templated = ChatTemplate(OPENED).render(HELLO)
    assert (templated.text, templated.thinking) == ("[system]Be brief.[user]Hello[assistant]<think>\n", True)
    assert templated.parting().push("So.</think>Hi") == (("So.", True), ("Hi", False))


def test_an_answer_is_begun_behind_the_thought_that_the_template_opens() -> None:
    template = ChatTemplate(OPENED)
    templated = template.render((*HELLO, Message("assistant", "Sure: </think> is a tag")))
    assert templated.text == "[system]Be brief.[user]Hello[assistant]Sure: </think> is a tag"
    assert templated.parting().push(" indeed") == ((" indeed", False),)
    assert template.render(HELLO, answering=True).text == "[system]Be brief.[user]Hello[assistant]"


def test_a_begun_thought_is_gone_on_with() -> None:
    templated = ChatTemplate(OPENED).render((*HELLO, Message("assistant", "<think>First, ")))
    assert templated.text == "[system]Be brief.[user]Hello[assistant]<think>\nFirst, "
    assert templated.parting().push("hm.</think>Hi") == (("hm.", True), ("Hi", False))
    plain = ChatTemplate(None).render((*HELLO, Message("assistant", "<think>First, ")))
    assert plain.text.endswith("assistant\n<think>First, ")
    assert plain.parting().push("hm.</think>Hi") == (("hm.", True), ("Hi", False))


def test_a_template_that_drops_the_system_message_for_a_begun_answer_is_not_asked_to() -> None:
    source = (
        "{% for message in messages %}{% if message.role == 'user' and loop.last %}{{ messages[0].content }} "
        "{% endif %}{% if message.role != 'system' %}[{{ message.role }}]{{ message.content }}{% endif %}"
        "{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}"
    )
    text = ChatTemplate(source).render((*HELLO, Message("assistant", "Sure"))).text
    assert text == "Be brief. [user]Hello[assistant]Sure"


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
        "{{ 'x' * 10 ** 10 }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ [0] * 10000000000 }}",
        "{{ '%9999999999d' % 1 }}",
        "{{ '{:9999999999}'.format(1) }}",
        "{{ '{:{}}'.format(1, 9999999999) }}",
        "{{ 'x'.ljust(9999999999) }}",
        "{{ 'x' | center(9999999999) }}",
        "{{ messages | tojson(indent=9999999999) }}",
        "{{ '%*d' | format(9999999999, 1) }}",
        "{{ range(9999999999) | list }}",
    ],
)
def test_one_operation_cannot_take_all_memory(source: str) -> None:
    with pytest.raises(ModelError, match=r"chat template failed: .*(too (large|long|wide|big)|Range too big)"):
        ChatTemplate(source).render(HELLO)


def test_honest_numbers_and_stars_are_let_through() -> None:
    source = (
        "{{ '**{}** 20240726 {:>3}'.format('a', 7) }}{{ '%s 50%% 2024072600 *' % 'b' }}{{ '-' * 3 }}{{ 2 ** 3 }}"
    )
    assert ChatTemplate(source).render(HELLO).text == "**a** 20240726   7b 50% 2024072600 *---8"


def test_an_absurdly_long_template_is_not_even_compiled() -> None:
    with pytest.raises(ModelError, match="chat template has 400,000 characters"):
        ChatTemplate("x" * 400_000).render(HELLO)


def test_growing_text_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template_sandbox, "MEMORY_LIMIT", 50_000_000)
    source = (
        "{% set ns = namespace(x='0123456789' * 1000) %}"
        "{% for n in range(99) %}{% set ns.x = ns.x ~ ns.x %}{{ n }}{% endfor %}"
    )
    with pytest.raises(ModelError, match="took too much memory"):
        ChatTemplate(source, limit=60).render(HELLO)


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.append(1) }}",
        "{{ cycler.__init__.__globals__.os.system('true') }}",
        "{% if %}",
        "{{ 1 / 0 }}",
        "{{ " + "(" * 9000 + ")" * 9000 + " }}",
        "{% if true %}" * 5000,
        "{{ messages[0].content.missing.deeper }}",
    ],
)
def test_a_hostile_or_broken_template_is_a_readable_failure(source: str) -> None:
    with pytest.raises(ModelError, match="chat template failed"):
        ChatTemplate(source).render(HELLO)
