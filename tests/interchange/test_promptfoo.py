"""promptfoo's suites: what is read, what is listed as not supported, and that nothing is executed."""

from __future__ import annotations

from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import pytest

from workbench.core.check import Check, checked
from workbench.core.check_kinds import KINDS
from workbench.core.prompt import Example
from workbench.errors import BadFile
from workbench.interchange.suite import Suite
from workbench.interchange.suite_file import read
from workbench.running.checks import Checker


class Suites:
    """A folder with a promptfoo suite."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def read(self, text: str) -> Suite:
        return read(self.file("promptfooconfig.yaml", text))

    def checks(self, assertions: str) -> tuple[Check, ...]:
        """The checks of a test with these assertions, as YAML in flow style."""
        return self.read(f"prompts: [hi]\nproviders: [echo]\ntests: [{{assert: [{assertions}]}}]").cases[0].checks


@pytest.fixture
def suites(tmp_path: Path) -> Suites:
    return Suites(tmp_path / "suite")


def test_a_usual_suite(suites: Suites) -> None:
    suites.file("prompts/short.txt", "Be short: {{topic}}\n---\nBe shorter: {{topic}}\n")
    suite = suites.read("""
description: My evaluation
prompts:
  - "Write about {{topic}}"
  - file://prompts/short.txt
providers:
  - openai:gpt-4o-mini
  - id: openai:chat:gpt-4o
    label: large
    config: {temperature: 0.5, max_tokens: 100, stop: END, apiKey: secret, tools: []}
defaultTest:
  vars: {style: formal}
  assert: [{type: latency, threshold: 2000}]
tests:
  - description: bananas
    vars: {topic: bananas, style: plain}
    assert:
      - {type: icontains, value: banana, weight: 2, metric: on topic}
      - {type: not-contains, value: apple}
  - vars: {topic: [tea, coffee]}
