"""Which rated runs become rows and pairs, and what the others are told."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.training.runs import BAD, GOOD, PROMPT, golden, rated
from workbench.core.completion import Message, StopReason
from workbench.core.identifier import new_id
from workbench.core.prompt import Example, OutputFormat, Prompt
from workbench.core.run import Preference, RatedRun, Rating
from workbench.errors import UserError
from workbench.training import Pair, Recipe, Row, TrainingSet, rows

SYSTEM = Message("system", "Name the capital.")


def only_row(made: TrainingSet) -> Row:
    assert made.refused == ()
    assert len(made.rows) == 1
    return made.rows[0]


def only_pair(made: TrainingSet) -> Pair:
    assert [one for one in made.refused if one.kind == "preference"] == []
    assert len(made.pairs) == 1
    return made.pairs[0]


def reasons(made: TrainingSet, run: RatedRun, kind: str = "completion") -> list[str]:
    return [one.reason for one in made.refused if one.run_id == run.run.id and one.kind == kind]


# What is good enough


@pytest.mark.parametrize(
    "rating",
    [
        GOOD,
        Rating(score=4),
        Rating(score=5),
        Rating("good", 2),
        Rating(golden="Paris"),
        Rating("good", golden="Paris"),
    ],
)
def test_a_good_run_gives_a_row(rating: Rating) -> None:
    run = rated("Paris", rating)
    row = only_row(rows([run]))
    assert row.answer == Message("assistant", "Paris")
    assert row.run_ids == (run.run.id,)
    assert (row.version, row.model, row.golden) == (run.run.version, "echo:test", False)


@pytest.mark.parametrize(
    "rating", [Rating(), BAD, Rating(score=3), Rating("bad", 5), Rating("bad", golden="Paris"), Rating(note="hm")]
)
def test_a_run_not_rated_good_gives_none_and_is_counted(rating: Rating) -> None:
    made = rows([rated("Paris", rating)])
    assert (made.rows, made.pairs, made.refused, made.not_good) == ((), (), (), 1)


@pytest.mark.parametrize(
    ("rating", "minimum", "count"),
    [
        (Rating(score=4), 5, 0),
        (Rating(score=3), 3, 1),
        (Rating("good", 4), 5, 0),
        (GOOD, 5, 1),
        (Rating("bad", 5), 1, 0),
    ],
)
def test_a_recipe_may_ask_for_another_score(rating: Rating, minimum: int, count: int) -> None:
    assert len(rows([rated("Paris", rating)], recipe=Recipe(minimum_score=minimum)).rows) == count


def test_an_edited_answer_is_learned_whatever_the_run_was_rated() -> None:
    for verdict in ("good", "bad", None):
        row = only_row(rows([rated("Lyon", Rating(verdict, golden="Paris"))]))
        assert row.answer.content == "Paris"
        assert row.golden


@pytest.mark.parametrize(
    ("stop_reason", "why"),
    [
        ("length", "cut off at its token limit"),
        ("cancelled", "stopped before its end"),
        ("truncated", "stream broke off"),
        ("error", "run failed"),
        ("content_filter", "withheld"),
    ],
)
def test_an_answer_that_is_not_whole_is_refused(stop_reason: StopReason, why: str) -> None:
    run = rated("Par", stop_reason=stop_reason)
    made = rows([run])
    assert made.rows == ()
    assert why in reasons(made, run)[0]
    edited = rated("Par", golden("Paris"), stop_reason=stop_reason)
    row = rows([edited]).rows[0]
    assert row.answer.content == "Paris"


@pytest.mark.parametrize("text", ["", " \n", "<think>Hm.</think>"])
def test_an_empty_answer_is_refused(text: str) -> None:
    run = rated(text)
    assert reasons(rows([run]), run) == ["The answer is empty."]


# What goes into a row


def test_the_default_recipe_folds_the_examples_and_keeps_the_system() -> None:
    assert only_row(rows([rated()])).input == (SYSTEM, Message("user", "France"))


def test_examples_can_be_kept_as_turns() -> None:
    assert only_row(rows([rated()], recipe=Recipe(few_shot="keep"))).input == (
        SYSTEM,
        Message("user", "Norway"),
        Message("assistant", "Oslo"),
        Message("user", "Peru"),
        Message("assistant", "Lima"),
        Message("user", "France"),
    )


def test_the_system_message_can_be_left_out() -> None:
    assert only_row(rows([rated()], recipe=Recipe(system="drop"))).input == (Message("user", "France"),)


def test_a_system_message_with_the_input_in_it_cannot_be_left_out() -> None:
    prompt = replace(PROMPT, context="About {{country}}.")
    run = rated(prompt=prompt)
    assert "carries variables" in reasons(rows([run], recipe=Recipe(system="drop")), run)[0]


def test_a_prefill_is_a_part_of_the_answer() -> None:
    prompt = replace(PROMPT, prefill="The capital is")
    assert only_row(rows([rated(" Paris.", prompt=prompt)])).answer.content == "The capital is Paris."
    both = [
        rated(" Lyon.", golden(text), prompt=prompt, country=text) for text in (" Paris.", "The capital is Paris.")
    ]
    assert {row.answer.content for row in rows(both).rows} == {"The capital is Paris."}


def test_messages_are_those_that_were_sent_whatever_a_new_rendering_says() -> None:
    run = rated()
    sent = (Message("system", "Sent by an older program."), *run.run.messages[1:])
    older = RatedRun(replace(run.run, messages=sent), GOOD)
    assert only_row(rows([older])).input == (sent[0], Message("user", "France"))


def test_a_prompt_without_a_user_section_has_no_input_to_learn_from() -> None:
    run = rated(prompt=Prompt(examples=(Example("a", "b"),)))
    assert "no user section" in reasons(rows([run]), run)[0]


# Checks


SCHEMA = '{"type": "object", "properties": {"capital": {"type": "string"}}, "required": ["capital"]}'
AS_JSON = replace(PROMPT, output_format=OutputFormat("json", SCHEMA))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Paris", "not JSON"),
        ('```json\n{"capital": "Paris"}\n```', "not JSON"),
        ('{"capital": NaN}', "NaN is not a JSON value"),
        ("[" * 100_000, "not JSON"),
        ("{}", "'capital' is a required property"),
        ('{"capital": 3}', "schema at capital: 3 is not of type 'string'"),
    ],
)
def test_an_answer_that_breaks_the_prompts_schema_is_refused(text: str, why: str) -> None:
    run, edited = rated(text, prompt=AS_JSON), rated("{", golden(text), prompt=AS_JSON, country="Italy")
    made = rows([run, edited])
    assert made.rows == ()
    assert why in reasons(made, run)[0]
    assert why in reasons(made, edited)[0]


def test_an_answer_that_keeps_to_the_schema_is_taken() -> None:
    assert only_row(rows([rated('{"capital": "Paris"}', prompt=AS_JSON)])).answer.content == '{"capital": "Paris"}'


def test_any_json_will_do_without_a_schema() -> None:
    assert only_row(rows([rated("[1]", prompt=replace(PROMPT, output_format=OutputFormat("json")))]))


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ("{", "not valid JSON"),
        ('{"type": "objekt"}', "not a valid schema"),
        ('{"$ref": "http://example.invalid/schema"}', "refers to"),
        ('{"pattern": "^(\\\\w+\\\\s?)*$"}', "took more than"),
    ],
)
def test_a_schema_that_cannot_be_used_is_named_and_nothing_is_fetched(schema: str, why: str) -> None:
    run = rated(f'"{"word " * 60}!"', prompt=replace(PROMPT, output_format=OutputFormat("json", schema)))
    assert why in reasons(rows([run]), run)[0]


@pytest.mark.parametrize("place", ["answer", "input", "golden"])
def test_a_lone_surrogate_is_refused(place: str) -> None:
    bad = "half \ud83d"
    run = {
        "answer": rated(bad),
        "input": rated(country=bad),
        "golden": rated("x", golden(bad)),
    }[place]
    made = rows([run])
    assert "half a character" in reasons(made, run)[0]
    assert made.pairs == ()


def test_other_strange_text_is_taken_as_it_is() -> None:
    text = "NUL \0 bidi \u202e line \u2028 emoji 👩‍🚀 CR \r\n end"
    assert only_row(rows([rated(text)])).answer.content == text


@pytest.mark.parametrize("place", ["answer", "input", "schema"])
def test_a_key_is_refused_and_never_repeated(place: str) -> None:
    key = "sk-proj-" + "a1B2" * 8
    run = {
        "answer": rated(f"Use {key}."),
        "input": rated(country=key),
        "schema": rated(f'{{"capital": ["{key}"]}}', prompt=AS_JSON),
    }[place]
    reason = reasons(rows([run]), run)[0]
    assert "looks like an API key" in reason
    assert key not in reason


# Duplicates and contradictions


def test_a_repeated_row_is_dropped_and_named() -> None:
    first, second = rated("Paris"), rated(" Paris\n")
    made = rows([first, second])
    assert [row.run_id for row in made.rows] == [first.run.id]
    assert reasons(made, second) == [f"Repeats run {first.run.id}."]


def test_white_space_does_not_make_another_input() -> None:
    first, second = rated(country="New  Zealand\n"), rated(country="New Zealand")
    assert len(rows([first, second]).rows) == 1


def test_two_answers_to_one_input_are_both_refused_naming_each_other() -> None:
    first, second, third = rated("Paris"), rated("Lyon"), rated("Paris")
    made = rows([first, second, third])
    assert made.rows == ()
    assert second.run.id in reasons(made, first)[0]
    assert first.run.id in reasons(made, second)[0]
    assert second.run.id in reasons(made, third)[0]


@pytest.mark.parametrize("golden_first", [True, False])
def test_a_golden_answer_settles_a_contradiction(*, golden_first: bool) -> None:
    edited, own = rated("Nice", golden("Paris")), rated("Lyon")
    made = rows([edited, own] if golden_first else [own, edited])
    assert [row.run_id for row in made.rows] == [edited.run.id]
    assert reasons(made, own) == [f"Contradicts the golden answer of run {edited.run.id}."]


def test_two_golden_answers_that_differ_are_refused() -> None:
    first, second = rated("x", golden("Paris")), rated("y", golden("Lyon"))
    made = rows([first, second])
    assert made.rows == ()
    assert "Contradicts" in reasons(made, first)[0]
    assert "Contradicts" in reasons(made, second)[0]


def test_versions_that_differ_in_their_examples_ask_the_same_once_these_are_folded() -> None:
    other = replace(PROMPT, examples=())
    both = [rated(), rated(prompt=other)]
    assert len(rows(both).rows) == 1
    assert len(rows(both, recipe=Recipe(few_shot="keep")).rows) == 2


# Pairs


def answers(pair: Pair) -> tuple[str, str]:
    return pair.chosen.content, pair.rejected.content


def test_an_edited_answer_is_chosen_over_the_original() -> None:
    run = rated("Lyon", golden("Paris"))
    pair = only_pair(rows([run]))
    assert answers(pair) == ("Paris", "Lyon")
    assert (pair.origin, pair.run_ids) == ("golden", (run.run.id,))
    assert pair.input == (SYSTEM, Message("user", "France"))


def test_a_golden_answer_that_was_not_changed_gives_no_pair() -> None:
    made = rows([rated("Paris", golden("Paris"))])
    assert made.pairs == ()
    assert made.refused == ()


def test_an_edit_of_white_space_only_is_no_pair() -> None:
    run = rated("Paris ", golden("Paris"))
    assert "are the same" in reasons(rows([run]), run, "preference")[0]


@pytest.mark.parametrize(
    ("better", "worse"),
    [(GOOD, BAD), (Rating(score=5), Rating(score=2)), (Rating(score=3), BAD), (Rating(score=5), Rating(score=4))],
)
def test_two_ratings_of_one_input_make_a_pair(better: Rating, worse: Rating) -> None:
    one, other = rated("Paris", better), rated("Lyon", worse)
    for order in ([one, other], [other, one]):
        pair = only_pair(rows(order))
        assert answers(pair) == ("Paris", "Lyon")
        assert (pair.origin, pair.run_ids) == ("ratings", (one.run.id, other.run.id))


@pytest.mark.parametrize(
    ("one", "other"), [(GOOD, GOOD), (BAD, BAD), (GOOD, Rating()), (GOOD, Rating(score=4)), (Rating(), BAD)]
)
def test_equal_or_missing_ratings_make_no_pair(one: Rating, other: Rating) -> None:
    assert rows([rated("Paris", one), rated("Lyon", other)]).pairs == ()


def test_runs_of_two_inputs_are_not_compared() -> None:
    assert rows([rated("Paris", GOOD), rated("Lyon", BAD, country="Italy")]).pairs == ()


def test_every_worse_run_meets_one_of_the_best() -> None:
    best = [rated(text, GOOD) for text in ("Paris", "It is Paris.")]
    worse = [rated(text, BAD) for text in ("a", "b", "c", "d")]
    made = rows([*best, *worse])
    assert [answers(pair) for pair in made.pairs] == [
        ("Paris", "a"),
        ("It is Paris.", "b"),
        ("Paris", "c"),
        ("It is Paris.", "d"),
    ]


def test_a_preference_makes_a_pair_also_across_prompt_versions() -> None:
    other = replace(PROMPT, system="Capital, please.")
    better, worse = rated("Paris", Rating()), rated("Lyon", Rating(), prompt=other)
    pair = only_pair(rows([worse, better], [Preference(better.run.id, worse.run.id)]))
    assert answers(pair) == ("Paris", "Lyon")
    assert (pair.origin, pair.input[0], pair.version) == ("preference", SYSTEM, better.run.version)


def test_a_preference_between_different_questions_is_refused() -> None:
    better, worse = rated("Paris"), rated("Rome", country="Italy")
    made = rows([better, worse], [Preference(better.run.id, worse.run.id)])
    assert made.pairs == ()
    assert "another user turn" in reasons(made, worse, "preference")[0]


def test_a_preference_whose_other_run_is_missing_is_refused() -> None:
    run = rated()
    missing = new_id()
    made = rows([run], [Preference(run.run.id, missing), Preference(missing, new_id())])
    assert reasons(made, run, "preference") == [
        f"Its preference names run {missing[:8]}, which is not among the rated runs."
    ]


def test_a_preference_that_repeats_the_ratings_is_dropped() -> None:
    one, other = rated("Paris", GOOD), rated("Lyon", BAD)
    made = rows([one, other], [Preference(one.run.id, other.run.id)])
    assert len(made.pairs) == 1
    assert "Repeats" in reasons(made, other, "preference")[0]


def test_a_preference_against_the_ratings_takes_both_out() -> None:
    one, other = rated("Paris", GOOD), rated("Lyon", BAD)
    made = rows([one, other], [Preference(other.run.id, one.run.id)])
    assert made.pairs == ()
    assert "Contradicts" in reasons(made, one, "preference")[0]
    assert "Contradicts" in reasons(made, other, "preference")[0]


def test_equal_answers_are_no_pair() -> None:
    one, other = rated("Paris", GOOD), rated("Paris", BAD)
    assert "are the same" in reasons(rows([one, other]), other, "preference")[0]


@pytest.mark.parametrize(("text", "stop_reason"), [("Lyo", "length"), ("", "stop"), ("Lyo", "cancelled")])
def test_a_rejected_answer_must_be_whole(text: str, stop_reason: StopReason) -> None:
    one, other = rated("Paris", GOOD), rated(text, BAD, stop_reason=stop_reason)
    made = rows([one, other])
    assert made.pairs == ()
    assert reasons(made, other, "preference")


def test_a_rejected_answer_may_break_the_schema() -> None:
    one, other = rated('{"capital": "Paris"}', GOOD, prompt=AS_JSON), rated("Paris!", BAD, prompt=AS_JSON)
    assert answers(only_pair(rows([one, other]))) == ('{"capital": "Paris"}', "Paris!")


# The whole


def test_nothing_gives_an_empty_set() -> None:
    made = rows([])
    assert (made.rows, made.pairs, made.refused) == ((), (), ())


@pytest.mark.parametrize("recipe", [Recipe(few_shot="no"), Recipe(reasoning=""), Recipe(minimum_score=6)])  # type: ignore[arg-type]
def test_a_bad_recipe_is_refused(recipe: Recipe) -> None:
    with pytest.raises(UserError, match="recipe"):
        rows([], recipe=recipe)


def many(count: int, kind: str) -> Sequence[RatedRun]:
    first = rated()
    values = ({"country": str(n)} for n in range(count))
    if kind == "all different":
        return [
            RatedRun(
                replace(first.run, id=new_id(), values=v, messages=(SYSTEM, Message("user", v["country"]))), GOOD
            )
            for v in values
        ]
    return [RatedRun(replace(first.run, id=new_id(), text=str(n)), GOOD if n % 2 else BAD) for n in range(count)]


@pytest.mark.parametrize("kind", ["all different", "all of one input"])
def test_time_grows_with_the_runs_not_with_their_square(kind: str) -> None:
    runs = many(8_000, kind)
    start = time.perf_counter()
    made = rows(runs)
    assert time.perf_counter() - start < 20  # about half a second; a square of 8,000 takes minutes
    assert len(made.rows) + len([one for one in made.refused if one.kind == "completion"]) + made.not_good == 8_000
