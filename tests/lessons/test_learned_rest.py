"""Two models that learn with and without a resting place: the same start, softmaxes by hand, verdicts from numbers."""

from itertools import islice

import numpy as np
import pytest
import torch

from memattn.figures.draw import draw, in_words
from memattn.intervals import Estimate
from memattn.lessons import learned_rest
from memattn.lessons.learned_rest import MEASURES, WINDOW, Course, Progress, Seen, attention, movement, verdict
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice

ROWS = torch.randn(2, 19, 6, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("rest", list(learned_rest.RESTS))
def test_every_softmax_is_the_one_by_hand(rest: learned_rest.Rest) -> None:
    queries, keys = ROWS[0], ROWS[1]
    sink = torch.tensor(0.7) if rest == "sink" else None
    found = attention(queries, keys, rest, sink)
    for i in range(19):
        seen = {*range(max(0, i - WINDOW + 1), i + 1)} | ({0} if rest == "pinned" else set())
        mass = {j: float(torch.exp(queries[i] @ keys[j] / 6**0.5)) for j in seen}
        idle = {"off-by-one": 1.0, "sink": float(np.exp(0.7))}.get(rest, 0.0)
        total = idle + sum(mass.values())
        by_hand = [idle / total, *(mass.get(j, 0.0) / total for j in range(19))]
        assert found[i].tolist() == pytest.approx(by_hand, abs=1e-6)


def test_movement_is_half_of_what_rows_differ_by() -> None:
    rows = torch.tensor([[0.0, 1.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    assert float(movement(rows)) == pytest.approx((0.5 + 1.0) / 2)


def test_both_begin_with_the_same_weights_and_texts_and_a_seed_is_the_same_every_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(learned_rest, "PART", 7)

    def course() -> Progress:
        return next(learned_rest.learn(Course("pinned", seeds=2), 500))

    state = torch.random.get_rng_state()
    one, again = course(), course()
    assert one == again and torch.equal(state, torch.random.get_rng_state())
    without, rested = one.seen.values()
    assert len(without) == 2 and len(without[0]) == learned_rest.PART
    assert without[0][0].loss == pytest.approx(rested[0][0].loss, abs=1e-3) and without[0] != without[1]
    assert without[0][-1].loss < without[0][0].loss


def test_the_difference_is_paired_by_seed_and_its_interval_is_student_s() -> None:
    assert Estimate.of([1.0, 2.0, 3.0]) == pytest.approx((2.0, 2.0 - 4.303 / 3**0.5, 2.0 + 4.303 / 3**0.5))
    assert [Estimate(0, low, high).shows for low, high in ((1, 2), (-1, 2), (-2, -1))] == [1, 0, -1]
    with pytest.raises(ValueError, match="numbers must be 2 to 10, got 1"):
        Estimate.of([1.0])


def progress(shift: float, spread: float) -> Progress:
    """Three seeds that differ by 1 each, and beside them the same with a shift, which itself differs by seed."""
    base = [[Seen(seed + 2.0, seed + 1.0, 0.5)] * 40 for seed in range(3)]
    other = [[Seen(seen.loss + shift + spread * seed, *seen[1:]) for seen in base[seed]] for seed in range(3)]
    return Progress(40, {"none": base, "sink": other})


def test_what_is_said_is_what_the_numbers_show() -> None:
    lower, unsure = progress(-0.5, 0.01), progress(-0.5, 0.5)
    assert "over the last 40 steps of 3 seeds: loss lower (2.510 against 3.000)" in verdict(lower)
    assert "loss no difference beyond doubt (3.000 against 3.000)" in verdict(unsure)
    assert "movement no difference beyond doubt (0.500 against 0.500)" in verdict(lower)
    for run, right in ((lower, 0), (unsure, 1), (progress(0.5, 0.01), 2)):
        data = learned_rest.panels(run)
        assert [learned_rest.LOSS.judge(chosen, data)[0] for chosen in range(3)] == [at == right for at in range(3)]
    assert "| loss | 3.000 | 2.510 | −0.490 |" in learned_rest.table(lower)


def test_the_figure_has_a_panel_for_every_measure_that_is_drawn_and_its_words_the_verdict() -> None:
    data = learned_rest.panels(progress(-0.5, 0.01))
    assert len(data.panels) == sum(not measure.last for measure in MEASURES) == 3
    loss = data.panels[0].lines[1]
    assert [(point.x, round(point.y, 3), round(point.low, 3), round(point.high, 3)) for point in loss.points] == [
        (20, 2.51, 1.5, 3.52),
        (40, 2.51, 1.5, 3.52),
    ]
    for theme in ("light", "dark"):
        figure = draw(data, theme)  # type: ignore[arg-type]
        assert list(figure.data[3].y) == pytest.approx([2.51, 2.51])
        assert list(figure.data[2].y) == pytest.approx([3.52, 3.52, 1.5, 1.5])
        assert [trace.showlegend for trace in figure.data].count(True) == 2
    assert in_words(data).startswith(data.says) and "a learned sink: 2.510 at 20, 2.510 at 40." in in_words(data)


def test_the_experiment_goes_part_by_part() -> None:
    values = {"rest": "off-by-one", "rrate": "0.015", "rseeds": 2}
    (part,) = islice(learned_rest.training(Settings(Choice("window"), ()), values), 1)
    assert (part.done, part.total) == (20, 500) and len(part.data.panels[0].lines[0].points) == 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"rest": "none"}, "rest must be one of off-by-one, sink, pinned, got 'none'"),
        ({"rate": 0.0}, "rate must be > 0 and seeds ≥ 2, got 0.0 and 3"),
    ],
)
def test_what_cannot_be_learned_is_refused(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Course(**wrong)  # type: ignore[arg-type]
