"""Is it recurrent? on the page: the code, the two runs and the verdict are those of the rule that was picked."""

import pytest

from memattn.lessons.rules import RULES, pairs_of, run_twice
from memattn.lessons.worked import worked, written
from memattn.ui.lesson.recurrence import SEED
from tests.pages.session import Session, query


def opened(**values: object) -> Session:
    return Session().open("segments", query(tab="Is it recurrent?", n=60, **values))


def unfold(page: Session, name: str) -> Session:
    page.app.session_state[page.key(name)] = True
    return page.run()


@pytest.mark.parametrize("key", ["moving", "guess", "learned"])
def test_a_rule_shows_its_code_and_its_verdict_only_when_it_is_run(key: str) -> None:
    page, rule = opened(rule=key), RULES[key]
    assert any(f"def {rule.update.__name__}(pair" in block.value for block in page.app.code)
    assert page.notes == [] and "from everything |" not in page.text, "nothing is given away"
    found = run_twice(rule, pairs_of(SEED))
    unfold(page, "both_ways")
    assert found.verdict in page.notes[0] and ("ma-problem" in page.notes[0]) == (not found.recurrent)
    assert ("| 6 | refused |" in page.text) == (key == "moving")
    assert page.text.count("\n| ") >= len(found.everything)


def test_all_rules_stand_in_one_table() -> None:
    page = unfold(opened(), "all_rules")
    for rule in RULES.values():
        assert f"| {rule.name} |" in page.text and run_twice(rule, pairs_of(SEED)).verdict in page.text


def test_a_typed_state_is_judged_by_the_exercise_of_its_number() -> None:
    page = opened(exercise=4)
    own = worked(4)
    assert all(written(pair) in page.text for pair in (own.start, *own.pairs)) and page.notes == []
    page.move("state", written(own.answer))
    assert "Right." in page.notes[0] and "ma-problem" not in page.notes[0]
    page.move("state", "1, 1")
    assert own.steps in page.notes[0] and "ma-problem" in page.notes[0]
    page.move("state", "no idea")
    assert "A state is two numbers" in page.notes[0]
    page.move("exercise", 5)
    assert written(worked(5).start) in page.text
    assert page.named.items() >= {"exercise": "5", "state": "no idea"}.items()
    assert page.shared(None).seen == page.seen


def test_side_by_side_compares_what_the_lesson_is_about() -> None:
    page = Session().open("segments", query(tab="Side by side", b_memory="window", b_nc=14, n=60))
    tokens = len(page.stage.content["tokens"])
    assert f"| updates in {tokens} tokens | {tokens // 7} | {tokens} |" in page.text
    assert "| slots in the memory after the last word | 14 | 14 |" in page.text
