"""What a model refuses is learned, remembered and not sent again, until it is forgotten."""

from __future__ import annotations

from tests.loopback import answer, error
from tests.running.conftest import Runner
from workbench.core.completion import Notice
from workbench.core.profile import Profile
from workbench.running import Workspace
from workbench.running.capabilities import Finding, findings, forget

UNTAKEN = error(400, "Unsupported parameter: 'seed' is not supported with this model.", param="seed")


def profile(runner: Runner) -> Profile:
    return runner.workspace.store.read(lambda store: store.profile("lab")).result(10)


def test_a_refused_parameter_is_left_out_and_the_run_says_so(runner: Runner) -> None:
    runner.server.script(UNTAKEN, answer("Fine"))
    runner.start("Hello", seed=7, temperature=0.5)
    notice = runner.wait_for(Notice)
    run = runner.ended()
    assert notice.text == "tiny does not take seed: asking again without it."
    assert (run.text, run.details["not_sent"]) == ("Fine", ["seed"])
    first, second = runner.server.chats
    assert first.body["seed"] == 7
    assert "seed" not in second.body
    assert second.body["temperature"] == 0.5
    assert "retries" not in run.details


def test_it_is_not_sent_again_by_this_program_or_the_next(runner: Runner) -> None:
    runner.server.script(UNTAKEN)
    runner.start("Hello", seed=7)
    runner.ended()
    runner.start("Again", seed=7)
    assert runner.ended().details["not_sent"] == ["seed"]
    known = runner.workspace.store.read(lambda store: findings(store, store.profile("lab"))).result(10)
    (found,) = known["tiny"]
    assert (found.name, found.taken) == ("seed", False)
    assert "is not supported with this model" in found.said
    path = runner.workspace.path
    runner.workspace.close()
    another = Workspace(path)
    another.start().result(30)
    try:
        runner.workspace = another
        runner.start("Third", seed=7)
        runner.ended()
    finally:
        another.close()
    assert sum("seed" in seen.body for seen in runner.server.chats) == 1


def test_another_model_of_the_server_still_gets_it(runner: Runner) -> None:
    runner.server.script(UNTAKEN)
    runner.start("Hello", seed=7)
    runner.ended()
    runner.start("Hello", "lab:large", seed=7)
    runner.ended()
    assert runner.server.chats[-1].body["seed"] == 7


def test_what_is_forgotten_is_sent_again(runner: Runner) -> None:
    runner.server.script(UNTAKEN)
    runner.start("Hello", seed=7)
    runner.ended()
    lab = profile(runner)
    runner.workspace.store.write(lambda store: forget(store, lab)).result(10)
    runner.workspace.loop.submit(runner.workspace.catalog.capabilities.load(anew=True)).result(10)
    runner.start("Again", seed=7)
    assert "not_sent" not in runner.ended().details


def test_a_value_that_is_wrong_is_an_error_and_teaches_nothing(runner: Runner) -> None:
    runner.server.script(error(400, "temperature must be at most 2", param="temperature"))
    runner.start("Hello", temperature=3)
    run = runner.ended()
    assert run.stop_reason == "error"
    assert "does not take the parameter temperature as it is" in (run.error or "")
    lab = profile(runner)
    assert runner.workspace.store.read(lambda store: findings(store, lab)).result(10) == {}


def test_a_server_that_names_one_parameter_after_the_other(runner: Runner) -> None:
    runner.server.script(UNTAKEN, error(400, "Unrecognized request argument: logprobs"), answer("Fine"))
    runner.start("Hello", seed=7, logprobs=2)
    run = runner.ended()
    assert (run.text, run.details["not_sent"]) == ("Fine", ["logprobs", "seed"])


def test_findings_belong_to_the_server_not_to_the_name(runner: Runner) -> None:
    known = runner.workspace.catalog.capabilities
    loop = runner.workspace.loop
    loop.submit(known.load()).result(10)

    async def learn() -> frozenset[str]:
        known.learn("lab at 10.0.0.1:80", "tiny", [Finding("seed", taken=False)])
        return known.lacking("lab at 10.0.0.2:80", "tiny")

    assert loop.submit(learn()).result(10) == frozenset()
