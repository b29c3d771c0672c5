"""A person's own Python files judge, in a process with limits, and what they do wrong is said."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from workbench.core.case import Case
from workbench.core.check import Check, Measured, Subject, Undecided
from workbench.core.completion import GenerationConfig, Message
from workbench.core.experiment import Cell
from workbench.core.identifier import new_id
from workbench.core.prompt import Prompt
from workbench.core.run import Run
from workbench.core.trust import fingerprint
from workbench.running import Workspace
from workbench.running.judges import Inquiry
from workbench.running.python_checks import PythonChecks, limits

RUN = Run(
    new_id(), datetime.now(UTC), None, "Greet", "", Prompt(user="Greet Ada"), {}, (Message("user", "Greet Ada"),),
    "starter", GenerationConfig(), "Hello Ada", "", "stop",
)  # fmt: skip
CASE = Case("c", {"name": "Ada"}, "Hello Ada", "first")

Measure = Callable[..., Measured]


@pytest.fixture
def measure(workspace: Workspace, tmp_path: Path) -> Measure:
    """What a trusted file with this source finds in `Hello Ada`."""

    def measured(source: str, *, seconds: float = 10.0, memory: int = 1 << 30, **value: object) -> Measured:
        path = tmp_path / "tone.py"
        path.write_text(source, "utf-8")
        sha256 = fingerprint(path.read_bytes())
        workspace.store.write(lambda store: store.trust_file(str(path), sha256)).result(10)
        check = Check("python", {"file": str(path), **value})
        subject = Subject("Hello Ada", CASE.expected, CASE.values)
        inquiry = Inquiry(check, check.value, subject, RUN, Cell("v", "c"))

        async def ask() -> Measured:
            return await PythonChecks(workspace.store, seconds=seconds, memory=memory).measure(inquiry, CASE)

        return workspace.loop.submit(ask()).result(60)

    return measured


@pytest.mark.parametrize(
    ("source", "score", "enough"),
    [
        ("def check(answer, case): return case['expected'] == answer", 1.0, True),
        ("def check(answer, case): return case['values']['name'] == 'Eva'", 0.0, False),
        ("def get_assert(output, context): return 0.25", 0.25, None),
        ("def get_assert(output, context): return {'score': 0.5, 'reason': 'so so'}", 0.5, None),
        ("def get_assert(output, context): return {'pass_': True, 'score': 0.5}", 0.5, True),
        ("async def get_assert(output, context): return context['vars']['name'] in output", 1.0, True),
        ("import numpy\ndef check(answer, case): return numpy.bool_(True)", 1.0, True),
        ("print('noise')\ndef check(answer, case):\n    print('{\"found\": 0}')\n    return True", 1.0, True),
    ],
)
def test_what_a_file_gives_back_is_a_score(
    measure: Measure, source: str, score: float, enough: bool | None
) -> None:
    found = measure(source)
    assert (found.score, found.enough) == (score, enough)


def test_promptfoos_context_is_there(measure: Measure) -> None:
    source = """
def get_assert(output, context):
    seen = [context['prompt'], context['vars'], context['test']['description'], context['config'], __file__[-7:]]
    return {'pass': True, 'score': 1, 'reason': repr(seen)}
"""
    found = measure(source, config={"strict": True})
    assert found.said == "['Greet Ada', {'name': 'Ada'}, 'first', {'strict': True}, 'tone.py']"


def test_a_function_is_chosen_by_its_name_and_modules_beside_the_file_are_found(
    measure: Measure, tmp_path: Path
) -> None:
    (tmp_path / "words.py").write_text("GOOD = ('Hello',)", "utf-8")
    source = "import words\ndef polite(output, context): return any(word in output for word in words.GOOD)"
    assert measure(source, function="polite").enough


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def other(): pass", "tone.py has no function get_assert or check"),
        ("def check(answer, case):\n    return answer['x']", "tone.py, line 2: TypeError"),
        ("1/0", "tone.py, line 1: ZeroDivisionError"),
        ("def check(", "SyntaxError"),
        ("def check(answer, case): return 'yes'", "has to be true or false"),
        ("def check(answer, case): return 7", "a score lies between 0 and 1"),
        ("def check(answer, case): return float('nan')", "has to be true or false"),
        ("import sys\nsys.exit(3)", "SystemExit"),
        ("import os\nos._exit(0)", "ended its process before it had answered"),
    ],
)
def test_what_goes_wrong_is_undecided_and_said(measure: Measure, source: str, said: str) -> None:
    with pytest.raises(Undecided, match=said):
        measure(source)


def ends(process: int) -> bool:
    """Whether a process that was killed goes; where nobody takes note of its end it stays as a zombie."""
    for _ in range(200):
        try:
            if psutil.Process(process).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        threading.Event().wait(0.05)
    return False


def test_a_file_that_never_ends_is_ended_with_all_that_it_started(measure: Measure, tmp_path: Path) -> None:
    source = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open({str(tmp_path / "child")!r}, "w").write(str(child.pid))
time.sleep(60)
"""
    began = time.monotonic()
    with pytest.raises(Undecided, match="more than 2 s on this answer"):
        measure(source, seconds=2)
    assert time.monotonic() - began < 30
    assert ends(int((tmp_path / "child").read_text()))


def test_memory_has_a_limit(measure: Measure) -> None:
    with pytest.raises(Undecided, match="more memory than it may"):
        measure("kept = [bytearray(1 << 20) for _ in range(400)]", memory=200 << 20)


def test_files_that_it_writes_have_a_limit(measure: Measure, tmp_path: Path) -> None:
    target = tmp_path / "large"
    with pytest.raises(Undecided, match="OSError"):
        measure(f"open({str(target)!r}, 'wb').write(bytes(64 << 20))")
    assert target.stat().st_size <= 16 << 20


def test_keys_are_not_in_its_environment(measure: Measure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("PLAIN", "seen")
    found = measure("import os\ndef check(a, c): return {'pass': True, 'reason': str(dict(os.environ))}")
    assert "seen" in found.said
    assert "sk-secret" not in found.said


def test_odd_texts_arrive_whole(measure: Measure) -> None:
    source = "def check(answer, case): return {'pass': True, 'reason': '\\ud83d \\u2028 é'}"
    assert measure(source).said == "\ud83d \u2028 é"


def test_the_limits_are_said_without_a_promise_that_is_not_kept() -> None:
    assert "no sandbox" in limits()
    assert "can read your files and use the network" in limits()
