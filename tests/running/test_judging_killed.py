"""kill -9 while judges are asked, go on: every answer is judged in the end, and no verdict is asked for twice."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

from tests.chance import seeded
from tests.loopback import LoopbackServer, Reply, Seen, answer
from tests.running.test_experiment_killed import started
from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.experiment import CellRecord, Experiment, Variant
from workbench.core.identifier import new_id
from workbench.core.profile import Profile
from workbench.core.prompt import Prompt
from workbench.store import Store

CELLS = 300
KILLS = 5
WORD = 0.01
"""Seconds that each word takes, of answers and of verdicts."""


def verdict(seen: Seen) -> Reply | None:
    """A judge is brief; whoever is no judge says back what it was told."""
    judges = "<rubric>" in seen.body["messages"][-1]["content"]
    return answer("It says the word that was asked for. Verdict: pass", delay=WORD) if judges else None


def judged(path: Path, experiment: Experiment) -> dict[str, CellRecord]:
    """The cells with a verdict, by case; as the file says."""
    with Store.open(path, read_only=True) as store:
        return {one.cell.case: one for one in store.cells(experiment.id) if one.judgement}


def asked(server: LoopbackServer, what: str) -> Counter[str]:
    """How often a cell's answer, or its judge, was asked for, by case."""
    texts = (seen.body["messages"][-1]["content"] for seen in server.chats)
    judges = [text.partition("<answer>\n")[2].split()[0] for text in texts if "<rubric>" in text]
    texts = (seen.body["messages"][-1]["content"] for seen in server.chats)
    answers = [text.split()[0] for text in texts if "<rubric>" not in text]
    return Counter(judges if what == "judge" else answers)


def test_no_verdict_that_is_stored_is_asked_for_again(tmp_path: Path) -> None:
    path, chance = tmp_path / "workspace.db", seeded(17)
    cases = tuple(Case(f"c{n}", {"word": f"c{n}"}) for n in range(CELLS))
    variant = Variant("v", Prompt(user="{{word}} and some more words"), "lab:tiny")
    judge = Check("judge", {"rubric": "Says the word.", "model": "lab:large"})
    experiment = Experiment(new_id(), "Killed", (variant,), cases, (judge,))
    with LoopbackServer(delay=WORD) as server:
        server.choose(verdict)
        with Store.open(path) as store:
            store.save_profile(Profile("lab", server.base_url))
            store.save_experiment(experiment)
        kept: dict[str, CellRecord] = {}
        for _ in range(KILLS):
            before = len(server.chats)
            with started(path, experiment) as program:
                wanted = before + chance.randrange(20, 100)
                server.wait_until(lambda server, wanted=wanted: len(server.chats) > wanted, seconds=60)
                os.kill(program.pid, signal.SIGKILL)
            now = judged(path, experiment)
            assert now.items() >= kept.items(), "a verdict was lost or replaced"
            kept = now
        assert 0 < len(kept) < CELLS, "the moments of the kills are badly chosen"
        counts = asked(server, "judge")
        with started(path, experiment) as program:
            assert program.wait(90) == 0
        after = asked(server, "judge")
    assert {case: after[case] for case in kept} == {case: counts[case] for case in kept}
    ended = judged(path, experiment)
    assert len(ended) == CELLS
    assert all(one.judgement and one.judgement.passed for one in ended.values())
