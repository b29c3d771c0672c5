"""What is remembered of earlier answers, and for whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from workbench.core.completion import GenerationConfig
from workbench.core.prompt import Prompt
from workbench.core.run import Run
from workbench.running.drafts import Drafts
from workbench.running.job import Job

JOB = Job(Prompt(user="Hello {{name}}"), {"name": "Polly"}, "starter", prompt_id="a" * 32)
RUN = Run(
    id="b" * 32,
    created_at=datetime.now(UTC),
    prompt_id=JOB.prompt_id,
    prompt_name="",
    version="v",
    prompt=JOB.prompt,
    values=JOB.values,
    messages=(),
    model="starter",
    config=GenerationConfig(),
    text="Hello!",
    reasoning="",
    stop_reason="stop",
)


def test_the_last_answer_of_the_same_case_is_the_draft_of_the_edited_prompt() -> None:
    drafts = Drafts()
    drafts.keep(replace(RUN, text="Hi!"))
    drafts.keep(RUN)
    assert drafts.find(replace(JOB, prompt=Prompt(user="Hello, dear {{name}}"))) == "Hello!"
    for other in (
        replace(JOB, model="local:/x.gguf"),
        replace(JOB, values={"name": "Jack"}),
        replace(JOB, prompt_id=None),
    ):
        assert drafts.find(other) == ""


def test_what_was_stopped_or_is_too_long_is_no_draft() -> None:
    drafts = Drafts()
    for run in (replace(RUN, stop_reason="cancelled"), replace(RUN, text=""), replace(RUN, text="x" * 50_001)):
        drafts.keep(run)
    assert drafts.find(JOB) == ""


def test_old_answers_are_forgotten() -> None:
    drafts = Drafts()
    drafts.keep(RUN)
    for number in range(2_000):
        drafts.keep(replace(RUN, values={"name": str(number)}))
    assert drafts.find(JOB) == ""
    assert drafts.find(replace(JOB, values={"name": "1999"})) == "Hello!"