evaluateOptions: {repeat: 2}
outputPath: out.html
extensions: []
""")
    assert (suite.name, suite.repeat) == ("My evaluation", 2)
    assert [prompt.name for prompt in suite.prompts] == ["Write about {{topic}}", "short 1", "short 2"]
    assert suite.prompts[2].prompt is not None
    assert suite.prompts[2].prompt.user == "Be shorter: {{topic}}"
    small, large = suite.models
    assert (small.reference, small.foreign) == ("openai:gpt-4o-mini", True)
    assert (large.label, large.config.temperature, large.config.max_tokens) == ("large", 0.5, 100)
    assert large.config.stop == ("END",)
    bananas, tea, coffee = suite.cases
    assert bananas.values == {"topic": "bananas", "style": "plain"}
    assert bananas.name == "bananas"
    assert bananas.checks == (
        Check("latency", 2000),
        Check("contains_in_any_case", "banana", weight=2.0, name="on topic"),
        Check("contains", "apple", negated=True),
    )
    assert [case.values["topic"] for case in (tea, coffee)] == ["tea", "coffee"]
    assert tea.values["style"] == "formal"
    assert sorted(suite.unsupported) == [
        "apiKey of the provider openai:chat:gpt-4o", "extensions", "tools of the provider openai:chat:gpt-4o",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("assertion", "wanted"),
    [
        ("{type: equals, value: x}", Check("equals", "x")),
        ("{type: equals, value: {a: 1}}", Check("equals", {"a": 1})),
        ("{type: contains-all, value: [a, b]}", Check("contains_all", ["a", "b"])),
        ("{type: contains-any, value: 'a,b'}", Check("contains_any", ["a", "b"])),
        ("{type: icontains-any, value: [a.b, c]}", Check("regex", r"(?i)a\.b|c")),
        ("{type: starts-with, value: Dear}", Check("starts_with", "Dear")),
        (
            r"{type: regex, value: '(?<year>\d{4})'}",
            Check("unsupported", "regex that cannot be used here: unknown extension ?<y at position 1"),
        ),
        (r"{type: not-regex, value: '\d+'}", Check("regex", r"\d+", negated=True)),
        ("{type: is-json}", Check("is_json")),
        ("{type: is-json, value: {type: object}}", Check("json_schema", {"type": "object"})),
        ("{type: is-refusal}", Check("refusal")),
        ("{type: cost, threshold: 0.01}", Check("cost", 0.01)),
        ("{type: levenshtein, value: abc, threshold: 2}", Check("edit_distance", {"to": "abc", "max": 2})),
        ("{type: word-count, value: {max: 9}}", Check("length", {"max": 9, "unit": "words"})),
    ],
)
def test_assertions_become_checks_that_can_be_made(suites: Suites, assertion: str, wanted: Check) -> None:
    with closing(Checker()) as checker:
        assert suites.checks(assertion) == (checked(wanted, checker.kinds),)


def test_all_of_several_in_any_case_is_a_check_for_each(suites: Suites) -> None:
    assert suites.checks("{type: icontains-all, value: [a, b]}") == (
        Check("contains_in_any_case", "a"), Check("contains_in_any_case", "b"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "assertion",
    [
        "{type: llm-rubric, value: is kind}",
        "{type: javascript, value: output.length > 3}",
        "{type: python, value: len(output) > 3}",
        "{type: python, value: file://../check.py}",
        "{type: contains, value: file://check.py}",
        "{type: contains, value: x, transform: output.text}",
        "{type: not-icontains-all, value: [a, b]}",
        "{type: latency}",
        "{type: assert-set, assert: [{type: is-json}]}",
        "{type: contains, value: '{{ name | upper }}'}",
        "{type: contains-all, value: ['{% if a %}x{% endif %}']}",
    ],
)
def test_an_assertion_that_is_not_supported_is_listed_and_passes_nothing(suites: Suites, assertion: str) -> None:
    suites.file("check.py", "raise SystemExit")
    suite = suites.read(f"prompts: [hi]\nproviders: [echo]\ntests: [{{assert: [{assertion}, {assertion}]}}]")
    assert [check.kind for check in suite.cases[0].checks] == ["unsupported"] * 2
    assert len(suite.unsupported) == 2
    checked(suite.cases[0].checks[0], KINDS)


def test_tests_from_a_table(suites: Suites) -> None:
    suites.file(
        "cases.csv",
        "word,__expected,__expected2,__description,__threshold,__prefix\n"
        'tea,contains: hot,"not-icontains-any: cold, iced",first,0.5,x\n'
        "milk,white: as snow,,,,\n"
        '"a, b",is-json,levenshtein(3): abc,,,\n'
        "x,llm-rubric: nice,fn:output.length,,,\n",
    )
    suite = suites.read("prompts: ['{{word}}']\nproviders: [echo]\ntests: file://cases.csv\n")
    tea, milk, listed, odd = suite.cases
    assert (tea.values, tea.name, tea.pass_score) == ({"word": "tea"}, "first", 0.5)
    assert tea.checks == (Check("contains", "hot"), Check("regex", "(?i)cold|iced", negated=True))
    assert milk.checks == (Check("equals", "white: as snow"),)
    assert listed.values == {"word": "a, b"}
    assert listed.checks == (Check("is_json"), Check("edit_distance", {"to": "abc", "max": 3.0}))
    assert [check.kind for check in odd.checks] == ["unsupported"] * 2
    assert "the column __prefix" in suite.unsupported


def test_python_files_become_checks_and_nothing_of_them_is_run(suites: Suites) -> None:
    path = suites.file("checks/tone.py", "raise SystemExit")
    plain, full = suites.checks(
        "{type: python, value: file://checks/tone.py},"
        "{type: not-python, value: 'file://checks/tone.py:kind', threshold: 0.7, config: {strict: true}}"
    )
    assert plain == Check("python", {"file": str(path.resolve())})
    value = {"file": str(path.resolve()), "function": "kind", "config": {"strict": True}}
    assert full == Check("python", value, negated=True, threshold=0.7)


def test_chat_messages_become_sections(suites: Suites) -> None:
    suites.file(
        "chat.json",
        '[{"role": "system", "content": "Be kind."}, {"role": "user", "content": "2+2"},'
        ' {"role": "assistant", "content": "4"}, {"role": "user", "content": "{{question}}"}]',
    )
    suite = suites.read("prompts: [file://chat.json]\nproviders: [echo]\ntests: []\n")
    (prompt,) = [one.prompt for one in suite.prompts]
    assert prompt is not None
    assert (prompt.system, prompt.user) == ("Be kind.", "{{question}}")
    assert prompt.examples == (Example("2+2", "4"),)


@pytest.mark.parametrize(
    "prompt",
    [
        "exec:./prompt.sh",
        "file://prompt.py",
        "file://prompt.js:build",
        "'{% if a %}x{% endif %}'",
        "'{{ name | upper }}'",
        "file:///etc/hostname",
        "file://../secret.txt",
        '[{"role": "tool", "content": "x"}]',
        "{id: file://prompt.py}",
    ],
)
def test_prompts_that_cannot_be_had_are_listed_and_nothing_is_executed(suites: Suites, prompt: str) -> None:
    suites.file("../secret.txt", "secret")
    suite = suites.read(f"prompts: [{prompt}, 'Say {{{{x}}}}']\nproviders: [echo]\ntests: []\n")
    assert [one.name for one in suite.prompts] == ["Say {{x}}"]
    assert len(suite.unsupported) == 1
    with pytest.raises(BadFile, match="no prompt that can be run"):
        suites.read(f"prompts: [{prompt}]\nproviders: [echo]\n")


@pytest.mark.parametrize(
    "provider", ["exec:python x.py", "python:x.py", "file://p.js", "https://example.org/api", "{url: a, b: c}"]
)
def test_providers_that_are_programs_or_addresses_are_listed(suites: Suites, provider: str) -> None:
    suite = suites.read(
        f"prompts: [hi]\nproviders: [{provider!r}, echo]\ntests: []\n".replace("'{", "{").replace("}'", "}")
    )
    assert [model.reference for model in suite.models] == ["echo"]
    assert len(suite.unsupported) == 1


def test_files_and_objects_as_values(suites: Suites) -> None:
    suites.file("text.md", "Long text")
    suite = suites.read("""
