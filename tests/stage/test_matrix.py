"""The matrix view: what is added up in the browser is the matrix that answered, and what is said follows from it."""

import base64
import re
from typing import Any

import numpy as np
import pytest
import torch

from memattn.kv import KV
from memattn.lessons.views import COMMON_VIEWS, with_matrix
from memattn.memory.linear import Linear
from memattn.records import Trace
from memattn.stage import matrix as module
from memattn.stage.matrix import shows_matrix
from memattn.stage.packed import unpacked
from memattn.stage.payload import payload
from memattn.streams import Stream, random_stream
from memattn.trace import trace
from tests.node import evaluated

TOKENS, D_K, D_V, HEADS, ROWS = 19, 5, 3, 2, 7
MATRICES = """async (packed, steps) => {
    const { unpack } = await from('codec');
    const { openTrace } = await from('trace');
    const { matrixAt, matrixText, openMatrix, ownShare, sameKey } = await from('matrix');
    const trace = openTrace(await unpack(packed));
    const matrix = openMatrix(trace);
    return steps.map((k) => ({
        cells: [0, 0.25, 1].map((done) => [...matrixAt(matrix, k, done)]),
        own: ownShare(matrix, k), same: sameKey(matrix, k), text: matrixText(trace, matrix, k), head: matrix.head,
    }));
}"""


def drawn(memory: Linear, record: Trace, head: int | None = 1) -> list[Any]:
    sent = payload(record, memory.lanes(TOKENS), 8, "t", memory.reads, head)
    steps = list(range(len(record.tokens)))
    shown = evaluated(MATRICES, base64.b64encode(sent.packed).decode(), steps)
    assert isinstance(shown, list)
    return shown


def plain(text: str) -> str:
    return re.sub("[\u2066-\u2069]", "", text)


def repeating() -> Stream:
    """Random pairs; the key of the 12th is that of the 5th."""
    own = random_stream(TOKENS, D_K, D_V, HEADS, seed=5)
    keys = own.kv.keys.clone()
    keys[:, 11] = keys[:, 4]
    return Stream(own.tokens, own.queries, KV(keys, own.kv.values))


@pytest.mark.parametrize("rule", ["add", "delta"])
@pytest.mark.parametrize("head", [None, 1])
def test_the_matrix_that_is_drawn_gives_the_outputs_of_the_trace(rule: str, head: int | None) -> None:
    memory, own = Linear(ROWS, rule), repeating()  # type: ignore[arg-type]
    record = trace(memory, own)
    shown = drawn(memory, record, head)
    features = torch.nn.functional.elu(own.queries.double() @ memory.directions(D_K).mT).numpy()[head or 0] + 1
    held = torch.nn.functional.elu(own.kv.keys.double() @ memory.directions(D_K).mT).numpy()[head or 0] + 1
    before = np.zeros((ROWS, D_V))
    for k, step in enumerate(shown):
        start, quarter, end = (np.reshape(cells, (ROWS, D_V)) for cells in step["cells"])
        mass = features[k] @ held[: k + 1].sum(axis=0) if rule == "add" else features[k].sum()
        np.testing.assert_allclose(features[k] @ end / mass, record.outputs[head or 0, k], rtol=0, atol=2e-3)
        np.testing.assert_allclose(start, before, rtol=0, atol=1e-9)
        np.testing.assert_allclose(quarter, 0.75 * start + 0.25 * end, rtol=0, atol=1e-9)
        before = end
    assert {step["head"] for step in shown} == {(head or 0) + 1}


def test_the_share_of_its_own_value_is_what_the_memory_gives_when_asked_with_its_key() -> None:
    memory, own = Linear(ROWS), repeating()
    asking = Stream(own.tokens, own.kv.keys, own.kv)
    record = trace(memory, asking)
    for k, step in enumerate(drawn(memory, record)):
        assert step["own"] == pytest.approx(record.steps[k].attribution[1, k], abs=2e-3)
        assert step["same"] == (4 if k == 11 else None)


def test_words_tell_interference_and_what_a_key_met_again_does() -> None:
    add, delta = Linear(ROWS), Linear(ROWS, "delta")
    record = trace(add, Stream(repeating().tokens, repeating().kv.keys, repeating().kv))
    shown = [plain(step["text"]) for step in drawn(add, record)]
    own = 100 * float(record.steps[11].attribution[1, 11])
    said = re.fullmatch(
        r"k12 “t11” adds φ\(k\) vᵀ\. Asked with this very key, M now answers ([\d.]+) % of its value; ([\d.]+) % "
        r"are of the other 11 pairs: interference\. Its key is that of k5 “t4”: both values are kept, as a mean\.",
        shown[11],
    )
    assert said
    for number, share in zip(said.groups(), (own, 100 - own), strict=True):
        digits = 1 if share < 10 else 0
        assert float(number) == pytest.approx(share, abs=0.6) and len(number.partition(".")[2]) == digits, number
    assert shown[0].endswith("M now answers 100 % of its value.")
    small = [re.search(r"answers (\d\.\d) % of its value", text) for text in shown]
    assert any(small), "one that has a share below a tenth"
    record = trace(delta, repeating())
    assert record.matrix is not None
    held, value = (np.linalg.norm(rows[1, 11]) for rows in (record.matrix.answered, record.matrix.values))
    text = plain(drawn(delta, record)[11]["text"])
    assert text == (
        f"Before, M answered this key with v̂, {held / value:.2f} times as long as v. k12 “t11” writes the difference "
        "v − v̂; its key is now answered with v. Its key is that of k5 “t4”: what that wrote is overwritten."
    )


def test_only_a_memory_that_is_one_matrix_sends_one_and_not_of_a_long_run(monkeypatch: pytest.MonkeyPatch) -> None:
    record = trace(Linear(ROWS), repeating())
    assert shows_matrix(record)
    monkeypatch.setattr(module, "MOST", TOKENS * (ROWS + 2 * D_V) - 1)
    assert not shows_matrix(record)
    sent = payload(record, Linear(ROWS).lanes(TOKENS), 8, "t", "after", 0)
    assert b"matrix_features" not in unpacked(sent.packed)
    monkeypatch.setattr(module, "MOST", TOKENS * (ROWS + 2 * D_V))
    assert shows_matrix(record)
    assert with_matrix(COMMON_VIEWS)[0] == ("matrix", *COMMON_VIEWS[0])
    assert with_matrix(COMMON_VIEWS)[1:] == COMMON_VIEWS[1:]
