"""The gate of a hybrid: the needle stands where the logsumexps of its two memories say."""

import base64

import numpy as np
import pytest

from memattn.memory.base import Memory
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.hybrid import Hybrid
from memattn.memory.window import Window
from memattn.stage.payload import payload
from memattn.streams import random_stream
from memattn.trace import trace
from tests.node import evaluated

GATES = """async (packed) => {
    const { unpack } = await from('codec');
    const { openTrace } = await from('trace');
    const { gateOf, needleAt } = await from('gate-view');
    const trace = openTrace(await unpack(packed));
    const steps = Array.from({ length: trace.length }, (_, k) => k);
    return steps.map((k) => [gateOf(trace, k), [0, 0.5, 1].map((attention) => needleAt(trace, { k, attention }))]);
}"""


def logsumexp(scores: np.ndarray) -> float:
    return float(np.log(np.exp(scores).sum()))


@pytest.mark.parametrize("memory", [Hybrid(Window(4)), Hybrid(Window(4), CumulativeAverage(log_count=True))], ids=repr)
def test_the_needle_is_the_sigmoid_of_the_difference_of_both_logsumexps(memory: Memory) -> None:
    record = trace(memory, random_stream(19, 5, 3, 2, seed=7))
    sent = payload(record, memory.lanes(19), 8, "t", memory.reads, 1)
    drawn = evaluated(GATES, base64.b64encode(sent.packed).decode())
    before = None
    for step, (gate, needle) in zip(record.steps, drawn, strict=True):
        raw = np.array(step.ids) >= 0
        one = logsumexp(step.scores[1, raw])
        assert gate["first"] == pytest.approx(one, abs=2e-3)
        assert gate["both"] == (step.index >= 4)
        if gate["both"]:
            two = logsumexp(step.scores[1, ~raw])
            assert gate["second"] == pytest.approx(two, abs=2e-3)
            assert gate["g"] == pytest.approx(1 / (1 + np.exp(two - one)), abs=1e-4)
        else:
            assert gate["g"] == 1 and gate["second"] is None
        start = gate["g"] if before is None else before
        assert needle == pytest.approx([start, (start + gate["g"]) / 2, gate["g"]])
        before = gate["g"]


def test_of_a_mean_of_heads_the_gate_is_the_mean_and_has_no_scores() -> None:
    memory = Hybrid(Window(4))
    record = trace(memory, random_stream(19, 5, 3, 2, seed=7))
    sent = payload(record, memory.lanes(19), 8, "t", memory.reads)
    gate, _ = evaluated(GATES, base64.b64encode(sent.packed).decode())[-1]
    assert gate["g"] == pytest.approx(record.steps[-1].weights[:, 1:].sum(axis=-1).mean(), abs=1e-4)
    assert gate["first"] is gate["second"] is None
