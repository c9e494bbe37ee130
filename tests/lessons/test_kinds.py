"""Which f_c: every compression that there is at this c, each with the answers and the error of its own run."""

from dataclasses import replace

from memattn.lessons.kinds import WHICH, possible
from memattn.lessons.memories import Choice, compressions
from memattn.lessons.running import run
from memattn.lessons.stories import without_question
from memattn.reader import parse
from tests.lessons.cases import SIZES, settings

SQUEEZED = Choice("compressive", tuple((SIZES["compressive"] | {"rate": 4}).items()), "mean")


def test_every_compression_trained_for_this_rate_is_there_and_no_other() -> None:
    titles = {key: kind.title for key, kind in compressions().items()}
    assert list(possible(settings(SQUEEZED))) == list(titles.values())
    at_three = possible(settings(SQUEEZED.with_settings(rate=3)))
    assert set(titles.values()) - set(at_three) >= {titles["ar-cache"], titles["ae"], titles["ar-gated"]}
    assert titles["mean"] in at_three and titles["e2e"] in at_three
    untrained = possible(settings(SQUEEZED, "planted"))
    assert list(untrained) == [kind.title for kind in compressions(trained=False).values()]


def test_what_is_told_of_each_is_what_its_own_runs_give() -> None:
    own = settings(SQUEEZED)
    *_, last = WHICH.run(own, {})
    rows = {row.name: row for row in last.data.rows}
    assert (last.done, len(rows)) == (last.total, last.total) and list(rows) == list(possible(own))
    story = without_question(parse(own.words))
    for name in ("Mean pooling", "Convolution, end to end"):
        each = possible(own)[name]
        answers = [run(replace(each, words=story.with_question(fact).words)).answer for fact in story.facts]
        assert rows[name].recall.right == sum(answer.right for answer in answers)  # type: ignore[union-attr]
        assert rows[name].recall.total == len(story.facts) == 3
        assert rows[name].error == run(each).trace.steps[-1].output_error.mean()
    assert len({row.error for row in rows.values()}) > 5