prompts: ["{{text}} {{user.name}}"]
providers: [echo]
tests:
  - vars:
      {text: file://text.md, user: {name: Ada, age: 5}, when: 2024-01-01, yes_no: true, body: Yes, at: 12:30}
  - vars: {text: file://make.py}
""")
    (case,) = suite.cases
    assert case.values["text"] == "Long text"
    assert (case.values["user.name"], case.values["user.age"]) == ("Ada", "5")
    assert (case.values["when"], case.values["yes_no"]) == ("2024-01-01", "true")
    assert (case.values["body"], case.values["at"]) == ("Yes", "12:30")
    assert len(suite.unsupported) == 1


def test_templates_of_assertions_are_looked_up(suites: Suites) -> None:
    suite = suites.read("""
prompts: [hi]
providers: [echo]
assertionTemplates: {short: {type: word-count, value: 3}}
tests: [{assert: [{$ref: "#/assertionTemplates/short"}]}]
""")
    assert suite.cases[0].checks == (Check("length", {"min": 3, "max": 3, "unit": "words"}),)


@pytest.mark.parametrize(
    "text",
    [
        "prompts: [file://missing.txt]\nproviders: [echo]\n",
        "prompts: [hi]\nproviders: [echo]\ntests: file://missing.csv\n",
        "prompts: [hi]\nproviders: [echo]\ndefaultTest: [1]\n",
    ],
)
def test_what_is_wrong_gets_a_sentence(suites: Suites, text: str) -> None:
    with pytest.raises(BadFile):
        suites.read(text)


ODD = [
    "prompts: 5",
    "prompts: [5]",
    "prompts: {a: b}",
    "prompts: [hi]\ntests: 5",
    "prompts: [hi]\ntests: [[1]]",
    "prompts: [hi]\nproviders: 5\ntests: [{vars: 5}]",
    "prompts: [hi]\nproviders: [{id: x, config: 5}]",
    "prompts: [hi]\nproviders: [{a: b}]",
    "prompts: [hi]\nproviders: [a]\ntests: [{assert: 5}]",
    "prompts: [hi]\nproviders: [a]\ntests: [{threshold: x}]",
    "prompts: [hi]\nproviders: [a]\nevaluateOptions: 5",
    "prompts: [hi]\nproviders: [a]\nassertionTemplates: 5\ntests: [{assert: [{$ref: x}]}]",
]


@pytest.mark.parametrize("text", ODD)
def test_nonsense_is_refused_or_listed_and_never_a_crash(suites: Suites, text: str) -> None:
    more = "" if "providers" in text else "\nproviders: [echo]"
    with suppress(BadFile):
        suite = suites.read(text + more)
        assert suite.prompts


def test_prompts_from_a_table_and_from_lines(suites: Suites) -> None:
    suites.file("styles.csv", 'prompt,label\n"Tell of {{x}}, kindly",Kind\nExplain {{x}},\n')
    suites.file("bare.csv", "Just {{x}}\nOr {{x}}\n")
    suites.file(
        "chats.jsonl", '[{"role": "user", "content": "One {{x}}"}]\n\n[{"role": "user", "content": "Two"}]\n'
    )
    suite = suites.read("prompts: [file://styles.csv, bare.csv, chats.jsonl]\nproviders: [echo]\n")
    said = [(one.name, one.prompt.user) for one in suite.prompts if one.prompt]
    assert said == [
        ("Kind", "Tell of {{x}}, kindly"), ("styles 2", "Explain {{x}}"),
        ("bare 1", "Just {{x}}"), ("bare 2", "Or {{x}}"),
        ("chats 1", "One {{x}}"), ("chats 2", "Two"),
    ]  # fmt: skip


def test_messages_made_of_parts_that_are_texts_are_messages(suites: Suites) -> None:
    suites.file(
        "chat.yaml",
        """
- {role: system, content: [{type: text, text: Be kind.}]}
- {role: user, content: [{type: input_text, text: "About {{x}}"}, {type: text, text: please}]}
""",
    )
    suites.file("picture.yaml", '- {role: user, content: [{type: image_url, image_url: {url: "{{x}}"}}]}\n')
    suite = suites.read("prompts: [file://chat.yaml, file://picture.yaml]\nproviders: [echo]\n")
    (prompt,) = [one.prompt for one in suite.prompts]
    assert prompt is not None
    assert (prompt.system, prompt.user) == ("Be kind.", "About {{x}}\nplease")
    assert len(suite.unsupported) == 1


def test_a_prompt_file_that_is_made_by_template_logic_is_listed(suites: Suites) -> None:
    suites.file("history.json", '[{% for m in past %}{"role": "user", "content": {{ m | dump }} },{% endfor %}]')
    suite = suites.read("prompts: [file://history.json, hi]\nproviders: [echo]\n")
    assert len(suite.prompts) == 1
    (said,) = suite.unsupported
    assert said.startswith("template logic in the prompt file history.json")


def test_nothing_of_the_environment_goes_into_a_prompt(suites: Suites) -> None:
    suite = suites.read("prompts: ['Key: {{ env.HOME }}', hi]\nproviders: [echo]\n")
    assert [one.name for one in suite.prompts] == ["hi"]


def test_json_is_read_as_json(suites: Suites) -> None:
    suites.file("tests.json", '[{"vars": {"smile": "\\ud83d\\ude00", "tab": "a\\tb"}}]')
    (case,) = suites.read("prompts: [hi]\nproviders: [echo]\ntests: file://tests.json\n").cases
    assert dict(case.values) == {"smile": "\N{GRINNING FACE}", "tab": "a\tb"}


def test_a_value_of_several_files_is_a_case_for_each(suites: Suites) -> None:
    suites.file("articles/a.txt", "First")
    suites.file("articles/b.txt", "Second")
    suite = suites.read("""
prompts: ["{{article}} {{tone}}"]
providers: [echo]
tests:
  - vars: {article: "file://articles/*.txt", tone: [plain, warm]}
""")
    assert [tuple(case.values.values()) for case in suite.cases] == [
        ("First", "plain"), ("First", "warm"), ("Second", "plain"), ("Second", "warm"),
    ]  # fmt: skip


def test_values_may_stand_in_files_and_in_one_another(suites: Suites) -> None:
    suites.file("vars/one.yaml", "who: Ada\n")
    suites.file("vars/two.yaml", "greeting: Hello {{who}}\n")
    suite = suites.read("""
prompts: ["{{greeting}}{{odd}}"]
providers: [echo]
tests: [{vars: ["vars/*.yaml"]}, {vars: file://vars/one.yaml}, {vars: {odd: "{% now %}"}}]
""")
    both, one, _ = suite.cases
    assert dict(both.values) == {"who": "Ada", "greeting": "Hello Ada"}
    assert dict(one.values) == {"who": "Ada"}
    assert suite.unsupported == ("template logic in the value odd: {% now %}",)


def test_tests_that_a_program_makes_are_listed_and_are_no_empty_case(suites: Suites) -> None:
    suite = suites.read("""
prompts: ["{{x}}"]
providers: [echo]
tests:
  - {path: "file://make.py:cases", config: {count: 3}}
  - file://make.js
  - vars: {x: kept}
""")
    assert [dict(case.values) for case in suite.cases] == [{"x": "kept"}]
    assert len(suite.unsupported) == 2


@pytest.mark.parametrize("name", ["http", "https", "websocket", "browser"])
def test_a_provider_whose_address_stands_in_its_config_is_listed(suites: Suites, name: str) -> None:
    suite = suites.read(
        f"prompts: [hi]\nproviders: [echo, {{id: {name}, config: {{url: 'https://example.org'}}}}]\n"
    )
    assert [model.reference for model in suite.models] == ["echo"]
    assert suite.unsupported == (f"the provider {name}: a program or an address of its own",)


@pytest.mark.parametrize(
    "config",
    [
        "{maxTokens: 50, topP: 0.5}",
        "{generationConfig: {maxOutputTokens: 50, topP: 0.5}}",
        "{inferenceConfig: {max_new_tokens: 50, top_p: 0.5}}",
        "{max_output_tokens: 50, top_p: 0.5}",
    ],
)
def test_parameters_are_known_by_their_vendors_names(suites: Suites, config: str) -> None:
    suite = suites.read(f"prompts: [hi]\nproviders: [{{id: 'vendor:model', config: {config}}}]\n")
    (model,) = suite.models
    assert (model.config.max_tokens, model.config.top_p) == (50, 0.5)
    assert suite.unsupported == ()


GRADED = """
prompts: [hi]
providers: [echo]
tests:
  - assert:
      - {type: llm-rubric, value: "Is kind to {{name}}", weight: 2}
      - {type: not-model-graded-closedqa, value: mentions a price}
      - {type: llm-rubric}
  - file://graded.csv
"""


def test_what_a_model_grades_is_a_check_by_the_judge_that_the_person_names(suites: Suites) -> None:
    suites.file("graded.csv", "name,__expected\nAda,grade: is short\n")
    suite = read(suites.file("promptfooconfig.yaml", GRADED), judge="starter")
    kind, price, empty = suite.cases[0].checks
    assert kind == Check("judge", {"rubric": "Is kind to {{name}}", "model": "starter"}, weight=2.0)
    assert price == Check(
        "judge", {"rubric": "Meets this criterion: mentions a price", "model": "starter"}, negated=True
    )
    assert empty.kind == "unsupported"
    assert suite.cases[1].checks == (Check("judge", {"rubric": "is short", "model": "starter"}),)
    with closing(Checker()) as checker:
        checked(kind, checker.kinds)


def test_without_a_judge_it_is_listed_and_passes_nothing(suites: Suites) -> None:
    suites.file("graded.csv", "name,__expected\nAda,grade: is short\n")
    suite = suites.read(GRADED)
    assert {check.kind for case in suite.cases for check in case.checks} == {"unsupported"}
    assert Counter(suite.unsupported) == {
        "the assertion llm-rubric": 3, "the assertion model-graded-closedqa": 1,
    }  # fmt: skip


SIMILAR = """
prompts: [hi]
providers: [echo]
tests:
  - assert:
      - {type: similar, value: "Hello {{name}}", threshold: 0.8, weight: 2}
      - {type: "not-similar:cosine", value: Go away}
      - {type: similar, value: [Hello], threshold: 0.9}
      - {type: similar, value: [Hello, Hi]}
      - {type: "similar:euclidean", value: Hello, threshold: 0.5}
      - {type: similar, value: Hello, provider: "openai:embedding:x"}
  - file://similar.csv
"""


def test_what_is_similar_is_told_by_the_embedding_model_that_the_person_names(suites: Suites) -> None:
    suites.file("similar.csv", "name,__expected\nAda,similar(0.7): Good day\n")
    suite = read(suites.file("promptfooconfig.yaml", SIMILAR), embedding="starter")
    first, second, third, *rest = suite.cases[0].checks
    assert first == Check("embedding", {"model": "starter", "to": "Hello {{name}}"}, threshold=0.8, weight=2.0)
    assert second == Check("embedding", {"model": "starter", "to": "Go away"}, negated=True)
    assert third == Check("embedding", {"model": "starter", "to": "Hello"}, threshold=0.9)
    assert [check.kind for check in rest] == ["unsupported"] * 3
    assert suite.cases[1].checks == (Check("embedding", {"model": "starter", "to": "Good day"}, threshold=0.7),)
    assert suite.unsupported == (
        "the assertion similar to one of several texts", "the assertion similar:euclidean",
        "the assertion similar with provider",
    )  # fmt: skip
    with closing(Checker()) as checker:
        for check in (first, second, third):
            checked(check, checker.kinds)


def test_without_an_embedding_model_what_is_similar_is_listed_and_passes_nothing(suites: Suites) -> None:
    suites.file("similar.csv", "name,__expected\nAda,similar(0.7): Good day\n")
    suite = suites.read(SIMILAR)
    assert {check.kind for case in suite.cases for check in case.checks} == {"unsupported"}
    assert Counter(suite.unsupported)["the assertion similar without an embedding model"] == 4


@pytest.mark.parametrize("name", ["tool-call-f1", "rouge-n", "bleu", "perplexity", "moderation", "some-new-type"])
@pytest.mark.parametrize("negation", ["", "not-"])
def test_an_assertion_that_we_do_not_have_is_counted_and_fails(suites: Suites, name: str, negation: str) -> None:
    suite = suites.read(
        f"prompts: [hi]\nproviders: [echo]\ntests: [{{assert: [{{type: {negation}{name}, value: x}}]}}]"
    )
    (check,) = suite.cases[0].checks
    assert (check.kind, check.negated) == ("unsupported", False)  # negated, it would pass
    assert suite.unsupported == (f"the assertion {name}",)


def test_a_scenario_is_each_of_its_tests_with_each_of_its_values(suites: Suites) -> None:
    suites.file("more.yaml", "[{config: [{vars: {language: French}}], tests: [{vars: {input: Bye}}]}]")
    suite = suites.read("""
prompts: ["Say {{input}} in {{language}}"]
providers: [echo]
defaultTest: {assert: [{type: latency, threshold: 9000}]}
scenarios:
  - config:
      - vars: {language: Spanish, hello: hola}
      - vars: {language: German, hello: hallo}
        assert: [{type: contains, value: "!"}]
    tests:
      - {description: Greeting, vars: {input: Hello}, assert: [{type: icontains, value: "{{hello}}"}]}
      - vars: {input: Thanks}
  - file://more.yaml
""")
    said = [(case.values["input"], case.values["language"], len(case.checks)) for case in suite.cases]
    assert said == [
        ("Hello", "Spanish", 2), ("Hello", "German", 3), ("Thanks", "Spanish", 1), ("Thanks", "German", 2),
        ("Bye", "French", 1),
    ]  # fmt: skip
    assert suite.cases[0].name == "Greeting"
    assert suite.unsupported == ()


@pytest.mark.parametrize("tests", ["file://make.py", "{path: file://make.py}", "[huggingface://datasets/some]"])
def test_a_suite_without_a_test_that_can_be_had_is_not_green_but_refused(suites: Suites, tests: str) -> None:
    with pytest.raises(BadFile, match="no test case that can be had") as caught:
        suites.read(f"prompts: [hi]\nproviders: [echo]\ntests: {tests}\n")
    assert "make.py" in (caught.value.advice or "") or "huggingface" in (caught.value.advice or "")
