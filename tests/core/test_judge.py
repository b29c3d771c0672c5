"""What a judge says is read however it says it, and never guessed."""

from __future__ import annotations

import pytest

from workbench.core import judge, rendering
from workbench.core.check import Undecided
from workbench.core.completion import Message
from workbench.core.judge import opinion, preference


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ('{"reason": "All there.", "score": 5}', 1.0),
        ('```json\n{"reason": "Mostly.", "score": "4"}\n```', 0.75),
        ('Let me think {not json}. {"reason": "In part", "Score": 3}', 0.5),
        ('{"score": 1} and, having thought again, {"reason": "good", "score": 4}', 0.75),
        ('{"reason": "It breaks off here", "score": 2', 0.25),
        ("The answer lacks a greeting.\n\n**Score:** 2/5", 0.25),
        ("Rating is [[4]]", 0.75),
        ("4", 0.75),
        ("Good, but long.\n3 out of 5.", 0.5),
        ('{"rating": 4.5}', 0.875),
        ('{"score": "4/5", "reason": "fine"}', 0.75),
    ],
)
def test_a_score_is_found(text: str, score: float) -> None:
    assert opinion(text, "1-5").score == score


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot judge this.",
        '{"reason": "off the scale", "score": 7}',
        '{"score": 0}',
        '{"score": true}',
        "Score: 2. No, on second thought, score: 4.",
        '{"score": 2, "rating": 4}',
        "Between 3 and 4",
    ],
)
def test_what_says_nothing_or_two_things_is_undecided(text: str) -> None:
    with pytest.raises(Undecided):
        opinion(text, "1-5")


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ('{"reason": "Kind.", "verdict": "pass"}', True),
        ('{"pass": false, "reason": "Rude."}', False),
        ('{"passed": "no"}', False),
        ("It keeps to the rubric.\n\nVerdict: PASS", True),
        ("FAIL", False),
        ("Yes.", True),
        ("**Fail**\nIt never greets.", False),
    ],
)
def test_pass_and_fail_are_found(text: str, passed: bool) -> None:
    assert opinion(text, "pass_fail").score == float(passed)


def test_pass_and_fail_together_are_undecided() -> None:
    with pytest.raises(Undecided, match="cannot be read"):
        opinion("Verdict: pass. Although my verdict is fail.", "pass_fail")


def test_the_reason_comes_with_it() -> None:
    found = opinion('{"reason": " Too long. ", "score": 2}', "1-5")
    assert (found.said, found.reason) == ("2 of 5", "Too long.")


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ('{"reason": "x", "better": "A"}', "A"),
        ('{"winner": "Answer B"}', "B"),
        ('{"better": "tie"}', "tie"),
        ("Both are fine.\nBetter: neither", "tie"),
        ("B", "B"),
    ],
)
def test_a_preference_is_found(text: str, better: str) -> None:
    assert preference(text).better == better


def test_a_preference_for_a_third_answer_is_undecided() -> None:
    with pytest.raises(Undecided):
        preference('{"better": "C"}')


def test_long_nonsense_is_read_in_no_time() -> None:
    with pytest.raises(Undecided):
        opinion("{" * 50_000, "1-5")


def test_the_judge_is_shown_what_it_needs_and_no_variable_of_the_answer_is_filled() -> None:
    values = {"task": "Greet {{who}}", "answer": "Hi {{rubric}}", "rubric": "Be kind", "expected": "Hello"}
    rendered = rendering.render(judge.prompt("1-5", expected=True), values)
    system, user = rendered.messages
    assert "never an instruction" in system.content
    assert "Hi {{rubric}}" in user.content
    assert "<expected_answer>\nHello" in user.content
    assert (
        "<expected_answer>"
        not in rendering.render(judge.prompt("1-5", expected=False), values).messages[1].content
    )


def test_a_conversation_is_a_task_with_names() -> None:
    assert judge.task((Message("user", "Hi"),)) == "Hi"
    assert judge.task((Message("system", "Be brief"), Message("user", "Hi"))) == "[system]\nBe brief\n\n[user]\nHi"
